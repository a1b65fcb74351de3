import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  date,
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
import type { PaymentMethod } from './provider.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true });
/** Đồng, whole. */
const vnd = (name: string) => bigint(name, { mode: 'number' });

/** A commune's own letters in references; see reference.ts. */
export const paymentUnits = pgTable('payment_units', {
  communeId: uuid('commune_id').primaryKey(),
  code: text().notNull().unique(),
});

/** What a procedure costs here, by rule and date. A council's rule goes before the ministry's; see fees.ts. */
export const fees = pgTable(
  'fees',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    procedureCode: text('procedure_code').notNull(),
    /** Phí and lệ phí are never one line: each has a receipt of its own. */
    kind: text().$type<'phi' | 'le_phi'>().notNull(),
    name: text().notNull(),
    /** Whose rule it is. */
    scope: text().$type<'nation' | 'province' | 'commune'>().notNull(),
    channel: text().$type<'online' | 'counter' | 'any'>().notNull(),
    amountVnd: vnd('amount_vnd').notNull(),
    /** What one amount is for: "hồ sơ", "trang", "bản". */
    unit: text().notNull().default('hồ sơ'),
    legalRef: text('legal_ref').notNull(),
    /** Days in Vietnam, both included. */
    validFrom: date('valid_from', { mode: 'string' }).notNull(),
    validTo: date('valid_to', { mode: 'string' }),
    /** Who pays less or nothing: told to citizens, granted by officers only. */
    exemptions: jsonb().$type<FeeExemption[]>().notNull().default([]),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('fees_rule').on(
      table.communeId,
      table.procedureCode,
      table.kind,
      table.name,
      table.scope,
      table.channel,
      table.validFrom,
    ),
  ],
);

export interface FeeExemption {
  /** "hộ nghèo", "người cao tuổi" */
  group: string;
  /** Share of the amount that is taken off, 1…100. */
  percent: number;
  /** The paper that proves it. */
  proof: string;
  legalRef: string;
}

/** A contract with a gateway, or an account at a bank. One of a province may be used by many communes. */
export const paymentAccounts = pgTable(
  'payment_accounts',
  {
    /** Whose contract it is: for a province's, the commune that stands for it. */
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    method: text().$type<PaymentMethod>().notNull(),
    name: text().notNull(),
    /** Whose name a citizen reads before paying. */
    payee: text().notNull(),
    /** Terminal, partner or service code; BIN and number of a bank account. No secret. */
    settings: jsonb().$type<Record<string, unknown>>().notNull(),
    /** Sealed JSON. */
    secrets: text(),
    /** Bank accounts: who tells of credits, and its sealed secrets. */
    notifier: text().$type<'sepay' | 'casso' | 'payos'>(),
    notifierSecrets: text('notifier_secrets'),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('payment_accounts_id').on(table.id),
    uniqueIndex('payment_accounts_name').on(table.communeId, table.method, table.name),
  ],
);

/** The ways a commune offers, in their order. */
export const paymentMethods = pgTable(
  'payment_methods',
  {
    communeId: uuid('commune_id').notNull(),
    method: text().$type<PaymentMethod>().notNull(),
    accountId: uuid('account_id').notNull(),
    position: smallint().notNull(),
    isActive: boolean('is_active').notNull().default(true),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.method] }),
    index('payment_methods_account').on(table.accountId),
  ],
);

export type OrderStatus = 'open' | 'paid' | 'review' | 'cancelled' | 'waived';

/** An obligation: what somebody owes the commune. Paid once, by whichever attempt comes first. */
export const paymentOrders = pgTable(
  'payment_orders',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    /** Who is told. Null: a payer who does not write to us. */
    conversationId: uuid('conversation_id'),
    citizenId: uuid('citizen_id'),
    dossierNumber: text('dossier_number'),
    procedureCode: text('procedure_code'),
    /** What it is for, as the citizen reads it. */
    purpose: text().notNull(),
    /** After exemptions. */
    amountVnd: vnd('amount_vnd').notNull(),
    /** open → paid | cancelled | waived (nothing left to pay); review: money went back, an officer decides. */
    status: text().$type<OrderStatus>().notNull().default('open'),
    source: text().$type<'dossier' | 'officer' | 'fee_table'>().notNull(),
    /** The same dossier with the same fees asked for twice is one obligation. */
    sourceKey: text('source_key'),
    officerId: uuid('officer_id'),
    /** After it nothing new may be begun; late money still counts. */
    payBy: moment('pay_by'),
    paidAt: moment('paid_at'),
    paidAttemptId: uuid('paid_attempt_id'),
    /** The citizen was told that the money is there: at most once. */
    confirmedAt: moment('confirmed_at'),
    /** What staff must look at: overpaid, not_owed, reversed. */
    issue: text(),
    /** The official receipt, by its provider. Phí and lệ phí have one each. */
    receipts: jsonb()
      .$type<{ kind: 'phi' | 'le_phi' | null; number: string | null; url: string | null }[]>()
      .notNull()
      .default([]),
    createdAt: moment('created_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('payment_orders_source').on(table.communeId, table.sourceKey),
    index('payment_orders_conversation').on(table.communeId, table.conversationId, table.createdAt),
    index('payment_orders_dossier').on(table.communeId, table.dossierNumber),
    index('payment_orders_issue').on(table.communeId, table.createdAt).where(sql`issue is not null`),
  ],
);

export const paymentItems = pgTable(
  'payment_items',
  {
    communeId: uuid('commune_id').notNull(),
    orderId: uuid('order_id').notNull(),
    position: smallint().notNull(),
    kind: text().$type<'phi' | 'le_phi'>().notNull(),
    name: text().notNull(),
    quantity: integer().notNull().default(1),
    unitVnd: vnd('unit_vnd').notNull(),
    /** Taken off by an officer. */
    reducedVnd: vnd('reduced_vnd').notNull().default(0),
    feeId: uuid('fee_id'),
    legalRef: text('legal_ref'),
  },
  (table) => [primaryKey({ columns: [table.communeId, table.orderId, table.position] })],
);

/** What an officer took off, for whom and by which rule. */
export const paymentExemptions = pgTable(
  'payment_exemptions',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    orderId: uuid('order_id').notNull(),
    position: smallint().notNull(),
    group: text('group_name').notNull(),
    reducedVnd: vnd('reduced_vnd').notNull(),
    proof: text().notNull(),
    legalRef: text('legal_ref').notNull(),
    officerId: uuid('officer_id').notNull(),
    at: moment('at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    index('payment_exemptions_order').on(table.communeId, table.orderId),
  ],
);

export type AttemptStatus =
  | 'created'
  | 'pending'
  | 'paid'
  | 'failed'
  | 'expired'
  | 'under_review'
  | 'reversed'
  | 'refunded';

/** One try to pay. Its reference is unique over all communes and is never used again. */
export const paymentAttempts = pgTable(
  'payment_attempts',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    ref: text().notNull(),
    orderId: uuid('order_id').notNull(),
    method: text().$type<PaymentMethod>().notNull(),
    /** Null for what is taken at the desk. */
    accountId: uuid('account_id'),
    amountVnd: vnd('amount_vnd').notNull(),
    description: text().notNull(),
    payerIp: text('payer_ip').notNull().default(''),
    /** created → pending → paid | failed | expired | under_review; expired → paid is late money; see settle.ts. */
    status: text().$type<AttemptStatus>().notNull().default('created'),
    gatewayTxn: text('gateway_txn'),
    /** The gateway's own word. */
    code: text(),
    paidAt: moment('paid_at'),
    isLate: boolean('is_late').notNull().default(false),
    /** What staff must look at: amount_mismatch, duplicate, not_owed, conflict, fraud, reversed, txn_reused, unresolved. */
    issue: text(),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    /** When to ask the gateway next; while a process asks, the end of its lease. */
    checkAt: moment('check_at'),
    checks: integer().notNull().default(0),
    endedAt: moment('ended_at'),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('payment_attempts_ref').on(table.ref),
    index('payment_attempts_order').on(table.communeId, table.orderId),
    index('payment_attempts_check').on(table.checkAt).where(sql`check_at is not null`),
    index('payment_attempts_open').on(table.expiresAt).where(sql`status in ('created', 'pending')`),
    index('payment_attempts_day').on(table.communeId, table.method, table.createdAt),
    index('payment_attempts_issue').on(table.communeId, table.createdAt).where(sql`issue is not null`),
  ],
);

/** What gateways and banks sent, as it came, whatever became of it. Append only. */
export const paymentCallbacks = pgTable(
  'payment_callbacks',
  {
    /** Null: it names no attempt or account of ours. */
    communeId: uuid('commune_id'),
    id: uuid().primaryKey(),
    source: text().notNull(),
    ref: text(),
    attemptId: uuid('attempt_id'),
    result: text().notNull(),
    raw: text().notNull(),
    at: moment('at').notNull(),
  },
  (table) => [
    index('payment_callbacks_attempt').on(table.communeId, table.attemptId),
    index('payment_callbacks_time').on(table.at),
  ],
);

export type TransactionClass = 'applied' | 'duplicate' | 'not_owed' | 'amount_diff' | 'unknown_ref' | 'wrong_unit';

/** Money that moved, each movement once: its number is unique within the account it came to. */
export const paymentTransactions = pgTable(
  'payment_transactions',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    /** Null for what is taken at the desk. */
    accountId: uuid('account_id'),
    method: text().$type<PaymentMethod>().notNull(),
    gatewayTxn: text('gateway_txn').notNull(),
    /** The bank's own number: the same credit told by two sources. */
    bankRef: text('bank_ref'),
    attemptId: uuid('attempt_id'),
    orderId: uuid('order_id'),
    ref: text(),
    direction: text().$type<'in' | 'out'>().notNull().default('in'),
    amountVnd: vnd('amount_vnd').notNull(),
    at: moment('at').notNull(),
    source: text().notNull(),
    class: text().$type<TransactionClass>().notNull(),
    /** Bank credits only: the purpose as written; cleared with personal data. */
    words: text(),
    /** An officer has dealt with what is not `applied`. */
    resolvedAt: moment('resolved_at'),
    resolvedBy: uuid('resolved_by'),
    resolution: text(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('payment_transactions_number').on(table.accountId, table.gatewayTxn, table.direction),
    uniqueIndex('payment_transactions_desk')
      .on(table.communeId, table.method, table.gatewayTxn, table.direction)
      .where(sql`account_id is null`),
    uniqueIndex('payment_transactions_bank_ref')
      .on(table.accountId, table.bankRef, table.amountVnd, table.direction)
      .where(sql`bank_ref is not null`),
    index('payment_transactions_attempt').on(table.communeId, table.attemptId),
    index('payment_transactions_day').on(table.communeId, table.method, table.at),
    index('payment_transactions_account_day').on(table.accountId, table.at),
    index('payment_transactions_open')
      .on(table.communeId, table.createdAt)
      .where(sql`class <> 'applied' and resolved_at is null`),
  ],
);

/** Money going back: asked for by one officer, approved by another. */
export const paymentRefunds = pgTable(
  'payment_refunds',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    transactionId: uuid('transaction_id').notNull(),
    attemptId: uuid('attempt_id'),
    orderId: uuid('order_id'),
    amountVnd: vnd('amount_vnd').notNull(),
    reason: text().notNull(),
    /** gateway: by the gateway, while the money is still with it; by_hand: transfer or cash, recorded here. */
    way: text().$type<'gateway' | 'by_hand'>().notNull(),
    /** requested → approved → sent → done; or rejected, refused (by the gateway). by_hand: approved → done. */
    status: text().$type<'requested' | 'approved' | 'sent' | 'done' | 'rejected' | 'refused'>().notNull(),
    requestedBy: uuid('requested_by').notNull(),
    requestedAt: moment('requested_at').notNull(),
    decidedBy: uuid('decided_by'),
    decidedAt: moment('decided_at'),
    code: text(),
    /** Number of the transfer or voucher. */
    evidence: text(),
    sendAt: moment('send_at'),
    tries: integer().notNull().default(0),
    doneAt: moment('done_at'),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    uniqueIndex('payment_refunds_open')
      .on(table.communeId, table.transactionId)
      .where(sql`status in ('requested', 'approved', 'sent')`),
    index('payment_refunds_send').on(table.sendAt).where(sql`send_at is not null`),
  ],
);

/** The page a citizen was given for an obligation. Only the token's hash is kept. */
export const paymentLinks = pgTable(
  'payment_links',
  {
    communeId: uuid('commune_id').notNull(),
    tokenHash: text('token_hash').notNull(),
    orderId: uuid('order_id').notNull(),
    conversationId: uuid('conversation_id'),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tokenHash] }),
    index('payment_links_order').on(table.communeId, table.orderId),
  ],
);

/** One day of one method compared with what the other side says. */
export const reconciliationRuns = pgTable(
  'reconciliation_runs',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    accountId: uuid('account_id'),
    method: text().$type<PaymentMethod>().notNull(),
    /** Day in Vietnam. */
    day: date({ mode: 'string' }).notNull(),
    fileName: text('file_name').notNull(),
    officerId: uuid('officer_id'),
    /** By class: how many rows and how many đồng. */
    totals: jsonb().$type<Record<string, { rows: number; amountVnd: number }>>().notNull(),
    oursVnd: vnd('ours_vnd').notNull(),
    theirsVnd: vnd('theirs_vnd').notNull(),
    at: moment('at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    index('reconciliation_runs_day').on(table.communeId, table.day),
  ],
);

export const reconciliationRows = pgTable(
  'reconciliation_rows',
  {
    communeId: uuid('commune_id').notNull(),
    runId: uuid('run_id').notNull(),
    position: integer().notNull(),
    class: text().notNull(),
    /** What was done or is to be done. */
    action: text().notNull(),
    attemptId: uuid('attempt_id'),
    ref: text(),
    gatewayTxn: text('gateway_txn'),
    oursVnd: vnd('ours_vnd'),
    theirsVnd: vnd('theirs_vnd'),
    oursState: text('ours_state'),
    theirsState: text('theirs_state'),
    at: moment('at'),
    line: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.runId, table.position] }),
    index('reconciliation_rows_class').on(table.communeId, table.runId, table.class),
  ],
);

/** What officers and operators did to money. Append only: no code changes or deletes a row. */
export const paymentAudit = pgTable(
  'payment_audit',
  {
    communeId: uuid('commune_id').notNull(),
    id: uuid().notNull(),
    /** Null: an operator at the command line. */
    officerId: uuid('officer_id'),
    act: text().notNull(),
    orderId: uuid('order_id'),
    attemptId: uuid('attempt_id'),
    detail: jsonb().$type<Record<string, unknown>>().notNull(),
    at: moment('at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.communeId, table.id] }),
    index('payment_audit_order').on(table.communeId, table.orderId),
    index('payment_audit_time').on(table.communeId, table.at),
  ],
);
