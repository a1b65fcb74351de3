import type { Database } from '../db/client.ts';
import { createWorkLoop } from '../db/work-loop.ts';
import type { Log } from '../log.ts';

const BATCH = 500;
const POLL_MS = 1_000;

/**
 * Applies what platforms say about our messages: echoes settle rows whose sending nobody saw end, delivery and read
 * receipts set times. A template's delivery that names its row settles it too. An echo nobody knows after a few seconds was written by another app and joins the transcript.
 * Order does not matter and every step can be repeated.
 */
export function createReceipts(database: Database, log: Log) {
  /** @returns how many receipts were settled */
  const apply = async () => {
    const [row] = await database.run<{ settled: number }>('receipts.apply', APPLY, [BATCH]);
    return Number(row?.settled ?? 0);
  };
  const loop = createWorkLoop(async () => (await apply()) === BATCH, {
    idleMs: POLL_MS,
    onError: (error) => log.error('receipts.failed', { error }),
  });
  return { ...loop, apply };
}

const APPLY = `
with picked as (
  select e.commune_id, e.id, e.account_id, e.conversation_id, e.kind, e.event, e.occurred_at, e.received_at,
    e.event ->> 'messageId' as message_id,
    regexp_replace(trim(e.event ->> 'text'), '\\s+', ' ', 'g') as text,
    substring(e.event ->> 'reference' from '^hx:([0-9]{1,18})$')::bigint as outbox_id
  from inbox_events e
  where e.status = 'pending' and e.lane = 'receipt'
  order by e.id limit $1 for update skip locked
), matched as (
  select p.id as event_id, p.kind, p.message_id, p.occurred_at, o.commune_id, o.id as outbox_id
  from picked p cross join lateral (
    select o.commune_id, o.id from outbox o
    where o.commune_id = p.commune_id and o.conversation_id = p.conversation_id and (
      o.id = p.outbox_id
      or (p.outbox_id is null and o.platform_message_id = p.message_id)
      or (p.outbox_id is null and o.platform_message_id is null and p.text <> ''
        and (o.status = 'sending' or (o.status = 'queued' and o.must_check))
        and p.text in (regexp_replace(trim(o.call ->> 'text'), '\\s+', ' ', 'g'),
          regexp_replace(trim(o.call -> 'fallbackBody' ->> 'text'), '\\s+', ' ', 'g'))
        and p.occurred_at >= o.first_sending_at - interval '1 minute'
        and not exists (select 1 from outbox k
          where k.account_id = p.account_id and k.platform_message_id = p.message_id)))
    order by o.platform_message_id = p.message_id desc nulls last, o.id limit 1
  ) o
  where p.kind = 'echo'
), tracked as (
  select p.id as event_id, p.kind, p.event -> 'messageIds' ->> 0 as message_id, p.occurred_at, o.commune_id,
    o.id as outbox_id
  from picked p join outbox o on o.commune_id = p.commune_id and o.id = p.outbox_id and o.account_id = p.account_id
  where p.kind in ('delivered', 'read')
), receipts as (
  select p.kind, p.commune_id, p.account_id, p.conversation_id, p.occurred_at,
    jsonb_array_elements_text(case when jsonb_typeof(p.event -> 'messageIds') = 'array'
      then p.event -> 'messageIds' else '[]' end) as message_id
  from picked p where p.kind in ('delivered', 'read')
), about as (
  select r.kind, r.occurred_at, o.commune_id, o.id
  from receipts r join outbox o on o.account_id = r.account_id and o.platform_message_id = r.message_id
  union
  select r.kind, r.occurred_at, m.commune_id, m.outbox_id
  from receipts r join matched m on m.message_id = r.message_id and m.commune_id = r.commune_id
  union
  select kind, occurred_at, commune_id, outbox_id from tracked
), named as (
  select commune_id, id, min(occurred_at) as delivered_at, min(occurred_at) filter (where kind = 'read') as seen_at
  from about group by 1, 2
), swept as (
  select o.commune_id, o.id, min(p.occurred_at) as delivered_at,
    min(p.occurred_at) filter (where p.kind = 'read') as seen_at
  from picked p join outbox o on o.commune_id = p.commune_id and o.conversation_id = p.conversation_id
    and o.sent_at <= (p.event ->> 'watermark')::timestamptz
    and (o.delivered_at is null or (p.kind = 'read' and o.seen_at is null))
  where p.kind in ('delivered', 'read') and p.event ->> 'watermark' is not null
  group by 1, 2
), times as (
  select commune_id, id, min(delivered_at) as delivered_at, min(seen_at) as seen_at
  from (select * from named union all select * from swept) u group by 1, 2
), settled as (
  update outbox o set
    status = case when o.status in ('queued', 'sending') then 'sent' else o.status end,
    platform_message_id = coalesce(o.platform_message_id, m.message_id),
    sent_at = coalesce(o.sent_at, m.occurred_at),
    delivered_at = coalesce(o.delivered_at, t.delivered_at), seen_at = coalesce(o.seen_at, t.seen_at),
    must_check = false, claimed_by = null, lease_until = null
  from (select * from matched union all select * from tracked) m left join times t on t.commune_id = m.commune_id and t.id = m.outbox_id
  where o.commune_id = m.commune_id and o.id = m.outbox_id
    and (o.platform_message_id is null or o.status in ('queued', 'sending'))
  returning o.commune_id, o.id
), arrived as (
  update outbox o set delivered_at = coalesce(o.delivered_at, t.delivered_at), seen_at = coalesce(o.seen_at, t.seen_at)
  from times t
  where o.commune_id = t.commune_id and o.id = t.id
    and not exists (select 1 from settled s where s.commune_id = o.commune_id and s.id = o.id)
), strangers as (
  select p.* from picked p
  where p.kind = 'echo' and not exists (select 1 from matched m where m.event_id = p.id)
    and p.received_at <= now() - interval '5 seconds'
), noted as (
  insert into messages (commune_id, id, conversation_id, author, text, platform_message_id, occurred_at)
  select commune_id, gen_random_uuid(), conversation_id, 'other_app', coalesce(event ->> 'text', ''), message_id,
    occurred_at
  from strangers where conversation_id is not null
), closed as (
  update inbox_events e set status = 'done', done_at = now()
  from picked p
  where e.commune_id = p.commune_id and e.id = p.id and (
    p.kind <> 'echo'
    or exists (select 1 from matched m where m.event_id = p.id)
    or exists (select 1 from strangers s where s.id = p.id))
  returning e.id
)
select count(*)::int as settled from closed`;
