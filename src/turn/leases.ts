import { randomUUID } from 'node:crypto';
import type { OutboundCall } from '../channels/channel.ts';
import {
  LEASE_MS,
  LEASED_COLUMNS,
  type LeasedConversation,
  type LeasedRow,
  leasedConversation,
  storedEvent,
  type WrittenEvent,
} from '../conversations/lease.ts';
import { createBatcher } from '../db/batcher.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { type ClaimedRow, claimTerms } from '../outbox/outbox.ts';

export type { LeasedConversation, StoredEvent } from '../conversations/lease.ts';

export interface NewMessage {
  id: string;
  author: 'citizen' | 'bot' | 'officer' | 'other_app' | 'system';
  text: string;
  content: Record<string, unknown> | null;
  platformMessageId: string | null;
  occurredAt: Date;
  outcome: string | null;
  answer: Record<string, unknown> | null;
}

/** Everything a turn changes, written in one transaction. */
export interface TurnResult {
  conversation: LeasedConversation;
  turnId: string;
  eventIds: number[];
  memory: unknown;
  /** Set when the turn changes who answers. */
  owner?: 'bot' | 'waiting' | 'officer';
  handOffReason?: string;
  /** Of a hand-off: who opened it, what the citizen was told, the commune's target. */
  episode?: { askedBy: 'citizen' | 'assistant'; promisedAt: Date | null; dueAt: Date | null };
  /** A person answered in the platform's own inbox, first at this time. */
  staffWroteAt?: Date;
  /** Why the assistant has the conversation again. */
  resumedBy?: 'resumed' | 'silence';
  messages: NewMessage[];
  calls: { messageId: string; call: OutboundCall }[];
}

export interface CommitOptions {
  /** A place for sending is kept: the turn's first call may be claimed with the commit. */
  sendsFirst?: boolean;
  /** One of many of its account: the commit of the others does not wait for such. */
  isCrowded?: boolean;
}

export interface Committed {
  /** More came meanwhile: there is a next turn. */
  isAwake: boolean;
  /** Claimed for this process, to be sent now. */
  firstSend: ClaimedRow | null;
  /** Rows of this conversation may leave that nobody has claimed. */
  hasQueued: boolean;
}

export interface Leases {
  /**
   * Takes conversations with waiting events, a fair share of each account's.
   * @param held how many of each account this process works on already: they count towards `perAccount`, and who has
   *   fewer comes first
   */
  claim(max: number, perAccount: number, held: Record<string, number>): Promise<LeasedConversation[]>;
  /**
   * @returns null when nothing was written: the lease was lost, or an officer took the conversation meanwhile
   */
  commit(result: TurnResult, options?: CommitOptions): Promise<Committed | null>;
  /** Gives a conversation back unfinished, to be taken again after `afterMs`. */
  giveBack(conversation: LeasedConversation, afterMs: number, options: { countsAsFailure: boolean }): Promise<void>;
  /** Keeps what this process still works on. */
  renew(conversations: LeasedConversation[]): Promise<void>;
  idle(): Promise<void>;
}

export function createLeases(database: Database): Leases {
  const commit = async (results: (TurnResult & CommitOptions)[]): Promise<(Committed | null)[]> => {
    const terms = claimTerms();
    const turns = results.map((result) => ({
      commune_id: result.conversation.communeId,
      conversation_id: result.conversation.id,
      account_id: result.conversation.accountId,
      turn_id: result.turnId,
      lease_owner: result.conversation.leaseOwner,
      lease_seq: result.conversation.leaseSeq,
      arrivals: result.conversation.arrivals,
      owner_version: result.conversation.ownerVersion,
      owner: result.owner ?? null,
      hand_off_reason: result.handOffReason ?? null,
      asked_by: result.episode?.askedBy ?? null,
      promised_at: result.episode?.promisedAt?.toISOString() ?? null,
      due_at: result.episode?.dueAt?.toISOString() ?? null,
      staff_wrote_at: result.staffWroteAt?.toISOString() ?? null,
      resumed_by: result.resumedBy ?? null,
      handoff_id: timeOrdered(),
      memory: result.memory ?? null,
      event_ids: result.eventIds,
    }));
    turns.sort((a, b) => (a.conversation_id < b.conversation_id ? -1 : 1));
    const messages = results.flatMap((result) =>
      result.messages.map((message) => ({
        commune_id: result.conversation.communeId,
        conversation_id: result.conversation.id,
        turn_id: result.turnId,
        id: message.id,
        author: message.author,
        text: message.text,
        content: message.content,
        platform_message_id: message.platformMessageId,
        outcome: message.outcome,
        answer: message.answer,
        occurred_at: message.occurredAt.toISOString(),
      })),
    );
    const calls = results.flatMap((result) =>
      result.calls.map(({ messageId, call }, seq) => ({
        conversation_id: result.conversation.id,
        turn_id: result.turnId,
        message_id: messageId,
        seq,
        sends: seq === 0 && result.sendsFirst === true,
        call,
      })),
    );
    const rows = await database.run<CommitRow>('turn.commit', COMMIT, [
      JSON.stringify(turns),
      JSON.stringify(messages),
      JSON.stringify(calls),
      terms.claimId,
      terms.leaseMs,
    ]);
    const written = new Map(rows.map((row) => [row.turn_id, row]));
    return results.map((result) => {
      const row = written.get(result.turnId);
      return row ? committed(row, result, terms) : null;
    });
  };
  const batches = { calm: createBatcher(commit, { max: 200 }), crowded: createBatcher(commit, { max: 200 }) };

  return {
    async claim(max, perAccount, held) {
      const params = [max, perAccount, randomUUID(), LEASE_MS, JSON.stringify(held)];
      const rows = await database.run<ClaimRow>('turn.claim', CLAIM, params);
      return rows.map(fromRow);
    },
    commit: (result, options) => batches[options?.isCrowded ? 'crowded' : 'calm'].add({ ...result, ...options }),
    async giveBack(conversation, afterMs, { countsAsFailure }) {
      await database.run('turn.give_back', GIVE_BACK, [
        conversation.communeId,
        conversation.id,
        conversation.leaseOwner,
        conversation.leaseSeq,
        afterMs,
        countsAsFailure ? 1 : 0,
      ]);
    },
    async renew(conversations) {
      if (conversations.length === 0) return;
      const leases = conversations.map(({ communeId, id, leaseOwner, leaseSeq }) => ({
        commune_id: communeId,
        id,
        lease_owner: leaseOwner,
        lease_seq: leaseSeq,
      }));
      await database.run('turn.renew', RENEW, [JSON.stringify(leases), LEASE_MS]);
    },
    idle: async () => void (await Promise.all([batches.calm.idle(), batches.crowded.idle()])),
  };
}

interface ClaimRow extends LeasedRow {
  claimed_at: Date;
  events: { id: number; receivedAt: string; event: WrittenEvent }[] | null;
}

const fromRow = (row: ClaimRow): LeasedConversation =>
  leasedConversation(
    row,
    row.claimed_at,
    (row.events ?? []).map(({ id, receivedAt, event }) => storedEvent(id, new Date(receivedAt), event)),
  );

interface CommitRow {
  turn_id: string;
  is_awake: boolean;
  has_queued: boolean;
  last_user_at: Date | null;
  outbox_id: number | null;
  created_at: Date;
}

function committed(row: CommitRow, { conversation, calls }: TurnResult, terms: ReturnType<typeof claimTerms>) {
  const firstSend = row.outbox_id !== null && {
    communeId: conversation.communeId,
    id: Number(row.outbox_id),
    accountId: conversation.accountId,
    conversationId: conversation.id,
    chatId: conversation.chatId,
    author: 'bot' as const,
    call: calls[0]!.call,
    mustCheck: false,
    attempts: 0,
    lastUserAt: row.last_user_at,
    createdAt: row.created_at,
    firstSendingAt: row.created_at,
    sendBefore: terms.sendBefore,
    claimId: terms.claimId,
  };
  return { isAwake: row.is_awake, firstSend: firstSend || null, hasQueued: row.has_queued };
}

// Accounts with work are found by hopping through the index; each offers its own few conversations (one commune's
// flood is not in front of the others). `wake_at` becomes the end of the lease: a crash wakes the conversation.
const CLAIM = `
with recursive active as (
  (select account_id from conversations where wake_at <= now() order by account_id limit 1)
  union all
  select (select c.account_id from conversations c where c.wake_at <= now() and c.account_id > a.account_id
          order by c.account_id limit 1)
  from active a where a.account_id is not null
), due as (
  select d.*, row_number() over (partition by d.account_id order by d.wake_at)
    + coalesce(($5::jsonb ->> d.account_id::text)::int, 0) as place
  from active a cross join lateral (
    select c.commune_id, c.id, c.account_id, c.wake_at from conversations c
    where c.account_id = a.account_id and c.wake_at <= now() and (c.lease_until is null or c.lease_until <= now())
    order by c.wake_at limit greatest($2::int - coalesce(($5::jsonb ->> a.account_id::text)::int, 0), 0)
    for update skip locked
  ) d
  where a.account_id is not null
), chosen as (
  select * from due order by place, wake_at limit $1
)
update conversations c set lease_owner = $3, lease_seq = c.lease_seq + 1,
  lapses = case when c.lease_owner is null then 0 else c.lapses + 1 end,
  lease_until = now() + $4 * interval '1 millisecond', wake_at = now() + $4 * interval '1 millisecond'
from chosen d
where c.commune_id = d.commune_id and c.id = d.id
returning ${LEASED_COLUMNS}, now() as claimed_at,
  (select jsonb_agg(jsonb_build_object('id', e.id, 'receivedAt', e.received_at, 'event', e.event)
            order by e.occurred_at, e.arrival, e.id)
   from inbox_events e
   where e.conversation_id = c.id and e.commune_id = c.commune_id and e.status = 'pending' and e.lane = 'turn') as events`;

// An event may be stored between the claim and this statement: the counter, or the event itself, keeps the
// conversation awake. What was held for a closed window leaves now; but where a person answers, nothing of the assistant
// may wait any more: a row may have come back to the line, or been written, while the takeover was stored. Of attachments
// only the kind stays: their addresses lead to photos of papers, places and phone numbers. The first call of a turn that
// nothing stands before is claimed here, by the rules of the outbox's own claim: the process that wrote it sends it.
const COMMIT = `
with turns as (
  select * from jsonb_to_recordset($1::jsonb) as t(commune_id uuid, conversation_id uuid, account_id uuid, turn_id uuid,
    lease_owner uuid, lease_seq bigint, arrivals bigint, owner_version int, owner text, hand_off_reason text, asked_by text,
    promised_at timestamptz, due_at timestamptz, staff_wrote_at timestamptz, resumed_by text, handoff_id uuid,
    memory jsonb, event_ids bigint[])
), owned as (
  update conversations c set
    memory = t.memory,
    owner = coalesce(t.owner, c.owner),
    owner_since = case when t.owner is null or t.owner = c.owner then c.owner_since else now() end,
    officer_until = case when t.owner in ('bot', 'waiting') then null else c.officer_until end,
    officer_id = case when t.owner in ('bot', 'waiting') then null else c.officer_id end,
    hand_off_reason = case when t.owner is null then c.hand_off_reason else t.hand_off_reason end,
    attempts = 0, lapses = 0, lease_owner = null, lease_until = null,
    wake_at = case when c.arrivals <> t.arrivals or exists (
        select 1 from inbox_events e where e.conversation_id = c.id and e.commune_id = c.commune_id
          and e.status = 'pending' and e.lane = 'turn' and not e.id = any(t.event_ids))
      then now() end
  from turns t
  where c.commune_id = t.commune_id and c.id = t.conversation_id and c.lease_owner = t.lease_owner
    and c.lease_seq = t.lease_seq and c.owner_version = t.owner_version
  returning t.commune_id, t.conversation_id, t.account_id, t.turn_id, t.event_ids, c.owner, t.owner as new_owner,
    c.last_user_at, c.wake_at is not null as is_awake,
    t.hand_off_reason, t.asked_by, t.promised_at, t.due_at, t.staff_wrote_at, t.resumed_by, t.handoff_id
), opened as (
  insert into handoffs as h (commune_id, id, conversation_id, reason, asked_by, queued_at, taken_at, first_reply_at,
    last_reply_at, promised_at, due_at, changed_at)
  select commune_id, handoff_id, conversation_id,
    case owner when 'officer' then 'platform_inbox' else coalesce(hand_off_reason, 'asked') end,
    case owner when 'officer' then 'officer' else coalesce(asked_by, 'citizen') end,
    coalesce(staff_wrote_at, now()), staff_wrote_at, staff_wrote_at, staff_wrote_at, promised_at, due_at, now()
  from owned
  where new_owner is distinct from 'bot' and ((owner = 'waiting' and hand_off_reason is not null) or staff_wrote_at is not null)
  on conflict (commune_id, conversation_id) where closed_at is null do update set
    reason = case when excluded.reason = 'emergency' then excluded.reason else h.reason end,
    officer_id = case when excluded.taken_at is not null and h.taken_at is null then null else h.officer_id end,
    taken_at = coalesce(h.taken_at, excluded.taken_at),
    first_reply_at = coalesce(h.first_reply_at, excluded.first_reply_at),
    last_reply_at = coalesce(excluded.last_reply_at, h.last_reply_at),
    promised_at = coalesce(h.promised_at, excluded.promised_at),
    is_promise_kept = coalesce(h.is_promise_kept, excluded.first_reply_at <= h.promised_at),
    due_at = coalesce(h.due_at, excluded.due_at),
    changed_at = now()
), ended as (
  update handoffs h set closed_at = now(), close_kind = coalesce(o.resumed_by, 'resumed'), changed_at = now()
  from owned o
  where o.new_owner = 'bot' and h.commune_id = o.commune_id and h.conversation_id = o.conversation_id
    and h.closed_at is null
), settled as (
  update inbox_events e set status = 'done', done_at = now(), turn_id = o.turn_id,
    raw = case when e.event ? 'attachments' then null else e.raw end,
    event = case when jsonb_typeof(e.event -> 'attachments') = 'array' then jsonb_set(e.event, '{attachments}',
      (select coalesce(jsonb_agg(jsonb_build_object('kind', a -> 'kind')), '[]')
       from jsonb_array_elements(e.event -> 'attachments') a)) else e.event end
  from owned o
  where e.commune_id = o.commune_id and e.conversation_id = o.conversation_id and e.id = any(o.event_ids)
), written as (
  insert into messages (commune_id, id, conversation_id, author, text, content, platform_message_id, turn_id, outcome,
    answer, occurred_at)
  select m.commune_id, m.id, m.conversation_id, m.author, m.text, m.content, m.platform_message_id, m.turn_id,
    m.outcome, m.answer, m.occurred_at
  from jsonb_to_recordset($2::jsonb) as m(commune_id uuid, id uuid, conversation_id uuid, turn_id uuid, author text,
    text text, content jsonb, platform_message_id text, outcome text, answer jsonb, occurred_at timestamptz)
  join owned o using (turn_id)
), queued as (
  insert into outbox (commune_id, account_id, conversation_id, message_id, cause_id, seq, author, call, status,
    claimed_by, lease_until, first_sending_at)
  select o.commune_id, o.account_id, o.conversation_id, c.message_id, o.turn_id, c.seq, 'bot', c.call,
    case when d.leaves then 'sending' else 'queued' end, case when d.leaves then $4::uuid end,
    case when d.leaves then now() + $5 * interval '1 millisecond' end, case when d.leaves then now() end
  from jsonb_to_recordset($3::jsonb) as c(conversation_id uuid, turn_id uuid, message_id uuid, seq int, sends boolean,
    call jsonb)
  join owned o using (turn_id)
  cross join lateral (
    select c.sends and o.owner <> 'officer'
      and exists (select 1 from channel_accounts k
        where k.id = o.account_id and k.status = 'active' and (k.paused_until is null or k.paused_until <= now()))
      and not exists (select 1 from outbox p
        where p.conversation_id = o.conversation_id and p.status in ('queued', 'sending', 'held')) as leaves
  ) d
  order by o.turn_id, c.seq
  on conflict do nothing
  returning cause_id, id, status, created_at
), released as (
  update outbox b set run_at = now(),
    status = case when o.owner = 'officer' and b.author = 'bot' then 'cancelled' else 'queued' end,
    error_code = case when o.owner = 'officer' and b.author = 'bot' then 'taken_over' else b.error_code end
  from owned o
  where b.conversation_id = o.conversation_id and b.commune_id = o.commune_id and b.status in ('queued', 'held')
    and case b.status when 'held' then b.error_code = 'window_closed'
      else b.author = 'bot' and o.owner = 'officer' and not b.must_check end
  returning b.conversation_id
)
select o.turn_id, o.is_awake, o.last_user_at, q.id as outbox_id, q.created_at,
  exists (select 1 from queued r where r.cause_id = o.turn_id and r.status = 'queued')
    or exists (select 1 from released r where r.conversation_id = o.conversation_id) as has_queued
from owned o left join queued q on q.cause_id = o.turn_id and q.status = 'sending'`;

const GIVE_BACK = `
update conversations set lease_owner = null, lease_until = null, attempts = attempts + $6::int,
  wake_at = now() + $5 * interval '1 millisecond'
where commune_id = $1 and id = $2 and lease_owner = $3 and lease_seq = $4`;

const RENEW = `
update conversations c set lease_until = now() + $2 * interval '1 millisecond',
  wake_at = now() + $2 * interval '1 millisecond'
from jsonb_to_recordset($1::jsonb) as h(commune_id uuid, id uuid, lease_owner uuid, lease_seq bigint)
where c.commune_id = h.commune_id and c.id = h.id and c.lease_seq = h.lease_seq and c.lease_owner = h.lease_owner`;
