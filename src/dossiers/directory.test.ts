import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { createSecretBox } from '../communes/secrets.ts';
import { createDossierDirectory } from './directory.ts';
import { dossierSources } from './dossiers.schema.ts';
import { createFactors } from './factors.ts';
import { addSimulator, orderSources, removeSource, resealDossierSecrets, saveSource } from './source-store.ts';
import { createRestPlatform, type RestPlatform } from './testing/rest-platform.ts';
import { createListeningLog, SAMPLES, UNKNOWN_WORD } from './testing/source-contract.ts';
import { listUnknownStates, mapState } from './unknown-states.ts';

const box = createSecretBox('a'.repeat(64));
const CODE = SAMPLES[3]!.code;
const at = (seconds: number) => new Date(Date.parse('2026-07-10T03:00:00Z') + seconds * 1_000);
let database: TestDb;
let platform: RestPlatform;
let log = createListeningLog();
let clock = 0;
let slept: number[] = [];
let [communeId, otherId] = ['', ''];

const build = () =>
  createDossierDirectory({
    database,
    box,
    factors: createFactors(database, box),
    log,
    clock: () => clock,
    sleep: async (ms) => void slept.push(ms),
  });
const addRest = (name = 'một cửa', settings: Record<string, unknown> = {}) => {
  const { baseUrl, tokenUrl } = platform;
  const secrets = { clientSecret: 'stand-in-secret' };
  const input = { baseUrl, tokenUrl, clientId: 'hoixa', lookupsPerSecond: 1_000, ...settings };
  return saveSource(database.orm, box, communeId, { kind: 'rest', name, settings: input, secrets });
};
const asked = () => platform.requests.filter(({ path }) => path.startsWith('/api/')).length;

beforeAll(async () => {
  database = await createTestDb({ communes: ['mot', 'hai'] });
  [communeId, otherId] = database.communes.map(({ id }) => id) as [string, string];
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.orm.delete(dossierSources);
  platform = createRestPlatform();
  await platform.start();
  platform.put({ code: CODE, state: 4 });
  log = createListeningLog();
  clock = 0;
  slept = [];
  return () => platform.stop();
});

test('a commune without a source has nothing set up, and never sees the sources of another', async () => {
  await addRest();
  const directory = build();
  expect(await directory.lookup(otherId, CODE, { now: at(0) })).toMatchObject({
    kind: 'unavailable',
    reason: 'not_set_up',
  });
  expect(await directory.sources(otherId)).toEqual([]);
  expect(await directory.sources(communeId)).toEqual([{ name: 'một cửa', kind: 'rest', lookupsPerSecond: 1_000 }]);
  expect(JSON.stringify(await directory.sources(communeId))).not.toContain('secret');
});

test('what was found is remembered five minutes, what was not one minute; a fresh look asks again', async () => {
  await addRest();
  const directory = build();
  const look = async (code: string, seconds: number, isFresh = false) => {
    const before = asked();
    await directory.lookup(communeId, code, { now: at(seconds), isFresh });
    return asked() - before;
  };
  expect([await look(CODE, 0), await look(CODE, 299), await look(CODE, 300)]).toEqual([1, 0, 1]);
  expect([await look('H99.15-260701-0777', 0), await look('H99.15-260701-0777', 59)]).toEqual([1, 0]);
  expect(await look('H99.15-260701-0777', 60)).toBe(1);
  expect([await look(CODE, 310, true), await look(CODE, 311)]).toEqual([1, 0]);
});

test('a failure is not remembered; many who ask at once share one look-up', async () => {
  await addRest();
  const directory = build();
  platform.once('forbidden');
  expect((await directory.lookup(communeId, CODE, { now: at(0) })).kind).toBe('unavailable');
  const before = asked();
  const results = await Promise.all(
    Array.from({ length: 20 }, () => directory.lookup(communeId, CODE, { now: at(1) })),
  );
  expect(results.every(({ kind }) => kind === 'found')).toBe(true);
  expect(asked() - before).toBe(1);
});

test('sources are asked in order: the first that finds answers, a silent one is told only when nobody finds', async () => {
  await addRest('thứ nhất');
  await addSimulator(database.orm, communeId, 'thứ hai');
  const directory = build();
  const simulated = 'H99.15-260701-0901';
  expect(await directory.lookup(communeId, simulated, { now: at(0) })).toMatchObject({ source: 'thứ hai' });
  platform.always('forbidden');
  expect(await directory.lookup(communeId, simulated, { now: at(400) })).toMatchObject({ kind: 'found' });
  expect(await directory.lookup(communeId, 'H99.15-260701-0099', { now: at(400) })).toMatchObject({
    kind: 'unavailable',
    source: 'thứ nhất',
    reason: 'auth',
  });
  await orderSources(database.orm, communeId, ['thứ hai', 'thứ nhất']);
  clock += 6_000;
  expect((await directory.sources(communeId)).map(({ name }) => name)).toEqual(['thứ hai', 'thứ nhất']);
});

test('a source that fails five times is left alone for half a minute, then tried once', async () => {
  await addRest();
  const directory = build();
  platform.always('forbidden');
  for (let n = 0; n < 5; n++) await directory.lookup(communeId, CODE, { now: at(n) });
  const before = asked();
  expect(await directory.lookup(communeId, CODE, { now: at(6) })).toMatchObject({ reason: 'breaker' });
  expect(asked()).toBe(before);
  expect(await directory.health(communeId)).toMatchObject([{ state: 'open', lastFault: { reason: 'auth' } }]);
  platform.always(null);
  expect((await directory.lookup(communeId, CODE, { now: at(40) })).kind).toBe('found');
  expect(await directory.health(communeId)).toMatchObject([{ state: 'closed', lastAnswerAt: at(40) }]);
});

test('a source is asked no faster than it allows: citizens wait a little, the poller does not', async () => {
  await addRest('chậm', { lookupsPerSecond: 2 });
  const directory = build();
  const codes = Array.from({ length: 12 }, (_, n) => `H99.15-260701-${String(n + 100)}`);
  const results = await Promise.all(codes.map((code) => directory.lookup(communeId, code, { now: at(0) })));
  const refused = results.filter((result) => result.kind === 'unavailable');
  expect(slept).toEqual([500, 1_000, 1_500, 2_000]);
  expect(refused).toHaveLength(6);
  expect(refused[0]).toMatchObject({ reason: 'rate_limited', retryAfterMs: 2_500 });
  const polled = await directory.lookup(communeId, CODE, { now: at(1), isFresh: true });
  expect(polled).toMatchObject({ reason: 'rate_limited' });
  expect((await directory.lookup(communeId, CODE, { now: at(4), isFresh: true })).kind).toBe('found');
});

test('a minute of polling as fast as the source allows leave room for citizens and exceed no second', async () => {
  await addRest('vừa', { lookupsPerSecond: 10 });
  const directory = build();
  const perSecond: number[] = [];
  for (let second = 0; second < 60; second++) {
    const before = asked();
    for (let n = 0; n < 30; n++) {
      await directory.lookup(communeId, CODE, { now: at(second + n / 30), isFresh: true });
    }
    perSecond.push(asked() - before);
  }
  expect(Math.max(...perSecond.slice(1))).toBeLessThanOrEqual(10);
  expect(perSecond.slice(1).every((count) => count >= 9)).toBe(true);
  expect((await directory.lookup(communeId, 'H99.15-260701-0777', { now: at(60) })).kind).toBe('not_found');
  expect(slept).toEqual([]);
});

test('a word nobody mapped is counted for staff; mapped, it counts from then on', async () => {
  const source = await addRest();
  platform.put({ code: 'H99.15-260701-0011', state: UNKNOWN_WORD });
  const directory = build();
  const look = (seconds: number) => directory.lookup(communeId, 'H99.15-260701-0011', { now: at(seconds) });
  await look(0);
  await look(1);
  expect(await look(301)).toMatchObject({ dossier: { state: 'unknown' } });
  const [row, ...rest] = await listUnknownStates(database, communeId);
  expect(row).toMatchObject({ source: 'một cửa', word: UNKNOWN_WORD, seen: 2 });
  expect(rest).toEqual([]);
  expect(await listUnknownStates(database, otherId)).toEqual([]);
  await mapState(database, source, 'CHỜ KÝ SỐ', 4);
  expect(await listUnknownStates(database, communeId)).toEqual([]);
  clock += 6_000;
  expect(await look(302)).toMatchObject({ dossier: { state: 4, rawState: UNKNOWN_WORD } });
  await expect(mapState(database, source, 'x', 11)).rejects.toThrow(/1 to 10/);
});

test('saving a source again replaces its settings; another kind needs another name; a removed one is asked no more', async () => {
  await addRest('một cửa', { baseUrl: 'http://127.0.0.1:1/api' });
  const directory = build();
  expect((await directory.lookup(communeId, CODE, { now: at(0) })).kind).toBe('unavailable');
  await addRest();
  clock += 6_000;
  expect((await directory.lookup(communeId, CODE, { now: at(1) })).kind).toBe('found');
  const input = { kind: 'import' as const, name: 'một cửa', settings: {}, secrets: {} };
  await expect(saveSource(database.orm, box, communeId, input)).rejects.toThrow(/kind rest already/);
  await removeSource(database.orm, communeId, 'một cửa');
  clock += 6_000;
  expect(await directory.lookup(communeId, CODE, { now: at(2) })).toMatchObject({ reason: 'not_set_up' });
  await expect(removeSource(database.orm, communeId, 'một cửa')).rejects.toThrow(/there are: none/);
});

test('credentials are sealed for their row, follow a new key, and unreadable ones silence that source only', async () => {
  await addRest();
  await addSimulator(database.orm, communeId, 'mẫu');
  const [row] = await database.run<{ secrets: string }>('s', 'select secrets from dossier_sources where kind = $1', [
    'rest',
  ]);
  expect(row!.secrets).not.toContain('stand-in-secret');
  const stranger = createSecretBox('c'.repeat(64));
  const blind = createDossierDirectory({ database, box: stranger, factors: createFactors(database, box), log });
  expect(await blind.lookup(communeId, CODE, { now: at(0) })).toMatchObject({ reason: 'not_set_up' });
  expect((await blind.lookup(communeId, 'H99.15-260701-0901', { now: at(0) })).kind).toBe('found');
  const rotated = createSecretBox('c'.repeat(64), 'a'.repeat(64));
  expect(await resealDossierSecrets(database.orm, rotated)).toBe(2);
  expect(await resealDossierSecrets(database.orm, rotated)).toBe(0);
  const sighted = createDossierDirectory({ database, box: stranger, factors: createFactors(database, stranger), log });
  expect((await sighted.lookup(communeId, CODE, { now: at(0) })).kind).toBe('found');
  await resealDossierSecrets(database.orm, createSecretBox('a'.repeat(64), 'c'.repeat(64)));
});

test('a caller whose patience ends has "timeout"; the others have their answer', async () => {
  await addRest();
  const directory = build();
  const given = new AbortController();
  const [hurried, patient] = [
    directory.lookup(communeId, CODE, { now: at(0), signal: given.signal }),
    directory.lookup(communeId, CODE, { now: at(0) }),
  ];
  given.abort();
  expect(await hurried).toMatchObject({ kind: 'unavailable', reason: 'timeout' });
  expect((await patient).kind).toBe('found');
});
