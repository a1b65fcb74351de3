import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
type Device = 'zalo' | 'messenger';

let browser: Browser;
let demo: ChildProcess;
let dataDir = '';
let port = 0;
/** As the demo printed it. */
let link = '';
/** Console errors, answers of 500 and requests that leave the page's origin. */
let faults: string[] = [];
const contexts: BrowserContext[] = [];

const origin = () => `http://localhost:${port}`;
const at = (path: string) => `${origin()}/console/c/demo${path}`;

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function newPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'vi-VN', ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // A line that was cut on purpose is told by the browser as an error of the network.
    if (message.type() === 'error' && !/ERR_INTERNET_DISCONNECTED/.test(message.text())) faults.push(message.text());
  });
  page.on('response', (response) => response.status() >= 500 && faults.push(`${response.status()} ${response.url()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:') && new URL(request.url()).origin !== origin())
      faults.push(`asked ${request.url()}`);
  });
  return page;
}
/** Signed in as one of the two demo officers. */
async function officer(which: 1 | 2, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const page = await newPage(options);
  await page.goto(`${origin()}/demo/console?officer=${which}`);
  await page.waitForURL(/inbox/);
  return page;
}
const heard = (phone: Page, device: Device, words: string) =>
  phone.locator(`#phone-${device} .b`).filter({ hasText: words });
async function say(phone: Page, device: Device, words: string): Promise<void> {
  await phone.locator(`#phone-${device} textarea`).fill(words);
  await phone.locator(`#phone-${device} textarea`).press('Enter');
}
/** Somebody new asks for a person on a phone, is passed on, and goes on in their own words. */
async function askForPerson(phone: Page, device: Device, words: string): Promise<void> {
  await phone.locator(`#phone-${device} [data-act=fresh]`).click();
  await say(phone, device, 'cho tôi gặp cán bộ');
  await phone.locator(`#phone-${device} .owner[data-owner=waiting]`).waitFor();
  await say(phone, device, words);
}
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate<{ id: string; impact: string; nodes: { html: string }[] }[]>(
    'axe.run().then(({ violations }) => violations)',
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${new URL(page.url()).pathname} ${id}: ${nodes[0]?.html.slice(0, 160)}`);
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hoixa-console-'));
  port = await freePort();
  demo = spawn(process.execPath, ['src/start.mjs'], {
    env: { ...process.env, PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: '', DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  await new Promise<void>((done, fail) => {
    demo.once('exit', (code) => fail(new Error(`the demo ended with ${code}`)));
    let printed = '';
    demo.stdout!.on('data', (text) => {
      printed += text;
      link = /\S+\/console\/sign-in\/\S+/.exec(printed)?.[0] ?? '';
      if (printed.includes('Stop with')) done();
    });
  });
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS.split(' ') });
});
afterAll(async () => {
  await browser?.close();
  demo?.removeAllListeners('exit');
  if (demo?.pid) {
    const ended = new Promise((done) => demo.once('exit', done));
    process.kill(-demo.pid, 'SIGINT');
    await ended;
  }
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  faults = [];
});
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  expect(faults).toEqual([]);
});

test('the whole loop: two phones ask, two officers take, answer, note, hand on and end; the citizen rates', async () => {
  const phone = await newPage();
  await phone.goto(`${origin()}/demo`);
  const [first, second] = [await officer(1), await officer(2)];
  await askForPerson(phone, 'zalo', 'Tôi nhắn từ kiểu thứ nhất');
  await askForPerson(phone, 'messenger', 'Tôi nhắn từ kiểu thứ hai');

  // Both consoles hear of both without being asked to.
  for (const page of [first, second])
    await expect.poll(() => page.locator('#list a.row').count(), { timeout: 30_000 }).toBe(2);
  await first.locator('#list a.row').filter({ hasText: 'Zalo' }).click();
  await first.locator('#thread .m.citizen').first().waitFor();
  // Opening takes nothing.
  await expect.poll(() => first.locator('#reply').count()).toBe(0);
  await second.locator('#list a.row').filter({ hasText: 'Zalo' }).click();
  await first.getByRole('button', { name: 'Nhận hội thoại' }).click();
  await first.locator('#reply').waitFor();
  await heard(phone, 'zalo', 'Mẫu Một (bộ phận một cửa) trả lời, không phải máy').waitFor();
  // Who looked at it too sees whose it is, and has no box to write in.
  await second.getByText('Mẫu Một đang giữ hội thoại này').waitFor();
  expect(await second.locator('#reply').count()).toBe(0);

  await first.locator('#reply').fill('Chào, tôi xem hồ sơ giúp ngay.');
  await second.getByText('Mẫu Một đang viết').waitFor();
  await first.locator('#reply').press('Enter');
  await heard(phone, 'zalo', 'tôi xem hồ sơ giúp ngay').waitFor();
  await second.locator('#thread .m.officer').filter({ hasText: 'tôi xem hồ sơ giúp ngay' }).waitFor();
  expect(await first.locator('#thread .m.pending').count()).toBe(0);

  await first.getByRole('button', { name: 'Ghi chú nội bộ' }).click();
  await first.locator('#sheet textarea').fill('Người này cần bản sao gấp.');
  await first.getByRole('button', { name: 'Lưu ghi chú' }).click();
  await second.locator('#thread .m.note').filter({ hasText: 'bản sao gấp' }).waitFor();

  await first.getByRole('button', { name: /Chuyển cho/ }).click();
  await first.locator('#sheet select[name=officer]').selectOption({ label: 'Mẫu Hai · đang trực' });
  await first.locator('#sheet').getByRole('button', { name: 'Chuyển', exact: true }).click();
  await second.locator('#reply').waitFor();
  expect(await first.locator('#reply').count()).toBe(0);

  await say(phone, 'zalo', 'dạ tôi cảm ơn');
  await second.locator('#thread .m.citizen').filter({ hasText: 'dạ tôi cảm ơn' }).waitFor();
  await second.locator('#reply').fill('Mời qua nhận sau 14 giờ.');
  await second.locator('#reply').press('Enter');
  await heard(phone, 'zalo', 'Mời qua nhận sau 14 giờ.').waitFor();
  await second.getByRole('button', { name: 'Kết thúc' }).first().click();
  await second.locator('#sheet').getByRole('button', { name: 'Kết thúc' }).click();
  await phone.locator('#phone-zalo .button').filter({ hasText: 'Rất hài lòng' }).last().click();
  await second.locator('#beside .history').filter({ hasText: 'đánh giá 5/5' }).waitFor();
  expect(await heard(phone, 'zalo', 'bản sao gấp').count()).toBe(0);

  // The other phone's citizen still waits, and is given back to the assistant.
  await first.goto(at('/inbox?tab=waiting'));
  await first.locator('#list a.row').filter({ hasText: 'Messenger' }).click();
  await first.getByRole('button', { name: 'Nhận hội thoại' }).click();
  await first.getByRole('button', { name: 'Trả lại trợ lý' }).click();
  await phone.locator('#phone-messenger .owner[data-owner=bot]').waitFor();
  await say(phone, 'messenger', 'Đăng ký kết hôn bao lâu có?');
  await heard(phone, 'messenger', 'ngày').last().waitFor();
}, 240_000);

test('by keyboard alone: move, open, take, answer with a ready answer, end', async () => {
  const phone = await newPage();
  await phone.goto(`${origin()}/demo`);
  const page = await officer(1);
  await page.goto(at('/settings'));
  await page.getByLabel('Tên gõ sau dấu /').fill('cho');
  await page.getByLabel('Nói về gì').fill('Xin chờ');
  await page.getByLabel('Câu trả lời').fill('Chờ {ten_can_bo} xem một chút.');
  await page.getByLabel('Câu trả lời').press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.item').filter({ hasText: '/cho' }).waitFor();
  await askForPerson(phone, 'zalo', 'chuyện phímtắt');
  await page.goto(at('/inbox?tab=waiting&search=phímtắt'));
  await page.locator('#list a.row').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const take = page.getByRole('button', { name: 'Nhận hội thoại' });
  await take.waitFor();
  for (
    let presses = 0;
    presses < 60 && !(await page.evaluate(`document.activeElement.matches('.talk-acts .primary')`));
    presses++
  ) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.locator('#reply').waitFor();
  await page.evaluate('document.activeElement.blur()');
  await page.keyboard.press('/');
  await page.locator('#ready [role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('#reply').inputValue()).toBe('Chờ Mẫu Một xem một chút.');
  await page.keyboard.press('Enter');
  await heard(phone, 'zalo', 'Chờ Mẫu Một xem một chút.').waitFor();
  await page.keyboard.press('Escape');
  await page.evaluate('document.activeElement.blur()');
  await page.keyboard.press('?');
  await page.locator('#help[open]').waitFor();
  await page.keyboard.press('Escape');
  await page.evaluate('document.activeElement.blur()');
  await page.keyboard.press('e');
  await page.locator('#sheet[open]').waitFor();
  await page.locator('#sheet input[type=checkbox]').focus();
  await page.keyboard.press('Space');
  await page.locator('#sheet .primary').focus();
  await page.keyboard.press('Enter');
  await page.getByText('Hội thoại đã kết thúc').waitFor();
}, 180_000);

test('what is being written outlives a reload, and what was sent without a line arrives once', async () => {
  const phone = await newPage();
  await phone.goto(`${origin()}/demo`);
  const page = await officer(1);
  await askForPerson(phone, 'messenger', 'chuyện mấtmạng');
  await page.goto(at('/inbox?tab=waiting&search=mấtmạng'));
  await page.locator('#list a.row').first().click();
  await page.getByRole('button', { name: 'Nhận hội thoại' }).click();
  await page.locator('#reply').fill('Đang viết dở');
  await page.reload();
  expect(await page.locator('#reply').inputValue()).toBe('Đang viết dở');
  await page.context().setOffline(true);
  await page.locator('#reply').fill('Gửi lúc mất mạng');
  await page.locator('#reply').press('Enter');
  await page.locator('.m.pending').filter({ hasText: 'đang thử lại' }).waitFor();
  await page.context().setOffline(false);
  await heard(phone, 'messenger', 'Gửi lúc mất mạng').waitFor();
  await page.locator('#thread .m.officer:not(.pending)').filter({ hasText: 'Gửi lúc mất mạng' }).waitFor();
  await expect.poll(() => page.locator('.m.pending').count()).toBe(0);
  expect(await heard(phone, 'messenger', 'Gửi lúc mất mạng').count()).toBe(1);
}, 180_000);

test('personal numbers are covered until somebody asks, and the asking is written down', async () => {
  const phone = await newPage();
  await phone.goto(`${origin()}/demo`);
  const page = await officer(1);
  await askForPerson(phone, 'zalo', 'chuyện chesố, số của tôi 0912345678');
  await page.goto(at('/inbox?tab=waiting&search=chesố'));
  await page.locator('#list a.row').first().click();
  await page.locator('#thread .m.citizen').first().waitFor();
  expect(await page.content()).not.toContain('0912345678');
  await page.getByRole('button', { name: 'Hiện số bị che' }).click();
  await page.getByText('0912345678').waitFor();
  await page.goto(at('/audit?act=personal_data_shown'));
  await page.locator('td').filter({ hasText: 'Xem dữ liệu bị che' }).first().waitFor();
});

test('money: asked for in a conversation, paid at the desk, given back by two, and reconciled', async () => {
  const phone = await newPage();
  await phone.goto(`${origin()}/demo`);
  const [lead, clerk] = [await officer(1), await officer(2)];
  const code = 'H99.15-261101-0042';
  await clerk.goto(at('/payments/new'));
  await clerk.getByLabel('Mã hồ sơ, nếu có').fill(code);
  await clerk.getByLabel('Khoản nộp, như người dân đọc').fill('Lệ phí đăng ký khai sinh');
  await clerk.locator('[name=name0]').fill('Lệ phí đăng ký khai sinh');
  await clerk.locator('[name=unit0]').fill('tám nghìn');
  await clerk.getByRole('button', { name: 'Lập khoản thu' }).click();
  // refused in a line, and nothing that was typed is lost
  await clerk.locator('#toast').getByText('Số tiền ghi bằng chữ số').waitFor();
  expect(await clerk.getByLabel('Mã hồ sơ, nếu có').inputValue()).toBe(code);
  faults = faults.filter((fault) => !fault.includes('422'));
  await clerk.locator('[name=unit0]').fill('25.000');
  await clerk.getByRole('button', { name: 'Lập khoản thu' }).click();
  await clerk.waitForURL(/orders\/[0-9a-f-]{36}/);
  const path = clerk.url().slice(at('').length);

  await askForPerson(phone, 'zalo', 'chuyện nộpphí');
  await clerk.goto(at('/inbox?tab=waiting&search=nộpphí'));
  await clerk.locator('#list a.row').first().click();
  await clerk.getByRole('button', { name: 'Nhận hội thoại' }).click();
  await clerk.locator('#beside').getByRole('button', { name: 'Yêu cầu nộp phí' }).click();
  await clerk.locator('#sheet[open] [name=dossier]').fill(code);
  await clerk.getByRole('button', { name: 'Gửi yêu cầu' }).click();
  await heard(phone, 'zalo', 'Phải nộp 25.000 đồng').waitFor();
  await clerk.locator('#beside').getByText('Chưa nộp').waitFor();

  await clerk.goto(at(path));
  await clerk.getByText('Ghi nhận đã nộp tại quầy').click();
  await clerk.getByLabel('Số biên lai, số phiếu POS').fill('BL 0042');
  await clerk.getByRole('button', { name: 'Ghi nhận 25.000 đồng' }).click();
  await heard(phone, 'zalo', 'Đã nhận 25.000 đồng').waitFor();
  await clerk.getByText('Đề nghị hoàn tiền').click();
  await clerk.getByLabel('Vì sao').fill('Hồ sơ được miễn');
  const findings = await seriousFindings(clerk);
  await clerk.getByRole('button', { name: 'Đề nghị', exact: true }).click();
  await clerk.locator('.state').filter({ hasText: 'Chờ người thứ hai duyệt' }).waitFor();
  await lead.goto(at('/payments/refunds'));
  findings.push(...(await seriousFindings(lead)));
  await lead.getByRole('button', { name: 'Duyệt', exact: true }).click();
  await lead.getByText('Tiền đã về tay người nộp').click();
  await lead.getByLabel('Số chứng từ').fill('CK 42');
  await lead.getByRole('button', { name: 'Ghi đã trả' }).click();
  await lead.locator('.state').filter({ hasText: 'Đã trả' }).waitFor();

  await lead.goto(at('/payments/reconciliation'));
  const body =
    'Ngày giao dịch,Số tiền ghi có,Nội dung,Số bút toán\r\n20/11/2025 08:00,"8,000",NGUYEN VAN A nop,FT1\r\n';
  await lead.locator('[name=day]').fill('2025-11-20');
  const file = { name: 'sao-ke.csv', mimeType: 'text/csv', buffer: Buffer.from(body) };
  await lead.locator('[name=file]').setInputFiles({ ...file, buffer: Buffer.from('') });
  await lead.getByRole('button', { name: 'Đối soát', exact: true }).click();
  await lead.getByText('Tệp trống.').waitFor();
  faults = faults.filter((fault) => !fault.includes('422'));
  await lead.locator('[name=file]').setInputFiles(file);
  await lead.getByRole('button', { name: 'Đối soát', exact: true }).click();
  await lead.waitForURL(/reconciliation\/[0-9a-f-]{36}/);
  await lead.locator('.state').filter({ hasText: 'Chưa rõ khoản' }).waitFor();
  findings.push(...(await seriousFindings(lead)));
  await lead.goto(at('/payments'));
  expect(await lead.content()).not.toContain('NGUYEN VAN A');
  await lead.getByRole('button', { name: 'Hiện nội dung chuyển khoản' }).first().click();
  await lead.getByText('NGUYEN VAN A nop').waitFor();
  const narrow = await officer(1, { colorScheme: 'dark', viewport: { width: 390, height: 844 } });
  await narrow.goto(at(path));
  findings.push(...(await seriousFindings(narrow)));
  expect(await narrow.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBe(0);
  expect(findings).toEqual([]);
}, 300_000);

test('every page is free of serious findings, light and dark, and fits a phone and a window at 200 %', async () => {
  const findings: string[] = [];
  const wide: string[] = [];
  const phone = await newPage();
  await phone.goto(`${origin()}/demo`);
  await askForPerson(phone, 'zalo', 'tôi chờ nhé');
  for (const options of [
    { colorScheme: 'light' as const, viewport: { width: 1366, height: 768 } },
    { colorScheme: 'dark' as const, viewport: { width: 390, height: 844 } },
    { colorScheme: 'light' as const, viewport: { width: 683, height: 384 } },
  ]) {
    const page = await officer(1, options);
    const paths = [
      ...[
        '/inbox?tab=waiting',
        '/inbox?tab=closed&search=khongcogi',
        '/petitions',
        '/unanswered',
        '/dossiers',
        '/reports',
      ],
      ...['/audit', '/settings', '/settings/channels', '/settings/hours', '/settings/office', '/settings/handoff'],
      ...['/settings/officers', '/me', '/nowhere'],
      ...['/payments', '/payments/orders', '/payments/new', '/payments/refunds'],
      ...['/payments/reconciliation', '/payments/contracts'],
    ];
    await page.goto(at('/inbox?tab=all'));
    paths.push((await page.locator('#list a.row').first().getAttribute('href'))!.replace('/console/c/demo', ''));
    for (const path of paths) {
      await page.goto(at(path));
      if (path.startsWith('/conversations')) await page.locator('#thread .m').first().waitFor();
      findings.push(...(await seriousFindings(page)));
      const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      if (over > 0) wide.push(`${path} at ${options.viewport.width}: ${over} px too wide`);
    }
  }
  const stranger = await newPage();
  await stranger.goto(`${origin()}/console/sign-in`);
  findings.push(...(await seriousFindings(stranger)));
  // The page that is not there answers 404, which the browser tells as an error.
  faults = faults.filter((fault) => !fault.includes('404'));
  expect([findings, wide]).toEqual([[], []]);
}, 300_000);

test('the first page weighs at most 150 KB', async () => {
  const page = await newPage();
  const session = await page.context().newCDPSession(page);
  let bytes = 0;
  await session.send('Network.enable');
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(`${origin()}/demo/console`);
  await page.locator('#list').waitFor();
  await page.evaluate('document.fonts.ready.then(() => 0)');
  expect(bytes).toBeLessThanOrEqual(150 * 1024);
});

test('who is not signed in is asked to, and then led to where they were going', async () => {
  const page = await newPage();
  await page.goto(at('/settings'));
  await page.getByRole('heading', { name: 'Đăng nhập' }).waitFor();
  expect(await page.locator('input[name=next]').inputValue()).toBe('/console/c/demo/settings');
});

test('the printed link lets somebody in once', async () => {
  const page = await newPage();
  await page.goto(link);
  await page.getByRole('button', { name: 'Vào bảng làm việc' }).click();
  await page.waitForURL(/\/console\/c\/demo\/inbox/);
  await page.goto(link);
  await page.getByText('Liên kết không dùng được nữa').waitFor();
  faults = faults.filter((fault) => !fault.includes('404'));
});
