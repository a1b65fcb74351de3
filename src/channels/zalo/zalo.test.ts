import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDb, type TestDb } from '../../../test/support/db.ts';
import { type AccountStore, type ChannelAccount, createAccountStore } from '../../communes/accounts.ts';
import { createSecretBox } from '../../communes/secrets.ts';
import { createZaloPlatform, type OaCredentials, type ZaloPlatform } from '../../demo/zalo-platform.ts';
import { silentLog } from '../../log.ts';
import { ChannelSendError, type SendContext, type SendErrorCode } from '../channel.ts';
import { type ChannelHarness, describeChannel, type SendFault } from '../testing/contract.ts';
import { createZaloChannel, type ZaloChannel } from './zalo.ts';

const box = createSecretBox(randomBytes(32).toString('hex'));
const CITIZEN = '2468000000000000001';

interface World {
  platform: ZaloPlatform;
  db: TestDb;
  store: AccountStore;
  channel: ZaloChannel;
  oa: OaCredentials;
  account: ChannelAccount;
  connect(oa: OaCredentials): Promise<ChannelAccount>;
  close(): Promise<void>;
}

async function createWorld({ timeoutMs = 400 } = {}): Promise<World> {
  const platform = createZaloPlatform({ echoes: 'off' });
  const [db, url] = await Promise.all([createTestDb(), platform.start()]);
  const store = createAccountStore(db.orm, box);
  const oa = platform.registerOa(platform.registerApp().appId);
  platform.person(oa.oaId, CITIZEN).lastInteraction = platform.now();
  const connect = (credentials: OaCredentials) =>
    store.connect({
      communeId: db.communes[0]!.id,
      channel: 'zalo',
      externalId: credentials.oaId,
      appId: credentials.appId,
      secrets: credentials,
      tokenExpiresAt: credentials.accessExpiresAt,
    });
  const account = await connect(oa);
  const now = () => new Date(platform.now());
  const channel = createZaloChannel({
    openapiUrl: url,
    oauthUrl: url,
    accounts: store,
    log: silentLog,
    now,
    timeoutMs,
  });
  return {
    platform,
    db,
    store,
    channel,
    oa,
    account,
    connect,
    async close() {
      await platform.stop();
      await db.close();
    },
  };
}

interface ZaloHarness extends ChannelHarness {
  world: World;
}

async function createHarness(): Promise<ZaloHarness> {
  const world = await createWorld();
  const { platform, oa } = world;
  const sign = (secret: string) => (body: Buffer) => {
    const timestamp = /"timestamp":\s*"?(\d+)/.exec(body.toString('utf8'))?.[1] ?? '';
    const hash = createHash('sha256').update(oa.appId).update(body).update(timestamp).update(secret);
    return { body, headers: { 'content-type': 'application/json', 'x-zevent-signature': `mac=${hash.digest('hex')}` } };
  };
  const common = { app_id: oa.appId, timestamp: String(platform.now()) };
  const text = (text: string, messageId: string) => ({ message: { text, msg_id: messageId } });
  const fromCitizen = (accountExternalId = oa.oaId) => ({
    sender: { id: CITIZEN },
    recipient: { id: accountExternalId },
    user_id_by_app: '5521000000000000001',
    event_name: 'user_send_text',
  });
  const fromOa = { recipient: { id: CITIZEN }, event_name: 'oa_send_text' };
  return {
    world,
    channel: world.channel,
    accounts: world.store,
    account: world.account,
    chatId: CITIZEN,
    sign: sign(oa.oaSecret),
    signWrongly: sign('AnotherSecret'),
    bodies: {
      message: (message) => ({
        ...common,
        ...fromCitizen(message.accountExternalId),
        ...text(message.text, message.messageId),
      }),
      postback: ({ payload, messageId }) => ({ ...common, ...fromCitizen(), ...text(payload, messageId) }),
      staffMessage: (message) => ({
        ...common,
        ...fromOa,
        sender: { id: oa.oaId, admin_id: '7001000000000000009' },
        ...text(message.text, message.messageId),
      }),
      echo: (message) => ({ ...common, ...fromOa, sender: { id: oa.oaId }, ...text(message.text, message.messageId) }),
      unknownKind: () => ({ ...common, oa_id: oa.oaId, event_name: 'oa_grew_wings', wings: 2 }),
    },
    inspect(body) {
      const { text, attachment } = body as {
        text?: string;
        attachment?: { payload: { buttons?: { title: string; payload: unknown }[] } };
      };
      const buttons = attachment?.payload.buttons ?? [];
      return {
        text: text ?? '',
        buttons: buttons.map(({ title, payload }) => ({
          title,
          ...(typeof payload === 'string' ? { payload } : {}),
        })),
      };
    },
    received: () =>
      platform
        .transcript(oa.oaId, CITIZEN)
        .filter((message) => message.from === 'oa')
        .map((message) => message.text),
    close: world.close,
  };
}

const DAY_MS = 24 * 3_600_000;
const person = ({ world }: ZaloHarness) => world.platform.person(world.oa.oaId, CITIZEN);
const forced = (name: string, kind: Parameters<ZaloPlatform['failNext']>[0]['kind'], times = 1) => ({
  name,
  arrange: ({ world }: ZaloHarness) => world.platform.failNext({ kind, times, path: '/v3.0/oa/message' }),
});
const faults: SendFault<ZaloHarness>[] = [
  { ...forced('too many calls', -32), code: 'rate_limited', isRetried: true },
  { ...forced('a passing failure', -200), code: 'temporary', isRetried: true },
  { ...forced('an error nobody has documented', -9_999), code: 'temporary', isRetried: true },
  { ...forced('a faulty message', -210), code: 'rejected', isRetried: false },
  { ...forced('a token refused again after its refresh', -216, 2), code: 'token_expired', isRetried: true },
  { ...forced('an error page with status 200', 'html'), code: 'maybe_sent', isUncertain: true, isRetried: true },
  {
    ...forced('an error page after acceptance', 'accept_then_html'),
    code: 'maybe_sent',
    isUncertain: true,
    isRetried: true,
  },
  { ...forced('a gateway failure', 'http_500'), code: 'network', isUncertain: true, isRetried: true },
  { ...forced('a connection cut before acceptance', 'cut'), code: 'network', isUncertain: true, isRetried: true },
  {
    ...forced('a connection cut after acceptance', 'accept_then_cut'),
    code: 'network',
    isUncertain: true,
    isRetried: true,
  },
  { ...forced('no answer', 'hang'), code: 'network', isUncertain: true, isRetried: true },
  { ...forced('no answer after acceptance', 'accept_then_hang'), code: 'network', isUncertain: true, isRetried: true },
  {
    name: 'a closed reply window',
    code: 'window_closed',
    arrange: (harness) => void Object.assign(person(harness), { lastInteraction: Date.now() - 8 * DAY_MS }),
    repair: (harness) => void Object.assign(person(harness), { lastInteraction: Date.now() }),
    isRetried: false,
  },
  {
    name: 'a person who cannot receive',
    code: 'recipient_unavailable',
    arrange: (harness) => void Object.assign(person(harness), { refusal: -227 }),
    repair: (harness) => void Object.assign(person(harness), { refusal: null }),
    isRetried: false,
  },
  {
    name: 'an OA without the package',
    code: 'account_restricted',
    arrange: ({ world }) => void Object.assign(world.platform.oa(world.oa.oaId), { restriction: -224 }),
    repair: ({ world }) => void Object.assign(world.platform.oa(world.oa.oaId), { restriction: null }),
    isRetried: true,
  },
  {
    name: 'a grant that was withdrawn',
    code: 'needs_reauthorisation',
    arrange: async ({ world }) => {
      // Not right after another refresh: then the channel waits instead of asking again.
      await world.platform.advance(60_000);
      world.platform.revokeGrant(world.oa.oaId);
    },
    repair: async (harness) => {
      harness.account = await harness.world.connect(harness.world.platform.grantAgain(harness.world.oa.oaId));
    },
    isRetried: true,
  },
];

describeChannel('zalo', { create: createHarness, faults });

describe('zalo sending', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());
  beforeEach(() => world.platform.clearFaults());

  const context = (): SendContext => ({
    reference: 'hx:1',
    signal: new AbortController().signal,
    isFromOfficer: false,
    lastUserAt: null,
  });
  const send = (text: string, chatId = CITIZEN) =>
    world.channel.send(world.account, chatId, { kind: 'text', text, body: { text } }, context());
  const refusalOf = async (work: Promise<unknown>): Promise<ChannelSendError> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ChannelSendError);
    return error as ChannelSendError;
  };

  const classes: [SendErrorCode, number[], { retries: boolean; pauses: boolean }][] = [
    ['rate_limited', [-32], { retries: true, pauses: true }],
    ['temporary', [-200, -234], { retries: true, pauses: false }],
    ['window_closed', [-230, -232], { retries: false, pauses: false }],
    ['recipient_unavailable', [-213, -217, -218, -227, -244, -248], { retries: false, pauses: false }],
    ['rejected', [-100, -201, -210, -214, -233, -240, -249], { retries: false, pauses: false }],
    [
      'account_restricted',
      [-204, -205, -209, -212, -219, -221, -223, -224, -235, -242],
      { retries: true, pauses: true },
    ],
    ['account_restricted', [-211, -320, -321], { retries: true, pauses: false }],
  ];
  it.each(classes.flatMap(([code, numbers, rule]) => numbers.map((number) => ({ number, code, rule }))))(
    'answers $number with $code',
    async ({ number, code, rule }) => {
      world.platform.failNext({ kind: number });
      const error = await refusalOf(send('Xin chào'));
      expect(error).toMatchObject({ code, platformCode: String(number), isUncertain: false });
      expect(error.retryAfterMs !== undefined).toBe(rule.retries);
      expect(error.pausesAccountMs !== undefined).toBe(rule.pauses);
    },
  );

  it('waits for the next minute of the clock after -32', async () => {
    world.platform.failNext({ kind: -32 });
    const error = await refusalOf(send('Xin chào'));
    const wait = 60_000 - (world.platform.now() % 60_000);
    expect(Math.abs(error.retryAfterMs! - wait)).toBeLessThan(2_000);
  });

  it('knows that a refused connection delivered nothing', async () => {
    const channel = createZaloChannel({
      openapiUrl: 'http://127.0.0.1:9',
      oauthUrl: 'http://127.0.0.1:9',
      accounts: world.store,
      log: silentLog,
    });
    const call = { kind: 'text' as const, text: 'a', body: { text: 'a' } };
    const error = await refusalOf(channel.send(world.account, CITIZEN, call, context()));
    expect(error).toMatchObject({ code: 'temporary', isUncertain: false });
    expect(error.retryAfterMs).toBeGreaterThan(0);
  });

  it('sends numbered text when the OA may not use buttons', async () => {
    const oa = world.platform.oa(world.oa.oaId);
    oa.acceptsButtons = false;
    const [call] = world.channel.render({
      text: 'Bác muốn làm gì tiếp?',
      buttons: [
        { kind: 'reply', title: 'Xem giấy tờ', value: 'hx:docs' },
        { kind: 'reply', title: 'Gặp cán bộ', value: 'hx:human' },
        { kind: 'url', title: 'Nộp trực tuyến', value: 'https://dichvucong.gov.vn/' },
      ],
    });
    await world.channel.send(world.account, CITIZEN, call!, context());
    oa.acceptsButtons = true;
    expect(world.platform.transcript(oa.oaId, CITIZEN).at(-1)).toMatchObject({
      buttons: [],
      text: 'Bác muốn làm gì tiếp?\n\n1. Xem giấy tờ\n2. Gặp cán bộ\nNộp trực tuyến: https://dichvucong.gov.vn/\nTrả lời số 1, 2',
    });
  });

  it('shows buttons the platform accepts', async () => {
    const [call] = world.channel.render({
      text: 'Bác muốn làm gì tiếp?',
      buttons: [
        { kind: 'reply', title: 'Xem giấy tờ', value: 'hx:docs' },
        { kind: 'url', title: 'Nộp trực tuyến', value: 'https://dichvucong.gov.vn/' },
        { kind: 'phone', title: 'Gọi một cửa', value: '024 3812 3456' },
      ],
    });
    await world.channel.send(world.account, CITIZEN, call!, context());
    const buttons = world.platform.transcript(world.oa.oaId, CITIZEN).at(-1)!.buttons;
    expect(buttons).toEqual([
      { title: 'Xem giấy tờ', type: 'oa.query.hide', payload: 'hx:docs' },
      { title: 'Nộp trực tuyến', type: 'oa.open.url', payload: { url: 'https://dichvucong.gov.vn/' } },
      { title: 'Gọi một cửa', type: 'oa.open.phone', payload: { phone_code: '842438123456' } },
    ]);
  });

  it('answers a visitor of the website who is not signed in', async () => {
    const visitor = { anonymousId: 'anon:6f/1c', conversationId: 'conv-91' };
    await send('Xin chào', 'anon:conv-91:anon%3A6f%2F1c');
    expect(world.platform.anonymousTranscript(visitor.conversationId)).toMatchObject([{ text: 'Xin chào' }]);
  });

  it('names the OA whose tokens it has, and refuses those of another', async () => {
    const other = world.platform.registerOa(world.oa.appId, { name: 'UBND phường khác' });
    const signal = new AbortController().signal;
    expect(await world.channel.checkAccount(world.account, signal)).toEqual({ name: 'UBND xã chạy thử' });
    const mixed = { ...world.account, secrets: { ...world.account.secrets, accessToken: other.accessToken } };
    expect(await refusalOf(world.channel.checkAccount(mixed, signal))).toMatchObject({ code: 'account_restricted' });
  });
});

describe('zalo tokens', () => {
  let world: World;
  let refreshes: number;
  beforeEach(async () => {
    world = await createWorld();
    refreshes = 0;
    world.platform.events.on('call', (call) => {
      if (call.path === '/v4/oa/access_token') refreshes += 1;
    });
  });
  afterEach(() => world.close());

  const createProcess = () => {
    const store = createAccountStore(world.db.orm, box);
    const channel = createZaloChannel({
      openapiUrl: world.platform.url,
      oauthUrl: world.platform.url,
      accounts: store,
      log: silentLog,
      now: () => new Date(world.platform.now()),
      timeoutMs: 400,
    });
    const send = async (text: string) => {
      const account = (await store.find('zalo', world.oa.oaId))!;
      const context = {
        reference: 'hx:1',
        signal: new AbortController().signal,
        isFromOfficer: false,
        lastUserAt: null,
      };
      return channel.send(account, CITIZEN, { kind: 'text', text, body: { text } }, context);
    };
    return { store, channel, send };
  };
  const stored = () => world.store.fresh(world.account.id);
  const texts = () => world.platform.transcript(world.oa.oaId, CITIZEN).map((message) => message.text);

  it.each([
    ['expired without our knowing', () => world.platform.expireAccessToken(world.oa.oaId)],
    ['ended by its own time', () => world.platform.advance(25.5 * 3_600_000)],
  ])('renews a token that has %s once for 20 sends of two processes', async (_, expire) => {
    const [one, two] = [createProcess(), createProcess()];
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
    const { send, store } = createProcess();
    world.platform.expireAccessToken(world.oa.oaId);
    world.platform.failNext({ kind: 'accept_then_cut', path: '/v4/oa/access_token' });
    await expect(send('Một')).rejects.toMatchObject({ code: 'temporary', isUncertain: false });
    expect((await stored()).status).toBe('active');
    await expect(send('Một')).rejects.toMatchObject({ code: 'needs_reauthorisation', retryAfterMs: 5_000 });
    const account = await stored();
    expect(account.status).toBe('needs_reauthorisation');
    expect(account.statusReason).toContain('was lost on the way');
    expect(account.secrets.refreshToken).toBe(world.oa.refreshToken);
    store.forget();
    let calls = 0;
    world.platform.events.on('call', () => {
      calls += 1;
    });
    await expect(send('Một')).rejects.toMatchObject({ code: 'needs_reauthorisation' });
    expect(calls).toBe(0);
    await world.connect(world.platform.grantAgain(world.oa.oaId));
    store.forget();
    await send('Một');
    expect(texts()).toEqual(['Một']);
  });

  it.each([
    ['the token endpoint fails', 'http_500' as const],
    ['the token endpoint is over its limit', -32],
    ['the connection breaks before the token endpoint answers', 'cut' as const],
  ])('keeps the grant and sends later when %s', async (_, kind) => {
    const { send } = createProcess();
    world.platform.expireAccessToken(world.oa.oaId);
    world.platform.failNext({ kind, path: '/v4/oa/access_token' });
    await expect(send('Một')).rejects.toMatchObject({ code: 'temporary', isUncertain: false });
    expect((await stored()).status).toBe('active');
    await send('Một');
    expect(texts()).toEqual(['Một']);
  });

  it('keeps the old refresh token when the answer has none, and reads expires_in as a number', async () => {
    const { send } = createProcess();
    world.platform.expireAccessToken(world.oa.oaId);
    await world.store.saveTokens(world.account.id, { accessToken: 'AT.wrong', expiresAt: null });
    expect((await stored()).secrets.refreshToken).toBe(world.oa.refreshToken);
    await send('Một');
    expect(refreshes).toBe(1);
  });

  it('does not lose a new pair that the database refused at first', async () => {
    const { store } = createProcess();
    let failures = 1;
    const flaky: AccountStore = {
      ...store,
      saveTokens: (...args) =>
        failures-- > 0 ? Promise.reject(new Error('database is away')) : store.saveTokens(...args),
    };
    const options = { openapiUrl: world.platform.url, oauthUrl: world.platform.url, accounts: flaky, log: silentLog };
    const channel = createZaloChannel(options);
    world.platform.expireAccessToken(world.oa.oaId);
    const account = await stored();
    const context = { reference: 'hx:1', signal: new AbortController().signal, isFromOfficer: false, lastUserAt: null };
    const call = { kind: 'text' as const, text: 'Một', body: { text: 'Một' } };
    await expect(channel.send(account, CITIZEN, call, context)).rejects.toThrow();
    await channel.send(account, CITIZEN, call, context);
    expect(refreshes).toBe(1);
    expect(texts()).toEqual(['Một']);
  });

  it('renews ahead of time, and only then', async () => {
    const { channel } = createProcess();
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
});
