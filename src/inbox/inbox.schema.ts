import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** What platforms told us, stored before they get their 200. */
export const inboxEvents = pgTable(
  'inbox_events',
  {
    communeId: uuid('commune_id').notNull(),
    id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    accountId: uuid('account_id').notNull(),
    platformEventId: text('platform_event_id').notNull(),
    conversationId: uuid('conversation_id'),
    kind: text().notNull(),
    name: text().notNull(),
    lane: text().$type<'turn' | 'receipt' | 'record'>().notNull(),
    /** InboundEvent without `raw`. */
    event: jsonb().notNull(),
    raw: jsonb(),
    occurredAt: moment('occurred_at').notNull(),
    /** Microseconds of the process that stored it: keeps the order of events the platform gave the same time. */
    arrival: bigint({ mode: 'number' }).notNull(),
    receivedAt: moment('received_at').notNull().defaultNow(),
    status: text().$type<'pending' | 'done'>().notNull(),
    doneAt: moment('done_at'),
    turnId: uuid('turn_id'),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('inbox_events_platform').on(table.accountId, table.platformEventId),
    index('inbox_events_waiting').on(table.conversationId).where(sql`status = 'pending' and lane = 'turn'`),
    index('inbox_events_contacts').on(table.conversationId).where(sql`kind = 'contact'`),
    index('inbox_events_comments').on(table.receivedAt).where(sql`kind = 'comment'`),
    index('inbox_events_receipts').on(table.id).where(sql`status = 'pending' and lane = 'receipt'`),
  ],
);
