import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { createLoopbackChannel, textEvent } from '../../test/support/loopback-channel.ts';
import { createRooms, type Rooms, until } from '../../test/support/rooms.ts';
import { addOfficer, createStaffRooms } from '../../test/support/staff.ts';
import { createCommuneCache } from '../communes/communes.ts';
import { createGuidance } from '../guidance/engine.ts';
import { conversationIdOf } from '../inbox/inbox.ts';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { createCannedAnswers } from './canned.ts';
import { createPetitions } from './petitions.ts';
import { createQuality } from './quality.ts';

let database: TestDb;
let rooms: Rooms;
const channel = createLoopbackChannel();
beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-thu', 'xa-khac'] });
  rooms = await createRooms(database, database.communes[0]!.id, { channel, guidance: createGuidance() });
  rooms.start();
});
afterAll(async () => {
  await rooms.stop();
  await database.close();
});
const communeId = () => database.communes[0]!.id;
const commune = (id: string) => createCommuneCache(database.orm, { cacheMs: 0 })(id);
async function asks(chatId: string, text: string) {
  const before = channel.sent.filter((sent) => sent.chatId === chatId).length;
  await rooms.inbox.store([
    { account: rooms.account, event: textEvent(rooms.account, chatId, text), officerPauseHours: 12 },
  ]);
  await until(() => channel.sent.filter((sent) => sent.chatId === chatId).length > before);
  return conversationIdOf(rooms.account.id, chatId);
}

test('what the assistant could not answer is grouped, newest wordings first, and leaves the list when dealt with', async () => {
  const officer = await addOfficer(database, communeId());
  const quality = createQuality({ database, commune });
  const id = await asks('q1', 'khai sinh cho con hết bao nhiêu tiền');
  const { view } = createStaffRooms(database, channel);
  const answer = (await view.detail(officer, id))!.entries.find(({ author }) => author === 'assistant')!;
  expect(await quality.review(officer, answer.id, 'wrong', { betterText: 'Xã này miễn phí.' })).toMatchObject({
    ok: true,
  });
  expect(
    (await view.detail(officer, id))!.entries.find(({ id: one }) => one === answer.id)!.answer!.review,
  ).toMatchObject({
    verdict: 'wrong',
    betterText: 'Xã này miễn phí.',
    officer: { id: officer.officerId },
  });
  const list = await quality.unanswered(officer);
  const wrong = list.find(({ why }) => why === 'wrong')!;
  expect(wrong).toMatchObject({ procedureCode: '1.001193', aspect: 'fee', count: 1, betterText: 'Xã này miễn phí.' });
  expect(wrong.examples[0]!.text).toBe('khai sinh cho con hết bao nhiêu tiền');
  expect(await quality.settle(officer, wrong.key)).toMatchObject({ ok: true });
  expect((await quality.unanswered(officer)).some(({ key }) => key === wrong.key)).toBe(false);
  // the other way round: right after all
  await quality.review(officer, answer.id, 'right');
  expect((await quality.unanswered(officer)).filter(({ why }) => why === 'wrong')).toEqual([]);
  const foreign = await addOfficer(database, database.communes[1]!.id);
  expect(await quality.review(foreign, answer.id, 'wrong')).toMatchObject({ ok: false, why: 'unknown' });
  expect(await quality.unanswered(foreign)).toEqual([]);
});

test('first replies, promises and ratings are counted in opening time', async () => {
  const officer = await addOfficer(database, communeId(), { name: 'Lê Thị Thử' });
  const quality = createQuality({ database, commune });
  const row = (
    n: number,
    queued: string,
    first: string | null,
    closed: string | null,
    kept: boolean | null,
    rating: number | null,
  ) =>
    database.run(
      `row ${n}`,
      `insert into handoffs (commune_id, id, conversation_id, reason, asked_by, officer_id, queued_at, first_reply_at, closed_at,
         is_promise_kept, due_at, rating)
       values ($1, gen_random_uuid(), gen_random_uuid(), 'asked', 'citizen', $2, $3::timestamptz, $4::timestamptz, $5::timestamptz,
         $6, $3::timestamptz + interval '30 minutes', $7)`,
      [communeId(), officer.officerId, queued, first, closed, kept, rating],
    );
  await row(1, '2026-10-05T08:00+07:00', '2026-10-05T08:10+07:00', '2026-10-05T09:00+07:00', true, 5);
  await row(2, '2026-10-05T11:20+07:00', '2026-10-05T13:50+07:00', null, true, null);
  await row(3, '2026-10-05T16:30+07:00', '2026-10-06T08:30+07:00', '2026-10-06T08:40+07:00', false, 2);
  await row(4, '2026-10-05T16:40+07:00', null, null, false, null);
  const figures = await quality.figures(officer, new Date('2026-10-01T00:00Z'), new Date('2026-11-01T00:00Z'));
  expect(figures).toMatchObject({
    episodes: 4,
    firstReply: { median: 30, p90: 90 },
    resolution: { median: 60, p90: 100 },
    withinTarget: 1,
    promises: { kept: 2, broken: 2 },
    ratings: { count: 2, average: 3.5, byStars: [0, 1, 0, 0, 1] },
    byOfficer: [{ officer: { name: 'Lê Thị Thử' }, episodes: 4, firstReplyMedian: 30, rating: 3.5 }],
  });
});

test('ready answers: the commune’s by leads, an officer’s own; gaps are filled or named', async () => {
  const officer = await addOfficer(database, communeId(), { name: 'Phạm Thị Thử', title: 'công chức một cửa' });
  const other = await addOfficer(database, communeId());
  const canned = createCannedAnswers({
    database,
    commune,
    catalogue: loadCatalogue(),
    now: () => new Date('2026-11-30T03:00:00Z'),
  });
  const shared = { isShared: true, shortcut: 'gio', title: 'Giờ', text: '{co_quan} mở {gio_lam_viec}.' };
  expect(await canned.save(officer, shared)).toMatchObject({ ok: false, why: 'invalid' });
  expect(await canned.save(officer, shared, { asLead: true })).toMatchObject({ ok: true });
  expect(
    await canned.save(officer, { ...shared, isShared: false, text: '{ten_can_bo} chào {ten_nguoi_dan}' }),
  ).toMatchObject({ ok: true });
  expect(await canned.save(officer, { ...shared, isShared: false })).toMatchObject({
    ok: false,
    text: 'Lối tắt "/gio" đã có.',
  });
  expect(await canned.save(officer, { ...shared, shortcut: 'có dấu', isShared: false })).toMatchObject({ ok: false });
  const [own, all] = await canned.list(officer);
  expect([own!.officerId, all!.officerId]).toEqual([officer.officerId, null]);
  expect(await canned.list(other)).toHaveLength(1);
  const id = await asks('c1', 'xin chào');
  expect(await canned.fill(officer, all!.id, id)).toEqual({
    text: 'UBND xa-thu mở 7 giờ 30–11 giờ 30 và 13 giờ 30–17 giờ.',
    missing: [],
  });
  expect(await canned.fill(officer, own!.id, id)).toEqual({
    text: 'Phạm Thị Thử chào {ten_nguoi_dan}',
    missing: ['ten_nguoi_dan'],
  });
  expect(await canned.fill(other, own!.id, id)).toBeNull();
  expect(await canned.remove(other, own!.id)).toMatchObject({ ok: false });
  expect(await canned.remove(other, all!.id)).toMatchObject({ ok: false });
  expect(await canned.remove(officer, own!.id)).toMatchObject({ ok: true });
});

test('an officer records a petition while holding the talk; lists by state; another commune finds none', async () => {
  const officer = await addOfficer(database, communeId());
  const petitions = createPetitions({ database, channel: () => channel, commune, onDone: () => {} });
  const { acts } = createStaffRooms(database, channel);
  const id = await asks('p1', 'xin chào');
  expect(await petitions.record(officer, id, 'Đường hỏng')).toMatchObject({ ok: false, why: 'not_yours' });
  await acts.take(officer, id);
  const recorded = await petitions.record(officer, id, 'Đường thôn bị hỏng');
  expect(recorded).toMatchObject({ ok: true });
  const number = recorded.ok ? recorded.number : '';
  await until(() => channel.sent.some(({ text }) => text.includes(`Đã ghi phản ánh, mã ${number}.`)));
  expect((await petitions.list(officer, { status: 'received' })).items).toMatchObject([
    { number, text: 'Đường thôn bị hỏng' },
  ]);
  expect(await petitions.update(officer, number, { status: 'answered' })).toMatchObject({ ok: false, why: 'invalid' });
  expect(await petitions.update(officer, number, { status: 'forwarded' })).toMatchObject({ ok: true, isTold: false });
  expect(await petitions.byNumber(officer, number)).toMatchObject({
    status: 'forwarded',
    officer: { id: officer.officerId },
  });
  const foreign = await addOfficer(database, database.communes[1]!.id);
  expect(await petitions.byNumber(foreign, number)).toBeNull();
  expect((await petitions.list(foreign)).items).toEqual([]);
  expect(await petitions.update(foreign, number, { status: 'closed' })).toMatchObject({ ok: false, why: 'unknown' });
});
