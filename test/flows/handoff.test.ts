import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Guidance } from '../../src/guidance/guidance.ts';
import { countsOf } from '../../src/handoff/inbox-view.ts';
import { conversationIdOf } from '../../src/inbox/inbox.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { createEchoGuidance } from '../support/echo-guidance.ts';
import { createLoopbackChannel, sendError, textEvent } from '../support/loopback-channel.ts';
import { createRooms, type Rooms, until } from '../support/rooms.ts';
import { addOfficer, createStaffRooms } from '../support/staff.ts';

let database: TestDb;
beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-thu', 'xa-khac'] });
});
afterAll(() => database.close());

const commune = () => database.communes[0]!.id;
/** Passes everybody on who says so. */
const passing: Guidance = {
  ...createEchoGuidance(),
  answer: async (question) => {
    const answer = await createEchoGuidance().answer(question);
    return question.text.includes('gặp cán bộ') ? { ...answer, handOff: { reason: 'asked' } } : answer;
  },
};

async function house() {
  const rooms = await createRooms(database, commune(), { guidance: passing });
  onTestFinished(() => rooms.stop());
  rooms.start();
  return { rooms, ...createStaffRooms(database, rooms.channel) };
}
const idOf = (rooms: Rooms, chat: string) => conversationIdOf(rooms.account.id, chat);
const say = (rooms: Rooms, chat: string, text: string, change = {}) =>
  rooms.inbox.store([
    { account: rooms.account, event: textEvent(rooms.account, chat, text, change), officerPauseHours: 12 },
  ]);
const ownerOf = async (id: string) =>
  (await database.run<{ owner: string }>('owner', 'select owner from conversations where id = $1', [id]))[0]?.owner;
const heard = (rooms: Rooms, chat: string) =>
  rooms.channel.sent.filter(({ chatId }) => chatId === chat).map(({ text }) => text);

test('a citizen asks for a person, an officer takes, answers, closes; the assistant has it again', async () => {
  const { rooms, acts, view } = await house();
  const officer = await addOfficer(database, commune(), { name: 'Nguyễn Thị Thử' });
  const id = idOf(rooms, 'whole');
  await say(rooms, 'whole', 'cho tôi gặp cán bộ');
  await until(async () => (await ownerOf(id)) === 'waiting');
  const waiting = await view.list(officer, { tab: 'waiting' });
  expect(waiting.items).toMatchObject([
    {
      conversationId: id,
      owner: 'waiting',
      episode: { reason: 'asked' },
      isUnread: true,
      lastWords: { author: 'assistant' },
    },
  ]);
  expect(countsOf(await view.counts(officer), officer.officerId)).toMatchObject({ waiting: 1, mine: 0 });

  expect(await acts.take(officer, id)).toMatchObject({ ok: true });
  expect(await acts.reply(officer, id, { text: 'Chào, cần hỏi gì ạ?', idempotencyKey: 'reply-0001' })).toMatchObject({
    ok: true,
    isRepeat: false,
  });
  await until(() => heard(rooms, 'whole').length === 3);
  expect(heard(rooms, 'whole').slice(1)).toEqual([
    'Từ đây cán bộ Nguyễn Thị Thử (công chức một cửa) trả lời, không phải máy.\nMuốn quay lại trợ lý tự động thì nhắn "hỏi trợ lý".',
    'Cán bộ Nguyễn Thị Thử:\nChào, cần hỏi gì ạ?',
  ]);
  // the citizen speaks to the officer; the assistant is silent
  await say(rooms, 'whole', 'phí bao nhiêu ạ');
  await until(async () => (await view.detail(officer, id))!.entries.at(-1)?.text === 'phí bao nhiêu ạ');
  const detail = (await view.detail(officer, id))!;
  expect(detail.may).toEqual({ take: false, reply: true, transfer: true, release: true, close: true, reopen: false });
  expect(detail.waitingSince).toEqual(detail.entries.at(-1)!.at);
  expect(detail.entries.map(({ author }) => author)).toEqual(['citizen', 'assistant', 'system', 'officer', 'citizen']);
  expect(detail.entries[3]).toMatchObject({ authorText: 'Nguyễn Thị Thử, công chức một cửa', isMachine: false });

  expect(await acts.close(officer, id)).toMatchObject({ ok: true });
  expect(await ownerOf(id)).toBe('bot');
  await say(rooms, 'whole', 'còn việc nữa');
  await until(() => heard(rooms, 'whole').some((text) => text.includes('còn việc nữa')));
  const closed = await view.list(officer, { tab: 'closed' });
  expect(closed.items[0]).toMatchObject({ conversationId: id, episode: { officer: { id: officer.officerId } } });
});

test('of many officers who press "nhận" at once exactly one has it, and one announcement is made', async () => {
  const { rooms, acts } = await house();
  const many = await Promise.all(Array.from({ length: 8 }, () => addOfficer(database, commune())));
  const id = idOf(rooms, 'race');
  await say(rooms, 'race', 'gặp cán bộ');
  await until(async () => (await ownerOf(id)) === 'waiting');
  const results = await Promise.all(many.map((officer) => acts.take(officer, id)));
  expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  expect(results.filter((result) => !result.ok && result.why === 'not_yours')).toHaveLength(7);
  const announced = await database.run(
    'said',
    `select 1 from messages where conversation_id = $1 and author = 'system'`,
    [id],
  );
  expect(announced).toHaveLength(1);
});

test('a reply with the same key is sent once; another officer may not speak; another commune sees nothing', async () => {
  const { rooms, acts, view } = await house();
  const [mine, other] = await Promise.all([addOfficer(database, commune()), addOfficer(database, commune())]);
  const foreign = await addOfficer(database, database.communes[1]!.id);
  const id = idOf(rooms, 'once');
  await say(rooms, 'once', 'gặp cán bộ');
  await until(async () => (await ownerOf(id)) === 'waiting');
  await acts.take(mine, id);
  const input = { text: 'Đây ạ', idempotencyKey: 'same-key-1' };
  const replies = await Promise.all([
    acts.reply(mine, id, input),
    acts.reply(mine, id, input),
    acts.reply(mine, id, input),
  ]);
  expect(replies.every(({ ok }) => ok)).toBe(true);
  await until(() => heard(rooms, 'once').some((text) => text.endsWith('Đây ạ')));
  expect(heard(rooms, 'once').filter((text) => text.endsWith('Đây ạ'))).toHaveLength(1);
  expect(await acts.reply(mine, id, input)).toMatchObject({ ok: true, isRepeat: true });

  expect(await acts.reply(other, id, { ...input, idempotencyKey: 'other-key' })).toMatchObject({
    ok: false,
    why: 'not_yours',
  });
  for (const act of [
    acts.take(foreign, id),
    acts.reply(foreign, id, input),
    acts.note(foreign, id, 'x'),
    acts.transfer(foreign, id, { officerId: foreign.officerId }, { asLead: true }),
    acts.release(foreign, id, { asLead: true }),
    acts.close(foreign, id, { asLead: true }),
    acts.reopen(foreign, id),
    acts.setTags(foreign, id, ['x']),
    acts.resend(foreign, id, id),
  ]) {
    expect(await act).toMatchObject({ ok: false, why: 'unknown' });
  }
  await acts.saveDraft(foreign, id, 'x');
  await acts.beat(foreign, id, true);
  await acts.markRead(foreign, id);
  expect(await view.detail(foreign, id)).toBeNull();
  expect((await view.list(foreign, { tab: 'all' })).items).toEqual([]);
  expect((await view.detail(mine, id))!.others).toEqual([]);
  // an id that is none
  expect(await acts.take(mine, `${id.slice(0, -1)}'`)).toMatchObject({ ok: false, why: 'unknown' });
});

test('a conversation answered in the platform’s inbox appears with an unknown officer, and can be taken from there', async () => {
  const { rooms, acts, view } = await house();
  const officer = await addOfficer(database, commune());
  const id = idOf(rooms, 'inbox');
  await say(rooms, 'inbox', 'hỏi phí');
  await say(rooms, 'inbox', 'Phí 8.000 đồng', { kind: 'staff_message', takesOver: true, opensWindow: false });
  await until(async () => (await view.detail(officer, id))?.episode?.reason === 'platform_inbox');
  const [line] = (await view.list(officer, { tab: 'all', search: 'hoi phi' })).items;
  expect(line).toMatchObject({ owner: 'officer', episode: { officer: null, inboxText: 'từ hộp thư Zalo' } });
  expect((await view.detail(officer, id))!.entries.at(-1)).toMatchObject({
    authorText: 'cán bộ (từ hộp thư Zalo)',
    isMachine: false,
  });
  expect(await acts.take(officer, id)).toMatchObject({ ok: true });
  expect((await view.list(officer, { tab: 'mine' })).items).toMatchObject([{ conversationId: id }]);
});

test('"hỏi trợ lý" brings the assistant back from an officer; the same words in a sentence do not', async () => {
  const { rooms, acts } = await house();
  const officer = await addOfficer(database, commune());
  const id = idOf(rooms, 'back');
  await say(rooms, 'back', 'gặp cán bộ');
  await until(async () => (await ownerOf(id)) === 'waiting');
  await acts.take(officer, id);
  await say(rooms, 'back', 'lúc nãy hỏi trợ lý không được');
  await until(
    async () =>
      (await database.run('in', `select 1 from messages where conversation_id = $1 and text like 'lúc nãy%'`, [id]))
        .length > 0,
  );
  expect(await ownerOf(id)).toBe('officer');
  await say(rooms, 'back', 'Hỏi trợ lý!');
  await until(async () => (await ownerOf(id)) === 'bot');
  const [episode] = await database.run<{ close_kind: string }>(
    'kind',
    'select close_kind from handoffs where conversation_id = $1',
    [id],
  );
  expect(episode!.close_kind).toBe('resumed');
});

test('handing on: to a colleague, to the line of a field, by a lead; notes stay inside', async () => {
  const { rooms, acts, view } = await house();
  const [first, second, lead] = await Promise.all([
    addOfficer(database, commune()),
    addOfficer(database, commune()),
    addOfficer(database, commune(), { role: 'lead' }),
  ]);
  const id = idOf(rooms, 'on');
  await say(rooms, 'on', 'gặp cán bộ');
  await until(async () => (await ownerOf(id)) === 'waiting');
  await acts.take(first, id);
  expect(await acts.transfer(second, id, { officerId: second.officerId })).toMatchObject({
    ok: false,
    why: 'not_yours',
  });
  expect(await acts.transfer(first, id, { officerId: second.officerId }, { note: 'Việc hộ tịch' })).toMatchObject({
    ok: true,
  });
  expect(await acts.reply(first, id, { text: 'a', idempotencyKey: 'no-longer' })).toMatchObject({
    ok: false,
    why: 'not_yours',
  });
  expect((await view.detail(second, id))!.entries.map(({ author }) => author)).toContain('note');
  expect(await acts.transfer(lead, id, { field: 'Hộ tịch' }, { asLead: true })).toMatchObject({ ok: true });
  expect(await ownerOf(id)).toBe('waiting');
  expect(
    (await view.list(second, { tab: 'waiting', field: 'Hộ tịch' })).items.map(({ conversationId }) => conversationId),
  ).toContain(id);
  expect(heard(rooms, 'on').join('\n')).not.toContain('Việc hộ tịch');
});

test('drafts are kept until sent; who looks and types is seen for a while; tags are kept; the closed one comes back', async () => {
  let clock = new Date();
  const { rooms } = await house();
  const { acts, view } = createStaffRooms(database, rooms.channel, { now: () => clock });
  const [first, second] = await Promise.all([addOfficer(database, commune()), addOfficer(database, commune())]);
  const id = idOf(rooms, 'desk');
  await say(rooms, 'desk', 'gặp cán bộ');
  await until(async () => (await ownerOf(id)) === 'waiting');
  await acts.take(first, id);
  await acts.saveDraft(first, id, 'đang viết');
  expect((await view.detail(first, id))!.draft).toBe('đang viết');
  expect((await view.detail(second, id))!.draft).toBe('');
  await acts.beat(second, id, true);
  expect((await view.detail(first, id))!.others).toMatchObject([{ officer: { id: second.officerId }, isTyping: true }]);
  clock = new Date(clock.getTime() + 20_000);
  expect((await view.detail(first, id))!.others).toEqual([]);
  await acts.reply(first, id, { text: 'xong', idempotencyKey: 'draft-sent' });
  expect((await view.detail(first, id))!.draft).toBe('');
  expect(await acts.setTags(first, id, ['hộ tịch', ' hộ tịch ', 'gấp'])).toMatchObject({
    ok: true,
    tags: ['hộ tịch', 'gấp'],
  });
  expect((await view.list(first, { tab: 'mine', tag: 'gấp' })).items).toHaveLength(1);
  await acts.close(first, id, { isQuiet: true });
  expect(await acts.reopen(second, id)).toMatchObject({ ok: true });
  expect((await view.detail(second, id))!).toMatchObject({
    episode: { reason: 'reopened' },
    history: [{ closeKind: 'resolved' }],
  });
});

test('outside the platform’s window nothing is promised to be sent', async () => {
  const { rooms, acts, view } = await house();
  const officer = await addOfficer(database, commune());
  const id = idOf(rooms, 'late');
  await say(rooms, 'late', 'gặp cán bộ');
  await until(async () => (await ownerOf(id)) === 'waiting');
  await acts.take(officer, id);
  await database.run('old', `update conversations set last_user_at = now() - interval '8 days' where id = $1`, [id]);
  expect(await acts.reply(officer, id, { text: 'a', idempotencyKey: 'too-late-1' })).toMatchObject({
    ok: false,
    why: 'window_closed',
  });
  expect((await view.detail(officer, id))!).toMatchObject({
    window: { state: 'closed' },
    may: { reply: false, close: true },
  });
});

test('a failed send is shown with its reason and sent again on the officer’s word', async () => {
  const { rooms, acts, view } = await house();
  const officer = await addOfficer(database, commune());
  const id = idOf(rooms, 'fail');
  await say(rooms, 'fail', 'gặp cán bộ');
  await until(async () => (await ownerOf(id)) === 'waiting');
  await acts.take(officer, id);
  await until(() => heard(rooms, 'fail').length === 2);
  rooms.channel.onSend = () => {
    throw sendError('rejected', 'no');
  };
  const sent = await acts.reply(officer, id, { text: 'mất', idempotencyKey: 'will-fail' });
  await until(async () => (await view.detail(officer, id))!.entries.at(-1)?.delivery?.state === 'failed');
  const entry = (await view.detail(officer, id))!.entries.at(-1)!;
  expect(entry.delivery).toMatchObject({ why: 'Nền tảng từ chối nội dung.', canResend: true });
  expect((await view.list(officer, { tab: 'mine' })).items).toMatchObject([{ hasFailedSend: true }]);
  rooms.channel.onSend = () => {};
  expect(sent).toMatchObject({ ok: true, messageId: entry.id });
  expect(await acts.resend(officer, id, entry.id)).toMatchObject({ ok: true });
  await until(() => heard(rooms, 'fail').some((text) => text.endsWith('mất')));
  expect(await acts.resend(officer, id, entry.id)).toMatchObject({ ok: false, why: 'changed' });
});

test('where the platform gives persons longer than machines, an officer’s words leave and no announcement does', async () => {
  const channel = createLoopbackChannel();
  channel.limits.replyWindowMs = 24 * 3_600_000;
  channel.limits.officerWindowMs = 7 * 24 * 3_600_000;
  const rooms = await createRooms(database, commune(), { guidance: passing, channel });
  onTestFinished(() => rooms.stop());
  rooms.start();
  const { acts, view } = createStaffRooms(database, channel);
  const officer = await addOfficer(database, commune());
  const id = idOf(rooms, 'by-hand');
  await say(rooms, 'by-hand', 'gặp cán bộ');
  await until(async () => (await ownerOf(id)) === 'waiting');
  await database.run('older', `update conversations set last_user_at = now() - interval '30 hours' where id = $1`, [
    id,
  ]);
  await acts.take(officer, id);
  expect((await view.detail(officer, id))!.window).toMatchObject({
    state: 'by_hand',
    text: 'Còn 5 ngày để cán bộ trả lời trên Zalo',
  });
  expect(await acts.reply(officer, id, { text: 'Đã có kết quả ạ', idempotencyKey: 'by-hand-1' })).toMatchObject({
    ok: true,
  });
  await until(() => heard(rooms, 'by-hand').some((text) => text.endsWith('Đã có kết quả ạ')));
  expect(heard(rooms, 'by-hand').some((text) => text.startsWith('Từ đây'))).toBe(false);
});
