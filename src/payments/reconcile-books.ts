import type { Database } from '../db/client.ts';
import type { StoredAccount } from './accounts.ts';
import type { BankCredit, SettlementRow } from './bank.ts';
import type { TransactionClass } from './payments.schema.ts';
import { attemptSql, type KnownAttempt } from './settle.ts';

/** Our side of a day that is compared with the other's. */

/** A line of the other side. */
export type TheirRow = SettlementRow & { bankRef?: string | null; credit?: BankCredit };

export interface Movement {
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

export interface BookedAttempt extends KnownAttempt {
  isLate: boolean;
  hasReceipt: boolean;
}

export interface Books {
  movements: Map<string, Movement>;
  attempts: Map<string, BookedAttempt>;
  isOfDay(movement: Movement): boolean;
  find(row: TheirRow): Movement | undefined;
  attemptOf(ref: string | null): BookedAttempt | undefined;
}

/** Everything of ours that this day, or a line of theirs, is about: three statements, however many lines. */
export async function readBooks(
  database: Database,
  account: StoredAccount,
  day: string,
  theirs: TheirRow[],
): Promise<Books> {
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
  const attempts = await database.run<BookedAttempt>('pay.books_attempts', ATTEMPTS, [JSON.stringify(known)]);
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

/** Letters in references of these communes. */
export async function unitsOf(database: Database, users: string[]): Promise<Set<string>> {
  const rows = await database.run<{ code: string }>(
    'pay.units',
    'select code from payment_units where commune_id::text in (select jsonb_array_elements_text($1::jsonb))',
    [JSON.stringify(users)],
  );
  return new Set(rows.map(({ code }) => code));
}

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
