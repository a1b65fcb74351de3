import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { at, createPayHouse, type PayHouse, PUBLIC_URL, URLS } from '../../test/support/pay-house.ts';
import { createPayDesk, type DossierFees, type PayInquiry, type PayReply } from './desk.ts';
import { feeInput, saveFees } from './fees.ts';
import { ordersOf } from './orders.ts';

const CODE = 'H29.33-261120-0007';
let database: TestDb;
let house: PayHouse;
let desk: ReturnType<typeof createPayDesk>;
let told: DossierFees;
let asker: { communeId: string; conversationId: string; citizenId: string; turnId: string };

beforeAll(async () => {
  database = await createTestDb();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.script(
    `truncate payment_orders, payment_items, payment_attempts, payment_transactions, payment_methods, payment_accounts,
      payment_links, fees, messages, outbox, conversations`,
  );
  house = await createPayHouse(database, { key: 'b'.repeat(64) });
  await house.connect();
  told = {
    kind: 'known',
    procedureCode: '1.001193',
    procedureName: 'Đăng ký khai sinh',
    unpaid: [{ name: 'Lệ phí đăng ký khai sinh', amountVnd: 8_000 }],
  };
  desk = createPayDesk({ database, accounts: house.accounts, urls: URLS, dossierFees: async () => told });
  const { conversationId, citizenId } = await house.conversation();
  asker = { communeId: house.communeId, conversationId, citizenId, turnId: randomUUID() };
});

const plainOf = (text: string) =>
  ` ${text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/đ/gi, 'd')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()} `;
async function ask(text: string, change: Partial<PayInquiry> = {}): Promise<PayReply | null> {
  const { settings } = await house.commune(house.communeId);
  return desk.answer({
    ...{
      text,
      line: plainOf(text),
      codes: [],
      intent: 'payment',
      topic: null,
      procedureCode: null,
      codeAtHand: null,
      isAtHand: false,
    },
    ...{ thread: null, commune: settings, asker, now: house.now(), ...change },
  });
}
const textOf = (reply: PayReply | null) => reply!.messages.map(({ text }) => text).join('\n');
const linkIn = (reply: PayReply | null) =>
  reply!.messages.flatMap(({ buttons }) => buttons ?? []).find(({ kind }) => kind === 'url')?.value;

test('a dossier that awaits money: payee, amount, dossier, purpose, end and whole host stand before the link', async () => {
  const reply = await ask(`nộp phí hồ sơ ${CODE}`, { codes: [CODE] });
  const text = textOf(reply);
  expect(text).toMatch(/^Phải nộp 8\.000 đồng: Lệ phí đăng ký khai sinh, hồ sơ H29\.33-261120-0007\./);
  expect(text).toContain('Người nhận: UBND xã Thử.');
  expect(text).toContain('Trang nộp phí nằm ở hoixa.example.vn, mở được đến 10 giờ ngày 21/11/2026.');
  expect(text).toContain('Xã không hỏi mã OTP');
  expect(text).toContain('VNPAY (trang pay.vnpay.vn)');
  expect(text).not.toContain('http');
  expect(linkIn(reply)).toMatch(/^https:\/\/hoixa\.example\.vn\/pay\/[A-Za-z0-9_-]{32}$/);
});

test('asked twice it is one obligation, and only the newest page is open', async () => {
  const first = await ask('nộp phí', { codes: [CODE] });
  const second = await ask('nộp phí', { codes: [CODE] });
  expect(await ordersOf(database, house.communeId, asker.conversationId)).toHaveLength(1);
  expect(linkIn(second)).not.toBe(linkIn(first));
  const open = await database.run('open', 'select 1 from payment_links where expires_at > $1::timestamptz', [
    house.now().toISOString(),
  ]);
  expect(open).toHaveLength(1);
});

test('what a dossier costs is told after a proof only, in the same words whether an officer wrote something down or not', async () => {
  told = { kind: 'needs_proof' };
  const without = await ask('nộp phí', { codes: [CODE] });
  await house.order({ dossierNumber: CODE });
  const withOrder = await ask('nộp phí', { codes: [CODE] });
  told = { kind: 'nothing_due', isProved: false };
  const hidden = await ask('nộp phí', { codes: [CODE] });
  expect(textOf(withOrder)).toBe(textOf(without));
  expect(textOf(hidden)).toBe(textOf(without));
  expect(textOf(without)).not.toMatch(/8\.000|đồng/);
  for (const reply of [without, withOrder, hidden]) expect(reply!.goesOn).toBe(`hx:desk:detail:${CODE}`);
});

test('who wants to pay right after a dossier was spoken of is not asked for its code again', async () => {
  const reply = await ask('nộp phí', { codeAtHand: CODE });
  expect(textOf(reply)).toContain(CODE);
  expect(reply!.messages[0]!.buttons!.some(({ kind }) => kind === 'url')).toBe(true);
});

test('0 đồng is said plainly and has no link', async () => {
  told = { kind: 'known', procedureCode: null, procedureName: null, unpaid: [{ name: 'Lệ phí', amountVnd: 0 }] };
  const reply = await ask('nộp phí', { codes: [CODE] });
  expect(textOf(reply)).toMatch(/^0 đồng: không phải nộp gì/);
  expect(linkIn(reply)).toBeUndefined();
});

test('a fee below what gateways take is offered by transfer; without one, at the desk and on the portal', async () => {
  told = { kind: 'known', procedureCode: null, procedureName: null, unpaid: [{ name: 'Phí', amountVnd: 900 }] };
  expect(textOf(await ask('nộp phí', { codes: [CODE] }))).toContain('Cách nộp: Quét mã QR chuyển khoản;');
  await house.accounts.setActive(house.communeId, 'vietqr', false);
  const reply = await ask('nộp phí', { codes: [CODE] });
  expect(textOf(reply)).toContain('tự mở dichvucong.gov.vn');
  expect(linkIn(reply)).toBe('https://dichvucong.gov.vn/thanh-toan-truc-tuyen');
});

test('where the source does not say how much, the local table does; where that needs counting, an officer', async () => {
  told = { kind: 'known', procedureCode: '1.001193', procedureName: null, unpaid: [] };
  const none = await ask('nộp phí', { codes: [CODE] });
  expect(none).toMatchObject({ outcome: 'handed_off', handOff: { reason: 'asked' } });
  await saveFees(database.orm, house.communeId, [
    feeInput.parse({
      ...{ procedureCode: '1.001193', kind: 'le_phi', name: 'Lệ phí khai sinh', scope: 'province', channel: 'online' },
      ...{ amountVnd: 5_000, legalRef: 'Nghị quyết mẫu', validFrom: '2026-01-01' },
    }),
  ]);
  expect(textOf(await ask('nộp phí', { codes: [CODE] }))).toMatch(/^Phải nộp 5\.000 đồng/);
});

test('several fees are one payment, listed', async () => {
  told = {
    kind: 'known',
    procedureCode: null,
    procedureName: null,
    unpaid: [
      { name: 'Lệ phí hộ tịch', amountVnd: 8_000 },
      { name: 'Phí chứng thực', amountVnd: 4_000 },
    ],
  };
  const text = textOf(await ask('nộp phí', { codes: [CODE] }));
  expect(text).toMatch(/^Phải nộp 12\.000 đồng/);
  expect(text).toContain('• Lệ phí hộ tịch: 8.000 đồng\n• Phí chứng thực: 4.000 đồng');
});

test('an exemption is told by the rule, never granted', async () => {
  await saveFees(database.orm, house.communeId, [
    feeInput.parse({
      ...{ procedureCode: '1.001193', kind: 'le_phi', name: 'Lệ phí khai sinh', scope: 'province' },
      ...{ amountVnd: 5_000, legalRef: 'Nghị quyết mẫu', validFrom: '2026-01-01' },
      exemptions: [{ group: 'hộ nghèo', percent: 100, proof: 'giấy chứng nhận hộ nghèo' }],
    }),
  ]);
  const reply = await ask('nhà tôi hộ nghèo, nộp lệ phí khai sinh thế nào', { procedureCode: '1.001193' });
  expect(textOf(reply)).toContain('Miễn cho hộ nghèo (có giấy chứng nhận hộ nghèo).');
  expect(textOf(reply)).toContain('cán bộ quyết định');
  expect(textOf(reply)).toContain('Nghị quyết mẫu · áp dụng từ 01/01/2026');
});

test('"đã nộp rồi mà chưa thấy": where it stands, and the gateway is asked soon', async () => {
  await ask('nộp phí', { codes: [CODE] });
  const [order] = await ordersOf(database, house.communeId, asker.conversationId);
  const { ref } = await house.attempts.beginAtGateway(order!, 'vnpay', '');
  house.clock.now = at('2026-11-21T09:33');
  const waiting = await ask('đã nộp rồi mà chưa thấy gì');
  expect(textOf(waiting)).toMatch(/^Chưa thấy tiền của khoản 8\.000 đồng/);
  expect(textOf(waiting)).toContain('Đừng nộp lần nữa');
  const due = await database.run('due', 'select 1 from payment_attempts where check_at <= $1::timestamptz', [
    house.now().toISOString(),
  ]);
  expect(due).toHaveLength(1);
  house.gateways.vnpay.act(ref, 'paid', { at: house.now() });
  await house.deliver('vnpay', house.gateways.vnpay.message(ref, house.contracts.vnpay));
  const paid = await ask('đã nộp rồi mà chưa thấy gì');
  expect(textOf(paid)).toMatch(/^Đã nhận 8\.000 đồng/);
  expect(textOf(paid)).toContain(ref);
  expect(paid).toMatchObject({ outcome: 'looked_up' });
  // the source has not heard of it yet: nobody is asked to pay again
  expect(textOf(await ask('nộp phí', { codes: [CODE] }))).toMatch(/^Đã nhận 8\.000 đồng/);
});

test('paid twice and a refund are an officer’s matter, and the officer is called once', async () => {
  await ask('nộp phí', { codes: [CODE] });
  const [order] = await ordersOf(database, house.communeId, asker.conversationId);
  const tries = [
    await house.attempts.beginAtGateway(order!, 'vnpay', ''),
    await house.attempts.beginAtGateway(order!, 'momo', ''),
  ];
  for (const { ref, method } of tries) {
    const gateway = house.gateways[method as 'vnpay'];
    gateway.act(ref, 'paid');
    await house.deliver(method as 'vnpay', gateway.message(ref, house.contracts[method as 'vnpay']));
  }
  const first = await ask('lỡ nộp hai lần rồi');
  expect(textOf(first)).toContain('vào hai lần');
  expect(first).toMatchObject({ outcome: 'handed_off', handOff: { reason: 'asked' } });
  const again = await ask('lỡ nộp hai lần rồi', { thread: first!.thread, isAtHand: true });
  expect(again!.handOff).toBeUndefined();
  expect(await ask('hoàn tiền cho tôi')).toMatchObject({ outcome: 'handed_off' });
});

test('a receipt is the official one, and its absence is said', async () => {
  const order = await house.order({ conversationId: asker.conversationId });
  const { ref } = await house.attempts.beginAtGateway(order, 'vnpay', '');
  house.gateways.vnpay.act(ref, 'paid');
  await house.deliver('vnpay', house.gateways.vnpay.message(ref, house.contracts.vnpay));
  expect(textOf(await ask('cho xin biên lai'))).toContain('chưa phát hành');
  await database.run('receipt', 'update payment_orders set receipts = $1::jsonb', [
    JSON.stringify([{ kind: 'le_phi', number: '0000123', url: null }]),
  ]);
  expect(textOf(await ask('cho xin biên lai'))).toContain('Biên lai lệ phí số 0000123.');
});

test('links: our own of this conversation, of another one, the portal, and everybody else', async () => {
  const mine = linkIn(await ask('nộp phí', { codes: [CODE] }))!;
  expect(textOf(await ask(mine, { intent: 'out_of_scope' }))).toMatch(/^Đúng là trang xã vừa gửi ở đây/);
  const other = await house.conversation();
  const theirs = { ...asker, conversationId: other.conversationId };
  expect(textOf(await ask(mine, { asker: theirs }))).toContain('không phải do trò chuyện này tạo ra');
  expect(textOf(await ask('kiểm tra liên kết này giúp dichvucong.gov.vn.abc.top/nop'))).toMatch(
    /^Không nhận ra: dichvucong\.gov\.vn\.abc\.top không phải/,
  );
  expect(textOf(await ask('https://dichvucong.gov.vn có phải thật không'))).toMatch(/^Chính thức: dichvucong\.gov\.vn/);
  expect(
    await ask('tôi đã nộp giấy theo mẫu trên luatvietnam.vn giờ cần thêm tờ khai nào nữa', {
      intent: 'procedure_question',
    }),
  ).toBeNull();
});

test.each([
  'nộp thuế đất ở đâu',
  'đóng tiền điện qua đây được không',
  'nộp phạt giao thông ở xã được không',
  'đóng học phí cho con',
  'thanh toán nghĩa vụ tài chính đất đai',
  'có người gọi bảo đóng 200k làm nhanh khai sinh',
])('"%s" is not the desk’s: the rules say whose it is', async (text) => {
  await house.order({ conversationId: asker.conversationId });
  expect(await ask(text)).toBeNull();
});

test('a button of another conversation, or made up, opens nothing', async () => {
  const order = await house.order({ conversationId: (await house.conversation()).conversationId });
  for (const payload of [`hx:pay:order:${order.id}`, 'hx:pay:order:1', 'hx:pay:dossier:x', 'hx:pay:', 'hx:pay:wipe:1'])
    expect(await ask('', { payload }), payload).toBeNull();
});

test('without a way to pay and without an obligation the rules’ own answer stands', async () => {
  await database.script('truncate payment_methods');
  expect(await ask('tôi muốn nộp lệ phí')).toBeNull();
  await house.connect();
  expect(textOf(await ask('tôi muốn nộp lệ phí'))).toContain('Nhắn mã hồ sơ');
});

test('nothing is said of money where nobody asked', async () => {
  await house.order({ conversationId: asker.conversationId });
  for (const intent of ['greeting', 'thanks', 'procedure_question', 'status_check'])
    expect(await ask('cảm ơn nhé', { intent })).toBeNull();
});

test('a code typed after it was asked for is meant to be paid', async () => {
  const first = await ask('tôi muốn nộp lệ phí');
  const second = await ask(CODE, { codes: [CODE], intent: 'status_check', isAtHand: true, thread: first!.thread });
  expect(linkIn(second)).toContain(`${PUBLIC_URL}/pay/`);
});
