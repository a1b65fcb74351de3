import { bigint, index, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Who read or did what with personal data. A trigger refuses changes; rows leave by age only. */
export const auditLog = pgTable(
  'audit_log',
  {
    communeId: uuid('commune_id').notNull(),
    id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    at: timestamp('at', { withTimezone: true }).notNull(),
    /** Of this commune, or of the province's own row in another one. */
    officerId: uuid('officer_id'),
    /** As they were called then: the row stays true when they leave. */
    officerName: text('officer_name').notNull(),
    act: text().notNull(),
    objectKind: text('object_kind'),
    objectId: text('object_id'),
    /** Ids and figures only. */
    detail: jsonb().$type<Record<string, string | number | boolean | null>>(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    index('audit_log_time').on(table.communeId, table.at),
    index('audit_log_object').on(table.communeId, table.objectId),
  ],
);
