import { expect, test } from 'vitest';
import { createTestDb } from '../../test/support/db.ts';
import { createRooms, until } from '../../test/support/rooms.ts';

const base = { accountExternalId: '3886000000000000001', chatId: 'u1', opensWindow: false, takesOver: false, raw: {} };

test('an echo and the receipts of the same message that are read together set its times', async () => {
  const database = await createTestDb();
  const rooms = await createRooms(database, database.communes[0]!.id);
  const store = (kind: 'message' | 'echo' | 'delivered' | 'read', more: object) =>
    rooms.inbox.store([
      {
        account: rooms.account,
        officerPauseHours: 1,
        event: {
          ...base,
          kind,
          lane: kind === 'message' ? 'turn' : 'receipt',
          name: kind,
          platformEventId: `${kind}-1`,
          occurredAt: new Date(),
          ...more,
        },
      },
    ]);
  rooms.start();
  await store('message', { messageId: 'm1', text: 'một', opensWindow: true });
  const row = () =>
    database.run<{ platform_message_id: string; delivered_at: Date | null; seen_at: Date | null }>(
      'row',
      `select platform_message_id, delivered_at, seen_at from outbox where status = 'sent'`,
    );
  await until(async () => (await row()).length === 1);
  await rooms.stop();
  const messageId = (await row())[0]!.platform_message_id;
  await store('echo', { messageId, text: '#1 một' });
  await store('delivered', { messageIds: [messageId] });
  await store('read', { messageIds: [messageId] });
  expect(await rooms.applyReceipts()).toBe(3);
  expect(await row()).toEqual([
    { platform_message_id: messageId, delivered_at: expect.any(Date), seen_at: expect.any(Date) },
  ]);
  await database.close();
});
