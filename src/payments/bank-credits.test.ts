import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { at, BANK, createPayHouse, type PayHouse } from '../../test/support/pay-house.ts';
import type { StoredAccount } from './accounts.ts';
import type { BankCredit } from './bank.ts';
import { type BankCredits, createBankCredits } from './bank-credits.ts';
import { orderById } from './orders.ts';
import { newReference, unitCodes } from './reference.ts';

let database: TestDb;
let house: PayHouse;
let credits: BankCredits;
let account: StoredAccount;
beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-mot', 'xa-hai', 'xa-ba'] });
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.script(
    `truncate payment_orders, payment_items, payment_attempts, payment_transactions, payment_methods, payment_accounts,
      payment_units, messages, outbox, conversations`,
  );
  house = await createPayHouse(database, { key: 'a'.repeat(64) });
  account = await house.connect();
  credits = createBankCredits({ ...house, notifierKinds: [] });
});

const credit = (words: string, change: Partial<BankCredit> = {}): BankCredit => ({
  ...{ bankTxnId: '92704', bankRef: 'MBVCB.3278907687', source: 'sepay', accountNumber: BANK.accountNumber },
  ...{ virtualAccount: null, amountVnd: 8_000, at: at('2026-11-21T09:35'), words, payer: null, ...change },
});
const classes = async () => (await house.transactions()).map((row) => row.class);

test('reference and amount right, however the bank mangled the words: paid, and told once', async () => {
  const { conversationId } = await house.conversation();
  const order = await house.order({ conversationId });
  const { ref } = await house.attempts.beginTransfer(order);
  const words = `MBVCB.3278907687.${ref.slice(0, 6).toLowerCase()} ${ref.slice(6)}-le phi CT tu 0123`;
  expect(await credits.apply(credit(words), account)).toEqual({ class: 'applied', ref });
  expect(await credits.apply(credit(words), account)).toEqual({ class: 'known', ref });
  expect(await orderById(database, house.communeId, order.id)).toMatchObject({ status: 'paid', issue: null });
  expect(await house.said()).toHaveLength(1);
});

test('the same credit told by a notifier and by a statement is one movement', async () => {
  const order = await house.order();
  const { ref } = await house.attempts.beginTransfer(order);
  await credits.apply(credit(ref), account);
  await credits.apply(credit(ref, { source: 'statement', bankTxnId: 'line 7' }), account);
  expect(await classes()).toEqual(['applied']);
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: null });
});

test('right reference, other amount: staff; no reference: staff; both keep the money in sight', async () => {
  const order = await house.order();
  const { ref } = await house.attempts.beginTransfer(order);
  expect(await credits.apply(credit(ref, { amountVnd: 7_999 }), account)).toMatchObject({ class: 'amount_diff' });
  const stray = credit('le phi khai sinh', { bankTxnId: '2', bankRef: null });
  expect(await credits.apply(stray, account)).toEqual({ class: 'unknown_ref', ref: null });
  expect(await credits.apply(stray, account)).toEqual({ class: 'known', ref: null });
  expect(await classes()).toEqual(['amount_diff', 'unknown_ref']);
  expect(await orderById(database, house.communeId, order.id)).toMatchObject({ status: 'open' });
});

test('a reference of ours that never was, or of an attempt by another way, is no payment', async () => {
  const [unit = ''] = [await house.attempts.unitFor(house.communeId)];
  expect(await credits.apply(credit(newReference(unit, house.now())), account)).toMatchObject({ class: 'unknown_ref' });
  const order = await house.order();
  const { ref } = await house.attempts.beginAtGateway(order, 'vnpay', '');
  expect(await credits.apply(credit(ref, { bankTxnId: '2', bankRef: null }), account)).toMatchObject({
    class: 'unknown_ref',
    ref,
  });
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'pending' });
});

test('a province’s account serves two communes; what belongs to a third, or to another installation, is of the wrong unit', async () => {
  const [one, two, three] = database.communes.map(({ id }) => id) as [string, string, string];
  await house.accounts.offer(two, account);
  const order = await house.order({}, two);
  const shared = await house.attempts.beginTransfer(order);
  expect(shared.account!.id).toBe(account.id);
  expect(await credits.apply(credit(shared.ref), account)).toMatchObject({ class: 'applied' });
  expect(await orderById(database, two, order.id)).toMatchObject({ status: 'paid' });

  const elsewhere = await house.accounts.connect(three, {
    ...{ method: 'vietqr', name: 'riêng', payee: 'UBND xã ba' },
    settings: { ...BANK, accountNumber: '2099999999' },
  });
  const foreign = await house.attempts.beginTransfer(await house.order({}, three));
  expect(foreign.account!.id).toBe(elsewhere.id);
  expect(await credits.apply(credit(foreign.ref, { bankTxnId: '2', bankRef: null }), account)).toMatchObject({
    class: 'wrong_unit',
  });
  const [unknownUnit = ''] = unitCodes('0190ffff-0000-7000-8000-00000000ffff');
  const far = newReference(unknownUnit, house.now());
  expect(await credits.apply(credit(far, { bankTxnId: '3', bankRef: null }), account)).toEqual({
    class: 'wrong_unit',
    ref: far,
  });
  expect(
    await database.run('own', "select 1 from payment_transactions where class = 'wrong_unit' and commune_id = $1", [
      one,
    ]),
  ).toHaveLength(2);
});
