import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestDb, type TestDb } from '../../../test/support/db.ts';
import type { InboundEvent, VerifyResult } from '../channel.ts';
import { CITIZEN, createZaloWorld, type ZaloWorld } from './testing.ts';

// The stand-in signs with its own code: here the two sides meet over HTTP.
describe('zalo webhooks from the stand-in', () => {
  let db: TestDb;
  let world: ZaloWorld;
  let results: VerifyResult[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const raw = { body: Buffer.concat(chunks), headers: request.headers };
      results.push(await world.channel.receive(raw, world.store));
      response.writeHead(200).end();
    });
  });
  const events = (): InboundEvent[] => results.flatMap((result) => (result.ok ? result.events : []));

  beforeAll(async () => {
    db = await createTestDb();
    world = await createZaloWorld(db);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await world.platform.setWebhook(world.oa.appId, url)).toBe(true);
  });
  afterEach(() => {
    results = [];
    Object.assign(world.platform.delivery, { spelling: 'plain', hasNumericTimestamp: false, isDoubled: false });
    world.platform.settings.echoes = 'off';
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    await world.platform.stop();
    await db.close();
  });

  it('recognises both checks of the address', () => {
    expect(results).toEqual([
      { ok: false, reason: 'probe' },
      { ok: false, reason: 'probe' },
    ]);
  });

  it.each([
    ['plain', false],
    ['escaped', false],
    ['spaced', false],
    ['plain', true],
  ] as const)('reads a text in %s spelling (time as a number: %s)', async (spelling, hasNumericTimestamp) => {
    Object.assign(world.platform.delivery, { spelling, hasNumericTimestamp });
    const sent = await world.platform.personSends(world.oa.oaId, CITIZEN, { text: 'Làm giấy khai sinh cần gì? 👶' });
    expect(events()).toMatchObject([
      { kind: 'message', text: 'Làm giấy khai sinh cần gì? 👶', messageId: sent.messageId },
    ]);
  });

  it('reads everything people and staff do', async () => {
    const { platform, oa, channel, account } = world;
    const [call] = channel.render({ text: 'Chọn', buttons: [{ kind: 'reply', title: 'Lệ phí', value: 'hx:fee' }] });
    const context = { reference: 'hx:1', signal: new AbortController().signal, isFromOfficer: false, lastUserAt: null };
    platform.settings.echoes = 'before';
    platform.settings.receipts = 'seen';
    const { platformMessageId } = await channel.send(account, CITIZEN, call!, context);
    await platform.settled();
    platform.settings.receipts = 'off';
    await platform.personSends(oa.oaId, CITIZEN, { button: 'Lệ phí' });
    await platform.personSends(oa.oaId, CITIZEN, { businessCard: { name: 'Nguyễn Văn A', phone: '84912345678' } });
    const place = { coordinates: { latitude: '21.0285', longitude: '105.8542' } };
    await platform.personSends(oa.oaId, CITIZEN, { attachment: { type: 'location', payload: place } });
    await platform.staffWrites(oa.oaId, CITIZEN, 'Tôi là cán bộ');
    await platform.follow(oa.oaId, CITIZEN);
    await platform.clickChatNow(oa.oaId, CITIZEN);
    await platform.submitInfo(oa.oaId, CITIZEN, { name: 'Nguyễn Văn A', phone: '84912345678' });
    await platform.react(oa.oaId, CITIZEN, platformMessageId);
    await platform.unfollow(oa.oaId, CITIZEN);
    await platform.withdraw(oa.oaId, CITIZEN);
    await platform.anonymousSends(oa.oaId, { anonymousId: 'anon-1', conversationId: 'conv-1' }, 'Cho hỏi');
    expect(
      events().map(({ kind, lane, chatId }) => `${kind} ${lane} ${chatId === CITIZEN ? 'citizen' : chatId}`),
    ).toEqual([
      'echo receipt citizen',
      'delivered receipt citizen',
      'read receipt citizen',
      'postback turn citizen',
      'message turn citizen',
      'message turn citizen',
      'staff_message turn citizen',
      'start turn citizen',
      'start turn citizen',
      'contact turn citizen',
      'reaction record citizen',
      'unfollow record citizen',
      'withdraw turn citizen',
      'message turn anon:conv-1:anon-1',
    ]);
    expect(events()[0]!.messageId).toBe(platformMessageId);
    expect(new Set(events().map((event) => event.platformEventId)).size).toBe(events().length);
  });

  it('gives an event that comes twice the same id', async () => {
    world.platform.delivery.isDoubled = true;
    await world.platform.follow(world.oa.oaId, CITIZEN);
    const ids = events().map((event) => event.platformEventId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('refuses the old secret after a reset, and takes both once the new one is connected', async () => {
    const { platform, oa } = world;
    const fresh = platform.resetOaSecret(oa.appId);
    await platform.personSends(oa.oaId, CITIZEN, { text: 'Một' });
    expect(results).toEqual([{ ok: false, reason: 'bad_signature' }]);
    await world.connect({ ...oa, oaSecret: fresh });
    await platform.personSends(oa.oaId, CITIZEN, { text: 'Hai' });
    expect(events()).toMatchObject([{ text: 'Hai' }]);
    platform.app(oa.appId).webhookSecret = oa.oaSecret;
    await platform.personSends(oa.oaId, CITIZEN, { text: 'Ba' });
    expect(events().map((event) => event.text)).toEqual(['Hai', 'Ba']);
  });
});
