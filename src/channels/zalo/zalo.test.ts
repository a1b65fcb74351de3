import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDb, type TestDb } from '../../../test/support/db.ts';
import { silentLog } from '../../log.ts';
import { ChannelSendError, type SendErrorCode } from '../channel.ts';
import { CITIZEN, createZaloWorld, sendContext, type ZaloWorld } from './testing.ts';
import { createZaloChannel } from './zalo.ts';

describe('zalo sending', () => {
  let db: TestDb;
  let world: ZaloWorld;
  beforeAll(async () => {
    db = await createTestDb();
    world = await createZaloWorld(db);
  });
  afterAll(async () => {
    await world.platform.stop();
    await db.close();
  });
  beforeEach(() => world.platform.clearFaults());

  const send = (text: string, chatId = CITIZEN) =>
    world.channel.send(world.account, chatId, { kind: 'text', text, body: { text } }, sendContext());
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
  it.each(
    classes.flatMap(([code, numbers, rule]) => numbers.map((number) => ({ number, code, rule }))),
  )('answers $number with $code', async ({ number, code, rule }) => {
    world.platform.failNext({ kind: number });
    const error = await refusalOf(send('Xin chào'));
    expect(error).toMatchObject({ code, platformCode: String(number), isUncertain: false });
    expect(error.retryAfterMs !== undefined).toBe(rule.retries);
    expect(error.pausesAccountMs !== undefined).toBe(rule.pauses);
  });

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
      businessUrl: 'http://127.0.0.1:9',
      accounts: world.store,
      log: silentLog,
    });
    const call = { kind: 'text' as const, text: 'a', body: { text: 'a' } };
    const error = await refusalOf(channel.send(world.account, CITIZEN, call, sendContext()));
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
    await world.channel.send(world.account, CITIZEN, call!, sendContext());
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
    await world.channel.send(world.account, CITIZEN, call!, sendContext());
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
