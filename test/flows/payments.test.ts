import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCommuneCache } from '../../src/communes/communes.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import { createBarcodeReader } from '../../src/dossiers/barcodes.ts';
import { createGuidance } from '../../src/guidance/engine.ts';
import { silentLog } from '../../src/log.ts';
import { createOrder } from '../../src/payments/orders.ts';
import { openPayments, type Payments } from '../../src/payments/payments.ts';
import { createTestGateway } from '../../src/payments/testing/gateway.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { BANK, PUBLIC_URL, URLS } from '../support/pay-house.ts';

// The whole way of a citizen: asks in the chat, opens the page, goes to the gateway, is told in the chat.

const CONTRACT = { terminal: 'HOIXA001', key: 'vnpay-test-secret' };
let serial = 0;
const gateway = createTestGateway('vnpay');
let database: TestDb;
let payments: Payments;
let house: Awaited<ReturnType<typeof startHouse>>;

beforeAll(async () => {
  database = await createTestDb();
  payments = openPayments({
    database,
    box: createSecretBox('e'.repeat(64)),
    urls: URLS,
    commune: createCommuneCache(database.orm),
    log: silentLog,
    kinds: [gateway.kind],
  });
  const pay = payments.desk(async () => ({
    kind: 'known',
    procedureCode: '1.001193',
    procedureName: null,
    unpaid: [{ name: 'Lệ phí đăng ký khai sinh', amountVnd: 8_000 }],
  }));
  house = await startHouse(database, { guidance: createGuidance({ pay }), payments });
  await house.openWebhooks();
  const communeId = database.communes[0]!.id;
  const { terminal, key } = CONTRACT;
  const shared = { name: 'chính', payee: 'UBND xã Thử' };
  await payments.accounts.connect(communeId, { ...shared, method: 'vnpay', settings: { terminal }, secrets: { key } });
  await payments.accounts.connect(communeId, { ...shared, method: 'vietqr', settings: BANK });
});
afterAll(async () => {
  await house.stop();
  await database.close();
});

const until = (probe: () => boolean) => expect.poll(probe, { timeout: 20_000, interval: 20 }).toBe(true);

/** Somebody asks to pay and is given a page. */
async function asked() {
  serial += 1;
  const code = `H29.33-251120-${String(serial).padStart(4, '0')}`;
  const userId = house.zalo.newUserId();
  const bubbles = () => house.zaloBubbles(userId).map(({ text }) => text);
  await house.zalo.personSends(house.oa.oaId, userId, { text: `nộp phí hồ sơ ${code}` });
  await until(() => bubbles().length > 0);
  const [row] = await database.run<{ url: string }>(
    'url',
    `select b ->> 'value' as url from messages m join conversations c on c.id = m.conversation_id,
       jsonb_array_elements(m.content -> 'buttons') b
     where c.chat_id = $1 and b ->> 'kind' = 'url' limit 1`,
    [userId],
  );
  return { code, bubbles, path: row!.url.slice(PUBLIC_URL.length) };
}
const open = (path: string) => fetch(`${house.url}${path}`, { redirect: 'manual' });
const choose = (path: string, method: string) =>
  fetch(`${house.url}${path}`, { method: 'POST', body: new URLSearchParams({ method }), redirect: 'manual' });
const ipn = async (query: string) => {
  const response = await fetch(`${house.url}/payments/vnpay/ipn?${query}`);
  return ((await response.json()) as { code: string }).code;
};

test('ask, read, open the page, pay, be told: once', async () => {
  const { code, bubbles, path } = await asked();
  expect(bubbles().join('\n')).toContain('Phải nộp 8.000 đồng: Lệ phí đăng ký khai sinh');
  const page = await open(path);
  const text = await page.text();
  expect(page.status).toBe(200);
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  for (const word of ['8.000 đồng', 'UBND xã Thử', code, 'Lệ phí đăng ký khai sinh', 'hoixa.example.vn', 'mã OTP'])
    expect(text, word).toContain(word);
  expect(text).not.toMatch(/<script|style=/);
  const leaving = await (await choose(path, 'vnpay')).text();
  const ref = /HX[0-9A-Y]{15}/.exec(leaving)![0];
  expect(leaving).toContain(`href="https://pay.test-gateway.vn/HOIXA001/${ref}"`);
  expect(leaving).toContain('Sắp sang trang <b>pay.test-gateway.vn</b>');

  // back in the browser before the gateway reported: shown, nothing settled
  gateway.act(ref, 'paid');
  const message = gateway.message(ref, CONTRACT);
  const waiting = await (await open(`/payments/return?hx=${ref}&${message}`)).text();
  expect(waiting).toContain('Đang chờ xác nhận');
  expect(waiting).toContain('http-equiv="refresh"');
  expect(await database.run('paid', 'select 1 from payment_orders where paid_at is not null')).toEqual([]);

  expect(await ipn(message)).toBe('00');
  expect(await ipn(message)).toBe('02');
  await until(() => bubbles().some((bubble) => bubble.startsWith('Đã nhận 8.000 đồng')));
  const done = await (await open(`/payments/return?hx=${ref}&${message}`)).text();
  expect(done).toContain('Đã nhận tiền');
  expect(done).not.toContain('http-equiv="refresh"');
  expect(await (await open(path)).text()).toContain('Khoản này không phải nộp nữa');
  expect(bubbles().filter((bubble) => bubble.startsWith('Đã nhận'))).toHaveLength(1);
});

test('a citizen who cancelled at the gateway reads so at once, and nothing is settled by it', async () => {
  const { path } = await asked();
  const ref = /HX[0-9A-Y]{15}/.exec(await (await choose(path, 'vnpay')).text())![0];
  gateway.act(ref, 'failed');
  const page = await (await open(`/payments/return?hx=${ref}&${gateway.message(ref, CONTRACT)}`)).text();
  expect(page).toContain('Chưa nộp được');
  const forged = await (
    await open(`/payments/return?hx=${ref}&${gateway.message(ref, { ...CONTRACT, key: 'x'.repeat(9) })}`)
  ).text();
  expect(forged).toContain('Đang chờ xác nhận');
  const [row] = await database.run('s', 'select status from payment_attempts where ref = $1', [ref]);
  expect(row).toEqual({ status: 'pending' });
});

test('by transfer: the QR says what the page says', async () => {
  const { path } = await asked();
  const page = await (await choose(path, 'vietqr')).text();
  const [, png = ''] = /src="data:image\/png;base64,([^"]+)"/.exec(page)!;
  const barcodes = createBarcodeReader();
  const [seen] = await barcodes.read(Buffer.from(png, 'base64'));
  await barcodes.close();
  const [, words = ''] = /<dd class="code">(HX[0-9A-Y]{15} LE PHI)<\/dd>/.exec(page)!;
  expect(seen).toContain(words);
  expect(seen).toContain('54048000');
  expect(seen).toContain(BANK.accountNumber);
  expect(page).toContain('Vietcombank');
  // looked at again: the same reference, which may stand in a bank by now
  expect(await (await choose(path, 'vietqr')).text()).toContain(words);
});

test('an address that is wrong, old, or for a gateway nobody has, tells nothing', async () => {
  expect((await open('/pay/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')).status).toBe(404);
  expect((await open('/pay/..%2f..%2fetc')).status).toBe(404);
  expect((await open('/payments/return')).status).toBe(404);
  expect((await open('/payments/return?hx=HX261121AAA00000A')).status).toBe(404);
  expect((await open('/payments/momo/ipn?ref=x')).status).toBe(404);
  expect((await open('/payments/nobody/ipn')).status).toBe(404);
  const { path } = await asked();
  await database.run('old', "update payment_links set expires_at = now() - interval '1 minute'");
  const old = await open(path);
  expect(old.status).toBe(410);
  const text = await old.text();
  expect(text).toContain('Trang nộp phí đã hết hạn');
  expect(text).not.toContain(BANK.accountNumber);
  expect((await choose(path, 'vietqr')).status).toBe(410);
});

test('a method that is not offered is not begun', async () => {
  const { path } = await asked();
  const page = await choose(path, 'momo');
  expect(page.status).toBe(400);
  expect(await page.text()).toContain('Cách nộp này hiện không dùng được');
});

test('a gateway that is down: said so, nothing paid, other ways stay', async () => {
  const { path } = await asked();
  gateway.behaviour.isDown = true;
  const page = await choose(path, 'vnpay');
  gateway.behaviour.isDown = false;
  expect(page.status).toBe(502);
  expect(await page.text()).toContain('Chưa có gì được nộp');
  expect((await choose(path, 'vietqr')).status).toBe(200);
});

test('words of strangers in a purpose are shown, not run', async () => {
  const communeId = database.communes[0]!.id;
  const { order } = await createOrder(database, communeId, {
    purpose: '<script>alert(1)</script>',
    items: [{ kind: 'phi', name: '"><img src=x>', quantity: 2, unitVnd: 4_000 }],
    source: 'officer',
  });
  const { openLink } = await import('../../src/payments/links.ts');
  const { token } = await openLink(database, { communeId, orderId: order.id, conversationId: null }, new Date());
  const page = await (await open(`/pay/${token}`)).text();
  expect(page).toContain('&#60;script&#62;alert(1)');
  expect(page).not.toMatch(/<script|<img src=x/);
});

test('what is logged holds no token of a page, no reference’s secret, no words', async () => {
  const { path } = await asked();
  await choose(path, 'vnpay');
  await open(path);
  const log = house.logLines.join('\n');
  expect(log).not.toContain(path.slice('/pay/'.length));
  expect(log).not.toContain(CONTRACT.key);
});
