import { expect, onTestFinished, test } from 'vitest';
import type { LeasedConversation } from '../../src/conversations/lease.ts';
import { createInbox } from '../../src/inbox/inbox.ts';
import { createLeases } from '../../src/turn/leases.ts';
import { createTestDb } from '../support/db.ts';
import { textEvent } from '../support/loopback-channel.ts';
import { createRooms, until } from '../support/rooms.ts';

async function createHouse() {
  const database = await createTestDb();
  const looks: { name: string; rows: number }[] = [];
  const watched = {
    ...database,
    run: async <Row>(name: string, text: string, params?: unknown[]) => {
      const rows = await database.run<Row>(name, text, params);
      looks.push({ name, rows: rows.length });
      return rows;
    },
  };
  const rooms = await createRooms(watched, database.communes[0]!.id);
  onTestFinished(async () => {
    await rooms.stop();
    await database.close();
  });
  /** A process with places for all, which never works on what it takes. */
  const taken: LeasedConversation[] = [];
  let places = 0;
  let left = 0;
  const inbox = createInbox(database, {
    onStored: () => {
      left += 1;
    },
    turns: {
      reserve: () => {
        places += 1;
        return true;
      },
      release: () => {
        places -= 1;
      },
      take: (conversation) => void taken.push(conversation),
      isCrowded: () => false,
    },
  });
  const received = (chat: string, text: string) => ({
    account: rooms.account,
    event: textEvent(rooms.account, chat, text),
    officerPauseHours: 1,
  });
  return { database, looks, rooms, inbox, taken, received, places: () => places, left: () => left };
}

test('a question is leased where it is stored and its answer claimed where it is written: no look finds anything', async () => {
  const { database, looks, rooms, received } = await createHouse();
  rooms.start();
  await until(() => looks.some(({ name }) => name === 'outbox.claim'));
  for (const [at, chat] of ['u1', 'u2', 'u1'].entries()) {
    await rooms.inbox.store([received(chat, `hỏi ${at}`)]);
    await until(() => looks.filter(({ name }) => name === 'outbox.finish').length === at + 1);
  }
  expect(rooms.channel.sent.map(({ chatId }) => chatId)).toEqual(['u1', 'u2', 'u1']);
  expect(looks.filter(({ name, rows }) => rows > 0 && ['turn.claim', 'outbox.claim'].includes(name))).toEqual([]);
  const rows = await database.run<{ status: string }>('rows', 'select distinct status from outbox');
  expect(rows).toEqual([{ status: 'sent' }]);
});

test('a conversation in which something waits is not leased by what comes after it', async () => {
  const { database, rooms, inbox, taken, received, places, left } = await createHouse();
  await rooms.inbox.store([received('u1', 'một')]);
  await inbox.store([received('u1', 'hai')]);
  expect(taken).toEqual([]);
  expect(places()).toBe(0);
  expect(left()).toBe(1);
  const [conversation] = await createLeases(database).claim(9, 9, {});
  expect(conversation!.events.map(({ text }) => text)).toEqual(['một', 'hai']);
});

test('a redelivered event leases nothing, and gives its place back', async () => {
  const { inbox, taken, received, places } = await createHouse();
  const event = received('u1', 'hỏi');
  expect(await inbox.store([event])).toBe(1);
  expect(await inbox.store([event])).toBe(0);
  expect(taken).toHaveLength(1);
  expect(places()).toBe(1);
});

test('events stored together are one lease, in the order of the platform', async () => {
  const { inbox, taken, received } = await createHouse();
  const [late, early] = [received('u1', 'sau'), received('u1', 'trước')];
  early!.event.occurredAt = new Date(late!.event.occurredAt.getTime() - 1_000);
  await inbox.store([late!, early!, received('u2', 'người khác')]);
  expect(taken.map(({ events }) => events.map(({ text }) => text))).toEqual([['trước', 'sau'], ['người khác']]);
});

test('what a process took with storing is another’s when it dies', async () => {
  const { database, inbox, taken, received } = await createHouse();
  await inbox.store([received('u1', 'hỏi')]);
  const leases = createLeases(database);
  expect(await leases.claim(9, 9, {})).toEqual([]);
  await database.run('late', `update conversations set lease_until = now(), wake_at = now()`);
  const [again] = await leases.claim(9, 9, {});
  expect(again).toMatchObject({ lapses: 1, leaseSeq: taken[0]!.leaseSeq + 1 });
  const { events, claimedAt: _a, leaseOwner: _o, leaseSeq: _s, lapses: _l, ...rest } = taken[0]!;
  expect(again).toMatchObject(rest);
  expect(again!.events).toEqual(events);
  const turn = { turnId: again!.id, eventIds: events.map(({ id }) => id), memory: null, messages: [], calls: [] };
  expect(await leases.commit({ ...turn, conversation: taken[0]! })).toBeNull();
  expect(await leases.commit({ ...turn, conversation: again! })).toMatchObject({ isAwake: false, firstSend: null });
});
