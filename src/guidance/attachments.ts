import type { Attachment } from '../channels/channel.ts';
import type { Media } from '../channels/media.ts';

/** Why an attachment has no words for us. */
export type Unread =
  | 'unavailable' // nobody here can read it, or not now
  | 'too_long'
  | 'not_understood'
  | UnreadPhoto;

/** A photo without the code of a receipt: another one, of an identity card, too large, or no photo at all. */
export type UnreadPhoto = 'no_code' | 'identity_card' | 'too_large' | 'no_image';

/** What was made of an attachment: words the citizen said or sent, or why there are none. */
export type AttachmentRead = { words: string; by: string; seconds?: number } | { why: Unread };

/** As a turn hands it to guidance: read, where somebody reads its kind. */
export interface ReceivedAttachment extends Attachment {
  read?: AttachmentRead;
}

export interface AttachmentContext {
  communeId: string;
  /** Fetches this attachment's file from the platform; bytes live as long as the reading of them. @throws {MediaError} */
  fetch(limits: { maxBytes: number; types: readonly string[]; signal: AbortSignal }): Promise<Media>;
}

/**
 * Makes words of an attachment, before a turn decides: they are read like typed ones and kept as the message's text.
 * Never throws. This is the seam for whatever is read later: the QR code of a receipt is one more entry.
 */
export type ReadAttachment = (attachment: Attachment, context: AttachmentContext) => Promise<AttachmentRead>;
export type AttachmentReaders = Partial<Record<Attachment['kind'], ReadAttachment>>;
