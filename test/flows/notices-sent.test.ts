import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTemplate, type TemplateInput } from '../../src/dossiers/notice-templates.ts';
import { createWatches } from '../../src/dossiers/watches.ts';
import { citizenIdOf, conversationIdOf } from '../../src/inbox/inbox.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { createEchoGuidance } from '../support/echo-guidance.ts';
import { startHouse } from '../support/house.ts';
import { createFakeDirectory, DAY_MS, dossierCode } from '../support/notice-house.ts';
import { until } from '../support/rooms.ts';

const PHONE = '84912345678';
const parameters: TemplateInput['parameters'] = [
  { name: 'ma_ho_so', fact: 'code' },
  { name: 'trang_thai', fact: 'state' },
];

let database: TestDb;
let house: Awaited<ReturnType<typeof startHouse>>;
const directory = createFakeDirectory();
beforeAll(async () => {
  database = await createTestDb();
  await database.run(
    'no quiet hours',
    `update communes set settings = settings || '{"notices": {"quietFrom": "00:00", "quietUntil": "00:00"}}'`,
  );
  house = await startHouse(database, { guidance: createEchoGuidance(), directory });
  // A busy machine may answer the first probe too late for the platform.
  await until(() => house.openWebhooks());
});
afterAll(async () => {
  await house.stop();
  await database.close();
});

/** Somebody wrote `daysAgo` and asked to be told of a dossier, which now has a result. */
async function watcher(channel: 'zalo' | 'messenger', serial: number, daysAgo: number) {
  const chatId = channel === 'zalo' ? house.zalo.newUserId() : `70000000000001${serial}`;
  if (channel === 'zalo') await house.zalo.personSends(house.oa.oaId, chatId, { text: 'chào' });
  else await house.graph.personSends(house.page.id, chatId, { text: 'chào' });
  const bubbles = () => (channel === 'zalo' ? house.zaloBubbles(chatId) : house.pageBubbles(chatId));
  await until(() => bubbles().length === 1);
  const account = (await house.accounts.list(channel))[0]!;
  const then = new Date(Date.now() - daysAgo * DAY_MS);
  if (channel === 'zalo') house.zalo.person(house.oa.oaId, chatId).lastInteraction = then.getTime();
  else house.graph.setLastUserAt(house.page.id, chatId, then);
  const conversationId = conversationIdOf(account.id, chatId);
  await database.run('then', 'update conversations set last_user_at = $2::timestamptz where id = $1', [
    conversationId,
    then.toISOString(),
  ]);
  const asker = {
    communeId: account.communeId,
    conversationId,
    citizenId: citizenIdOf(account.id, chatId),
    turnId: randomUUID(),
  };
  const code = dossierCode(serial);
  const view = { code, state: 4 as const, rawState: '', ownerHints: {} };
  directory.views.set(code, { ...view, state: 9 });
  const watches = createWatches({ database, commune: async () => database.communes[0]! });
  const hoursAgo = new Date(Date.now() - 2 * 3_600_000);
  expect(await watches.subscribe(asker, code, view, 'Báo tôi', hoursAgo)).toEqual({ kind: 'subscribed' });
  return { chatId, code, account, bubbles, watches, asker };
}
const row = async (code: string) =>
  (
    await database.run<{
      status: string;
      carrier: string | null;
      why_waiting: string | null;
      delivered_at: Date | null;
    }>(
      'row',
      `select n.status, n.carrier, n.why_waiting, o.delivered_at from dossier_notices n
       join dossier_watches w on w.id = n.watch_id left join outbox o on o.message_id = n.message_id where w.code = $1`,
      [code],
    )
  )[0];

test('within the window the notice is an ordinary message', async () => {
  const { code, bubbles } = await watcher('zalo', 1, 0);
  await until(() => bubbles().length === 2);
  expect(bubbles()[1]!.text).toMatch(new RegExp(`^Hồ sơ ${code} đã có kết quả`));
  await until(async () => (await row(code))?.status === 'sent');
});

test('without a carrier it waits; the citizen’s next message lets it leave within seconds', async () => {
  const { code, bubbles, chatId } = await watcher('zalo', 2, 9);
  await until(async () => (await row(code))?.status === 'waiting');
  expect((await row(code))!.why_waiting).toBe('no_carrier');
  await house.zalo.personSends(house.oa.oaId, chatId, { text: 'cho hỏi' });
  await until(() => bubbles().length === 3, 8_000);
  expect(bubbles().some(({ text }) => text.startsWith(`Hồ sơ ${code}`))).toBe(true);
});

test('after seven days: a template by user id; by the shared number when Zalo refuses that one', async () => {
  const template = { templateId: '617976', kinds: ['state' as const], parameters, priceVnd: 100 };
  const { code, account, bubbles, chatId } = await watcher('zalo', 3, 9);
  await addTemplate(database.orm, account, channelOf('zalo'), { ...template, carrier: 'template_uid' });
  await addTemplate(database.orm, account, channelOf('zalo'), { ...template, carrier: 'template_phone' });
  house.zalo.oa(house.oa.oaId).walletVnd = 1_000;
  house.zalo.addTemplate(house.oa.oaId, { id: '617976', text: 'Hồ sơ <ma_ho_so>: <trang_thai>.' });
  await until(() => bubbles().length === 2);
  expect(bubbles()[1]!.text).toBe(`Hồ sơ ${code}: đã có kết quả, chờ đến nhận.`);
  expect(await row(code)).toMatchObject({ carrier: 'template_uid' });

  house.zalo.addTemplate(house.oa.oaId, { id: '617976', text: 'Hồ sơ <ma_ho_so>: <trang_thai>.', allowsUid: false });
  await house.zalo.submitInfo(house.oa.oaId, chatId, { name: 'Người dân thử', phone: PHONE });
  house.zalo.person(house.oa.oaId, chatId).lastInteraction = Date.now() - 9 * DAY_MS;
  await until(async () => (await row(code))?.status === 'sent');
  await database.run(
    'long ago',
    `update conversations set last_user_at = now() - interval '9 days' where chat_id = $1`,
    [chatId],
  );
  directory.views.set(code, { ...directory.views.get(code)!, state: 10 });
  await database.run('look', 'update dossier_watches set poll_at = now() where code = $1', [code]);
  await until(async () => (await rows(code))[1]?.status === 'sent');
  expect((await rows(code)).map(({ carrier }) => carrier)).toEqual(['template_uid', 'template_phone']);
  // The delivery event names the row by its tracking id, and no number stands in the outbox or the log.
  await until(async () => (await rows(code)).at(-1)?.delivered_at != null);
  expect(JSON.stringify(await database.run('calls', 'select call from outbox'))).not.toContain(PHONE);
  expect(house.logLines.join('')).not.toContain(PHONE);
});
const rows = (code: string) =>
  database.run<{ status: string; carrier: string; delivered_at: Date | null }>(
    'rows',
    `select n.status, n.carrier, o.delivered_at from dossier_notices n join dossier_watches w on w.id = n.watch_id
     left join outbox o on o.message_id = n.message_id where w.code = $1 order by n.created_at`,
    [code],
  );

test('messenger: a utility template after 24 hours; its refusal leaves the notice waiting and the page at work', async () => {
  const { code, account, bubbles } = await watcher('messenger', 4, 2);
  await until(async () => (await row(code))?.status === 'waiting');
  const utility = { carrier: 'utility', templateId: 'ho_so', kinds: ['state' as const], parameters, priceVnd: 0 };
  await addTemplate(database.orm, account, channelOf('messenger'), utility);
  const second = await watcher('messenger', 5, 2);
  await until(async () => (await row(second.code))?.status === 'waiting');
  expect((await row(second.code))!.why_waiting).toMatch(/^utility: 100: Graph API error 100/);
  expect((await house.accounts.fresh(account.id)).pausedUntil).toBeNull();

  house.graph.addTemplate(house.page.id, { name: 'ho_so', text: 'Hồ sơ {{ma_ho_so}} của xã: {{trang_thai}}.' });
  const third = await watcher('messenger', 6, 2);
  await until(() => third.bubbles().length === 2);
  expect(third.bubbles()[1]!.text).toBe(`Hồ sơ ${third.code} của xã: đã có kết quả, chờ đến nhận.`);
  expect(bubbles()).toHaveLength(1);
  await until(async () => (await row(third.code))?.status === 'sent');
  const figures = await (await fetch(`${house.url}/metrics`)).text();
  expect(figures).toMatch(/hoixa_dossier_notices_total\{carrier="utility"\} 1/);
  expect(figures).toMatch(/hoixa_dossier_polls_total\{result="found"\} [1-9]/);
  expect(figures).toMatch(/hoixa_dossier_notice_cost_vnd_total\{carrier="template_uid"\} 100/);
});

const channelOf = (name: 'zalo' | 'messenger') => house.service.channels.find((channel) => channel.name === name)!;
