import type { AccountStore, ChannelAccount } from '../../communes/accounts.ts';
import { errorText } from '../../errors.ts';
import type { Log } from '../../log.ts';
import {
  type Channel,
  type ChannelLimits,
  ChannelSendError,
  type OutboundCall,
  type SendContext,
  type SentMessage,
} from '../channel.ts';
import { mediaSource } from '../media.ts';
import { isObject, objectAt, textOf } from '../webhook-json.ts';
import { createGraphClient, type GraphCall } from './client.ts';
import { faultOf, type GraphResponse, isShapeFault, regainAccessMs, toSendError } from './errors.ts';
import { createReceiver } from './receive.ts';
import { maxQuickReplies, payloadLength, renderMessage, titleLength } from './render.ts';
import { ensureSubscribed } from './subscription.ts';
import { messengerTemplateCarriers, renderUtility, utilityRefusal } from './templates.ts';
import { listOf, nfcOf } from './values.ts';

const hour = 3_600_000;
const replyWindowMs = 24 * hour;
const officerWindowMs = 7 * 24 * hour;

const limits: ChannelLimits = {
  textLength: 2_000,
  maxButtons: maxQuickReplies,
  buttonTitleLength: titleLength,
  payloadLength,
  replyWindowMs,
  officerWindowMs,
  sendsPerSecond: 100,
  hasTyping: true,
  ackWithinMs: 5_000,
  refusesBadSignature: true,
};

/** Where signed links to people's files lead; no page of the platform lists them. */
const MESSENGER_MEDIA_HOSTS = ['fbcdn.net', 'fbsbx.com'];

export interface MessengerOptions {
  /** Origin of the Graph API. */
  graphUrl: string;
  /** For instance `v25.0`. */
  graphVersion: string;
  accounts: AccountStore;
  log: Log;
  now?: () => Date;
  /** Domains people's files are served from. */
  mediaHosts?: readonly string[];
}

/**
 * Facebook Messenger for pages.
 * @see reference of the Messenger Platform: webhooks, Send API, conversation routing
 */
export function createMessengerChannel(options: MessengerOptions): Channel {
  const { graphUrl, graphVersion, accounts, log, now = () => new Date() } = options;
  const request = createGraphClient(graphUrl, graphVersion);
  const receiver = createReceiver(log, now);

  /**
   * Calls, and once more when the refused token was only this process's old copy. A token that is really dead marks
   * the account.
   * @throws {ChannelSendError} for any answer with an error in it
   */
  async function callGraph(account: ChannelAccount, call: GraphCall, signal: AbortSignal): Promise<GraphResponse> {
    const response = await request(account, call, signal);
    if (faultOf(response)?.code !== 190) return accepted(account, response);
    const fresh = await accounts.fresh(account.id).catch(() => account);
    if (fresh.secrets.accessToken !== account.secrets.accessToken) {
      const second = await request(fresh, call, signal);
      if (faultOf(second)?.code !== 190) return accepted(fresh, second);
    }
    await markDead(account, response);
    return accepted(account, response);
  }

  function accepted(account: ChannelAccount, response: GraphResponse): GraphResponse {
    const fault = faultOf(response);
    if (!fault && response.status < 300 && response.body !== undefined) return response;
    log.warn('messenger.refused', {
      communeId: account.communeId,
      accountId: account.id,
      httpStatus: response.status,
      code: fault?.code,
      subcode: fault?.subcode,
      fbtraceId: fault?.traceId,
    });
    throw toSendError(response);
  }

  async function markDead(account: ChannelAccount, response: GraphResponse): Promise<void> {
    const subcode = faultOf(response)?.subcode;
    const reason = `Facebook refused the page token (190${subcode ? `/${subcode}` : ''}${deathOf(subcode)}). Make a new page token and run "hoixa channel connect messenger" again.`;
    log.error('messenger.token_dead', { communeId: account.communeId, accountId: account.id, subcode });
    await accounts
      .setStatus(account.id, 'needs_reauthorisation', reason)
      .catch((error: unknown) => log.error('messenger.status_not_stored', { error: errorText(error) }));
  }

  async function postMessage(account: ChannelAccount, call: GraphCall, signal: AbortSignal) {
    const response = await callGraph(account, call, signal);
    const messageId = textOf(objectAt({ ...response }, 'body').message_id);
    if (messageId === undefined) throw toSendError(response);
    const waitMs = regainAccessMs(response.headers);
    if (waitMs !== undefined) {
      log.warn('messenger.usage_exhausted', { accountId: account.id, waitMs });
      await accounts.pause(account.id, new Date(now().getTime() + waitMs)).catch(() => undefined);
    }
    return { platformMessageId: messageId };
  }

  /** The tag is for people answering by hand after the window, and only for them. */
  function needsTag({ lastUserAt, isFromOfficer }: SendContext): boolean {
    const silenceMs = lastUserAt === null ? 0 : now().getTime() - lastUserAt.getTime();
    return isFromOfficer && silenceMs >= replyWindowMs && silenceMs < officerWindowMs;
  }

  function messageCall(chatId: string, body: OutboundCall['body'], context: SendContext): GraphCall {
    const comment = commentOf(chatId);
    const typed = comment
      ? {}
      : 'template' in body
        ? { messaging_type: 'UTILITY' }
        : needsTag(context)
          ? { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' }
          : { messaging_type: 'RESPONSE' };
    return {
      method: 'POST',
      path: 'me/messages',
      parameters: {
        recipient: comment ?? { id: chatId },
        ...typed,
        message: { ...body, metadata: context.reference },
      },
    };
  }

  return {
    name: 'messenger',
    limits,
    media: mediaSource(graphUrl, options.mediaHosts ?? MESSENGER_MEDIA_HOSTS),
    receive: receiver.receive,
    answerGet: receiver.answerGet,
    render: renderMessage,
    templateCarriers: messengerTemplateCarriers,
    renderTemplate: renderUtility,

    async send(account, chatId, call, context) {
      requireToken(account);
      if (call.kind === 'template') {
        return postMessage(account, messageCall(chatId, call.body, context), context.signal).catch((error) => {
          throw utilityRefusal(error);
        });
      }
      try {
        return await postMessage(account, messageCall(chatId, call.body, context), context.signal);
      } catch (error) {
        if (needsTag(context) && isTagRefusal(error)) throw withoutTheFeature(error);
        if (!call.fallbackBody || !isShapeRefusal(error)) throw error;
        log.warn('messenger.fallback', { accountId: account.id, kind: call.kind });
        return postMessage(account, messageCall(chatId, call.fallbackBody, context), context.signal);
      }
    },

    async showTyping(account, chatId, signal) {
      if (account.status === 'needs_reauthorisation') return;
      const parameters = { recipient: { id: chatId }, sender_action: 'typing_on' };
      await request(account, { method: 'POST', path: 'me/messages', parameters }, signal).catch(() => undefined);
    },

    async recentlySent(account, chatId, signal) {
      requireToken(account);
      // The platform itself takes one private reply per comment: a second is refused, and harms nobody.
      if (commentOf(chatId)) return [];
      const parameters = {
        user_id: chatId,
        platform: 'messenger',
        fields: 'participants,messages.limit(25){id,message,from,created_time}',
      };
      const path = `${encodeURIComponent(account.externalId)}/conversations`;
      const response = await callGraph(account, { method: 'GET', path, parameters }, signal);
      return readHistory(response.body, account.externalId, chatId, now());
    },

    async ensureSubscribed(account, signal) {
      requireToken(account);
      const missing = await ensureSubscribed(callGraph, account, signal);
      if (missing.length > 0) {
        log.warn('messenger.subscribed_again', { accountId: account.id, fields: missing.join(',') });
      }
      return missing;
    },

    async checkAccount(account, signal) {
      const call: GraphCall = { method: 'GET', path: 'me', parameters: { fields: 'id,name' } };
      const { body } = await callGraph(account, call, signal);
      const { id, name } = objectAt({ body }, 'body');
      if (textOf(id) !== account.externalId) {
        throw new ChannelSendError(
          'account_restricted',
          `the token belongs to another page than ${account.externalId}`,
        );
      }
      // Some refusals end by themselves, for instance when the person passed Facebook's check.
      if (account.status === 'needs_reauthorisation') await accounts.setStatus(account.id, 'active', null);
      return { name: nfcOf(name) ?? account.externalId };
    },
  };
}

/** A chat that is a comment under the page's post: its writer is nobody we could address yet. */
function commentOf(chatId: string): { comment_id: string } | { post_id: string } | null {
  const [, kind, id] = /^(comment|post):(.+)$/.exec(chatId) ?? [];
  if (!id) return null;
  return kind === 'post' ? { post_id: id } : { comment_id: id };
}

function requireToken(account: ChannelAccount): void {
  if (account.status !== 'needs_reauthorisation') return;
  throw new ChannelSendError('needs_reauthorisation', 'the page must be connected again', { retryAfterMs: 5_000 });
}

/** Meta did not grant the app the right to answer by hand after the window; nothing is wrong with the page. */
const isTagRefusal = (error: unknown): error is ChannelSendError =>
  error instanceof ChannelSendError && /^(3|10|100|200)$/.test(error.platformCode ?? '');

const withoutTheFeature = ({ platformCode }: ChannelSendError) =>
  new ChannelSendError('window_closed', `Graph API error ${platformCode}: the app may not use the tag HUMAN_AGENT`, {
    ...(platformCode === undefined ? {} : { platformCode }),
  });

function isShapeRefusal(error: unknown): boolean {
  if (!(error instanceof ChannelSendError) || error.code !== 'rejected' || !error.platformCode) return false;
  const [code, subcode] = error.platformCode.split('/').map(Number);
  return isShapeFault({ code: code ?? 0, subcode, traceId: undefined });
}

function deathOf(subcode: number | undefined): string {
  const causes: Record<number, string> = {
    458: ', the app was removed from the page',
    459: ', the person who gave it must pass a check on facebook.com',
    460: ', the person who gave it changed the password',
    463: ', it expired',
    464: ', the person who gave it is not confirmed',
    467: ', it was made invalid',
    492: ', the person who gave it lost the role on the page',
  };
  return subcode === undefined ? '' : (causes[subcode] ?? '');
}

/** Messages of the page in the conversation with this person; `user_id` may have been ignored. */
function readHistory(body: unknown, pageId: string, chatId: string, fallback: Date): SentMessage[] {
  const conversations = listOf(objectAt({ body }, 'body').data).filter(isObject);
  const withPerson = conversations.filter((conversation) =>
    listOf(objectAt(conversation, 'participants').data).some((one) => isObject(one) && textOf(one.id) === chatId),
  );
  return withPerson
    .flatMap((conversation) => listOf(objectAt(conversation, 'messages').data).filter(isObject))
    .filter((message) => textOf(objectAt(message, 'from').id) === pageId)
    .map((message) => {
      const sentAt = Date.parse(String(message.created_time));
      return {
        platformMessageId: textOf(message.id) ?? '',
        text: nfcOf(message.message) ?? '',
        sentAt: Number.isNaN(sentAt) ? fallback : new Date(sentAt),
      };
    });
}
