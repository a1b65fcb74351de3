/** What lists and pages are read from. Every part begins with the commune; what belongs to a row is looked up by its key. */

const EPISODE = `
  left join lateral (
    select h.* from handoffs h where h.commune_id = c.commune_id and h.conversation_id = c.id
    order by (h.closed_at is null) desc, h.queued_at desc limit 1
  ) h on true`;

/** Rows of a tab in its order, with `sort_at` as its key. */
export const TABS = {
  waiting: {
    from: `from conversations c ${EPISODE}`,
    where: `c.commune_id = $1 and c.owner = 'waiting'`,
    sort: 'c.owner_since',
    direction: 'asc',
  },
  mine: {
    from: 'from handoffs h join conversations c on c.commune_id = h.commune_id and c.id = h.conversation_id',
    where: `h.commune_id = $1 and h.officer_id = $2::uuid and h.closed_at is null and c.owner = 'officer'
      and c.officer_id = $2::uuid`,
    sort: 'coalesce(c.last_user_at, c.owner_since)',
    direction: 'desc',
  },
  all: {
    from: `from conversations c ${EPISODE}`,
    where: 'c.commune_id = $1 and c.last_user_at is not null',
    sort: 'c.last_user_at',
    direction: 'desc',
  },
  closed: {
    from: `from handoffs h join conversations c on c.commune_id = h.commune_id and c.id = h.conversation_id`,
    where: `h.commune_id = $1 and h.closed_at is not null and not exists (select 1 from handoffs n
      where n.commune_id = h.commune_id and n.conversation_id = h.conversation_id and n.queued_at > h.queued_at)`,
    sort: 'h.closed_at',
    direction: 'desc',
  },
} as const;

/** Conditions on a row; `$n` are filled in by the caller. */
export const FILTERS = {
  channel: (n: number) => `c.channel = $${n}`,
  reason: (n: number) => `h.reason = $${n}`,
  field: (n: number) => `h.field = $${n}`,
  tag: (n: number) => `c.tags ? $${n}::text`,
  officerId: (n: number) => `h.officer_id = $${n}::uuid`,
  isUnread: () => `c.owner <> 'bot' and c.last_user_at > coalesce(c.staff_read_at, '-infinity')`,
  isLate: (n: number) =>
    `h.closed_at is null and h.first_reply_at is null and least(h.promised_at, h.due_at) < $${n}::timestamptz`,
  found: (n: number) => `c.id = any(array(select jsonb_array_elements_text($${n}::jsonb)::uuid))`,
};

/** The chosen rows with what their line shows. */
export const lineSql = (rows: string, direction: 'asc' | 'desc') => `
with chosen as materialized (${rows})
select r.*, p.display_name, f.id as f_id, f.name as f_name, f.title as f_title, l.author as last_author,
  l.text as last_text, l.content as last_content, l.occurred_at as last_at, w.waiting_since,
  exists (select 1 from outbox o where o.commune_id = $1 and o.conversation_id = r.conversation_id
    and o.author = 'officer' and o.status = 'failed') as has_failed
from chosen r
left join citizens p on p.commune_id = $1 and p.id = r.citizen_id
left join officers f on f.commune_id = $1 and f.id = r.officer_id
left join lateral (
  select m.author, m.text, m.content, m.occurred_at from messages m
  where m.commune_id = $1 and m.conversation_id = r.conversation_id
    and m.author in ('citizen', 'bot', 'officer', 'other_app')
  order by m.occurred_at desc, m.id desc limit 1
) l on true
left join lateral (
  select min(m.occurred_at) as waiting_since from messages m
  where r.owner = 'officer' and m.commune_id = $1 and m.conversation_id = r.conversation_id and m.author = 'citizen'
    and m.occurred_at > coalesce(r.last_reply_at, r.taken_at)
) w on true
order by r.sort_at ${direction}, r.conversation_id ${direction}`;

export const CHOSEN_COLUMNS = (sort: string) => `
  c.id as conversation_id, c.citizen_id, c.channel, c.owner, c.owner_since, c.last_user_at, c.staff_read_at, c.tags,
  h.id as episode_id, h.reason, h.field, h.summary ->> 'headline' as headline, h.officer_id, h.queued_at, h.taken_at,
  h.last_reply_at, h.first_reply_at, h.promised_at, h.due_at, h.escalated_at, h.closed_at, h.rating, ${sort} as sort_at,
  (${sort})::text as sort_key`;

// Words are looked for in the newest messages; names, tags and numbers of petitions everywhere.
export const SEARCH = `
select distinct id from (
  select conversation_id as id from (
    select conversation_id, text from messages where commune_id = $1 order by id desc limit $3) m
  where text ~ $2
  union all
  select c.id from citizens p join conversations c on c.commune_id = p.commune_id and c.citizen_id = p.id
  where p.commune_id = $1 and p.display_name ~ $2
  union all
  select id from conversations where commune_id = $1 and tags <> '[]' and tags::text ~ $2
  union all
  select conversation_id from petitions where commune_id = $1 and number = $4
) found limit 2000`;

export const COUNTS = `
select
  (select count(*)::int from conversations where commune_id = $1 and owner = 'waiting') as waiting,
  (select count(*)::int from handoffs where commune_id = $1 and closed_at is null and first_reply_at is null
     and least(promised_at, due_at) < $2::timestamptz) as late,
  (select coalesce(jsonb_object_agg(officer_id, jsonb_build_object('mine', mine, 'unread', unread)), '{}') from (
    select h.officer_id, count(*) as mine,
      count(*) filter (where c.last_user_at > coalesce(c.staff_read_at, '-infinity')) as unread
    from handoffs h join conversations c
      on c.commune_id = h.commune_id and c.id = h.conversation_id and c.officer_id = h.officer_id
    where h.commune_id = $1 and h.closed_at is null and c.owner = 'officer' group by h.officer_id) held) as officers`;

export const CONVERSATION = `
select c.id as conversation_id, c.citizen_id, c.account_id, c.chat_id, c.channel, c.owner, c.officer_id, c.owner_since,
  c.last_user_at, c.tags, c.memory ->> 'procedureCode' as procedure_code, p.display_name,
  coalesce(p.created_at, c.created_at) as first_seen_at,
  (select d.text from reply_drafts d where d.commune_id = $1 and d.officer_id = $3 and d.conversation_id = c.id) as draft
from conversations c left join citizens p on p.commune_id = c.commune_id and p.id = c.citizen_id
where c.commune_id = $1 and c.id = $2`;

export const EPISODES = `
select h.*, f.id as f_id, f.name as f_name, f.title as f_title
from handoffs h left join officers f on f.commune_id = h.commune_id and f.id = h.officer_id
where h.commune_id = $1 and h.conversation_id = $2
order by (h.closed_at is null) desc, h.queued_at desc limit 20`;

export const WAITS_SINCE = `
select min(occurred_at) as since from messages
where commune_id = $1 and conversation_id = $2 and author = 'citizen' and occurred_at > $3::timestamptz`;

export const ENTRIES = `
with page as materialized (
  select id, author, text, content, occurred_at, occurred_at::text as sort_key, outcome, answer from messages
  where commune_id = $1 and conversation_id = $2
    and ($3::timestamptz is null or (occurred_at, id) < ($3::timestamptz, $4::uuid))
  order by occurred_at desc, id desc limit $5
)
select p.*, f.id as f_id, f.name as f_name, f.title as f_title, o.*, v.verdict, v.better_text, v.reviewed_at,
  v.r_id, v.r_name, v.r_title
from page p
left join officers f on f.commune_id = $1 and p.author in ('officer', 'note') and f.id = (p.content ->> 'officerId')::uuid
left join lateral (
  select count(*)::int as calls, count(*) filter (where status = 'sent')::int as sent,
    count(*) filter (where delivered_at is not null)::int as delivered,
    count(*) filter (where seen_at is not null)::int as seen,
    (array_agg(status order by array_position(array['failed', 'cancelled', 'held', 'sending', 'queued', 'sent'], status)))[1]
      as worst,
    (array_agg(error_code) filter (where error_code is not null and status <> 'sent'))[1] as error_code,
    max(coalesce(seen_at, delivered_at, sent_at)) as moved_at
  from outbox where commune_id = $1 and conversation_id = $2 and message_id = p.id
) o on true
left join lateral (
  select r.verdict, r.better_text, r.reviewed_at, g.id as r_id, g.name as r_name, g.title as r_title
  from answer_reviews r left join officers g on g.commune_id = r.commune_id and g.id = r.officer_id
  where r.commune_id = $1 and r.message_id = p.id order by r.reviewed_at desc limit 1
) v on p.author = 'bot'
order by p.occurred_at, p.id`;

export const OTHERS = `
select f.id, f.name, f.title, l.is_typing from officer_looks l
join officers f on f.commune_id = l.commune_id and f.id = l.officer_id
where l.commune_id = $1 and l.conversation_id = $2 and l.officer_id <> $3 and l.until > $4::timestamptz
order by f.name`;

export const COLLEAGUES = `
select f.id, f.name, f.title, f.fields,
  f.presence = 'here' and coalesce(f.last_seen_at >= $2::timestamptz, false) as is_here,
  (select count(*)::int from handoffs h where h.commune_id = f.commune_id and h.officer_id = f.id
     and h.closed_at is null and h.taken_at is not null) as holds
from officers f where f.commune_id = $1 and f.is_active and f.role <> 'province'
order by is_here desc, holds, f.name`;

export const ALERTS = `
select c.id as conversation_id, c.channel, c.owner, c.last_user_at, p.display_name, f.id as f_id, f.name as f_name,
  f.title as f_title, h.queued_at, h.taken_at, h.first_reply_at, h.last_reply_at, h.promised_at, h.is_promise_kept,
  h.due_at, h.escalated_at,
  (select min(m.occurred_at) from messages m where m.commune_id = $1 and m.conversation_id = c.id
     and m.author = 'citizen' and m.occurred_at > coalesce(h.last_reply_at, h.queued_at - interval '1 second')) as awaited_since,
  (select max(o.created_at) from outbox o where o.commune_id = $1 and o.conversation_id = c.id and o.author = 'officer'
     and o.status = 'failed') as failed_at
from (select * from handoffs where commune_id = $1 and closed_at is null order by queued_at limit 500) h
join conversations c on c.commune_id = h.commune_id and c.id = h.conversation_id
left join citizens p on p.commune_id = c.commune_id and p.id = c.citizen_id
left join officers f on f.commune_id = h.commune_id and f.id = h.officer_id
order by h.queued_at`;
