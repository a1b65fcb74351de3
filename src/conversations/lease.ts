import type { InboundEvent } from '../channels/channel.ts';

/** A stored event as a turn sees it. */
export type StoredEvent = Omit<InboundEvent, 'raw' | 'occurredAt' | 'watermark'> & {
  id: number;
  occurredAt: Date;
  receivedAt: Date;
};

/** A conversation that belongs to this process until it commits, gives it back, or dies. */
export interface LeasedConversation {
  communeId: string;
  id: string;
  accountId: string;
  channel: 'zalo' | 'messenger';
  chatId: string;
  owner: 'bot' | 'waiting' | 'officer';
  ownerVersion: number;
  officerUntil: Date | null;
  memory: unknown;
  /** Of the statement that took it: what it gave out is nobody else's, not even this process's. */
  leaseOwner: string;
  leaseSeq: number;
  arrivals: number;
  attempts: number;
  /** How often in a row the process that held it died or hung. */
  lapses: number;
  /** By the database's clock, as `receivedAt` of the events: those of processes may differ from it. */
  claimedAt: Date;
  /** Waiting events in the order of arrival. */
  events: StoredEvent[];
}

export const LEASE_MS = 10_000;

/** The columns a statement that leases returns. */
export const LEASED_COLUMNS = `c.commune_id, c.id, c.account_id, c.channel, c.chat_id, c.owner, c.owner_version,
  c.officer_until, c.memory, c.lease_owner, c.lease_seq, c.arrivals, c.attempts, c.lapses`;

export interface LeasedRow {
  commune_id: string;
  id: string;
  account_id: string;
  channel: 'zalo' | 'messenger';
  chat_id: string;
  owner: 'bot' | 'waiting' | 'officer';
  owner_version: number;
  officer_until: Date | null;
  memory: unknown;
  lease_owner: string;
  lease_seq: number;
  arrivals: number;
  attempts: number;
  lapses: number;
}

/** An event as its row holds it. */
export type WrittenEvent = Omit<StoredEvent, 'id' | 'occurredAt' | 'receivedAt'> & { occurredAt: string };

export const storedEvent = (id: number, receivedAt: Date, event: WrittenEvent): StoredEvent => ({
  ...event,
  id,
  occurredAt: new Date(event.occurredAt),
  receivedAt,
});

export const leasedConversation = (row: LeasedRow, claimedAt: Date, events: StoredEvent[]): LeasedConversation => ({
  communeId: row.commune_id,
  id: row.id,
  accountId: row.account_id,
  channel: row.channel,
  chatId: row.chat_id,
  owner: row.owner,
  ownerVersion: row.owner_version,
  officerUntil: row.officer_until,
  memory: row.memory,
  leaseOwner: row.lease_owner,
  leaseSeq: Number(row.lease_seq),
  arrivals: Number(row.arrivals),
  attempts: row.attempts,
  lapses: row.lapses,
  claimedAt,
  events,
});
