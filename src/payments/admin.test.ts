import ExcelJS from 'exceljs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { at, BANK, createPayHouse, type PayHouse } from '../../test/support/pay-house.ts';
import type { StoredAccount } from './accounts.ts';
import * as admin from './admin.ts';
import { exportCsv, exportXlsx } from './export.ts';
import * as lists from './lists.ts';
import { orderById } from './orders.ts';

const OFFICER = '0190a000-0000-7000-8000-000000000001';
let database: TestDb;
let house: PayHouse;
let desk: admin.PaymentAdmin;
let bank: StoredAccount;
let by: admin.ByOfficer;
beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-mot', 'xa-hai'] });
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.script(
    `truncate payment_orders, payment_items, payment_attempts, payment_transactions, payment_methods, payment_accounts,
      payment_exemptions, payment_audit, messages, outbox, conversations`,
  );
  house = await createPayHouse(database, { key: 'a'.repeat(64) });
  bank = await house.connect();
  desk = admin.createPaymentAdmin({ ...house, channel: () => house.channel });
  by = { communeId: house.communeId, officerId: OFFICER };
});

const two = [
  { kind: 'le_phi' as const, name: 'Lệ phí hộ tịch', quantity: 1, unitVnd: 8_000 },
  { kind: 'phi' as const, name: 'Phí chứng thực', quantity: 3, unitVnd: 2_000 },
];
const create = async (change: Partial<Parameters<typeof desk.createOrder>[1]> = {}) =>
  desk.createOrder(by, { purpose: 'Trích lục và chứng thực', items: two, ...change });
const grant = { group: 'hộ nghèo', proof: 'sổ hộ nghèo 12/2026', legalRef: 'Nghị quyết mẫu' };
const acts = async () => (await lists.auditOf(database, house.communeId)).map(({ act }) => act).sort();

test('several items are one sum in whole đồng; halves, minus and millions by slip are refused', async () => {
  expect(await create()).toMatchObject({ amountVnd: 14_000, status: 'open' });
  for (const unitVnd of [0.5, -1, Number.NaN, 2_000_000_000])
    await expect(create({ items: [{ ...two[0]!, unitVnd }] })).rejects.toMatchObject({ code: 'bad_amount' });
  await expect(create({ items: [] })).rejects.toMatchObject({ code: 'bad_amount' });
  expect(await acts()).toEqual(['order_created']);
});

test('an exemption takes off one item, is written down with its reason, and 0 đồng is waived', async () => {
  const order = await create();
  expect(await desk.grantExemption(by, order.id, { ...grant, position: 1, reducedVnd: 6_000 })).toMatchObject({
    ...{ amountVnd: 8_000, status: 'open' },
  });
  await expect(desk.grantExemption(by, order.id, { ...grant, position: 1, reducedVnd: 1 })).rejects.toMatchObject({
    code: 'wrong_state',
  });
  expect(await desk.grantExemption(by, order.id, { ...grant, position: 0, reducedVnd: 8_000 })).toMatchObject({
    ...{ amountVnd: 0, status: 'waived' },
  });
  await expect(house.attempts.beginTransfer(order)).rejects.toMatchObject({ code: 'not_open' });
  const rows = await database.run(
    'e',
    'select group_name, reduced_vnd, proof, officer_id from payment_exemptions order by position',
  );
  expect(rows).toEqual([
    { group_name: 'hộ nghèo', reduced_vnd: 8_000, proof: 'sổ hộ nghèo 12/2026', officer_id: OFFICER },
    { group_name: 'hộ nghèo', reduced_vnd: 6_000, proof: 'sổ hộ nghèo 12/2026', officer_id: OFFICER },
  ]);
  expect(await acts()).toEqual(['exemption_granted', 'exemption_granted', 'order_created']);
});

test('something taken off while the citizen was paying the old sum shows as too much', async () => {
  const order = await create();
  const { ref } = await house.attempts.beginAtGateway(order, 'vnpay', '');
  await desk.grantExemption(by, order.id, { ...grant, position: 1, reducedVnd: 6_000 });
  await expect(house.attempts.beginAtGateway(order, 'vnpay', '')).rejects.toMatchObject({ code: 'not_open' });
  house.gateways.vnpay.act(ref, 'paid');
  await house.deliver('vnpay', house.gateways.vnpay.message(ref, house.contracts.vnpay));
  expect(await orderById(database, house.communeId, order.id)).toMatchObject({ status: 'paid', issue: 'overpaid' });
});

test('money at the desk is an attempt of its own, told and written down; a second time is refused', async () => {
  const { conversationId } = await house.conversation();
  const order = await create({ conversationId });
  const input = { method: 'counter' as const, paidAt: at('2026-11-21T09:00'), evidence: 'Quyển 3 số 12' };
  expect(await desk.recordPayment(by, order.id, input)).toMatchObject({ class: 'applied' });
  await expect(desk.recordPayment(by, order.id, input)).rejects.toMatchObject({ code: 'not_open' });
  expect(await lists.attemptsOf(database, house.communeId, order.id)).toMatchObject([
    { method: 'counter', status: 'paid', code: 'Quyển 3 số 12', paidAt: at('2026-11-21T09:00') },
  ]);
  expect((await house.said())[0]!.text).toContain('Tại quầy một cửa');
  expect(await acts()).toEqual(['order_created', 'payment_confirmed']);
});

test('of two who record one payment at the same moment one is told it is not open; nothing counts as paid twice', async () => {
  const order = await create();
  const other = { ...by, officerId: 'b0000000-0000-4000-8000-00000000000b' };
  const input = { method: 'counter' as const, paidAt: at('2026-11-21T09:00'), evidence: 'Quyển 3 số 13' };
  // both began while it was open: the second hand's attempt is settled after the first was
  const late = admin.createPaymentAdmin({
    ...house,
    channel: () => house.channel,
    attempts: {
      ...house.attempts,
      async beginByHand(...args) {
        const begun = await house.attempts.beginByHand(...args);
        await desk.recordPayment(by, order.id, { ...input, idempotencyKey: 'page-1' });
        return begun;
      },
    },
  });
  await expect(late.recordPayment(other, order.id, { ...input, idempotencyKey: 'page-2' })).rejects.toMatchObject({
    code: 'not_open',
  });
  expect(await orderById(database, house.communeId, order.id)).toMatchObject({ status: 'paid', issue: null });
  expect((await lists.attemptsOf(database, house.communeId, order.id)).map(({ status }) => status).sort()).toEqual([
    'failed',
    'paid',
  ]);
  expect(await lists.moneyOf(database, house.communeId, order.id)).toHaveLength(1);
  expect(await lists.openIssues(database, house.communeId)).toMatchObject({ attempts: [] });

  // the same page sent again is no fault and changes nothing; another page's word is
  expect(await desk.recordPayment(by, order.id, { ...input, idempotencyKey: 'page-1' })).toMatchObject({
    result: 'already_final',
    class: null,
  });
  await expect(desk.recordPayment(by, order.id, { ...input, idempotencyKey: 'page-3' })).rejects.toMatchObject({
    code: 'not_open',
  });
  expect(await lists.moneyOf(database, house.communeId, order.id)).toHaveLength(1);
});

test('an attempt is confirmed by hand in its own commune only', async () => {
  const order = await create();
  const { ref } = await house.attempts.beginTransfer(order);
  const input = { paidAt: house.now(), evidence: 'FT26325' };
  const stranger = { communeId: database.communes[1]!.id, officerId: OFFICER };
  await expect(desk.confirmAttempt(stranger, ref, input)).rejects.toMatchObject({ code: 'not_found' });
  expect(await desk.confirmAttempt(by, ref, input)).toMatchObject({ class: 'applied' });
});

test('a credit without reference is given to its obligation once, and its citizen is told', async () => {
  const { conversationId } = await house.conversation();
  const order = await create({ conversationId });
  const apply = (bankTxnId: string, amountVnd: number) =>
    house.bankCredits.apply(
      {
        ...{ bankTxnId, bankRef: null, source: 'sepay', accountNumber: BANK.accountNumber, virtualAccount: null },
        ...{ amountVnd, at: house.now(), words: 'nop le phi', payer: null },
      },
      bank,
    );
  await apply('1', 14_000);
  await apply('2', 13_000);
  const { money } = await lists.openIssues(database, house.communeId);
  const [right, wrong] = [
    money.find((row) => row.amountVnd === 14_000)!,
    money.find((row) => row.amountVnd === 13_000)!,
  ];
  await expect(desk.assignCredit(by, wrong.id, order.id)).rejects.toMatchObject({ code: 'wrong_state' });
  await desk.assignCredit(by, right.id, order.id);
  await expect(desk.assignCredit(by, right.id, order.id)).rejects.toMatchObject({ code: 'not_open' });
  expect(await orderById(database, house.communeId, order.id)).toMatchObject({ status: 'paid', issue: null });
  expect(await lists.moneyOf(database, house.communeId, order.id)).toMatchObject([
    { class: 'applied', amountVnd: 14_000 },
  ]);
  expect(await house.said()).toHaveLength(1);
  await desk.resolve(by, { transactionId: wrong.id }, 'chuyển nhầm, đã báo ngân hàng');
  expect(await lists.openIssues(database, house.communeId)).toEqual({ attempts: [], money: [] });
  expect(await acts()).toEqual(['credit_assigned', 'money_resolved', 'order_created']);
});

test('what is cancelled cannot be paid or cancelled again; issues are listed and resolved', async () => {
  const order = await create();
  const { ref } = await house.attempts.beginAtGateway(order, 'vnpay', '');
  await desk.cancelOrder(by, order.id, 'làm nhầm');
  await expect(desk.cancelOrder(by, order.id, 'x')).rejects.toMatchObject({ code: 'wrong_state' });
  house.gateways.vnpay.act(ref, 'paid');
  await house.deliver('vnpay', house.gateways.vnpay.message(ref, house.contracts.vnpay));
  const { attempts } = await lists.openIssues(database, house.communeId);
  expect(attempts).toMatchObject([{ ref, issue: 'not_owed' }]);
  expect(await lists.recentOrders(database, house.communeId, { hasIssue: true })).toMatchObject([{ id: order.id }]);
  await desk.resolve(by, { attemptId: attempts[0]!.id }, 'đã trả lại');
  await expect(desk.resolve(by, { attemptId: attempts[0]!.id }, 'x')).rejects.toMatchObject({ code: 'wrong_state' });
  expect(await lists.recentOrders(database, house.communeId, { hasIssue: true })).toEqual([]);
});

test('one commune sees nothing of another', async () => {
  const order = await create();
  const other = { communeId: database.communes[1]!.id, officerId: OFFICER };
  expect(await lists.recentOrders(database, other.communeId)).toEqual([]);
  expect(await lists.attemptsOf(database, other.communeId, order.id)).toEqual([]);
  await expect(desk.cancelOrder(other, order.id, 'x')).rejects.toMatchObject({ code: 'wrong_state' });
  await expect(desk.grantExemption(other, order.id, { ...grant, position: 0, reducedVnd: 1 })).rejects.toMatchObject({
    code: 'wrong_state',
  });
  await expect(
    desk.recordPayment(other, order.id, { method: 'counter', paidAt: house.now(), evidence: '' }),
  ).rejects.toMatchObject({ code: 'not_found' });
});

test('for accountants: both numbers, phí and lệ phí apart, Vietnamese time; no cell is a formula', async () => {
  const order = await create({ purpose: '=HYPERLINK("http://x","bấm")', dossierNumber: 'H29.33-261121-0007' });
  const { ref } = await house.attempts.beginAtGateway(order, 'vnpay', '');
  const { txn } = house.gateways.vnpay.act(ref, 'paid', { at: at('2026-11-21T23:59') });
  await house.deliver('vnpay', house.gateways.vnpay.message(ref, house.contracts.vnpay));
  const csv = await exportCsv(database, house.communeId, '2026-11-21', '2026-11-21');
  const lines = csv.split('\r\n');
  expect(csv.charCodeAt(0)).toBe(0xfeff);
  expect(lines[1]).toBe(
    `${ref},${txn},H29.33-261121-0007,"'=HYPERLINK(""http://x"",""bấm"")",VNPAY,vào,14000,6000,8000,21/11/2026 23:59:00,Đúng khoản,paid,,ipn,`,
  );
  expect((await exportCsv(database, house.communeId, '2026-11-22', '2026-11-22')).split('\r\n')).toHaveLength(2);
  const book = new ExcelJS.Workbook();
  await book.xlsx.load((await exportXlsx(database, house.communeId, '2026-11-21', '2026-11-21')) as never);
  const row = book.worksheets[0]!.getRow(2);
  expect(row.getCell(4).value).toBe(`'=HYPERLINK("http://x","bấm")`);
  expect(row.getCell(7).value).toBe(14_000);
});
