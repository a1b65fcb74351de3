import type { Database } from '../db/client.ts';
import { idAt } from '../db/ids.ts';
import { createWorkLoop } from '../db/work-loop.ts';
import type { Log } from '../log.ts';
import { HERE_TTL_MS } from './acts.ts';
import type { HandOffMetrics } from './handoff-metrics.ts';

/** What changed in a commune; ids only, the page reads the rest. */
export interface Change {
  communeId: string;
  /** Conversations whose line in a list, words, owner, notes or episode changed. */
  conversationIds: string[];
  /** Officers came, went or changed their fields. */
  hasOfficerChange: boolean;
}

export interface Watcher {
  communeId: string;
  /** The conversation open on the page: its sends' states and colleagues who type are followed, too. */
  conversationId?: string | null;
}

export interface LiveFeed {
  /**
   * Calls back after each change, from this process or another, within a second. One look at the database per tick
   * serves all watchers of the process; without watchers there is none.
   * @returns how to leave, and how to name another open conversation
   */
  watch(
    watcher: Watcher,
    onChange: (change: Change) => void,
  ): { open(conversationId: string | null): void; leave(): void };
  /** Something was done here: look at once. */
  wake(): void;
  start(): void;
  stop(): Promise<void>;
}

const TICK_MS = 250;
/**
 * Rows become visible some time after their id or time was made, and clocks of processes differ: each look goes back so
 * far, and what was told already is left out.
 */
const OVERLAP_MS = 15_000;
/** Ids of this time and later are no times at all; see `derivedFrom`. */
const AHEAD_MS = 3_600_000;

/** Nothing is written for the feed: the primary key of messages is its index, and episodes have theirs. */
export function createLiveFeed({
  database,
  log,
  metrics,
  now = () => new Date(),
}: {
  database: Database;
  log: Log;
  metrics?: HandOffMetrics;
  now?: () => Date;
}): LiveFeed {
  interface Page {
    communeId: string;
    conversationId: string | null;
    onChange: (change: Change) => void;
  }
  const pages = new Set<Page>();
  /** What was told: `kind id` → what stood there, and when it was seen last. */
  const told = new Map<string, { mark: string; at: number }>();

  const look = async () => {
    if (pages.size === 0) return false;
    const at = now().getTime();
    const communes = [...new Set([...pages].map(({ communeId }) => communeId))];
    const open = new Map(
      [...pages].flatMap(({ communeId, conversationId: id }) =>
        id ? [[`${communeId} ${id}`, { id, commune_id: communeId }] as const] : [],
      ),
    );
    const stop = metrics?.liveSeconds.startTimer();
    const rows = await database.run<{
      kind: 'said' | 'episode' | 'officers' | 'open';
      commune_id: string;
      id: string;
      mark: string;
    }>('handoff.live', LOOK, [
      JSON.stringify(communes),
      idAt(at - OVERLAP_MS),
      idAt(at + AHEAD_MS),
      new Date(at - OVERLAP_MS).toISOString(),
      JSON.stringify([...open.values()]),
      new Date(at).toISOString(),
      new Date(at - HERE_TTL_MS).toISOString(),
    ]);
    stop?.();
    const changes = new Map<string, { ids: Set<string>; hasOfficerChange: boolean }>();
    for (const { kind, commune_id: communeId, id, mark } of rows) {
      const key = `${kind} ${communeId} ${id}`;
      const before = told.get(key);
      told.set(key, { mark, at });
      if (before?.mark === mark) continue;
      // how a page found it when it was opened is no change
      if (!before && (kind === 'officers' || kind === 'open')) continue;
      const change = changes.get(communeId) ?? { ids: new Set(), hasOfficerChange: false };
      changes.set(communeId, change);
      if (kind === 'officers') change.hasOfficerChange = true;
      else change.ids.add(id);
    }
    for (const [key, { at: seenAt }] of told) if (at - seenAt > 2 * OVERLAP_MS) told.delete(key);
    for (const page of [...pages]) {
      const change = changes.get(page.communeId);
      if (!change) continue;
      try {
        page.onChange({
          communeId: page.communeId,
          conversationIds: [...change.ids],
          hasOfficerChange: change.hasOfficerChange,
        });
      } catch (error) {
        // one page that went away keeps nobody else from hearing it
        log.warn('live.page_failed', { communeId: page.communeId, error: String(error) });
      }
    }
    return false;
  };

  const loop = createWorkLoop(look, {
    idleMs: TICK_MS,
    onError: (error) => log.warn('live.look_failed', { error }),
  });

  return {
    watch({ communeId, conversationId = null }, onChange) {
      const page: Page = { communeId, conversationId, onChange };
      pages.add(page);
      return {
        open(id) {
          page.conversationId = id;
        },
        leave: () => void pages.delete(page),
      };
    },
    wake: loop.wake,
    start: loop.start,
    stop: loop.stop,
  };
}

const LOOK = `
with communes_seen as (
  select value::uuid as id from jsonb_array_elements_text($1::jsonb)
), opened as (
  select * from jsonb_to_recordset($5::jsonb) as o(id uuid, commune_id uuid)
)
select 'said' as kind, m.commune_id, m.conversation_id::text as id, max(m.id::text) as mark
from communes_seen s cross join lateral (
  select commune_id, conversation_id, id from messages
  where commune_id = s.id and id > $2::uuid and id < $3::uuid offset 0
) m group by 2, 3
union all
select 'episode', h.commune_id, h.conversation_id::text, extract(epoch from max(h.changed_at))::text
from communes_seen s cross join lateral (
  select commune_id, conversation_id, changed_at from handoffs
  where commune_id = s.id and changed_at > $4::timestamptz offset 0
) h group by 2, 3
union all
select 'officers', f.commune_id, f.commune_id::text, md5(string_agg(
  f.id::text || f.name || f.title || f.fields::text || f.is_active
    || (f.presence = 'here' and coalesce(f.last_seen_at >= $7::timestamptz, false)), ',' order by f.id))
from communes_seen s join officers f on f.commune_id = s.id group by 2
union all
select 'open', p.commune_id, p.id::text, md5(
  coalesce((select string_agg(o.id || o.status || (o.delivered_at is not null) || (o.seen_at is not null), ',' order by o.id)
    from (select id, status, delivered_at, seen_at from outbox
      where commune_id = p.commune_id and conversation_id = p.id order by id desc limit 30) o), '') || ':' ||
  coalesce((select string_agg(l.officer_id::text || l.is_typing, ',' order by l.officer_id) from officer_looks l
    where l.commune_id = p.commune_id and l.conversation_id = p.id and l.until > $6::timestamptz), ''))
from opened p`;
