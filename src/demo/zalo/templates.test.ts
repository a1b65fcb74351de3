import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createZaloPlatform, type OaCredentials, type ZaloPlatform } from '../zalo-platform.ts';

const USER = '2468000000000000001';
const PHONE = '84912345678';
const DATA = { ma_ho_so: 'H26.15-261120-0001', trang_thai: 'đã có kết quả' };

let platform: ZaloPlatform;
let oa: OaCredentials;
beforeEach(async () => {
  platform = createZaloPlatform({ echoes: 'off' });
  await platform.start();
  oa = platform.registerOa(platform.registerApp().appId, { walletVnd: 1_000 });
  platform.addTemplate(oa.oaId, { id: '617976', text: 'Hồ sơ <ma_ho_so>: <trang_thai>.' });
  platform.person(oa.oaId, USER).shared = { name: 'Người dân thử', phone: '0912345678' };
});
afterEach(() => platform.stop());

async function post(path: string, body: object, token = oa.accessToken) {
  const proof = createHmac('sha256', oa.appSecret).update(token).digest('hex');
  const response = await fetch(`${platform.url}${path}`, {
    method: 'POST',
    headers: { access_token: token, appsecret_proof: proof, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as { error: number; data?: Record<string, unknown> };
}
const byUid = (change: object = {}) =>
  post('/v3.0/oa/message/template', { user_id: USER, template_id: '617976', template_data: DATA, ...change });
const byPhone = (change: object = {}, token?: string) =>
  post(
    '/message/template',
    { phone: PHONE, template_id: '617976', template_data: DATA, tracking_id: 'hx:1', ...change },
    token,
  );
const texts = () => platform.transcript(oa.oaId, USER).map(({ text }) => text);

describe('template messages of the stand-in', () => {
  it('reach a person who never wrote, by user id and by number, and cost money', async () => {
    expect(await byUid()).toMatchObject({ error: 0, data: { user_id: USER, message_id: expect.any(String) } });
    expect(await byPhone()).toMatchObject({ error: 0, data: { msg_id: expect.any(String), sending_mode: '1' } });
    expect(texts()).toEqual(Array(2).fill('Hồ sơ H26.15-261120-0001: đã có kết quả.'));
    expect(platform.oa(oa.oaId).walletVnd).toBe(700);
  });

  it.each<[string, number, number, object]>([
    ['an unknown template', -109, -109, { template_id: '1' }],
    ['no data', -111, -111, { template_data: undefined }],
    ['a missing value', -1122, -1122, { template_data: { ma_ho_so: 'a' } }],
    ['a value too long', -1121, -1121, { template_data: { ...DATA, trang_thai: 'á'.repeat(31) } }],
    ['a value nobody asked for', -112, -112, { template_data: { ...DATA, ho_ten: 'A' } }],
    ['a wrong address', -201, -108, { user_id: '1', phone: '0912345678' }],
  ])('are refused for %s', async (_, uid, phone, change) => {
    expect([(await byUid(change)).error, (await byPhone(change)).error]).toEqual([uid, phone]);
    expect(texts()).toEqual([]);
  });

  it.each<[string, number, number, () => void]>([
    ['a template in review', -131, -131, () => platform.addTemplate(oa.oaId, { ...template(), status: 'pending' })],
    ['a disabled template', -146, -146, () => platform.addTemplate(oa.oaId, { ...template(), status: 'disabled' })],
    ['a test template to a citizen', -127, -127, () => platform.addTemplate(oa.oaId, { ...template(), isTest: true })],
    ['no money', -321, -115, () => Object.assign(platform.oa(oa.oaId), { walletVnd: 1 })],
    ['no ZBS account', -320, -136, () => Object.assign(platform.oa(oa.oaId), { walletVnd: null })],
    ['an OA that may not', -135, -135, () => Object.assign(platform.oa(oa.oaId), { maySendTemplates: false })],
    ['a person who refused', -244, -139, () => Object.assign(platform.person(oa.oaId, USER), { refusal: -244 })],
  ])('are refused for %s', async (_, uid, phone, arrange) => {
    arrange();
    expect([(await byUid()).error, (await byPhone()).error]).toEqual([uid, phone]);
    expect(texts()).toEqual([]);
  });
  const template = () => platform.oa(oa.oaId).templates.get('617976')!;

  it('by number have rules of their own', async () => {
    expect((await byPhone({ tracking_id: undefined })).error).toBe(-132);
    expect((await byPhone({ tracking_id: 'x'.repeat(49) })).error).toBe(-132);
    expect((await byPhone({ mode: 'development' })).error).toBe(-127);
    platform.oa(oa.oaId).testers.add(USER);
    expect((await byPhone({ mode: 'development' })).error).toBe(0);
    platform.oa(oa.oaId).phonesWithoutZalo.add('84999999999');
    expect((await byPhone({ phone: '84999999999' })).error).toBe(-118);
    platform.oa(oa.oaId).maySendByPhone = false;
    expect((await byPhone()).error).toBe(-138);
    expect((await byPhone({}, 'another token')).error).toBe(-124);
    platform.addTemplate(oa.oaId, { ...template(), allowsUid: false });
    expect((await byUid()).error).toBe(-249);
  });
});
