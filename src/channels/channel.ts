import type { ChannelAccount } from '../communes/accounts.ts';
import { AppError } from '../errors.ts';
import type { MediaSource } from './media.ts';

export type ChannelName = 'zalo' | 'messenger';

/** What a citizen or a platform did, in our words. Anything a platform adds later arrives as `unknown`. */
export type EventKind =
  | 'message' // text and/or attachments of the citizen
  | 'postback' // a button or menu item: `payload` is set
  | 'start' // opened the chat, pressed Get Started, followed: greet
  | 'unfollow'
  | 'reaction'
  | 'edit'
  | 'referral'
  | 'contact' // shared name and phone on our request
  | 'withdraw' // asks to delete their data
  | 'staff_message' // a person answered in the platform's own inbox: takeover
  | 'thread_control' // another app got or returned the conversation
  | 'echo' // our own message, or another app's without a person, came back
  | 'delivered'
  | 'read'
  | 'comment' // public comment under a page post
  | 'policy' // the platform warned, blocked or unblocked the account
  | 'unknown';

/**
 * Who works on an event. `turn`: in order within its conversation. `receipt`: confirms what we sent, order is
 * irrelevant. `record`: stored only.
 */
export type EventLane = 'turn' | 'receipt' | 'record';

export interface Attachment {
  kind: 'image' | 'gif' | 'audio' | 'video' | 'file' | 'sticker' | 'location' | 'link' | 'contact' | 'unsupported';
  url?: string;
  name?: string;
  /** bytes */
  size?: number;
  latitude?: number;
  longitude?: number;
  text?: string;
}

export interface InboundEvent {
  /** OA id or page id: picks the channel account. */
  accountExternalId: string;
  /** Unique within the account; a redelivery has the same. */
  platformEventId: string;
  kind: EventKind;
  lane: EventLane;
  /** The platform's event name or key, for the record. */
  name: string;
  /** The citizen's id at this account (Zalo user id, PSID); null when the event is about the account itself. */
  chatId: string | null;
  /** When the platform says it happened. */
  occurredAt: Date;
  messageId?: string;
  text?: string;
  payload?: string;
  attachments?: Attachment[];
  replyToMessageId?: string;
  /** Delivery and read receipts: the messages meant, or everything up to a time. */
  messageIds?: string[];
  watermark?: Date;
  /** Our own `reference` (see SendContext) when the platform returned it in an echo. */
  reference?: string;
  /** Opens or renews the reply window. */
  opensWindow: boolean;
  /** A person answers from now on: the assistant must stop, in the transaction that stores this event. */
  takesOver: boolean;
  /** Thread control or staff action that gives the conversation back to the assistant. */
  givesBack?: boolean;
  detail?: Record<string, unknown>;
  /** The platform's own object, whole. */
  raw: unknown;
}

export interface Button {
  /** Shown on the button; at most 35 code points, best below 20. */
  title: string;
  /** `reply` returns `value` to us as a postback; `url` opens a page; `phone` dials (+84…). */
  kind: 'reply' | 'url' | 'phone';
  value: string;
}

/** One bubble towards the citizen, before a channel's limits are applied. Text is NFC, plain, without Markdown. */
export interface OutgoingMessage {
  text: string;
  buttons?: Button[];
  /** Public https address. */
  imageUrl?: string;
  file?: { url: string; name: string };
}

/** A kind of message that a platform delivers also outside the reply window, once it approved the wording. */
export type CarrierName = 'template_uid' | 'template_phone' | 'utility';

/** A wording the platform has approved, with named gaps. */
export interface MessageTemplate {
  carrier: CarrierName;
  /** The platform's number or name of it. */
  templateId: string;
  language: string;
  /** `maxLength` in code points. */
  parameters: { name: string; maxLength: number }[];
}

/** One of a channel's ways to a person whose reply window is closed. */
export interface TemplateCarrier {
  name: CarrierName;
  /** Addressed to a telephone number, which the citizen must have shared. */
  needsPhone: boolean;
  /** What is wrong with a template's description, in English; empty: it may be used. */
  faultsOf(template: MessageTemplate): string[];
}

/** One HTTP call to the platform: what an outbox row stores. `body` is the platform's own message object. */
export interface OutboundCall {
  kind: 'text' | 'image' | 'file' | 'template';
  /** Set on a template: no reply window is needed, and the platform's history does not show `text` as it is. */
  carrier?: CarrierName;
  /** What the citizen will read, for the record and to recognise the message in the platform's history. */
  text: string;
  body: Record<string, unknown>;
  /** Used instead when the platform refuses the shape of `body` (for instance buttons). */
  fallbackBody?: Record<string, unknown>;
}

export interface ChannelLimits {
  /** Longest text of one message, in code points. */
  textLength: number;
  maxButtons: number;
  /** Longest button title, in code points. */
  buttonTitleLength: number;
  payloadLength: number;
  /** After the citizen's last act the account may still answer for this long. */
  replyWindowMs: number;
  /** After it an answer within the window costs money. Absent: answers are free. */
  freeReplyMs?: number;
  /** The same for what an officer wrote by hand, where the platform allows longer. */
  officerWindowMs?: number;
  /** Messages per second one account may send. */
  sendsPerSecond: number;
  hasTyping: boolean;
  /** Time in which the platform wants its 200. */
  ackWithinMs: number;
  /** False where a refusal makes the platform switch the webhook off: then 200, dropped and counted. */
  refusesBadSignature: boolean;
}

export type SendErrorCode =
  | 'network' // nobody knows whether it arrived: look before sending again
  | 'temporary' // the platform said: not now
  | 'rate_limited'
  | 'token_expired'
  | 'needs_reauthorisation'
  | 'window_closed'
  | 'recipient_unavailable'
  | 'not_owner' // another app controls the conversation
  | 'account_restricted' // an operator must act: package, permission, policy
  | 'maybe_sent' // the platform answered nonsense after it may have delivered
  | 'rejected'; // our message is wrong: never retry

/**
 * The platform refused a message, or nobody knows. `retryAfterMs` set: the outbox tries again after it; unset: the row
 * ends as failed and staff see it. `isUncertain`: the message may have arrived; look it up before sending again.
 * `pausesAccountMs`: no send of this account before that time.
 */
export class ChannelSendError extends AppError {
  declare readonly code: SendErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly isUncertain: boolean;
  readonly pausesAccountMs: number | undefined;
  /** The platform's own code, for the operator. */
  readonly platformCode: string | undefined;

  constructor(
    code: SendErrorCode,
    message: string,
    options: {
      retryAfterMs?: number;
      isUncertain?: boolean;
      pausesAccountMs?: number;
      platformCode?: string;
      cause?: unknown;
    } = {},
  ) {
    super(code, message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.isUncertain = options.isUncertain ?? false;
    this.pausesAccountMs = options.pausesAccountMs;
    this.platformCode = options.platformCode;
  }
}

export interface SendContext {
  /** Unique per outbox row (`hx:<id>`). Channels that can carry it do, and return it in the echo. */
  reference: string;
  signal: AbortSignal;
  /** The text may be sent outside the usual window because a person wrote it. */
  isFromOfficer: boolean;
  /** The citizen's last act, to choose the platform's message type. */
  lastUserAt: Date | null;
  /** For carriers that need one: "84…". */
  phone?: string;
  /** False when a person took over meanwhile: asked before a call is repeated after a wait. */
  mayStillLeave?: () => Promise<boolean>;
}

/** A message of the account found in the platform's own history. */
export interface SentMessage {
  platformMessageId: string;
  text: string;
  sentAt: Date;
}

export interface RawRequest {
  body: Buffer;
  /** Lower-case header names. */
  headers: Record<string, string | string[] | undefined>;
}

export type VerifyResult =
  | { ok: true; events: InboundEvent[] }
  /** `probe`: the platform checks the address; answer 200. `unknown_account`: answer 200 and count. */
  | { ok: false; reason: 'probe' | 'unknown_account' | 'bad_signature' | 'bad_json' };

/** Finds the account an event belongs to; cached by the caller. */
export type AccountLookup = (channel: ChannelName, externalId: string) => Promise<ChannelAccount | undefined>;
/** All accounts of a channel, for signatures that are checked before the account is known. */
export type AccountList = (channel: ChannelName) => Promise<ChannelAccount[]>;

/**
 * One messaging platform. Implementations hold no state but HTTP clients; limits are data, so that nobody else needs a
 * `switch (channel)`.
 */
export interface Channel {
  readonly name: ChannelName;
  readonly limits: ChannelLimits;
  /** Whose servers a citizen's files are fetched from. */
  readonly media: MediaSource;
  /**
   * Checks the signature over the raw bytes in constant time and returns the events in our words. Never throws for any
   * body. Events of accounts we do not know are left out and counted in `unknownAccounts`.
   */
  receive(
    request: RawRequest,
    accounts: { find: AccountLookup; list: AccountList },
  ): Promise<VerifyResult & { unknownAccounts?: number }>;
  /** Answers a GET on the webhook address. */
  answerGet(query: Record<string, unknown>, accounts: { list: AccountList }): Promise<{ status: number; body: string }>;
  /** Splits and shapes one bubble into platform calls, in sending order, within `limits`. Pure. */
  render(message: OutgoingMessage): OutboundCall[];
  /** Ways past the reply window, in the order to try them. Empty: there are none. */
  readonly templateCarriers: readonly TemplateCarrier[];
  /**
   * Fills a template's gaps. Pure; `values` holds every parameter, within its length.
   * @param text what the citizen will about read, for the transcript
   */
  renderTemplate(template: MessageTemplate, values: Record<string, string>, text: string): OutboundCall;
  /**
   * Sends one call. Refreshes an expired token once.
   * @returns the platform's message id
   * @throws {ChannelSendError}
   */
  send(
    account: ChannelAccount,
    chatId: string,
    call: OutboundCall,
    context: SendContext,
  ): Promise<{ platformMessageId: string }>;
  /** Shows "is typing" where the platform can; failures are ignored. */
  showTyping(account: ChannelAccount, chatId: string, signal: AbortSignal): Promise<void>;
  /**
   * The account's newest messages to this person according to the platform (rule 4: look before sending again).
   * @throws {ChannelSendError} when the platform does not answer
   */
  recentlySent(account: ChannelAccount, chatId: string, signal: AbortSignal): Promise<SentMessage[]>;
  /** One cheap call that proves the stored tokens work; returns the account's public name. */
  checkAccount(account: ChannelAccount, signal: AbortSignal): Promise<{ name: string }>;
  /** Renews a token that will end soon; for a timer. Absent where tokens do not end. */
  refreshIfDue?(account: ChannelAccount): Promise<unknown>;
  /**
   * Makes sure that the platform delivers this account's events; for connecting and for a timer. Absent where that is
   * set by hand only.
   * @returns what was missing
   * @throws {ChannelSendError}
   */
  ensureSubscribed?(account: ChannelAccount, signal: AbortSignal): Promise<string[]>;
}
