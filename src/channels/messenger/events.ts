import { createHash } from 'node:crypto';
import type { InboundEvent } from '../channel.ts';
import { idOf, isObject, type JsonObject, objectAt, textOf, timeOf } from '../webhook-json.ts';
import { readAttachments } from './attachments.ts';
import { listOf, nfcOf } from './values.ts';

/** The page an entry belongs to, and whether another app owns the conversations in it. */
export interface EventScope {
  pageId: string;
  appId: string;
  isStandby: boolean;
  /** Used when an event carries no time of its own. */
  entryTime: Date;
}

/** Set it as `get_started.payload` of the Messenger profile. */
export const getStartedPayload = 'GET_STARTED';

/** Prefix of every `SendContext.reference`: what carries it in an echo was written by us. */
const referencePrefix = 'hx:';

interface Reading extends EventScope {
  event: JsonObject;
  chatId: string | null;
  at: Date;
}

type Partly = Omit<InboundEvent, 'accountExternalId' | 'chatId' | 'occurredAt' | 'raw' | 'opensWindow' | 'takesOver'> &
  Partial<Pick<InboundEvent, 'opensWindow' | 'takesOver'>>;

/** By the key that exists; a message comes first because other keys may accompany it. */
const readers: [key: string, read: (reading: Reading, value: JsonObject) => Partly][] = [
  ['message', readMessage],
  ['postback', readPostback],
  ['referral', readReferral],
  ['message_edit', readEdit],
  ['reaction', readReaction],
  ['delivery', readDelivery],
  ['read', readRead],
  ['pass_thread_control', readControlChange],
  ['take_thread_control', readControlChange],
  ['request_thread_control', (reading) => ({ ...recorded(reading, 'request_thread_control'), kind: 'thread_control' })],
  ['policy_enforcement', readPolicy],
  ['optin', readOptin],
  ['app_roles', (reading) => recorded(reading, 'app_roles')],
  ['response_feedback', (reading) => recorded(reading, 'response_feedback')],
  ['messaging_feedback', (reading) => recorded(reading, 'messaging_feedback')],
  ['account_linking', (reading) => recorded(reading, 'account_linking')],
];
const envelopeKeys = new Set(['sender', 'recipient', 'timestamp', 'prior_message']);

/** One object of `entry[].messaging[]` or `entry[].standby[]` in our words. Never throws. */
export function readMessagingEvent(event: JsonObject, scope: EventScope): InboundEvent {
  const senderId = idOf(objectAt(event, 'sender').id);
  const recipientId = idOf(objectAt(event, 'recipient').id);
  const reading: Reading = {
    ...scope,
    event,
    // Echoes swap sender and recipient.
    chatId: (senderId === scope.pageId ? recipientId : senderId) ?? null,
    at: timeOf(event.timestamp, scope.entryTime),
  };
  const found = readers.find(([key]) => isObject(event[key]));
  const partly = found
    ? found[1](reading, event[found[0]] as JsonObject)
    : recorded(
        reading,
        Object.keys(event)
          .find((key) => !envelopeKeys.has(key))
          ?.slice(0, 80) ?? 'empty',
      );
  const isActOfCitizen = partly.lane === 'turn' && partly.kind !== 'staff_message' && partly.kind !== 'thread_control';
  return {
    ...partly,
    // Without a person there is no conversation to work on.
    lane: reading.chatId === null ? 'record' : partly.lane,
    opensWindow: reading.chatId !== null && (partly.opensWindow ?? false),
    // What arrives in standby belongs to another app's conversation.
    takesOver: reading.chatId !== null && ((partly.takesOver ?? false) || (scope.isStandby && isActOfCitizen)),
    platformEventId: eventKey(partly.platformEventId),
    accountExternalId: scope.pageId,
    chatId: reading.chatId,
    occurredAt: reading.at,
    raw: event,
  };
}

/** Ids end in a unique index: long ones are replaced by their hash. */
export function eventKey(id: string): string {
  return id.length <= 200 ? id : createHash('sha256').update(id).digest('hex');
}

export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);
}

/** Key of an event without an id of its own. */
const atTime = (kind: string, { chatId, at }: Reading, ...more: unknown[]) =>
  [kind, chatId ?? '-', at.getTime(), ...more.map(String)].join(':');

function recorded(reading: Reading, name: string): Partly {
  const platformEventId = `${atTime(name, reading)}:${digestOf(reading.event)}`;
  return { kind: 'unknown', lane: 'record', name, platformEventId };
}

function referralOf(value: unknown): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const { ref, source, type, ad_id } = value;
  return { ref: nfcOf(ref), source: nfcOf(source), type: nfcOf(type), adId: textOf(ad_id) };
}

function readMessage(reading: Reading, message: JsonObject): Partly {
  const { event, pageId } = reading;
  const mid = textOf(message.mid);
  const text = nfcOf(message.text);
  const replyTo = textOf(objectAt(message, 'reply_to').mid);
  const attachments = readAttachments(message);
  const shared = {
    platformEventId: mid ?? `${atTime('message', reading)}:${digestOf(message)}`,
    ...(mid === undefined ? {} : { messageId: mid }),
    ...(text === undefined ? {} : { text }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(replyTo === undefined ? {} : { replyToMessageId: replyTo }),
  };
  if (message.is_echo === true || textOf(objectAt(event, 'sender').id) === pageId)
    return readEcho(reading, message, shared);

  const referral = referralOf(message.referral);
  const detail = referral ? { detail: { referral } } : {};
  const payload = textOf(objectAt(message, 'quick_reply').payload);
  if (payload !== undefined) {
    return { ...shared, ...detail, kind: 'postback', lane: 'turn', name: 'quick_reply', payload, opensWindow: true };
  }
  return { ...shared, ...detail, kind: 'message', lane: 'turn', name: 'message', opensWindow: true };
}

/**
 * Ours carries our reference, or at least our app's id (it can come before the HTTP response, so the outbox cannot
 * tell). Everything else was written by a person: the inbox's app id is printed differently in Meta's own pages and
 * may be missing, so it is never compared.
 */
function readEcho(reading: Reading, message: JsonObject, shared: Pick<Partly, 'platformEventId'>): Partly {
  const writer = textOf(message.app_id);
  const metadata = typeof message.metadata === 'string' ? message.metadata : '';
  if (metadata.startsWith(referencePrefix)) {
    return { ...shared, kind: 'echo', lane: 'receipt', name: 'echo', reference: metadata };
  }
  if (writer === reading.appId) return { ...shared, kind: 'echo', lane: 'receipt', name: 'echo' };
  return {
    ...shared,
    kind: 'staff_message',
    lane: 'turn',
    name: 'echo',
    takesOver: true,
    detail: { appId: writer, isStandby: reading.isStandby },
  };
}

function readPostback(reading: Reading, postback: JsonObject): Partly {
  const mid = textOf(postback.mid);
  // Missing in standby.
  const payload = textOf(postback.payload);
  const title = nfcOf(postback.title);
  const referral = referralOf(postback.referral);
  const isStart = payload !== undefined && /^get_?started(_payload)?$/i.test(payload);
  return {
    kind: isStart ? 'start' : 'postback',
    lane: 'turn',
    name: 'postback',
    platformEventId: mid ?? atTime('postback', reading, payload ?? title ?? ''),
    ...(mid === undefined ? {} : { messageId: mid }),
    ...(title === undefined ? {} : { text: title }),
    ...(payload === undefined ? {} : { payload }),
    ...(referral ? { detail: { referral } } : {}),
    opensWindow: true,
  };
}

function readReferral(reading: Reading, value: JsonObject): Partly {
  const referral = referralOf(value);
  const ref = textOf(value.ref);
  return {
    kind: 'referral',
    lane: 'turn',
    name: 'referral',
    platformEventId: atTime('referral', reading),
    ...(ref === undefined ? {} : { payload: ref }),
    ...(referral ? { detail: { referral } } : {}),
    opensWindow: true,
  };
}

function readEdit(reading: Reading, edit: JsonObject): Partly {
  const mid = textOf(edit.mid);
  const text = nfcOf(edit.text);
  const count = textOf(edit.num_edit);
  return {
    kind: 'edit',
    lane: 'turn',
    name: 'message_edit',
    platformEventId: mid === undefined ? atTime('edit', reading, text) : `edit:${mid}:${count ?? reading.at.getTime()}`,
    ...(mid === undefined ? {} : { messageId: mid }),
    ...(text === undefined ? {} : { text }),
    ...(count === undefined ? {} : { detail: { edits: Number(count) } }),
  };
}

function readReaction(reading: Reading, reaction: JsonObject): Partly {
  const mid = textOf(reaction.mid);
  const emoji = nfcOf(reaction.emoji);
  const action = textOf(reaction.action) ?? 'react';
  return {
    kind: 'reaction',
    lane: 'record',
    name: 'reaction',
    platformEventId: atTime('reaction', reading, mid, action, emoji ?? ''),
    ...(mid === undefined ? {} : { messageId: mid }),
    ...(emoji === undefined ? {} : { text: emoji }),
    detail: { action, reaction: textOf(reaction.reaction) },
    opensWindow: action === 'react',
  };
}

const noTime = new Date(Number.NaN);
const watermarkOf = (value: unknown) => {
  const time = timeOf(value, noTime);
  return time === noTime ? undefined : time;
};

function readDelivery(reading: Reading, delivery: JsonObject): Partly {
  const messageIds = listOf(delivery.mids)
    .map(textOf)
    .filter((mid) => mid !== undefined);
  const watermark = watermarkOf(delivery.watermark);
  return {
    kind: 'delivered',
    lane: 'receipt',
    name: 'delivery',
    platformEventId: `delivery:${reading.chatId}:${watermark?.getTime() ?? digestOf(delivery)}`,
    ...(messageIds.length === 0 ? {} : { messageIds }),
    ...(watermark ? { watermark } : {}),
  };
}

function readRead(reading: Reading, read: JsonObject): Partly {
  const watermark = watermarkOf(read.watermark);
  return {
    kind: 'read',
    lane: 'receipt',
    name: 'read',
    platformEventId: `read:${reading.chatId}:${watermark?.getTime() ?? reading.at.getTime()}`,
    ...(watermark ? { watermark } : {}),
  };
}

function readControlChange(reading: Reading, change: JsonObject): Partly {
  const name = 'pass_thread_control' in reading.event ? 'pass_thread_control' : 'take_thread_control';
  const owner = textOf(change.new_owner_app_id);
  return {
    kind: 'thread_control',
    lane: 'turn',
    name,
    platformEventId: atTime(name, reading, owner ?? ''),
    // Without a new owner the conversation is idle: nobody took it and nobody gave it.
    takesOver: owner !== undefined && owner !== reading.appId,
    givesBack: owner === reading.appId,
    detail: { newOwnerAppId: owner, previousOwnerAppId: textOf(change.previous_owner_app_id) },
  };
}

function readPolicy(reading: Reading, policy: JsonObject): Partly {
  return {
    ...recorded(reading, 'policy_enforcement'),
    kind: 'policy',
    detail: { action: textOf(policy.action), reason: nfcOf(policy.reason) },
  };
}

function readOptin(reading: Reading, optin: JsonObject): Partly {
  // The plugin's opt-in (no type) opens the window; one for notifications does not.
  return { ...recorded(reading, 'optin'), opensWindow: optin.type === undefined };
}
