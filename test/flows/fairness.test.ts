import { expect, onTestFinished, test } from 'vitest';
import { createOutbox } from '../../src/outbox/outbox.ts';
import { createLeases } from '../../src/turn/leases.ts';
import { createTestDb } from '../support/db.ts';
import { textEvent } from '../support/loopback-channel.ts';
import { connectTestAccount, createRooms } from '../support/rooms.ts';

test('the one place that is free goes to the account with the least under way, not to the one that waits longest', async () => {
  const database = await createTestDb({ communes: ['ngap', 'vang'] });
  onTestFinished(() => database.close());
  const rooms = await createRooms(database, database.communes[0]!.id);
  const flooded = rooms.account;
  const quiet = await connectTestAccount(rooms.accounts, database.communes[1]!.id, '3886000000000000002');
  const ask = (account: typeof flooded, chat: string) =>
    rooms.inbox.store([{ account, event: textEvent(account, chat, 'hỏi'), officerPauseHours: 1 }]);
  for (const chat of ['f1', 'f2', 'f3']) await ask(flooded, chat);
  await ask(quiet, 'q');

  const leases = createLeases(database);
  const [first] = await leases.claim(1, 48, { [flooded.id]: 2 });
  expect(first!.accountId).toBe(quiet.id);
  expect(await leases.claim(9, 48, { [flooded.id]: 48 })).toEqual([]);
  const rest = await leases.claim(9, 48, { [flooded.id]: 46 });
  expect(rest.map(({ accountId }) => accountId)).toEqual([flooded.id, flooded.id]);

  await database.run(
    'rows',
    `insert into outbox (commune_id, account_id, conversation_id, message_id, cause_id, seq, author, call, run_at)
     select commune_id, account_id, id, id, id, 0, 'bot', '{"text":"x"}', now() - (case account_id when $1 then 2 else 1 end) * interval '1 hour'
     from conversations`,
    [flooded.id],
  );
  const outbox = createOutbox(database);
  const [row] = await outbox.claim(1, {}, 24, { [flooded.id]: 2 });
  expect(row!.accountId).toBe(quiet.id);
});
