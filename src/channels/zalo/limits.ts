import type { ChannelLimits } from '../channel.ts';

/** Limits of a consultation message ("tin Tư vấn"), the only free-form message of an OA. */
export const zaloLimits: ChannelLimits = {
  textLength: 2_000,
  maxButtons: 5,
  buttonTitleLength: 35,
  payloadLength: 1_000,
  // After 48 hours a message may cost the OA money; after 7 days it is refused.
  replyWindowMs: 7 * 24 * 3_600_000,
  freeReplyMs: 48 * 3_600_000,
  // 4,000 calls a minute for the whole app.
  sendsPerSecond: 60,
  hasTyping: false,
  ackWithinMs: 2_000,
  // Anything but 200 counts as a failed delivery and ends in a webhook switched off.
  refusesBadSignature: false,
};
