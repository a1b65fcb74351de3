/** The ten national states (`TrangThaiHoSo`), and what a source said that no map knows. */
export const DOSSIER_STATES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
export type DossierState = (typeof DOSSIER_STATES)[number] | 'unknown';

/** What a source knows of one dossier. Plain personal numbers never get this far: a source hashes them as it reads. */
export interface DossierView {
  /** Canonical, see `procedures/dossier-numbers.ts`. */
  code: string;
  /** First two groups only: "1.001193". */
  procedureCode?: string;
  procedureName?: string;
  state: DossierState;
  /** The source's own word for the state, for staff and for the state map; never shown to citizens. */
  rawState: string;
  receivedAt?: Date;
  dueAt?: Date;
  /** Set when the agency moved the due date (allowed once). */
  newDueAt?: Date;
  finishedAt?: Date;
  returnedAt?: Date;
  unitCode?: string;
  unitName?: string;
  channel?: 'direct' | 'online' | 'post';
  fees?: { name: string; amountVnd: number; isPaid: boolean | null }[];
  /** Papers asked for in state 5. */
  missing?: string[];
  /** Until when the papers may be supplied. */
  supplementDueAt?: Date;
  /** Why it was refused or stopped: level L2 only. */
  reason?: string;
  /** Keyed hashes (see `factors.ts`) a second factor is compared with; absent: no factor of that kind is known. */
  ownerHints: { idLast4Hash?: string; phoneHash?: string };
}

export type UnavailableReason =
  | 'timeout'
  | 'auth'
  | 'http'
  | 'schema'
  | 'network'
  | 'breaker'
  | 'rate_limited'
  | 'not_set_up';

/** `asOf`: when the data was true (the hour of an export), not when it was read. */
export type LookupResult =
  | { kind: 'found'; dossier: DossierView; source: string; asOf: Date }
  | { kind: 'not_found'; source: string; asOf: Date }
  | { kind: 'unavailable'; source: string; reason: UnavailableReason; retryAfterMs?: number };

/**
 * One place that knows dossiers. Never throws: what goes wrong is an `unavailable`. Logs no body and no personal data.
 */
export interface DossierSource {
  /** As staff named it, and as citizens may read it ("hệ thống một cửa của xã"). */
  readonly name: string;
  readonly kind: 'rest' | 'portal_sync' | 'import' | 'simulator';
  /** Look-ups per second the source allows; the poller keeps below it. */
  readonly lookupsPerSecond: number;
  lookup(code: string, options: { signal: AbortSignal; now: Date }): Promise<LookupResult>;
}

/** A commune's sources, asked in their order: the first that finds the dossier answers. */
export interface DossierDirectory {
  /**
   * Cached 5 minutes (found) and 1 minute (not found). `unavailable` only when no source found it and at least one did
   * not answer; `not_found` names the oldest data among those asked.
   */
  lookup(
    communeId: string,
    code: string,
    options: { signal?: AbortSignal; now: Date; isFresh?: boolean },
  ): Promise<LookupResult>;
  /** Sources in order, without secrets. Empty: the commune has connected none. */
  sources(communeId: string): Promise<Pick<DossierSource, 'name' | 'kind' | 'lookupsPerSecond'>[]>;
}
