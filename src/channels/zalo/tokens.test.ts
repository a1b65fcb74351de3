import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDb, type TestDb } from '../../../test/support/db.ts';
import { CITIZEN, createZaloWorld, sendContext, type ZaloWorld } from './testing.ts';

describe('zalo tokens', () => {
  let db: TestDb;
  let world: ZaloWorld;
  let refreshes: number;
  beforeAll(async () => {
    db = await createTestDb();
  });
  beforeEach(async () => {
    world = await createZaloWorld(db);
    refreshes = 0;
    world.platform.events.on('call', (call) => {
      if (call.path === '/v4/oa/access_token') refreshes += 1;
    });
  });
  afterEach(() => world.platform.stop());
  afterAll(() => db.close());

  const stored = () => world.store.fresh(world.account.id);
  const texts = () => world.platform.transcript(world.oa.oaId, CITIZEN).map((message) => message.text);

  it.each([
    ['expired without our knowing', () => world.platform.expireAccessToken(world.oa.oaId)],
    ['ended by its own time', () => world.platform.advance(25.5 * 3_600_000)],
  ])('renews a token that has %s once for 20 sends of two processes', async (_, expire) => {
    const [one, two] = [world.createProcess(), world.createProcess()];
    await Promise.all([one.store.all(), two.store.all()]);
    await expire();
    const sends = Array.from({ length: 20 }, (__, index) => (index % 2 === 0 ? one : two).send(`Câu ${index}`));
    const ids = await Promise.all(sends);
    expect(new Set(ids.map((sent) => sent.platformMessageId)).size).toBe(20);
    expect(texts().sort()).toEqual(Array.from({ length: 20 }, (__, index) => `Câu ${index}`).sort());
    expect(refreshes).toBe(1);
    const account = await stored();
    expect(account.secrets.refreshToken).not.toBe(world.oa.refreshToken);
    expect(account.tokenExpiresAt!.getTime() - world.platform.now()).toBeGreaterThan(24 * 3_600_000);
  });

  it('asks for a new grant when the answer with the new pair was lost, and recovers when connected again', async () => {
    const { send, store } = world.createProcess();
    world.platform.expireAccessToken(world.oa.oaId);
    world.platform.failNext({ kind: 'accept_then_cut', path: '/v4/oa/access_token' });
    await expect(send('Một')).rejects.toMatchObject({ code: 'temporary', isUncertain: false });
    expect((await stored()).status).toBe('active');
    await expect(send('Một')).rejects.toMatchObject({ code: 'needs_reauthorisation', retryAfterMs: 5_000 });
    const account = await stored();
    expect(account.status).toBe('needs_reauthorisation');
    expect(account.statusReason).toContain('was lost on the way');
    expect(account.secrets.refreshToken).toBe(world.oa.refreshToken);
    await store.refresh();
    let calls = 0;
    world.platform.events.on('call', () => {
      calls += 1;
    });
    await expect(send('Một')).rejects.toMatchObject({ code: 'needs_reauthorisation' });
    expect(calls).toBe(0);
    await world.connect(world.platform.grantAgain(world.oa.oaId));
    await store.refresh();
    await send('Một');
    expect(texts()).toEqual(['Một']);
  });

  it.each([
    ['the token endpoint fails', 'http_500' as const],
    ['the token endpoint is over its limit', -32],
    ['the connection breaks before the token endpoint answers', 'cut' as const],
  ])('keeps the grant and sends later when %s', async (_, kind) => {
    const { send } = world.createProcess();
    world.platform.expireAccessToken(world.oa.oaId);
    world.platform.failNext({ kind, path: '/v4/oa/access_token' });
    await expect(send('Một')).rejects.toMatchObject({ code: 'temporary', isUncertain: false });
    expect((await stored()).status).toBe('active');
    await send('Một');
    expect(texts()).toEqual(['Một']);
  });

  it('keeps the old refresh token when the answer has none, and reads expires_in as a number', async () => {
    const { send } = world.createProcess();
    world.platform.expireAccessToken(world.oa.oaId);
    await world.store.saveTokens(world.account.id, { accessToken: 'AT.wrong', expiresAt: null });
    expect((await stored()).secrets.refreshToken).toBe(world.oa.refreshToken);
    await send('Một');
    expect(refreshes).toBe(1);
  });

  it('does not lose a new pair that the database refused at first', async () => {
    let failures = 1;
    const { send } = world.createProcess({
      accounts: (store) => ({
        ...store,
        saveTokens: (...args) => (failures-- > 0 ? Promise.reject(new Error('away')) : store.saveTokens(...args)),
      }),
    });
    world.platform.expireAccessToken(world.oa.oaId);
    await expect(send('Một')).rejects.toMatchObject({ code: 'temporary', isUncertain: false });
    await send('Một');
    expect(refreshes).toBe(1);
    expect(texts()).toEqual(['Một']);
  });

  it('renews ahead of time, and only then', async () => {
    const { channel } = world.createProcess();
    await channel.refreshIfDue(await stored());
    expect(refreshes).toBe(0);
    await world.platform.advance(20.5 * 3_600_000);
    await channel.refreshIfDue(await stored());
    await channel.refreshIfDue(await stored());
    expect(refreshes).toBe(1);
    await world.store.setStatus(world.account.id, 'needs_reauthorisation', 'x');
    await channel.refreshIfDue({ ...(await stored()), tokenExpiresAt: null });
    expect(refreshes).toBe(1);
  });

  it('lets a send go back to the outbox when its time is up, and finishes the renewal', async () => {
    const { channel } = world.createProcess({ timeoutMs: 3_000 });
    world.platform.expireAccessToken(world.oa.oaId);
    world.platform.failNext({ kind: 'hang', path: '/v4/oa/access_token' });
    const call = { kind: 'text' as const, text: 'Một', body: { text: 'Một' } };
    const context = { ...sendContext(), signal: AbortSignal.timeout(100) };
    await expect(channel.send(world.account, CITIZEN, call, context)).rejects.toMatchObject({
      code: 'temporary',
      isUncertain: false,
    });
    // whoever renews still holds the claim: the send did not wait for the end of it
    expect(await world.store.claimRefresh(world.account.id, 1)).toBe(false);
    await channel.send(world.account, CITIZEN, call, sendContext()).catch(() => {});
    await channel.send(world.account, CITIZEN, call, sendContext());
    expect(texts()).toEqual(['Một']);
  });
});
