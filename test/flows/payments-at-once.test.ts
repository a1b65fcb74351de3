import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';
import { openPostgres } from '../../src/db/client.ts';
import { silentLog } from '../../src/log.ts';
import { orderById } from '../../src/payments/orders.ts';
import { createPaymentPoller } from '../../src/payments/poller.ts';
import { seed, type TestDb } from '../support/db.ts';
import { at, createPayHouse, type PayHouse } from '../support/pay-house.ts';

// Everything here needs a database that really does several things at a time.

let postgres: TestPostgres;
let database: TestDb;
let house: PayHouse;
/** A second process: its own pool, caches and providers. */
let other: PayHouse;
beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.createDatabase();
  database = await seed(openPostgres(url, { max: 16 }), ['xa-thu']);
  house = await createPayHouse(database, { key: 'f'.repeat(64) });
  await house.connect();
  const second = Object.assign(openPostgres(url, { max: 16 }), { communes: database.communes });
  other = await createPayHouse(second, { key: 'f'.repeat(64) });
});
afterAll(async () => {
  await Promise.all([house.database.close(), other.database.close()]);
  await postgres.stop();
});

async function begun(method: 'vnpay' | 'momo' = 'vnpay') {
  const { conversationId } = await house.conversation();
  const order = await house.order({ conversationId });
  const { ref } = await house.attempts.beginAtGateway(order, method, '');
  house.gateways[method].act(ref, 'paid');
  return { order, ref, conversationId, message: house.gateways[method].message(ref, house.contracts[method]) };
}
const told = async (conversationId: string) =>
  (await house.database.run('told', 'select 1 from outbox where conversation_id = $1', [conversationId])).length;
const moneyOf = (orderId: string) =>
  house.database.run<{ class: string }>('money', 'select class from payment_transactions where order_id = $1', [
    orderId,
  ]);

test('one message fifty times at once over two processes: one payment, one confirmation', async () => {
  const { order, ref, conversationId, message } = await begun();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => (index % 2 ? house : other).deliver('vnpay', message)),
  );
  expect(answers.filter((code) => code === '00')).toHaveLength(1);
  expect(answers.filter((code) => code === '02')).toHaveLength(49);
  expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: null });
  expect(await told(conversationId)).toBe(1);
  expect(await moneyOf(order.id)).toEqual([{ class: 'applied' }]);
  const kept = await house.database.run('kept', 'select 1 from payment_callbacks where ref = $1', [ref]);
  expect(kept).toHaveLength(50);
});

test('two methods paid at the same moment: one pays, the other is too much, the citizen is told once', async () => {
  for (let round = 0; round < 10; round++) {
    const { order, ref, conversationId, message } = await begun();
    const second = await house.attempts.beginAtGateway(order, 'momo', '');
    house.gateways.momo.act(second.ref, 'paid');
    const momo = house.gateways.momo.message(second.ref, house.contracts.momo);
    await Promise.all([
      ...Array.from({ length: 5 }, () => house.deliver('vnpay', message)),
      ...Array.from({ length: 5 }, () => other.deliver('momo', momo)),
    ]);
    expect((await moneyOf(order.id)).map((row) => row.class).sort()).toEqual(['applied', 'duplicate']);
    expect(await orderById(house.database, house.communeId, order.id)).toMatchObject({
      status: 'paid',
      issue: 'overpaid',
    });
    const issues = [(await house.attemptOf(ref)).issue, (await house.attemptOf(second.ref)).issue];
    expect(issues.sort()).toEqual(['duplicate', null]);
    expect(await told(conversationId)).toBe(1);
  }
});

test('failed and paid at the same moment end alike, whichever comes first, once the gateway was asked', async () => {
  for (let round = 0; round < 10; round++) {
    const { order, ref, conversationId, message } = await begun();
    const failed = house.gateways.vnpay.message(ref, house.contracts.vnpay, { outcome: 'failed' });
    await Promise.all([house.deliver('vnpay', failed), other.deliver('vnpay', message)]);
    await createPaymentPoller({ ...house, log: silentLog }).round();
    expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid', issue: null });
    expect(await orderById(house.database, house.communeId, order.id)).toMatchObject({ status: 'paid' });
    expect(await told(conversationId)).toBe(1);
  }
});

test('an obligation paid while another attempt begins: begun before is money to give back, after is refused', async () => {
  for (let round = 0; round < 10; round++) {
    const { order, message } = await begun();
    const results = await Promise.allSettled([
      house.deliver('vnpay', message),
      ...Array.from({ length: 5 }, () => other.attempts.beginTransfer(order)),
    ]);
    const refused = results.filter((result) => result.status === 'rejected');
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'not_open' });
    await expect(house.attempts.beginTransfer(order)).rejects.toMatchObject({ code: 'not_open' });
  }
});

test('a transfer begun before the obligation was paid another way is not told again', async () => {
  const { order, message } = await begun();
  const { ref } = await house.attempts.beginTransfer(order);
  expect(await house.attempts.beginTransfer(order)).toMatchObject({ ref });
  await house.deliver('vnpay', message);
  await expect(house.attempts.beginTransfer(order)).rejects.toMatchObject({ code: 'not_open' });
});

test('pollers of two processes never ask about the same attempt at the same time', async () => {
  const refs = await Promise.all(Array.from({ length: 30 }, () => begun()));
  house.clock.now = at('2026-11-21T09:46');
  other.clock.now = at('2026-11-21T09:46');
  // one gateway behind both
  other.gateways.vnpay.orders.clear();
  for (const [ref, order] of house.gateways.vnpay.orders) other.gateways.vnpay.orders.set(ref, order);
  const before = house.gateways.vnpay.calls.query + other.gateways.vnpay.calls.query;
  const counts = await Promise.all(
    [house, other].map((one) => createPaymentPoller({ ...one, log: silentLog }).round()),
  );
  expect(house.gateways.vnpay.calls.query + other.gateways.vnpay.calls.query - before).toBe(counts[0]! + counts[1]!);
  expect(counts[0]! + counts[1]!).toBeGreaterThanOrEqual(30);
  for (const { ref, conversationId } of refs) {
    expect(await house.attemptOf(ref)).toMatchObject({ status: 'paid' });
    expect(await told(conversationId)).toBe(1);
  }
});

test('units of many communes are all different, whoever is first', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `0190b000-0000-7000-8000-${String(index).padStart(12, '0')}`);
  const codes = await Promise.all(ids.flatMap((id) => [house.attempts.unitFor(id), other.attempts.unitFor(id)]));
  expect(new Set(codes).size).toBe(ids.length);
  for (let index = 0; index < codes.length; index += 2) expect(codes[index]).toBe(codes[index + 1]);
});
