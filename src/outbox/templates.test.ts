import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { createTestDb } from '../../test/support/db.ts';
import { sendError, textEvent } from '../../test/support/loopback-channel.ts';
import { createRooms, until } from '../../test/support/rooms.ts';

/** A conversation whose reply window closed a month ago, and a clock that is ahead by `aheadMs`. */
async function createHouse() {
  const database = await createTestDb();
  const clock = { aheadMs: 0 };
  const rooms = await createRooms(database, database.communes[0]!.id, {
    now: () => new Date(Date.now() + clock.aheadMs),
    phoneOf: async () => '84912345678',
  });
  onTestFinished(async () => {
    await rooms.stop();
    await database.close();
  });
  rooms.start();
  await rooms.inbox.store([
    { account: rooms.account, event: textEvent(rooms.account, 'u1', 'một'), officerPauseHours: 1 },
  ]);
  await until(() => rooms.channel.sent.length === 1);
  await database.run('long ago', `update conversations set last_user_at = now() - interval '30 days'`);
  const enqueue = async (carrier: string) => {
    const call = { kind: 'template', carrier, text: 'Hồ sơ đã có kết quả.', body: { template_id: '1' } };
    const [row] = await database.run<{ id: number }>(
      'enqueue',
      `insert into outbox (commune_id, account_id, conversation_id, message_id, cause_id, seq, author, call)
       select commune_id, account_id, id, $1, $2, 0, 'bot', $3::jsonb from conversations returning id::int`,
      [randomUUID(), randomUUID(), JSON.stringify(call)],
    );
    return row!.id;
  };
  const row = async (id: number) =>
    (
      await database.run<Record<string, unknown>>(
        'row',
        'select status, error_code, platform_message_id, must_check, delivered_at from outbox where id = $1',
        [id],
      )
    )[0]!;
  return { database, rooms, clock, enqueue, row };
}

test('a template needs no open window; the number it is addressed to is read when it leaves', async () => {
  const { rooms, enqueue, row } = await createHouse();
  const phones: (string | undefined)[] = [];
  const send = rooms.channel.send.bind(rooms.channel);
  rooms.channel.send = (account, chatId, call, context) => {
    phones.push(context.phone);
    return send(account, chatId, call, context);
  };
  const [byUid, byPhone] = [await enqueue('template_uid'), await enqueue('template_phone')];
  await until(async () => (await row(byPhone)).status === 'sent');
  expect((await row(byUid)).status).toBe('sent');
  expect(phones).toEqual([undefined, '84912345678']);
});

test('a template nobody saw arrive is not sent again: its delivery event proves it, or staff learn that nobody knows', async () => {
  const { rooms, clock, enqueue, row } = await createHouse();
  let attempts = 0;
  rooms.channel.onSend = () => {
    attempts += 1;
    throw sendError('network', 'no answer', { retryAfterMs: 1, isUncertain: true });
  };
  const proven = await enqueue('template_phone');
  await until(async () => (await row(proven)).must_check === true);
  const delivered = {
    accountExternalId: rooms.account.externalId,
    platformEventId: 'delivered-1',
    kind: 'delivered',
    lane: 'receipt',
    name: 'user_received_message',
    chatId: null,
    reference: `hx:${proven}`,
    messageIds: ['zbs-1'],
    occurredAt: new Date(),
    opensWindow: false,
    takesOver: false,
    raw: {},
  } as const;
  await rooms.inbox.store([
    { account: rooms.account, event: { ...delivered, messageIds: ['zbs-1'] }, officerPauseHours: 1 },
  ]);
  await until(async () => (await row(proven)).status === 'sent');
  expect(await row(proven)).toMatchObject({ platform_message_id: 'zbs-1', delivered_at: expect.any(Date) });

  const lost = await enqueue('template_uid');
  await until(async () => (await row(lost)).must_check === true);
  clock.aheadMs = 60_000;
  await until(async () => (await row(lost)).status === 'failed');
  expect(await row(lost)).toMatchObject({ error_code: 'maybe_sent', platform_message_id: null });
  expect(attempts).toBe(2);
});
