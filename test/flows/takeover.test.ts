import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { conversationIdOf } from '../../src/inbox/inbox.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { sendError, textEvent } from '../support/loopback-channel.ts';
import { createRooms, type Rooms, until } from '../support/rooms.ts';

let database: TestDb;
beforeAll(async () => {
  database = await createTestDb();
});
afterAll(() => database.close());

const rooms = async () => {
  const made = await createRooms(database, database.communes[0]!.id);
  onTestFinished(() => made.stop());
  return made;
};
const store = (made: Rooms, ...events: ReturnType<typeof textEvent>[]) =>
  made.inbox.store(events.map((event) => ({ account: made.account, event, officerPauseHours: 12 })));
const staff = (made: Rooms, chat: string) =>
  textEvent(made.account, chat, 'Tôi đây', { kind: 'staff_message', takesOver: true, opensWindow: false });
const rowsOf = (made: Rooms, chat: string) =>
  database.run<{ status: string; error_code: string | null; must_check: boolean }>(
    'rows',
    'select status, error_code, must_check from outbox where conversation_id = $1 order by id',
    [conversationIdOf(made.account.id, chat)],
  );
const statusOf = async (made: Rooms, chat: string) => (await rowsOf(made, chat)).map(({ status }) => status);
const isTaken = (made: Rooms, chat: string) => async () =>
  (
    await database.run('done', `select 1 from messages where author = 'officer' and conversation_id = $1`, [
      conversationIdOf(made.account.id, chat),
    ])
  ).length > 0;

test('a send that was refused for now while a person took over does not wait for the person to leave', async () => {
  const made = await rooms();
  let mayFail = () => {};
  made.channel.onSend = async () => {
    await new Promise<void>((done) => {
      mayFail = done;
    });
    throw sendError('temporary', 'not now', { retryAfterMs: 1_000 });
  };
  made.start();
  await store(made, textEvent(made.account, 'refused', 'hỏi'));
  await until(async () => (await statusOf(made, 'refused'))[0] === 'sending');
  await store(made, staff(made, 'refused'));
  mayFail();
  await until(async () => (await statusOf(made, 'refused'))[0] === 'cancelled');
  expect(made.channel.sent).toEqual([]);
});

test('a row written while the takeover was stored is cancelled by the turn that notes the takeover', async () => {
  const made = await rooms();
  made.channel.onSend = () => {
    throw sendError('temporary', 'not now', { retryAfterMs: 60_000 });
  };
  made.start();
  await store(made, textEvent(made.account, 'late', 'hỏi'));
  await until(async () => (await statusOf(made, 'late'))[0] === 'queued');
  await made.stop();
  await store(made, staff(made, 'late'));
  // What the statement of the takeover could not see.
  await database.run('back', `update outbox set status = 'queued', error_code = null where conversation_id = $1`, [
    conversationIdOf(made.account.id, 'late'),
  ]);
  made.start();
  await until(isTaken(made, 'late'));
  expect(await statusOf(made, 'late')).toEqual(['cancelled']);
});

test('what was held for a closed window does not leave into a person’s conversation', async () => {
  const made = await rooms();
  made.channel.onSend = () => {
    throw sendError('window_closed', 'closed');
  };
  made.start();
  await store(made, textEvent(made.account, 'held', 'hỏi'));
  await until(async () => (await statusOf(made, 'held'))[0] === 'held');
  made.channel.onSend = () => {};
  await store(made, staff(made, 'held'));
  await until(isTaken(made, 'held'));
  expect(await statusOf(made, 'held')).toEqual(['cancelled']);
  expect(made.channel.sent).toEqual([]);
});

test('a send nobody saw end is looked up after a takeover, and not repeated', async () => {
  const made = await rooms();
  let isDelivered = false;
  made.channel.onSend = () => {
    throw sendError('network', 'no answer', { retryAfterMs: 1_000, isUncertain: true });
  };
  made.channel.history = async () =>
    isDelivered ? [{ platformMessageId: 'late-1', text: '#1 hai', sentAt: new Date() }] : [];
  made.start();
  await store(made, textEvent(made.account, 'lost', 'một'));
  await until(async () => (await rowsOf(made, 'lost'))[0]?.must_check === true);
  made.channel.onSend = () => {};
  await database.run('taken', `update conversations set owner = 'officer' where id = $1`, [
    conversationIdOf(made.account.id, 'lost'),
  ]);
  await until(async () => (await statusOf(made, 'lost'))[0] === 'cancelled');
  expect(made.channel.sent).toEqual([]);

  isDelivered = true;
  made.channel.onSend = () => {
    throw sendError('network', 'no answer', { retryAfterMs: 1_000, isUncertain: true });
  };
  await store(made, textEvent(made.account, 'arrived', 'hai'));
  await until(async () => (await rowsOf(made, 'arrived'))[0]?.must_check === true);
  await database.run('taken', `update conversations set owner = 'officer' where id = $1`, [
    conversationIdOf(made.account.id, 'arrived'),
  ]);
  await until(async () => (await statusOf(made, 'arrived'))[0] === 'sent');
});
