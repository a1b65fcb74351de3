import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createCertificate } from '../../../test/support/certificates.ts';
import { createTestDb, type TestDb } from '../../../test/support/db.ts';
import { createSecretBox } from '../../communes/secrets.ts';
import { createFactors, type Factors } from '../factors.ts';
import { createRestPlatform, type RestFault, type RestPlatform } from '../testing/rest-platform.ts';
import {
  createListeningLog,
  describeDossierSource,
  OFFICER,
  OWNER,
  REMARK,
  SAMPLES,
  UNKNOWN_WORD,
} from '../testing/source-contract.ts';
import { createRestSource } from './rest.ts';
import { parseSource } from './settings.ts';

const NOW = new Date('2026-07-10T03:00:00Z');
let database: TestDb;
let platform: RestPlatform;
let factors: Factors;
let log = createListeningLog();

const build = (settings: Record<string, unknown> = {}, secrets: Record<string, unknown> = {}) => {
  const oauth = { baseUrl: platform.baseUrl, tokenUrl: platform.tokenUrl, clientId: 'hoixa', ...settings };
  const parsed = parseSource('rest', { settings: oauth, secrets: { clientSecret: 'stand-in-secret', ...secrets } });
  const communeId = database.communes[0]!.id;
  const source = { communeId, id: 'source', name: 'hệ thống một cửa', stateMap: {}, ...parsed };
  return createRestSource(source, { factors, log });
};
const ask = (source: ReturnType<typeof build>, code = SAMPLES[3]!.code) =>
  source.lookup(code, { signal: AbortSignal.timeout(20_000), now: NOW });

function put(to: RestPlatform) {
  for (const { code, state, receivedAt, dueAt } of SAMPLES) {
    to.put({
      code,
      state: state === 'unknown' ? UNKNOWN_WORD : state,
      procedureCode: '1.001193.000.00.00.H38',
      procedureName: 'Đăng ký khai sinh',
      receivedAt: receivedAt.toISOString(),
      dueAt: dueAt.toISOString(),
      newDueAt: null,
      fees: [{ name: 'Lệ phí', amountVnd: 8_000 }],
      owner: { personalId: OWNER.personalId, phone: OWNER.phone, name: OWNER.name },
      handledBy: OFFICER,
      note: REMARK,
    });
  }
}

beforeAll(async () => {
  database = await createTestDb();
  factors = createFactors(database, createSecretBox('a'.repeat(64)));
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = createRestPlatform();
  await platform.start();
  put(platform);
  log = createListeningLog();
  return () => platform.stop();
});

describeDossierSource('REST', () => ({
  source: build(),
  communeId: database.communes[0]!.id,
  factors,
  log,
  samples: SAMPLES,
  owner: { idLast4: '1234', phone: OWNER.phone },
  missing: 'H99.15-260701-8888',
}));

test('an answer becomes the view: dates, fees, the procedure without its local tail', async () => {
  expect(await ask(build())).toMatchObject({
    kind: 'found',
    dossier: {
      procedureCode: '1.001193',
      receivedAt: SAMPLES[3]!.receivedAt,
      dueAt: SAMPLES[3]!.dueAt,
      fees: [{ name: 'Lệ phí', amountVnd: 8_000, isPaid: null }],
    },
  });
});

test('one token serves many look-ups, also when they begin together', async () => {
  const source = build();
  await Promise.all(SAMPLES.map(({ code }) => ask(source, code)));
  expect(platform.requests.filter(({ path }) => path === '/oauth/token')).toHaveLength(1);
});

test('a token the server no longer takes is renewed once for all who wait, and the look-up goes on', async () => {
  const source = build();
  await ask(source);
  platform.expireTokens();
  const results = await Promise.all(SAMPLES.slice(0, 5).map(({ code }) => ask(source, code)));
  expect(results.map(({ kind }) => kind)).toEqual(Array(5).fill('found'));
  expect(platform.requests.filter(({ path }) => path === '/oauth/token')).toHaveLength(2);
});

test('a wrong client secret is a fault of authorisation, with either way of sending it', async () => {
  for (const clientAuth of ['basic', 'post']) {
    const wrong = build({ clientAuth }, { clientSecret: 'wrong' });
    expect(await ask(wrong)).toMatchObject({ kind: 'unavailable', reason: 'auth' });
    expect((await ask(build({ clientAuth }))).kind).toBe('found');
  }
});

test.each<[RestFault, string]>([
  ['hang', 'timeout'],
  ['hang_after_headers', 'timeout'],
  ['reset', 'network'],
  ['error_500', 'http'],
  ['html_200', 'schema'],
  ['html_404', 'http'],
  ['truncated', 'schema'],
  ['wrong_types', 'schema'],
  ['another_dossier', 'schema'],
  ['huge', 'schema'],
  ['redirect', 'http'],
  ['too_many', 'rate_limited'],
  ['forbidden', 'auth'],
])('%s is "%s", told without the answer itself', async (fault, reason) => {
  platform.always(fault);
  // only what is to hang may run into the limit, however busy the machine
  const result = await ask(build({ timeoutMs: reason === 'timeout' ? 300 : 20_000 }));
  expect(result).toMatchObject({ kind: 'unavailable', reason, source: 'hệ thống một cửa' });
  if (fault === 'too_many') expect(result).toMatchObject({ retryAfterMs: 7_000 });
  expect(log.lines).toHaveLength(1);
  // ids may hold any digits
  expect(log.lines[0]!.replace(database.communes[0]!.id, '')).not.toMatch(/H99|036085|0900|Giấy|http:/);
});

test('what broke off once is asked again; a second time it is told; a time-out is not waited for twice', async () => {
  const source = build({ timeoutMs: 3_000 });
  for (const fault of ['reset', 'error_500'] as const) {
    platform.once(fault);
    expect((await ask(source)).kind).toBe('found');
    platform.once(fault, fault);
    expect((await ask(source)).kind).toBe('unavailable');
  }
  const before = platform.requests.length;
  platform.once('hang');
  expect(await ask(source)).toMatchObject({ reason: 'timeout' });
  expect(platform.requests.length - before).toBe(1);
});

test('a caller who gives up ends the look-up', async () => {
  platform.always('hang');
  const source = build();
  const given = new AbortController();
  const result = source.lookup(SAMPLES[0]!.code, { signal: given.signal, now: NOW });
  given.abort();
  expect(await result).toMatchObject({ kind: 'unavailable', reason: 'timeout' });
});

test('a client certificate is the proof where the system asks for one; without it nothing is told', async () => {
  const ca = createCertificate('Hoi Xa test authority');
  const [server, client] = [createCertificate('server', ca), createCertificate('client', ca)];
  const guarded = createRestPlatform({ tls: { cert: server.cert, key: server.key, ca: ca.cert } });
  await guarded.start();
  put(guarded);
  const communeId = database.communes[0]!.id;
  const source = (secrets: { cert: string; key: string }) => {
    const parsed = parseSource('rest', {
      settings: { baseUrl: guarded.baseUrl },
      secrets: { ...secrets, ca: ca.cert },
    });
    return createRestSource({ communeId, id: 's', name: 'một cửa', stateMap: {}, ...parsed }, { factors, log });
  };
  expect((await ask(source(client))).kind).toBe('found');
  const stranger = createCertificate('client', createCertificate('Another authority'));
  expect(await ask(source(stranger))).toMatchObject({ kind: 'unavailable', reason: 'network' });
  await guarded.stop();
});

test.each([
  [{ baseUrl: 'http://motcua.example.vn/api' }, {}, /https/],
  [{ baseUrl: 'https://user:pass@motcua.example.vn' }, {}, /without user/],
  [{ baseUrl: 'https://motcua.example.vn' }, { clientSecret: undefined }, /belong together/],
  [{ tokenUrl: undefined, clientId: undefined }, { clientSecret: undefined }, /OAuth2 .* or a client certificate/],
  [{}, { cert: '-----BEGIN CERTIFICATE-----' }, /needs its key/],
  [{ timeoutMs: 1 }, {}, /timeoutMs/],
])('settings that cannot work are refused by name: %j %j', (settings, secrets, message) => {
  expect(() => build(settings, secrets)).toThrow(message);
});
