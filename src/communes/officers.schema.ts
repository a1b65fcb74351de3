import { boolean, index, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/**
 * Who works at a commune's console. A person who serves two communes is two rows. How they prove who they are is kept
 * apart (credentials, sessions), so that lists of officers never carry it.
 */
export const officers = pgTable(
  'officers',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    /** Lower case. */
    email: text().notNull(),
    /** As citizens see it: "Nguyễn Thị Thử". Empty until the officer entered it: then the office speaks. */
    name: text().notNull().default(''),
    /** "công chức tư pháp – hộ tịch" */
    title: text().notNull().default(''),
    role: text().$type<'officer' | 'lead' | 'admin' | 'province'>().notNull(),
    /** Fields of work as the catalogue names them; empty: any. Conversations about them are offered here first. */
    fields: jsonb().$type<string[]>().notNull().default([]),
    /** What the officer chose; whether somebody is really there also takes `lastSeenAt`. */
    presence: text().$type<'here' | 'away'>().notNull().default('here'),
    lastSeenAt: moment('last_seen_at'),
    isActive: boolean('is_active').notNull().default(true),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('officers_email').on(table.communeId, table.email),
    index('officers_by_email').on(table.email),
  ],
);
