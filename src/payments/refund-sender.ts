import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { PaymentAccounts } from './accounts.ts';
import type { Attempts } from './attempts.ts';
import { PaymentGatewayError, type RefundResult } from './provider.ts';
import { attemptSql, type KnownAttempt } from './settle.ts';

const BATCH = 10;
const LEASE_MS = 90_000;
const TIMEOUT_MS = 35_000;
const RETRY_MS = 10 * 60_000;
const MOST_TRIES = 12;

interface DueRefund extends KnownAttempt {
  refundId: string;
  refundVnd: number;
  reason: string;
  tries: number;
  paidAt: Date;
  moneyTxn: string;
}

/** Sends what two officers agreed on. The refund's own id is its number at the gateway: sent twice, it is one. */
export function createRefundSender(deps: {
  database: Database;
  accounts: PaymentAccounts;
  attempts: Attempts;
  log: Log;
  now?: () => Date;
}) {
  const { database, accounts, attempts, log, now = () => new Date() } = deps;

  const send = async (refund: DueRefund) => {
    const account = refund.accountId === null ? undefined : await accounts.byId(refund.accountId);
    const provider = account && accounts.providerOf(account);
    let result: RefundResult | { outcome: 'again'; code: string };
    if (!provider?.refund) result = { outcome: 'refused', code: 'by_hand_only', raw: null };
    else {
      result = await provider
        .refund(
          attempts.forProvider(refund),
          {
            requestId: refund.refundId.replaceAll('-', ''),
            amountVnd: refund.refundVnd,
            gatewayTxn: refund.moneyTxn,
            paidAt: refund.paidAt,
            reason: `Hoan tien ${refund.ref}`,
            officer: 'can bo',
          },
          AbortSignal.timeout(TIMEOUT_MS),
        )
        .catch((error) => {
          log.warn('payments.refund_failed', { communeId: refund.communeId, error: errorText(error) });
          const isRefusal = error instanceof PaymentGatewayError && error.code === 'refused';
          if (isRefusal) return { outcome: 'refused' as const, code: error.gatewayCode ?? error.code, raw: null };
          return { outcome: 'again' as const, code: error instanceof PaymentGatewayError ? error.code : 'failed' };
        });
    }
    const isOver = result.outcome === 'again' && refund.tries + 1 >= MOST_TRIES;
    await database.run('pay.refund_sent', SENT, [
      refund.communeId,
      refund.refundId,
      isOver ? 'refused' : result.outcome,
      result.code,
      now().toISOString(),
      new Date(now().getTime() + RETRY_MS).toISOString(),
      timeOrdered(),
    ]);
  };

  return {
    /** @returns how many were sent */
    async round(): Promise<number> {
      const at = now();
      const due = await database.run<DueRefund>('pay.refunds_due', CLAIM, [
        at.toISOString(),
        new Date(at.getTime() + LEASE_MS).toISOString(),
        BATCH,
      ]);
      await Promise.all(
        due.map((refund) =>
          send(refund).catch((error) =>
            log.error('payments.refund_stuck', { communeId: refund.communeId, error: errorText(error) }),
          ),
        ),
      );
      return due.length;
    },
  };
}

const CLAIM = `
with due as materialized (
  select commune_id, id from payment_refunds
  where send_at <= $1::timestamptz
  order by send_at limit $3 for update skip locked
), held as (
  update payment_refunds r set send_at = $2::timestamptz, tries = r.tries + 1
  from due d
  where r.commune_id = d.commune_id and r.id = d.id
  returning r.*
)
select ${attemptSql.columns}, r.id as "refundId", r.amount_vnd as "refundVnd", r.reason, r.tries - 1 as tries,
  m.at as "paidAt", m.gateway_txn as "moneyTxn"
from held r
  join payment_transactions m on m.commune_id = r.commune_id and m.id = r.transaction_id
  join payment_attempts t on t.commune_id = m.commune_id and t.id = m.attempt_id ${attemptSql.joins}`;

/**
 * What a refund does to the books, from a part of a statement named `ended` that returns its rows: money out, the
 * movement it gives back dealt with, and an attempt or obligation whose whole money is gone marked so.
 */
export const refundedSql = (id: string, at: string) => `
gone as (
  insert into payment_transactions (commune_id, id, account_id, method, gateway_txn, attempt_id, order_id, ref, direction,
    amount_vnd, at, source, class)
  select e.commune_id, ${id}, m.account_id, m.method, 'refund:' || e.id, m.attempt_id, m.order_id, m.ref, 'out',
    e.amount_vnd, ${at}, 'refund', 'applied'
  from ended e join payment_transactions m on m.commune_id = e.commune_id and m.id = e.transaction_id
  where e.status = 'done'
  on conflict do nothing
), dealt as (
  update payment_transactions m set resolved_at = ${at}, resolved_by = e.decided_by, resolution = 'refunded'
  from ended e
  where e.status = 'done' and m.commune_id = e.commune_id and m.id = e.transaction_id and m.class <> 'applied'
    and m.resolved_at is null
), marked as (
  update payment_attempts a set status = 'refunded', issue = null
  from ended e
  where e.status = 'done' and a.commune_id = e.commune_id and a.id = e.attempt_id and a.status in ('paid', 'under_review')
    and e.amount_vnd >= a.amount_vnd
    and not exists (select 1 from payment_transactions x where x.commune_id = a.commune_id and x.attempt_id = a.id
      and x.direction = 'in' and x.id <> e.transaction_id)
), closed as (
  update payment_orders o set
    status = case when o.paid_attempt_id = e.attempt_id and e.was_applied and e.amount_vnd >= o.amount_vnd
      then 'cancelled' else o.status end,
    issue = case when o.issue in ('overpaid', 'not_owed') then null else o.issue end
  from ended e
  where e.status = 'done' and o.commune_id = e.commune_id and o.id = e.order_id
)`;

const SENT = `
with ended as (
  update payment_refunds r set
    status = case $3::text when 'refunded' then 'done' when 'pending' then 'sent' when 'refused' then 'refused'
      else r.status end,
    code = $4::text,
    send_at = case when $3::text = 'again' then $6::timestamptz end,
    done_at = case when $3::text in ('refunded', 'refused') then $5::timestamptz end
  where r.commune_id = $1::uuid and r.id = $2::uuid and r.status in ('approved', 'sent')
  returning r.*, (select m.class = 'applied' from payment_transactions m
    where m.commune_id = r.commune_id and m.id = r.transaction_id) as was_applied
), ${refundedSql('$7::uuid', '$5::timestamptz')}
select status from ended`;
