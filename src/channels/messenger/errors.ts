import { ChannelSendError, type SendErrorCode } from '../channel.ts';
import { isObject, numberOf, objectAt, textOf } from '../webhook-json.ts';
import { listOf } from './values.ts';

const second = 1_000;
const minute = 60 * second;

/** What the Graph API answered, before anybody decided what it means. */
export interface GraphResponse {
  status: number;
  headers: Record<string, unknown>;
  /** undefined: the answer was no JSON. */
  body: unknown;
}

export interface GraphFault {
  code: number;
  subcode: number | undefined;
  traceId: string | undefined;
}

interface Reaction {
  code: SendErrorCode;
  meaning: string;
  retryAfterMs?: number;
  pausesAccountMs?: number;
  isUncertain?: boolean;
}

const windowClosed: Reaction = { code: 'window_closed', meaning: 'outside the 24 hours after the last message' };
const unavailable: Reaction = { code: 'recipient_unavailable', meaning: 'the person cannot receive messages' };
const notOwner: Reaction = { code: 'not_owner', meaning: 'another app controls the conversation' };
const temporary: Reaction = { code: 'temporary', meaning: 'temporary fault of the platform', retryAfterMs: 5 * second };
const rateLimited: Reaction = { code: 'rate_limited', meaning: 'too many calls' };
const pausedFor = (ms: number, meaning: string): Reaction => ({
  code: 'account_restricted',
  meaning,
  retryAfterMs: ms,
  pausesAccountMs: ms,
});
const needsToken: Reaction = {
  code: 'needs_reauthorisation',
  meaning: 'the page token is refused',
  retryAfterMs: 5 * second,
};
const noPermission = pausedFor(10 * minute, 'the app lacks a permission or a feature');
/** Without advanced access only people with a role on the app can be answered: others are no reason to stop them. */
const noAccess: Reaction = {
  code: 'account_restricted',
  meaning: 'the app lacks a permission or advanced access',
  retryAfterMs: 10 * minute,
};

/** By code and subcode; the text is localised and the HTTP status says little. */
const exact: Record<string, Reaction> = {
  '1/1357046': {
    code: 'maybe_sent',
    meaning: 'the platform lost its own answer',
    retryAfterMs: 5 * second,
    isUncertain: true,
  },
  '2/2018344': { code: 'rejected', meaning: 'contact terms of the page are not accepted' },
  '10/2018278': windowClosed,
  '10/2534022': windowClosed,
  '10/2018065': windowClosed,
  '10/2018108': unavailable,
  '10/2018300': notOwner,
  '10/2018321': notOwner,
  '10/1893063': pausedFor(15 * minute, 'the page is restricted from sending for some time'),
  '100/2018001': unavailable,
  '100/2534037': notOwner,
  '100/2018300': notOwner,
  '100/2018321': notOwner,
  '200/1545041': unavailable,
  '230': { code: 'rejected', meaning: 'permission for this object is missing' },
};
const byCode: Record<number, Reaction> = {
  [-1]: temporary,
  1: temporary,
  2: temporary,
  1200: temporary,
  3: noPermission,
  10: noPermission,
  4: rateLimited,
  17: rateLimited,
  32: rateLimited,
  613: rateLimited,
  80001: rateLimited,
  80006: rateLimited,
  100: { code: 'rejected', meaning: 'a parameter of the call is wrong' },
  190: needsToken,
  341: pausedFor(60 * minute, 'a limit of the page is reached'),
  368: pausedFor(60 * minute, 'the page is blocked for a policy'),
  551: unavailable,
  10900: { code: 'rejected', meaning: 'this comment has its private reply' },
  10903: { code: 'rejected', meaning: 'this person cannot get a private reply' },
  2018300: notOwner,
  2018321: notOwner,
};
/** Meta could not fetch or use the media: a link as text says the same. */
const mediaFaults = new Set([2018008, 2018047, 2018074, 2018109, 2018294]);

export function faultOf({ body }: GraphResponse): GraphFault | null {
  const error = isObject(body) ? body.error : undefined;
  if (!isObject(error)) return null;
  return {
    code: numberOf(error.code) ?? 0,
    subcode: numberOf(error.error_subcode),
    traceId: textOf(error.fbtrace_id),
  };
}

/** The platform found fault with the shape of the message: a plain text may pass. */
export function isShapeFault({ code, subcode }: GraphFault): boolean {
  return code === 100 && (subcode === undefined || subcode === 0 || mediaFaults.has(subcode));
}

/** What the outbox should do about an answer that is not a success. */
export function toSendError(response: GraphResponse): ChannelSendError {
  const fault = faultOf(response);
  if (!fault) return errorWithoutCode(response);
  const { code, subcode } = fault;
  const platformCode = subcode ? `${code}/${subcode}` : String(code);
  const reaction = exact[platformCode] ?? exact[code] ?? byCode[code] ?? otherwise(code, response);
  const waitMs = reaction.code === 'rate_limited' ? (regainAccessMs(response.headers) ?? minute) : undefined;
  return new ChannelSendError(reaction.code, `Graph API error ${platformCode}: ${reaction.meaning}`, {
    ...reaction,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs, pausesAccountMs: waitMs }),
    platformCode,
  });
}

function otherwise(code: number, { status, body }: GraphResponse): Reaction {
  if (code >= 200 && code <= 299) return noAccess;
  if (objectAt(objectAt({ body }, 'body'), 'error').is_transient === true) return temporary;
  if (status >= 500) return { ...temporary, isUncertain: true };
  return { code: 'rejected', meaning: 'unknown code' };
}

function errorWithoutCode({ status, headers }: GraphResponse): ChannelSendError {
  const platformCode = `HTTP ${status}`;
  if (status === 429) {
    const waitMs = regainAccessMs(headers) ?? minute;
    return new ChannelSendError('rate_limited', 'the platform answered HTTP 429', {
      retryAfterMs: waitMs,
      pausesAccountMs: waitMs,
      platformCode,
    });
  }
  const isSuccess = status >= 200 && status < 300;
  return new ChannelSendError(
    isSuccess ? 'maybe_sent' : 'temporary',
    isSuccess ? 'the platform answered 200 without a message id' : `the platform answered HTTP ${status} without JSON`,
    { retryAfterMs: 5 * second, isUncertain: true, platformCode },
  );
}

/**
 * How long the platform wants to be left alone, from `X-Business-Use-Case-Usage` (minutes).
 * @returns undefined when it does not say
 */
export function regainAccessMs(headers: Record<string, unknown>): number | undefined {
  const header = headers['x-business-use-case-usage'];
  if (typeof header !== 'string' || header.length > 20_000) return undefined;
  try {
    const usage: unknown = JSON.parse(header);
    const minutes = Object.values(isObject(usage) ? usage : {})
      .flatMap(listOf)
      .map((use) => (isObject(use) ? (numberOf(use.estimated_time_to_regain_access) ?? 0) : 0));
    const longest = Math.min(Math.max(0, ...minutes), 24 * 60);
    return longest > 0 ? longest * minute : undefined;
  } catch {
    return undefined;
  }
}

const notConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
const codeOf = (error: unknown): string | undefined =>
  isObject(error) && typeof error.code === 'string' ? error.code : undefined;

/** A call that got no answer. Only when no connection came about is it certain that nothing was sent. */
export function toNetworkError(error: unknown): ChannelSendError {
  const code = codeOf(error) ?? codeOf(isObject(error) ? error.cause : undefined) ?? 'unknown';
  // The cause is left out on purpose: an HTTP client's error carries the token in its request headers.
  if (notConnected.has(code) || /CERT|ERR_TLS|SELF_SIGNED/.test(code)) {
    return new ChannelSendError('temporary', `no connection to the Graph API (${code})`, {
      retryAfterMs: 5 * second,
      platformCode: code,
    });
  }
  return new ChannelSendError('network', `no answer from the Graph API (${code})`, {
    retryAfterMs: 2 * second,
    isUncertain: true,
    platformCode: code,
  });
}
