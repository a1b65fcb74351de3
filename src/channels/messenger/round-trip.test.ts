import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGraphPlatform, type GraphPlatform, type GraphPlatformOptions } from '../../demo/graph-platform.ts';
import type { Channel, InboundEvent } from '../channel.ts';
import { appId, connected, memoryAccounts, pageId, psid, secret, testAccount } from './testing.ts';

let server: Server;
let hookUrl: string;
let platform: GraphPlatform;
let channel: Channel;
let events: InboundEvent[];
let statuses: number[];

/** The webhook route in small: verify, note, answer. */
beforeEach(async () => {
  const { store } = memoryAccounts(testAccount());
  events = [];
  statuses = [];
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    if (request.method === 'GET') {
      const { status, body } = await channel.answerGet(Object.fromEntries(url.searchParams), store);
      response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const result = await channel.receive({ body: Buffer.concat(chunks), headers: request.headers }, store);
    if (result.ok) events.push(...result.events);
    statuses.push(result.ok ? 200 : 401);
    response.writeHead(result.ok ? 200 : 401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/messenger`;
});
afterEach(async () => {
  await platform.stop();
  server.closeAllConnections();
  server.close();
});

async function begin(options: GraphPlatformOptions = {}) {
  ({ platform, channel } = await connected(createGraphPlatform(options)));
  await platform.connectWebhook(appId, hookUrl);
}
const send = (text: string, reference = 'hx:7') =>
  channel.send(
    testAccount(),
    psid,
    channel.render({ text, buttons: [{ kind: 'reply', title: 'Lệ phí', value: 'hx:fee' }] })[0]!,
    {
      reference,
      signal: new AbortController().signal,
      isFromOfficer: false,
      lastUserAt: new Date(),
    },
  );
const kinds = () => events.map(({ kind, lane, takesOver }) => `${kind}/${lane}${takesOver ? '/takes over' : ''}`);

describe('messenger over the wire', () => {
  it('is verified by the platform, and refused with another word', async () => {
    await begin();
    platform.registerApp({ id: appId, secret, verifyToken: 'another word' });
    await expect(platform.connectWebhook(appId, hookUrl)).rejects.toThrow('not verified');
  });

  it('answers a citizen and hears what became of the answer', async () => {
    await begin();
    await platform.getStarted(pageId, psid, { ref: 'TTHC_1' });
    await platform.personSends(pageId, psid, { text: 'Đăng ký khai sinh ở đâu? 😀' });
    const { platformMessageId } = await send('Ở bộ phận một cửa.');
    await platform.personSends(pageId, psid, { tap: 'Lệ phí' });
    await platform.settled();
    expect(kinds().sort()).toEqual([
      'delivered/receipt',
      'echo/receipt',
      'message/turn',
      'postback/turn',
      'read/receipt',
      'start/turn',
    ]);
    const echo = events.find(({ kind }) => kind === 'echo');
    expect(echo).toMatchObject({ reference: 'hx:7', messageId: platformMessageId, chatId: psid });
    expect(events.find(({ kind }) => kind === 'message')?.text).toBe('Đăng ký khai sinh ở đâu? 😀');
    expect(events.find(({ kind }) => kind === 'postback')).toMatchObject({ payload: 'hx:fee', text: 'Lệ phí' });
  });

  it('knows its own message although the echo is faster than the answer', async () => {
    await begin({ echoes: 'before', receipts: false });
    const sending = send('Chào');
    const { platformMessageId } = await sending;
    expect(events).toMatchObject([{ kind: 'echo', reference: 'hx:7', messageId: platformMessageId, takesOver: false }]);
  });

  it('hears about a message whose sending failed after delivery', async () => {
    await begin({ receipts: false });
    platform.failNext({ kind: 'reset_after_delivery' });
    await expect(send('Chào')).rejects.toMatchObject({ code: 'network', isUncertain: true });
    await platform.settled();
    expect(events).toMatchObject([{ kind: 'echo', reference: 'hx:7' }]);
  });

  it.each(['escaped', 'utf8', 'utf8_signed_escaped'] as const)('accepts Vietnamese signed as %s', async (signing) => {
    await begin({ signing });
    await platform.personSends(pageId, psid, { text: 'Sổ hộ khẩu cũ có dùng được không / hay phải đổi?' });
    expect(events).toMatchObject([{ text: 'Sổ hộ khẩu cũ có dùng được không / hay phải đổi?' }]);
  });

  it.each(['bad', 'missing', 'sha1_only'] as const)('refuses a signature that is %s', async (signing) => {
    await begin({ signing, retryDelaysMs: [600_000] });
    await platform.personSends(pageId, psid, { text: 'a' });
    expect(statuses).toEqual([401]);
    expect(events).toEqual([]);
  });

  it('steps back when staff answer in the inbox, with and without routing', async () => {
    await begin({ receipts: false });
    for (const appId of ['inbox', 'misprinted', 'missing'] as const)
      await platform.staffWrites(pageId, psid, 'Chào', { appId });
    expect(kinds()).toEqual(Array.from({ length: 3 }, () => 'staff_message/turn/takes over'));
    events = [];
    platform.setDefaultApp(pageId, appId);
    await platform.personSends(pageId, psid, { text: 'a' });
    await platform.staffWrites(pageId, psid, 'Chào');
    await platform.personSends(pageId, psid, { text: 'b' });
    await expect(send('c')).rejects.toMatchObject({ code: 'not_owner' });
    await platform.staffDone(pageId, psid);
    expect(kinds()).toEqual([
      'message/turn',
      'thread_control/turn/takes over',
      'staff_message/turn/takes over',
      'message/turn/takes over',
      'thread_control/turn',
    ]);
    expect(events.at(-1)?.givesBack).toBe(true);
    expect((await send('d')).platformMessageId).toMatch(/^m_/);
  });

  it('reads the rest: reactions, edits, links, comments, policy, tomorrow', async () => {
    await begin({ receipts: false });
    await platform.react(pageId, psid, 'm_1');
    await platform.edit(pageId, psid, 'm_1', 'khác');
    await platform.openLink(pageId, psid, 'TTHC_2');
    await platform.personSends(pageId, psid, { attachment: { type: 'image', payload: { url: 'https://x/a.jpg' } } });
    await platform.comments(pageId, { commentId: '1_2', text: 'Phí?' });
    await platform.comments(pageId, { commentId: '1_3', by: 'page' });
    await platform.comments(pageId, { commentId: '1_4', by: 'nobody', verb: 'remove' });
    const recipient = { id: pageId };
    await platform.pageEvent(pageId, 'messaging_policy_enforcement', 'messaging', {
      recipient,
      policy_enforcement: { action: 'warning' },
    });
    await platform.pageEvent(pageId, 'messages', 'messaging', { sender: { id: psid }, recipient, hologram: {} });
    expect(kinds()).toEqual([
      'reaction/record',
      'edit/turn',
      'referral/turn',
      'message/turn',
      'comment/record',
      'comment/record',
      'comment/record',
      'policy/record',
      'unknown/record',
    ]);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('gives a repeated delivery the same keys', async () => {
    await begin({ receipts: false });
    platform.webhooks.duplicateNext();
    await platform.personSends(pageId, psid, { text: 'a' });
    expect(events).toHaveLength(2);
    expect(events[0]!.platformEventId).toBe(events[1]!.platformEventId);
  });
});
