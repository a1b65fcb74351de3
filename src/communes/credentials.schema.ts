import { bigint, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { withTimezone: true });
const officer = () => ({ communeId: uuid('commune_id').notNull(), officerId: uuid('officer_id').notNull() });

/** How an officer proves who they are when no provider does it for them. */
export const officerCredentials = pgTable(
  'officer_credentials',
  {
    ...officer(),
    /** `scrypt$N$r$p$salt$hash`; see passwords.ts. */
    password: text().notNull(),
    /** Sealed; see second-factor.ts. */
    totpSecret: text('totp_secret').notNull(),
    /** The last half minute a code was taken for: no code counts twice. */
    totpLastStep: bigint('totp_last_step', { mode: 'number' }).notNull().default(0),
    /** Hashes of the codes that are left. */
    recoveryCodes: jsonb('recovery_codes').$type<string[]>().notNull(),
    setAt: moment('set_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.officerId] })],
);

/** Links that let an officer in once. `setup`: to choose a password; `enter`: straight in (the demo). */
export const officerLinks = pgTable(
  'officer_links',
  {
    ...officer(),
    tokenHash: text('token_hash').notNull(),
    purpose: text().$type<'setup' | 'enter'>().notNull(),
    expiresAt: moment('expires_at').notNull(),
    usedAt: moment('used_at'),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.officerId, table.tokenHash] }),
    index('officer_links_token').on(table.tokenHash),
  ],
);

/** Who is signed in. One browser of a person who serves two communes is two rows with one token. */
export const officerSessions = pgTable(
  'officer_sessions',
  {
    ...officer(),
    tokenHash: text('token_hash').notNull(),
    /** How they proved who they are. */
    method: text().$type<'password' | 'oidc' | 'link'>().notNull(),
    createdAt: moment('created_at').notNull(),
    lastSeenAt: moment('last_seen_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.officerId, table.tokenHash] }),
    index('officer_sessions_token').on(table.tokenHash),
    index('officer_sessions_expiry').on(table.expiresAt),
  ],
);

/**
 * Tries to sign in that did not succeed, by hash of the e-mail address or of where they came from. No commune: before
 * somebody is signed in nobody knows whose they are, and an address nobody has is counted like any other.
 */
export const signInFailures = pgTable('sign_in_failures', {
  key: text().primaryKey(),
  failures: integer().notNull(),
  since: moment('since').notNull(),
});
