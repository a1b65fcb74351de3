import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** A commune's key for hashing second factors, sealed; made at first use. It survives a rotation of SECRET_KEY. */
export const dossierKeys = pgTable('dossier_keys', {
  communeId: uuid('commune_id').primaryKey(),
  sealedKey: text('sealed_key').notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
});

/** Where a commune's dossiers are looked up, in the order of `position`. */
export const dossierSources = pgTable(
  'dossier_sources',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    position: integer().notNull(),
    kind: text().$type<'rest' | 'portal_sync' | 'import' | 'simulator'>().notNull(),
    name: text().notNull(),
    /** Of the kind: addresses, time-out, look-ups per second. No secret. */
    settings: jsonb().notNull(),
    /** Credentials, sealed. */
    secrets: text(),
    /** The source's words for states → national state, as data. */
    stateMap: jsonb('state_map').$type<Record<string, number>>().notNull().default({}),
    /** Kind `import`: the file that answers now. */
    liveImportId: uuid('live_import_id'),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('dossier_sources_name').on(table.communeId, table.name),
  ],
);

/** One file read into `imported_dossiers`. It answers only once it is whole: `liveImportId` of its source is the swap. */
export const dossierImports = pgTable(
  'dossier_imports',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    sourceId: uuid('source_id').notNull(),
    fileName: text('file_name').notNull(),
    status: text().$type<'reading' | 'live' | 'replaced' | 'failed'>().notNull().default('reading'),
    /** When the data was exported. */
    asOf: moment('as_of').notNull(),
    accepted: integer().notNull().default(0),
    rejected: integer().notNull().default(0),
    /** Columns found, encoding, unknown states, warnings. */
    report: jsonb(),
    startedAt: moment('started_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    index('dossier_imports_source').on(table.communeId, table.sourceId, table.startedAt),
  ],
);

/** Rows of a file that could not be taken, and why. Holds no personal number. */
export const dossierImportRejects = pgTable(
  'dossier_import_rejects',
  {
    communeId: uuid('commune_id').notNull(),
    importId: uuid('import_id').notNull(),
    /** As the spreadsheet numbers it: the header is 1. */
    rowNumber: integer('row_number').notNull(),
    reasons: jsonb().$type<string[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.importId, table.rowNumber] })],
);

export const importedDossiers = pgTable(
  'imported_dossiers',
  {
    communeId: uuid('commune_id').notNull(),
    importId: uuid('import_id').notNull(),
    code: text().notNull(),
    /** National state 1…10; null is unknown. */
    state: smallint(),
    /** DossierView without code, state and hints; dates as ISO text. */
    view: jsonb().notNull(),
    idLast4Hash: text('id_last4_hash'),
    phoneHash: text('phone_hash'),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.importId, table.code] })],
);

/**
 * Every look-up and every try of a second factor, append only: limits are counted from it, leads read it. Codes are
 * keyed hashes here.
 */
export const dossierAudit = pgTable(
  'dossier_audit',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    citizenId: uuid('citizen_id'),
    conversationId: uuid('conversation_id'),
    officerId: uuid('officer_id'),
    codeHash: text('code_hash').notNull(),
    /** Unit and day of the code, hashed: neighbours of one another are how somebody tries numbers out. */
    seriesHash: text('series_hash').notNull(),
    act: text().$type<'lookup' | 'factor' | 'subscribe' | 'withdraw' | 'verify' | 'notice'>().notNull(),
    result: text().notNull(),
    level: smallint(),
    at: moment('at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    index('dossier_audit_citizen').on(table.communeId, table.citizenId, table.at),
    index('dossier_audit_code').on(table.communeId, table.codeHash, table.at),
    index('dossier_audit_time').on(table.communeId, table.at),
  ],
);

/** Who has proved what about a dossier in a conversation, until when. */
export const dossierProofs = pgTable(
  'dossier_proofs',
  {
    communeId: uuid('commune_id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    codeHash: text('code_hash').notNull(),
    /** 1: second factor; 2: an officer confirmed the person. */
    level: smallint().notNull(),
    officerId: uuid('officer_id'),
    provedAt: moment('proved_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.conversationId, table.codeHash] })],
);

/** "Báo tôi khi có thay đổi": one dossier, one conversation. The row is also the proof of consent. */
export const dossierWatches = pgTable(
  'dossier_watches',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    conversationId: uuid('conversation_id').notNull(),
    citizenId: uuid('citizen_id').notNull(),
    code: text().notNull(),
    /** The wording agreed to, and the turn in which it was. */
    consentText: text('consent_text').notNull(),
    consentTurnId: uuid('consent_turn_id'),
    consentedAt: moment('consented_at').notNull(),
    withdrawnAt: moment('withdrawn_at'),
    withdrawnTurnId: uuid('withdrawn_turn_id'),
    /** Why it ended by itself: returned, never_found, too_old. */
    endedReason: text('ended_reason'),
    /** What was last told or known: state, due date, missing papers; a change is a difference from it. */
    lastSeen: jsonb('last_seen'),
    lastSeenAt: moment('last_seen_at'),
    /** When to look next; while a process looks, the end of its lease. Null: the watch has ended. */
    pollAt: moment('poll_at'),
    leaseUntil: moment('lease_until'),
    failures: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('dossier_watches_open')
      .on(table.communeId, table.conversationId, table.code)
      .where(sql`withdrawn_at is null and ended_reason is null`),
    index('dossier_watches_due').on(table.communeId, table.pollAt).where(sql`poll_at is not null`),
    index('dossier_watches_code').on(table.communeId, table.code).where(sql`poll_at is not null`),
    index('dossier_watches_citizen').on(table.communeId, table.citizenId),
  ],
);

/** One change, one notice, whatever happens: `changeKey` is unique within its watch. */
export const dossierNotices = pgTable(
  'dossier_notices',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    watchId: uuid('watch_id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    kind: text().$type<'state' | 'due_moved' | 'due_soon' | 'overdue' | 'ready_reminder'>().notNull(),
    changeKey: text('change_key').notNull(),
    /** What to tell, as data: it is worded when it leaves, with what is true then. */
    facts: jsonb().notNull(),
    /**
     * due (not before `sendAt`) → queued (in the outbox) → sent; or waiting (no carrier is allowed: waits for the
     * citizen's next act, staff see it), or dropped (withdrawn, or told otherwise).
     */
    status: text().$type<'due' | 'queued' | 'sent' | 'waiting' | 'dropped'>().notNull().default('due'),
    sendAt: moment('send_at').notNull(),
    carrier: text().$type<'window' | 'template_uid' | 'template_phone' | 'utility'>(),
    /** What the carrier charges by the commune's price list, đồng. */
    costVnd: bigint('cost_vnd', { mode: 'number' }),
    messageId: uuid('message_id'),
    /** Carriers that failed since the citizen's last act. */
    tried: jsonb().$type<string[]>().notNull().default([]),
    /** officer, no_carrier, or what was wrong with each carrier. */
    whyWaiting: text('why_waiting'),
    /** An act of the citizen after this lets it leave. */
    waitingSince: moment('waiting_since'),
    isSeenByStaff: boolean('is_seen_by_staff').notNull().default(false),
    createdAt: moment('created_at').notNull().defaultNow(),
    queuedAt: moment('queued_at'),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('dossier_notices_change').on(table.communeId, table.watchId, table.changeKey),
    index('dossier_notices_due').on(table.sendAt).where(sql`status in ('due', 'waiting')`),
    index('dossier_notices_queued').on(table.queuedAt).where(sql`status = 'queued'`),
    index('dossier_notices_conversation').on(table.communeId, table.conversationId),
  ],
);

/** How fast a commune's sources are asked, over all processes: nobody polls it before `nextAt`. */
export const dossierPollPaces = pgTable('dossier_poll_paces', {
  communeId: uuid('commune_id').primaryKey(),
  nextAt: moment('next_at').notNull(),
});

/** A message the platform has approved for use outside the reply window, and what is put into its gaps. */
export const noticeTemplates = pgTable(
  'notice_templates',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    accountId: uuid('account_id').notNull(),
    carrier: text().$type<'template_uid' | 'template_phone' | 'utility'>().notNull(),
    /** The platform's number or name of it. */
    templateId: text('template_id').notNull(),
    language: text().notNull().default('vi'),
    /** Which notices it can tell. */
    kinds: jsonb().$type<string[]>().notNull(),
    parameters: jsonb().$type<{ name: string; fact: string; maxLength: number }[]>().notNull(),
    priceVnd: integer('price_vnd').notNull().default(0),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('notice_templates_name').on(table.communeId, table.accountId, table.carrier, table.templateId),
  ],
);
