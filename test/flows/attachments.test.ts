import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { until } from '../support/rooms.ts';

const SECRET_URL = 'https://photo.zdn.vn/can-cuoc-mat-truoc.jpg';
const CARD_PHONE = '84912345678';

let database: TestDb;
let house: Awaited<ReturnType<typeof startHouse>>;
beforeAll(async () => {
  database = await createTestDb();
  house = await startHouse(database);
  await house.openWebhooks();
});
afterAll(async () => {
  await house.stop();
  await database.close();
});

/** Every row of every table that holds words or events of citizens, as text. */
async function stored(): Promise<string> {
  const tables = ['inbox_events', 'messages', 'conversations', 'outbox', 'citizens'];
  const rows = await Promise.all(
    tables.map((table) => database.run<{ row: string }>(table, `select t::text as row from ${table} t`)),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

test('where a photo lies is forgotten with the turn that answers it, on both platforms', async () => {
  const [userId, psid] = [house.zalo.newUserId(), '7000000000000201'];
  const payload = { url: SECRET_URL, thumbnail: `${SECRET_URL}?thumb` };
  await house.zalo.personSends(house.oa.oaId, userId, { attachment: { type: 'image', payload }, text: 'ảnh cccd' });
  await house.graph.personSends(house.page.id, psid, { attachment: { type: 'image', payload } });
  await until(() => house.zaloBubbles(userId).length > 0 && house.pageBubbles(psid).length > 0);
  expect(house.zaloBubbles(userId)[0]!.text).toMatch(/không giữ/);
  expect(house.pageBubbles(psid)[0]!.text).toMatch(/không giữ/);
  const all = await stored();
  expect(all).not.toContain('can-cuoc-mat-truoc');
  expect(all).toContain('ảnh cccd');
  const [row] = await database.run<{ content: unknown }>(
    'photo',
    `select content from messages where author = 'citizen' and text = 'ảnh cccd'`,
  );
  expect(row!.content).toEqual({ attachments: [{ kind: 'image' }] });
});

test('nobody’s number of a shared card is kept', async () => {
  const userId = house.zalo.newUserId();
  await house.zalo.personSends(house.oa.oaId, userId, {
    businessCard: { name: 'Nguyễn Thị Kín', phone: CARD_PHONE },
  });
  await until(() => house.zaloBubbles(userId).length > 0);
  expect(house.zaloBubbles(userId)[0]!.text).toContain('tôi đã bỏ đi');
  const all = await stored();
  for (const secret of [CARD_PHONE, 'Kín']) expect(all).not.toContain(secret);
});

test('a photo under another app’s thread is not kept either', async () => {
  const { page, graph } = house;
  const psid = '7000000000000202';
  await graph.personSends(page.id, psid, { text: 'chào xã' });
  await until(() => house.pageBubbles(psid).length > 0);
  await graph.staffWrites(page.id, psid, 'Tôi là cán bộ đây.');
  await graph.personSends(page.id, psid, { attachment: { type: 'image', payload: { url: SECRET_URL } } });
  await until(async () => {
    const [row] = await database.run<{ n: number }>(
      'pending',
      `select count(*)::int as n from inbox_events where status = 'pending' and lane = 'turn'`,
    );
    return row!.n === 0;
  });
  expect(await stored()).not.toContain('can-cuoc-mat-truoc');
});

test('without a model a voice note is answered with a kind request, and nothing is fetched', async () => {
  const userId = house.zalo.newUserId();
  const payload = { url: 'https://voice.zdn.vn/v.amr' };
  await house.zalo.personSends(house.oa.oaId, userId, { attachment: { type: 'audio', payload } });
  await until(() => house.zaloBubbles(userId).length > 0);
  expect(house.zaloBubbles(userId)[0]!.text).toMatch(/chưa nghe được tin nhắn thoại.*Gõ vài chữ/);
});
