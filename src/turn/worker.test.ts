import { expect, onTestFinished, test } from 'vitest';
import { createTestDb } from '../../test/support/db.ts';
import { createEchoGuidance } from '../../test/support/echo-guidance.ts';
import { textEvent } from '../../test/support/loopback-channel.ts';
import { createRooms, type Rooms, until } from '../../test/support/rooms.ts';
import { createLeases } from './leases.ts';

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

test('a question over which process after process dies ends in an apology, not in dying for ever', async () => {
  const asked: string[] = [];
  const guidance = createEchoGuidance();
  const database = await createTestDb();
  const rooms = await createRooms(database, database.communes[0]!.id, {
    guidance: {
      ...guidance,
      async answer(question) {
        asked.push(question.text);
        return guidance.answer(question);
      },
    },
  });
  onTestFinished(async () => {
    await rooms.stop();
    await database.close();
  });
  await ask(rooms, 'hỏi');
  const leases = createLeases(database);
  for (let death = 0; death < 5; death++) {
    const [taken] = await leases.claim(10, 10, {});
    expect(taken?.lapses).toBe(death);
    await database.run(
      't',
      `update conversations set lease_until = now() - interval '1 second', wake_at = now() - interval '1 second'`,
    );
  }
  rooms.start();
  await until(() => rooms.channel.sent.length === 1);
  expect(rooms.channel.sent[0]!.text).toMatch(/^Xin lỗi/);
  expect(asked).toEqual([]);
  await ask(rooms, 'hỏi lại');
  await until(() => asked.length === 1);
});

test('a takeover that arrives late counts from when the person wrote', async () => {
  const { database, rooms } = await startRooms({});
  const written = new Date(Date.now() - 3 * HOUR);
  const takeover = { kind: 'staff_message', takesOver: true, opensWindow: false, occurredAt: written } as const;
  const event = textEvent(rooms.account, 'u1', 'Tôi trả lời đây', takeover);
  await rooms.inbox.store([{ account: rooms.account, event, officerPauseHours: 1 }]);
  const [row] = await database.run<{ officer_until: Date }>('t', 'select officer_until from conversations');
  expect(row!.officer_until.getTime()).toBe(written.getTime() + HOUR);
  await ask(rooms, 'còn ai không');
  await until(() => rooms.channel.sent.length === 1);
});
