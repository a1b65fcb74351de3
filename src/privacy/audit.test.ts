import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { listActs, recordAct } from './audit.ts';

const AT = new Date('2026-07-20T02:00:00Z');
const officer = { id: '0198252c-0000-7000-8000-000000000001', name: '', email: 'can.bo@example.vn' };
let database: TestDb;
beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-mot', 'xa-hai'] });
});
afterAll(() => database.close());

test('acts are listed newest first, by officer, act, object and time, and only those of the commune', async () => {
  const [one, two] = database.communes.map(({ id }) => id) as [string, string];
  const object = { kind: 'conversation', id: 'c-1' };
  await recordAct(database, { communeId: one, officer, act: 'conversation_opened', object, at: AT });
  await recordAct(database, {
    communeId: one,
    officer,
    act: 'exported',
    detail: { rows: 3 },
    at: new Date(AT.getTime() + 1),
  });
  await recordAct(database, { communeId: two, officer, act: 'conversation_opened', at: AT });
  const acts = async (filter: object) =>
    (await listActs(database, one, { limit: 10, ...filter })).map(({ act }) => act);
  expect(await acts({})).toEqual(['exported', 'conversation_opened']);
  expect(await acts({ objectId: 'c-1' })).toEqual(['conversation_opened']);
  expect(await acts({ act: 'exported' })).toEqual(['exported']);
  expect(await acts({ to: AT })).toEqual([]);
  expect(await acts({ officerId: '0198252c-0000-7000-8000-000000000002' })).toEqual([]);
  const [last] = await listActs(database, one, { limit: 1 });
  expect(last).toMatchObject({ officerName: 'can.bo@example.vn', detail: { rows: 3 } });
  expect(await acts({ before: last!.id })).toEqual(['conversation_opened']);
});

test('a row can be neither changed nor taken away before it is two years old', async () => {
  const communeId = database.communes[0]!.id;
  await recordAct(database, { communeId, officer, act: 'sign_in', at: new Date() });
  await expect(database.run('change', `update audit_log set act = 'x'`)).rejects.toThrow(/append-only/);
  await expect(database.run('take', "delete from audit_log where at > now() - interval '1 day'")).rejects.toThrow(
    /append-only/,
  );
  await recordAct(database, { communeId, officer, act: 'sign_in', at: new Date('2020-01-01') });
  await database.run('old', `delete from audit_log where at < '2021-01-01'`);
  expect(await listActs(database, communeId, { to: new Date('2021-01-01'), limit: 10 })).toEqual([]);
});
