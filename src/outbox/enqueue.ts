import type { OutboundCall } from '../channels/channel.ts';

/**
 * Something said outside a turn (an officer's reply, a payment's confirmation): one bubble and the platform calls it
 * makes. Pass an array of them as one JSON parameter to a statement built with `sayingSql`.
 */
export interface Saying {
  /** What causes it: with a call's place unique in the outbox, so that a repeat writes nothing. */
  causeId: string;
  /** Id of the transcript's new row, made by `timeOrdered`. */
  messageId: string;
  author: 'bot' | 'officer' | 'system';
  /** What the citizen reads. */
  text: string;
  content: Record<string, unknown> | null;
  occurredAt: Date;
  /** From the channel's `render`. */
  calls: OutboundCall[];
}

/**
 * Two parts of a `with` statement that write transcript and outbox in the transaction of what causes them. Bubbles of one
 * cause leave in the order of the array: ids made within one millisecond have none.
 * @param cause name of an earlier part that returns commune_id, conversation_id, account_id and cause_id: only sayings
 *   whose cause it returns are written, so it holds the conditions (who owns the conversation, what was new)
 * @param parameter number of the jsonb parameter that holds the sayings
 */
export const sayingSql = (cause: string, parameter: number): string => `
spoken as (
  select c.commune_id, c.conversation_id, c.account_id, s.*
  from ${cause} c
  join rows from (jsonb_to_recordset($${parameter}::jsonb) as ("causeId" uuid, "messageId" uuid, author text, text text,
    content jsonb, "occurredAt" timestamptz, calls jsonb)) with ordinality
    as s("causeId", "messageId", author, text, content, "occurredAt", calls, bubble) on s."causeId" = c.cause_id
), written as (
  insert into messages (commune_id, id, conversation_id, author, text, content, occurred_at)
  select commune_id, "messageId", conversation_id, author, text, content, "occurredAt" from spoken
  on conflict do nothing
), queued as (
  insert into outbox (commune_id, account_id, conversation_id, message_id, cause_id, seq, author, call)
  select p.commune_id, p.account_id, p.conversation_id, p."messageId", p."causeId",
    row_number() over (partition by p."causeId" order by p.bubble, l.place) - 1, p.author, l.call
  from spoken p, jsonb_array_elements(p.calls) with ordinality as l(call, place)
  order by p."causeId", p.bubble, l.place
  on conflict do nothing
)`;
