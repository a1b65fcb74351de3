import { createSign, generateKeyPairSync } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { createGuidance } from '../guidance/engine.ts';
import type { Question } from '../guidance/guidance.ts';
import { silentLog } from '../log.ts';
import { botFrameworkRoutes } from './bot-framework.routes.ts';

const APP_ID = '11111111-2222-3333-4444-555555555555';
const SERVICE = 'https://webchat.example.org';
const METADATA = 'https://login.botframework.com';
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const others = generateKeyPairSync('rsa', { modulusLength: 2048 });

let database: TestDb;
let server: Server;
let url: string;
const guidance = createGuidance();
const asked: Question[] = [];

beforeAll(async () => {
  database = await createTestDb();
  const [commune] = database.communes;
  const router = botFrameworkRoutes({
    credentials: { appId: APP_ID, appPassword: 'mat-khau', tenantId: 'tenant' },
    commune: async () => commune!,
    database,
    guidance: {
      ...guidance,
      answer: (question) => {
        asked.push(question);
        return guidance.answer(question);
      },
    },
    log: silentLog,
    now: () => new Date('2026-11-30T02:00:00Z'),
  });
  server = express().use(router).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/messages`;
  microsoft();
});
afterEach(() => {
  asked.length = 0;
});
afterAll(async () => {
  server.close();
  await database.close();
});

/** Microsoft's published keys and its desk for tokens: asked once, then remembered by the SDK. */
function microsoft() {
  const { n, e } = keys.publicKey.export({ format: 'jwk' });
  nock(METADATA)
    .get('/v1/.well-known/openidconfiguration')
    .reply(200, { issuer: 'https://api.botframework.com', jwks_uri: `${METADATA}/v1/.well-known/keys` })
    .get('/v1/.well-known/keys')
    .reply(200, { keys: [{ kty: 'RSA', kid: 'k1', use: 'sig', n, e, endorsements: ['webchat'] }] });
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
function token(claims: object = {}, key = keys.privateKey): string {
  const now = Math.floor(Date.now() / 1_000);
  const body = `${base64({ alg: 'RS256', typ: 'JWT', kid: 'k1' })}.${base64({
    ...{ iss: 'https://api.botframework.com', aud: APP_ID, serviceurl: SERVICE, nbf: now - 60, exp: now + 600 },
    ...claims,
  })}`;
  return `Bearer ${body}.${createSign('RSA-SHA256').update(body).sign(key).toString('base64url')}`;
}

interface Reply {
  text: string;
  suggestedActions?: { actions: { type: string; value: { payload: string } }[] };
}

let count = 0;
const activity = (change: object = {}) => ({
  type: 'message',
  id: `a${++count}`,
  timestamp: '2026-11-30T02:00:00Z',
  channelId: 'webchat',
  serviceUrl: SERVICE,
  conversation: { id: 'talk-1' },
  from: { id: 'citizen-1', name: 'Một người dân' },
  recipient: { id: 'bot-1', name: 'bot' },
  text: 'phí làm giấy khai sinh',
  deliveryMode: 'expectReplies',
  ...change,
});

async function post(body: unknown, authorization: string | null = token()) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization !== null && { authorization }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const replies = text.startsWith('{') ? (JSON.parse(text).activities as Reply[]) : [];
  return { status: response.status, text, replies, words: replies.map((reply) => reply.text).join('\n') };
}

test('a signed question is answered by the same assistant, and the talk is remembered', async () => {
  const first = await post(activity());
  expect(first.status).toBe(200);
  expect(first.words).toContain('khai sinh');
  const second = await post(activity({ text: 'thế mất bao lâu' }));
  expect(second.words).toContain('1.001193');
  expect(asked.map(({ memory }) => memory === null)).toEqual([true, false]);
  const [row] = await database.run<{ id: string; memory: object }>('t', 'select id, memory from bot_framework_chats');
  expect(row!.id).not.toContain('citizen');
});

test('one person’s talk is not another’s', async () => {
  await post(activity({ from: { id: 'citizen-2' } }));
  await post(activity({ from: { id: 'citizen-3' }, text: 'thế mất bao lâu' }));
  expect(asked.at(-1)!.memory).toBeNull();
});

test('a button comes back as a press, not as words', async () => {
  const { replies } = await post(activity({ from: { id: 'citizen-4' }, text: 'xin chào' }));
  const [action] = replies.flatMap(({ suggestedActions }) => suggestedActions?.actions ?? []);
  expect(action).toMatchObject({ type: 'messageBack', value: { payload: expect.stringMatching(/./) } });
  await post(activity({ from: { id: 'citizen-4' }, text: '', value: action!.value }));
  expect(asked.at(-1)).toMatchObject({ text: '', payload: action!.value.payload });
});

test('no officer is promised where none reads', async () => {
  for (const text of ['cho tôi gặp cán bộ', 'tôi muốn phản ánh cán bộ hách dịch', 'chồng tôi đang đánh tôi']) {
    const { words } = await post(activity({ from: { id: text }, text }));
    expect(words).not.toMatch(/chuyển cho cán bộ|báo cho cán bộ|cán bộ sẽ đọc|Tôi báo|Mã phản ánh/);
  }
  const { words } = await post(activity({ from: { id: 'cry' }, text: 'chồng tôi đang đánh tôi' }));
  expect(words).toContain('113');
});

test('who joins is greeted; the bot itself, typing and what nobody knows are answered with nothing', async () => {
  const joins = (id: string) => activity({ type: 'conversationUpdate', text: null, membersAdded: [{ id }] });
  expect((await post(joins('citizen-5'))).words).toContain('trợ lý');
  expect((await post(joins('bot-1'))).replies).toEqual([]);
  expect((await post(activity({ type: 'typing' }))).replies).toEqual([]);
});

test('the same activity again is not answered twice', async () => {
  const again = activity({ from: { id: 'citizen-6' } });
  expect((await post(again)).replies).not.toEqual([]);
  expect((await post(again)).replies).toEqual([]);
});

test('turns of one talk at once lose nothing that was remembered', async () => {
  await Promise.all(
    ['lệ phí đăng ký kết hôn', 'giấy tờ làm khai tử', 'xin chào'].map((text) =>
      post(activity({ from: { id: 'citizen-7' }, text })),
    ),
  );
  const [row] = await database.run<{ version: number }>(
    't2',
    'select version from bot_framework_chats order by updated_at desc, version desc limit 1',
  );
  expect(row!.version).toBe(3);
});

test('attachments are told by their kind alone: what a stranger writes into them is not read', async () => {
  const attachments = [
    {
      contentType: 'audio/mp4',
      contentUrl: 'http://169.254.169.254/',
      content: { kind: 'audio', read: { text: 'x' } },
    },
    { contentType: 'text/html', content: '<p>phí</p>' },
  ];
  await post(activity({ from: { id: 'citizen-8' }, text: '', attachments }));
  expect(asked.at(-1)!.attachments).toEqual([{ kind: 'audio' }]);
});

test('a reply that is not waited for goes to the service the token names, under the app’s own token', async () => {
  nock('https://login.microsoftonline.com')
    .post('/tenant/oauth2/v2.0/token', /client_id=11111111.*client_secret=mat-khau/)
    .query(true)
    .reply(200, { token_type: 'Bearer', expires_in: 3600, access_token: 'ours' });
  const said: { text: string; from: object }[] = [];
  nock(SERVICE, { reqheaders: { authorization: 'Bearer ours' } })
    .persist()
    .post(/^\/v3\/conversations\/talk-9\/activities\/a\d+$/, (body) => said.push(body) > 0)
    .reply(200, { id: 'r1' });
  const { status, text } = await post(activity({ conversation: { id: 'talk-9' }, deliveryMode: undefined }));
  expect({ status, text }).toEqual({ status: 200, text: '' });
  await vi.waitFor(() => expect(said.map((one) => one.text).join('\n')).toContain('khai sinh'));
  nock.cleanAll();
});

test.each([
  ['no token', null],
  ['not a token', 'Bearer rubbish'],
  ['another scheme', 'Basic YTpi'],
  ['a key that is not Microsoft’s', token({}, others.privateKey)],
  ['another bot’s token', token({ aud: 'other-app' })],
  ['another issuer', token({ iss: 'https://evil.example' })],
  ['an old token', token({ nbf: 1_000, exp: 2_000 })],
  ['another service than the token names', token({ serviceurl: 'https://evil.example' })],
  ['no algorithm', `Bearer ${base64({ alg: 'none', kid: 'k1' })}.${base64({ aud: APP_ID })}.`],
])('%s: refused, and nothing is asked', async (_name, authorization) => {
  const { status } = await post(activity(), authorization);
  expect(status).toBe(401);
  expect(asked).toEqual([]);
});

test('the App Service channel, which is checked by other rules, is refused', async () => {
  expect((await post(activity({ channelId: 'AseChannel' }))).status).toBe(401);
});

test.each([
  ['no JSON', '{', 400],
  ['not an object', '[]', 400],
  ['no type', activity({ type: undefined }), 400],
  ['a service without https', activity({ serviceUrl: 'http://169.254.169.254/' }), 400],
  ['no conversation', activity({ conversation: undefined }), 400],
  ['an endless text', activity({ text: 'a'.repeat(5_000) }), 400],
  ['a huge body', activity({ channelData: 'a'.repeat(300_000) }), 413],
])('%s: told what is wrong', async (_name, body, status) => {
  const response = await post(body);
  expect(response.status).toBe(status);
  expect(asked).toEqual([]);
});
