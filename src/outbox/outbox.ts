import { randomUUID } from 'node:crypto';
import type { OutboundCall } from '../channels/channel.ts';
import { createBatcher } from '../db/batcher.ts';
import type { Database } from '../db/client.ts';

/** A row this process may send now. */
export interface ClaimedRow {
  communeId: string;
  id: number;
  accountId: string;
  conversationId: string;
  chatId: string;
  author: 'bot' | 'officer' | 'system';
  call: OutboundCall;
  mustCheck: boolean;
  attempts: number;
  lastUserAt: Date | null;
  createdAt: Date;
  firstSendingAt: Date;
  /** On this process's `performance.now()`: after it another process may have the row, so no send may be under way. */
  sendBefore: number;
  /** Of this claim: a row that was taken from us and given out again is not ours to finish, even within one process. */
  claimId: string;
}

export type SendResult =
  | { status: 'sent'; platformMessageId: string }
  /** `counts`: an attempt of its own, towards the limit. `mustCheck`: it may have arrived. */
  | { status: 'again'; afterMs: number; counts: boolean; mustCheck: boolean; errorCode: string; errorDetail: string }
  | { status: 'failed' | 'held' | 'cancelled'; errorCode: string; errorDetail: string };

/** A send has this long; the row's lease outlives it, so a row in flight has one owner. */
export const SEND_TIMEOUT_MS = 10_000;
const LEASE_MS = 12_000;
const SAFETY_MS = 1_000;

/** What a statement that claims rows needs; made right before it runs. */
export const claimTerms = () => ({
  claimId: randomUUID(),
  leaseMs: LEASE_MS,
  sendBefore: performance.now() + LEASE_MS - SAFETY_MS,
});

export interface Outbox {
  /**
   * Takes rows that may leave now: the first of each conversation's line, of accounts that are neither paused nor
   * without a valid grant, and, when the assistant wrote them, only while no officer owns the conversation or to see
   * what became of an attempt before.
   * @param budgets how many rows each account may have at once; `fallback` for accounts not named
   * @param inFlight how many each account has now: who has fewer comes first
   */
  claim(
    free: number,
    budgets: Record<string, number>,
    fallback: number,
    inFlight: Record<string, number>,
  ): Promise<ClaimedRow[]>;
  /** Whether a claimed row may still leave: asked before a send that time has passed since its claim. */
  mayStillLeave(row: ClaimedRow): Promise<boolean>;
  /** @returns whether others stand behind it in its conversation's line */
  finish(row: ClaimedRow, result: SendResult): Promise<boolean>;
  /** Gives rows back whose process died while sending; they are looked up before they are sent again. */
  recover(): Promise<number>;
  /** Which of these platform ids are rows we know already. */
  known(accountId: string, platformMessageIds: string[]): Promise<Set<string>>;
  idle(): Promise<void>;
}

export function createOutbox(database: Database): Outbox {
  const finishing = createBatcher<{ row: ClaimedRow; result: SendResult }, boolean>(async (items) => {
    const rows = items.map(({ row, result }) => ({
      commune_id: row.communeId,
      id: row.id,
      claim_id: row.claimId,
      status: result.status === 'again' ? 'queued' : result.status,
      platform_message_id: result.status === 'sent' ? result.platformMessageId : null,
      after_ms: result.status === 'again' ? result.afterMs : 0,
      attempts: row.attempts + (result.status === 'again' && !result.counts ? 0 : 1),
      must_check: result.status === 'again' && result.mustCheck,
      error_code: result.status === 'sent' ? null : result.errorCode,
      error_detail: result.status === 'sent' ? null : result.errorDetail,
    }));
    rows.sort((a, b) => a.id - b.id);
    const ended = await database.run<{ id: number; has_next: boolean }>('outbox.finish', FINISH, [
      JSON.stringify(rows),
    ]);
    const hasNext = new Set(ended.flatMap(({ id, has_next }) => (has_next ? [Number(id)] : [])));
    return items.map(({ row }) => hasNext.has(row.id));
  });
  return {
    async claim(free, budgets, fallback, inFlight) {
      const { claimId, leaseMs, sendBefore } = claimTerms();
      const rows = await database.run<Record<string, unknown>>('outbox.claim', CLAIM, [
        free,
        JSON.stringify(budgets),
        fallback,
        claimId,
        leaseMs,
        JSON.stringify(inFlight),
      ]);
      return rows.map((row) => ({
        communeId: row.commune_id as string,
        id: Number(row.id),
        accountId: row.account_id as string,
        conversationId: row.conversation_id as string,
        chatId: row.chat_id as string,
        author: row.author as ClaimedRow['author'],
        call: row.call as OutboundCall,
        mustCheck: row.must_check as boolean,
        attempts: row.attempts as number,
        lastUserAt: row.last_user_at as Date | null,
        createdAt: row.created_at as Date,
        firstSendingAt: row.first_sending_at as Date,
        sendBefore,
        claimId,
      }));
    },
    async mayStillLeave(row) {
      const rows = await database.run('outbox.may_still_leave', MAY_STILL_LEAVE, [row.communeId, row.id, row.claimId]);
      return rows.length > 0;
    },
    finish: (row, result) => finishing.add({ row, result }),
    async recover() {
      const rows = await database.run('outbox.recover', RECOVER);
      return rows.length;
    },
    async known(accountId, platformMessageIds) {
      const rows = await database.run<{ id: string }>(
        'outbox.known',
        `select platform_message_id as id from outbox
         where account_id = $1 and platform_message_id = any(array(select jsonb_array_elements_text($2::jsonb)))`,
        [accountId, JSON.stringify(platformMessageIds)],
      );
      return new Set(rows.map((row) => row.id));
    },
    idle: () => finishing.idle(),
  };
}

/** After an account was connected again: what waited because of it, or for a later try, may leave at once. */
export async function releaseWaiting(database: Database, account: { id: string; communeId: string }): Promise<void> {
  await database.run(
    'outbox.release_waiting',
    `update outbox set run_at = now()
     where commune_id = $1 and account_id = $2 and status = 'queued' and run_at > now()`,
    [account.communeId, account.id],
  );
}

// Accounts with work are found by hopping from one to the next in the index; each offers its own few rows, so that a
// long line at one account is not in front of the others. A table's statistics are made while hardly anything waits, and
// a plan that believes them reads the whole backlog for each row: `offset 0` keeps the look along a line from becoming a
// join, and the last join names the key alone (its rows are locked, nobody changes their status meanwhile).
const CLAIM = `
with recursive active as (
  (select account_id from outbox where status = 'queued' order by account_id limit 1)
  union all
  select (select o.account_id from outbox o where o.status = 'queued' and o.account_id > a.account_id
          order by o.account_id limit 1)
  from active a where a.account_id is not null
), open as (
  select a.account_id, coalesce(($2::jsonb ->> a.account_id::text)::int, $3::int) as budget
  from active a join channel_accounts c on c.id = a.account_id
  where c.status = 'active' and (c.paused_until is null or c.paused_until <= now())
), due as (
  select d.*, row_number() over (partition by d.account_id order by d.run_at, d.id)
    + coalesce(($6::jsonb ->> d.account_id::text)::int, 0) as place
  from open a cross join lateral (
    select o.commune_id, o.id, o.account_id, o.run_at, v.chat_id, v.last_user_at
    from outbox o join conversations v on v.commune_id = o.commune_id and v.id = o.conversation_id
    where o.account_id = a.account_id and o.status = 'queued' and o.run_at <= now()
      and (o.author <> 'bot' or v.owner <> 'officer' or o.must_check)
      and not exists (select 1 from outbox p where p.conversation_id = o.conversation_id
        and p.status in ('queued', 'sending') and p.id < o.id offset 0)
    order by o.run_at limit greatest(a.budget, 0)
    for update of o skip locked
  ) d
), chosen as (
  select * from due order by place, run_at limit $1
)
update outbox o set status = 'sending', claimed_by = $4, lease_until = now() + $5 * interval '1 millisecond',
  first_sending_at = coalesce(o.first_sending_at, now())
from chosen d
where o.commune_id = d.commune_id and o.id = d.id
returning o.commune_id, o.id, o.account_id, o.conversation_id, d.chat_id, o.author, o.call, o.must_check, o.attempts,
  d.last_user_at, o.created_at, o.first_sending_at`;

const MAY_STILL_LEAVE = `
select 1 from outbox o join conversations v on v.commune_id = o.commune_id and v.id = o.conversation_id
where o.commune_id = $1 and o.id = $2 and o.status = 'sending' and o.claimed_by = $3
  and (o.author <> 'bot' or v.owner <> 'officer')`;

// A row that an echo settled meanwhile keeps its state. What the assistant may not repeat, because a person answers by
// now, does not go back to the line: it would leave hours later, and stand before the person's own words until then.
const FINISH = `
update outbox o set
  status = case when i.status = 'queued' and not i.must_check and o.author = 'bot' and v.owner = 'officer'
    then 'cancelled' else i.status end,
  platform_message_id = coalesce(i.platform_message_id, o.platform_message_id),
  sent_at = case when i.status = 'sent' then now() end,
  run_at = now() + i.after_ms * interval '1 millisecond',
  attempts = i.attempts,
  must_check = i.must_check,
  error_code = i.error_code,
  error_detail = i.error_detail,
  claimed_by = null, lease_until = null
from jsonb_to_recordset($1::jsonb) as i(commune_id uuid, id bigint, status text, platform_message_id text,
  after_ms bigint, attempts int, must_check boolean, error_code text, error_detail text, claim_id uuid), conversations v
where o.commune_id = i.commune_id and o.id = i.id and o.status = 'sending' and o.claimed_by = i.claim_id
  and v.commune_id = o.commune_id and v.id = o.conversation_id
returning o.id, exists (select 1 from outbox n
  where n.conversation_id = o.conversation_id and n.status = 'queued' and n.id <> o.id) as has_next`;

const RECOVER = `
update outbox set status = 'queued', must_check = true, claimed_by = null, lease_until = null, run_at = now()
where status = 'sending' and lease_until <= now()
returning id`;
