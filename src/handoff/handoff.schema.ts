import { sql } from 'drizzle-orm';
import {
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
import type { AskedBy, CloseKind, HandOffReason, Summary } from './handoff.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/**
 * One time a person was needed. Who answers stands on the conversation, whose row every transition locks first; this is
 * the episode's record. At most one of a conversation is open.
 */
export const handoffs = pgTable(
  'handoffs',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    conversationId: uuid('conversation_id').notNull(),
    reason: text().$type<HandOffReason>().notNull(),
    askedBy: text('asked_by').$type<AskedBy>().notNull(),
    /** Field of work of the procedure spoken of, as the catalogue names it; an officer may set it when handing on. */
    field: text(),
    procedureCode: text('procedure_code'),
    /** Null until the clerk wrote it, within a second or so. */
    summary: jsonb().$type<Summary>(),
    /** Suggested while `takenAt` is null, in charge after it; null then: somebody in the platform's own inbox. */
    officerId: uuid('officer_id'),
    queuedAt: moment('queued_at').notNull(),
    takenAt: moment('taken_at'),
    firstReplyAt: moment('first_reply_at'),
    lastReplyAt: moment('last_reply_at'),
    /** The time told to the citizen. */
    promisedAt: moment('promised_at'),
    isPromiseKept: boolean('is_promise_kept'),
    /** The commune's target for the first reply, in opening time. */
    dueAt: moment('due_at'),
    escalatedAt: moment('escalated_at'),
    /** Times it went back into the line, or to a colleague. */
    transfers: integer().notNull().default(0),
    /** The clerk looks at it again then; see clerk.ts. */
    checkAt: moment('check_at').notNull().defaultNow(),
    /** When the platform's window was warned of; a new word of the citizen opens a new window. */
    windowWarnedAt: moment('window_warned_at'),
    closedAt: moment('closed_at'),
    closeKind: text('close_kind').$type<CloseKind>(),
    ratingAskedAt: moment('rating_asked_at'),
    rating: smallint(),
    ratingWords: text('rating_words'),
    changedAt: moment('changed_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('handoffs_open').on(table.communeId, table.conversationId).where(sql`closed_at is null`),
    index('handoffs_officer').on(table.communeId, table.officerId).where(sql`closed_at is null`),
    index('handoffs_closed').on(table.communeId, table.closedAt).where(sql`closed_at is not null`),
    index('handoffs_conversation').on(table.communeId, table.conversationId, table.queuedAt),
    index('handoffs_queued').on(table.communeId, table.queuedAt),
    index('handoffs_check').on(table.checkAt).where(sql`closed_at is null`),
    index('handoffs_changed').on(table.communeId, table.changedAt),
  ],
);

/** What an officer was writing when the page was left. */
export const replyDrafts = pgTable(
  'reply_drafts',
  {
    communeId: uuid('commune_id').notNull(),
    officerId: uuid('officer_id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    text: text().notNull(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.officerId, table.conversationId] })],
);

/** Which conversation an officer looks at, for a few seconds after each beat of the page. */
export const officerLooks = pgTable(
  'officer_looks',
  {
    communeId: uuid('commune_id').notNull(),
    officerId: uuid('officer_id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    isTyping: boolean('is_typing').notNull(),
    until: moment('until').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.officerId] }),
    index('officer_looks_conversation').on(table.communeId, table.conversationId),
  ],
);

export const cannedAnswers = pgTable(
  'canned_answers',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    /** Null: the commune's, for everyone. */
    officerId: uuid('officer_id'),
    shortcut: text().notNull(),
    title: text().notNull(),
    text: text().notNull(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('canned_answers_own').on(table.communeId, table.officerId, table.shortcut),
    uniqueIndex('canned_answers_shared').on(table.communeId, table.shortcut).where(sql`officer_id is null`),
  ],
);

/** An officer's word on an answer of the assistant. */
export const answerReviews = pgTable(
  'answer_reviews',
  {
    communeId: uuid('commune_id').notNull(),
    messageId: uuid('message_id').notNull(),
    officerId: uuid('officer_id').notNull(),
    verdict: text().$type<'right' | 'wrong'>().notNull(),
    betterText: text('better_text'),
    reviewedAt: moment('reviewed_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.messageId, table.officerId] }),
    index('answer_reviews_time').on(table.communeId, table.reviewedAt),
  ],
);

/** Groups of unanswered questions somebody dealt with: they come back when asked again later. */
export const settledQuestions = pgTable(
  'settled_questions',
  {
    communeId: uuid('commune_id').notNull(),
    key: text().notNull(),
    officerId: uuid('officer_id').notNull(),
    settledAt: moment('settled_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.key] })],
);

/** Complaints and proposals, with the number the citizen asks by. */
export const petitions = pgTable(
  'petitions',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    /** Without hyphens: "PA2611307K4MX". */
    number: text().notNull(),
    /** The turn or act that recorded it: a repeat finds the same row. */
    causeId: uuid('cause_id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    status: text()
      .$type<'received' | 'in_progress' | 'answered' | 'forwarded' | 'closed'>()
      .notNull()
      .default('received'),
    text: text().notNull(),
    receivedAt: moment('received_at').notNull(),
    dueAt: moment('due_at'),
    officerId: uuid('officer_id'),
    answer: text(),
    answeredAt: moment('answered_at'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('petitions_number').on(table.communeId, table.number),
    uniqueIndex('petitions_cause').on(table.communeId, table.causeId),
    index('petitions_conversation').on(table.communeId, table.conversationId),
    index('petitions_status').on(table.communeId, table.status, table.receivedAt),
  ],
);

/** Public comments under a page's posts that were looked at, once each. */
export const pageComments = pgTable(
  'page_comments',
  {
    communeId: uuid('commune_id').notNull(),
    accountId: uuid('account_id').notNull(),
    commentId: text('comment_id').notNull(),
    /** `replied`: a private answer was put in line; the others: left to staff, and why. */
    status: text().$type<'replied' | 'no_question' | 'not_sure' | 'too_old' | 'removed'>().notNull(),
    text: text().notNull(),
    postId: text('post_id'),
    commentedAt: moment('commented_at').notNull(),
    seenAt: moment('seen_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.accountId, table.commentId] }),
    index('page_comments_time').on(table.communeId, table.commentedAt),
  ],
);
