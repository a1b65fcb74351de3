import { createHash } from 'node:crypto';
import type { EventKind, EventLane, InboundEvent } from '../channel.ts';
import { idOf, isObject, type JsonObject, objectAt, textOf, timeOf } from '../webhook-json.ts';
import { readAttachments } from './attachments.ts';
import { anonymousChatId } from './chat-id.ts';

/** Reply buttons of ours begin so; Zalo returns a pressed button as an ordinary text. */
export const PAYLOAD_PREFIX = 'hx:';

const GROUP_EVENT = /_group(_|$)/;

/**
 * Which OA an event belongs to. One app has one webhook address for all its OAs, and where the OA's id stands depends on
 * the event: it is the recipient of what people do, the sender of what the OA did, `oa_id` on management events.
 */
export function officialAccountOf(body: JsonObject): string | undefined {
  const name = textOf(body.event_name) ?? '';
  const stated = textOf(body.oa_id) ?? textOf(body.oaId);
  const sender = textOf(objectAt(body, 'sender').id);
  const recipient = textOf(objectAt(body, 'recipient').id);
  if (GROUP_EVENT.test(name)) return stated ?? recipient;
  if (/^oa_(send|reacted)_|^user_(received|seen)_message$/.test(name)) return sender ?? stated;
  if (/^(user|anonymous)_/.test(name)) return recipient ?? stated;
  return stated ?? recipient ?? sender;
}

type Reading = Partial<InboundEvent> & { kind: EventKind; lane: EventLane };
const forTheRecord: Reading = { kind: 'unknown', lane: 'record' };

/**
 * One webhook body in our words. Lenient: whatever is missing or odd is left out, and an event name nobody knows is
 * kept for the record.
 */
export function readEvent(body: JsonObject, accountExternalId: string, now: Date): InboundEvent {
  const name = (textOf(body.event_name) ?? 'no_event_name').slice(0, 100);
  return {
    accountExternalId,
    name,
    platformEventId: platformEventId(name, body),
    chatId: null,
    occurredAt: timeOf(body.timestamp, now),
    opensWindow: false,
    takesOver: false,
    ...readByName(name, body),
    raw: body,
  };
}

function readByName(name: string, body: JsonObject): Reading {
  if (GROUP_EVENT.test(name)) return forTheRecord;
  if (name.startsWith('user_send_')) return citizenMessage(name, body, idOf(objectAt(body, 'sender').id));
  if (name.startsWith('anonymous_send_')) return citizenMessage(name, body, anonymousOf(body, 'sender'));
  if (name.startsWith('oa_send_anonymous_')) return officialMessage(body, anonymousOf(body, 'recipient'));
  // About phone calls, not about messages.
  if (name === 'oa_send_consent') return forTheRecord;
  if (name.startsWith('oa_send_')) return officialMessage(body, idOf(objectAt(body, 'recipient').id));
  switch (name) {
    case 'follow':
    case 'user_click_chatnow':
      return forPerson(body, {
        kind: 'start',
        lane: 'turn',
        opensWindow: true,
        detail: { source: textOf(body.source) },
      });
    case 'unfollow':
      return forPerson(body, { kind: 'unfollow', lane: 'record' });
    case 'user_withdraw':
      return forPerson(body, { kind: 'withdraw', lane: 'turn' });
    case 'user_submit_info':
      return forPerson(body, { kind: 'contact', lane: 'turn', detail: contactDetail(objectAt(body, 'info')) });
    case 'user_reacted_message':
      return forPerson(body, { kind: 'reaction', lane: 'record', ...reactionOf(body) });
    case 'user_call_oa':
    case 'widget_interaction_accepted':
      return forPerson(body, { ...forTheRecord, opensWindow: true });
    case 'user_received_message':
    case 'user_seen_message':
      return receipt(name, body);
    default:
      return forTheRecord;
  }
}

function citizenMessage(name: string, body: JsonObject, chatId: string | undefined): Reading {
  if (!chatId) return forTheRecord;
  const message = objectAt(body, 'message');
  const isCard = name === 'user_send_business_card';
  const text = textOf(message.text)?.normalize('NFC');
  const attachments = readAttachments(message, isCard);
  const isPress = attachments.length === 0 && (text?.startsWith(PAYLOAD_PREFIX) ?? false);
  return {
    kind: isPress ? 'postback' : 'message',
    lane: 'turn',
    chatId,
    opensWindow: true,
    messageId: textOf(message.msg_id),
    // The text beside a business card is the name on the card, not something the citizen said.
    ...(text && !isCard ? { text } : {}),
    ...(isPress ? { payload: text } : {}),
    ...(attachments.length > 0 ? { attachments } : {}),
    ...(textOf(message.quote_msg_id) ? { replyToMessageId: textOf(message.quote_msg_id) } : {}),
  };
}

/**
 * A message the OA sent. `admin_id` stands only on those a person wrote in the OA's own chat tool; without it the
 * message came through the API (ours, or another app's) or from the OA's automatic replies.
 */
function officialMessage(body: JsonObject, chatId: string | undefined): Reading {
  if (!chatId) return forTheRecord;
  const message = objectAt(body, 'message');
  const staffId = textOf(objectAt(body, 'sender').admin_id);
  const attachments = readAttachments(message, false);
  return {
    ...(staffId
      ? { kind: 'staff_message', lane: 'turn', takesOver: true, detail: { platformStaffId: staffId } }
      : { kind: 'echo', lane: 'receipt' }),
    chatId,
    messageId: textOf(message.msg_id),
    ...(textOf(message.text) ? { text: textOf(message.text)?.normalize('NFC') } : {}),
    ...(attachments.length > 0 ? { attachments } : {}),
  };
}

/**
 * Template messages by phone (ZBS) use the same event name with a phone number, or its hash, as recipient; the tracking
 * id is the reference they were sent with.
 */
function receipt(name: string, body: JsonObject): Reading {
  const message = objectAt(body, 'message');
  const kind = name === 'user_seen_message' ? 'read' : 'delivered';
  if (message.tracking_id !== undefined || message.delivery_time !== undefined) {
    const reference = textOf(message.tracking_id);
    return { kind, lane: 'receipt', messageIds: idsOf(message), ...(reference ? { reference } : {}) };
  }
  const chatId = idOf(objectAt(body, 'recipient').id);
  return chatId ? { kind, lane: 'receipt', chatId, messageIds: idsOf(message) } : forTheRecord;
}

function idsOf(message: JsonObject): string[] {
  const many = Array.isArray(message.msg_ids) ? message.msg_ids : [];
  return [message.msg_id, ...many].map(textOf).filter((id) => id !== undefined);
}

function reactionOf(body: JsonObject): Partial<InboundEvent> {
  const message = objectAt(body, 'message');
  return { messageIds: idsOf(message), detail: { icon: textOf(message.react_icon) } };
}

/** Two shapes are in use: with `full_address`, and flat. */
function contactDetail(info: JsonObject): Record<string, unknown> {
  const address = objectAt(info, 'full_address');
  const parts = [
    textOf(address.user_address) ?? textOf(info.address),
    textOf(address.user_ward) ?? textOf(info.ward),
    textOf(info.district),
    textOf(address.user_city) ?? textOf(info.city),
  ];
  return {
    name: textOf(info.name)?.normalize('NFC'),
    phone: textOf(info.phone),
    address: parts.filter(Boolean).join(', ').normalize('NFC') || undefined,
  };
}

function anonymousOf(body: JsonObject, side: 'sender' | 'recipient'): string | undefined {
  const id = idOf(objectAt(body, side).id);
  const conversation = idOf(objectAt(body, 'message').conversation_id) ?? idOf(body.conversation_id);
  return id && conversation ? anonymousChatId(conversation, id) : undefined;
}

function forPerson(body: JsonObject, reading: Reading): Reading {
  const chatId =
    idOf(objectAt(body, 'follower').id) ??
    idOf(body.user_id) ??
    idOf(objectAt(body, 'data').user_id) ??
    idOf(objectAt(body, 'sender').id);
  return chatId ? { ...reading, chatId } : forTheRecord;
}

/**
 * Messages repeat their `msg_id` in every redelivery. Other events have no id: the time and a digest of the content, free
 * of key order, tell them apart.
 */
function platformEventId(name: string, body: JsonObject): string {
  const messageId = textOf(objectAt(body, 'message').msg_id);
  if (messageId && messageId.length <= 200 && !name.includes('reacted')) return `${name}:${messageId}`;
  const digest = createHash('sha256').update(canonical(body)).digest('base64url').slice(0, 22);
  return `${name}:${(textOf(body.timestamp) ?? '0').slice(0, 20)}:${digest}`;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value).sort();
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
}
