import { describe, expect, it } from 'vitest';
import type { ChannelAccount } from '../../communes/accounts.ts';
import { type Log, silentLog } from '../../log.ts';
import { createReceiver } from './receive.ts';
import { appSecretProof, codeChallenge, readSignatureHeader, zaloMac } from './signature.ts';

const APP_ID = '1234567890123456789';
const SECRET = 'OaSecretKeyForTests_01';
const TIMESTAMP = '1795168800123';
const BODY =
  '{"app_id":"1234567890123456789","sender":{"id":"2468000000000000001"},"user_id_by_app":"5521000000000000001","recipient":{"id":"3886000000000000001"},"event_name":"user_send_text","message":{"text":"Xin chào xã","msg_id":"a1b2c3d4e5f60718293a"},"timestamp":"1795168800123"}';
const ESCAPED = BODY.replace('à', '\\u00e0').replace('ã', '\\u00e3');
const MAC = 'd24e2ee9522eeb48a6f7bc34879d2b07be3dc1dd2e99592e1c9b0aafd26ef46e';
const ESCAPED_MAC = '100096164ae7bbe2d577edb1b4e87b013a82fd61768a69a8de3a21423f259b2e';

const account = (secrets: Partial<ChannelAccount['secrets']> = {}): ChannelAccount => ({
  id: 'account',
  communeId: 'commune',
  channel: 'zalo',
  externalId: '3886000000000000001',
  appId: APP_ID,
  name: '',
  secrets: { appSecret: 'AppSecret', accessToken: 'AT', oaSecret: SECRET, ...secrets },
  tokenExpiresAt: null,
  status: 'active',
  statusReason: null,
  pausedUntil: null,
});

function receiver(known: ChannelAccount, log: Log = silentLog) {
  const receive = createReceiver({ log, now: () => new Date() });
  return (body: string | Buffer, headers: Record<string, string> = {}) =>
    receive({ body: Buffer.from(body), headers }, async (_, id) => (id === known.externalId ? known : undefined));
}

describe('zalo signatures', () => {
  it('match the known vectors', () => {
    expect(Buffer.byteLength(BODY)).toBe(275);
    expect(zaloMac(APP_ID, Buffer.from(BODY), TIMESTAMP, SECRET)).toBe(MAC);
    expect(zaloMac(APP_ID, Buffer.from(ESCAPED), TIMESTAMP, SECRET)).toBe(ESCAPED_MAC);
    expect(codeChallenge('A'.repeat(43))).toBe('DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo');
    expect(appSecretProof('appSecretForTests', 'accessTokenForTests')).toBe(
      '66510443326c90c947c1e1acc89105a95fdb89364c7ebf13564a73791c52ea9e',
    );
  });

  it.each([`mac=${MAC}`, MAC, `mac = ${MAC.toUpperCase()}`, `  MAC=${MAC}  `])('are read from "%s"', async (header) => {
    expect(await receiver(account())(BODY, { 'x-zevent-signature': header })).toMatchObject({ ok: true });
  });

  it.each([
    '',
    'mac=',
    `mac=${MAC}00`,
    `sha256=${MAC}`,
    `mac=${MAC.slice(1)}`,
    `mac=${'g'.repeat(64)}`,
  ])('are refused in "%s"', async (header) => {
    expect(readSignatureHeader(header)).toBeUndefined();
    expect(await receiver(account())(BODY, { 'x-zevent-signature': header })).toMatchObject({
      ok: false,
      reason: 'bad_signature',
    });
  });

  it('cover the bytes: the escaped spelling has its own signature', async () => {
    const receive = receiver(account());
    expect(await receive(ESCAPED, { 'x-zevent-signature': `mac=${ESCAPED_MAC}` })).toMatchObject({
      ok: true,
      events: [{ text: 'Xin chào xã' }],
    });
    expect(await receive(ESCAPED, { 'x-zevent-signature': `mac=${MAC}` })).toMatchObject({ ok: false });
  });

  it('are accepted with the previous secret while it is being replaced, and never with an empty one', async () => {
    const rotating = account({ oaSecret: 'NewSecret', oaSecretPrevious: SECRET });
    const headers = { 'x-zevent-signature': `mac=${MAC}` };
    expect(await receiver(rotating)(BODY, headers)).toMatchObject({ ok: true });
    const forged = { 'x-zevent-signature': `mac=${zaloMac(APP_ID, Buffer.from(BODY), TIMESTAMP, '')}` };
    expect(await receiver(account({ oaSecret: '' }))(BODY, forged)).toMatchObject({ ok: false });
    expect(await receiver(account({ oaSecret: undefined }))(BODY, forged)).toMatchObject({ ok: false });
  });

  it('may use the time of the header, but first that of the body', async () => {
    const mac = zaloMac(APP_ID, Buffer.from(BODY), '1795168800999', SECRET);
    const receive = receiver(account());
    const headers = { 'x-zevent-signature': `mac=${mac}`, 'x-zevent-timestamp': '1795168800999' };
    expect(await receive(BODY, headers)).toMatchObject({ ok: true });
    expect(await receive(BODY, { 'x-zevent-signature': `mac=${mac}` })).toMatchObject({ ok: false });
    expect(await receive(BODY, { ...headers, 'x-zevent-signature': `mac=${MAC}` })).toMatchObject({ ok: true });
  });

  it('made with the wrong key are refused, and the operator is told once which key it was', async () => {
    const warnings: string[] = [];
    const receive = receiver(account(), { ...silentLog, warn: (event) => void warnings.push(event) });
    for (const secret of ['AppSecret', 'AppSecret', 'Other']) {
      const mac = zaloMac(APP_ID, Buffer.from(BODY), TIMESTAMP, secret);
      expect(await receive(BODY, { 'x-zevent-signature': `mac=${mac}` })).toMatchObject({ ok: false });
    }
    const mac = zaloMac('3886000000000000001', Buffer.from(BODY), TIMESTAMP, SECRET);
    expect(await receive(BODY, { 'x-zevent-signature': `mac=${mac}` })).toMatchObject({ ok: false });
    expect(warnings).toEqual(['zalo.webhook_signed_with_app_secret', 'zalo.webhook_signed_with_oa_id']);
  });
});

describe('zalo address checks', () => {
  const sample = JSON.stringify({
    app_id: APP_ID,
    sender: { id: '1' },
    recipient: { id: '2' },
    event_name: 'user_send_text',
    message: { msg_id: 'This is message id', text: 'This is testing message' },
    timestamp: TIMESTAMP,
  });
  it.each([
    ['an unsigned {}', '{}'],
    ['an empty body', ''],
    ['the sample event', sample],
  ])('take %s for a probe', async (_, body) => {
    expect(await receiver(account())(body)).toEqual({ ok: false, reason: 'probe' });
  });

  it.each(['[]', 'null', '7', '"a"', '{', '{"a":}', 'app_id=1'])('answer %s with bad_json', async (body) => {
    expect(await receiver(account())(body)).toEqual({ ok: false, reason: 'bad_json' });
  });

  it('lets a database that is away be seen, so that the platform sends the event again', async () => {
    const receive = createReceiver({ log: silentLog, now: () => new Date() });
    const request = { body: Buffer.from(BODY), headers: {} };
    await expect(receive(request, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  });
});
