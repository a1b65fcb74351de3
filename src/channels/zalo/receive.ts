import type { ChannelAccount } from '../../communes/accounts.ts';
import type { Log } from '../../log.ts';
import type { AccountLookup, RawRequest, VerifyResult } from '../channel.ts';
import { isObject, type JsonObject, objectAt, parseWebhookJson, textOf } from '../webhook-json.ts';
import { officialAccountOf, readEvent } from './events.ts';
import { macEquals, readSignatureHeader, zaloMac } from './signature.ts';

/** What the console's "check" and "test" buttons put where a message id belongs. */
const SAMPLE_MESSAGE_ID = 'This is message id';

/** Verifies and reads one webhook request; see `Channel.receive`. */
export function createReceiver({ log, now }: { log: Log; now: () => Date }) {
  const logged = new Set<string>();
  /** A wrong setting shows in every event: say it once per process. */
  const warnOnce = (event: string, account: ChannelAccount) => {
    const key = `${event}:${account.id}`;
    if (logged.has(key)) return;
    logged.add(key);
    log.warn(event, { communeId: account.communeId, accountId: account.id });
  };

  return async function receive(
    request: RawRequest,
    find: AccountLookup,
  ): Promise<VerifyResult & { unknownAccounts?: number }> {
    if (request.body.length === 0) return { ok: false, reason: 'probe' };
    const body = parseWebhookJson(request.body);
    if (!isObject(body)) return { ok: false, reason: 'bad_json' };
    if (Object.keys(body).length === 0) return { ok: false, reason: 'probe' };

    const externalId = officialAccountOf(body);
    const account = externalId ? await find('zalo', externalId) : undefined;
    if (!account) {
      const isSample = textOf(objectAt(body, 'message').msg_id) === SAMPLE_MESSAGE_ID;
      return isSample ? { ok: false, reason: 'probe' } : { ok: false, reason: 'unknown_account', unknownAccounts: 1 };
    }
    if (!isSignedBy(account, request, body, warnOnce)) return { ok: false, reason: 'bad_signature' };
    if (textOf(body.app_id) !== account.appId) warnOnce('zalo.webhook_app_id_differs', account);
    return { ok: true, events: [readEvent(body, account.externalId, now())] };
  };
}

function isSignedBy(
  account: ChannelAccount,
  request: RawRequest,
  body: JsonObject,
  warnOnce: (event: string, account: ChannelAccount) => void,
): boolean {
  const given = readSignatureHeader(request.headers['x-zevent-signature']);
  if (!given) return false;
  const { oaSecret, oaSecretPrevious, appSecret } = account.secrets;
  const matches = (appId: string, timestamp: string, secret: string) =>
    macEquals(given, zaloMac(appId, request.body, timestamp, secret));

  const inBody = textOf(body.timestamp) ?? '';
  const header = request.headers['x-zevent-timestamp'];
  const inHeader = Array.isArray(header) ? header[0] : header;
  const timestamps = inHeader && inHeader !== inBody ? [inBody, inHeader] : [inBody];
  for (const timestamp of timestamps) {
    for (const secret of [oaSecret, oaSecretPrevious]) {
      // An empty secret would let anybody sign.
      if (!secret || !matches(account.appId, timestamp, secret)) continue;
      if (timestamp !== inBody) warnOnce('zalo.webhook_signed_with_header_timestamp', account);
      return true;
    }
  }
  // Never accepted: these only tell the operator which setting is wrong.
  if (matches(account.appId, inBody, appSecret)) warnOnce('zalo.webhook_signed_with_app_secret', account);
  else if (oaSecret && matches(account.externalId, inBody, oaSecret))
    warnOnce('zalo.webhook_signed_with_oa_id', account);
  return false;
}
