import type { Database } from '../db/client.ts';
import { type Order, orderById } from './orders.ts';
import type { AttemptStatus, TransactionClass } from './payments.schema.ts';
import type { PaymentMethod } from './provider.ts';
import type { ReconciledRow } from './reconcile.ts';

/** What officers and commands see of money. Reads only; acts are in admin.ts. */

export interface AttemptView {
  id: string;
  ref: string;
  orderId: string;
  method: PaymentMethod;
  amountVnd: number;
  status: AttemptStatus;
  gatewayTxn: string | null;
  code: string | null;
  issue: string | null;
  isLate: boolean;
  createdAt: Date;
  expiresAt: Date;
  paidAt: Date | null;
}

export interface MoneyView {
  id: string;
  method: PaymentMethod;
  orderId: string | null;
  attemptId: string | null;
  ref: string | null;
  gatewayTxn: string;
  direction: 'in' | 'out';
  amountVnd: number;
  at: Date;
  class: TransactionClass;
  /** As the bank wrote it; may name people. */
  words: string | null;
  resolvedAt: Date | null;
}

/** Tries of an obligation, newest first. */
export function attemptsOf(database: Database, communeId: string, orderId: string): Promise<AttemptView[]> {
  return database.run<AttemptView>(
    'pay.attempts_of',
    `select ${ATTEMPT} from payment_attempts where commune_id = $1 and order_id = $2 order by created_at desc`,
    [communeId, orderId],
  );
}

/** Everything that waits for an officer: attempts with an issue, and money nobody owes or nobody knows. */
export async function openIssues(
  database: Database,
  communeId: string,
  most = 200,
): Promise<{ attempts: AttemptView[]; money: MoneyView[] }> {
  const [open, money] = await Promise.all([
    database.run<AttemptView>(
      'pay.issues',
      `select ${ATTEMPT} from payment_attempts where commune_id = $1 and issue is not null
       order by created_at desc limit $2`,
      [communeId, most],
    ),
    database.run<MoneyView>(
      'pay.stray_money',
      `select ${MONEY} from payment_transactions
       where commune_id = $1 and class <> 'applied' and resolved_at is null order by created_at desc limit $2`,
      [communeId, most],
    ),
  ]);
  return { attempts: open, money };
}

/** Movements of money of an obligation, in order. */
export function moneyOf(database: Database, communeId: string, orderId: string): Promise<MoneyView[]> {
  return database.run<MoneyView>(
    'pay.money_of',
    `select ${MONEY} from payment_transactions where commune_id = $1 and order_id = $2 order by at, id`,
    [communeId, orderId],
  );
}

/** Obligations, newest first; those with an issue alone, of one status, or found by a number. */
export async function recentOrders(
  database: Database,
  communeId: string,
  filter: {
    status?: Order['status'] | undefined;
    hasIssue?: boolean;
    /** A dossier's code, a reference, or a gateway's number: whole. */
    number?: string | undefined;
    before?: Date | undefined;
    most?: number;
  } = {},
): Promise<Order[]> {
  const ids = await database.run<{ id: string }>('pay.recent', RECENT, [
    communeId,
    filter.status ?? null,
    filter.hasIssue ?? false,
    filter.before?.toISOString() ?? null,
    Math.min(filter.most ?? 50, 200),
    filter.number ?? null,
  ]);
  const orders = await Promise.all(ids.map(({ id }) => orderById(database, communeId, id)));
  return orders.filter((order) => order !== null);
}

export interface RunView {
  id: string;
  method: PaymentMethod;
  day: string;
  fileName: string;
  totals: Record<string, { rows: number; amountVnd: number }>;
  oursVnd: number;
  theirsVnd: number;
  at: Date;
}

/** Comparisons of a day with the other side, the latest days first; or one of them. */
export function listRuns(database: Database, communeId: string, runId?: string): Promise<RunView[]> {
  return database.run<RunView>(
    'pay.runs',
    `select id, method, day::text, file_name as "fileName", totals, ours_vnd as "oursVnd", theirs_vnd as "theirsVnd", at
     from reconciliation_runs where commune_id = $1 and ($2::uuid is null or id = $2::uuid)
     order by day desc, at desc limit 100`,
    [communeId, runId ?? null],
  );
}

/** Lines of a run; what is not plainly matched first. */
export function runRows(database: Database, communeId: string, runId: string) {
  return database.run<Omit<ReconciledRow, 'class' | 'attemptId' | 'reason'> & { class: string; action: string }>(
    'pay.run_rows',
    `select class, action, ref, gateway_txn as "gatewayTxn", ours_vnd as "oursVnd", theirs_vnd as "theirsVnd",
       ours_state as "oursState", theirs_state as "theirsState", at, line
     from reconciliation_rows where commune_id = $1 and run_id = $2 order by class = 'MATCHED', position`,
    [communeId, runId],
  );
}

/** What officers took off an obligation, in order. */
export function exemptionsOf(database: Database, communeId: string, orderId: string) {
  return database.run<{
    position: number;
    group: string;
    reducedVnd: number;
    proof: string;
    legalRef: string;
    officerId: string;
    at: Date;
  }>(
    'pay.exemptions_of',
    `select position, group_name as "group", reduced_vnd as "reducedVnd", proof, legal_ref as "legalRef",
       officer_id as "officerId", at
     from payment_exemptions where commune_id = $1 and order_id = $2 order by at, id`,
    [communeId, orderId],
  );
}

/** Who did what, newest first. */
export function auditOf(database: Database, communeId: string, orderId?: string) {
  return database.run<{ officerId: string | null; act: string; orderId: string | null; detail: unknown; at: Date }>(
    'pay.audit_of',
    `select officer_id as "officerId", act, order_id as "orderId", detail, at from payment_audit
     where commune_id = $1 and ($2::uuid is null or order_id = $2::uuid) order by at desc, id desc limit 500`,
    [communeId, orderId ?? null],
  );
}

const ATTEMPT = `id, ref, order_id as "orderId", method, amount_vnd as "amountVnd", status, gateway_txn as "gatewayTxn",
  code, issue, is_late as "isLate", created_at as "createdAt", expires_at as "expiresAt", paid_at as "paidAt"`;
const MONEY = `id, method, order_id as "orderId", attempt_id as "attemptId", ref, gateway_txn as "gatewayTxn", direction,
  amount_vnd as "amountVnd", at, class, words, resolved_at as "resolvedAt"`;

const RECENT = `
select id from payment_orders
where commune_id = $1 and ($2::text is null or status = $2::text) and (not $3::boolean or issue is not null)
  and ($4::timestamptz is null or created_at < $4::timestamptz)
  and ($6::text is null or dossier_number = $6::text
    or id in (select order_id from payment_attempts where commune_id = $1 and ref = $6::text)
    or id in (select order_id from payment_transactions where commune_id = $1 and gateway_txn = $6::text))
order by created_at desc, id desc limit $5`;
