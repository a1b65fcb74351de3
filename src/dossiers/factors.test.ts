import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { createSecretBox } from '../communes/secrets.ts';
import { createFactors, matches, normalisePhone } from './factors.ts';

const [oldKey, newKey] = ['a'.repeat(64), 'b'.repeat(64)];
let database: TestDb;
beforeAll(async () => {
  database = await createTestDb({ communes: ['mot', 'hai'] });
});
afterAll(() => database.close());
const ids = () => database.communes.map(({ id }) => id) as [string, string];

test('processes that begin together use one key; communes have one each', async () => {
  const [one, two] = ids();
  const many = Array.from({ length: 6 }, () => createFactors(database, createSecretBox(oldKey)));
  const hashes = await Promise.all(many.map((factors) => factors.hashIdLast4(one, '5678')));
  expect(new Set(hashes).size).toBe(1);
  expect(await many[0]!.hashIdLast4(two, '5678')).not.toBe(hashes[0]);
  const [row] = await database.run<{ sealed_key: string }>('k', 'select sealed_key from dossier_keys');
  expect(row!.sealed_key).toMatch(/^v1\./);
});

test('hashes survive a rotation of SECRET_KEY, after which the old key is no longer needed', async () => {
  const [one] = ids();
  const before = await createFactors(database, createSecretBox(oldKey)).hashCode(one, 'H26.15-250701-0001');
  expect(await createFactors(database, createSecretBox(newKey, oldKey)).hashCode(one, 'H26.15-250701-0001')).toBe(
    before,
  );
  expect(await createFactors(database, createSecretBox(newKey)).hashCode(one, 'H26.15-250701-0001')).toBe(before);
});

test('a phone is the same number however it is written; codes of one unit and day are one series', async () => {
  const factors = await createFactors(database, createSecretBox(newKey)).of(ids()[0]);
  expect(factors.phone('0912 345 678')).toBe(factors.phone('+84912345678'));
  expect(factors.phone('không có')).toBeNull();
  expect(factors.idLast4('678')).toBeNull();
  expect(factors.series('H26.15-250701-0001')).toBe(factors.series('H26.15-250701-0977'));
  expect(factors.series('H26.15-250701-0001')).not.toBe(factors.series('H26.15-250702-0001'));
  expect(factors.idLast4('0001')).not.toBe(factors.code('0001'));
});

test.each([
  ['0912.345.678', '84912345678'],
  ['84912345678', '84912345678'],
  ['0084912345678', '84912345678'],
  ['02143 821 234', '842143821234'],
  ['036085012345', null],
  ['912345678', null],
])('%s is the phone %s', (typed, number) => {
  expect(normalisePhone(typed)).toBe(number);
});

test('nothing known matches nothing given', () => {
  expect(matches('x', 'x')).toBe(true);
  expect(matches('x', 'y')).toBe(false);
  expect(matches(null, undefined)).toBe(false);
  expect(matches('', '')).toBe(false);
});
