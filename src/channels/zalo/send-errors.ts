import { ChannelSendError } from '../channel.ts';
import { type JsonObject, numberOf } from '../webhook-json.ts';
import type { Answer } from './client.ts';

const MINUTE_MS = 60_000;
/** An operator needs time to act; messages wait meanwhile. */
const RESTRICTED_RETRY_MS = 10 * MINUTE_MS;

/** The access token is wrong or expired; −124 is the same in template messages. */
export const TOKEN_REFUSED: ReadonlySet<number> = new Set([-216, -220, -124]);
/** Too many calls, of whatever kind. */
export const CALL_LIMIT = -32;
/** The shape of the message is not allowed: try the plainer one. */
export const SHAPE_REFUSED: ReadonlySet<number> = new Set([-201, -233]);

const WINDOW_CLOSED = new Set([-230, -232]);
const RECIPIENT_UNAVAILABLE = new Set([-213, -217, -218, -227, -244, -248]);
const ACCOUNT_RESTRICTED = new Set([-204, -205, -209, -212, -219, -221, -223, -224, -235, -242]);
/** Only messages that cost money are refused: those within 48 hours of the citizen's last act still go through. */
const OUT_OF_MONEY = new Set([-211, -320, -321]);
const OUR_MISTAKE = new Set([-100, -201, -210, -214, -233, -240, -249]);

/** Zalo's own code in an answer; 0 is success, undefined when the body has none. */
export const errorCodeOf = (body: JsonObject | undefined): number | undefined => numberOf(body?.error);

/**
 * What a refusal means for the outbox.
 * @param code Zalo's error code (official table "Mã lỗi" of the OA API), not 0
 */
export function refusal(code: number, now: Date): ChannelSendError {
  const platformCode = String(code);
  const error = (
    kind: ChannelSendError['code'],
    message: string,
    options: { retryAfterMs?: number; pausesAccountMs?: number } = {},
  ) => new ChannelSendError(kind, `Zalo refused: ${message} (${code})`, { ...options, platformCode });

  if (code === CALL_LIMIT) {
    // Counted per minute of the clock.
    const waitMs = MINUTE_MS - (now.getTime() % MINUTE_MS) + 500;
    return error('rate_limited', 'call limit reached', { retryAfterMs: waitMs, pausesAccountMs: waitMs });
  }
  if (TOKEN_REFUSED.has(code)) {
    const waitMs = MINUTE_MS / 4;
    return error('token_expired', 'access token, even after a refresh', {
      retryAfterMs: waitMs,
      pausesAccountMs: waitMs,
    });
  }
  if (WINDOW_CLOSED.has(code)) return error('window_closed', 'no interaction in the past 7 days');
  if (RECIPIENT_UNAVAILABLE.has(code)) return error('recipient_unavailable', 'this person cannot receive the message');
  if (ACCOUNT_RESTRICTED.has(code)) {
    return error('account_restricted', 'app, OA or package must be put right in the OA manager', {
      retryAfterMs: RESTRICTED_RETRY_MS,
      pausesAccountMs: RESTRICTED_RETRY_MS,
    });
  }
  if (OUT_OF_MONEY.has(code)) {
    return error('account_restricted', 'quota or money for billed messages is used up', {
      retryAfterMs: RESTRICTED_RETRY_MS,
    });
  }
  if (OUR_MISTAKE.has(code)) return error('rejected', 'the message itself');
  if (code === -234) return error('temporary', 'not sent at night', { retryAfterMs: 60 * MINUTE_MS });
  if (code === -200) return error('temporary', 'send failed', { retryAfterMs: MINUTE_MS / 2 });
  return error('temporary', 'unknown code', { retryAfterMs: MINUTE_MS });
}

/** An answer without an error code of Zalo's: a gateway's page, or nonsense. */
export function strangeAnswer({ status }: Answer): ChannelSendError {
  const platformCode = `http_${status}`;
  if (status === 429) {
    return new ChannelSendError('rate_limited', 'Zalo answered HTTP 429', {
      retryAfterMs: MINUTE_MS,
      pausesAccountMs: MINUTE_MS,
      platformCode,
    });
  }
  if (status >= 500) {
    return new ChannelSendError('network', `Zalo answered HTTP ${status}`, {
      retryAfterMs: 10_000,
      isUncertain: true,
      platformCode,
    });
  }
  if (status >= 300) {
    return new ChannelSendError('temporary', `something before Zalo answered HTTP ${status}`, {
      retryAfterMs: MINUTE_MS,
      platformCode,
    });
  }
  return new ChannelSendError('maybe_sent', 'Zalo answered success without a message id, or no JSON', {
    retryAfterMs: 10_000,
    isUncertain: true,
    platformCode,
  });
}
