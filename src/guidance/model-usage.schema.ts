import { bigint, date, integer, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';

/** What a commune asked of the language model on one Vietnamese day: its budget, and what it cost. */
export const modelUsage = pgTable(
  'model_usage',
  {
    communeId: uuid('commune_id').notNull(),
    day: date().notNull(),
    /** Taken from the budget: a question is one, a voice note one per half minute begun. */
    requests: integer().notNull().default(0),
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull().default(0),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull().default(0),
    audioSeconds: integer('audio_seconds').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.day] })],
);
