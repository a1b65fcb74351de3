import { type Calendar, isWorkingDay, localTime } from '../communes/calendar.ts';
import type { Database } from '../db/client.ts';
import type { NoticeKind } from './changes.ts';
import type { DossierState } from './dossier.ts';

/** For staff: what citizens asked to be told, and what did not reach them. */
export interface OpenNotice {
  id: string;
  conversationId: string;
  code: string;
  kind: NoticeKind;
  status: 'due' | 'queued' | 'waiting';
  state: DossierState;
  writtenAt: Date;
  /** Not before this; a time to come when quiet hours hold it. */
  sendAt: Date;
  /** Why it has not left: officer, no_carrier, or what was wrong with each carrier. */
  why: string | null;
  isSeenByStaff: boolean;
}

/** Notices that have not reached their citizen, oldest first. */
export async function listOpenNotices(
  database: Database,
  communeId: string,
  { limit = 200 } = {},
): Promise<OpenNotice[]> {
  const rows = await database.run<Record<string, unknown>>(
    'notices.open',
    `select n.id, n.conversation_id, w.code, n.kind, n.status, coalesce(w.last_seen, n.facts) ->> 'state' as state,
       n.created_at, n.send_at, n.why_waiting, n.is_seen_by_staff
     from dossier_notices n join dossier_watches w on w.commune_id = n.commune_id and w.id = n.watch_id
     where n.commune_id = $1 and n.status in ('due', 'queued', 'waiting')
     order by n.created_at limit $2`,
    [communeId, limit],
  );
  return rows.map((row) => ({
    id: row.id as string,
    conversationId: row.conversation_id as string,
    code: row.code as string,
    kind: row.kind as NoticeKind,
    status: row.status as OpenNotice['status'],
    state: row.state === 'unknown' ? 'unknown' : (Number(row.state) as DossierState),
    writtenAt: row.created_at as Date,
    sendAt: row.send_at as Date,
    why: row.why_waiting as string | null,
    isSeenByStaff: row.is_seen_by_staff as boolean,
  }));
}

export async function markNoticesSeen(database: Database, communeId: string, ids: string[]): Promise<void> {
  await database.run(
    'notices.seen',
    `update dossier_notices set is_seen_by_staff = true
     where commune_id = $1 and id in (select i::uuid from jsonb_array_elements_text($2::jsonb) as i)`,
    [communeId, JSON.stringify(ids)],
  );
}

/**
 * Tries what waits once more, for instance after a template was approved or money was added.
 * @returns how many
 */
export async function retryNotices(database: Database, communeId: string, now: Date): Promise<number> {
  const rows = await database.run(
    'notices.retry',
    `update dossier_notices set status = 'due', tried = '[]', why_waiting = null, send_at = $2::timestamptz
     where commune_id = $1 and status = 'waiting' and why_waiting is distinct from 'officer' returning id`,
    [communeId, now.toISOString()],
  );
  return rows.length;
}

export interface DueDossier {
  code: string;
  state: DossierState;
  /** Local day. */
  dueDate: string;
  isOverdue: boolean;
  /** Citizens who asked to be told. */
  watchers: number;
}

/** Watched dossiers being worked on that are due by the next working day, or late; the latest first. */
export async function listDueDossiers(
  database: Database,
  communeId: string,
  calendar: Calendar,
  now: Date,
): Promise<DueDossier[]> {
  const today = localTime(now).date;
  const until = nextWorkingDay(calendar, now);
  const rows = await database.run<{ code: string; state: string; due_at: string; watchers: number }>(
    'watches.due_dossiers',
    `select code, max(last_seen ->> 'state') as state, max(last_seen ->> 'dueAt') as due_at, count(*)::int as watchers
     from dossier_watches
     where commune_id = $1 and poll_at is not null and last_seen ->> 'state' in ('2', '4')
       and (last_seen ->> 'dueAt')::timestamptz < $2::timestamptz
     group by code order by 3, 1 limit 1000`,
    [communeId, new Date(Date.parse(`${until}T24:00:00+07:00`)).toISOString()],
  );
  return rows.map(({ code, state, due_at, watchers }) => {
    const dueDate = localTime(new Date(due_at)).date;
    return { code, state: Number(state) as DossierState, dueDate, isOverdue: dueDate < today, watchers };
  });
}

function nextWorkingDay(calendar: Calendar, now: Date): string {
  for (let step = 1; ; step++) {
    const { date } = localTime(new Date(now.getTime() + step * 86_400_000));
    if (step > 60 || isWorkingDay(calendar, date)) return date;
  }
}

/** What notices cost between two moments, by carrier. */
export async function noticeCosts(
  database: Database,
  communeId: string,
  from: Date,
  to: Date,
): Promise<{ carrier: string; sent: number; costVnd: number }[]> {
  return database.run(
    'notices.costs',
    `select carrier, count(*)::int as sent, coalesce(sum(cost_vnd), 0)::int as "costVnd" from dossier_notices
     where commune_id = $1 and status = 'sent' and queued_at >= $2::timestamptz and queued_at < $3::timestamptz
     group by carrier order by carrier`,
    [communeId, from.toISOString(), to.toISOString()],
  );
}
