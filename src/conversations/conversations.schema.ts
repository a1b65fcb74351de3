import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { withTimezone: true });

// No foreign keys between the hot tables: rows of one citizen are written by one statement, erased by one function,
// and later spread over servers by commune_id.

/** A person as one channel account knows them. The same person at another commune or channel is another row. */
export const citizens = pgTable(
  'citizens',
  {
    communeId: uuid('commune_id').notNull(),
    /** Derived from account and chat id. */
    id: uuid().notNull(),
    accountId: uuid('account_id').notNull(),
    chatId: text('chat_id').notNull(),
    displayName: text('display_name'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.id] })],
);

/**
 * One citizen's chat with one account: the unit that is worked on by one turn at a time.
 * `owner`: who answers. `wakeAt`: there is work from then on; while leased, the moment the lease ends.
 */
export const conversations = pgTable(
  'conversations',
  {
    communeId: uuid('commune_id').notNull(),
    /** Derived from account and chat id, so that storing an event needs no look-up. */
    id: uuid().notNull(),
    accountId: uuid('account_id').notNull(),
    citizenId: uuid('citizen_id').notNull(),
    channel: text().$type<'zalo' | 'messenger'>().notNull(),
    chatId: text('chat_id').notNull(),
    owner: text().$type<'bot' | 'waiting' | 'officer'>().notNull().default('bot'),
    ownerSince: moment('owner_since').notNull().defaultNow(),
    /** Grows whenever somebody other than the running turn changes `owner`: the turn then must not speak. */
    ownerVersion: integer('owner_version').notNull().default(0),
    /** Who of the console holds it; null while `owner` is 'officer': somebody in the platform's own inbox. */
    officerId: uuid('officer_id'),
    /** An officer's silence after this gives the conversation back to the assistant. */
    officerUntil: moment('officer_until'),
    handOffReason: text('hand_off_reason'),
    /** What guidance remembers. */
    memory: jsonb(),
    lastUserAt: moment('last_user_at'),
    /** An officer last looked. */
    staffReadAt: moment('staff_read_at'),
    tags: jsonb().$type<string[]>().notNull().default([]),
    wakeAt: moment('wake_at'),
    /** Counts stored events, so that a finishing turn notices one that came meanwhile. */
    arrivals: bigint({ mode: 'number' }).notNull().default(0),
    leaseOwner: uuid('lease_owner'),
    leaseUntil: moment('lease_until'),
    leaseSeq: bigint('lease_seq', { mode: 'number' }).notNull().default(0),
    attempts: integer().notNull().default(0),
    /** Leases in a row that ran out: their process died or hung over this conversation. */
    lapses: integer().notNull().default(0),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    index('conversations_wake').on(table.accountId, table.wakeAt).where(sql`wake_at is not null`),
    index('conversations_waiting').on(table.communeId, table.owner, table.ownerSince).where(sql`owner <> 'bot'`),
    index('conversations_activity').on(table.communeId, table.lastUserAt, table.id),
  ],
);

/** The transcript: what was said, by whom. */
export const messages = pgTable(
  'messages',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    conversationId: uuid('conversation_id').notNull(),
    /** `note`: between officers, never sent. `content.officerId` names who of the console wrote. */
    author: text().$type<'citizen' | 'bot' | 'officer' | 'other_app' | 'system' | 'note'>().notNull(),
    text: text().notNull(),
    /** Buttons, attachments, payload of a pressed button. */
    content: jsonb().$type<Record<string, unknown>>(),
    platformMessageId: text('platform_message_id'),
    turnId: uuid('turn_id'),
    /** On the assistant's first bubble of a turn: what became of the question. */
    outcome: text(),
    /** Reading, source, records quoted with their dates, prompt version. */
    answer: jsonb().$type<Record<string, unknown>>(),
    occurredAt: moment('occurred_at').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    index('messages_conversation').on(table.communeId, table.conversationId, table.occurredAt),
  ],
);
