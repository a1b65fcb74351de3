import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCommuneCache } from '../../src/communes/communes.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import { createDemoGateways, type DemoGateways } from '../../src/demo/gateways/index.ts';
import { openCodes, seedPayments } from '../../src/demo/seed.ts';
import { silentLog } from '../../src/log.ts';
import { openLink } from '../../src/payments/links.ts';
import { createOrder, type Order } from '../../src/payments/orders.ts';
import { openPayments, type Payments } from '../../src/payments/payments.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { createLoopbackChannel } from '../support/loopback-channel.ts';
import { addConversation } from '../support/pay-house.ts';

// The real adapters, hooks and pages between the stand-ins of every gateway and of the bank, over HTTP.

const MINUTE_MS = 60_000;
const METHODS = ['vnpay', 'momo', 'vnptpay', 'pp'] as const;
let at = Date.parse('2026-11-21T02:30:00Z');
let database: TestDb;
let server: Server;
let origin = '';
let gateways: DemoGateways;
let payments: Payments;
let served: ReturnType<Payments['serve']>;
let communeId = '';
let serial = 0;

beforeAll(async () => {
  database = await createTestDb();
  communeId = database.communes[0]!.id;
  const app = express();
  app.set('query parser', 'simple');
  server = await new Promise<Server>((done) => {
    const listening = app.listen(0, '127.0.0.1', () => done(listening));
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  gateways = createDemoGateways({
    origin,
    payee: 'UBND xã Thử Nghiệm',
    codes: () => openCodes(database, communeId, new Date(at)),
    now: () => at,
  });
  const channel = createLoopbackChannel('zalo');
  payments = openPayments({
    database,
    box: createSecretBox('e'.repeat(64)),
    urls: { PUBLIC_URL: origin, ...gateways.urls },
    commune: createCommuneCache(database.orm),
    log: silentLog,
    isDemo: true,
    now: () => new Date(at),
  });
  served = payments.serve({ channel: () => channel, registry: new Registry(), onQueued: () => {} });
  app.use(served.hooks, served.pages, gateways.router());
  await seedPayments(payments.accounts, communeId, gateways);
});
afterAll(async () => {
  await served.stop();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await database.close();
});

/** Somebody owes 25.000 đồng and holds the address of the page. */
async function owing() {
  const { conversationId, citizenId } = await addConversation(database, communeId);
  const now = new Date(at);
  const { order } = await createOrder(
    database,
    communeId,
    {
      conversationId,
      citizenId,
      dossierNumber: `H99.15-261121-${String(++serial).padStart(4, '0')}`,
      procedureCode: '1.001193',
      purpose: 'Lệ phí đăng ký khai sinh',
      items: [{ kind: 'le_phi', name: 'Lệ phí đăng ký khai sinh', quantity: 1, unitVnd: 25_000 }],
      source: 'officer',
    },
    now,
  );
  const { token } = await openLink(database, { communeId, orderId: order.id, conversationId }, now);
  return { order, page: `${origin}/pay/${token}`, conversationId };
}
const statusOf = async ({ id }: Order) => {
  const [row] = await database.run<{ status: string; issue: string | null }>(
    'status',
    'select status, issue from payment_orders where id = $1',
    [id],
  );
  return row!;
};
const confirmations = async (conversationId: string) =>
  (
    await database.run('told', "select 1 from messages where conversation_id = $1 and text like 'Đã nhận%'", [
      conversationId,
    ])
  ).length;
const post = (url: string, form: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
/** Chooses a way on our page and opens the gateway's. */
async function goTo(method: (typeof METHODS)[number], page: string) {
  const text = await (await post(page, { method })).text();
  const [, href] = /href="(http[^"]*gateways[^"]*)"/.exec(text) ?? [];
  const ref = /HX[0-9A-Y]{15}/.exec(text)![0];
  const opened = await fetch(href!.replaceAll('&#38;', '&').replaceAll('&amp;', '&'));
  return { ref, at: opened.url, text: await opened.text() };
}

test.each(METHODS)('%s: chosen, paid at the gateway, told once, shown on the way back', async (method) => {
  const { order, page, conversationId } = await owing();
  const gateway = await goTo(method, page);
  for (const shown of ['mô phỏng', '25.000 đồng', gateway.ref, 'UBND xã Thử Nghiệm'])
    expect(gateway.text).toContain(shown);
  expect((await post(gateway.at, { act: 'pay', otp: '000000' })).status).toBe(200);
  const done = await post(gateway.at, { act: 'pay', otp: '123456' });
  expect(done.status).toBe(303);
  expect(await statusOf(order)).toEqual({ status: 'paid', issue: null });
  expect(await (await fetch(done.headers.get('location')!)).text()).toContain('Đã nhận tiền');
  await gateways.platforms[method].ipn.replay(gateway.ref);
  expect(gateways.platforms[method].ipn.deliveries.filter(({ ref }) => ref === gateway.ref)).toMatchObject([
    { isAccepted: true },
    { isAccepted: true },
  ]);
  expect(await confirmations(conversationId)).toBe(1);
});

test.each(METHODS)('%s: cancelled, nothing is owed less; another try pays', async (method) => {
  const { order, page, conversationId } = await owing();
  const first = await goTo(method, page);
  const back = await post(first.at, { act: 'cancel' });
  expect(await (await fetch(back.headers.get('location')!)).text()).toContain('Chưa nộp được');
  expect((await statusOf(order)).status).toBe('open');
  const second = await goTo(method, page);
  expect(second.ref).not.toBe(first.ref);
  await post(second.at, { act: 'pay', otp: '123456' });
  expect((await statusOf(order)).status).toBe('paid');
  expect(await confirmations(conversationId)).toBe(1);
});

test.each(METHODS)('%s: reports changed, with another amount, for another account settle nothing', async (method) => {
  for (const fault of ['tampered', 'wrong_amount', 'other_unit', 'unknown_ref'] as const) {
    const { order, page, conversationId } = await owing();
    const gateway = await goTo(method, page);
    gateways.platforms[method].ipn.next(fault);
    await post(gateway.at, { act: 'pay', otp: '123456' });
    expect((await statusOf(order)).status, fault).not.toBe('paid');
    expect(await confirmations(conversationId), fault).toBe(0);
  }
});

test.each(METHODS)('%s: the report is lost, asking finds the payment', async (method) => {
  const { order, page, conversationId } = await owing();
  const gateway = await goTo(method, page);
  gateways.platforms[method].ipn.next('lose');
  await post(gateway.at, { act: 'pay', otp: '123456' });
  expect((await statusOf(order)).status).toBe('open');
  served.start();
  for (let round = 0; round < 8 && (await statusOf(order)).status !== 'paid'; round++) {
    at += 16 * MINUTE_MS;
    served.wake();
    await expect
      .poll(async () => (await database.run<{ n: number }>('due', DUE, [new Date(at).toISOString()]))[0]!.n, {
        interval: 20,
      })
      .toBe(0);
  }
  expect((await statusOf(order)).status).toBe('paid');
  expect(await confirmations(conversationId)).toBe(1);
});
const DUE = `select count(*)::int as n from payment_attempts where check_at <= $1::timestamptz`;

test('a transfer by QR: the bank mangles the words, the notification settles it; a second one is a case for staff', async () => {
  const { order, page, conversationId } = await owing();
  const text = await (await post(page, { method: 'vietqr' })).text();
  expect(text).toContain('src="data:image/png;base64,');
  const ref = /HX[0-9A-Y]{15}/.exec(text)![0];
  const app = await (await fetch(`${origin}${gateways.bankApp}`)).text();
  expect(app).toContain(ref);
  const [waiting] = (await openCodes(database, communeId, new Date(at))).filter(({ words }) => words.startsWith(ref));
  const form = { account: waiting!.account, amount: '25000', words: waiting!.words };
  expect(await (await post(`${origin}${gateways.bankApp}`, form)).text()).toContain('Đã chuyển 25.000 đồng');
  expect((await statusOf(order)).status).toBe('paid');
  expect(await confirmations(conversationId)).toBe(1);
  await post(`${origin}${gateways.bankApp}`, form);
  expect(await confirmations(conversationId)).toBe(1);
  const rows = await database.run<{ class: string }>(
    'classes',
    'select class from payment_transactions where ref = $1 order by created_at, id',
    [ref],
  );
  expect(rows).toHaveLength(2);
  expect(rows.filter(({ class: name }) => name === 'applied')).toHaveLength(1);
});

test('a transfer of another sum, and one without a reference, pay nothing and are kept', async () => {
  const { order, page, conversationId } = await owing();
  const ref = /HX[0-9A-Y]{15}/.exec(await (await post(page, { method: 'vietqr' })).text())![0];
  const account = '0000123456';
  const kept = async () =>
    (await database.run('kept', "select 1 from payment_transactions where class <> 'applied'")).length;
  const before = await kept();
  await post(`${origin}${gateways.bankApp}`, { account, amount: '24000', words: `${ref} LE PHI` });
  await post(`${origin}${gateways.bankApp}`, { account, amount: '25000', words: 'nop le phi khai sinh' });
  expect(await kept()).toBe(before + 2);
  expect((await statusOf(order)).status).not.toBe('paid');
  expect(await confirmations(conversationId)).toBe(0);
});
