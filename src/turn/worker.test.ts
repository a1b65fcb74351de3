import { expect, onTestFinished, test } from 'vitest';
import { createTestDb } from '../../test/support/db.ts';
import { createEchoGuidance } from '../../test/support/echo-guidance.ts';
import { textEvent } from '../../test/support/loopback-channel.ts';
import { createRooms, type Rooms, until } from '../../test/support/rooms.ts';

const HOUR = 3_600_000;

async function startRooms(options: Parameters<typeof createRooms>[2]) {
  const database = await createTestDb();
  const rooms = await createRooms(database, database.communes[0]!.id, options);
  onTestFinished(async () => {
    await rooms.stop();
    await database.close();
  });
  rooms.start();
  return { database, rooms };
}
const ask = (rooms: Rooms, text: string) =>
  rooms.inbox.store([{ account: rooms.account, event: textEvent(rooms.account, 'u1', text), officerPauseHours: 1 }]);

test('an unfinished message waits a moment, not as long as the clock is slow', async () => {
  const guidance = { ...createEchoGuidance(), looksUnfinished: () => true };
  const { rooms } = await startRooms({ guidance, now: () => new Date(Date.now() - HOUR) });
  await ask(rooms, 'cho hỏi');
  await until(() => rooms.channel.sent.length === 1, 4_000);
});

test('an answer that the database cannot store ends in an apology, not in silence', async () => {
  const guidance = createEchoGuidance();
  const { rooms } = await startRooms({
    guidance: {
      ...guidance,
      async answer(question) {
        const answer = await guidance.answer(question);
        return { ...answer, memory: { ...answer.memory!, note: '\ud83d' } };
      },
    },
  });
  await ask(rooms, 'hỏi');
  await until(() => rooms.channel.sent.length === 1, 15_000);
  expect(rooms.channel.sent[0]!.text).toMatch(/^Xin lỗi/);
});
