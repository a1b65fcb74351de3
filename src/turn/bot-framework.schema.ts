import { integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** What is remembered of a talk with a Bot Framework client, which has neither an account of ours nor a transcript. */
export const botFrameworkChats = pgTable(
  'bot_framework_chats',
  {
    communeId: uuid('commune_id').notNull(),
    /** Hash of channel, conversation and person: their names are not kept. */
    id: text().notNull(),
    memory: jsonb().notNull(),
    /** Counts turns: of two at once one begins again. */
    version: integer().notNull(),
    /** The client delivers again what it got no answer to in time. */
    lastActivity: text('last_activity').notNull(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.id] })],
);
