import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { at, BANK, createPayHouse, type PayHouse } from '../../test/support/pay-house.ts';
import type { StoredAccount } from './accounts.ts';
import type { BankCredit, SettlementRow } from './bank.ts';
import { orderById } from './orders.ts';
import { type ReconciliationReport, reconcile, reconcileStatement } from './reconcile.ts';
import { newReference, unitCodes } from './reference.ts';

const DAY = '2026-11-21';
let database: TestDb;
let house: PayHouse;
let account: StoredAccount;
let bank: StoredAccount;
beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-mot', 'xa-hai'] });
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.script(
    `truncate payment_orders, payment_items, payment_attempts, payment_transactions, payment_methods, payment_accounts,
      reconciliation_runs, reconciliation_rows, payment_audit, messages, outbox, conversations`,
  );
  house = await createPayHouse(database, { key: 'a'.repeat(64) });
  bank = await house.connect();
  account = await house.accounts.byName(house.communeId, 'vnpay');
});

async function begun() {
  const { conversationId } = await house.conversation();
  const order = await house.order({ conversationId });
  const { ref } = await house.attempts.beginAtGateway(order, 'vnpay', '');
  return { order, ref, gateway: house.gateways.vnpay };
}
async function paid() {
  const made = await begun();
  const { txn } = made.gateway.act(made.ref, 'paid', { at: at('2026-11-21T09:35') });
  await house.deliver('vnpay', made.gateway.message(made.ref, house.contracts.vnpay));
  return { ...made, txn };
}
let line = 0;
const theirs = (ref: string | null, gatewayTxn: string | null, change: Partial<SettlementRow> = {}): SettlementRow => {
  line += 1;
  return {
    ...{ method: 'vnpay', kind: 'payment', ref, gatewayTxn, amountVnd: 8_000, feeVnd: null },
    ...{ at: at('2026-11-21T09:35'), state: 'paid', unit: null, line, ...change },
  };
};
const run = (rows: SettlementRow[]) =>
  reconcile(house, { account, day: DAY, fileName: 'vnpay.csv', officerId: null }, rows);
const classes = ({ rows }: ReconciliationReport) => rows.map((row) => row.class);

test('the same on both sides is matched; a fee of the gateway is no difference', async () => {
  const { ref, txn } = await paid();
  const report = await run([theirs(ref, txn, { feeVnd: 200 })]);
  expect(classes(report)).toEqual(['MATCHED']);
  expect(report).toMatchObject({
    oursVnd: 8_000,
    theirsVnd: 8_000,
    totals: { MATCHED: { rows: 1, amountVnd: 8_000 } },
  });
});

test('what only they have is taken into our books, and the citizen is told; the day after it is matched', async () => {
  const { order, ref, gateway } = await begun();
  const { txn } = gateway.act(ref, 'paid');
  expect(classes(await run([theirs(ref, txn)]))).toEqual(['MISSING_OURS']);
  expect(await orderById(database, house.communeId, order.id)).toMatchObject({ status: 'paid' });
  expect(await house.said()).toHaveLength(1);
  expect(classes(await run([theirs(ref, txn)]))).toEqual(['MATCHED']);
  expect(await house.said()).toHaveLength(1);
});

test('what only we have stays paid and is held before staff until a file has it', async () => {
  const { order, ref, txn } = await paid();
  expect(classes(await run([]))).toEqual(['MISSING_THEIRS']);
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: 'missing_theirs' });
  expect(await orderById(database, house.communeId, order.id)).toMatchObject({ status: 'paid' });
  expect(classes(await run([theirs(ref, txn)]))).toEqual(['MATCHED']);
  expect(await house.attemptOf(ref)).toMatchObject({ issue: null });
});

test('amounts apart, states apart, late, twice, unknown, of another unit', async () => {
  const differs = await paid();
  const reversed = await paid();
  const late = await begun();
  await database.run('expire', "update payment_attempts set status = 'expired' where ref = $1", [late.ref]);
  const twice = await paid();
  const extra = await house.attempts.beginAtGateway(twice.order, 'vnpay', '').catch(() => null);
  expect(extra).toBeNull();
  const foreignUnit = newReference(unitCodes('0190ffff-0000-7000-8000-00000000ffff')[0]!, house.now());
  const [, otherCommune] = database.communes;
  await house.connect(otherCommune!.id);
  const foreign = await house.attempts.beginAtGateway(await house.order({}, otherCommune!.id), 'vnpay', '');
  const report = await run([
    theirs(differs.ref, differs.txn, { amountVnd: 9_000 }),
    theirs(reversed.ref, reversed.txn, { state: 'reversed' }),
    theirs(late.ref, 'T-late'),
    theirs(twice.ref, twice.txn),
    theirs(twice.ref, twice.txn),
    theirs(twice.ref, 'T-second'),
    theirs(null, 'T-nobody'),
    theirs('GARBLED', 'T-garbled'),
    theirs(foreignUnit, 'T-foreign'),
    theirs(foreign.ref, 'T-other-commune'),
    theirs(null, 'T-failed', { state: 'failed' }),
  ]);
  expect(classes(report)).toEqual([
    ...['AMOUNT_DIFF', 'STATE_DIFF', 'LATE', 'MATCHED', 'DUPLICATE', 'DUPLICATE', 'UNKNOWN_REF', 'UNKNOWN_REF'],
    ...['WRONG_UNIT', 'WRONG_UNIT'],
  ]);
  expect(await house.attemptOf(foreign.ref)).toMatchObject({ status: 'pending' });
});

test('a refund is matched with ours, or shown as a difference', async () => {
  const { ref, txn } = await paid();
  const [row] = await database.run<{ id: string; attempt_id: string }>(
    't',
    'select id, attempt_id from payment_transactions',
  );
  await database.run(
    'out',
    `insert into payment_transactions (commune_id, id, account_id, method, gateway_txn, attempt_id, ref, direction,
       amount_vnd, at, source, class)
     values ($1, gen_random_uuid(), $2, 'vnpay', 'refund:1', $3, $4, 'out', 8000, $5::timestamptz, 'refund', 'applied')`,
    [house.communeId, account.id, row!.attempt_id, ref, at('2026-11-21T10:00').toISOString()],
  );
  const report = await run([
    theirs(ref, txn),
    theirs(ref, 'R-1', { kind: 'refund' }),
    theirs(ref, 'R-2', { kind: 'refund', amountVnd: 1_000 }),
  ]);
  expect(classes(report)).toEqual(['MATCHED', 'MATCHED', 'STATE_DIFF']);
});

test('paid on the portal without a receipt is shown until the receipt is there', async () => {
  const pp = await house.accounts.byName(house.communeId, 'pp');
  const order = await house.order();
  const { ref } = await house.attempts.beginAtGateway(order, 'pp', '');
  const { txn } = house.gateways.pp.act(ref, 'paid', { at: at('2026-11-21T09:35') });
  await house.deliver('pp', house.gateways.pp.message(ref, house.contracts.pp));
  const input = { account: pp, day: DAY, fileName: 'pp.csv', officerId: null };
  const rows = [theirs(ref, txn, { method: 'pp' })];
  expect(classes(await reconcile(house, input, rows))).toEqual(['RECEIPT_MISSING']);
  await database.run('receipt', `update payment_orders set receipts = '[{"kind":null,"number":"1","url":null}]'`);
  expect(classes(await reconcile(house, input, rows))).toEqual(['MATCHED']);
});

test('a bank statement: matched, new, without a reference; read again nothing is new', async () => {
  const first = await house.attempts.beginTransfer(await house.order());
  const second = await house.attempts.beginTransfer(await house.order());
  const credit = (words: string, bankTxnId: string, source: BankCredit['source'] = 'statement'): BankCredit => ({
    ...{
      bankTxnId,
      bankRef: `FT-${words.slice(0, 17)}-${bankTxnId.at(-1)}`,
      source,
      virtualAccount: null,
      payer: null,
    },
    ...{ accountNumber: BANK.accountNumber, amountVnd: 8_000, at: at('2026-11-21T09:35'), words },
  });
  await house.bankCredits.apply(credit(first.words!, 'sepay-1', 'sepay'), bank);
  const rows = [credit(first.words!, 'line 1'), credit(second.words!, 'line 2'), credit('ung ho quy', 'line 3')];
  const input = { account: bank, day: DAY, fileName: 'saoke.csv', officerId: null };
  const report = await reconcileStatement(house, input, rows);
  expect(classes(report)).toEqual(['MATCHED', 'MISSING_OURS', 'UNKNOWN_REF']);
  expect(report).toMatchObject({ oursVnd: 24_000, theirsVnd: 24_000 });
  expect(classes(await reconcileStatement(house, input, rows))).toEqual(['MATCHED', 'MATCHED', 'UNKNOWN_REF']);
  expect(await house.transactions()).toHaveLength(3);
});
