import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { createAccountStore } from './accounts.ts';
import { createSecretBox } from './secrets.ts';

const oldKey = 'a'.repeat(64);
const newKey = 'b'.repeat(64);
const secrets = { appSecret: 'app-secret-1', oaSecret: 'oa-secret-1', accessToken: 'at-1', refreshToken: 'rt-1' };

let database: TestDb;
beforeAll(async () => {
  database = await createTestDb({ communes: ['mot', 'hai'] });
});
afterAll(() => database.close());

const connect = (externalId: string, change: Partial<typeof secrets> = {}) =>
  createAccountStore(database.orm, createSecretBox(oldKey)).connect({
    communeId: database.communes[0]!.id,
    channel: 'zalo',
    externalId,
    appId: '1',
    secrets: { ...secrets, ...change },
  });

test('secrets are stored encrypted and come back in clear', async () => {
  await connect('oa-1');
  const [row] = await database.run<{ secrets: string }>('t', `select secrets from channel_accounts`);
  for (const secret of Object.values(secrets)) expect(row!.secrets).not.toContain(secret);
  const store = createAccountStore(database.orm, createSecretBox(oldKey));
  expect((await store.find('zalo', 'oa-1'))?.secrets).toEqual(secrets);
});

test('connecting again replaces the tokens, keeps the id, clears faults and still accepts the old webhook key', async () => {
  const before = await connect('oa-2');
  const store = createAccountStore(database.orm, createSecretBox(oldKey));
  await store.setStatus(before.id, 'needs_reauthorisation', 'why');
  const after = await connect('oa-2', { accessToken: 'at-2', oaSecret: 'oa-secret-2' });
  expect(after).toMatchObject({ id: before.id, status: 'active', statusReason: null });
  expect(after.secrets).toMatchObject({
    accessToken: 'at-2',
    oaSecret: 'oa-secret-2',
    oaSecretPrevious: 'oa-secret-1',
  });
});

test('of many who want to refresh one may; an answer without refresh token keeps the stored one', async () => {
  const account = await connect('oa-3');
  const stores = Array.from({ length: 8 }, () => createAccountStore(database.orm, createSecretBox(oldKey)));
  const claims = await Promise.all(stores.map((store) => store.claimRefresh(account.id, 20_000)));
  expect(claims.filter(Boolean)).toHaveLength(1);
  await stores[0]!.saveTokens(account.id, { accessToken: 'at-9', expiresAt: null });
  expect((await stores[1]!.fresh(account.id)).secrets).toMatchObject({ accessToken: 'at-9', refreshToken: 'rt-1' });
  expect(await stores[2]!.claimRefresh(account.id, 20_000)).toBe(true);
});

test('a pause is only ever prolonged', async () => {
  const account = await connect('oa-4');
  const store = createAccountStore(database.orm, createSecretBox(oldKey));
  await store.pause(account.id, new Date('2026-11-21T10:00:00Z'));
  await store.pause(account.id, new Date('2026-11-21T09:00:00Z'));
  expect((await store.fresh(account.id)).pausedUntil).toEqual(new Date('2026-11-21T10:00:00Z'));
});

test('one account sealed with another key is said to be unreadable and stops no other', async () => {
  await createAccountStore(database.orm, createSecretBox('c'.repeat(64))).connect({
    communeId: database.communes[0]!.id,
    channel: 'zalo',
    externalId: 'oa-strange',
    appId: '1',
    secrets,
  });
  const store = createAccountStore(database.orm, createSecretBox(oldKey));
  expect((await store.all()).map(({ externalId }) => externalId)).not.toContain('oa-strange');
  expect((await store.find('zalo', 'oa-1'))?.secrets).toEqual(secrets);
  await expect(store.find('zalo', 'oa-strange')).rejects.toThrow(/SECRET_KEY/);
  expect(await store.unreadable()).toEqual([expect.objectContaining({ externalId: 'oa-strange' })]);
  await connect('oa-strange');
  expect(await createAccountStore(database.orm, createSecretBox(oldKey)).unreadable()).toEqual([]);
  const nothing = { ...secrets, appSecret: '' };
  await expect(
    store.connect({
      communeId: database.communes[0]!.id,
      channel: 'zalo',
      externalId: 'x',
      appId: '1',
      secrets: nothing,
    }),
  ).rejects.toThrow(/appSecret/);
});

test('after rotation everything opens with the new key alone', async () => {
  const rotated = await createAccountStore(database.orm, createSecretBox(newKey, oldKey)).resealAll();
  expect(rotated).toBe(5);
  const store = createAccountStore(database.orm, createSecretBox(newKey));
  expect((await store.find('zalo', 'oa-1'))?.secrets).toEqual(secrets);
});

test('an account connected by another process is found at once when asked again, and unchanged ones are not read anew', async () => {
  const store = createAccountStore(database.orm, createSecretBox(newKey, oldKey), { cacheMs: 60_000 });
  expect(await store.find('zalo', 'oa-late')).toBeUndefined();
  expect(await store.refresh()).toBe(false);
  await connect('oa-late');
  expect(await store.find('zalo', 'oa-late')).toBeUndefined();
  expect(await store.refresh()).toBe(true);
  expect((await store.find('zalo', 'oa-late'))?.externalId).toBe('oa-late');
  expect(await store.refresh()).toBe(false);
});

test('an account of one commune is not moved to another by a slip of the operator', async () => {
  await connect('oa-mine');
  const store = createAccountStore(database.orm, createSecretBox(oldKey));
  const elsewhere = {
    communeId: database.communes[1]!.id,
    channel: 'zalo' as const,
    externalId: 'oa-mine',
    appId: '1',
  };
  await expect(store.connect({ ...elsewhere, secrets })).rejects.toThrow(/another commune/);
});

test('a pair got with an old refresh token does not replace what was connected meanwhile', async () => {
  const account = await connect('oa-20');
  const store = createAccountStore(database.orm, createSecretBox(oldKey));
  await connect('oa-20', { accessToken: 'at-new', refreshToken: 'rt-new' });
  const kept = await store.saveTokens(
    account.id,
    { accessToken: 'at-late', refreshToken: 'rt-late', expiresAt: null },
    'rt-1',
  );
  expect(kept.secrets).toMatchObject({ accessToken: 'at-new', refreshToken: 'rt-new' });
  expect((await store.fresh(account.id)).secrets).toMatchObject({ accessToken: 'at-new', refreshToken: 'rt-new' });
});

test('changes by others are seen: one, many, an added and a deleted account, also under an older clock', async () => {
  const [one, other] = [1, 2].map(() => createAccountStore(database.orm, createSecretBox(oldKey), { cacheMs: 0 }));
  const account = await connect('oa-21');
  expect((await one!.byId(account.id))?.status).toBe('active');
  await other!.setStatus(account.id, 'restricted', 'why');
  expect((await one!.byId(account.id))?.status).toBe('restricted');
  await database.run(
    't',
    `update channel_accounts set status = 'active', updated_at = updated_at - interval '1 hour' where id = $1`,
    [account.id],
  );
  expect((await one!.byId(account.id))?.status).toBe('active');
  const added = await connect('oa-22');
  expect((await one!.find('zalo', 'oa-22'))?.id).toBe(added.id);
  await database.run('t', 'delete from channel_accounts where id = $1', [added.id]);
  expect(await one!.byId(added.id)).toBeUndefined();
  expect(await one!.find('zalo', 'oa-22')).toBeUndefined();
  expect((await one!.all()).map(({ id }) => id)).not.toContain(added.id);
});
