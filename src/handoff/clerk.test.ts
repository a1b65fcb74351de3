import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { createLoopbackChannel, textEvent } from '../../test/support/loopback-channel.ts';
import { createRooms, type Rooms, until } from '../../test/support/rooms.ts';
import { addOfficer, createStaffRooms } from '../../test/support/staff.ts';
import { communeSettings } from '../communes/communes.ts';
import { createGuidance } from '../guidance/engine.ts';
import { conversationIdOf } from '../inbox/inbox.ts';
import { silentLog } from '../log.ts';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadHints } from '../procedures/hints.ts';
import { createClerk } from './clerk.ts';
import { createStaffing } from './staffing.ts';

// Monday, half past nine in the morning.
const MORNING = new Date('2026-11-30T02:30:00Z');
const minutes = (count: number) => new Date(MORNING.getTime() + count * 60_000);

let database: TestDb;
let rooms: Rooms;
let clock = MORNING;
const now = () => clock;
const channel = createLoopbackChannel();

beforeAll(async () => {
  database = await createTestDb();
  rooms = await createRooms(database, database.communes[0]!.id, { channel, guidance: createGuidance(), now });
  rooms.start();
});
afterAll(async () => {
  await rooms.stop();
  await database.close();
});

const communeId = () => database.communes[0]!.id;
const commune = async () => ({
  ...database.communes[0]!,
  settings: communeSettings.parse({ ...database.communes[0]!.settings, phone: '02143888999' }),
});
const clerk = () =>
  createClerk({
    database,
    channel: () => channel,
    commune,
    catalogue: loadCatalogue(),
    hints: loadHints(),
    log: silentLog,
    onQueued: () => {},
    now,
  });
let chats = 0;
/** A citizen who asked something and then for a person, as the clerk finds them at `clock`. */
async function waiting(words: string[], change: { promisedAt?: Date } = {}) {
  const chatId = `chat-${++chats}`;
  const id = conversationIdOf(rooms.account.id, chatId);
  for (const text of [...words, 'gặp cán bộ']) {
    const event = textEvent(rooms.account, chatId, text, { occurredAt: clock });
    await rooms.inbox.store([{ account: rooms.account, event, officerPauseHours: 12 }]);
    await until(
      async () => (await database.run('idle', `select 1 from inbox_events where status = 'pending'`)).length === 0,
    );
  }
  // times of the database are those of the real clock
  await database.run('times', `update conversations set owner_since = $2::timestamptz where id = $1`, [
    id,
    clock.toISOString(),
  ]);
  await database.run(
    'times2',
    `update handoffs set queued_at = $2::timestamptz, check_at = $2::timestamptz, promised_at = $3::timestamptz where conversation_id = $1`,
    [id, clock.toISOString(), change.promisedAt?.toISOString() ?? null],
  );
  return { id, chatId };
}
const heard = (chatId: string) => channel.sent.filter((sent) => sent.chatId === chatId).map(({ text }) => text);
const stateOf = async (id: string) =>
  (
    await database.run<Record<string, unknown>>(
      'state',
      `select c.owner, h.escalated_at, h.is_promise_kept, h.close_kind, h.field, h.officer_id, h.transfers
       from conversations c join handoffs h on h.conversation_id = c.id where c.id = $1 order by h.queued_at desc limit 1`,
      [id],
    )
  )[0]!;

test('the summary says what was asked, told and left open; whoever knows the field is suggested', async () => {
  const record = loadCatalogue().byCode('1.001193')!;
  clock = MORNING;
  const away = await addOfficer(database, communeId(), { fields: [record.field], presence: 'away', lastSeenAt: clock });
  const knows = await addOfficer(database, communeId(), { fields: [record.field], lastSeenAt: clock });
  const others = await addOfficer(database, communeId(), { fields: ['Đất đai'], lastSeenAt: clock });
  const { id } = await waiting(['đăng ký khai sinh cho con cần giấy tờ gì, gọi tôi 0912345678']);
  await clerk().round();
  const { view } = createStaffRooms(database, channel, { now });
  const detail = (await view.detail(knows, id))!;
  expect(detail.summary).toMatchObject({
    headline: 'Khai sinh cho con: giấy tờ cần mang',
    asked: ['đăng ký khai sinh cho con cần giấy tờ gì, gọi tôi •••678'],
    procedure: { code: '1.001193', field: record.field },
    reason: 'Người dân muốn nói chuyện với cán bộ.',
  });
  expect(detail.summary!.told[0]).toMatchObject({ code: '1.001193', asOf: record.asOf });
  expect(detail.episode!.officer).toMatchObject({ id: knows.officerId });
  expect([away.officerId, others.officerId]).not.toContain(detail.episode!.officer!.id);
  await database.run('gone', 'delete from officers');
});

test('nobody takes it: leads are told once the commune’s minutes of opening time are over', async () => {
  clock = MORNING;
  const { id } = await waiting([]);
  await clerk().round();
  clock = minutes(14);
  await database.run('due', 'update handoffs set check_at = $1::timestamptz', [clock.toISOString()]);
  await clerk().round();
  expect((await stateOf(id)).escalated_at).toBeNull();
  // the row names its next moment itself
  clock = minutes(16);
  await clerk().round();
  expect((await stateOf(id)).escalated_at).toEqual(clock);
  const officer = await addOfficer(database, communeId(), { role: 'lead' });
  const alerts = await createStaffRooms(database, channel, { now }).view.alerts(officer);
  expect(alerts).toContainEqual(
    expect.objectContaining({ kind: 'not_taken', conversationId: id, text: 'Chờ 16 phút chưa có ai nhận.' }),
  );
});

test('a promise that passes unanswered is recorded as broken and said once, also with two processes', async () => {
  clock = MORNING;
  const { id, chatId } = await waiting([], { promisedAt: minutes(30) });
  await Promise.all([clerk().round(), clerk().round()]);
  clock = minutes(31);
  await Promise.all([clerk().round(), clerk().round()]);
  await clerk().round();
  expect((await stateOf(id)).is_promise_kept).toBe(false);
  await until(() => heard(chatId).some((text) => text.startsWith('Xin lỗi, chưa có cán bộ')));
  expect(heard(chatId).filter((text) => text.startsWith('Xin lỗi, chưa có cán bộ'))).toEqual([
    'Xin lỗi, chưa có cán bộ trả lời như đã hẹn. Tôi đã báo cho người phụ trách, không cần nhắn lại.\nCần ngay thì gọi 02143888999.',
  ]);
});

test('a promise is kept by the first reply before it', async () => {
  clock = MORNING;
  const { id } = await waiting([], { promisedAt: minutes(30) });
  const officer = await addOfficer(database, communeId());
  const { acts } = createStaffRooms(database, channel, { now });
  await acts.take(officer, id);
  clock = minutes(20);
  expect(await acts.reply(officer, id, { text: 'Chào', idempotencyKey: 'kept-promise' })).toMatchObject({ ok: true });
  expect((await stateOf(id)).is_promise_kept).toBe(true);
});

test('an officer who leaves the citizen unanswered gives the place back; who answers in time keeps it', async () => {
  clock = MORNING;
  const officer = await addOfficer(database, communeId());
  const { acts } = createStaffRooms(database, channel, { now });
  const [left, kept] = [await waiting([]), await waiting([])];
  for (const { id } of [left, kept]) await acts.take(officer, id);
  clock = minutes(30);
  await acts.reply(officer, kept.id, { text: 'Đây', idempotencyKey: 'in-time-1' });
  clock = minutes(61);
  await database.run('due', 'update handoffs set check_at = $1::timestamptz', [clock.toISOString()]);
  await clerk().round();
  expect(await stateOf(left.id)).toMatchObject({ owner: 'waiting', officer_id: null, transfers: 1 });
  expect(await stateOf(kept.id)).toMatchObject({ owner: 'officer', officer_id: officer.officerId });
  await until(() => heard(left.chatId).at(-1)!.startsWith('Xin lỗi vì phải chờ.'));
  // a day after the officer's last word the assistant has it again, and says so
  clock = minutes(30 + 24 * 60 + 1);
  await database.run('due', 'update handoffs set check_at = $1::timestamptz', [clock.toISOString()]);
  await clerk().round();
  expect(await stateOf(kept.id)).toMatchObject({ owner: 'bot', close_kind: 'silence' });
  const { view } = createStaffRooms(database, channel, { now });
  expect((await view.detail(officer, kept.id))!.entries.at(-1)).toMatchObject({
    author: 'system',
    text: 'Lâu chưa thấy nhắn thêm nên phần trao đổi với cán bộ tạm dừng ở đây. Cần gì cứ nhắn, trợ lý tự động trả lời; cần người thì nhắn "gặp cán bộ".',
  });
});

test('the platform’s last moment is warned of once', async () => {
  clock = MORNING;
  const { id } = await waiting([]);
  clock = minutes(7 * 24 * 60 - 60);
  const officer = await addOfficer(database, communeId());
  for (let repeat = 0; repeat < 2; repeat++) {
    await database.run('due', 'update handoffs set check_at = $1::timestamptz', [clock.toISOString()]);
    await clerk().round();
  }
  const { view } = createStaffRooms(database, channel, { now });
  const [first] = (await view.alerts(officer)).filter(({ conversationId }) => conversationId === id);
  expect(first).toMatchObject({ kind: 'window_ending', text: /^Chỉ còn (59 phút|1 giờ)/ });
  expect((await view.detail(officer, id))!.window).toMatchObject({ isEnding: true, state: 'open' });
});

test('what is promised counts the line and the opening times', async () => {
  const staffing = createStaffing(database);
  const { settings } = await commune();
  const asker = { communeId: communeId(), conversationId: '00000000-0000-8000-8000-000000000001' };
  await database.run('none', `update conversations set owner = 'bot'`);
  await database.run('none2', `update handoffs set closed_at = now(), close_kind = 'silence' where closed_at is null`);
  const at = async (time: string) => staffing(asker, settings, new Date(`${time}:00+07:00`));
  expect(await at('2026-11-30T09:30')).toMatchObject({
    isOpen: true,
    ahead: 0,
    promisedAt: new Date('2026-11-30T10:00:00+07:00'),
  });
  expect(await at('2026-11-30T12:10')).toMatchObject({
    isOpen: false,
    promisedAt: new Date('2026-11-30T14:00:00+07:00'),
  });
  expect(await at('2026-11-28T20:00')).toMatchObject({
    isOpen: false,
    promisedAt: new Date('2026-11-30T08:00:00+07:00'),
  });
});
