import type { Attachment, InboundEvent } from '../channels/channel.ts';
import type { ChannelAccount } from '../communes/accounts.ts';
import { createBatcher } from '../db/batcher.ts';
import type { Database } from '../db/client.ts';
import { derivedFrom } from '../db/ids.ts';

/** The conversation of a chat: the same id in every process, without asking the database. */
export const conversationIdOf = (accountId: string, chatId: string) => derivedFrom('conversation', accountId, chatId);
export const citizenIdOf = (accountId: string, chatId: string) => derivedFrom('citizen', accountId, chatId);

export interface ReceivedEvent {
  account: ChannelAccount;
  event: InboundEvent;
  /** How long the assistant stays silent when a person takes over. */
  officerPauseHours: number;
}

export interface Inbox {
  /**
   * Stores events; resolves after the commit. Events known already (a redelivery) are left out silently. A takeover
   * takes effect in the same transaction.
   * @returns how many were new
   */
  store(events: ReceivedEvent[]): Promise<number>;
}

/** Stores what came in while the last commit ran in one statement: many webhooks, one disk write. */
export function createInbox(database: Database, { onStored }: { onStored: () => void }): Inbox {
  const batcher = createBatcher<ReceivedEvent & { arrival: number }, boolean>(async (items) => {
    const rows = items.map(toRow).sort(byKey);
    const stored = await database.run<{ account_id: string; platform_event_id: string }>('inbox.store', STORE, [
      JSON.stringify(rows),
    ]);
    const isNew = new Set(stored.map((row) => `${row.account_id} ${row.platform_event_id}`));
    if (stored.length > 0) onStored();
    return items.map((item) => isNew.delete(`${item.account.id} ${item.event.platformEventId}`));
  });
  let lastArrival = 0;
  return {
    async store(events) {
      const stored = await Promise.all(
        events.map((event) => {
          lastArrival = Math.max(lastArrival + 1, Date.now() * 1_000);
          return batcher.add({ ...event, arrival: lastArrival });
        }),
      );
      return stored.filter(Boolean).length;
    },
  };
}

function toRow({ account, event, officerPauseHours, arrival }: ReceivedEvent & { arrival: number }) {
  // no turn will come to take away where its files are
  const isKeptBare = event.lane === 'record' && event.attachments !== undefined;
  const { raw: whole, ...rest } = isKeptBare ? { ...event, attachments: event.attachments?.map(kindOnly) } : event;
  const raw = isKeptBare ? null : whole;
  return {
    commune_id: account.communeId,
    account_id: account.id,
    channel: account.channel,
    conversation_id: event.chatId === null ? null : conversationIdOf(account.id, event.chatId),
    citizen_id: event.chatId === null ? null : citizenIdOf(account.id, event.chatId),
    chat_id: event.chatId,
    platform_event_id: event.platformEventId,
    kind: event.kind,
    name: event.name,
    lane: event.lane,
    event: withoutNul(rest),
    raw: withoutNul(raw ?? null),
    occurred_at: event.occurredAt.toISOString(),
    arrival,
    opens_window: event.opensWindow,
    takes_over: event.takesOver,
    officer_hours: officerPauseHours,
  };
}

const kindOnly = ({ kind }: Attachment): Attachment => ({ kind });

/** PostgreSQL cannot store U+0000 in text or jsonb; a platform may still send one. */
function withoutNul(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text.includes('\\u0000') ? JSON.parse(text.replace(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1')) : value;
}

// Two processes that get the same events must lock them in the same order.
const byKey = (a: ReturnType<typeof toRow>, b: ReturnType<typeof toRow>) =>
  a.account_id.localeCompare(b.account_id) || (a.platform_event_id < b.platform_event_id ? -1 : 1);

const STORE = `
with input as (
  select * from jsonb_to_recordset($1::jsonb) as e(
    commune_id uuid, account_id uuid, channel text, conversation_id uuid, citizen_id uuid, chat_id text,
    platform_event_id text, kind text, name text, lane text, event jsonb, raw jsonb, occurred_at timestamptz,
    arrival bigint, opens_window boolean, takes_over boolean, officer_hours double precision)
), stored as (
  insert into inbox_events (commune_id, account_id, platform_event_id, conversation_id, kind, name, lane, event, raw,
    occurred_at, arrival, status, done_at)
  select commune_id, account_id, platform_event_id, conversation_id, kind, name, lane, event, raw, occurred_at, arrival,
    case when lane = 'record' then 'done' else 'pending' end, case when lane = 'record' then now() end
  from input
  on conflict (account_id, platform_event_id) do nothing
  returning account_id, platform_event_id, arrival
), fresh as (
  select i.* from input i join stored s using (account_id, platform_event_id, arrival)
), chats as (
  select commune_id, conversation_id, account_id, citizen_id, channel, chat_id,
    count(*) filter (where lane = 'turn') as arrivals,
    max(occurred_at) filter (where opens_window) as last_user_at,
    bool_or(takes_over) as takes_over,
    -- a takeover the platform delivers late began when the person wrote
    least(max(occurred_at) filter (where takes_over), now()) as taken_over_at,
    max(officer_hours) as officer_hours
  from fresh
  where conversation_id is not null and (lane = 'turn' or opens_window)
  group by 1, 2, 3, 4, 5, 6
), people as (
  insert into citizens (commune_id, id, account_id, chat_id)
  select commune_id, citizen_id, account_id, chat_id from chats order by citizen_id
  on conflict do nothing
), woken as (
  insert into conversations as c (commune_id, id, account_id, citizen_id, channel, chat_id, owner, owner_version,
    officer_until, last_user_at, wake_at, arrivals)
  select commune_id, conversation_id, account_id, citizen_id, channel, chat_id,
    case when takes_over then 'officer' else 'bot' end, 0,
    case when takes_over then taken_over_at + officer_hours * interval '1 hour' end,
    last_user_at, case when arrivals > 0 then now() end, arrivals
  from chats order by conversation_id
  on conflict (commune_id, id) do update set
    arrivals = c.arrivals + excluded.arrivals,
    last_user_at = greatest(c.last_user_at, excluded.last_user_at),
    -- While leased, the finishing turn sees the new count and wakes the conversation itself.
    wake_at = case when excluded.arrivals = 0 or c.lease_until > now() then c.wake_at else now() end,
    owner = case when excluded.owner = 'officer' then 'officer' else c.owner end,
    owner_since = case when excluded.owner = 'officer' and c.owner <> 'officer' then now() else c.owner_since end,
    owner_version = c.owner_version + case when excluded.owner = 'officer' and c.owner <> 'officer' then 1 else 0 end,
    officer_until = case when excluded.owner = 'officer' then greatest(c.officer_until, excluded.officer_until)
      else c.officer_until end
), silenced as (
  update outbox o set status = 'cancelled', error_code = 'taken_over'
  from chats t
  where t.takes_over and o.conversation_id = t.conversation_id and o.commune_id = t.commune_id
    and o.status = 'queued' and o.author = 'bot'
)
select account_id, platform_event_id from stored`;
