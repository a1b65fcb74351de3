import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { auditSql } from './audit.ts';
import { PaymentRefused } from './orders.ts';
import { refundedSql } from './refund-sender.ts';

interface By {
  communeId: string;
  officerId: string;
}

/**
 * Asks to give money back: an overpayment, a wrong fee, an obligation that no longer is. Of one movement of money one
 * refund may be open, and never more than came in.
 * @param way `gateway`: the money is still with it; `by_hand`: by transfer or cash, recorded with `finishRefund`
 * @returns the refund's id
 * @throws {PaymentRefused} `wrong_state` (not money that came in, a refund is open), `bad_amount`
 */
export async function requestRefund(
  database: Database,
  { communeId, officerId }: By,
  input: { transactionId: string; amountVnd: number; reason: string; way: 'gateway' | 'by_hand' },
  now = new Date(),
): Promise<string> {
  if (!Number.isSafeInteger(input.amountVnd) || input.amountVnd < 1)
    throw new PaymentRefused('bad_amount', 'a refund is whole đồng above zero');
  const rows = await database.run<{ id: string }>('pay.refund_request', REQUEST, [
    communeId,
    timeOrdered(now.getTime()),
    input.transactionId,
    input.amountVnd,
    input.reason.normalize('NFC').trim().slice(0, 500),
    input.way,
    officerId,
    now.toISOString(),
    timeOrdered(now.getTime()),
  ]);
  if (rows.length === 0) throw new PaymentRefused('wrong_state', 'no such money, too much of it, or a refund is open');
  return rows[0]!.id;
}

/**
 * A second officer says yes or no.
 * @throws {PaymentRefused} `same_officer`, `wrong_state`
 */
export async function decideRefund(
  database: Database,
  { communeId, officerId }: By,
  refundId: string,
  isApproved: boolean,
  now = new Date(),
): Promise<void> {
  const [row] = await database.run<{ requested_by: string; changed: boolean }>('pay.refund_decide', DECIDE, [
    communeId,
    refundId,
    isApproved,
    officerId,
    now.toISOString(),
    timeOrdered(now.getTime()),
  ]);
  if (row?.changed) return;
  if (row?.requested_by === officerId)
    throw new PaymentRefused('same_officer', 'who asks for a refund does not approve it');
  throw new PaymentRefused('wrong_state', 'the refund is not waiting for a decision');
}

/**
 * Money went back by hand, or the gateway's slow refund was seen on its portal.
 * @param evidence number of the transfer or voucher
 * @throws {PaymentRefused} `wrong_state`
 */
export async function finishRefund(
  database: Database,
  { communeId, officerId }: By,
  refundId: string,
  evidence: string,
  now = new Date(),
): Promise<void> {
  const rows = await database.run('pay.refund_finish', FINISH, [
    communeId,
    refundId,
    evidence.trim().slice(0, 200),
    officerId,
    now.toISOString(),
    timeOrdered(now.getTime()),
    timeOrdered(now.getTime()),
  ]);
  if (rows.length === 0) throw new PaymentRefused('wrong_state', 'the refund is not approved, or done already');
}

export interface Refund {
  id: string;
  transactionId: string;
  orderId: string | null;
  ref: string | null;
  amountVnd: number;
  reason: string;
  way: 'gateway' | 'by_hand';
  status: string;
  requestedBy: string;
  requestedAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
  code: string | null;
  evidence: string | null;
  doneAt: Date | null;
}

/** Open ones first, then the newest; of one obligation, or all. */
export function listRefunds(database: Database, communeId: string, orderId?: string): Promise<Refund[]> {
  return database.run<Refund>(
    'pay.refunds',
    `select r.id, r.transaction_id as "transactionId", r.order_id as "orderId", m.ref, r.amount_vnd as "amountVnd",
       r.reason, r.way, r.status, r.requested_by as "requestedBy", r.requested_at as "requestedAt",
       r.decided_by as "decidedBy", r.decided_at as "decidedAt", r.code, r.evidence, r.done_at as "doneAt"
     from payment_refunds r join payment_transactions m on m.commune_id = r.commune_id and m.id = r.transaction_id
     where r.commune_id = $1 and ($2::uuid is null or r.order_id = $2::uuid)
     order by r.status in ('requested', 'approved', 'sent') desc, r.requested_at desc limit 200`,
    [communeId, orderId ?? null],
  );
}

// The movement is locked: what was given back before is counted with it.
const REQUEST = `
with money as materialized (
  select * from payment_transactions
  where commune_id = $1::uuid and id = $3::uuid and direction = 'in' for update
), made as (
  insert into payment_refunds (commune_id, id, transaction_id, attempt_id, order_id, amount_vnd, reason, way, status,
    requested_by, requested_at)
  select $1::uuid, $2::uuid, m.id, m.attempt_id, m.order_id, $4::bigint, $5, $6, 'requested', $7::uuid, $8::timestamptz
  from money m
  where $4::bigint + coalesce((select sum(r.amount_vnd) from payment_refunds r where r.commune_id = $1::uuid
      and r.transaction_id = m.id and r.status in ('requested', 'approved', 'sent', 'done')), 0) <= m.amount_vnd
    and ($6 = 'by_hand' or m.attempt_id is not null)
  on conflict do nothing
  returning id, order_id, attempt_id
), ${auditSql({ from: 'made', id: '$9::uuid', officer: '$7::uuid', act: 'refund_requested', at: '$8::timestamptz', detail: "jsonb_build_object('amountVnd', $4::bigint, 'way', $6::text)" })}
select id from made`;

const DECIDE = `
with r as materialized (
  select * from payment_refunds where commune_id = $1::uuid and id = $2::uuid for update
), changed as (
  update payment_refunds x set status = case when $3::boolean then 'approved' else 'rejected' end,
    decided_by = $4::uuid, decided_at = $5::timestamptz,
    send_at = case when $3::boolean and x.way = 'gateway' then $5::timestamptz end
  from r
  where x.commune_id = $1::uuid and x.id = r.id and r.status = 'requested' and r.requested_by <> $4::uuid
  returning x.order_id, x.attempt_id
), ${auditSql({ from: 'changed', id: '$6::uuid', officer: '$4::uuid', act: 'refund_decided', at: '$5::timestamptz', detail: "jsonb_build_object('refundId', $2::uuid, 'isApproved', $3::boolean)" })}
select r.requested_by, exists (select 1 from changed) as changed from r`;

const FINISH = `
with ended as (
  update payment_refunds r set status = 'done', evidence = $3, done_at = $5::timestamptz, send_at = null
  where r.commune_id = $1::uuid and r.id = $2::uuid
    and (r.status = 'sent' or (r.status in ('approved', 'refused') and (r.way = 'by_hand' or r.status = 'refused')))
  returning r.*, (select m.class = 'applied' from payment_transactions m
    where m.commune_id = r.commune_id and m.id = r.transaction_id) as was_applied
), ${refundedSql('$6::uuid', '$5::timestamptz')},
${auditSql({ from: 'ended', id: '$7::uuid', officer: '$4::uuid', act: 'refund_finished', at: '$5::timestamptz', detail: "jsonb_build_object('refundId', $2::uuid, 'evidence', $3::text)" })}
select id from ended`;
