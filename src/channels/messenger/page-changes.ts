import type { InboundEvent } from '../channel.ts';
import { isObject, type JsonObject, objectAt, textOf, timeOf } from '../webhook-json.ts';
import { digestOf, type EventScope, eventKey, readMessagingEvent } from './events.ts';
import { nfcOf } from './values.ts';

/** Names and reactions of people who only liked something: not kept, they are nobody's question. */
const ignoredItems = new Set(['reaction', 'like']);

/** `created_time` is seconds in the webhook, ISO text in some samples. */
function createdAt(value: unknown, fallback: Date): Date {
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return timeOf(value, timeOf(parsed, fallback));
}

/** One object of `entry[].changes[]`: page content, or a message in the wrapped shape of Meta's test button. */
export function readPageChange(change: JsonObject, scope: EventScope): InboundEvent | null {
  const field = textOf(change.field) ?? 'change';
  const value = objectAt(change, 'value');
  if (field !== 'feed' && (isObject(value.sender) || isObject(value.recipient)))
    return readMessagingEvent(value, scope);
  const item = textOf(value.item) ?? '';
  if (field === 'feed' && ignoredItems.has(item)) return null;

  const isOurs = textOf(objectAt(value, 'from').id) === scope.pageId;
  const commentId = item === 'comment' ? textOf(value.comment_id) : undefined;
  // A visitor's post is answered like a comment; the page's own posts are not questions.
  const id = commentId ?? (item === 'post' && !isOurs ? textOf(value.post_id) : undefined);
  const at = createdAt(value.created_time, scope.entryTime);
  const shared = {
    accountExternalId: scope.pageId,
    lane: 'record' as const,
    name: item === '' ? field : `${field}.${item}`,
    // `from.id` of a comment is no recipient id: no conversation.
    chatId: null,
    occurredAt: at,
    opensWindow: false,
    takesOver: false,
    raw: change,
  };
  if (field !== 'feed' || id === undefined) {
    const platformEventId = eventKey(`${shared.name}:${at.getTime()}:${digestOf(change)}`);
    return { ...shared, kind: 'unknown', platformEventId };
  }
  const verb = textOf(value.verb) ?? 'add';
  const text = nfcOf(value.message);
  const edition = verb === 'edited' ? `:${digestOf(text ?? '')}` : '';
  return {
    ...shared,
    kind: 'comment',
    platformEventId: eventKey(`comment:${id}:${verb}:${at.getTime()}${edition}`),
    messageId: id,
    ...(text === undefined ? {} : { text }),
    detail: { verb, isOurs, postId: textOf(value.post_id), parentId: textOf(value.parent_id) },
  };
}
