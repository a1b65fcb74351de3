import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** One row, one call to a platform. Rows of a conversation leave in the order of `id`, one at a time. */
export const outbox = pgTable(
  'outbox',
  {
    communeId: uuid('commune_id').notNull(),
    id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    accountId: uuid('account_id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    /** The transcript's row this is (a part of). */
    messageId: uuid('message_id').notNull(),
    /** What caused it (a turn, an officer's reply, a payment): with `seq` unique, so that a repeat writes nothing. */
    causeId: uuid('cause_id').notNull(),
    seq: integer().notNull(),
    author: text().$type<'bot' | 'officer' | 'system'>().notNull(),
    /** OutboundCall of the account's channel. */
    call: jsonb().notNull(),
    /**
     * queued → sending → sent; or failed (said why), held (window closed: waits for the citizen's next act),
     * cancelled (an officer took over before it left).
     */
    status: text().$type<'queued' | 'sending' | 'sent' | 'failed' | 'held' | 'cancelled'>().notNull().default('queued'),
    /** It may have left in an attempt whose end nobody saw: look at the platform before sending. */
    mustCheck: boolean('must_check').notNull().default(false),
    attempts: integer().notNull().default(0),
    runAt: moment('run_at').notNull().defaultNow(),
    claimedBy: uuid('claimed_by'),
    leaseUntil: moment('lease_until'),
    platformMessageId: text('platform_message_id'),
    errorCode: text('error_code'),
    errorDetail: text('error_detail'),
    createdAt: moment('created_at').notNull().defaultNow(),
    firstSendingAt: moment('first_sending_at'),
    sentAt: moment('sent_at'),
    deliveredAt: moment('delivered_at'),
    seenAt: moment('seen_at'),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('outbox_cause').on(table.communeId, table.causeId, table.seq),
    index('outbox_due').on(table.accountId, table.runAt).where(sql`status = 'queued'`),
    index('outbox_line').on(table.conversationId, table.id).where(sql`status in ('queued', 'sending', 'held')`),
    index('outbox_sending').on(table.leaseUntil).where(sql`status = 'sending'`),
    index('outbox_platform').on(table.accountId, table.platformMessageId),
    index('outbox_conversation').on(table.communeId, table.conversationId, table.id),
  ],
);
