import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { updateOfficer } from '../../src/communes/officers.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import { createOidc } from '../../src/console/oidc.ts';
import { newOfficer } from '../support/console.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { startOidcProvider } from '../support/oidc-provider.ts';

const CALLBACK = 'http://localhost:3000/console/oidc/callback';
let database: TestDb;
let provider: Awaited<ReturnType<typeof startOidcProvider>>;
let house: Awaited<ReturnType<typeof startHouse>>;
let clock = new Date();

beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-mot', 'xa-hai'] });
  provider = await startOidcProvider();
  const { issuer, clientId, clientSecret } = provider;
  const box = createSecretBox('c'.repeat(64));
  const oidc = createOidc({ issuer, clientId, clientSecret, box, redirectUri: CALLBACK });
  house = await startHouse(database, { oidc, now: () => clock });
});
afterAll(async () => {
  await house.stop();
  await provider.stop();
  await database.close();
});
beforeEach(() => {
  provider.state.lie = {};
  provider.state.isDown = false;
});

/** What a browser does: from our page to the provider and back, with the cookie it was given. */
async function goThrough({ change = (url: URL) => url, isCookieLost = false } = {}) {
  const started = await fetch(`${house.url}/console/oidc/start`, { redirect: 'manual' });
  if (started.status !== 302) return started;
  const cookie = started.headers.getSetCookie()[0]!.split(';')[0]!;
  const there = await fetch(started.headers.get('location')!, { redirect: 'manual' });
  const back = change(new URL(there.headers.get('location')!));
  const path = `${back.pathname}${back.search}`;
  return fetch(`${house.url}${path}`, { redirect: 'manual', headers: isCookieLost ? {} : { cookie } });
}
const signedIn = (response: Response) =>
  response.headers.getSetCookie().some((cookie) => cookie.startsWith('hoixa_console='));
const staff = (index = 0, email = provider.state.email) =>
  newOfficer(database, database.communes[index]!.id, 'officer').then(async (officer) => {
    await database.run('mail', 'update officers set email = $2 where id = $1', [officer.id, email]);
    return officer;
  });

test('whose e-mail the provider vouches for is signed in wherever they work, and nowhere when they are off', async () => {
  provider.state.email = 'Hai.Noi@example.vn';
  const [one, other] = [await staff(0, 'hai.noi@example.vn'), await staff(1, 'hai.noi@example.vn')];
  const response = await goThrough();
  expect([response.status, response.headers.get('location'), signedIn(response)]).toEqual([303, '/console', true]);
  const rows = await database.run('s', 'select 1 from officer_sessions where officer_id in ($1, $2)', [
    one.id,
    other.id,
  ]);
  expect(rows).toHaveLength(2);
  for (const { communeId, id } of [one, other]) await updateOfficer(database.orm, communeId, id, { isActive: false });
  expect((await goThrough()).status).toBe(403);
});

test.each([
  ['another nonce', { lie: { nonce: 'another' } }],
  ['another audience', { lie: { audience: 'another-client' } }],
  ['another issuer', { lie: { issuer: 'https://evil.example' } }],
  ['a token out of date', { lie: { expiresInS: -600 } }],
  ['an e-mail nobody verified', { lie: { emailVerified: false } }],
  ['an e-mail of no officer', { email: 'khong.ai@example.vn' }],
])('%s signs nobody in', async (_what, change) => {
  provider.state.email = 'co.that@example.vn';
  await staff(0, `${crypto.randomUUID()}@example.vn`);
  Object.assign(provider.state, change);
  const response = await goThrough();
  expect([response.status, signedIn(response)]).toEqual([403, false]);
});

test('a token signed with a key that was not published signs nobody in', async () => {
  provider.state.email = 'ky.gia@example.vn';
  await staff(0, 'ky.gia@example.vn');
  provider.state.lie = { isForged: true };
  expect(signedIn(await goThrough())).toBe(false);
});

test('another state, a code used twice, a lost cookie and an old one sign nobody in', async () => {
  provider.state.email = 'bon.loi@example.vn';
  await staff(0, 'bon.loi@example.vn');
  const withState = (url: URL) => {
    url.searchParams.set('state', 'another');
    return url;
  };
  expect((await goThrough({ change: withState })).status).toBe(403);
  expect((await goThrough({ isCookieLost: true })).status).toBe(403);
  let used = '';
  const first = await goThrough({
    change: (url) => {
      used = url.searchParams.get('code')!;
      return url;
    },
  });
  expect(signedIn(first)).toBe(true);
  const again = (url: URL) => {
    url.searchParams.set('code', used);
    return url;
  };
  expect((await goThrough({ change: again })).status).toBe(403);
  const old = (url: URL) => {
    clock = new Date(clock.getTime() + 11 * 60_000);
    return url;
  };
  expect((await goThrough({ change: old })).status).toBe(403);
});

test('what went wrong stands in the log without code or token', () => {
  const lines = house.logLines.filter((line) => line.includes('console.oidc_refused'));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join('')).not.toMatch(/eyJ|code=|@example/);
});
