import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGraphPlatform, type GraphCallEvent, type GraphPlatform } from '../../demo/graph-platform.ts';
import { type Log, silentLog } from '../../log.ts';
import { type Channel, ChannelSendError, type OutboundCall, type SendContext } from '../channel.ts';
import { createGraphClient } from './client.ts';
import { createMessengerChannel } from './messenger.ts';
import { appSecretProof } from './signature.ts';
import { appId, connected, type memoryAccounts, pageId, psid, secret, testAccount, token } from './testing.ts';

const hour = 3_600_000;
let time = Date.parse('2026-11-21T01:00:00Z');
const now = () => new Date(time);
let platform: GraphPlatform;
let channel: Channel;
let accounts: ReturnType<typeof memoryAccounts>;
let calls: GraphCallEvent[];
let logged: string[];

beforeEach(async () => {
  logged = [];
  const write = (event: string, fields?: unknown) => void logged.push(`${event} ${JSON.stringify(fields)}`);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const stand = createGraphPlatform({ now, echoes: 'off', receipts: false, requiresProof: true });
  ({ platform, channel, accounts } = await connected(stand, { now, log }));
  calls = [];
  platform.events.on('call', (call) => calls.push(call));
});
afterEach(() => platform.stop());

const text: OutboundCall = { kind: 'text', text: 'Chào', body: { text: 'Chào' } };
const context = (changes: Partial<SendContext> = {}): SendContext => ({
  reference: 'hx:1',
  signal: new AbortController().signal,
  isFromOfficer: false,
  lastUserAt: now(),
  ...changes,
});
const send = (call = text, changes: Partial<SendContext> = {}, account = testAccount()) =>
  channel.send(account, psid, call, context(changes));
const refusal = async (sending: Promise<unknown>) => {
  const error = await sending.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ChannelSendError);
  return error as ChannelSendError;
};

describe('send', () => {
  it('writes what the Send API wants, and the token nowhere else', async () => {
    const { platformMessageId } = await send();
    expect(platformMessageId).toMatch(/^m_/);
    expect(calls).toMatchObject([
      {
        method: 'POST',
        path: '/v25.0/me/messages',
        request: {
          recipient: { id: psid },
          messaging_type: 'RESPONSE',
          message: { text: 'Chào', metadata: 'hx:1' },
        },
      },
    ]);
    expect(calls[0]!.request.tag).toBeUndefined();
    expect(platform.transcript(pageId, psid).map((message) => message.text)).toEqual(['Chào']);
  });

  it('stays below the pace at which Meta blocks the inbox of the page', () => {
    expect(channel.limits.sendsPerSecond).toBeLessThanOrEqual(40);
  });

  it('proves the app secret in the body and keeps the token out of the address', async () => {
    let seen = { url: '', body: '', authorization: '' };
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen = {
        url: request.url ?? '',
        body: Buffer.concat(chunks).toString(),
        authorization: request.headers.authorization ?? '',
      };
      response.end('{"message_id":"m_x"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const graphUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const direct = createMessengerChannel({
      graphUrl,
      graphVersion: 'v26.0',
      accounts: accounts.store,
      log: silentLog,
    });
    await direct.send(testAccount(), psid, text, context());
    expect(seen.url).toBe('/v26.0/me/messages');
    expect(seen.authorization).toBe(`Bearer ${token}`);
    expect(JSON.parse(seen.body)).toMatchObject({ appsecret_proof: appSecretProof(token, secret) });
    expect(seen.body).not.toContain(token);
    server.closeAllConnections();
    server.close();
  });

  it('tags a late answer only when an officer wrote it, between 24 hours and 7 days', async () => {
    const wroteAt = now();
    const tagAfter = async (hours: number, isFromOfficer: boolean) => {
      time = wroteAt.getTime() + hours * hour;
      calls = [];
      await send(text, { isFromOfficer, lastUserAt: wroteAt }).catch(() => undefined);
      return [calls[0]?.request.messaging_type, calls[0]?.request.tag, calls[0]?.status];
    };
    expect(await tagAfter(23, true)).toEqual(['RESPONSE', undefined, 200]);
    expect(await tagAfter(25, true)).toEqual(['MESSAGE_TAG', 'HUMAN_AGENT', 200]);
    expect(await tagAfter(25, false)).toEqual(['RESPONSE', undefined, 400]);
    expect(await tagAfter(169, true)).toEqual(['RESPONSE', undefined, 400]);
  });

  it('does not stop the page because the app may not use the tag', async () => {
    platform.registerApp({ id: appId, secret, verifyToken: 'word-of-the-commune', hasHumanAgent: false });
    const late = { isFromOfficer: true, lastUserAt: new Date(time - 25 * hour) };
    const error = await refusal(send(text, late));
    expect(error).toMatchObject({ code: 'window_closed', platformCode: '10', pausesAccountMs: undefined });
  });

  const minute = 60_000;
  it.each<[number, number | undefined, Partial<ChannelSendError>]>([
    [1, undefined, { code: 'temporary', isUncertain: false, retryAfterMs: 5_000 }],
    [1, 1357046, { code: 'maybe_sent', isUncertain: true }],
    [2, undefined, { code: 'temporary', isUncertain: false }],
    [1200, undefined, { code: 'temporary' }],
    [4, undefined, { code: 'rate_limited', pausesAccountMs: minute }],
    [17, undefined, { code: 'rate_limited' }],
    [32, undefined, { code: 'rate_limited' }],
    [613, 1996, { code: 'rate_limited', retryAfterMs: minute }],
    [80001, undefined, { code: 'rate_limited' }],
    [80006, undefined, { code: 'rate_limited' }],
    [10, 2018278, { code: 'window_closed', retryAfterMs: undefined, platformCode: '10/2018278' }],
    [10, 2534022, { code: 'window_closed' }],
    [10, 1893063, { code: 'account_restricted', pausesAccountMs: 15 * minute }],
    [10, undefined, { code: 'account_restricted', pausesAccountMs: 10 * minute }],
    [200, undefined, { code: 'account_restricted', pausesAccountMs: undefined, retryAfterMs: 10 * minute }],
    [200, 2018028, { code: 'account_restricted' }],
    [299, undefined, { code: 'account_restricted' }],
    [3, undefined, { code: 'account_restricted' }],
    [368, undefined, { code: 'account_restricted', pausesAccountMs: 60 * minute }],
    [100, 2018001, { code: 'recipient_unavailable', retryAfterMs: undefined }],
    [551, 1545041, { code: 'recipient_unavailable' }],
    [551, undefined, { code: 'recipient_unavailable' }],
    [200, 1545041, { code: 'recipient_unavailable' }],
    [10, 2018108, { code: 'recipient_unavailable' }],
    [2018300, undefined, { code: 'not_owner', retryAfterMs: undefined }],
    [10, 2018300, { code: 'not_owner' }],
    [2018321, undefined, { code: 'not_owner' }],
    [100, 2534037, { code: 'not_owner' }],
    [100, undefined, { code: 'rejected', retryAfterMs: undefined }],
    [100, 33, { code: 'rejected' }],
    [10900, undefined, { code: 'rejected' }],
    [10903, undefined, { code: 'rejected' }],
    [230, undefined, { code: 'rejected' }],
    [424242, undefined, { code: 'rejected' }],
  ])('takes error %i/%s for what it is', async (code, subcode, meaning) => {
    platform.failNext({ kind: 'error', code, ...(subcode ? { subcode } : {}) });
    const error = await refusal(send());
    expect(error).toMatchObject(meaning);
    expect(error.message).not.toContain(token);
    expect(logged.join()).toContain('AStandInTraceId');
    expect((await send()).platformMessageId).toMatch(/^m_/);
  });

  it('is not certain about an unknown code with HTTP 500', async () => {
    platform.failNext({ kind: 'error', code: 424242, status: 500 });
    expect(await refusal(send())).toMatchObject({ code: 'temporary', isUncertain: true });
  });

  it.each([458, 459, 460, 463, 464, 467, 492, null])('marks an account whose token died of 190/%s', async (subcode) => {
    if (subcode === null) platform.failNext({ kind: 'error', code: 190 });
    else platform.revokeToken(token, subcode);
    const error = await refusal(send());
    expect(error).toMatchObject({ code: 'needs_reauthorisation', retryAfterMs: 5_000, isUncertain: false });
    const [row] = [...accounts.rows.values()];
    expect(row!.status).toBe('needs_reauthorisation');
    expect(row!.statusReason).toContain('channel connect messenger');
    expect(row!.statusReason).not.toContain(token);
    calls = [];
    expect(await refusal(send(text, {}, row!))).toMatchObject({ code: 'needs_reauthorisation', retryAfterMs: 5_000 });
    expect(calls).toEqual([]);
  });

  it('uses the token stored meanwhile by another process', async () => {
    const old = testAccount();
    platform.addToken(pageId, 'EAANEW', appId);
    platform.revokeToken(token);
    accounts.change(old.id, { secrets: { ...old.secrets, accessToken: 'EAANEW' } });
    expect((await send(text, {}, old)).platformMessageId).toMatch(/^m_/);
    expect([...accounts.rows.values()][0]!.status).toBe('active');
  });

  it('pauses for as long as the platform says', async () => {
    platform.failNext({ kind: 'error', code: 80006, regainMinutes: 17 });
    expect(await refusal(send())).toMatchObject({ pausesAccountMs: 17 * minute, retryAfterMs: 17 * minute });
    platform.setUsage(pageId, { percent: 100, regainMinutes: 3 });
    await send();
    expect([...accounts.rows.values()][0]!.pausedUntil).toEqual(new Date(time + 3 * minute));
  });

  it('says it plainly when the platform refuses the buttons', async () => {
    const call: OutboundCall = {
      ...text,
      body: { text: 'Chào', quick_replies: [{ content_type: 'text', title: 'x'.repeat(30), payload: 'p' }] },
      fallbackBody: { text: 'Chào\n\n1. x' },
    };
    await send(call);
    expect(platform.transcript(pageId, psid).map((message) => message.text)).toEqual(['Chào\n\n1. x']);
    platform.failNext({ kind: 'error', code: 100 }, 2);
    calls = [];
    expect(await refusal(send(call))).toMatchObject({ code: 'rejected' });
    expect(calls).toHaveLength(2);
    platform.failNext({ kind: 'error', code: 10, subcode: 2018278 });
    calls = [];
    await refusal(send(call));
    expect(calls).toHaveLength(1);
  });

  it('sends a link when the platform cannot fetch a picture', async () => {
    platform.choices.isMediaBroken = () => true;
    for (const call of channel.render({ text: '', imageUrl: 'https://x.vn/a.png' })) await send(call);
    expect(platform.transcript(pageId, psid).map((message) => message.text)).toEqual(['https://x.vn/a.png']);
  });

  it.each([
    ['reset', 'network'],
    ['reset_after_delivery', 'network'],
    ['html_500', 'temporary'],
    ['html_500_after_delivery', 'temporary'],
    ['lost_reply', 'maybe_sent'],
    ['no_message_id', 'maybe_sent'],
  ] as const)('knows that after %s the message may have arrived', async (kind, code) => {
    platform.failNext({ kind });
    expect(await refusal(send())).toMatchObject({ code, isUncertain: true });
  });

  it('ends a call that is called off while it waits, as uncertain', async () => {
    platform.failNext({ kind: 'timeout_after_delivery' });
    const stop = new AbortController();
    const refused = refusal(send(text, { signal: stop.signal }));
    await vi.waitUntil(() => platform.transcript(pageId, psid).length === 1, 20_000);
    stop.abort();
    expect(await refused).toMatchObject({ code: 'network', isUncertain: true });
    expect(platform.transcript(pageId, psid)).toHaveLength(1);
  });

  it('does not wait for ever, neither for silence nor for an answer that drips in', async () => {
    const server = createServer((request, response) => {
      if (request.url?.includes('silence')) return;
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const call = createGraphClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'v25.0', 150);
    for (const path of ['silence', 'drip']) {
      const asking = call(testAccount(), { method: 'POST', path, parameters: {} }, new AbortController().signal);
      expect(await refusal(asking)).toMatchObject({ code: 'network', isUncertain: true });
    }
    server.closeAllConnections();
    server.close();
  });

  it('is certain that nothing was sent when nobody listens', async () => {
    await platform.stop();
    expect(await refusal(send())).toMatchObject({ code: 'temporary', isUncertain: false, retryAfterMs: 5_000 });
  });

  it('follows no redirect', async () => {
    const server = createServer((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const graphUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const direct = createMessengerChannel({
      graphUrl,
      graphVersion: 'v25.0',
      accounts: accounts.store,
      log: silentLog,
    });
    expect(await refusal(direct.send(testAccount(), psid, text, context()))).toMatchObject({ code: 'temporary' });
    server.closeAllConnections();
    server.close();
  });
});

describe('history, typing, check', () => {
  const signal = new AbortController().signal;

  it.each([false, true])('finds only what the page wrote to this person (user_id ignored: %s)', async (ignores) => {
    platform.setIgnoresUserId(ignores);
    platform.registerPerson(pageId, { psid: '7000000000000002', lastUserAt: now() });
    await platform.personSends(pageId, psid, { text: 'Hỏi' });
    const sent = await send();
    await channel.send(testAccount(), '7000000000000002', text, context());
    const found = await channel.recentlySent(testAccount(), psid, signal);
    expect(found).toEqual(
      [{ ...sent, text: 'Chào', sentAt: now() }].map(({ platformMessageId, ...rest }) => ({
        platformMessageId,
        ...rest,
      })),
    );
    expect(await channel.recentlySent(testAccount(), '7000000000000009', signal)).toEqual([]);
  });

  it('says why the history cannot be read', async () => {
    platform.revokeToken(token);
    await expect(channel.recentlySent(testAccount(), psid, signal)).rejects.toMatchObject({
      code: 'needs_reauthorisation',
    });
  });

  it('shows typing', async () => {
    const seen: unknown[] = [];
    platform.events.on('typing', (event) => seen.push(event));
    await channel.showTyping(testAccount(), psid, signal);
    expect(seen).toEqual([{ pageId, psid, isOn: true }]);
  });

  it('checks that the token is the one of this page, and notes that it lives again', async () => {
    expect(await channel.checkAccount(testAccount(), signal)).toEqual({ name: 'UBND xã thử' });
    await expect(channel.checkAccount(testAccount({ externalId: '9' }), signal)).rejects.toMatchObject({
      code: 'account_restricted',
    });
    accounts.change(testAccount().id, { status: 'needs_reauthorisation' });
    await channel.checkAccount(testAccount({ status: 'needs_reauthorisation' }), signal);
    expect([...accounts.rows.values()][0]!.status).toBe('active');
  });

  it('puts the app back on a page that took it off', async () => {
    const fields = await channel.ensureSubscribed!(testAccount(), signal);
    expect(fields).toEqual([]);
    platform.unsubscribe(pageId, appId);
    expect(await channel.ensureSubscribed!(testAccount(), signal)).toContain('messages');
    expect(platform.subscribedFields(pageId, appId)).toContain('standby');
    expect(calls.at(-1)).toMatchObject({ method: 'POST', request: { get_started: { payload: 'GET_STARTED' } } });
    calls = [];
    expect(await channel.ensureSubscribed!(testAccount(), signal)).toEqual([]);
    expect(calls).toHaveLength(1);
  });

  it('writes neither text nor token nor person into the log', async () => {
    platform.failNext({ kind: 'error', code: 100 });
    await refusal(send());
    platform.revokeToken(token);
    await refusal(send());
    expect(logged.length).toBeGreaterThan(1);
    for (const secretWord of ['Chào', token, secret, psid]) expect(logged.join()).not.toContain(secretWord);
  });
});
