import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../src/channels/testing/fuzz.ts';
import { zaloMac } from '../../src/channels/zalo/signature.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';

/** Bodies no platform sends, rightly signed: each is answered at once and for good, and none stops another's. */

let database: TestDb;
let house: Awaited<ReturnType<typeof startHouse>>;
beforeAll(async () => {
  database = await createTestDb();
  house = await startHouse(database);
});
afterAll(async () => {
  await house.stop();
  await database.close();
});

const TIME = '1795168800123';
async function post(channel: 'zalo' | 'messenger', text: string): Promise<number> {
  const body = Buffer.from(text);
  const hub = createHmac('sha256', house.metaApp.secret).update(body).digest('hex');
  const headers: Record<string, string> =
    channel === 'zalo'
      ? { 'x-zevent-signature': `mac=${zaloMac(house.oa.appId, body, TIME, house.oa.oaSecret)}` }
      : { 'x-hub-signature-256': `sha256=${hub}` };
  const { status } = await fetch(`${house.url}/webhooks/${channel}`, { method: 'POST', body, headers });
  return status;
}
/** Letters that cannot be compressed, as an index would. */
const noise = (length: number) => {
  const random = createRandom(length);
  let text = '';
  while (text.length < length)
    text += createHash('sha256')
      .update(`${random.below(1e9)}`)
      .digest('base64url');
  return text.slice(0, length);
};
const onZalo = (id: string, change: { sender?: string; msgId?: string; more?: string } = {}) =>
  `{"app_id":"${house.oa.appId}","sender":{"id":"${change.sender ?? id}"},"recipient":{"id":"${house.oa.oaId}"},` +
  `"event_name":"user_send_text","timestamp":"${TIME}",` +
  `"message":{"msg_id":"${change.msgId ?? `m${id}`}","text":"alo"}${change.more ?? ''}}`;
const onMessenger = (id: string, change: { sender?: string; msgId?: string; more?: string } = {}) =>
  `{"object":"page","entry":[{"id":"${house.page.id}","time":${TIME},"messaging":[{"sender":{"id":"${change.sender ?? id}"},` +
  `"recipient":{"id":"${house.page.id}"},"timestamp":${TIME},` +
  `"message":{"mid":"${change.msgId ?? `m${id}`}","text":"alo"${change.more ?? ''}}}]}]}`;
const nested = (depth: number) => `,"z":${'['.repeat(depth)}${']'.repeat(depth)}`;

test.each([
  ['zalo', onZalo],
  ['messenger', onMessenger],
] as const)('%s', async (channel, write) => {
  const statuses = await Promise.all([
    post(channel, write('71')),
    ...[600, 6_000, 200_000].map((depth) => post(channel, write(`72${depth}`, { more: nested(depth) }))),
    ...[5_000, 50_000].map((length) => post(channel, write(`73${length}`, { sender: noise(length) }))),
    ...[5_000, 50_000].map((length) => post(channel, write(`74${length}`, { msgId: noise(length) }))),
    post(channel, write('75')),
  ]);
  expect(statuses).toEqual([200, 400, 400, 400, 200, 200, 200, 200, 200]);
  const rows = await database.run<{ id: string }>(
    'chats',
    'select chat_id as id from conversations where channel = $1',
    [channel],
  );
  expect(rows.map(({ id }) => id).sort()).toEqual(['71', '7450000', '745000', '75'].sort());
});
