import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import type { Database } from '../db/client.ts';
import { silentLog } from '../log.ts';
import { createUsageStore } from './model-usage.ts';

let database: TestDb;
beforeAll(async () => {
  database = await createTestDb({ communes: ['a', 'b'] });
});
afterAll(() => database.close());

const store = () => createUsageStore(async () => database, silentLog);
const wanted = (commune: number, more: object = {}) => ({
  ...{ communeId: database.communes[commune]!.id, day: '2026-11-21', units: 1, perDay: 10 },
  ...more,
});

test('two processes share a commune’s day to the last request; a restart begins where it was', async () => {
  const [one, other] = [store(), store()];
  const taken = await Promise.all(Array.from({ length: 30 }, (_, at) => (at % 2 ? one : other).take(wanted(0))));
  expect(taken.filter(Boolean)).toHaveLength(10);
  expect(await store().take(wanted(0))).toBe(false);
  expect(await store().take(wanted(1))).toBe(true);
  expect(await store().take(wanted(0, { day: '2026-11-22' }))).toBe(true);
});

test('more than is left is not taken by half, and nothing is had of nothing', async () => {
  const day = { day: '2026-11-23' };
  expect(await store().take(wanted(0, { ...day, units: 4, perDay: 5 }))).toBe(true);
  expect(await store().take(wanted(0, { ...day, units: 2, perDay: 5 }))).toBe(false);
  expect(await store().take(wanted(0, { ...day, units: 1, perDay: 5 }))).toBe(true);
  expect(await store().take(wanted(1, { ...day, perDay: 0 }))).toBe(false);
});

test('what requests cost is added up, per commune and day, in one statement', async () => {
  const usage = store();
  const [a, b] = database.communes.map(({ id }) => id) as [string, string];
  for (let time = 0; time < 3; time++)
    usage.record(a, '2026-11-24', { inputTokens: 100, outputTokens: 20, audioSeconds: 0 });
  usage.record(b, '2026-11-24', { inputTokens: 0, outputTokens: 0, audioSeconds: 12.4 });
  await usage.flush();
  usage.record(a, '2026-11-24', { inputTokens: 1, outputTokens: 1, audioSeconds: 0 });
  await usage.flush();
  const rows = await database.run(
    'usage',
    `select commune_id, input_tokens, output_tokens, audio_seconds, requests from model_usage where day = '2026-11-24'
     order by audio_seconds`,
  );
  expect(rows).toEqual([
    { commune_id: a, input_tokens: 301, output_tokens: 61, audio_seconds: 0, requests: 0 },
    { commune_id: b, input_tokens: 0, output_tokens: 0, audio_seconds: 13, requests: 0 },
  ]);
});

test('a database that fails or is silent costs the model, not the answer', async () => {
  const broken = (run: Database['run']) => createUsageStore(async () => ({ ...database, run }), silentLog);
  const failing = broken(() => Promise.reject(new Error('away')));
  expect(await failing.take(wanted(0))).toBe(false);
  failing.record(database.communes[0]!.id, '2026-11-25', { inputTokens: 1, outputTokens: 1, audioSeconds: 0 });
  await failing.flush();
  expect(await broken(() => new Promise(() => {})).take(wanted(0))).toBe(false);
});
