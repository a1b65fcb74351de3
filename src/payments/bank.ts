import type { z } from 'zod';
import type { CallbackInput, HttpReply, PaymentMethod } from './provider.ts';

/** Who may tell us of money on the commune's account. Aggregators are off until a commune switches one on. */
export const BANK_NOTIFIERS = ['sepay', 'casso', 'payos'] as const;
export type BankNotifierName = (typeof BANK_NOTIFIERS)[number];

/** Money that came in on an account of the commune, as a bank or a reader of its account tells it. */
export interface BankCredit {
  /**
   * Same for every telling of the credit by the same source, so unique with source and account: a notifier's own id, or
   * for a line of a statement the bank's number, or what tells the line from all others.
   */
  bankTxnId: string;
  /** The bank's own number, where told: finds the same credit told by two sources. */
  bankRef: string | null;
  source: BankNotifierName | 'statement';
  /** Digits (and letters) only. */
  accountNumber: string;
  /** One account per attempt, where the bank offers that. */
  virtualAccount: string | null;
  /** Đồng, above 0. */
  amountVnd: number;
  at: Date;
  /** The purpose as the bank wrote it: references in it are cut, joined, prefixed; see `findReferences`. */
  words: string;
  /** Who paid, as the bank names them: personal data, kept out of logs. */
  payer: string | null;
}

export type NotificationResult =
  /** Empty: rightly signed and nothing for us (money going out, a test call). */
  { ok: true; credits: BankCredit[] } | { ok: false; reason: 'bad_signature' | 'malformed' };

/** What became of a notification once it was committed. */
export type NotificationStored = 'stored' | 'bad_signature' | 'malformed' | 'error';

/** One source of notifications with one commune's secret. Holds no state, knows no database. */
export interface BankNotifier {
  readonly name: BankNotifierName;
  /** Never throws for any bytes. */
  verify(input: CallbackInput): NotificationResult;
  /** The answer it understands: anything but a 2xx makes it tell again. */
  reply(result: NotificationStored): HttpReply;
}

/** One line of the registry: how a notifier is configured and made. */
export interface BankNotifierKind<Secrets = unknown> {
  readonly name: BankNotifierName;
  /** What is stored encrypted. */
  readonly secrets: z.ZodType<Secrets>;
  /** Why these secrets may not be used: published samples outside the demo. English lines; empty: fine. */
  faultsOf(config: { secrets: Secrets; isDemo: boolean }): string[];
  create(config: { secrets: Secrets; now: () => Date }): BankNotifier;
  /** The account a notification speaks of, unverified: picks the commune and with it whose secret to check. */
  accountOf(input: CallbackInput): string | null;
}

/** One line of a gateway's own report for reconciliation. */
export interface SettlementRow {
  method: PaymentMethod;
  kind: 'payment' | 'refund';
  /** Ours; upper case. Null: the report does not say or it is not of our making. */
  ref: string | null;
  gatewayTxn: string | null;
  /** Đồng, above 0, whichever way it went. */
  amountVnd: number;
  /** Kept back by the gateway. Null: the report does not say. */
  feeVnd: number | null;
  at: Date;
  state: 'paid' | 'failed' | 'pending' | 'under_review' | 'reversed';
  /** The terminal, partner, service or unit code it was collected for: tells the communes of a shared account apart. */
  unit: string | null;
  /** Line of the file, 1 is its first. */
  line: number;
}

/** A line that could not be read, for a person to look at: never guessed, never left out. */
export interface RejectedLine {
  line: number;
  /** For staff, Vietnamese. */
  reason: string;
  /** The cells as they stand. */
  cells: string[];
}
