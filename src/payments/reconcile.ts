import { localTime } from '../communes/calendar.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import type { PaymentAccounts, StoredAccount } from './accounts.ts';
import { writeAudit } from './audit.ts';
import type { BankCredit, RejectedLine, SettlementRow } from './bank.ts';
import type { BankCredits } from './bank-credits.ts';
import type { AttemptStatus } from './payments.schema.ts';
import { type BookedAttempt, type Books, type Movement, readBooks, type TheirRow, unitsOf } from './reconcile-books.ts';
import { findReferences, isReference, unitOf } from './reference.ts';
import type { Settler } from './settle.ts';

export type ReconciliationClass =
  | 'MATCHED'
  | 'MISSING_OURS'
  | 'MISSING_THEIRS'
  | 'AMOUNT_DIFF'
  | 'STATE_DIFF'
  | 'DUPLICATE'
  | 'LATE'
  | 'UNKNOWN_REF'
  | 'WRONG_UNIT'
  | 'RECEIPT_MISSING'
  /** A line of their file that could not be read: no money of it is counted. */
  | 'UNREAD';

/** What was done, or what staff are to do. */
const ACTIONS: Record<Exclude<ReconciliationClass, 'UNREAD'>, string> = {
  MATCHED: 'Khớp, không phải làm gì',
  MISSING_OURS: 'Đã ghi nhận theo đối tác và báo người dân',
  MISSING_THEIRS: 'Giữ nguyên, hỏi đối tác; không tự hủy',
  AMOUNT_DIFF: 'Số tiền lệch: cán bộ xem lại',
  STATE_DIFF: 'Trạng thái lệch: cán bộ xem lại',
  DUPLICATE: 'Nộp thừa: làm thủ tục trả lại',
  LATE: 'Tiền vào sau khi hết giờ: đã nhận',
  UNKNOWN_REF: 'Không rõ nộp cho khoản nào: tìm trong 30 ngày',
  WRONG_UNIT: 'Tiền của xã khác: báo tỉnh',
  RECEIPT_MISSING: 'Khớp, chưa có biên lai: xin phát hành lại',
};

export interface ReconciledRow {
  class: ReconciliationClass;
  attemptId: string | null;
  ref: string | null;
  gatewayTxn: string | null;
  oursVnd: number | null;
  theirsVnd: number | null;
  oursState: string | null;
  theirsState: string | null;
  at: Date | null;
  line: number | null;
  /** Why a line was not read. */
  reason?: string;
}

export interface ReconciliationReport {
  id: string;
  rows: ReconciledRow[];
  totals: Partial<Record<ReconciliationClass, { rows: number; amountVnd: number }>>;
  /** Money that came in by our books, and by theirs. */
  oursVnd: number;
  theirsVnd: number;
}

export interface ReconcileDeps {
  database: Database;
  settler: Settler;
  accounts: PaymentAccounts;
  bankCredits: BankCredits;
  now?: () => Date;
}

export interface ReconcileInput {
  account: StoredAccount;
  /** Day in Vietnam, "2026-11-21". */
  day: string;
  fileName: string;
  officerId: string | null;
  /** Lines of the file nobody could read: kept with the run, for a person to look at. */
  rejected?: RejectedLine[];
}

/** A gateway's report of one day against our books. @see ReconciliationClass */
export const reconcile = (deps: ReconcileDeps, input: ReconcileInput, rows: SettlementRow[]) =>
  compare(deps, input, rows);

/** A bank statement of one day against our books. */
export const reconcileStatement = (deps: ReconcileDeps, input: ReconcileInput, credits: BankCredit[]) =>
  compare(
    deps,
    input,
    credits.map((credit, index) => ({
      ...{ method: 'vietqr' as const, kind: 'payment' as const, state: 'paid' as const, feeVnd: null, unit: null },
      ref: findReferences(credit.words)[0] ?? null,
      gatewayTxn: `${credit.source}:${credit.bankTxnId}`,
      bankRef: credit.bankRef,
      amountVnd: credit.amountVnd,
      at: credit.at,
      line: index + 1,
      credit,
    })),
  );

/**
 * Puts every movement of money of a day into exactly one class: each line of theirs, and each movement of ours no line
 * of theirs speaks of. What they have and we do not is taken into our books; nothing of ours is ever taken back.
 */
async function compare(deps: ReconcileDeps, input: ReconcileInput, theirs: TheirRow[]): Promise<ReconciliationReport> {
  const { database, accounts, now = () => new Date() } = deps;
  const { account } = input;
  const books = await readBooks(database, account, input.day, theirs);
  const users = await accounts.usersOf(account.id);
  const units = await unitsOf(database, users);
  const seen = new Set<string>();
  const rows: ReconciledRow[] = [];
  for (const row of theirs) {
    const sorted = await sortTheirs(deps, input, row, { books, users, units, seen });
    if (sorted) rows.push(sorted);
  }
  for (const movement of books.movements.values()) {
    if (seen.has(movement.id) || !books.isOfDay(movement) || movement.direction === 'out') continue;
    const attempt = movement.attemptId === null ? undefined : books.attempts.get(movement.attemptId);
    rows.push({
      class: 'MISSING_THEIRS',
      ...about(movement, attempt),
      ...{ theirsVnd: null, theirsState: null, line: null },
    });
  }
  for (const { line, reason } of input.rejected ?? []) rows.push({ ...UNREAD, line, reason });
  const report = { id: timeOrdered(now().getTime()), rows, ...sums(rows) };
  await write(database, input, report, now());
  return report;
}

const UNREAD = {
  class: 'UNREAD' as const,
  ...{ attemptId: null, ref: null, gatewayTxn: null, oursVnd: null, theirsVnd: null },
  ...{ oursState: null, theirsState: null, at: null },
};

interface Ground {
  books: Books;
  users: string[];
  units: Set<string>;
  /** Movements of ours that a line of theirs spoke of. */
  seen: Set<string>;
}

async function sortTheirs(
  deps: ReconcileDeps,
  { account }: ReconcileInput,
  row: TheirRow,
  { books, users, units, seen }: Ground,
): Promise<ReconciledRow | null> {
  const movement = books.find(row);
  const attempt = movement?.attemptId ? books.attempts.get(movement.attemptId) : books.attemptOf(row.ref);
  const their = { theirsVnd: row.amountVnd, theirsState: row.state, line: row.line };
  const base = movement ? about(movement, attempt) : unbooked(row, attempt);
  const as = (kind: ReconciliationClass, change: Partial<ReconciledRow> = {}) => ({
    class: kind,
    ...base,
    ...their,
    ...change,
  });

  if (row.kind === 'refund') return movement && take(seen, movement) ? as('MATCHED') : as('STATE_DIFF');
  if (row.state !== 'paid') {
    // no money moved: only worth a line where our books say that it did
    if (!movement || !take(seen, movement)) return null;
    return as('STATE_DIFF');
  }
  // the same number twice in one file is the same money told twice
  if (movement && !take(seen, movement)) return as('DUPLICATE', { oursVnd: null });
  if (movement) return as(classOf(movement, attempt, row, account));

  if (!attempt || attempt.accountId !== account.id) {
    const isForeign = attempt
      ? !users.includes(attempt.communeId)
      : row.ref !== null && isReference(row.ref) && !units.has(unitOf(row.ref));
    if (row.credit) {
      const { class: kind } = await deps.bankCredits.apply(row.credit, account);
      return as(kind === 'wrong_unit' ? 'WRONG_UNIT' : 'UNKNOWN_REF', { oursVnd: row.amountVnd });
    }
    return as(isForeign ? 'WRONG_UNIT' : 'UNKNOWN_REF');
  }
  const taken = await absorb(deps, account, row, attempt);
  const oursVnd = taken === null ? null : row.amountVnd;
  if (taken === 'duplicate' || taken === 'not_owed') return as('DUPLICATE', { oursVnd });
  if (taken === 'amount_diff') return as('AMOUNT_DIFF', { oursVnd });
  if (taken === null || attempt.status === 'under_review') return as('STATE_DIFF', { oursVnd });
  return as(attempt.status === 'expired' ? 'LATE' : 'MISSING_OURS', { oursVnd });
}

/** Takes into our books what only theirs have. @returns what the money is; null: it could not be taken */
async function absorb(deps: ReconcileDeps, account: StoredAccount, row: TheirRow, attempt: BookedAttempt) {
  if (row.credit) {
    const { class: kind } = await deps.bankCredits.apply(row.credit, account);
    return kind === 'known' ? null : kind;
  }
  const settled = await deps.settler.settle(attempt, {
    outcome: 'paid',
    amountVnd: row.amountVnd,
    gatewayTxn: row.gatewayTxn,
    paidAt: row.at,
    code: 'settlement',
    source: 'settlement',
  });
  return settled.class;
}

function classOf(
  movement: Movement,
  attempt: BookedAttempt | undefined,
  row: TheirRow,
  account: StoredAccount,
): ReconciliationClass {
  if (movement.class === 'unknown_ref') return 'UNKNOWN_REF';
  if (movement.class === 'wrong_unit') return 'WRONG_UNIT';
  if (movement.amountVnd !== row.amountVnd || movement.class === 'amount_diff') return 'AMOUNT_DIFF';
  if (movement.class === 'duplicate' || movement.class === 'not_owed') return 'DUPLICATE';
  if (attempt && STATES_APART.has(attempt.status)) return 'STATE_DIFF';
  if (attempt?.isLate) return 'LATE';
  return account.method === 'pp' && attempt && !attempt.hasReceipt ? 'RECEIPT_MISSING' : 'MATCHED';
}

/** They say paid; a refund is a line of its own. */
const STATES_APART = new Set<AttemptStatus>(['reversed', 'under_review', 'failed']);

const take = (seen: Set<string>, { id }: Movement): boolean => !seen.has(id) && Boolean(seen.add(id));

const about = (movement: Movement, attempt: BookedAttempt | undefined) => ({
  attemptId: movement.attemptId,
  ref: movement.ref,
  gatewayTxn: movement.gatewayTxn,
  oursVnd: movement.amountVnd,
  oursState: attempt?.status ?? movement.class,
  at: movement.at,
});

const unbooked = (row: TheirRow, attempt: BookedAttempt | undefined) => ({
  attemptId: attempt?.id ?? null,
  ref: row.ref,
  gatewayTxn: row.gatewayTxn,
  oursVnd: null,
  oursState: attempt?.status ?? null,
  at: row.at,
});

function sums(rows: ReconciledRow[]): Pick<ReconciliationReport, 'totals' | 'oursVnd' | 'theirsVnd'> {
  const totals: ReconciliationReport['totals'] = {};
  let oursVnd = 0;
  let theirsVnd = 0;
  for (const row of rows) {
    const total = totals[row.class] ?? { rows: 0, amountVnd: 0 };
    totals[row.class] = { rows: total.rows + 1, amountVnd: total.amountVnd + (row.theirsVnd ?? row.oursVnd ?? 0) };
    oursVnd += row.oursVnd ?? 0;
    theirsVnd += row.theirsVnd ?? 0;
  }
  return { totals, oursVnd, theirsVnd };
}

async function write(
  database: Database,
  input: ReconcileInput,
  report: ReconciliationReport,
  now: Date,
): Promise<void> {
  const { account, day, fileName, officerId } = input;
  const rows = report.rows.map((row, position) => ({
    ...row,
    position,
    action: row.class === 'UNREAD' ? `Chưa đọc được: ${row.reason}` : ACTIONS[row.class],
    at: row.at?.toISOString() ?? null,
  }));
  await database.run('pay.reconciled', WRITE, [
    account.communeId,
    report.id,
    account.id,
    account.method,
    day,
    fileName,
    officerId,
    JSON.stringify(report.totals),
    report.oursVnd,
    report.theirsVnd,
    now.toISOString(),
    JSON.stringify(rows),
  ]);
  const detail = { runId: report.id, method: account.method, day, fileName };
  await writeAudit(database, { communeId: account.communeId, officerId, act: 'reconciled', detail }, now);
}

/** The day before today in Vietnam: what is reconciled by default. */
export const yesterday = (now: Date): string => localTime(new Date(now.getTime() - 86_400_000)).date;

// What is missing on their side an officer sees on the attempt until a later day's file has it.
const WRITE = `
with run as (
  insert into reconciliation_runs (commune_id, id, account_id, method, day, file_name, officer_id, totals, ours_vnd,
    theirs_vnd, at)
  values ($1::uuid, $2::uuid, $3::uuid, $4, $5::date, $6, $7::uuid, $8::jsonb, $9::bigint, $10::bigint, $11::timestamptz)
), given as materialized (
  select * from jsonb_to_recordset($12::jsonb) as r(position int, class text, action text, "attemptId" uuid, ref text,
    "gatewayTxn" text, "oursVnd" bigint, "theirsVnd" bigint, "oursState" text, "theirsState" text, at timestamptz,
    line int)
), lines as (
  insert into reconciliation_rows (commune_id, run_id, position, class, action, attempt_id, ref, gateway_txn, ours_vnd,
    theirs_vnd, ours_state, theirs_state, at, line)
  select $1::uuid, $2::uuid, position, class, action, "attemptId", ref, "gatewayTxn", "oursVnd", "theirsVnd",
    "oursState", "theirsState", at, line
  from given
)
update payment_attempts a set issue = case when g.class = 'MISSING_THEIRS' then 'missing_theirs' end
from given g
where a.ref = g.ref and a.id = g."attemptId" and a.account_id = $3::uuid
  and ((g.class = 'MISSING_THEIRS' and a.issue is null)
    or (g.class in ('MATCHED', 'LATE', 'RECEIPT_MISSING') and a.issue = 'missing_theirs'))`;
