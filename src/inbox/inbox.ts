import { randomUUID } from 'node:crypto';
import type { Attachment, InboundEvent } from '../channels/channel.ts';
import type { ChannelAccount } from '../communes/accounts.ts';
import {
  LEASE_MS,
  LEASED_COLUMNS,
  type LeasedConversation,
  type LeasedRow,
  leasedConversation,
  type StoredEvent,
  storedEvent,
  type WrittenEvent,
} from '../conversations/lease.ts';
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

/** Who works on what is stored, in this process: what it has a place for is leased to it by the statement that stores. */
export interface TurnTaker {
  /** Keeps a place for a turn of this account. */
  reserve(accountId: string): boolean;
  /** Gives the place back. */
  release(accountId: string): void;
  /** Puts the conversation in a place kept for its account. */
  take(conversation: LeasedConversation): void;
  /** Many of this account's are under way: what others send need not wait for the storing of its events. */
  isCrowded(accountId: string): boolean;
}

export interface InboxDeps {
  /** There is something new that no turn here has taken. */
  onStored: () => void;
  turns?: TurnTaker;
}

interface StoredRow extends LeasedRow {
  event_account: string;
  platform_event_id: string;
  event_id: number;
  arrival: number;
  lane: InboundEvent['lane'];
  received_at: Date;
}

type Item = ReceivedEvent & { arrival: number };

/** Stores what came in while the last commit ran in one statement: many webhooks, one disk write. */
export function createInbox(database: Database, { onStored, turns }: InboxDeps): Inbox {
  const write = async (items: Item[]): Promise<boolean[]> => {
    const places = keepPlaces(items, turns);
    const rows = items.map((item) => toRow(item, places)).sort(byKey);
    let taken = new Map<string, LeasedConversation>();
    try {
      const stored = await database.run<StoredRow>('inbox.store', STORE, [
        `[${rows.map(({ json }) => json).join(',')}]`,
        randomUUID(),
        LEASE_MS,
      ]);
      taken = leasedBy(stored, rows);
      if (stored.some(({ lane, id }) => lane === 'turn' && id === null)) onStored();
      const isNew = new Set(stored.map((row) => `${row.event_account} ${row.platform_event_id}`));
      return items.map((item) => isNew.delete(`${item.account.id} ${item.event.platformEventId}`));
    } finally {
      for (const [id, accountId] of places) {
        const conversation = taken.get(id);
        if (conversation) turns?.take(conversation);
        else turns?.release(accountId);
      }
    }
  };
  const batches = { calm: createBatcher(write), crowded: createBatcher(write) };
  /** Where an account's events are being stored: what comes meanwhile goes the same way, so that none overtakes. */
  const ways = new Map<string, { way: keyof typeof batches; count: number }>();
  const add = async (item: Item) => {
    const { id } = item.account;
    const known = ways.get(id) ?? { way: turns?.isCrowded(id) ? ('crowded' as const) : ('calm' as const), count: 0 };
    ways.set(id, known);
    known.count += 1;
    try {
      return await batches[known.way].add(item);
    } finally {
      known.count -= 1;
      if (known.count === 0) ways.delete(id);
    }
  };
  let lastArrival = 0;
  return {
    async store(events) {
      const stored = await Promise.all(
        events.map((event) => {
          lastArrival = Math.max(lastArrival + 1, Date.now() * 1_000);
          return add({ ...event, arrival: lastArrival });
        }),
      );
      return stored.filter(Boolean).length;
    },
  };
}

/** The account of each conversation for which a place is kept, by the conversation's id. */
function keepPlaces(items: Item[], turns: TurnTaker | undefined): Map<string, string> {
  const places = new Map<string, string>();
  for (const { account, event } of items) {
    if (!turns || event.lane !== 'turn' || event.chatId === null) continue;
    const id = conversationIdOf(account.id, event.chatId);
    if (!places.has(id) && turns.reserve(account.id)) places.set(id, account.id);
  }
  return places;
}

/** What the statement leased, with its events as another process would read them from their rows. */
function leasedBy(stored: StoredRow[], rows: ReturnType<typeof toRow>[]): Map<string, LeasedConversation> {
  const taken = new Map<string, LeasedConversation>();
  const written = new Map(rows.map((row) => [row.key, row.event]));
  const arrivals = new Map<StoredEvent, number>();
  for (const row of stored) {
    if (row.id === null) continue;
    const conversation = taken.get(row.id) ?? leasedConversation(row, row.received_at, []);
    taken.set(row.id, conversation);
    const arrival = Number(row.arrival);
    const event: WrittenEvent = JSON.parse(written.get(`${row.event_account} ${row.platform_event_id} ${arrival}`)!);
    const known = storedEvent(Number(row.event_id), row.received_at, event);
    arrivals.set(known, arrival);
    conversation.events.push(known);
  }
  for (const { events } of taken.values()) {
    events.sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime() || arrivals.get(a)! - arrivals.get(b)!);
  }
  return taken;
}

function toRow({ account, event, officerPauseHours, arrival }: Item, places: Map<string, string>) {
  // no turn will come to take away where its files are
  const isKeptBare = event.lane === 'record' && event.attachments !== undefined;
  const { raw: whole, ...rest } = isKeptBare ? { ...event, attachments: event.attachments?.map(kindOnly) } : event;
  const raw = isKeptBare ? null : whole;
  const conversationId = event.chatId === null ? null : conversationIdOf(account.id, event.chatId);
  const columns = JSON.stringify({
    commune_id: account.communeId,
    account_id: account.id,
    channel: account.channel,
    conversation_id: conversationId,
    citizen_id: event.chatId === null ? null : citizenIdOf(account.id, event.chatId),
    chat_id: event.chatId,
    platform_event_id: event.platformEventId,
    kind: event.kind,
    name: event.name,
    lane: event.lane,
    occurred_at: event.occurredAt.toISOString(),
    arrival,
    opens_window: event.opensWindow,
    takes_over: event.takesOver,
    officer_hours: officerPauseHours,
    leases: conversationId !== null && places.has(conversationId),
  });
  const written = jsonWithoutNul(rest);
  return {
    accountId: account.id,
    eventId: event.platformEventId,
    key: `${account.id} ${event.platformEventId} ${arrival}`,
    event: written,
    json: `${columns.slice(0, -1)},"event":${written},"raw":${jsonWithoutNul(raw ?? null)}}`,
  };
}

const kindOnly = ({ kind }: Attachment): Attachment => ({ kind });

/** PostgreSQL cannot store U+0000 in text or jsonb; a platform may still send one. */
function jsonWithoutNul(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes('\\u0000') ? text.replace(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1') : text;
}

// Two processes that get the same events must lock them in the same order.
const byKey = (a: ReturnType<typeof toRow>, b: ReturnType<typeof toRow>) =>
  (a.accountId < b.accountId ? -1 : a.accountId > b.accountId ? 1 : 0) || (a.eventId < b.eventId ? -1 : 1);

// A conversation that nobody works on and that has no other waiting events belongs at once to the process that stores
// its event, when that process has a place for it: it need not look for what it has just written.
/** Nobody holds it, and nothing waits in it. */
const IS_FREE = 'c.wake_at is null and c.lease_owner is null';

const STORE = `
with input as (
  select * from jsonb_to_recordset($1::jsonb) as e(
    commune_id uuid, account_id uuid, channel text, conversation_id uuid, citizen_id uuid, chat_id text,
    platform_event_id text, kind text, name text, lane text, event jsonb, raw jsonb, occurred_at timestamptz,
    arrival bigint, opens_window boolean, takes_over boolean, officer_hours double precision, leases boolean)
), stored as (
  insert into inbox_events (commune_id, account_id, platform_event_id, conversation_id, kind, name, lane, event, raw,
    occurred_at, arrival, status, done_at)
  select commune_id, account_id, platform_event_id, conversation_id, kind, name, lane, event, raw, occurred_at, arrival,
    case when lane = 'record' then 'done' else 'pending' end, case when lane = 'record' then now() end
  from input
  on conflict (account_id, platform_event_id) do nothing
  returning account_id, platform_event_id, arrival, id, conversation_id, lane, received_at
), fresh as (
  select i.* from input i join stored s using (account_id, platform_event_id, arrival)
), chats as (
  select commune_id, conversation_id, account_id, citizen_id, channel, chat_id,
    count(*) filter (where lane = 'turn') as arrivals,
    max(occurred_at) filter (where opens_window) as last_user_at,
    bool_or(takes_over) as takes_over,
    count(*) filter (where lane = 'turn') > 0 and bool_or(leases) as leases,
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
    officer_until, last_user_at, wake_at, arrivals, lease_owner, lease_until, lease_seq)
  select commune_id, conversation_id, account_id, citizen_id, channel, chat_id,
    case when takes_over then 'officer' else 'bot' end, 0,
    case when takes_over then taken_over_at + officer_hours * interval '1 hour' end,
    last_user_at,
    case when leases then now() + $3 * interval '1 millisecond' when arrivals > 0 then now() end, arrivals,
    case when leases then $2::uuid end, case when leases then now() + $3 * interval '1 millisecond' end,
    case when leases then 1 else 0 end
  from chats order by conversation_id
  on conflict (commune_id, id) do update set
    arrivals = c.arrivals + excluded.arrivals,
    last_user_at = greatest(c.last_user_at, excluded.last_user_at),
    -- While leased, the finishing turn sees the new count and wakes the conversation itself.
    wake_at = case when ${IS_FREE} then excluded.wake_at
      when excluded.arrivals = 0 or c.lease_until > now() then c.wake_at else now() end,
    lease_owner = case when ${IS_FREE} then excluded.lease_owner else c.lease_owner end,
    lease_until = case when ${IS_FREE} then excluded.lease_until else c.lease_until end,
    lease_seq = c.lease_seq + case when ${IS_FREE} and excluded.lease_owner is not null then 1 else 0 end,
    owner = case when excluded.owner = 'officer' then 'officer' else c.owner end,
    owner_since = case when excluded.owner = 'officer' and c.owner <> 'officer' then now() else c.owner_since end,
    owner_version = c.owner_version + case when excluded.owner = 'officer' and c.owner <> 'officer' then 1 else 0 end,
    officer_until = case when excluded.owner = 'officer' then greatest(c.officer_until, excluded.officer_until)
      else c.officer_until end
  returning ${LEASED_COLUMNS}
), silenced as (
  update outbox o set status = 'cancelled', error_code = 'taken_over'
  from chats t
  where t.takes_over and o.conversation_id = t.conversation_id and o.commune_id = t.commune_id
    and o.status = 'queued' and o.author = 'bot'
)
select s.account_id as event_account, s.platform_event_id, s.id as event_id, s.arrival, s.lane, s.received_at, w.*
from stored s left join woken w on w.id = s.conversation_id and w.lease_owner = $2 and s.lane = 'turn'`;
