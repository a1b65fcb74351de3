import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createGraphPlatform, type GraphPlatform } from '../graph-platform.ts';

const app = { id: '4600000000000001', secret: 'stand-in secret', verifyToken: 'word' };
const page = { id: '100000000000001', name: 'UBND xã', token: 'EAAPAGE', appId: app.id };
const psid = '7000000000000001';

let platform: GraphPlatform;
beforeEach(async () => {
  platform = createGraphPlatform({ echoes: 'off', receipts: false });
  await platform.start();
  platform.registerApp(app);
  platform.registerPage(page);
  platform.registerPerson(page.id, { psid, lastUserAt: new Date(Date.now() - 3 * 86_400_000) });
});
afterEach(() => platform.stop());

async function post(edge: string, body: object) {
  const appsecret_proof = createHmac('sha256', app.secret).update(page.token).digest('hex');
  const response = await fetch(`${platform.url}/v25.0/me/${edge}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${page.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ appsecret_proof, ...body }),
  });
  return (await response.json()) as {
    error?: { code: number; error_subcode?: number };
    message_id?: string;
    status?: string;
  };
}
const parameter = (text: string, parameter_name?: string) => ({
  type: 'text',
  text,
  ...(parameter_name ? { parameter_name } : {}),
});
const send = (parameters: object[], change: object = {}, type: string | undefined = 'UTILITY') =>
  post('messages', {
    recipient: { id: psid },
    messaging_type: type,
    message: {
      template: { name: 'ho_so', language: { code: 'vi' }, components: [{ type: 'body', parameters }], ...change },
    },
  });
const texts = () => platform.transcript(page.id, psid).map(({ text }) => text);

it('a created template is approved at once and reaches a person whose window is closed', async () => {
  const components = [{ type: 'BODY', text: 'Hồ sơ {{1}} của xã: {{2}}.' }];
  expect(
    await post('message_templates', { name: 'ho_so', language: 'vi', category: 'UTILITY', components }),
  ).toMatchObject({ status: 'APPROVED' });
  expect((await send([parameter('H26'), parameter('xong')])).message_id).toMatch(/^m_/);
  platform.addTemplate(page.id, { name: 'ho_so', text: 'Hồ sơ {{ma}} của xã: {{gi}}.' });
  await send([parameter('xong', 'gi'), parameter('H27', 'ma')]);
  expect(texts()).toEqual(['Hồ sơ H26 của xã: xong.', 'Hồ sơ H27 của xã: xong.']);
});

it('refuses what Meta refuses', async () => {
  const text = 'Hồ sơ {{1}} của xã: {{2}}.';
  const body = (words: string) => ({
    name: 'x',
    language: 'vi',
    category: 'UTILITY',
    components: [{ type: 'BODY', text: words }],
  });
  expect((await post('message_templates', body('{{1}} xong'))).error?.code).toBe(100);
  expect((await post('message_templates', { ...body('Xong'), category: 'MARKETING' })).error?.code).toBe(100);
  const both = [parameter('H26'), parameter('xong')];
  expect((await send(both)).error?.code).toBe(100);
  platform.addTemplate(page.id, { name: 'ho_so', text });
  expect((await send(both, { language: { code: 'en' } })).error?.code).toBe(100);
  expect((await send([parameter('H26')])).error?.code).toBe(100);
  expect((await send([parameter('H26'), parameter(' ')])).error?.code).toBe(100);
  expect((await send(both, {}, 'RESPONSE')).error).toMatchObject({ code: 10, error_subcode: 2018278 });
  platform.addTemplate(page.id, { name: 'ho_so', text, status: 'REJECTED' });
  expect((await send(both)).error?.code).toBe(100);
  platform.setMaySendUtility(page.id, false);
  expect((await send(both)).error?.code).toBe(10);
  const plain = { recipient: { id: psid }, messaging_type: 'UTILITY', message: { text: 'Chào' } };
  expect((await post('messages', plain)).error?.code).toBe(100);
  expect(texts()).toEqual([]);
});
