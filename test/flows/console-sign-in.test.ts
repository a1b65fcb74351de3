import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLink } from '../../src/communes/officers.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import { createOidc } from '../../src/console/oidc.ts';
import { browserOf, newOfficer } from '../support/console.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { startOidcProvider } from '../support/oidc-provider.ts';

type House = Awaited<ReturnType<typeof startHouse>>;
const PASSWORD = 'mưa rào tháng sáu';
const MINUTE = 60_000;
let database: TestDb;
let provider: Awaited<ReturnType<typeof startOidcProvider>>;
let house: House;
let clock = new Date();

beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-mot', 'xa-hai'] });
  provider = await startOidcProvider();
  const { issuer, clientId, clientSecret } = provider;
  const oidc = createOidc({
    ...{ issuer, clientId, clientSecret, box: createSecretBox('c'.repeat(64)) },
    redirectUri: 'http://localhost:3000/console/oidc/callback',
  });
  house = await startHouse(database, { oidc, now: () => clock, triesPerMinute: 20 });
});
afterAll(async () => {
  await house.stop();
  await provider.stop();
  await database.close();
});
beforeEach(() => {
  provider.state.lie = {};
  provider.state.isDown = false;
  // Tries are counted by the minute and the quarter of an hour.
  clock = new Date(clock.getTime() + 20 * MINUTE);
});

const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
  fetch(`${house.url}/console${path}`, { redirect: 'manual', ...init });
const send = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  ask(path, { method: 'POST', body: new URLSearchParams(fields), headers });
const cookieOf = (response: Response, name: string) =>
  response.headers.getSetCookie().find((cookie) => cookie.startsWith(`${name}=`));
const hidden = (page: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)![1]!;
const secretOf = (page: string) => /class="secret">([A-Z2-7 ]+)</.exec(page)![1]!.replaceAll(' ', '');
const codeAt = (secret: string, at: Date) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at.getTime() });

test('by link, then by password and code; the cookie is for the console alone, out of reach of scripts and other sites', async () => {
  const officer = await newOfficer(database, database.communes[0]!.id, 'officer');
  const link = `/sign-in/${await createLink(database.orm, officer, 'setup', clock)}`;
  const page = await (await ask(link)).text();
  expect(page).toContain('data:image/svg+xml;base64,');
  const setup = { name: 'Nguyễn Thị Thử', title: 'một cửa', sealedSecret: hidden(page, 'sealedSecret') };
  const weak = await send(link, { ...setup, password: 'ngắn', code: codeAt(secretOf(page), clock) });
  expect(weak.status).toBe(422);
  // Who has scanned the picture once keeps that secret.
  expect(secretOf(await weak.text())).toBe(secretOf(page));
  const done = await send(link, { ...setup, password: PASSWORD, code: codeAt(secretOf(page), clock) });
  expect(done.status).toBe(200);
  expect((await done.text()).match(/<li><code>[a-z0-9]{4}-[a-z0-9]{4}<\/code>/g)).toHaveLength(8);
  const cookie = cookieOf(done, 'hoixa_console')!;
  expect(cookie).toMatch(/Path=\/console; HttpOnly; SameSite=Lax$/);
  expect((await ask(link)).status).toBe(404);

  clock = new Date(clock.getTime() + MINUTE);
  const wrong = await send('/sign-in', { email: officer.email, password: 'sai mật khẩu', code: '123456' });
  expect(wrong.status).toBe(401);
  const next = '/console/c/xa-mot/settings';
  const fields = { email: officer.email.toUpperCase(), password: PASSWORD, code: codeAt(secretOf(page), clock), next };
  const right = await send('/sign-in', fields);
  expect([right.status, right.headers.get('location')]).toEqual([303, next]);
  const inside = await ask('/c/xa-mot/inbox', {
    headers: { cookie: cookieOf(right, 'hoixa_console')!.split(';')[0]! },
  });
  expect(inside.status).toBe(200);
  const acts = await database.run<{ act: string }>(
    'acts',
    `select act from audit_log where officer_id = $1 order by id`,
    [officer.id],
  );
  expect(acts.map(({ act }) => act)).toEqual(['sign_in', 'sign_in']);
});

test('behind https the cookie is for https alone', async () => {
  const officer = await newOfficer(database, database.communes[0]!.id, 'officer');
  const link = `/sign-in/${await createLink(database.orm, officer, 'enter', clock)}`;
  const entered = await send(link, {}, { 'x-forwarded-proto': 'https' });
  expect(cookieOf(entered, 'hoixa_console')).toMatch(/; Secure/);
});

test('a form of another site signs nobody in, and an address of another site is never gone to', async () => {
  const officer = await newOfficer(database, database.communes[0]!.id, 'officer');
  const path = `/sign-in/${await createLink(database.orm, officer, 'enter', clock)}`;
  const elsewhere: Record<string, string>[] = [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }];
  for (const headers of elsewhere) {
    expect((await send(path, {}, headers)).status).toBe(403);
    expect((await send('/sign-in', { email: 'a@b.vn', password: 'x', code: '1' }, headers)).status).toBe(403);
  }
  for (const next of ['https://evil.example', '//evil.example', '/console/c/../../x', 'javascript:alert(1)']) {
    const page = await (await ask(`/sign-in?next=${encodeURIComponent(next)}`)).text();
    expect(hidden(page, 'next')).toBe('/console');
  }
});

test('a session ends by rest and by sign-out, which clears what the browser kept', async () => {
  const officer = await newOfficer(database, database.communes[0]!.id, 'officer');
  const browser = await browserOf(database, house.url, [officer], clock);
  expect((await browser.get('/console/c/xa-mot/inbox')).status).toBe(200);
  const start = clock;
  clock = new Date(start.getTime() + 5 * 60 * MINUTE);
  expect((await browser.get('/console/c/xa-mot/inbox')).headers.get('location')).toMatch(/^\/console\/sign-in\?next=/);
  const part = await browser.get('/console/c/xa-mot/live', { 'hx-request': 'true' });
  expect([part.status, part.headers.get('hx-redirect')]).toEqual([401, '/console/sign-in']);

  const second = await browserOf(database, house.url, [officer], clock);
  expect((await second.post('/console/sign-out', { csrf: 'no' })).status).toBe(403);
  const out = await second.post('/console/sign-out', { csrf: second.csrf });
  expect(out.headers.get('clear-site-data')).toBe('"storage"');
  expect((await second.get('/console/c/xa-mot/inbox')).status).toBe(303);
});

test('too many tries from one address are refused before anything is looked at', async () => {
  const tries = await Promise.all(Array.from({ length: 30 }, () => ask('/sign-in/nothing')));
  expect(tries.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
});
