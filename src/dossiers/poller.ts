import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { createWorkLoop, type WorkLoop } from '../db/work-loop.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Change, compare, isOver, type Snapshot } from './changes.ts';
import type { DossierDirectory, LookupResult } from './dossier.ts';
import type { NoticeMetrics } from './notice-metrics.ts';

/** Citizens who ask now come first: the poller takes this part of what a source allows. */
const SHARE = 0.5;
/** Look-ups of one commune begun together. */
const MAX_AT_ONCE = 50;
/** Communes asked for at the same time by one process: a slow source holds up its own commune only. */
const COMMUNES_AT_ONCE = 20;
const IDLE_MS = 1_000;
/** A look-up ends well before its lease. */
const LOOKUP_MS = 20_000;
const LEASE_MS = 60_000;
const RETRY_MS = 2 * 60_000;
const MAX_RETRY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;
/** Nothing new for so long: looked at less often. */
const QUIET_AFTER_MS = 30 * DAY_MS;
const QUIET_FACTOR = 4;
/** A dossier the sources have not known for so long will not come back. */
const GONE_AFTER_MS = 60 * DAY_MS;

export interface PollerDeps {
  database: Database;
  directory: DossierDirectory;
  commune: (id: string) => Promise<Commune>;
  log: Log;
  metrics: NoticeMetrics;
  /** A notice was written. */
  onNotice: () => void;
  now?: () => Date;
  random?: () => number;
}

export interface Poller extends WorkLoop {
  /** One look at everything that is due, to its end. @returns how many codes were looked up */
  round(): Promise<number>;
}

interface ClaimedWatch {
  id: string;
  code: string;
  last_seen: Snapshot;
  consented_at: Date;
  failures: number;
}

interface WatchUpdate {
  id: string;
  last_seen: Snapshot;
  is_seen: boolean;
  poll_at: string | null;
  failures: number;
  ended_reason: string | null;
  notice_id: string | null;
  kind: string | null;
  change_key: string | null;
  facts: unknown;
}

/**
 * Looks at watched dossiers within what their sources allow and writes a notice for what changed. Any number of
 * processes may poll: a commune's pace and a watch's lease are rows of the database.
 */
export function createPoller(deps: PollerDeps): Poller {
  const { database, directory, commune, log, metrics, now = () => new Date(), random = Math.random } = deps;
  const active = new Map<string, Promise<number>>();

  const begin = async () => {
    const free = COMMUNES_AT_ONCE - active.size;
    if (free <= 0) return;
    const rows = await database.run<{ id: string }>('poll.communes', COMMUNES_DUE, [
      now().toISOString(),
      JSON.stringify([...active.keys()]),
      free,
    ]);
    for (const { id } of rows) {
      const work = pollCommune(id)
        .catch((error) => {
          log.error('dossiers.poll_failed', { communeId: id, error: errorText(error) });
          return 0;
        })
        .finally(() => active.delete(id));
      active.set(id, work);
    }
  };

  const pollCommune = async (communeId: string): Promise<number> => {
    const sources = await directory.sources(communeId);
    // The slowest of the sources sets the pace: each may be asked for each code.
    const perSecond = Math.max(0.01, SHARE * Math.min(1_000, ...sources.map((source) => source.lookupsPerSecond)));
    const atOnce = Math.min(MAX_AT_ONCE, Math.max(1, Math.floor(perSecond)));
    const startedAt = now();
    const nextAt = new Date(startedAt.getTime() + (atOnce / perSecond) * 1_000);
    const isOurs = await database.run('poll.pace', TAKE_PACE, [
      communeId,
      startedAt.toISOString(),
      nextAt.toISOString(),
    ]);
    if (isOurs.length === 0) return 0;
    const leaseUntil = new Date(startedAt.getTime() + LEASE_MS).toISOString();
    const watches = await database.run<ClaimedWatch>('poll.claim', CLAIM, [
      communeId,
      startedAt.toISOString(),
      atOnce,
      leaseUntil,
    ]);
    if (watches.length === 0) return 0;
    const { settings } = await commune(communeId);
    const byCode = new Map<string, ClaimedWatch[]>();
    for (const watch of watches) byCode.set(watch.code, [...(byCode.get(watch.code) ?? []), watch]);
    const updates = await Promise.all(
      [...byCode].map(async ([code, watchers]) => {
        const result = await directory.lookup(communeId, code, {
          signal: AbortSignal.timeout(LOOKUP_MS),
          now: now(),
          isFresh: true,
        });
        metrics.polls.inc({ result: result.kind });
        return watchers.map((watch) => updateOf(watch, result, settings));
      }),
    );
    const written = await database.run<{ kind: Change['kind'] }>('poll.write', WRITE, [
      communeId,
      JSON.stringify(updates.flat()),
      leaseUntil,
      now().toISOString(),
      watches.map(({ id }) => id),
    ]);
    for (const { kind } of written) metrics.changes.inc({ kind });
    if (written.length > 0) deps.onNotice();
    return byCode.size;
  };

  const updateOf = (watch: ClaimedWatch, result: LookupResult, settings: Commune['settings']): WatchUpdate => {
    const at = now();
    const kept: WatchUpdate = {
      id: watch.id,
      last_seen: watch.last_seen,
      is_seen: false,
      poll_at: null,
      failures: 0,
      ended_reason: null,
      notice_id: null,
      kind: null,
      change_key: null,
      facts: null,
    };
    const isTooOld = at.getTime() - watch.consented_at.getTime() > settings.notices.watchDays * DAY_MS;
    const everyMs = settings.notices.pollMinutes * 60_000;
    const after = (ms: number) => new Date(at.getTime() + ms * (0.9 + random() / 5)).toISOString();

    if (result.kind === 'unavailable') {
      // Somebody else used the source up for a moment: no fault of it.
      const failures = watch.failures + (result.reason === 'rate_limited' ? 0 : 1);
      const waitMs = Math.max(result.retryAfterMs ?? 0, Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(failures, 10)));
      return isTooOld ? { ...kept, ended_reason: 'too_old' } : { ...kept, failures, poll_at: after(waitMs) };
    }
    if (result.kind === 'not_found') {
      const goneSince = watch.last_seen.goneSince ?? at.toISOString();
      const isGone = at.getTime() - Date.parse(goneSince) > GONE_AFTER_MS;
      const last_seen = { ...watch.last_seen, goneSince };
      if (isGone || isTooOld) return { ...kept, last_seen, ended_reason: isGone ? 'never_found' : 'too_old' };
      return { ...kept, last_seen, poll_at: after(Math.min(DAY_MS, everyMs * QUIET_FACTOR)) };
    }
    const { after: last_seen, change } = compare(watch.last_seen, result, {
      now: at,
      watchedSince: watch.consented_at,
      calendar: settings,
      collectAfterWorkingDays: settings.notices.collectAfterWorkingDays,
    });
    const isQuiet = at.getTime() - Date.parse(last_seen.stateSince) > QUIET_AFTER_MS;
    const end = isOver(last_seen.state) ? ENDED_BY[last_seen.state] : isTooOld ? 'too_old' : null;
    return {
      ...kept,
      last_seen,
      is_seen: true,
      ended_reason: end ?? null,
      poll_at: end ? null : after(Math.min(DAY_MS, everyMs * (isQuiet ? QUIET_FACTOR : 1))),
      ...(change ? { notice_id: timeOrdered(), kind: change.kind, change_key: change.key, facts: change.facts } : {}),
    };
  };

  const loop = createWorkLoop(
    async () => {
      await begin();
      return false;
    },
    { idleMs: IDLE_MS, onError: (error) => log.error('dossiers.poll_claim_failed', { error }) },
  );

  return {
    ...loop,
    async round() {
      await begin();
      const counts = await Promise.all(active.values());
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async stop() {
      await loop.stop();
      await Promise.all(active.values());
    },
  };
}

const ENDED_BY: Record<string, string> = { 3: 'refused', 7: 'taken_back', 10: 'returned' };

const COMMUNES_DUE = `
select c.id from communes c left join dossier_poll_paces p on p.commune_id = c.id
where (p.next_at is null or p.next_at <= $1::timestamptz)
  and not $2::jsonb ? c.id::text
  and exists (select 1 from dossier_watches w where w.commune_id = c.id and w.poll_at <= $1::timestamptz)
order by p.next_at nulls first limit $3`;

const TAKE_PACE = `
insert into dossier_poll_paces as p (commune_id, next_at) values ($1, $3::timestamptz)
on conflict (commune_id) do update set next_at = excluded.next_at where p.next_at <= $2::timestamptz
returning commune_id`;

// Who else waits for the same dossier is told of the same look. `poll_at` becomes the end of the lease: what a dead
// process held is due again then.
const CLAIM = `
with due as (
  select code from dossier_watches
  where commune_id = $1 and poll_at <= $2::timestamptz
  order by poll_at limit $3 for update skip locked
), together as (
  select w.id from dossier_watches w
  where w.commune_id = $1 and w.poll_at is not null and w.code in (select code from due)
    and (w.lease_until is null or w.lease_until <= $2::timestamptz)
  for update skip locked
)
update dossier_watches w set poll_at = $4::timestamptz, lease_until = $4::timestamptz
from together t
where w.commune_id = $1 and w.id = t.id
returning w.id, w.code, w.last_seen, w.consented_at, w.failures`;

// One statement: what was seen and what is to be told of it stand or fall together. Only who holds the lease writes.
const WRITE = `
with input as (
  select * from jsonb_to_recordset($2::jsonb) as i(id uuid, last_seen jsonb, is_seen boolean, poll_at timestamptz,
    failures int, ended_reason text, notice_id uuid, kind text, change_key text, facts jsonb)
), held as (
  update dossier_watches w set last_seen = i.last_seen,
    last_seen_at = case when i.is_seen then $4::timestamptz else w.last_seen_at end,
    poll_at = i.poll_at, lease_until = null, failures = i.failures, ended_reason = i.ended_reason
  from input i
  where w.commune_id = $1 and w.id = any($5::uuid[]) and w.id = i.id and w.lease_until = $3::timestamptz and w.withdrawn_at is null
  returning w.id, w.conversation_id
), written as (
  insert into dossier_notices (commune_id, id, watch_id, conversation_id, kind, change_key, facts, send_at, created_at)
  select $1, i.notice_id, h.id, h.conversation_id, i.kind, i.change_key, i.facts, $4::timestamptz, $4::timestamptz
  from held h join input i on i.id = h.id
  where i.kind is not null
  on conflict (commune_id, watch_id, change_key) do nothing
  returning id, watch_id, kind
), superseded as (
  update dossier_notices n set status = 'dropped', why_waiting = 'superseded'
  where n.commune_id = $1 and n.watch_id = any($5::uuid[]) and n.status in ('due', 'waiting')
    and exists (select 1 from written x where n.watch_id = x.watch_id and n.id <> x.id)
)
select kind from written`;
