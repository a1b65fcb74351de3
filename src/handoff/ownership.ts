import { sayingSql } from '../outbox/enqueue.ts';

/**
 * Every change of who answers, one statement each. The conversation's own row is locked and judged first: of two
 * officers who press "nhận" at once, the second finds the row changed. `owner_version` grows, so that a turn that runs
 * meanwhile cannot be written; what the assistant had in line is cancelled in the same transaction.
 */

const SILENCED = (cause: string) => `
silenced as (
  update outbox o set status = 'cancelled', error_code = 'taken_over'
  from ${cause} t
  where o.commune_id = t.commune_id and o.conversation_id = t.conversation_id and o.author = 'bot'
    and (o.status = 'held' or (o.status = 'queued' and not o.must_check))
)`;

// $1 commune, $2 conversation, $3 officer, $4 now, $5 cause, $6 new episode's id, $7 reason of a new one, $8 sayings
export const TAKE = `
with taken as (
  update conversations c set owner = 'officer', officer_id = $3::uuid, owner_since = $4::timestamptz, officer_until = null,
    owner_version = c.owner_version + 1, staff_read_at = $4::timestamptz
  where c.commune_id = $1 and c.id = $2 and (c.owner <> 'officer' or c.officer_id is null)
    and exists (select 1 from officers o where o.commune_id = $1 and o.id = $3 and o.is_active)
  returning c.commune_id, c.id as conversation_id, c.account_id, $5::uuid as cause_id
), episode as (
  insert into handoffs as h (commune_id, id, conversation_id, reason, asked_by, officer_id, queued_at, taken_at, changed_at)
  select commune_id, $6::uuid, conversation_id, $7, 'officer', $3::uuid, $4::timestamptz, $4::timestamptz, now() from taken
  on conflict (commune_id, conversation_id) where closed_at is null do update set
    officer_id = excluded.officer_id, taken_at = coalesce(h.taken_at, excluded.taken_at), escalated_at = null, changed_at = now()
  returning h.id
), ${SILENCED('taken')}, ${sayingSql('taken', 8)}
select e.id from taken, episode e`;

// $1 commune, $2 conversation, $3 officer, $4 as lead, $5 now, $6 cause, $7 to officer, $8 sayings, $9 note's id, $10 note
export const TRANSFER_TO_OFFICER = `
with passed as (
  update conversations c set owner = 'officer', officer_id = $7::uuid, owner_since = $5::timestamptz, officer_until = null,
    owner_version = c.owner_version + 1
  where c.commune_id = $1 and c.id = $2 and c.officer_id is distinct from $7::uuid
    and case when $4::boolean then c.owner <> 'bot' else c.owner = 'officer' and c.officer_id = $3::uuid end
    and exists (select 1 from officers o where o.commune_id = $1 and o.id = $7 and o.is_active and o.role <> 'province')
  returning c.commune_id, c.id as conversation_id, c.account_id, $6::uuid as cause_id
), episode as (
  update handoffs h set officer_id = $7::uuid, taken_at = coalesce(h.taken_at, $5::timestamptz), transfers = h.transfers + 1,
    changed_at = now()
  from passed p
  where h.commune_id = p.commune_id and h.conversation_id = p.conversation_id and h.closed_at is null
), noted as (
  insert into messages (commune_id, id, conversation_id, author, text, content, occurred_at)
  select commune_id, $9::uuid, conversation_id, 'note', $10, jsonb_build_object('officerId', $3::uuid, 'to', $7::uuid),
    $5::timestamptz from passed where $10 <> ''
), ${SILENCED('passed')}, ${sayingSql('passed', 8)}
select conversation_id as id from passed`;

// $1 commune, $2 conversation, $3 officer, $4 as lead, $5 now, $6 cause, $7 field, $8 sayings, $9 note's id, $10 note, $11 due
export const TRANSFER_TO_LINE = `
with passed as (
  update conversations c set owner = 'waiting', officer_id = null, owner_since = $5::timestamptz, officer_until = null,
    owner_version = c.owner_version + 1
  where c.commune_id = $1 and c.id = $2
    and case when $4::boolean then c.owner <> 'bot' else c.owner = 'officer' and c.officer_id = $3::uuid end
  returning c.commune_id, c.id as conversation_id, c.account_id, $6::uuid as cause_id
), episode as (
  update handoffs h set officer_id = null, taken_at = null, field = coalesce($7, h.field), transfers = h.transfers + 1,
    due_at = $11::timestamptz, escalated_at = null, changed_at = now()
  from passed p
  where h.commune_id = p.commune_id and h.conversation_id = p.conversation_id and h.closed_at is null
), noted as (
  insert into messages (commune_id, id, conversation_id, author, text, content, occurred_at)
  select commune_id, $9::uuid, conversation_id, 'note', $10, jsonb_build_object('officerId', $3::uuid, 'field', $7::text),
    $5::timestamptz from passed where $10 <> ''
), ${sayingSql('passed', 8)}
select conversation_id as id from passed`;

// $1 commune, $2 conversation, $3 officer, $4 as lead, $5 now, $6 cause, $7 close kind, $8 sayings, $9 rating asked,
// $10 what the memory gets. The assistant says again that it is automatic.
export const END = `
with ended as (
  update conversations c set owner = 'bot', officer_id = null, owner_since = $5::timestamptz, officer_until = null,
    owner_version = c.owner_version + 1, hand_off_reason = null, staff_read_at = $5::timestamptz,
    memory = case when jsonb_typeof(c.memory) = 'object' then c.memory else '{}'::jsonb end || $10::jsonb
  where c.commune_id = $1 and c.id = $2
    and case when $4::boolean then c.owner <> 'bot' else c.owner = 'officer' and c.officer_id = $3::uuid end
  returning c.commune_id, c.id as conversation_id, c.account_id, $6::uuid as cause_id
), episode as (
  update handoffs h set closed_at = $5::timestamptz, close_kind = $7, changed_at = now(),
    officer_id = coalesce(h.officer_id, $3::uuid), taken_at = coalesce(h.taken_at, $5::timestamptz),
    rating_asked_at = case when $9::boolean then $5::timestamptz end
  from ended e
  where h.commune_id = e.commune_id and h.conversation_id = e.conversation_id and h.closed_at is null
), ${sayingSql('ended', 8)}
select conversation_id as id from ended`;

// $1 commune, $2 conversation, $3 officer, $4 now, $5 cause, $6 oldest last act of the citizen, $7 sayings, $8 message.
// The same cause again writes nothing and finds its message there.
export const REPLY = `
with held as (
  update conversations c set officer_until = null, staff_read_at = $4::timestamptz
  where c.commune_id = $1 and c.id = $2 and c.owner = 'officer' and c.officer_id = $3::uuid
    and c.last_user_at >= $6::timestamptz
  returning c.commune_id, c.id as conversation_id, c.account_id, $5::uuid as cause_id
), episode as (
  update handoffs h set first_reply_at = coalesce(h.first_reply_at, $4::timestamptz), last_reply_at = $4::timestamptz,
    is_promise_kept = coalesce(h.is_promise_kept, $4::timestamptz <= h.promised_at), changed_at = now()
  from held
  where h.commune_id = held.commune_id and h.conversation_id = held.conversation_id and h.closed_at is null
), forgotten as (
  delete from reply_drafts d using held
  where d.commune_id = held.commune_id and d.conversation_id = held.conversation_id and d.officer_id = $3::uuid
), ${SILENCED('held')}, ${sayingSql('held', 7)}
select exists (select 1 from messages m where m.commune_id = $1 and m.id = $8::uuid) as is_repeat from held`;

// $1 commune, $2 conversation, $3 now. What another room said on the officer's word answers the citizen as any reply.
export const ANSWERED = `
update handoffs h set first_reply_at = coalesce(h.first_reply_at, $3::timestamptz), last_reply_at = $3::timestamptz,
  is_promise_kept = coalesce(h.is_promise_kept, $3::timestamptz <= h.promised_at), changed_at = now()
where h.commune_id = $1 and h.conversation_id = $2 and h.closed_at is null`;

// $1 commune, $2 conversation, $3 officer, $4 message. What lay for a day is as good as new: the officer says so.
export const RESEND = `
with mine as (
  select c.commune_id, c.id from conversations c
  where c.commune_id = $1 and c.id = $2 and c.owner = 'officer' and c.officer_id = $3::uuid for update
)
update outbox o set status = 'queued', run_at = now(), attempts = 0, created_at = now(), error_code = null,
  error_detail = null, first_sending_at = case when o.must_check then o.first_sending_at end
from mine
where o.commune_id = mine.commune_id and o.conversation_id = mine.id and o.message_id = $4::uuid
  and o.author <> 'bot' and o.status = 'failed'
returning o.id`;

/**
 * A turn that was being written while the takeover waited for its lock put rows in line that the takeover could not see:
 * they may not leave, and may not stand before the officer's words.
 */
export const SILENCE = `
with held as (
  select commune_id, id as conversation_id from conversations where commune_id = $1 and id = $2 and owner = 'officer'
), ${SILENCED('held')}
select conversation_id from held`;

/** The same for all communes: what a process left behind that died in between. */
export const SILENCE_ALL = `
with left_over as (
  select o.commune_id, o.id from outbox o
  join conversations c on c.commune_id = o.commune_id and c.id = o.conversation_id
  where o.status = 'queued' and o.author = 'bot' and not o.must_check and c.owner = 'officer'
  for update of o skip locked
)
update outbox o set status = 'cancelled', error_code = 'taken_over'
from left_over l where o.commune_id = l.commune_id and o.id = l.id`;

/** Of the assistant, still on its way: it began before the takeover was acknowledged, so the acknowledgement waits. */
export const ON_ITS_WAY = `
select 1 from outbox where commune_id = $1 and conversation_id = $2 and status = 'sending' and author = 'bot' limit 1`;

export const STANDING = `
select c.owner, c.officer_id, c.account_id, c.channel, c.chat_id, c.last_user_at, c.citizen_id, c.owner_since,
  p.display_name, h.id as episode_id, h.reason, h.last_reply_at, h.field, h.procedure_code,
  (select count(*)::int from handoffs x where x.commune_id = $1 and x.conversation_id = $2 and x.reason = 'complaint'
     and x.queued_at > $3::timestamptz - interval '30 days') as complaints,
  (select max(x.rating_asked_at) from handoffs x where x.commune_id = $1 and x.conversation_id = $2) as rating_asked_at,
  exists (select 1 from handoffs x where x.commune_id = $1 and x.conversation_id = $2 and x.closed_at is not null) as has_history
from conversations c
left join citizens p on p.commune_id = c.commune_id and p.id = c.citizen_id
left join handoffs h on h.commune_id = c.commune_id and h.conversation_id = c.id and h.closed_at is null
where c.commune_id = $1 and c.id = $2`;

export interface Standing {
  owner: 'bot' | 'waiting' | 'officer';
  officer_id: string | null;
  account_id: string;
  channel: 'zalo' | 'messenger';
  chat_id: string;
  last_user_at: Date | null;
  citizen_id: string;
  owner_since: Date;
  display_name: string | null;
  episode_id: string | null;
  reason: string | null;
  last_reply_at: Date | null;
  field: string | null;
  procedure_code: string | null;
  complaints: number;
  rating_asked_at: Date | null;
  has_history: boolean;
}
