import type { Database } from '../db/client.ts';
import type { NoticeMetrics } from './notice-metrics.ts';

const DAY_MS = 86_400_000;
/** An ended watch is kept so long as proof of consent. */
export const KEEP_ENDED_MS = 365 * DAY_MS;
/** What could not be told for so long is no news any more; the state is told when the citizen asks. */
const KEEP_WAITING_MS = 60 * DAY_MS;

/** Drops what is too old to be told and deletes what need not be kept. Any number of processes may do it. */
export async function tidyNotices(database: Database, now: Date): Promise<void> {
  const before = (ms: number) => new Date(now.getTime() - ms).toISOString();
  await database.run(
    'notices.drop_old',
    `update dossier_notices set status = 'dropped', why_waiting = 'too_old'
     where status = 'waiting' and created_at < $1::timestamptz`,
    [before(KEEP_WAITING_MS)],
  );
  await database.run(
    'watches.delete_ended',
    `with gone as (
       delete from dossier_watches
       where (withdrawn_at is not null or ended_reason is not null)
         and coalesce(withdrawn_at, last_seen_at, consented_at) < $1::timestamptz
       returning commune_id, id
     )
     delete from dossier_notices n using gone g where n.commune_id = g.commune_id and n.watch_id = g.id`,
    [before(KEEP_ENDED_MS)],
  );
}

export async function countNotices(database: Database, metrics: Pick<NoticeMetrics, 'watches' | 'waiting'>) {
  const [row] = await database.run<{ watches: number; waiting: number }>(
    'notices.count',
    `select (select count(*)::int from dossier_watches where poll_at is not null) as watches,
       (select count(*)::int from dossier_notices where status = 'waiting') as waiting`,
  );
  metrics.watches.set(row?.watches ?? 0);
  metrics.waiting.set(row?.waiting ?? 0);
}
