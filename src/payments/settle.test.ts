import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { at, createPayHouse, type PayHouse } from '../../test/support/pay-house.ts';
import { orderById } from './orders.ts';

let database: TestDb;
let house: PayHouse;
beforeAll(async () => {
  database = await createTestDb();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.script(
    'truncate payment_orders, payment_items, payment_attempts, payment_transactions, payment_callbacks, messages, outbox, conversations',
  );
  house = await createPayHouse(database, { key: 'a'.repeat(64) });
  await house.connect();
});

/** A citizen of our chat is at the gateway's page. */
async function atGateway(method: 'vnpay' | 'momo' = 'vnpay') {
  const { conversationId, citizenId } = await house.conversation();
  const order = await house.order({ conversationId, citizenId });
  const { ref } = await house.attempts.beginAtGateway(order, method, '203.0.113.10');
  return { order, ref, conversationId, gateway: house.gateways[method], contract: house.contracts[method] };
}
const stateOf = async (orderId: string) => (await orderById(database, house.communeId, orderId))!;

test('a paid message settles attempt and obligation, and the citizen is told once however often it comes', async () => {
  const { order, ref, conversationId, gateway, contract } = await atGateway();
  gateway.act(ref, 'paid', { at: at('2026-11-21T09:35') });
  const message = gateway.message(ref, contract);
  expect(await house.deliver('vnpay', message)).toBe('00');
  expect(await house.deliver('vnpay', message)).toBe('02');
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: null });
  expect(await stateOf(order.id)).toMatchObject({ status: 'paid', issue: null, paidAt: at('2026-11-21T09:35') });
  const said = await house.said();
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({ author: 'system', conversation_id: conversationId });
  expect(said[0]!.text).toMatch(/^Đã nhận 8\.000 đồng lúc 9 giờ 35 ngày 21\/11\/2026\./);
  expect(said[0]!.text).toContain('hồ sơ H29.33-261121-0007');
  expect(await house.queued()).toBe(1);
  expect(await house.transactions()).toMatchObject([{ ref, class: 'applied', direction: 'in', amount_vnd: 8_000 }]);
});

test('the confirmation leaves also while an officer owns the conversation: it is the house that speaks, not the bot', async () => {
  const { order, ref, conversationId, gateway, contract } = await atGateway();
  await database.run('own', "update conversations set owner = 'officer' where id = $1", [conversationId]);
  gateway.act(ref, 'paid');
  await house.deliver('vnpay', gateway.message(ref, contract));
  const rows = await database.run('rows', 'select author, cause_id from outbox');
  expect(rows).toEqual([{ author: 'system', cause_id: order.id }]);
});

test('an obligation without a conversation is settled in silence', async () => {
  const order = await house.order();
  const { ref } = await house.attempts.beginAtGateway(order, 'vnpay', '203.0.113.10');
  house.gateways.vnpay.act(ref, 'paid');
  expect(await house.deliver('vnpay', house.gateways.vnpay.message(ref, house.contracts.vnpay))).toBe('00');
  expect(await stateOf(order.id)).toMatchObject({ status: 'paid' });
  expect(await house.queued()).toBe(0);
});

test('every message is kept as it came, with what it did', async () => {
  const { ref, gateway, contract } = await atGateway();
  gateway.act(ref, 'paid');
  const message = gateway.message(ref, contract);
  await house.deliver('vnpay', message);
  await house.deliver('vnpay', message);
  await house.deliver('vnpay', message.replace('amount=8000', 'amount=9000'));
  const rows = await database.run('rows', 'select source, ref, result, raw from payment_callbacks order by result');
  expect(rows).toMatchObject([
    { source: 'vnpay', ref, result: 'already_final', raw: message },
    { source: 'vnpay', ref, result: 'bad_signature' },
    { source: 'vnpay', ref, result: 'stored', raw: message },
  ]);
});

test('tampered, array-valued, other-terminal and unknown messages change nothing and get their own answer', async () => {
  const { order, ref, gateway, contract } = await atGateway();
  gateway.act(ref, 'paid');
  const good = gateway.message(ref, contract);
  expect(await house.deliver('vnpay', good.replace('amount=8000', 'amount=80000'))).toBe('97');
  expect(await house.deliver('vnpay', `${good}&amount=8000`)).toBe('97');
  expect(await house.deliver('vnpay', good.replace('amount=8000', 'amount[0]=8000'))).toBe('97');
  expect(await house.deliver('vnpay', good.replace(/&signature=.*/, ''))).toBe('97');
  expect(await house.deliver('vnpay', gateway.message(ref, contract, { terminal: 'OTHER001' }))).toBe('01');
  expect(await house.deliver('vnpay', gateway.message(ref, { ...contract, key: 'somebody else' }))).toBe('97');
  expect(await house.deliver('vnpay', gateway.message('HX261121AAA00000A', contract, { outcome: 'paid' }))).toBe('01');
  expect(await house.deliver('vnpay', `${good}&ref=${ref}`)).toBe('97');
  // an order of this gateway told by another
  expect(await house.deliver('momo', gateway.message(ref, house.contracts.momo))).toBe('01');
  expect(await stateOf(order.id)).toMatchObject({ status: 'open' });
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'pending' });
  expect(await house.transactions()).toEqual([]);
  expect(await house.queued()).toBe(0);
});

test('a wrong amount, though rightly signed, is held for staff, and stays held when it comes again', async () => {
  const { order, ref, gateway, contract } = await atGateway();
  gateway.act(ref, 'paid', { amountVnd: 7_000 });
  const message = gateway.message(ref, contract);
  expect(await house.deliver('vnpay', message)).toBe('04');
  expect(await house.deliver('vnpay', message)).toBe('04');
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'under_review', issue: 'amount_mismatch' });
  expect(await stateOf(order.id)).toMatchObject({ status: 'open' });
  expect(await house.transactions()).toMatchObject([{ class: 'amount_diff', amount_vnd: 7_000 }]);
  expect(await house.said()).toEqual([]);
});

test('failed, then paid: the order of arrival is not believed, the gateway is asked', async () => {
  const { order, ref, gateway, contract } = await atGateway();
  gateway.act(ref, 'failed');
  const failed = gateway.message(ref, contract);
  gateway.act(ref, 'paid');
  const paid = gateway.message(ref, contract);
  expect(await house.deliver('vnpay', failed)).toBe('00');
  expect(await house.deliver('vnpay', failed)).toBe('02');
  expect(await house.deliver('vnpay', paid)).toBe('00');
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'under_review', issue: 'conflict' });
  const [row] = await database.run<{ check_at: Date }>('due', 'select check_at from payment_attempts where ref = $1', [
    ref,
  ]);
  expect(row!.check_at).toEqual(house.now());
  const told = gateway.orders.get(ref)!;
  await house.settler.settle(await house.attemptOf(ref), {
    outcome: 'paid',
    amountVnd: told.amountVnd,
    gatewayTxn: told.txn,
    paidAt: told.paidAt,
    code: '00',
    source: 'query',
  });
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: null });
  expect(await stateOf(order.id)).toMatchObject({ status: 'paid' });
  expect(await house.said()).toHaveLength(1);
});

test('paid, then failed: paid stays, and the gateway is asked', async () => {
  const { order, ref, gateway, contract } = await atGateway();
  gateway.act(ref, 'paid');
  await house.deliver('vnpay', gateway.message(ref, contract));
  expect(await house.deliver('vnpay', gateway.message(ref, contract, { outcome: 'failed' }))).toBe('02');
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: 'conflict' });
  expect(await stateOf(order.id)).toMatchObject({ status: 'paid' });
  await house.settler.settle(await house.attemptOf(ref), {
    outcome: 'paid',
    amountVnd: 8_000,
    gatewayTxn: gateway.orders.get(ref)!.txn,
    paidAt: house.now(),
    code: '00',
    source: 'query',
  });
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: null });
});

test('money that comes after the page has expired counts, and is marked as late', async () => {
  const { order, ref, gateway, contract } = await atGateway();
  await database.run('expire', "update payment_attempts set status = 'expired' where ref = $1", [ref]);
  gateway.act(ref, 'paid', { at: at('2026-11-21T10:40') });
  house.clock.now = at('2026-11-21T10:41');
  expect(await house.deliver('vnpay', gateway.message(ref, contract))).toBe('00');
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid' });
  expect(await stateOf(order.id)).toMatchObject({ status: 'paid' });
  const rows = await database.run('late', 'select is_late from payment_attempts where ref = $1', [ref]);
  expect(rows).toEqual([{ is_late: true }]);
  expect(await house.said()).toHaveLength(1);
});

test('paid by two methods: both are money, the obligation is overpaid, the citizen is told once', async () => {
  const { order, ref, gateway, contract } = await atGateway('vnpay');
  const second = await house.attempts.beginAtGateway(order, 'momo', '203.0.113.10');
  gateway.act(ref, 'paid');
  house.gateways.momo.act(second.ref, 'paid');
  expect(await house.deliver('vnpay', gateway.message(ref, contract))).toBe('00');
  expect(await house.deliver('momo', house.gateways.momo.message(second.ref, house.contracts.momo))).toBe('00');
  expect(await stateOf(order.id)).toMatchObject({ status: 'paid', issue: 'overpaid' });
  expect(await house.attemptOf(second.ref)).toMatchObject({ status: 'paid', issue: 'duplicate' });
  expect((await house.transactions()).map((row) => row.class)).toEqual(['applied', 'duplicate']);
  expect(await house.said()).toHaveLength(1);
});

test('a QR paid twice is two movements of one attempt', async () => {
  const order = await house.order();
  const { ref } = await house.attempts.beginTransfer(order);
  const credit = (gatewayTxn: string) => ({
    outcome: 'paid' as const,
    amountVnd: 8_000,
    gatewayTxn,
    paidAt: house.now(),
    code: 'bank',
    source: 'bank' as const,
  });
  await house.settler.settle(await house.attemptOf(ref), credit('sepay:1'));
  await house.settler.settle(await house.attemptOf(ref), credit('sepay:1'));
  await house.settler.settle(await house.attemptOf(ref), credit('sepay:2'));
  expect((await house.transactions()).map((row) => row.class)).toEqual(['applied', 'duplicate']);
  expect(await stateOf(order.id)).toMatchObject({ issue: 'overpaid' });
});

test("an officer's word is confirmed, not doubled, by the bank's", async () => {
  const order = await house.order();
  const { ref } = await house.attempts.beginTransfer(order);
  const proof = { outcome: 'paid' as const, amountVnd: 8_000, paidAt: house.now(), code: '' };
  await house.settler.settle(await house.attemptOf(ref), { ...proof, gatewayTxn: null, source: 'officer' });
  expect(await house.transactions()).toMatchObject([{ gateway_txn: `ref:${ref}` }]);
  await house.settler.settle(await house.attemptOf(ref), { ...proof, gatewayTxn: 'sepay:9', source: 'bank' });
  await house.settler.settle(await house.attemptOf(ref), { ...proof, gatewayTxn: 'sepay:9', source: 'bank' });
  expect(await house.transactions()).toMatchObject([{ gateway_txn: 'sepay:9', class: 'applied' }]);
  expect(await stateOf(order.id)).toMatchObject({ status: 'paid', issue: null });
});

test('one transaction cannot pay two obligations', async () => {
  const first = await atGateway();
  const second = await atGateway();
  first.gateway.act(first.ref, 'paid');
  second.gateway.act(second.ref, 'paid');
  const { txn } = first.gateway.orders.get(first.ref)!;
  await house.deliver('vnpay', first.gateway.message(first.ref, first.contract));
  await house.deliver('vnpay', second.gateway.message(second.ref, second.contract, { txn: txn! }));
  expect(await house.attemptOf(second.ref)).toMatchObject({ status: 'under_review', issue: 'txn_reused' });
  expect(await stateOf(second.order.id)).toMatchObject({ status: 'open' });
  expect(await house.transactions()).toHaveLength(1);
});

test('money for an obligation that was cancelled is kept apart', async () => {
  const { order, ref, gateway, contract } = await atGateway();
  await database.run('cancel', "update payment_orders set status = 'cancelled' where id = $1", [order.id]);
  gateway.act(ref, 'paid');
  expect(await house.deliver('vnpay', gateway.message(ref, contract))).toBe('00');
  expect(await stateOf(order.id)).toMatchObject({ status: 'cancelled', issue: 'not_owed' });
  expect(await house.transactions()).toMatchObject([{ class: 'not_owed' }]);
  expect(await house.said()).toEqual([]);
});

test('a suspected fraud is no payment until the gateway says so', async () => {
  const { order, ref, gateway, contract } = await atGateway();
  gateway.act(ref, 'under_review');
  expect(await house.deliver('vnpay', gateway.message(ref, contract))).toBe('00');
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'under_review', issue: 'fraud' });
  expect(await stateOf(order.id)).toMatchObject({ status: 'open' });
  expect(await house.queued()).toBe(0);
});

test('a reversal is believed only of a gateway that was asked, and puts the obligation before an officer', async () => {
  const { order, ref, gateway, contract } = await atGateway();
  gateway.act(ref, 'paid');
  await house.deliver('vnpay', gateway.message(ref, contract));
  gateway.act(ref, 'reversed');
  await house.deliver('vnpay', gateway.message(ref, contract));
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: 'conflict' });
  await house.settler.settle(await house.attemptOf(ref), {
    outcome: 'reversed',
    amountVnd: 8_000,
    gatewayTxn: gateway.orders.get(ref)!.txn,
    paidAt: house.now(),
    code: '04',
    source: 'query',
  });
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'reversed', issue: 'reversed' });
  expect(await stateOf(order.id)).toMatchObject({ status: 'review', issue: 'reversed' });
  const moved = await house.transactions();
  expect(moved.map(({ direction, amount_vnd }) => [direction, amount_vnd])).toEqual([
    ['in', 8_000],
    ['out', 8_000],
  ]);
});

test('an attempt begun after the obligation was paid is refused, and so is a fee below what the gateway takes', async () => {
  const { order, ref, gateway, contract } = await atGateway();
  gateway.act(ref, 'paid');
  await house.deliver('vnpay', gateway.message(ref, contract));
  await expect(house.attempts.beginAtGateway(order, 'momo', '')).rejects.toMatchObject({ code: 'not_open' });
  const small = await house.order({
    items: [{ kind: 'phi', name: 'Phí chứng thực', quantity: 1, unitVnd: 2_000 }],
  });
  await expect(house.attempts.beginAtGateway(small, 'vnpay', '')).rejects.toMatchObject({ code: 'bad_amount' });
  expect(gateway.calls.create).toBe(1);
});

test('an obligation takes so many tries in an hour and no more', async () => {
  const order = await house.order();
  for (let tries = 0; tries < 20; tries++) await house.attempts.beginAtGateway(order, 'momo', '');
  await expect(house.attempts.beginAtGateway(order, 'momo', '')).rejects.toMatchObject({ code: 'too_many_attempts' });
  house.clock.now = at('2026-11-21T10:31');
  await house.attempts.beginAtGateway(order, 'momo', '');
});

test('a gateway that gave no page leaves an attempt that is asked about; money found there counts', async () => {
  const order = await house.order();
  house.gateways.vnpay.behaviour.isDown = true;
  await expect(house.attempts.beginAtGateway(order, 'vnpay', '')).rejects.toMatchObject({ code: 'unavailable' });
  const [row] = await database.run<{ status: string; check_at: Date }>(
    'row',
    'select status, check_at from payment_attempts where order_id = $1',
    [order.id],
  );
  expect(row).toMatchObject({ status: 'created', check_at: at('2026-11-21T09:45') });
});
