import { integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Words of a source that no map knows, as staff see them: each is asked about once, and mapped or left. */
export const dossierUnknownStates = pgTable(
  'dossier_unknown_states',
  {
    communeId: uuid('commune_id').notNull(),
    sourceId: uuid('source_id').notNull(),
    word: text().notNull(),
    /** Dossiers of the last file, or look-ups. */
    seen: integer().notNull().default(0),
    lastSeenAt: timestamp('last_seen_at', { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.sourceId, table.word] })],
);
