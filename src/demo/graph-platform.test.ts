import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createGraphPlatform,
  type GraphPlatform,
  type GraphPlatformOptions,
  type WebhookEvent,
} from './graph-platform.ts';

const app = { id: '4600000000000001', secret: 'stand-in secret', verifyToken: 'word' };
const page = { id: '100000000000001', name: 'UBND xã', token: 'EAAPAGE', appId: app.id };
const psid = '7000000000000001';
const inbox = '263902037430900';
const hour = 3_600_000;

interface Hook {
  raw: Buffer;
  headers: Record<string, unknown>;
}
type Answer = { status: number; body: Record<string, never> & { error?: Record<string, unknown> } };

let hooks: Hook[];
let answerWith: number | null;
let server: Server;
let hookUrl: string;
let platform: GraphPlatform;
let time: number;

beforeEach(async () => {
  hooks = [];
  answerWith = 200;
  time = Date.parse('2026-11-21T01:00:00Z');
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    if (request.method === 'GET') {
      const isRight = url.searchParams.get('hub.verify_token') === 'word';
      response.writeHead(isRight ? 200 : 403).end(isRight ? url.searchParams.get('hub.challenge') : '');
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    hooks.push({ raw: Buffer.concat(chunks), headers: request.headers });
    if (answerWith !== null) response.writeHead(answerWith).end('EVENT_RECEIVED');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/messenger`;
});
afterEach(async () => {
  await platform?.stop();
  server.closeAllConnections();
  server.close();
});

async function begin(
  options: GraphPlatformOptions = {},
  pageChanges: Partial<Parameters<GraphPlatform['registerPage']>[0]> = {},
) {
  platform = createGraphPlatform({ now: () => new Date(time), retryDelaysMs: [1], ...options });
  await platform.start();
  platform.registerApp({ ...app, webhookUrl: hookUrl });
  platform.registerPage({ ...page, ...pageChanges });
  platform.registerPerson(page.id, { psid, name: 'Nguyễn Văn An', lastUserAt: new Date(time) });
}
async function call(method: string, path: string, body?: unknown, token: string = page.token): Promise<Answer> {
  const response = await fetch(`${platform.url}/v25.0/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}
const send = (message: unknown, more: object = {}) =>
  call('POST', 'me/messages', { recipient: { id: psid }, messaging_type: 'RESPONSE', message, ...more });
const errorOf = ({ body }: Answer) => [body.error?.code, body.error?.error_subcode];
const text = { text: 'Chào' };
const parsed = () => hooks.map(({ raw }) => JSON.parse(raw.toString()));
const received = (container = 'messaging') =>
  parsed().flatMap(({ entry }) => entry.flatMap((one: Record<string, unknown[]>) => one[container] ?? []));
const digest = (bytes: Buffer) => `sha256=${createHmac('sha256', app.secret).update(bytes).digest('hex')}`;

describe('webhooks of the stand-in', () => {
  it('writes ASCII with lower-case escapes and signs those bytes', async () => {
    await begin();
    await platform.personSends(page.id, psid, { text: 'Đơn / 😀' });
    const [{ raw, headers }] = hooks as [Hook];
    expect(raw.toString('latin1')).toContain(String.raw`"text":"\u0110\u01a1n \/ \ud83d\ude00"`);
    expect(headers['x-hub-signature-256']).toBe(digest(raw));
    expect(received()).toMatchObject([
      { sender: { id: psid }, recipient: { id: page.id }, timestamp: time, message: { text: 'Đơn / 😀' } },
    ]);
  });

  it('can send real letters signed escaped, bad, missing or old signatures', async () => {
    await begin();
    const signedAs = async (signing: typeof platform.webhooks.settings.signing) => {
      platform.webhooks.settings.signing = signing;
      hooks = [];
      await platform.personSends(page.id, psid, { text: 'Đơn' });
      const [{ raw, headers }] = hooks as [Hook];
      return { raw, signature: headers['x-hub-signature-256'] };
    };
    const utf8 = await signedAs('utf8_signed_escaped');
    expect(utf8.raw.includes('Đơn')).toBe(true);
    const escaped = utf8.raw.toString().replace('Đơn', String.raw`\u0110\u01a1n`);
    expect(utf8.signature).toBe(digest(Buffer.from(escaped)));
    const plain = await signedAs('utf8');
    expect(plain.signature).toBe(digest(plain.raw));
    const bad = await signedAs('bad');
    expect(bad.signature).not.toBe(digest(bad.raw));
    expect((await signedAs('missing')).signature).toBeUndefined();
    expect((await signedAs('sha1_only')).signature).toBeUndefined();
  });

  it('batches, repeats and swaps on demand', async () => {
    await begin({ batchMs: 20 });
    await Promise.all([1, 2, 3].map((n) => platform.personSends(page.id, psid, { text: `Câu ${n}` })));
    expect(parsed().map(({ entry }) => entry.length)).toEqual([3]);
    platform.webhooks.settings.batchMs = 0;
    hooks = [];
    platform.webhooks.duplicateNext();
    await platform.personSends(page.id, psid, { text: 'hai lần' });
    expect(hooks).toHaveLength(2);
    expect(hooks[0]!.raw).toEqual(hooks[1]!.raw);
    hooks = [];
    platform.webhooks.swapNext();
    const first = platform.personSends(page.id, psid, { text: 'trước' });
    await Promise.all([first, platform.personSends(page.id, psid, { text: 'sau' })]);
    expect(received().map(({ message }: { message: { text: string } }) => message.text)).toEqual(['sau', 'trước']);
  });

  it('tries again until it hears 200, and unsubscribes the page after an hour', async () => {
    await begin();
    const events: WebhookEvent[] = [];
    platform.events.on('webhook', (event) => {
      events.push(event);
      if (events.length === 3) answerWith = 200;
    });
    answerWith = 500;
    await platform.personSends(page.id, psid, { text: 'a' });
    await platform.settled();
    expect(events.map(({ status, attempt }) => [status, attempt])).toEqual([
      [500, 1],
      [500, 2],
      [500, 3],
      [200, 4],
    ]);
    answerWith = 500;
    platform.events.removeAllListeners('webhook');
    platform.events.on('webhook', () => {
      time += 20 * 60_000;
    });
    await platform.personSends(page.id, psid, { text: 'b' });
    await platform.settled();
    expect(platform.webhooks.alerts.has(page.id)).toBe(true);
    expect(platform.subscribedFields(page.id, app.id)).toEqual([]);
    hooks = [];
    await platform.personSends(page.id, psid, { text: 'c' });
    expect(hooks).toEqual([]);
  });

  it('takes no answer in time for a failure', async () => {
    await begin({ ackMs: 30 });
    answerWith = null;
    const events: WebhookEvent[] = [];
    platform.events.on('webhook', (event) => {
      events.push(event);
      answerWith = 200;
    });
    await platform.personSends(page.id, psid, { text: 'a' });
    await platform.settled();
    expect(events.map(({ status }) => status)).toEqual([0, 200]);
  });

  it('delivers a field only when app and page subscribed it', async () => {
    await begin({}, { fields: ['messages'] });
    await platform.personSends(page.id, psid, { text: 'a' });
    await platform.getStarted(page.id, psid);
    expect(received()).toHaveLength(1);
    expect(
      (await call('POST', `${page.id}/subscribed_apps?subscribed_fields=messages,messaging_postbacks`)).body,
    ).toEqual({ success: true });
    await platform.getStarted(page.id, psid, { ref: 'TTHC_1' });
    expect(received()[1]).toMatchObject({ postback: { payload: 'GET_STARTED', referral: { ref: 'TTHC_1' } } });
    expect(errorOf(await call('POST', `${page.id}/subscribed_apps?subscribed_fields=nothing`))[0]).toBe(100);
  });

  it('verifies an address before it uses it', async () => {
    await begin();
    const appToken = `${app.id}|${app.secret}`;
    const subscribe = (verify_token: string) =>
      call(
        'POST',
        `${app.id}/subscriptions`,
        { object: 'page', callback_url: hookUrl, verify_token, fields: 'messages' },
        appToken,
      );
    expect(errorOf(await subscribe('wrong'))[0]).toBe(2200);
    expect((await subscribe('word')).body).toEqual({ success: true });
    await expect(platform.connectWebhook(app.id, hookUrl)).resolves.toBeUndefined();
  });
});

describe('Send API of the stand-in', () => {
  it('shows the message, then tells echo, delivery and read', async () => {
    await begin();
    const { status, body } = await send({ ...text, metadata: 'hx:1' });
    expect(status).toBe(200);
    expect(body).toEqual({ recipient_id: psid, message_id: expect.stringMatching(/^m_/) });
    await platform.settled();
    const [echo, delivery, read] = received();
    expect(echo).toMatchObject({
      sender: { id: page.id },
      recipient: { id: psid },
      message: { is_echo: true, app_id: Number(app.id), metadata: 'hx:1', text: 'Chào' },
    });
    expect(delivery.delivery.watermark).toBe(time);
    expect(read.read.watermark).toBe(time);
    expect(platform.transcript(page.id, psid)).toMatchObject([{ author: 'bot', text: 'Chào', state: 'seen' }]);
  });

  it('can tell the echo before the answer', async () => {
    await begin({ echoes: 'before', receipts: false });
    await send(text);
    expect(received()).toHaveLength(1);
  });

  it('accepts urlencoded calls with the token among the fields', async () => {
    await begin();
    const fields = { access_token: page.token, recipient: `{"id":"${psid}"}`, message: '{"text":"Chào"}' };
    const response = await fetch(`${platform.url}/v19.0/${page.id}/messages`, {
      method: 'POST',
      body: new URLSearchParams(fields),
    });
    expect(response.status).toBe(200);
    expect([...platform.oldVersions]).toEqual(['v19.0']);
  });

  const button = { type: 'web_url', title: 'Mở', url: 'https://x.vn' };
  const template = (payload: object) => ({
    attachment: { type: 'template', payload: { template_type: 'button', text: 'a', buttons: [button], ...payload } },
  });
  const replies = (count: number, title = 'a') =>
    Array.from({ length: count }, () => ({ content_type: 'text', title, payload: 'p' }));
  it.each<[string, unknown, object, unknown[]]>([
    ['an empty text', { text: ' ' }, {}, [100, undefined]],
    ['a long text', { text: 'a'.repeat(2_001) }, {}, [100, undefined]],
    ['14 quick replies', { ...text, quick_replies: replies(14) }, {}, [100, undefined]],
    ['a long quick reply', { ...text, quick_replies: replies(1, 'a'.repeat(21)) }, {}, [100, undefined]],
    ['four buttons', template({ buttons: [button, button, button, button] }), {}, [100, undefined]],
    ['a long template', template({ text: 'a'.repeat(641) }), {}, [100, undefined]],
    ['a dead tag', text, { messaging_type: 'MESSAGE_TAG', tag: 'ACCOUNT_UPDATE' }, [100, undefined]],
    ['a tag without its type', text, { tag: 'HUMAN_AGENT' }, [100, undefined]],
    ['message and action', text, { sender_action: 'typing_on' }, [100, 2018014]],
    ['an unknown person', text, { recipient: { id: '1' } }, [100, 2018001]],
    ['an unknown attachment', { attachment: { type: 'image', payload: { attachment_id: '1' } } }, {}, [100, 2018074]],
  ])('refuses %s', async (_, message, more, expected) => {
    await begin();
    expect(errorOf(await send(message, more))).toEqual(expected);
    expect(platform.transcript(page.id, psid)).toEqual([]);
  });

  it('closes the window after a day, for people of the commune after a week', async () => {
    await begin();
    const tagged = { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' };
    time += 23 * hour;
    expect((await send(text)).status).toBe(200);
    time += hour;
    expect(errorOf(await send(text))).toEqual([10, 2018278]);
    expect((await send(text, tagged)).status).toBe(200);
    time += 6 * 24 * hour;
    expect(errorOf(await send(text, tagged))).toEqual([10, 2018278]);
    await platform.react(page.id, psid, 'm_1');
    expect((await send(text)).status).toBe(200);
    time += 25 * hour;
    platform.registerApp({ ...app, hasHumanAgent: false });
    expect(errorOf(await send(text, tagged))[0]).toBe(10);
  });

  it('refuses blocked people, restricted pages, dead and unknown tokens, false proofs', async () => {
    await begin();
    for (const [as, expected] of [
      ['551', [551, 1545041]],
      ['200', [200, 1545041]],
      ['2', [2, undefined]],
    ] as const) {
      platform.block(page.id, psid, as);
      expect(errorOf(await send(text))).toEqual(expected);
    }
    platform.block(page.id, psid, null);
    platform.restrict(page.id);
    expect(errorOf(await send(text))).toEqual([10, 1893063]);
    platform.restrict(page.id, false);
    expect(errorOf(await send(text, { appsecret_proof: 'f00' }))).toEqual([100, undefined]);
    platform.revokeToken(page.token, 463);
    expect(errorOf(await send(text))).toEqual([190, 463]);
    expect(errorOf(await call('GET', 'me', undefined, 'nobody'))).toEqual([190, undefined]);
  });

  it('gives one private reply to a comment', async () => {
    await begin();
    await platform.comments(page.id, { commentId: '1_2', text: 'Phí bao nhiêu?' });
    await platform.comments(page.id, { commentId: '1_3', by: 'page' });
    expect(received('changes')[0]).toMatchObject({
      field: 'feed',
      value: { comment_id: '1_2', created_time: time / 1_000 },
    });
    expect((await send(text, { recipient: { comment_id: '1_2' } })).status).toBe(200);
    expect(errorOf(await send(text, { recipient: { comment_id: '1_2' } }))[0]).toBe(10900);
    expect(errorOf(await send(text, { recipient: { comment_id: '1_3' } }))[0]).toBe(100);
  });

  it('answers profile, person, page, conversations and token', async () => {
    await begin();
    expect((await call('GET', 'me?fields=id,name')).body).toEqual({ id: page.id, name: page.name });
    expect((await call('GET', psid)).body).toMatchObject({ id: psid, name: 'Nguyễn Văn An', first_name: 'An' });
    expect(errorOf(await call('GET', '5'))).toEqual([100, 33]);
    expect((await call('POST', 'me/messenger_profile', { get_started: { payload: 'go' } })).body).toEqual({
      result: 'success',
    });
    expect((await call('GET', 'me/messenger_profile?fields=get_started')).body).toEqual({
      data: [{ get_started: { payload: 'go' } }],
    });
    for (let n = 0; n < 8; n++) await call('GET', 'me/messenger_profile');
    expect(errorOf(await call('GET', 'me/messenger_profile'))[0]).toBe(613);
    expect(
      (await call('GET', `debug_token?input_token=${page.token}`, undefined, `${app.id}|${app.secret}`)).body,
    ).toMatchObject({ data: { is_valid: true } });
    await platform.personSends(page.id, psid, { text: 'Hỏi' });
    await send(text);
    const { body } = await call(
      'GET',
      `${page.id}/conversations?user_id=${psid}&fields=participants,messages.limit(1){id,message}`,
    );
    expect(body).toMatchObject({ data: [{ messages: { data: [{ message: 'Chào', from: { id: page.id } }] } }] });
  });
});

describe('phones and routing of the stand-in', () => {
  it('lets people tap what they see, by title or place; quick replies vanish under newer messages', async () => {
    await begin({ echoes: 'off', receipts: false });
    const quick_replies = [
      { content_type: 'text', title: 'Một', payload: 'p1' },
      { content_type: 'text', title: 'Hai', payload: 'p2' },
    ];
    await send({ ...text, quick_replies });
    await platform.personSends(page.id, psid, { tap: 1 });
    expect(received()[0]).toMatchObject({ message: { text: 'Hai', quick_reply: { payload: 'p2' } } });
    expect(platform.transcript(page.id, psid)[0]!.buttons).toEqual([]);
    await expect(platform.personSends(page.id, psid, { tap: 'Một' })).rejects.toThrow('no button');
    const buttons = [
      { type: 'postback', title: 'Xem', payload: 'p3' },
      { type: 'web_url', title: 'Mở', url: 'https://x.vn/' },
    ];
    await send({ attachment: { type: 'template', payload: { template_type: 'button', text: 'a', buttons } } });
    await send(text);
    await platform.personSends(page.id, psid, { tap: 'Xem' });
    expect(received()[1]).toMatchObject({ postback: { title: 'Xem', payload: 'p3' } });
    expect(await platform.personSends(page.id, psid, { tap: 'Mở' })).toBe('https://x.vn/');
  });

  it('without a default app, staff and bot both write and an echo tells', async () => {
    await begin({ receipts: false });
    await platform.staffWrites(page.id, psid, 'Tôi là cán bộ');
    await platform.staffWrites(page.id, psid, 'b', { appId: 'missing' });
    const echoes = received().map(({ message }: { message: { app_id?: number } }) => message.app_id);
    expect(echoes).toEqual([Number(inbox), undefined]);
    expect((await send(text)).status).toBe(200);
  });

  it('with a default app, the inbox takes the conversation and the rest is standby', async () => {
    await begin({ receipts: false }, { defaultAppId: app.id });
    await platform.personSends(page.id, psid, { text: 'Hỏi' });
    await platform.staffWrites(page.id, psid, 'Tôi là cán bộ');
    expect(received()[1]).toMatchObject({
      take_thread_control: { new_owner_app_id: inbox, previous_owner_app_id: app.id },
    });
    expect(received('standby')).toMatchObject([{ message: { is_echo: true, text: 'Tôi là cán bộ' } }]);
    expect(errorOf(await send(text))).toEqual([2018300, undefined]);
    await platform.getStarted(page.id, psid);
    expect(received('standby')[1].postback).not.toHaveProperty('payload');
    await platform.staffDone(page.id, psid);
    expect(received().at(-1)).toMatchObject({ pass_thread_control: { new_owner_app_id: app.id } });
    expect((await send(text)).status).toBe(200);
    const recipient = { id: psid };
    expect((await call('GET', `me/thread_owner?recipient=${psid}`)).body).toMatchObject({
      data: [{ thread_owner: { app_id: app.id } }],
    });
    expect((await call('POST', 'me/pass_thread_control', { recipient, target_app_id: inbox })).body).toEqual({
      success: true,
    });
    expect(errorOf(await call('POST', 'me/release_thread_control', { recipient }))).toEqual([100, 2534037]);
    expect((await call('POST', 'me/take_thread_control', { recipient })).body).toEqual({ success: true });
    time += 25 * hour;
    expect((await call('GET', `me/thread_owner?recipient=${psid}`)).body).toEqual({ data: [] });
  });
});
