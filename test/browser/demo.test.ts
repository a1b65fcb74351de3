import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PAYLOADS } from '../support/payloads.ts';

const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const QUESTION = 'lam giay khai sinh cho be can giay to gi';
const DEVICES = ['zalo', 'messenger'] as const;
type Device = (typeof DEVICES)[number];

let browser: Browser;
let context: BrowserContext;
let page: Page;
let demo: ChildProcess;
let dataDir = '';
let port = 0;
/** Console errors and requests that leave the page's origin. */
let faults: string[] = [];

const origin = () => `http://localhost:${port}`;
const field = (device: Device) => page.locator(`#phone-${device} textarea`);
const bubbles = (device: Device, author: string) => page.locator(`#phone-${device} .b.${author}`);
const say = async (device: Device, text: string) => {
  await field(device).fill(text);
  await field(device).press('Enter');
};

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Resolves when the command prints where the page is. */
function startDemo(): Promise<number> {
  const startedAt = performance.now();
  demo = spawn(process.execPath, ['src/start.mjs'], {
    env: { ...process.env, PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: '', DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  return new Promise((done, fail) => {
    demo.once('exit', (code) => fail(new Error(`the demo ended with ${code}`)));
    demo.stdout!.on('data', (text) => {
      if (String(text).includes(`${origin()}/demo`)) done(performance.now() - startedAt);
    });
  });
}

/** As Ctrl+C does: the signal goes to everything the terminal started. */
function stopDemo(): Promise<number> {
  const startedAt = performance.now();
  demo.removeAllListeners('exit');
  return new Promise((done) => {
    demo.once('exit', () => done(performance.now() - startedAt));
    process.kill(-demo.pid!, 'SIGINT');
  });
}

async function openPage(): Promise<void> {
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin()) faults.push(`asked ${request.url()}`);
  });
  await page.goto(`${origin()}/demo`);
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hoixa-demo-'));
  port = await freePort();
  [browser] = await Promise.all([
    chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS.split(' ') }),
    startDemo(),
  ]);
  context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
  context.setDefaultTimeout(20_000);
  await openPage();
});
afterAll(async () => {
  await browser?.close();
  await stopDemo();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  faults = [];
});

test('an empty page says what will appear and what to do', async () => {
  for (const device of DEVICES) {
    expect(await page.locator(`#phone-${device} .empty`).textContent()).toContain('Chưa có tin nào');
  }
  expect(await page.locator('.road-empty').isVisible()).toBe(true);
  expect(await page.locator('.slip').textContent()).toContain('không gửi gì ra ngoài');
});

test.each(DEVICES)('a question typed without diacritics is answered on the phone like %s', async (device) => {
  await say(device, QUESTION);
  const answer = bubbles(device, 'bot').filter({ hasText: '1.001193' });
  await answer.waitFor();
  const link = answer.locator('a').first();
  expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
  expect(await link.getAttribute('href')).toMatch(/^https:\/\//);
  await page.locator('.step.done').nth(5).waitFor();
  await expect.poll(() => page.locator('.steps').textContent()).toContain('1.001193');
  expect(faults).toEqual([]);
});

test('buttons hang under the bubble of one phone and above the text field of the other; pressing answers', async () => {
  const under = page.locator('#phone-zalo .b.bot .button');
  const above = page.locator('#phone-messenger .quick .button');
  await expect.poll(() => under.count()).toBeGreaterThan(1);
  await expect.poll(() => above.count()).toBeGreaterThan(1);
  for (const [device, button] of [
    ['zalo', under],
    ['messenger', above],
  ] as const) {
    const before = await bubbles(device, 'bot').count();
    await button.first().click();
    await expect.poll(() => bubbles(device, 'bot').count()).toBeGreaterThan(before);
    await say(device, 'le phi bao nhieu');
    await expect.poll(() => bubbles(device, 'bot').count()).toBeGreaterThan(before + 1);
  }
  await expect.poll(() => page.locator('#phone-zalo .press').count()).toBe(1);
  expect(faults).toEqual([]);
});

test('a sample dossier is asked about with one press and its state told on both phones', async () => {
  const chip = page.locator('.chip', { hasText: '0401 tới đâu rồi?' });
  const code = /H99\.15-\d{6}-0401/.exec((await chip.textContent())!)![0];
  await chip.click();
  for (const device of DEVICES) {
    await bubbles(device, 'bot').filter({ hasText: code }).filter({ hasText: 'Hẹn trả' }).first().waitFor();
  }
  expect(await page.locator('.sample-note').textContent()).toContain('1234');
  expect(faults).toEqual([]);
});

test('what people write stays text', async () => {
  const attack = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
  for (const device of DEVICES) {
    await say(device, attack);
    await bubbles(device, 'citizen').filter({ hasText: attack }).waitFor();
    expect(await page.locator(`#phone-${device} .chat img, #phone-${device} .chat script`).count()).toBe(0);
  }
  expect(await page.title()).not.toBe('owned');
  expect(faults).toEqual([]);
});

test('200 and more ways into a page stay text on both phones and in the drawer', async () => {
  for (const device of DEVICES) {
    for (let at = 0; at < PAYLOADS.length; at += 14) {
      const before = await bubbles(device, 'citizen').count();
      await say(device, PAYLOADS.slice(at, at + 14).join('\n'));
      await expect.poll(() => bubbles(device, 'citizen').count()).toBeGreaterThan(before);
    }
    const shown = (await bubbles(device, 'citizen').allTextContents()).join('\n').replace(/\s+/g, ' ');
    for (const payload of PAYLOADS) expect(shown).toContain(payload.replace(/\s+/g, ' ').trim());
  }
  await page.click('.road .raw');
  await page.locator('.drawer pre').first().waitFor();
  const foreign = await page.evaluate<string[]>(`[...document.body.querySelectorAll('*')].filter((one) =>
    [...one.attributes].some(({ name, value }) => (/^(on|hx-|data-hx|style$|srcdoc$)/.test(name) && one.tagName !== 'TEXTAREA') ||
      (/^(href|src|action|background)$/.test(name) && /^\\s*(javascript|data):/i.test(value))) ||
    /^(iframe|object|embed|style|meta|link|base|math|video|template|x|animate)$/i.test(one.tagName) ||
    (one.tagName === 'SCRIPT' && !one.src.startsWith(location.origin))).map((one) => one.outerHTML.slice(0, 120))`);
  await page.keyboard.press('Escape');
  expect(foreign).toEqual([]);
  expect(faults).toEqual([]);
}, 240_000);

test('pictures, voice, places and stickers are sent as the platform would', async () => {
  for (const device of DEVICES) {
    for (const sample of ['image', 'audio', 'location', 'sticker']) {
      const before = await bubbles(device, 'citizen').count();
      await page.click(`#phone-${device} .more`);
      await page.click(`#phone-${device} [data-sample=${sample}]`);
      await expect.poll(() => bubbles(device, 'citizen').count()).toBe(before + 1);
    }
  }
  for (const device of DEVICES) {
    await bubbles(device, 'bot').filter({ hasText: 'Hồ sơ H99.15-260701-0902 đã có kết quả' }).first().waitFor();
  }
  await expect.poll(() => page.locator('.b.pending').count()).toBe(0);
  expect(await page.locator('.failure:not(:empty)').count()).toBe(0);
  expect(faults).toEqual([]);
});

test('asking for a person hands over; an officer in the platform’s inbox silences the assistant', async () => {
  for (const device of DEVICES) {
    await say(device, 'gặp cán bộ');
    const owner = page.locator(`#phone-${device} .owner`);
    await expect.poll(() => owner.textContent()).toBe('Đang chờ cán bộ');
    await page.click(`#phone-${device} [data-act=staff]`);
    await page.click('dialog.staff .primary');
    await bubbles(device, 'staff').waitFor();
    await expect.poll(() => owner.textContent()).toBe('Cán bộ trả lời');
    const before = await bubbles(device, 'bot').count();
    await say(device, 'cảm ơn cán bộ');
    await page.locator('.step.done', { hasText: 'trợ lý im lặng' }).waitFor();
    expect(await bubbles(device, 'bot').count()).toBe(before);
  }
  expect(faults).toEqual([]);
});

test('the drawer shows the raw webhook, escaped, and closes with Escape', async () => {
  await page.click('.raw');
  await page.locator('.drawer pre', { hasText: 'cảm ơn cán bộ' }).first().waitFor();
  await page.keyboard.press('Escape');
  expect(await page.locator('.drawer').isVisible()).toBe(false);
});

test('a stopped server is told and survived; a second start keeps what was said', async () => {
  const said = await page.locator('#phone-zalo .b').count();
  expect(await stopDemo()).toBeLessThan(5_000);
  await page.locator('.offline[role=alert]').waitFor();
  await say('zalo', 'có ai không');
  await page.locator('#phone-zalo .b.failed').waitFor();
  faults = [];
  await startDemo();
  await page.locator('.offline[role=alert]').waitFor({ state: 'hidden' });
  await page.reload();
  await expect.poll(() => page.locator('#phone-zalo .b').count()).toBe(said);
  for (const device of DEVICES) {
    await bubbles(device, 'bot').filter({ hasText: '1.001193' }).first().waitFor();
    await expect.poll(() => bubbles(device, 'staff').count()).toBe(1);
    await expect.poll(() => page.locator(`#phone-${device} .owner`).textContent()).toBe('Cán bộ trả lời');
  }
  await page.click('#phone-zalo [data-act=fresh]');
  await expect.poll(() => page.locator('#phone-zalo .b').count()).toBe(0);
  await page.click('#phone-zalo [data-act=start]');
  await bubbles('zalo', 'bot').first().waitFor();
  await page.locator('#phone-zalo .b.bot .button').first().click();
  await expect.poll(() => bubbles('zalo', 'bot').count()).toBeGreaterThan(1);
});

test('a narrow page shows one thing at a time and does not scroll sideways', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  const visible = () =>
    Promise.all(['#phone-zalo', '#phone-messenger', 'section.road'].map((one) => page.locator(one).isVisible()));
  expect(await visible()).toEqual([true, false, false]);
  await page.click('nav.switch [data-view=messenger]');
  expect(await visible()).toEqual([false, true, false]);
  await page.click('nav.switch [data-view=road]');
  expect(await visible()).toEqual([false, false, true]);
  for (const width of [390, 683, 900, 1366]) {
    await page.setViewportSize({ width, height: 700 });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow, `${width} px`).toBeLessThanOrEqual(0);
  }
  expect(faults).toEqual([]);
});
