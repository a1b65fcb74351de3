import type { GraphPlatform } from '../graph-platform.ts';
import type { ZaloPlatform } from '../zalo-platform.ts';
import type { Device } from './bubble.ts';

/** One attempt of a platform to tell us something. */
export interface WebhookSeen {
  device: Device;
  person: string;
  /** null for events without a message (follow, receipts of many). */
  messageId: string | null;
  name: string;
  /** True for what the person did; false for echoes, receipts and staff. */
  isAct: boolean;
  /** 0: no answer in time, or nobody listening. */
  status: number;
  ms: number;
  attempt: number;
  /** Epoch milliseconds. */
  startedAt: number;
  body: unknown;
}

/** One call of ours to a platform. */
export interface CallSeen {
  device: Device;
  person: string;
  method: string;
  path: string;
  status: number;
  ms: number;
  startedAt: number;
  request: unknown;
  response: unknown;
}

export interface Traffic {
  /** What the person did last. */
  lastAct(device: Device, person: string): WebhookSeen | undefined;
  /** The newest attempt to deliver this message. */
  webhookOf(device: Device, messageId: string): WebhookSeen | undefined;
  /** Messages sent to the person, oldest first. */
  callsSince(device: Device, person: string, at: number): CallSeen[];
  /** @returns a function that ends the subscription */
  onWebhook(listener: (webhook: WebhookSeen) => void): () => void;
}

/** As much as the drawer of the page can ever ask for; the rest is in the database. */
const KEPT = 400;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsAt = (value: unknown, key: string): Fields => {
  const inner = isFields(value) ? value[key] : undefined;
  return isFields(inner) ? inner : {};
};
const idAt = (value: unknown, key: string) => {
  const id = isFields(value) ? value[key] : undefined;
  return typeof id === 'string' ? id : null;
};

/** Remembers what went over the wire between the stand-ins and the service, for the drawer of the page. */
export function createTraffic(
  zalo: Pick<ZaloPlatform, 'events'>,
  graph: Pick<GraphPlatform, 'events'>,
  { now = Date.now }: { now?: () => number } = {},
): Traffic {
  const webhooks: WebhookSeen[] = [];
  const calls: CallSeen[] = [];
  const listeners = new Set<(webhook: WebhookSeen) => void>();
  const note = (webhook: WebhookSeen) => {
    keep(webhooks, webhook);
    for (const listener of listeners) listener(webhook);
  };

  zalo.events.on('webhook', ({ name, status, ms, attempt, body }) => {
    const event = parsed(body);
    const official = idAt(event, 'oa_id');
    const people = [fieldsAt(event, 'sender'), fieldsAt(event, 'recipient'), fieldsAt(event, 'follower')];
    const isFromOffice = name.startsWith('oa_') || /^user_(received|seen)_message$/.test(name);
    const [sender, recipient, follower] = people.map((one) => idAt(one, 'id'));
    const person = (isFromOffice ? recipient : (sender ?? follower)) ?? idAt(event, 'user_id');
    if (!person || person === official) return;
    const isAct = !isFromOffice && name !== 'unfollow';
    const messageId = idAt(fieldsAt(event, 'message'), 'msg_id');
    note({ device: 'zalo', person, messageId, name, isAct, status, ms, attempt, startedAt: now() - ms, body: event });
  });
  zalo.events.on('call', ({ method, path, status, ms, request, response }) => {
    const person = idAt(fieldsAt(request, 'recipient'), 'user_id');
    if (!person || !path.endsWith('/message/cs')) return;
    keep(calls, { device: 'zalo', person, method, path, status, ms, startedAt: now() - ms, request, response });
  });

  graph.events.on('webhook', ({ pageId, status, ms, attempt, body }) => {
    for (const event of messagingOf(body)) {
      const ids = [fieldsAt(event, 'sender'), fieldsAt(event, 'recipient')].map((one) => idAt(one, 'id'));
      const person = ids.find((id) => id !== null && id !== pageId);
      if (!person) continue;
      const message = fieldsAt(event, 'message');
      const isAct = isFields(event.postback) || (isFields(event.message) && message.is_echo !== true);
      const messageId = idAt(message, 'mid') ?? idAt(fieldsAt(event, 'postback'), 'mid');
      const name = Object.keys(event).find((key) => !['sender', 'recipient', 'timestamp'].includes(key)) ?? 'event';
      note({
        device: 'messenger',
        person,
        messageId,
        name,
        isAct,
        status,
        ms,
        attempt: attempt - 1,
        startedAt: now() - ms,
        body,
      });
    }
  });
  graph.events.on('call', ({ method, path, status, ms, request, response }) => {
    const person = idAt(fieldsAt(request, 'recipient'), 'id');
    if (!person || !isFields(request.message)) return;
    keep(calls, { device: 'messenger', person, method, path, status, ms, startedAt: now() - ms, request, response });
  });

  return {
    lastAct: (device, person) =>
      webhooks.findLast((one) => one.isAct && one.device === device && one.person === person),
    webhookOf: (device, messageId) => webhooks.findLast((one) => one.device === device && one.messageId === messageId),
    callsSince: (device, person, at) =>
      calls.filter((one) => one.device === device && one.person === person && one.startedAt >= at),
    onWebhook(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > KEPT) list.splice(0, list.length - KEPT);
}

function parsed(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : {};
  } catch {
    return {};
  }
}

function messagingOf(body: Fields): Fields[] {
  const entries = Array.isArray(body.entry) ? body.entry.filter(isFields) : [];
  return entries.flatMap(({ messaging }) => (Array.isArray(messaging) ? messaging.filter(isFields) : []));
}
