import type { Database } from '../db/client.ts';
import { createWorkLoop, type WorkLoop } from '../db/work-loop.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { PaymentAccounts } from './accounts.ts';
import type { Attempts } from './attempts.ts';
import type { PaymentMetrics } from './metrics.ts';
import { isGateway } from './offer.ts';
import { PaymentGatewayError, type VerifiedPayment } from './provider.ts';
import { createRefundSender } from './refund-sender.ts';
import { attemptSql, type KnownAttempt, type Settler } from './settle.ts';

const BATCH = 50;
const IDLE_MS = 2_000;
const QUERY_TIMEOUT_MS = 35_000;
/** Longer than a query: what a dead process held is due again then. */
const LEASE_MS = 60_000;
const MINUTE_MS = 60_000;
/** Since the attempt began: when it is asked about next, and when the machine gives up and an officer looks. */
const STEPS_MS = [15, 30, 120, 1_440].map((minutes) => minutes * MINUTE_MS);
const GIVE_UP_MS = 72 * 60 * MINUTE_MS;
/** What is not a fact about the payment is asked again so soon, a little later each time. */
const RETRY_MS = 5 * MINUTE_MS;
/** A contradiction of messages is settled soon, or not by us. */
const MOST_CONFLICT_CHECKS = 8;

type Due = KnownAttempt & { checks: number };

export interface PaymentPollerDeps {
  database: Database;
  settler: Settler;
  accounts: PaymentAccounts;
  attempts: Attempts;
  log: Log;
  metrics?: PaymentMetrics;
  now?: () => Date;
}

export interface PaymentPoller extends WorkLoop {
  /** One look at everything that is due. @returns how many attempts were asked about */
  round(): Promise<number>;
}

/**
 * Asks gateways about attempts no message came about, ends those whose time is over, sends approved refunds. Any number
 * of processes may: an attempt is leased by its own row.
 */
export function createPaymentPoller(deps: PaymentPollerDeps): PaymentPoller {
  const { database, settler, accounts, attempts, log, metrics, now = () => new Date() } = deps;
  const refunds = createRefundSender(deps);

  const ask = async (attempt: Due) => {
    const at = now();
    const account = attempt.accountId === null ? undefined : await accounts.byId(attempt.accountId);
    if (!account || !isGateway(attempt.method)) return postpone(attempt, null, true);
    let answer: VerifiedPayment;
    try {
      const wanted = { ...attempts.forProvider(attempt), gatewayTxn: attempt.gatewayTxn };
      answer = await accounts.providerOf(account).query(wanted, AbortSignal.timeout(QUERY_TIMEOUT_MS));
      metrics?.queries.inc({ method: attempt.method, result: answer.outcome });
    } catch (error) {
      const code = error instanceof PaymentGatewayError ? error.code : 'failed';
      metrics?.queries.inc({ method: attempt.method, result: code });
      log.warn('payments.query_failed', {
        ...{ communeId: attempt.communeId, method: attempt.method, code },
        error: errorText(error),
      });
      return postpone(attempt, nextCheck(attempt, at, true), true);
    }
    const { status } = await settler.settle(attempt, { ...answer, source: 'query' });
    // an answer that is no end yet is asked for again; an end is none of the poller's any more
    const isOpen = OPEN.has(status) || answer.outcome === 'pending' || answer.outcome === 'under_review';
    await postpone(attempt, isOpen ? nextCheck(attempt, at, false) : null, isOpen);
  };

  const postpone = async (attempt: Due, checkAt: Date | null, isOpen: boolean) => {
    await database.run('pay.postpone', POSTPONE, [
      attempt.communeId,
      attempt.id,
      checkAt?.toISOString() ?? null,
      isOpen && checkAt === null,
    ]);
  };

  const look = async (): Promise<number> => {
    const at = now();
    await database.run('pay.expire', EXPIRE, [at.toISOString()]);
    const due = await database.run<Due>('pay.claim', CLAIM, [
      at.toISOString(),
      new Date(at.getTime() + LEASE_MS).toISOString(),
      BATCH,
    ]);
    await Promise.all(
      due.map((attempt) =>
        ask(attempt).catch((error) =>
          // its lease brings it back
          log.error('payments.check_failed', { communeId: attempt.communeId, error: errorText(error) }),
        ),
      ),
    );
    const sent = await refunds.round();
    return due.length + sent;
  };

  const loop = createWorkLoop(async () => (await look()) >= BATCH, {
    idleMs: IDLE_MS,
    onError: (error) => log.error('payments.poll_failed', { error }),
  });
  return { ...loop, round: look };
}

const OPEN = new Set<string>(['created', 'pending', 'expired']);

/** @returns null when the machine gives up */
function nextCheck(
  { createdAt, checks, issue }: Pick<Due, 'createdAt' | 'issue' | 'checks'>,
  now: Date,
  isUnknown: boolean,
): Date | null {
  const age = now.getTime() - createdAt.getTime();
  if (issue === 'conflict')
    return checks < MOST_CONFLICT_CHECKS ? new Date(now.getTime() + RETRY_MS * 2 ** checks) : null;
  if (age >= GIVE_UP_MS) return null;
  const step = STEPS_MS.find((ms) => ms > age) ?? GIVE_UP_MS;
  const regular = createdAt.getTime() + step;
  return new Date(isUnknown ? Math.min(regular, now.getTime() + RETRY_MS * (checks + 1)) : regular);
}

const EXPIRE = `
update payment_attempts a set status = 'expired', ended_at = $1::timestamptz
where (commune_id, id) in (
  select commune_id, id from payment_attempts
  where status in ('created', 'pending') and expires_at < $1::timestamptz - interval '1 minute'
  order by expires_at limit 500 for update skip locked
)`;

const CLAIM = `
with due as materialized (
  select commune_id, id from payment_attempts
  where check_at <= $1::timestamptz
  order by check_at limit $3 for update skip locked
), held as (
  update payment_attempts a set check_at = $2::timestamptz, checks = a.checks + 1
  from due d
  where a.commune_id = d.commune_id and a.id = d.id
  returning a.*
)
select ${attemptSql.columns}, t.checks - 1 as checks from held t ${attemptSql.joins}`;

// Given up: what nobody could say for three days an officer finds out.
const POSTPONE = `
update payment_attempts set check_at = $3::timestamptz,
  issue = case when $4::boolean and status not in ('paid', 'refunded', 'reversed') then coalesce(issue, 'unresolved')
    else issue end
where commune_id = $1 and id = $2 and (check_at is not null or $4::boolean)`;
