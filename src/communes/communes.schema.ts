import { index, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { CommuneSettings } from './communes.ts';

export const communes = pgTable('communes', {
  id: uuid().primaryKey(),
  slug: text().notNull().unique(),
  name: text().notNull(),
  settings: jsonb().$type<CommuneSettings>().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

/** An OA or a page. Events are routed by (channel, external id); the same app may serve many communes. */
export const channelAccounts = pgTable(
  'channel_accounts',
  {
    id: uuid().primaryKey(),
    communeId: uuid('commune_id')
      .notNull()
      .references(() => communes.id),
    channel: text().$type<'zalo' | 'messenger'>().notNull(),
    externalId: text('external_id').notNull(),
    appId: text('app_id').notNull(),
    name: text().notNull().default(''),
    /** AES-256-GCM of a JSON object; see secrets.ts. */
    secrets: text().notNull(),
    tokenExpiresAt: timestamp('token_expires_at', { withTimezone: true }),
    status: text().$type<'active' | 'needs_reauthorisation' | 'restricted'>().notNull().default('active'),
    statusReason: text('status_reason'),
    pausedUntil: timestamp('paused_until', { withTimezone: true }),
    /** One process at a time may use the single-use refresh token; see accounts.ts. */
    refreshLeaseUntil: timestamp('refresh_lease_until', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('channel_accounts_external').on(table.channel, table.externalId),
    index('channel_accounts_commune').on(table.communeId),
  ],
);
