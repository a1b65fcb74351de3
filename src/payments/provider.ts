import type { z } from 'zod';
import { AppError } from '../errors.ts';

/** The ways money can reach the commune. `counter`: cash or card at the desk; `portal`: on the national portal itself. */
export const PAYMENT_METHODS = ['vnpay', 'momo', 'vnptpay', 'pp', 'vietqr', 'counter', 'portal'] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];

/** Gateways that answer a payment themselves; the others are confirmed by a bank, a statement or a person. */
export type GatewayName = Extract<PaymentMethod, 'vnpay' | 'momo' | 'vnptpay' | 'pp'>;

/**
 * A gateway gave no usable answer. `unavailable` (network, time-out, 5xx, nonsense): nobody knows, ask again later;
 * `refused`: it said no to this order, `gatewayCode` says why; `misconfigured`: an operator must mend the contract's data.
 */
export class PaymentGatewayError extends AppError {
  declare readonly code: 'unavailable' | 'refused' | 'misconfigured';
  readonly gatewayCode: string | undefined;

  constructor(
    code: PaymentGatewayError['code'],
    message: string,
    options: { gatewayCode?: string; cause?: unknown } = {},
  ) {
    super(code, message, { cause: options.cause });
    this.gatewayCode = options.gatewayCode;
  }
}

/** One try to pay an obligation by one method. `ref` is never used twice, not even for the same obligation. */
export interface PaymentAttempt {
  /** `HX…` with check letter: the gateway's order number, and the words of a bank transfer. */
  ref: string;
  communeId: string;
  amountVnd: number;
  /** ASCII, without `|`: what a gateway shows and a bank writes. */
  description: string;
  payerIp: string;
  createdAt: Date;
  expiresAt: Date;
  /** Where the gateway sends the browser: display only, never proof. */
  returnUrl: string;
  /** Where the gateway reports: https outside the demo. */
  ipnUrl: string;
  /** What the official receipt will say. The portal's platform takes no payment without it. */
  bill?: PaymentBill;
}

/** For whom and for what a receipt is made out. No field may hold `|`. */
export interface PaymentBill {
  payerName: string;
  payerAddress: string;
  /** Empty where the citizen was not asked. */
  payerPersonalId: string;
  dossierNumber: string;
  procedureCode: string;
  procedureName: string;
  /** Sum: the attempt's amount. Phí and lệ phí stay apart: each has a receipt of its own. */
  items: { kind: 'phi' | 'le_phi'; code: string; name: string; amountVnd: number }[];
}

export type PaymentOutcome = 'paid' | 'failed' | 'pending' | 'under_review' | 'reversed';

/** What a gateway proved about an attempt, in our words. */
export interface VerifiedPayment {
  ref: string;
  outcome: PaymentOutcome;
  /** Đồng. Null where the gateway does not say. */
  amountVnd: number | null;
  /** The gateway's own number of the transaction: unique with the method and the account it is paid into. */
  gatewayTxn: string | null;
  paidAt: Date | null;
  /** The gateway's own code, for staff. */
  code: string;
  /** An official biên lai, where the provider issues one. */
  receipt?: { number: string | null; url: string | null };
  raw: unknown;
}

/** A gateway's request to us, untouched: signatures are over these bytes. */
export interface CallbackInput {
  method: 'GET' | 'POST';
  /** Without the question mark, values undecoded. */
  rawQuery: string;
  rawBody: Buffer;
  headers: Record<string, string | string[] | undefined>;
}

export type CallbackResult =
  | { ok: true; payment: VerifiedPayment }
  /** `other_account`: rightly signed, but for a terminal, partner or unit that is not the one asked. */
  | { ok: false; reason: 'bad_signature' | 'malformed' | 'other_account'; ref?: string };

/** What became of a callback once it was committed: each gateway wants other words for it. */
export type StoreResult =
  | 'stored'
  | 'already_final'
  | 'not_found'
  | 'amount_mismatch'
  | 'bad_signature'
  | 'malformed'
  | 'error';

export interface HttpReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface RefundRequest {
  /** Unique per refund; repeated with the same value after a time-out. */
  requestId: string;
  amountVnd: number;
  /** The transaction to give back. */
  gatewayTxn: string;
  paidAt: Date;
  reason: string;
  /** Who decided, as the gateway wants it named. ASCII. */
  officer: string;
}

export type RefundResult = { outcome: 'refunded' | 'pending' | 'refused'; code: string; raw: unknown };

/**
 * One gateway with one commune's (or province's) contract: made by its `ProviderKind` from stored settings. Holds no
 * state but HTTP clients, knows no database, logs no secret and no URL.
 */
export interface PaymentProvider {
  readonly method: GatewayName;
  /** Amounts it takes, đồng, both ends included. */
  readonly limits: { minVnd: number; maxVnd: number };
  /**
   * @returns where the citizen pays; `expiresAt` where the gateway sets another end than asked
   * @throws {PaymentGatewayError}
   */
  create(attempt: PaymentAttempt, signal: AbortSignal): Promise<{ url: string; expiresAt?: Date }>;
  /** Never throws for any bytes. `ipn` is proof; `return` is shown only, but checked the same. */
  verifyCallback(input: CallbackInput, kind: 'ipn' | 'return'): CallbackResult;
  /** The answer the gateway understands. `ref` where known. */
  reply(result: StoreResult, context: { input: CallbackInput; ref?: string }): HttpReply;
  /**
   * Asks the gateway what became of an attempt: the source of truth on doubt.
   * @throws {PaymentGatewayError} when nothing was learnt (not the same as "failed")
   */
  query(attempt: PaymentAttempt & { gatewayTxn?: string | null }, signal: AbortSignal): Promise<VerifiedPayment>;
  /** Absent where the gateway gives money back by hand only. @throws {PaymentGatewayError} */
  refund?(attempt: PaymentAttempt, request: RefundRequest, signal: AbortSignal): Promise<RefundResult>;
  /**
   * The official receipt as a PDF; null: not issued (yet). Absent where the gateway issues none.
   * @throws {PaymentGatewayError}
   */
  receiptPdf?(attempt: PaymentAttempt, signal: AbortSignal): Promise<Buffer | null>;
}

/** Part of the configuration. */
export interface ProviderUrls {
  /** Where gateways report to and send browsers back. */
  PUBLIC_URL: string;
  VNPAY_PAY_URL: string;
  VNPAY_API_URL: string;
  MOMO_API_URL: string;
  VNPTPAY_API_URL?: string | undefined;
  PP_API_URL?: string | undefined;
}

/** One line of the registry: how a gateway is configured and made. */
export interface ProviderKind<Settings = unknown, Secrets = unknown> {
  readonly method: GatewayName;
  /** What is stored readably (terminal code, partner code, service code). */
  readonly settings: z.ZodType<Settings>;
  /** What is stored encrypted. */
  readonly secrets: z.ZodType<Secrets>;
  /** Why this configuration may not run: demo keys at a production host or the reverse. English lines; empty: fine. */
  faultsOf(config: { settings: Settings; secrets: Secrets; urls: ProviderUrls }): string[];
  create(config: { settings: Settings; secrets: Secrets; urls: ProviderUrls; now: () => Date }): PaymentProvider;
  /** The order number a callback speaks of, unverified: picks the attempt and with it whose secret to check. */
  refOf(input: CallbackInput): string | null;
}
