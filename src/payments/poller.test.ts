import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { at, createPayHouse, type PayHouse } from '../../test/support/pay-house.ts';
import { silentLog } from '../log.ts';
import { orderById } from './orders.ts';
import { createPaymentPoller, type PaymentPoller } from './poller.ts';
import { decideRefund, finishRefund, listRefunds, requestRefund } from './refunds.ts';

const FIRST = '0190a000-0000-7000-8000-000000000001';
const SECOND = '0190a000-0000-7000-8000-000000000002';
let database: TestDb;
let house: PayHouse;
let poller: PaymentPoller;
beforeAll(async () => {
  database = await createTestDb();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.script(
    `truncate payment_orders, payment_items, payment_attempts, payment_transactions, payment_refunds, payment_audit,
      messages, outbox, conversations`,
  );
  house = await createPayHouse(database, { key: 'c'.repeat(64) });
  await house.connect();
  poller = createPaymentPoller({ ...house, log: silentLog });
});

async function begun() {
  const { conversationId } = await house.conversation();
  const order = await house.order({ conversationId });
  const { ref } = await house.attempts.beginAtGateway(order, 'vnpay', '');
  return { order, ref, gateway: house.gateways.vnpay };
}
const later = (local: string) => {
  house.clock.now = at(local);
  return poller.round();
};

test('a message that was lost is found by asking, also after the page expired, and the citizen is told', async () => {
  const { order, ref, gateway } = await begun();
  gateway.act(ref, 'paid', { at: at('2026-11-21T09:40') });
  expect(await later('2026-11-21T09:44')).toBe(0);
  expect(await later('2026-11-21T09:50')).toBe(1);
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: null });
  expect(await orderById(database, house.communeId, order.id)).toMatchObject({ status: 'paid' });
  expect(await house.said()).toHaveLength(1);
  // told again by the message itself: nothing new
  expect(await house.deliver('vnpay', gateway.message(ref, house.contracts.vnpay))).toBe('02');
  expect(await house.said()).toHaveLength(1);
});

test('what stays open is asked about after 15 minutes, 30 minutes, 2 hours, a day, three days; then an officer looks', async () => {
  const { ref, gateway } = await begun();
  const asked: string[] = [];
  for (const moment of [
    '21T09:46',
    '21T09:50',
    '21T10:01',
    '21T11:31',
    '22T09:31',
    '23T09:31',
    '24T09:31',
    '25T09:31',
  ]) {
    const before = gateway.calls.query;
    await later(`2026-11-${moment}`);
    if (gateway.calls.query > before) asked.push(moment);
  }
  expect(asked).toEqual(['21T09:46', '21T10:01', '21T11:31', '22T09:31', '24T09:31']);
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'expired', issue: 'unresolved' });
});

test('a gateway that is down is asked again, ever later, and nothing is concluded', async () => {
  const { ref, gateway } = await begun();
  gateway.behaviour.isDown = true;
  gateway.act(ref, 'paid', { at: at('2026-11-21T09:40') });
  await later('2026-11-21T09:46');
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'pending', issue: null });
  gateway.behaviour.isDown = false;
  expect(await later('2026-11-21T09:50')).toBe(0);
  expect(await later('2026-11-21T09:52')).toBe(1);
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid' });
});

test('two processes ask about an attempt once', async () => {
  const { ref, gateway } = await begun();
  gateway.act(ref, 'paid');
  house.clock.now = at('2026-11-21T09:46');
  const other = createPaymentPoller({ ...house, log: silentLog });
  const counts = await Promise.all([poller.round(), other.round()]);
  expect(counts.sort()).toEqual([0, 1]);
  expect(gateway.calls.query).toBe(1);
});

test('a contradiction is cleared by the answer', async () => {
  const { ref, gateway } = await begun();
  gateway.act(ref, 'failed');
  await house.deliver('vnpay', gateway.message(ref, house.contracts.vnpay));
  gateway.act(ref, 'paid');
  await house.deliver('vnpay', gateway.message(ref, house.contracts.vnpay));
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'under_review', issue: 'conflict' });
  expect(await poller.round()).toBe(1);
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: null });
});

/** An obligation paid by two methods. @returns the movement that is too much */
async function paidTwice() {
  const { order, ref, gateway } = await begun();
  const second = await house.attempts.beginAtGateway(order, 'momo', '');
  gateway.act(ref, 'paid');
  house.gateways.momo.act(second.ref, 'paid');
  await house.deliver('vnpay', gateway.message(ref, house.contracts.vnpay));
  await house.deliver('momo', house.gateways.momo.message(second.ref, house.contracts.momo));
  const [extra] = await database.run<{ id: string }>(
    'x',
    "select id from payment_transactions where class = 'duplicate'",
  );
  return { order, transactionId: extra!.id, ref: second.ref };
}
const by = (officerId: string) => ({ communeId: house.communeId, officerId });

test('a refund takes two officers, is sent once, and closes what was too much', async () => {
  const { order, transactionId, ref } = await paidTwice();
  const input = { transactionId, amountVnd: 8_000, reason: 'nộp hai lần', way: 'gateway' as const };
  const id = await requestRefund(database, by(FIRST), input, house.now());
  await expect(requestRefund(database, by(SECOND), input)).rejects.toMatchObject({ code: 'wrong_state' });
  await expect(decideRefund(database, by(FIRST), id, true)).rejects.toMatchObject({ code: 'same_officer' });
  expect(await poller.round()).toBe(0);
  await decideRefund(database, by(SECOND), id, true, house.now());
  await expect(decideRefund(database, by(SECOND), id, true)).rejects.toMatchObject({ code: 'wrong_state' });
  await poller.round();
  await poller.round();
  expect([...house.gateways.momo.refunds.values()]).toEqual([8_000]);
  expect(await listRefunds(database, house.communeId)).toMatchObject([{ status: 'done', ref, amountVnd: 8_000 }]);
  expect(await orderById(database, house.communeId, order.id)).toMatchObject({ status: 'paid', issue: null });
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'refunded', issue: null });
  expect((await house.transactions()).map(({ direction }) => direction).sort()).toEqual(['in', 'in', 'out']);
  const acts = await database.run<{ act: string; officer_id: string }>(
    'a',
    `select act, officer_id from payment_audit where act like 'refund%' order by act desc`,
  );
  expect(acts.map(({ act, officer_id }) => [act, officer_id])).toEqual([
    ['refund_requested', FIRST],
    ['refund_decided', SECOND],
  ]);
});

test('a refund whose answer was lost is sent again under the same number: it is one refund', async () => {
  const { transactionId } = await paidTwice();
  const input = { transactionId, amountVnd: 8_000, reason: 'nộp hai lần', way: 'gateway' as const };
  await decideRefund(
    database,
    by(SECOND),
    await requestRefund(database, by(FIRST), input, house.now()),
    true,
    house.now(),
  );
  house.gateways.momo.behaviour.isDown = true;
  await poller.round();
  expect(await listRefunds(database, house.communeId)).toMatchObject([{ status: 'approved', code: 'unavailable' }]);
  house.gateways.momo.behaviour.isDown = false;
  await later('2026-11-21T09:45');
  expect(await listRefunds(database, house.communeId)).toMatchObject([{ status: 'done' }]);
  expect(house.gateways.momo.refunds.size).toBe(1);
});

test('more than came in is never given back; by hand takes an evidence', async () => {
  const { transactionId } = await paidTwice();
  const input = { transactionId, amountVnd: 8_001, reason: 'x', way: 'by_hand' as const };
  await expect(requestRefund(database, by(FIRST), input)).rejects.toMatchObject({ code: 'wrong_state' });
  const id = await requestRefund(database, by(FIRST), { ...input, amountVnd: 5_000 }, house.now());
  await expect(finishRefund(database, by(FIRST), id, 'UNC 12')).rejects.toMatchObject({ code: 'wrong_state' });
  await decideRefund(database, by(SECOND), id, true, house.now());
  await finishRefund(database, by(SECOND), id, 'UNC 12', house.now());
  expect(await listRefunds(database, house.communeId)).toMatchObject([{ status: 'done', evidence: 'UNC 12' }]);
  await expect(requestRefund(database, by(FIRST), { ...input, amountVnd: 3_001 })).rejects.toMatchObject({
    code: 'wrong_state',
  });
});
