import { expect, onTestFinished, test } from 'vitest';
import { createTestDb } from '../../test/support/db.ts';
import { sendError, textEvent } from '../../test/support/loopback-channel.ts';
import { createRooms, until } from '../../test/support/rooms.ts';
import type { Database } from '../db/client.ts';
import { createOutbox, releaseWaiting } from './outbox.ts';

async function createHouse() {
  const database = await createTestDb();
  const rooms = await createRooms(database, database.communes[0]!.id);
  onTestFinished(async () => {
    await rooms.stop();
    await database.close();
  });
  const ask = (text: string) =>
    rooms.inbox.store([{ account: rooms.account, event: textEvent(rooms.account, 'u1', text), officerPauseHours: 1 }]);
  const row = async () =>
    (
      await database.run<{ status: string; platform_message_id: string | null; must_check: boolean; attempts: number }>(
        'row',
        'select status, platform_message_id, must_check, attempts from outbox order by id desc limit 1',
      )
    )[0];
  return { database, rooms, ask, row };
}

test('who lost a row finishes nothing, though the same process has claimed it again', async () => {
  const { database, rooms, ask, row } = await createHouse();
  rooms.channel.onSend = () => {
    throw sendError('temporary', 'not now', { retryAfterMs: 1 });
  };
  rooms.start();
  await ask('một');
  await until(async () => (await row())?.attempts === 1);
  await rooms.stop();
  await database.run('due', 'update outbox set run_at = now()');
  const outbox = createOutbox(database);
  const [first] = await outbox.claim(1, {}, 1, {});
  await database.run('late', `update outbox set lease_until = now() - interval '1 second'`);
  expect(await outbox.recover()).toBe(1);
  const [second] = await outbox.claim(1, {}, 1, {});
  expect(second!.id).toBe(first!.id);
  const again = {
    status: 'again',
    afterMs: 0,
    counts: true,
    mustCheck: false,
    errorCode: 'x',
    errorDetail: 'x',
  } as const;
  await outbox.finish(first!, again);
  expect((await row())!.status).toBe('sending');
  await outbox.finish(second!, { status: 'sent', platformMessageId: 'm1' });
  expect(await row()).toMatchObject({ status: 'sent', platform_message_id: 'm1' });
});

test('connecting the account again lets what waits for a later try leave at once', async () => {
  const { database, rooms, ask, row } = await createHouse();
  rooms.channel.onSend = () => {
    throw sendError('account_restricted', 'package', { retryAfterMs: 600_000 });
  };
  rooms.start();
  await ask('một');
  await until(async () => (await row())?.status === 'queued' && (await waits(database)));
  rooms.channel.onSend = () => {};
  await releaseWaiting(database, rooms.account);
  await until(() => rooms.channel.sent.length === 1);
});
const waits = async (database: Database) =>
  (await database.run('waits', 'select 1 from outbox where run_at > now()')).length > 0;

test('an account that cannot be read for a moment loses no message', async () => {
  const { rooms, ask, row } = await createHouse();
  const { byId } = rooms.accounts;
  rooms.accounts.byId = async () => {
    throw new Error('database away');
  };
  rooms.start();
  await ask('một');
  await until(async () => (await row())?.attempts === 1);
  rooms.accounts.byId = byId;
  await until(() => rooms.channel.sent.length === 1);
});

test('the plainer message that went in place of the refused one is recognised in the platform’s history', async () => {
  const { database, rooms, ask, row } = await createHouse();
  rooms.channel.render = ({ text }) => [
    { kind: 'text', text, body: { text, buttons: [] }, fallbackBody: { text: `${text}\n\n1. Lệ phí` } },
  ];
  rooms.channel.onSend = () => {
    throw sendError('network', 'no answer', { retryAfterMs: 1, isUncertain: true });
  };
  rooms.channel.history = async () => [{ platformMessageId: 'm9', text: '#1 một 1. Lệ phí', sentAt: new Date() }];
  rooms.start();
  await ask('một');
  await until(async () => (await row())?.status === 'sent');
  expect(await row()).toMatchObject({ platform_message_id: 'm9' });

  rooms.channel.history = async () => {
    throw new Error('not now');
  };
  await ask('hai');
  await until(async () => (await row())?.must_check === true);
  const echo = textEvent(rooms.account, 'u1', '#2 hai\n\n1. Lệ phí', {
    kind: 'echo',
    lane: 'receipt',
    opensWindow: false,
  });
  await rooms.inbox.store([{ account: rooms.account, event: echo, officerPauseHours: 1 }]);
  await until(async () => (await row())?.status === 'sent');
  expect(await database.run('strangers', `select 1 from messages where author = 'other_app'`)).toEqual([]);
});
