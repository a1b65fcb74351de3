import type { AccountStore, ChannelAccount } from '../../communes/accounts.ts';
import type { Log } from '../../log.ts';
import { type Channel, ChannelSendError, type OutboundCall, type SendContext, type SentMessage } from '../channel.ts';
import { mediaSource } from '../media.ts';
import { isObject, type JsonObject, numberOf, objectAt, textOf, timeOf } from '../webhook-json.ts';
import { recipientOf } from './chat-id.ts';
import { type Answer, createZaloClient, type ZaloRequest } from './client.ts';
import { zaloLimits } from './limits.ts';
import { createReceiver } from './receive.ts';
import { renderForZalo } from './render.ts';
import { CALL_LIMIT, errorCodeOf, refusal, SHAPE_REFUSED, strangeAnswer, TOKEN_REFUSED } from './send-errors.ts';
import { appSecretProof } from './signature.ts';
import { renderZaloTemplate, templateRefusal, templateRequest, zaloTemplateCarriers } from './templates.ts';
import { createZaloTokens, needsReauthorisation, type ZaloTokens } from './tokens.ts';

/** Seen in events; no page of the platform lists them. */
const ZALO_MEDIA_HOSTS = ['zdn.vn', 'zadn.vn'];

export type ZaloChannel = Channel & {
  /** Renews a token that ends within 5 hours, or whose end nobody knows. @throws {ChannelSendError} */
  refreshIfDue: ZaloTokens['refreshIfDue'];
};

/**
 * Zalo Official Accounts.
 * @param openapiUrl origin of the OA API, without a path
 * @param oauthUrl origin of the token endpoint
 * @param businessUrl origin of the API for template messages by telephone number
 * @param timeoutMs of one HTTP call
 * @param mediaHosts domains its CDN serves people's files from
 */
export function createZaloChannel({
  openapiUrl,
  oauthUrl,
  businessUrl,
  accounts,
  log,
  now = () => new Date(),
  timeoutMs = 10_000,
  mediaHosts = ZALO_MEDIA_HOSTS,
}: {
  openapiUrl: string;
  oauthUrl: string;
  businessUrl: string;
  accounts: AccountStore;
  log: Log;
  now?: () => Date;
  timeoutMs?: number;
  mediaHosts?: readonly string[];
}): ZaloChannel {
  const client = createZaloClient(timeoutMs);
  const tokens = createZaloTokens({ client, oauthUrl, accounts, log, now });
  const receive = createReceiver({ log, now });

  const callOnce = (account: ChannelAccount, request: Omit<ZaloRequest, 'headers'>) => {
    const { accessToken, appSecret } = account.secrets;
    const proof = appSecretProof(appSecret, accessToken);
    return client({ ...request, headers: { access_token: accessToken, appsecret_proof: proof } });
  };

  /** A renewal goes on when this send may wait no longer: others need it, and half a renewal would lose the grant. */
  function renewWithin(account: ChannelAccount, signal: AbortSignal | undefined): Promise<ChannelAccount> {
    const renewal = tokens.renew(account);
    if (!signal) return renewal;
    return new Promise((resolve, reject) => {
      const stop = () => reject(calledOff());
      signal.addEventListener('abort', stop, { once: true });
      renewal.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  /** One API call with the newest token; a refused token is renewed once and the call repeated once. */
  async function call(
    stored: ChannelAccount,
    request: Omit<ZaloRequest, 'headers'>,
    mayStillLeave: () => Promise<boolean> = async () => true,
  ): Promise<Answer> {
    if (request.signal?.aborted) throw calledOff();
    /** A renewal takes seconds: a person may have taken over meanwhile. */
    const renewed = async (old: ChannelAccount) => {
      const next = await renewWithin(old, request.signal);
      if (!(await mayStillLeave().catch(() => false))) throw calledOff();
      return next;
    };
    let account = tokens.current(stored);
    if (account.status === 'needs_reauthorisation') throw needsReauthorisation(account);
    const hasEnded = account.tokenExpiresAt !== null && account.tokenExpiresAt <= now();
    if (hasEnded && account.secrets.refreshToken) account = await renewed(account);
    const answer = await callOnce(account, request);
    if (!TOKEN_REFUSED.has(errorCodeOf(answer.body) ?? 0)) return answer;
    account = await renewed(account);
    return callOnce(account, request);
  }

  async function getData(
    account: ChannelAccount,
    path: string,
    data: JsonObject | null,
    signal: AbortSignal,
  ): Promise<unknown> {
    const params = data ? { data: JSON.stringify(data) } : undefined;
    const answer = await call(account, { method: 'GET', url: `${openapiUrl}${path}`, params, signal });
    const code = errorCodeOf(answer.body);
    if (code !== undefined && code !== 0) throw refusal(code, now());
    if (code === undefined) throw strangeAnswer(answer);
    return answer.body?.data;
  }

  async function sendTemplate(
    account: ChannelAccount,
    chatId: string,
    outbound: OutboundCall,
    { phone, reference, signal, mayStillLeave }: SendContext,
  ) {
    const recipient = recipientOf(chatId);
    const userId = 'user_id' in recipient ? recipient.user_id : undefined;
    const request = templateRequest(outbound, { userId, phone, reference }, { openapiUrl, businessUrl });
    const answer = await call(account, { method: 'POST', ...request, signal }, mayStillLeave);
    const code = errorCodeOf(answer.body);
    if (code !== undefined && code !== 0) {
      throw TOKEN_REFUSED.has(code) || code === CALL_LIMIT ? refusal(code, now()) : templateRefusal(code);
    }
    const data = objectAt(answer.body ?? {}, 'data');
    const platformMessageId = textOf(data.msg_id) ?? textOf(data.message_id);
    if (code !== 0 || !platformMessageId) throw strangeAnswer(answer);
    return { platformMessageId };
  }

  async function send(account: ChannelAccount, chatId: string, outbound: OutboundCall, context: SendContext) {
    if (outbound.kind === 'template') return sendTemplate(account, chatId, outbound, context);
    const recipient = recipientOf(chatId);
    const isAnonymous = 'anonymous_id' in recipient;
    const url = `${openapiUrl}${isAnonymous ? '/v2.0/oa/message' : '/v3.0/oa/message/cs'}`;
    const post = (message: JsonObject) =>
      call(
        account,
        { method: 'POST', url, data: { recipient, message }, signal: context.signal },
        context.mayStillLeave,
      );

    // Buttons are not documented for visitors of the website.
    const body = isAnonymous ? (outbound.fallbackBody ?? outbound.body) : outbound.body;
    let answer = await post(body);
    if (outbound.fallbackBody && body !== outbound.fallbackBody && SHAPE_REFUSED.has(errorCodeOf(answer.body) ?? 0)) {
      log.warn('zalo.shape_refused', { accountId: account.id, platformCode: errorCodeOf(answer.body) });
      answer = await post(outbound.fallbackBody);
    }
    const code = errorCodeOf(answer.body);
    if (code !== undefined && code !== 0) throw refusal(code, now());
    const platformMessageId = textOf(objectAt(answer.body ?? {}, 'data').message_id);
    if (code !== 0 || !platformMessageId) throw strangeAnswer(answer);
    return { platformMessageId };
  }

  return {
    name: 'zalo',
    limits: zaloLimits,
    media: mediaSource(openapiUrl, mediaHosts),
    receive: (request, { find }) => receive(request, find),
    // Zalo checks the address with POST only; people open it in a browser.
    answerGet: async () => ({ status: 200, body: 'ok' }),
    render: renderForZalo,
    templateCarriers: zaloTemplateCarriers,
    renderTemplate: renderZaloTemplate,
    send,
    showTyping: async () => {},

    async recentlySent(account, chatId, signal) {
      const recipient = recipientOf(chatId);
      // Zalo has no history of anonymous visitors; the echo is the only proof there.
      if ('anonymous_id' in recipient) return [];
      const query = { user_id: recipient.user_id, offset: 0, count: 10 };
      const rows = await getData(account, '/v2.0/oa/conversation', query, signal);
      return (Array.isArray(rows) ? rows : []).filter(isObject).flatMap((row) => sentMessage(row, now()));
    },

    async checkAccount(account, signal) {
      const data = await getData(account, '/v2.0/oa/getoa', null, signal);
      const oa = isObject(data) ? data : {};
      const id = textOf(oa.oaid) ?? textOf(oa.oa_id);
      if (id && id !== account.externalId) {
        throw new ChannelSendError('account_restricted', `the tokens belong to OA ${id}, not to ${account.externalId}`);
      }
      return { name: textOf(oa.name) ?? account.externalId };
    },

    refreshIfDue: tokens.refreshIfDue,
  };
}

const calledOff = () => new ChannelSendError('temporary', 'called off before it began', { retryAfterMs: 1_000 });

/** `src` 0: from the OA. */
function sentMessage(row: JsonObject, fallback: Date): SentMessage[] {
  const platformMessageId = textOf(row.message_id);
  if (numberOf(row.src) !== 0 || !platformMessageId) return [];
  return [
    { platformMessageId, text: (textOf(row.message) ?? '').normalize('NFC'), sentAt: timeOf(row.time, fallback) },
  ];
}
