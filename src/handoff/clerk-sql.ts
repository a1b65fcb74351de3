import { sayingSql } from '../outbox/enqueue.ts';

// Rows whose time has come, for this process alone for a minute: who dies with them leaves them to the next.
export const DUE = `
with due as materialized (
  select commune_id, id, conversation_id from handoffs
  where closed_at is null and check_at <= $1::timestamptz
  order by check_at limit $2 for update skip locked
), claimed as (
  update handoffs h set check_at = $1::timestamptz + interval '1 minute'
  from due d where h.commune_id = d.commune_id and h.id = d.id
  returning h.*
)
select h.commune_id, h.id, h.conversation_id, h.reason, h.field, h.summary is not null as is_prepared, h.officer_id,
  h.queued_at, h.taken_at, h.first_reply_at, h.last_reply_at, h.promised_at, h.is_promise_kept, h.escalated_at,
  h.window_warned_at, c.owner, c.officer_id as holder_id, c.owner_since, c.owner_version, c.officer_until,
  c.last_user_at, c.channel,
  (select min(m.occurred_at) from messages m where m.commune_id = h.commune_id and m.conversation_id = h.conversation_id
     and m.author = 'citizen' and m.occurred_at > coalesce(h.last_reply_at, h.taken_at, h.queued_at)) as wrote_at
from claimed h join conversations c on c.commune_id = h.commune_id and c.id = h.conversation_id`;

export const SAID = `
select author, text, content, outcome, answer from (
  select author, text, content, outcome, answer, occurred_at, id from messages
  where commune_id = $1 and conversation_id = $2 and occurred_at > $3::timestamptz - interval '2 days'
  order by occurred_at desc, id desc limit 60
) m order by occurred_at, id`;

// $1 commune, $2 episode, $3 summary, $4 field, $5 procedure, $6 suggested officer
export const PREPARE = `
update handoffs set summary = $3::jsonb, field = coalesce(field, $4), procedure_code = coalesce(procedure_code, $5),
  officer_id = case when taken_at is null then coalesce(officer_id, $6::uuid) else officer_id end, changed_at = now()
where commune_id = $1 and id = $2 and closed_at is null`;

export const SUGGEST = `
update handoffs set officer_id = $3::uuid, changed_at = now()
where commune_id = $1 and id = $2 and closed_at is null and taken_at is null`;

export const ESCALATE = `
update handoffs set escalated_at = $3::timestamptz, changed_at = now()
where commune_id = $1 and id = $2 and closed_at is null and taken_at is null and escalated_at is null
returning id`;

export const WARN_WINDOW = `
update handoffs set window_warned_at = $3::timestamptz, changed_at = now()
where commune_id = $1 and id = $2 and closed_at is null returning id`;

// $1 commune, $2 episode, $3 now, $4 cause, $5 sayings. Once: the row says whether the promise was kept.
export const BREAK_PROMISE = `
with broken as (
  update handoffs set is_promise_kept = false, escalated_at = coalesce(escalated_at, $3::timestamptz), changed_at = now()
  where commune_id = $1 and id = $2 and closed_at is null and first_reply_at is null and is_promise_kept is null
    and promised_at < $3::timestamptz
  returning commune_id, conversation_id
), cause as (
  select b.commune_id, b.conversation_id, c.account_id, $4::uuid as cause_id
  from broken b join conversations c on c.commune_id = b.commune_id and c.id = b.conversation_id
), ${sayingSql('cause', 5)}
select conversation_id as id from broken`;

// $1 commune, $2 conversation, $3 version the decision was made on, $4 now, $5 cause, $6 last reply known, $7 due, $8 sayings
export const BACK_IN_LINE = `
with passed as (
  update conversations c set owner = 'waiting', officer_id = null, owner_since = $4::timestamptz, officer_until = null,
    owner_version = c.owner_version + 1
  where c.commune_id = $1 and c.id = $2 and c.owner = 'officer' and c.owner_version = $3
    and exists (select 1 from handoffs h where h.commune_id = $1 and h.conversation_id = $2 and h.closed_at is null
      and h.last_reply_at is not distinct from $6::timestamptz)
  returning c.commune_id, c.id as conversation_id, c.account_id, $5::uuid as cause_id
), episode as (
  update handoffs h set officer_id = null, taken_at = null, transfers = h.transfers + 1, due_at = $7::timestamptz,
    escalated_at = $4::timestamptz, changed_at = now(), check_at = $4::timestamptz
  from passed p where h.commune_id = p.commune_id and h.conversation_id = p.conversation_id and h.closed_at is null
), ${sayingSql('passed', 8)}
select conversation_id as id from passed`;

// $1 commune, $2 conversation, $3 version, $4 now, $5 cause, $6 last reply known, $7 sayings
export const CLOSE_FOR_SILENCE = `
with ended as (
  update conversations c set owner = 'bot', officer_id = null, owner_since = $4::timestamptz, officer_until = null,
    owner_version = c.owner_version + 1, hand_off_reason = null,
    memory = case when jsonb_typeof(c.memory) = 'object' then c.memory else '{}'::jsonb end || '{"greeted": false}'
  where c.commune_id = $1 and c.id = $2 and c.owner = 'officer' and c.owner_version = $3
    and exists (select 1 from handoffs h where h.commune_id = $1 and h.conversation_id = $2 and h.closed_at is null
      and h.last_reply_at is not distinct from $6::timestamptz)
  returning c.commune_id, c.id as conversation_id, c.account_id, $5::uuid as cause_id
), episode as (
  update handoffs h set closed_at = $4::timestamptz, close_kind = 'silence', changed_at = now()
  from ended e where h.commune_id = e.commune_id and h.conversation_id = e.conversation_id and h.closed_at is null
), ${sayingSql('ended', 7)}
select conversation_id as id from ended`;

/** The assistant has the conversation again and nobody closed the episode. */
export const CLOSE_LEFT_OPEN = `
update handoffs h set closed_at = $3::timestamptz, close_kind = 'silence', changed_at = now()
from conversations c
where h.commune_id = $1 and h.id = $2 and h.closed_at is null and c.commune_id = h.commune_id
  and c.id = h.conversation_id and c.owner = 'bot'`;

// A row somebody writes just now keeps the minute of its claim: many rows are never waited for while others are held.
export const NEXT_CHECK = `
with mine as (
  select h.commune_id, h.id, i.check_at
  from jsonb_to_recordset($1::jsonb) as i(commune_id uuid, id uuid, check_at timestamptz)
  join handoffs h on h.commune_id = i.commune_id and h.id = i.id
  where h.closed_at is null for update of h skip locked
)
update handoffs h set check_at = m.check_at from mine m where h.commune_id = m.commune_id and h.id = m.id`;

export const COLLEAGUES = `
select f.id, f.name, f.title, f.fields,
  f.presence = 'here' and coalesce(f.last_seen_at >= $2::timestamptz, false) as "isHere",
  (select count(*)::int from handoffs h where h.commune_id = f.commune_id and h.officer_id = f.id
     and h.closed_at is null) as load
from officers f where f.commune_id = $1 and f.is_active and f.role <> 'province'`;

export const FIGURES = `
select count(*) filter (where c.owner = 'waiting')::int as waiting,
  count(*) filter (where c.owner = 'waiting' and least(h.promised_at, h.due_at) < $1::timestamptz)::int as late,
  coalesce(extract(epoch from $1::timestamptz - min(c.owner_since) filter (where c.owner = 'waiting')), 0)::float as oldest
from handoffs h join conversations c on c.commune_id = h.commune_id and c.id = h.conversation_id
where h.closed_at is null`;
