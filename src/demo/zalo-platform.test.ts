import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createZaloPlatform, type OaCredentials, type ZaloPlatform } from './zalo-platform.ts';

interface Hook {
  headers: IncomingHttpHeaders;
  text: string;
  json: {
    event_name: string;
    timestamp: string;
    sender: { id: string; admin_id?: string };
    message: { msg_id: string; text: string; msg_ids?: string[] };
  };
}

interface Answer {
  error: number;
  data: { message_id?: string; quota?: unknown; token?: string };
}

const HOUR_MS = 3_600_000;
const USER = '2468000000000000001';

describe('zalo stand-in', () => {
  let platform: ZaloPlatform;
  let oa: OaCredentials;
  let hooks: Hook[];
  let respond: (hook: Hook) => number | Promise<number>;
  let closeHooks: () => void;

  beforeEach(async () => {
    platform = createZaloPlatform();
    await platform.start();
    hooks = [];
    respond = () => 200;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const hook = { headers: request.headers, text, json: JSON.parse(text) as Hook['json'] };
        hooks.push(hook);
        response.writeHead(await respond(hook)).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeHooks = () => {
      server.close();
      server.closeAllConnections();
    };
    const { appId } = platform.registerApp({ checksSecretProof: false });
    oa = platform.registerOa(appId);
    expect(
      await platform.setWebhook(appId, `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/zalo`),
    ).toBe(true);
  });
  afterEach(async () => {
    closeHooks();
    await platform.stop();
  });

  const call = async (
    path: string,
    body?: unknown,
    headers: Record<string, string> = { access_token: oa.accessToken },
  ) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${platform.url}${path}`, {
      ...init,
      headers: { 'content-type': 'application/json', ...headers },
    });
    return { headers: response.headers, status: response.status, ...((await response.json()) as Answer) };
  };
  const send = (message: unknown, userId = USER) =>
    call('/v3.0/oa/message/cs', { recipient: { user_id: userId }, message });
  const token = (form: Record<string, string>, secret = oa.appSecret, type = 'application/x-www-form-urlencoded') =>
    fetch(`${platform.url}/v4/oa/access_token`, {
      method: 'POST',
      headers: { secret_key: secret, 'content-type': type },
      body: new URLSearchParams({ app_id: oa.appId, ...form }).toString(),
    }).then((response) => response.json() as Promise<Record<string, unknown>>);
  const names = () => hooks.slice(2).map((hook) => hook.json.event_name as string);

  it('checks a new address with an unsigned {} and a signed sample, and keeps the old one when refused', async () => {
    expect(hooks[0]).toMatchObject({ text: '{}' });
    expect(hooks[0]!.headers['x-zevent-signature']).toBeUndefined();
    expect(hooks[1]!.json.message.msg_id).toBe('This is message id');
    respond = () => 401;
    expect(await platform.setWebhook(oa.appId, 'http://127.0.0.1:9/')).toBe(false);
    expect(platform.app(oa.appId).webhookUrl).not.toBe('http://127.0.0.1:9/');
  });

  it.each(['plain', 'escaped', 'spaced'] as const)('signs the exact bytes in %s spelling', async (spelling) => {
    platform.delivery.spelling = spelling;
    await platform.personSends(oa.oaId, USER, { text: 'Xin chào xã' });
    const hook = hooks.at(-1)!;
    const mac = createHash('sha256')
      .update(oa.appId + hook.text + hook.json.timestamp + oa.oaSecret)
      .digest('hex');
    expect(hook.headers['x-zevent-signature']).toBe(`mac=${mac}`);
    expect(hook.json.message.text).toBe('Xin chào xã');
    expect(hook.text.includes('à')).toBe(spelling !== 'escaped');
  });

  it('wants the header access_token and says which way a token is dead', async () => {
    expect(await call('/v2.0/oa/getoa', undefined, {})).toMatchObject({ error: -216 });
    expect(await call('/v2.0/oa/getoa', undefined, { authorization: `Bearer ${oa.accessToken}` })).toMatchObject({
      error: -216,
    });
    expect(await call('/v2.0/oa/getoa')).toMatchObject({ error: 0, data: { oa_id: oa.oaId } });
    await platform.advance(25 * HOUR_MS);
    expect(await call('/v2.0/oa/getoa')).toMatchObject({ error: -220 });
  });

  it('rotates tokens: each pair kills the one before, a refresh token works once', async () => {
    const refresh = { grant_type: 'refresh_token', refresh_token: oa.refreshToken };
    expect(await token(refresh, 'wrong')).toMatchObject({ error: -14004 });
    expect(await token(refresh, oa.appSecret, 'application/json')).toMatchObject({ error: -14018 });
    const pair = await token(refresh);
    expect(pair).toMatchObject({ expires_in: '90000' });
    expect(await call('/v2.0/oa/getoa')).toMatchObject({ error: -220 });
    expect(await call('/v2.0/oa/getoa', undefined, { access_token: String(pair.access_token) })).toMatchObject({
      error: 0,
    });
    expect(await token(refresh)).toMatchObject({ error: -14014 });
    expect(await token({ grant_type: 'refresh_token', refresh_token: String(pair.refresh_token) })).toHaveProperty(
      'access_token',
    );
  });

  it('grants by consent with a single-use code and PKCE', async () => {
    const redirect = platform.app(oa.appId).callbackUrl;
    const challenge = 'DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo';
    const page = (uri: string) =>
      fetch(
        `${platform.url}/v4/oa/permission?${new URLSearchParams({ app_id: oa.appId, redirect_uri: uri, state: 's', code_challenge: challenge })}`,
        { redirect: 'manual' },
      );
    expect((await page(`${redirect}/`)).headers.get('location')).toContain('error_code=-14003');
    const location = new URL((await page(redirect)).headers.get('location')!);
    expect(location.searchParams.get('oa_id')).toBe(oa.oaId);
    expect(location.searchParams.get('state')).toBe('s');
    const exchange = {
      grant_type: 'authorization_code',
      code: location.searchParams.get('code')!,
      code_verifier: 'A'.repeat(43),
    };
    expect(await token(exchange)).toHaveProperty('refresh_token');
    expect(await token(exchange)).toMatchObject({ error: -14005 });
  });

  it('keeps the reply window and its prices', async () => {
    expect(await send({ text: 'a' })).toMatchObject({ error: -201 });
    await platform.staffWrites(oa.oaId, USER, 'Chào bác');
    expect(await send({ text: 'a' })).toMatchObject({ error: -232 });
    await platform.follow(oa.oaId, USER);
    expect(await send({ text: 'a' })).toMatchObject({ error: 0, data: { quota: { quota_type: 'welcome_msg' } } });
    await platform.personSends(oa.oaId, USER, { text: 'Xin chào' });
    expect(await send({ text: 'a' })).toMatchObject({
      error: 0,
      data: { user_id: USER, quota: { quota_type: 'reply' } },
    });
    const keepToken = () => Object.assign(platform.oa(oa.oaId).grant!, { accessExpiresAt: Number.POSITIVE_INFINITY });
    keepToken();
    await platform.advance(49 * HOUR_MS);
    expect(await send({ text: 'a' })).toMatchObject({ error: -320 });
    Object.assign(platform.oa(oa.oaId), { packageLeft: 1, walletVnd: 60 });
    expect(await send({ text: 'a' })).toMatchObject({ error: 0, data: { quota: { quota_type: 'sub_quota' } } });
    expect((await send({ text: 'a' })).data.quota).toBeUndefined();
    expect(await send({ text: 'a' })).toMatchObject({ error: -321 });
    await platform.advance(120 * HOUR_MS);
    expect(await send({ text: 'a' })).toMatchObject({ error: -230 });
  });

  it('refuses faulty messages', async () => {
    await platform.personSends(oa.oaId, USER, { text: 'Xin chào' });
    const button = { title: 'Mục', type: 'oa.query.hide', payload: 'hx:1' };
    const buttons = (list: unknown[]) => ({ text: 'a', attachment: { type: 'template', payload: { buttons: list } } });
    const media = (element: unknown) => ({
      attachment: { type: 'template', payload: { template_type: 'media', elements: [element] } },
    });
    const wrong: [unknown, number][] = [
      [{}, -201],
      [{ text: '' }, -201],
      [{ text: 5 }, -201],
      [{ text: 'á'.repeat(2_001) }, -210],
      [buttons([]), -201],
      [buttons(Array(6).fill(button)), -201],
      [buttons([{ ...button, payload: 'x'.repeat(1_001) }]), -201],
      [buttons([{ ...button, title: 'x'.repeat(36) }]), -201],
      [buttons([{ ...button, type: 'oa.open.url', payload: { url: 'javascript:alert(1)' } }]), -201],
      [{ text: 'a', attachment: { type: 'template', payload: { template_type: 'list' } } }, -233],
      [media({ media_type: 'image', url: 'https://a/b.png', attachment_id: 'x' }), -201],
      [media({ media_type: 'image', attachment_id: 'unknown' }), -201],
    ];
    for (const [message, error] of wrong)
      expect((await send(message)).error, JSON.stringify(message).slice(0, 80)).toBe(error);
    expect(await send({ text: 'á'.normalize('NFD').repeat(2_000) })).toMatchObject({ error: 0 });
    expect(await send(buttons(Array(5).fill(button)))).toMatchObject({ error: 0 });
    expect(await send({ text: 'a' }, '99')).toMatchObject({ error: -201 });
    expect(await call('/v2.0/oa/message', { recipient: { user_id: USER }, message: { text: 'a' } })).toMatchObject({
      error: -240,
    });
    expect(await call('/v2.0/oa/conversation?data=%7Bbad')).toMatchObject({ error: -201 });
    expect(await call(`/v2.0/oa/conversation?data=${JSON.stringify({ user_id: USER, count: 11 })}`)).toMatchObject({
      error: -201,
    });
  });

  it('counts calls per minute', async () => {
    platform.settings.requestsPerMinute = 2;
    const first = await call('/v2.0/oa/getoa');
    expect(first.headers.get('x-ratelimit-remain')).toBe('1');
    await call('/v2.0/oa/getoa');
    expect(await call('/v2.0/oa/getoa')).toMatchObject({ error: -32 });
    await platform.advance(60_000);
    expect(await call('/v2.0/oa/getoa')).toMatchObject({ error: 0 });
  });

  it('takes uploads it can use, for seven days', async () => {
    await platform.personSends(oa.oaId, USER, { text: 'Xin chào' });
    const put = async (kind: string, name: string, content: Buffer) => {
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(content)]), name);
      const init = { method: 'POST', headers: { access_token: oa.accessToken }, body: form };
      return (await (await fetch(`${platform.url}/v2.0/oa/upload/${kind}`, init)).json()) as Answer;
    };
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]);
    expect(await put('image', 'a.png', Buffer.from('not a picture'))).toMatchObject({ error: -201 });
    expect(await put('image', 'a.png', Buffer.concat([png, Buffer.alloc(1024 * 1024)]))).toMatchObject({ error: -210 });
    expect(await put('file', 'a.exe', Buffer.from('x'))).toMatchObject({ error: -201 });
    const { token: fileToken } = (await put('file', 'Mau don.pdf', Buffer.from('%PDF-'))).data;
    const file = { attachment: { type: 'file', payload: { token: fileToken } } };
    expect(await send(file)).toMatchObject({ error: 0 });
    platform.oa(oa.oaId).grant!.accessExpiresAt = Number.POSITIVE_INFINITY;
    await platform.advance(7.5 * 24 * HOUR_MS);
    expect(await send(file)).toMatchObject({ error: -100 });
  });

  it('echoes what the OA sent, with admin_id only for staff, and reports receipts', async () => {
    platform.settings.receipts = 'seen';
    await platform.personSends(oa.oaId, USER, { text: 'Xin chào' });
    const { data } = await send({ text: 'Chào bác' });
    await platform.settled();
    await expect.poll(names).toEqual(['user_send_text', 'oa_send_text', 'user_received_message', 'user_seen_message']);
    expect(hooks[3]!.json).toMatchObject({
      sender: { id: oa.oaId },
      recipient: { id: USER },
      message: { msg_id: data.message_id },
    });
    expect(hooks[3]!.json.sender.admin_id).toBeUndefined();
    expect(hooks.at(-1)!.json.message.msg_ids).toEqual([data.message_id]);
    await platform.staffWrites(oa.oaId, USER, 'Tôi là cán bộ');
    expect(hooks.at(-1)!.json.sender.admin_id).toBe('7001000000000000009');
    expect(platform.transcript(oa.oaId, USER).map(({ author, state }) => [author, state])).toEqual([
      [undefined, 'sent'],
      ['bot', 'seen'],
      ['staff', 'sent'],
    ]);
    const history = await call(`/v2.0/oa/conversation?data=${JSON.stringify({ user_id: USER, offset: 0, count: 10 })}`);
    const rows = history.data as { src: number; message: string }[];
    expect(rows.map((row) => [row.src, row.message])).toEqual([
      [0, 'Tôi là cán bộ'],
      [0, 'Chào bác'],
      [1, 'Xin chào'],
    ]);
  });

  it('can echo before it answers', async () => {
    platform.settings.echoes = 'before';
    await platform.personSends(oa.oaId, USER, { text: 'Xin chào' });
    let isEchoedFirst = false;
    let isAnswered = false;
    respond = () => {
      isEchoedFirst = !isAnswered;
      return 200;
    };
    await send({ text: 'a' });
    isAnswered = true;
    expect(isEchoedFirst).toBe(true);
  });

  it('turns a pressed button into a text, hidden or shown, and opens links on the phone only', async () => {
    await platform.personSends(oa.oaId, USER, { text: 'Xin chào' });
    const buttons = [
      { title: 'Một', type: 'oa.query.hide', payload: 'hx:1' },
      { title: 'Hai', type: 'oa.query.show', payload: 'hai' },
      { title: 'Ba', type: 'oa.open.url', payload: { url: 'https://dichvucong.gov.vn/' } },
    ];
    await send({ text: 'Chọn', attachment: { type: 'template', payload: { buttons } } });
    await platform.personSends(oa.oaId, USER, { button: 0 });
    await platform.personSends(oa.oaId, USER, { button: 'Hai' });
    expect(await platform.personSends(oa.oaId, USER, { button: 2 })).toMatchObject({
      opened: 'https://dichvucong.gov.vn/',
    });
    const written = hooks.filter((hook) => hook.json.event_name === 'user_send_text').slice(-2);
    expect(written.map((hook) => hook.json.message.text)).toEqual(['hx:1', 'hai']);
    expect(platform.transcript(oa.oaId, USER).map((message) => message.isHidden ?? false)).toEqual([
      false,
      false,
      true,
      false,
    ]);
    await expect(platform.personSends(oa.oaId, USER, { button: 'Bốn' })).rejects.toThrow('no button');
  });

  it('sends again along the ladder with the same bytes, then switches the webhook off', async () => {
    respond = () => 500;
    const { isDelivered } = await platform.personSends(oa.oaId, USER, { text: 'Xin chào' });
    expect(isDelivered).toBe(false);
    await platform.advance(30_000);
    expect(hooks.slice(2).map((hook) => hook.headers.num_retry)).toEqual([undefined, '1']);
    await platform.advance(2 * HOUR_MS);
    const attempts = hooks.slice(2);
    expect(attempts.map((hook) => hook.headers.num_retry)).toEqual([undefined, '1', '2', '3', '4', '5']);
    expect(new Set(attempts.map((hook) => hook.text + hook.headers['x-zevent-signature'])).size).toBe(1);
    expect(platform.app(oa.appId).isWebhookDisabled).toBe(true);
    respond = () => 200;
    await platform.personSends(oa.oaId, USER, { text: 'Còn ai không' });
    expect(hooks).toHaveLength(8);
    await platform.setWebhook(oa.appId, platform.app(oa.appId).webhookUrl!);
    await platform.personSends(oa.oaId, USER, { text: 'Xin chào lại' });
    expect(hooks.at(-1)!.json.message.text).toBe('Xin chào lại');
  });

  it('gives up on an answer that takes longer than two seconds', async () => {
    respond = () => new Promise((resolve) => setTimeout(resolve, 2_300, 200));
    expect((await platform.personSends(oa.oaId, USER, { text: 'Chậm' })).isDelivered).toBe(false);
  });

  it('doubles, swaps and loses events on request', async () => {
    platform.delivery.isDoubled = true;
    await platform.personSends(oa.oaId, USER, { text: 'Một' });
    expect(hooks.slice(2).map((hook) => hook.text)).toHaveLength(2);
    Object.assign(platform.delivery, { isDoubled: false, isSwapped: true });
    await platform.personSends(oa.oaId, USER, { text: 'Hai' });
    await platform.personSends(oa.oaId, USER, { text: 'Ba' });
    expect(hooks.slice(-2).map((hook) => hook.json.message.text)).toEqual(['Ba', 'Hai']);
    Object.assign(platform.delivery, { isSwapped: false, dropNext: 1 });
    await platform.personSends(oa.oaId, USER, { text: 'Bốn' });
    expect(hooks.at(-1)!.json.message.text).toBe('Hai');
  });

  it('stops everything when the grant is withdrawn, until the OA grants again', async () => {
    platform.revokeGrant(oa.oaId);
    expect((await platform.personSends(oa.oaId, USER, { text: 'a' })).isDelivered).toBe(false);
    expect((await send({ text: 'a' })).error).toBeLessThan(0);
    expect(await token({ grant_type: 'refresh_token', refresh_token: oa.refreshToken })).toMatchObject({
      error: -14014,
    });
    oa = platform.grantAgain(oa.oaId);
    expect(await send({ text: 'a' })).toMatchObject({ error: 0 });
  });

  it('fails on request, before or after it accepted a message', async () => {
    await platform.personSends(oa.oaId, USER, { text: 'Xin chào' });
    const count = () => platform.transcript(oa.oaId, USER).length;
    platform.failNext({ kind: -200 });
    expect(await send({ text: 'a' })).toMatchObject({ error: -200 });
    platform.failNext({ kind: 'cut' });
    await expect(send({ text: 'a' })).rejects.toThrow();
    expect(count()).toBe(1);
    platform.failNext({ kind: 'accept_then_cut' });
    await expect(send({ text: 'a' })).rejects.toThrow();
    expect(count()).toBe(2);
  });

  it('tells the demo page about calls, webhooks and bubbles', async () => {
    const seen: string[] = [];
    platform.events.on('call', ({ path, status }) => seen.push(`call ${path} ${status}`));
    platform.events.on('webhook', ({ name, status }) => seen.push(`webhook ${name} ${status}`));
    platform.events.on('message', ({ message }) => seen.push(`message ${message.from}`));
    await platform.personSends(oa.oaId, USER, { text: 'Xin chào' });
    platform.settings.echoes = 'off';
    await send({ text: 'a' });
    expect(seen).toEqual([
      'message citizen',
      'webhook user_send_text 200',
      'message oa',
      'call /v3.0/oa/message/cs 200',
    ]);
  });
});
