import type { Button } from '../channels/channel.ts';
import type { Staff } from './handoff.ts';

/** For the console's log of who did what: written by the caller, in these words. No text of a citizen in it. */
export interface Audit {
  act: string;
  conversationId: string | null;
  detail: Record<string, string | number | boolean | null>;
}

/** Why an act did nothing; nothing was written then. */
export type Refusal =
  /** No such conversation, message, officer … in this commune. */
  | 'unknown'
  /** Another officer holds it. */
  | 'not_yours'
  /** It changed meanwhile: closed, given back, taken by somebody else. */
  | 'changed'
  /** The platform allows no message now. */
  | 'window_closed'
  /** Empty or longer than allowed, or not of the allowed values. */
  | 'invalid';

export type Done<T = object> =
  | ({ ok: true; audit: Audit } & T)
  | { ok: false; why: Refusal /** A sentence for the officer. */; text: string };

/** What an officer says: words, and perhaps buttons or a file by its public https address. */
export interface ReplyInput {
  text: string;
  buttons?: Button[];
  file?: { url: string; name: string };
  /** Made by the page when the officer began to write; the same again sends nothing twice. 8–100 characters. */
  idempotencyKey: string;
}

/**
 * What officers do. Each act is one statement: it takes effect whole or not at all, for whoever comes first. Every act
 * names the officer; ids of another commune read as unknown.
 */
export interface Acts {
  /** "Nhận": also a conversation the assistant answers, or one taken in the platform's own inbox. The citizen is told who. */
  take(staff: Staff, conversationId: string): Promise<Done<{ episodeId: string }>>;
  /** Only while this officer holds the conversation. */
  reply(
    staff: Staff,
    conversationId: string,
    input: ReplyInput,
  ): Promise<Done<{ messageId: string; isRepeat: boolean }>>;
  /** For colleagues only; never sent. */
  note(staff: Staff, conversationId: string, text: string): Promise<Done<{ messageId: string }>>;
  /**
   * To a colleague, or back into the line of a field of work. A lead may hand on what others hold (`asLead`; the caller
   * checks the role).
   */
  transfer(
    staff: Staff,
    conversationId: string,
    to: { officerId: string } | { field: string | null },
    options?: { note?: string; asLead?: boolean },
  ): Promise<Done>;
  /** "Trả lại trợ lý": said to the citizen. */
  release(staff: Staff, conversationId: string, options?: { asLead?: boolean }): Promise<Done>;
  /** "Kết thúc": the citizen is thanked and, unless it is off or not fitting, asked how it was. */
  close(staff: Staff, conversationId: string, options?: { asLead?: boolean; isQuiet?: boolean }): Promise<Done>;
  /** A closed one comes back to this officer. */
  reopen(staff: Staff, conversationId: string): Promise<Done<{ episodeId: string }>>;
  /** Replaces the tags: at most 10 of at most 30 characters. */
  setTags(staff: Staff, conversationId: string, tags: string[]): Promise<Done<{ tags: string[] }>>;
  /** The officer has seen everything up to now. */
  markRead(staff: Staff, conversationId: string): Promise<void>;
  /** Kept until the reply is sent; empty forgets. At most 4,000 characters. */
  saveDraft(staff: Staff, conversationId: string, text: string): Promise<void>;
  /** "I look at it, I type": colleagues see it for `PRESENCE_TTL_MS`. Null: not looking any more. */
  beat(staff: Staff, conversationId: string | null, isTyping: boolean): Promise<void>;
  /** Here or away, as the officer chose; also called on sign-in. `beat` keeps it fresh. */
  setPresence(staff: Staff, presence: 'here' | 'away'): Promise<Done>;
  /** "Gửi lại" for what did not leave. @param messageId a transcript entry's id */
  resend(staff: Staff, conversationId: string, messageId: string): Promise<Done>;
  /** Words of the procedure's record for one aspect, to put into the reply box; the officer sends them. */
  officialAnswer(staff: Staff, code: string, aspect: string): Promise<Done<{ text: string }>>;
  /** Sends the link of a procedure's form or page. */
  sendForm(
    staff: Staff,
    conversationId: string,
    code: string,
    idempotencyKey: string,
  ): Promise<Done<{ messageId: string }>>;
  /** Asks for a payment through the pay desk's hook; refused as unknown when the commune takes none. */
  requestPayment(
    staff: Staff,
    conversationId: string,
    request: { dossierNumber: string; idempotencyKey: string },
  ): Promise<Done>;
}

/** So long a colleague counts as looking or typing after the last beat. */
export const PRESENCE_TTL_MS = 15_000;
/** So long after the last beat an officer who chose "here" counts as here. */
export const HERE_TTL_MS = 5 * 60_000;
