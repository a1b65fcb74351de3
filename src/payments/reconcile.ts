import { localTime } from '../communes/calendar.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import type { PaymentAccounts, StoredAccount } from './accounts.ts';
import { writeAudit } from './audit.ts';
import type { BankCredit, RejectedLine, SettlementRow } from './bank.ts';
import type { BankCredits } from './bank-credits.ts';
import type { AttemptStatus, TransactionClass } from './payments.schema.ts';
import { findReferences, isReference, unitOf } from './reference.ts';
import { attemptSql, type KnownAttempt, type Settler } from './settle.ts';

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

/** A line of the other side. */
type TheirRow = SettlementRow & { bankRef?: string | null; credit?: BankCredit };

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

interface Movement {
  id: string;
  gatewayTxn: string;
  bankRef: string | null;
  attemptId: string | null;
  ref: string | null;
  direction: 'in' | 'out';
  amountVnd: number;
  at: Date;
  class: TransactionClass;
}

interface Attempt extends KnownAttempt {
  isLate: boolean;
  hasReceipt: boolean;
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
async function absorb(deps: ReconcileDeps, account: StoredAccount, row: TheirRow, attempt: Attempt) {
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
  attempt: Attempt | undefined,
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

const about = (movement: Movement, attempt: Attempt | undefined) => ({
  attemptId: movement.attemptId,
  ref: movement.ref,
  gatewayTxn: movement.gatewayTxn,
  oursVnd: movement.amountVnd,
  oursState: attempt?.status ?? movement.class,
  at: movement.at,
});

const unbooked = (row: TheirRow, attempt: Attempt | undefined) => ({
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

interface Books {
  movements: Map<string, Movement>;
  attempts: Map<string, Attempt>;
  isOfDay(movement: Movement): boolean;
  find(row: TheirRow): Movement | undefined;
  attemptOf(ref: string | null): Attempt | undefined;
}

/** Everything of ours that this day, or a line of theirs, is about: three statements, however many lines. */
async function readBooks(database: Database, account: StoredAccount, day: string, theirs: TheirRow[]): Promise<Books> {
  const refs = [...new Set(theirs.flatMap(({ ref }) => (ref ? [ref] : [])))];
  const numbers = [...new Set(theirs.flatMap(({ gatewayTxn }) => (gatewayTxn ? [gatewayTxn] : [])))];
  const bankRefs = [...new Set(theirs.flatMap(({ bankRef }) => (bankRef ? [bankRef] : [])))];
  const from = new Date(`${day}T00:00:00+07:00`);
  const until = new Date(from.getTime() + 86_400_000);
  const movements = await database.run<Movement>('pay.books', MOVEMENTS, [
    account.id,
    from.toISOString(),
    until.toISOString(),
    JSON.stringify(numbers),
    JSON.stringify(refs),
    JSON.stringify(bankRefs),
  ]);
  const known = [...new Set([...refs, ...movements.flatMap(({ ref }) => (ref ? [ref] : []))])];
  const attempts = await database.run<Attempt>('pay.books_attempts', ATTEMPTS, [JSON.stringify(known)]);
  const byRef = new Map(attempts.map((attempt) => [attempt.ref, attempt]));
  const direction = (row: TheirRow) => (row.kind === 'refund' ? 'out' : 'in');
  const index = new Map<string, Movement>();
  const ofAttempt = new Map<string, Movement[]>();
  for (const movement of movements) {
    index.set(`${movement.direction} ${movement.gatewayTxn}`, movement);
    if (movement.bankRef) index.set(`${movement.direction} bank ${movement.bankRef} ${movement.amountVnd}`, movement);
    if (movement.ref) {
      const key = `${movement.direction} ${movement.ref}`;
      ofAttempt.set(key, [...(ofAttempt.get(key) ?? []), movement]);
    }
  }
  return {
    movements: new Map(movements.map((movement) => [movement.id, movement])),
    attempts: new Map(attempts.map((attempt) => [attempt.id, attempt])),
    isOfDay: ({ at }) => at >= from && at < until,
    attemptOf: (ref) => (ref === null ? undefined : byRef.get(ref)),
    find(row) {
      const way = direction(row);
      const exact =
        (row.gatewayTxn && index.get(`${way} ${row.gatewayTxn}`)) ||
        (row.bankRef && index.get(`${way} bank ${row.bankRef} ${row.amountVnd}`));
      if (exact) return exact;
      // a number only one side knows: an officer's word, a refund, a report without numbers
      const own = row.ref === null ? [] : (ofAttempt.get(`${way} ${row.ref}`) ?? []);
      return own.find(({ gatewayTxn }) => row.gatewayTxn === null || way === 'out' || gatewayTxn.startsWith('ref:'));
    },
  };
}

async function unitsOf(database: Database, users: string[]): Promise<Set<string>> {
  const rows = await database.run<{ code: string }>(
    'pay.units',
    'select code from payment_units where commune_id::text in (select jsonb_array_elements_text($1::jsonb))',
    [JSON.stringify(users)],
  );
  return new Set(rows.map(({ code }) => code));
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

const MOVEMENT = `m.id, m.gateway_txn as "gatewayTxn", m.bank_ref as "bankRef", m.attempt_id as "attemptId", m.ref,
  m.direction, m.amount_vnd as "amountVnd", m.at, m.class`;

// Each part by an index of its own: an account of a province has years of movements.
const MOVEMENTS = `
select ${MOVEMENT} from payment_transactions m
where m.account_id = $1::uuid and m.at >= $2::timestamptz and m.at < $3::timestamptz
union
select ${MOVEMENT} from jsonb_array_elements_text($4::jsonb) as n(number)
  join payment_transactions m on m.account_id = $1::uuid and m.gateway_txn = n.number
union
select ${MOVEMENT} from jsonb_array_elements_text($5::jsonb) as r(ref)
  join payment_attempts t on t.ref = r.ref
  join payment_transactions m on m.commune_id = t.commune_id and m.attempt_id = t.id and m.account_id = $1::uuid
union
select ${MOVEMENT} from jsonb_array_elements_text($6::jsonb) as b(number)
  join payment_transactions m on m.account_id = $1::uuid and m.bank_ref = b.number`;

const ATTEMPTS = `
select ${attemptSql.columns}, t.is_late as "isLate", o.receipts <> '[]'::jsonb as "hasReceipt"
from jsonb_array_elements_text($1::jsonb) as r(ref) join payment_attempts t on t.ref = r.ref ${attemptSql.joins}`;

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
