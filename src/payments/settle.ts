import type { Channel } from '../channels/channel.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { type Saying, sayingSql } from '../outbox/enqueue.ts';
import type { PaymentMetrics } from './metrics.ts';
import type { AttemptStatus, OrderStatus, TransactionClass } from './payments.schema.ts';
import type { PaymentMethod, PaymentOutcome, StoreResult } from './provider.ts';
import { confirmation } from './say-pay.ts';

/**
 * Who says so. A gateway's own message may come late, twice and in any order; all others were asked, or saw the money:
 * they decide where messages contradict one another.
 */
export type ProofSource = 'ipn' | 'query' | 'bank' | 'statement' | 'settlement' | 'officer' | 'counter';

export interface Proof {
  outcome: PaymentOutcome;
  /** Đồng. Null: as asked for. */
  amountVnd: number | null;
  /** Null: not known (a desk, an officer). */
  gatewayTxn: string | null;
  bankRef?: string | null;
  paidAt: Date | null;
  code: string;
  source: ProofSource;
  receipt?: { number: string | null; url: string | null };
  /** Of a bank transfer, for staff. */
  words?: string;
}

/** What came over the wire, to be kept with what it did. */
export interface RawCallback {
  source: string;
  raw: string;
}

/** An attempt with what is needed to settle it and to tell its citizen. */
export interface KnownAttempt {
  communeId: string;
  id: string;
  ref: string;
  orderId: string;
  method: PaymentMethod;
  accountId: string | null;
  amountVnd: number;
  description: string;
  payerIp: string;
  status: AttemptStatus;
  gatewayTxn: string | null;
  issue: string | null;
  createdAt: Date;
  expiresAt: Date;
  orderStatus: OrderStatus;
  purpose: string;
  dossierNumber: string | null;
  conversationId: string | null;
  channel: Channel['name'] | null;
}

export interface Settled {
  result: Extract<StoreResult, 'stored' | 'already_final' | 'amount_mismatch'>;
  /** What the money is; null: none came in. */
  class: TransactionClass | null;
  status: AttemptStatus;
  issue: string | null;
}

export interface SettlerDeps {
  database: Database;
  channel: (name: Channel['name']) => Channel;
  /** Something was put in line for a citizen. */
  onQueued?: () => void;
  metrics?: PaymentMetrics;
  now?: () => Date;
}

export type Settler = ReturnType<typeof createSettler>;

/** The only writer of payments' outcomes. Each change is one statement: money, states, callback and confirmation. */
export function createSettler({
  database,
  channel,
  onQueued = () => {},
  metrics,
  now = () => new Date(),
}: SettlerDeps) {
  return {
    /** By reference, over all communes: a reference is found by itself. */
    async find(ref: string): Promise<KnownAttempt | null> {
      const [row] = await database.run<KnownAttempt>('pay.find', FIND, [ref]);
      return row ?? null;
    },

    /**
     * Writes what was proved about an attempt. Repeating it changes nothing, whatever the order and the number of
     * processes.
     */
    async settle(attempt: KnownAttempt, proof: Proof, callback?: RawCallback): Promise<Settled> {
      const at = now();
      const [row] = await database.run<Settled>('pay.settle', SETTLE, [
        attempt.communeId,
        attempt.id,
        attempt.orderId,
        proof.outcome,
        proof.amountVnd,
        proof.gatewayTxn,
        (proof.paidAt ?? at).toISOString(),
        proof.code,
        proof.source,
        at.toISOString(),
        timeOrdered(at.getTime()),
        JSON.stringify(proof.outcome === 'paid' ? sayings(attempt, proof, at) : []),
        proof.receipt ? JSON.stringify([{ kind: null, ...proof.receipt }]) : '[]',
        proof.bankRef ?? null,
        proof.words ?? null,
        timeOrdered(at.getTime()),
        callback?.source ?? null,
        callback?.raw ?? null,
      ]);
      const settled = row!;
      metrics?.settled.inc({ method: attempt.method, result: settled.class ?? settled.result });
      if (settled.class === 'applied') onQueued();
      return settled;
    },

    /** Keeps what changes nothing: not understood, not signed, not ours. */
    async keep(
      callback: RawCallback,
      about: { communeId?: string | null; attemptId?: string | null; ref?: string | null; result: StoreResult },
    ): Promise<void> {
      await database.run('pay.keep', KEEP, [
        about.communeId ?? null,
        timeOrdered(),
        callback.source,
        about.ref ?? null,
        about.attemptId ?? null,
        about.result,
        callback.raw,
        now().toISOString(),
      ]);
    },
  };

  function sayings(attempt: KnownAttempt, proof: Proof, at: Date): Saying[] {
    if (attempt.conversationId === null || attempt.channel === null) return [];
    const text = confirmation(attempt, proof.paidAt ?? at);
    return [
      {
        causeId: attempt.orderId,
        messageId: timeOrdered(at.getTime()),
        author: 'system',
        text,
        content: { payment: attempt.ref },
        occurredAt: at,
        calls: channel(attempt.channel).render({ text }),
      },
    ];
  }
}

const COLUMNS = `
  t.commune_id as "communeId", t.id, t.ref, t.order_id as "orderId", t.method, t.account_id as "accountId",
  t.amount_vnd as "amountVnd", t.description, t.payer_ip as "payerIp", t.status, t.gateway_txn as "gatewayTxn", t.issue,
  t.created_at as "createdAt", t.expires_at as "expiresAt", o.status as "orderStatus", o.purpose,
  o.dossier_number as "dossierNumber", o.conversation_id as "conversationId", v.channel`;
const JOINS = `
  join payment_orders o on o.commune_id = t.commune_id and o.id = t.order_id
  left join conversations v on v.commune_id = o.commune_id and v.id = o.conversation_id`;

/** For other statements that end with attempts: select these of `t` with these joins. */
export const attemptSql = { columns: COLUMNS, joins: JOINS };

const FIND = `select ${COLUMNS} from payment_attempts t ${JOINS} where t.ref = $1`;

const KEEP = `
insert into payment_callbacks (commune_id, id, source, ref, attempt_id, result, raw, at)
values ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz)`;

// Obligation first, then the attempt: whoever settles attempts of one obligation waits in the same line, and what is
// read from the two is what is true once the lock is had. Everything below decides from those two rows alone, never
// from other rows of a snapshot that may be older.
//
//   $4 outcome $5 amount $6 transaction $7 paid at $8 code $9 source $10 now $11 id of the transaction $12 sayings
//   $13 receipts $14 bank's number $15 words $16 id of the callback $17 its source $18 its raw text
const SETTLE = `
with o as materialized (
  select * from payment_orders where commune_id = $1::uuid and id = $3::uuid for update
), t as materialized (
  select a.* from payment_attempts a cross join o where a.commune_id = $1::uuid and a.id = $2::uuid for update of a
), k as materialized (
  select t.*, o.status as order_status, o.amount_vnd as order_vnd, o.confirmed_at, o.paid_attempt_id, o.conversation_id,
    $9::text <> 'ipn' as is_truth,
    coalesce($5::bigint, t.amount_vnd) as got,
    coalesce($5::bigint, t.amount_vnd) <> t.amount_vnd as is_other_amount,
    t.status in ('paid', 'reversed', 'refunded') as is_ended,
    t.status in ('paid', 'reversed', 'refunded') and ($6::text is null or t.gateway_txn = $6::text
      or (t.gateway_txn is null and coalesce($5::bigint, t.amount_vnd) = t.amount_vnd)) as is_same,
    $9::text = 'ipn' and $4::text = 'paid' and (t.status = 'failed' or (t.status = 'under_review'
      and not (t.issue is not distinct from 'amount_mismatch' and t.gateway_txn is not distinct from $6::text)))
      as is_contradiction
  from t cross join o
), adopted as (
  -- an officer's word came first; now the money itself has a number
  update payment_transactions m set gateway_txn = $6::text, bank_ref = coalesce($14::text, m.bank_ref)
  from k
  where m.commune_id = $1::uuid and m.attempt_id = $2::uuid and m.direction = 'in' and m.gateway_txn = 'ref:' || k.ref
    and $4::text = 'paid' and $6::text is not null and k.is_same and not k.is_other_amount
    and not exists (select 1 from payment_transactions x where x.account_id = m.account_id and x.gateway_txn = $6::text)
), money as (
  insert into payment_transactions (commune_id, id, account_id, method, gateway_txn, bank_ref, attempt_id, order_id, ref,
    direction, amount_vnd, at, source, class, words)
  select k.commune_id, $11::uuid, k.account_id, k.method, coalesce($6::text, 'ref:' || k.ref), $14::text, k.id, k.order_id,
    k.ref, case $4::text when 'paid' then 'in' else 'out' end, k.got, $7::timestamptz, $9::text,
    case when $4::text = 'reversed' then 'applied'
      when k.is_other_amount then 'amount_diff'
      when k.is_ended or k.order_status = 'paid' then 'duplicate'
      when k.order_status in ('cancelled', 'waived') then 'not_owed'
      else 'applied' end,
    $15::text
  from k
  -- what is written down at a desk pays what is open: a second hand at the same moment is told instead
  where ($4::text = 'paid' and not k.is_same and not k.is_contradiction
      and not ($9::text = 'counter' and k.order_status <> 'open'))
    or ($4::text = 'reversed' and k.is_truth
      and (k.status = 'paid' or (k.status = 'under_review' and k.gateway_txn is not null)))
  on conflict do nothing
  returning class, direction
), seen as materialized (
  select k.*, m.class, m.direction,
    $4::text = 'paid' and m.class is null and not k.is_ended and not k.is_contradiction
      and k.gateway_txn is distinct from $6::text as is_reused
  from k left join money m on true
), next as materialized (
  select s.*,
    case
      when s.class is not null and s.direction = 'in' then
        case when s.is_ended then s.status when s.class = 'amount_diff' then 'under_review' else 'paid' end
      when $4::text = 'reversed' and s.is_truth then 'reversed'
      when s.is_contradiction then 'under_review'
      when s.is_ended or (s.is_other_amount and $4::text <> 'paid') then s.status
      when s.is_reused then 'under_review'
      when $4::text = 'failed' and (s.status in ('created', 'pending', 'expired')
        or (s.status = 'under_review' and s.is_truth and s.issue is distinct from 'amount_mismatch')) then 'failed'
      when $4::text in ('under_review', 'reversed') and s.status in ('created', 'pending', 'expired', 'failed') then 'under_review'
      when $4::text = 'pending' and s.status = 'created' then 'pending'
      else s.status
    end as new_status,
    case
      when s.class in ('duplicate', 'not_owed') then s.class
      when s.class = 'amount_diff' then 'amount_mismatch'
      when s.class = 'applied' and s.direction = 'in' then null
      when $4::text = 'reversed' and s.is_truth then case when s.status = 'paid' then 'reversed' else s.issue end
      when s.is_reused then 'txn_reused'
      when s.is_contradiction then 'conflict'
      when $4::text in ('failed', 'under_review', 'reversed') and s.status = 'paid' then 'conflict'
      when $4::text = 'paid' and s.is_same and s.issue = 'conflict' and s.is_truth then null
      when $4::text = 'reversed' then 'conflict'
      when $4::text = 'under_review' and not s.is_ended then 'fraud'
      when $4::text = 'failed' and s.is_truth and s.issue in ('conflict', 'fraud') then null
      else s.issue
    end as new_issue
  from seen s
), ended as (
  update payment_attempts a set
    status = n.new_status,
    issue = n.new_issue,
    gateway_txn = case when $4::text = 'paid' and not n.is_contradiction and not n.is_reused
        and (not n.is_ended or (n.gateway_txn is null and not n.is_other_amount)) then coalesce($6::text, a.gateway_txn) else a.gateway_txn end,
    code = case when n.is_ended and $4::text <> 'reversed' then a.code else $8::text end,
    paid_at = case when n.class = 'applied' and n.direction = 'in' or (n.class in ('duplicate', 'not_owed') and not n.is_ended)
      then $7::timestamptz else a.paid_at end,
    is_late = a.is_late or (n.class is not null and n.direction = 'in' and not n.is_ended
      and (n.status = 'expired' or $7::timestamptz > n.expires_at)),
    check_at = case
      when not n.is_truth and n.new_issue = 'conflict' then $10::timestamptz
      when n.new_status in ('created', 'pending', 'expired') or (n.new_status = 'under_review' and n.new_issue = 'fraud')
        then a.check_at end,
    ended_at = case when n.new_status in ('created', 'pending') then null else coalesce(a.ended_at, $10::timestamptz) end
  from next n
  where a.commune_id = $1::uuid and a.id = $2::uuid
), settled as (
  update payment_orders p set
    status = case when n.direction = 'out' then case when n.paid_attempt_id = n.id then 'review' else p.status end
      when n.class = 'applied' then 'paid' else p.status end,
    paid_at = case when n.class = 'applied' and n.direction = 'in' then $7::timestamptz else p.paid_at end,
    paid_attempt_id = case when n.class = 'applied' and n.direction = 'in' then n.id else p.paid_attempt_id end,
    confirmed_at = case when n.class = 'applied' and n.direction = 'in' and p.conversation_id is not null
      then coalesce(p.confirmed_at, $10::timestamptz) else p.confirmed_at end,
    issue = case when n.direction = 'out' then case when n.paid_attempt_id = n.id then 'reversed' else p.issue end
      when n.class = 'duplicate' then 'overpaid' when n.class = 'not_owed' then 'not_owed'
      -- an officer took something off while the citizen was paying
      when n.class = 'applied' and n.amount_vnd > n.order_vnd then 'overpaid'
      when n.class = 'applied' and p.issue = 'reversed' then null else p.issue end,
    receipts = case when n.class = 'applied' and n.direction = 'in' then p.receipts || $13::jsonb else p.receipts end,
    ended_at = case when n.class = 'applied' and n.direction = 'in' then $10::timestamptz else p.ended_at end
  from next n
  where p.commune_id = $1::uuid and p.id = $3::uuid and n.class is not null
  returning p.commune_id, p.id, p.conversation_id, n.class = 'applied' and n.direction = 'in' and n.confirmed_at is null as is_new
), told as (
  select s.commune_id, s.conversation_id, v.account_id, s.id as cause_id
  from settled s join conversations v on v.commune_id = s.commune_id and v.id = s.conversation_id
  where s.is_new
), verdict as materialized (
  select n.*, case
      when n.is_other_amount and $4::text <> 'reversed' then 'amount_mismatch'
      when $4::text = 'paid' and n.class is null and not n.is_contradiction and not n.is_reused then 'already_final'
      when $4::text = 'failed' and (n.is_ended or n.status = 'failed') then 'already_final'
      else 'stored' end as result
  from next n
), kept as (
  insert into payment_callbacks (commune_id, id, source, ref, attempt_id, result, raw, at)
  select v.commune_id, $16::uuid, $17::text, v.ref, v.id, v.result, $18::text, $10::timestamptz
  from verdict v where $18::text is not null
), ${sayingSql('told', 12)}
select result, class, new_status as status, new_issue as issue from verdict`;
