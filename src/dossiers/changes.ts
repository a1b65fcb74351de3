import { createHash } from 'node:crypto';
import { addWorkingDays, type Calendar, isWorkingDay, localTime } from '../communes/calendar.ts';
import type { DossierState, DossierView } from './dossier.ts';

/** What a watch remembers of a dossier: level L0 only, papers asked for are merely told apart. Moments are ISO text. */
export interface Snapshot {
  /** Grows with every change: names the change, so that a repeat writes nothing. */
  version: number;
  state: DossierState;
  /** The date that counts: the moved one where there is one. */
  dueAt?: string;
  missingDigest?: string;
  /** When `state` was first seen. */
  stateSince: string;
  /** When the data was true. */
  asOf?: string;
  /** The source has not known the dossier since then. */
  goneSince?: string;
}

export type NoticeKind = 'state' | 'due_moved' | 'due_soon' | 'overdue' | 'ready_reminder';
export const NOTICE_KINDS: readonly NoticeKind[] = ['state', 'due_moved', 'due_soon', 'overdue', 'ready_reminder'];

/** What a notice tells, at level L0: no name, procedure, reason or amount. Days are local, "2026-11-30". */
export interface NoticeFacts {
  state: DossierState;
  dueDate?: string;
  /** Only when the day was moved. */
  previousDueDate?: string;
  /** State 5 again: other papers than before. */
  areOtherPapers?: boolean;
  /** When the data was true, ISO; and whose it is. */
  asOf: string;
  source: string;
}

export interface Change {
  kind: NoticeKind;
  key: string;
  facts: NoticeFacts;
}

/** Nothing can change any more. */
export const isOver = (state: DossierState) => state === 3 || state === 7 || state === 10;
/** The clock of the due date runs. */
export const isRunning = (state: DossierState) => state === 2 || state === 4;

export function snapshotOf(view: DossierView, now: Date): Snapshot {
  const dueAt = view.newDueAt ?? view.dueAt;
  const missing = view.missing?.filter((paper) => paper.trim() !== '') ?? [];
  return {
    version: 1,
    state: view.state,
    ...(dueAt ? { dueAt: dueAt.toISOString() } : {}),
    ...(missing.length > 0 ? { missingDigest: digestOf(missing) } : {}),
    stateSince: now.toISOString(),
  };
}

/**
 * The difference between what was last told and what a source says now, as at most one thing to tell.
 * @param watchedSince reminders whose hour came before the citizen asked were told then
 */
export function compare(
  before: Snapshot,
  found: { dossier: DossierView; asOf: Date; source: string },
  options: { now: Date; watchedSince: Date; calendar: Calendar; collectAfterWorkingDays: number },
): { after: Snapshot; change: Change | null } {
  const { now } = options;
  const seen = snapshotOf(found.dossier, now);
  // A word nobody has mapped, or a date that is missing for once, is no news.
  const state = seen.state === 'unknown' ? before.state : seen.state;
  const dueAt = seen.dueAt ?? before.dueAt;
  const missingDigest = seen.missingDigest ?? (state === before.state ? before.missingDigest : undefined);
  const isNewState = state !== before.state;
  const hasOtherPapers =
    state === 5 && !isNewState && before.missingDigest !== undefined && missingDigest !== before.missingDigest;
  const dueDate = dueAt ? dayOf(dueAt) : undefined;
  const oldDueDate = before.dueAt ? dayOf(before.dueAt) : undefined;
  const isDueMoved = dueDate !== oldDueDate && !isOver(state) && state !== 9;
  const isChange = isNewState || hasOtherPapers || isDueMoved;
  const version = before.version + (isChange ? 1 : 0);
  const after: Snapshot = {
    version,
    state,
    ...(dueAt ? { dueAt } : {}),
    ...(missingDigest ? { missingDigest } : {}),
    stateSince: isNewState ? seen.stateSince : before.stateSince,
    asOf: found.asOf.toISOString(),
  };
  const facts: NoticeFacts = {
    state,
    ...(dueDate ? { dueDate } : {}),
    ...(isDueMoved && oldDueDate ? { previousDueDate: oldDueDate } : {}),
    ...(hasOtherPapers ? { areOtherPapers: true } : {}),
    asOf: found.asOf.toISOString(),
    source: found.source,
  };
  if (isNewState || hasOtherPapers) return { after, change: { kind: 'state', key: `state:${version}`, facts } };
  if (isDueMoved) return { after, change: { kind: 'due_moved', key: `due:${version}`, facts } };
  const reminder = reminderOf(after, found.dossier, options);
  return { after, change: reminder && { ...reminder, facts } };
}

function reminderOf(
  { state, dueAt, stateSince }: Snapshot,
  dossier: DossierView,
  {
    now,
    watchedSince,
    calendar,
    collectAfterWorkingDays,
  }: { now: Date; watchedSince: Date; calendar: Calendar; collectAfterWorkingDays: number },
): Pick<Change, 'kind' | 'key'> | null {
  const today = localTime(now).date;
  const firstDay = localTime(watchedSince).date;
  if (isRunning(state) && dueAt) {
    const due = dayOf(dueAt);
    if (today > due) return due >= firstDay ? { kind: 'overdue', key: `overdue:${due}` } : null;
    const eve = workingDayBefore(calendar, due);
    if (today >= eve && eve > firstDay) return { kind: 'due_soon', key: `due_soon:${due}` };
  }
  if (state === 9 && collectAfterWorkingDays > 0) {
    const readyAt = dossier.finishedAt ?? new Date(stateSince);
    const remindOn = addWorkingDays(calendar, readyAt, collectAfterWorkingDays);
    if (today >= remindOn && remindOn > firstDay) {
      return { kind: 'ready_reminder', key: `ready:${localTime(readyAt).date}` };
    }
  }
  return null;
}

/** The last working day before a local day. */
export function workingDayBefore(calendar: Calendar, date: string): string {
  for (let back = 1; back < 60; back++) {
    const day = localTime(new Date(Date.parse(`${date}T00:00:00+07:00`) - back * 86_400_000)).date;
    if (isWorkingDay(calendar, day)) return day;
  }
  return date;
}

const dayOf = (iso: string) => localTime(new Date(iso)).date;

const digestOf = (papers: string[]) =>
  createHash('sha256')
    .update(JSON.stringify(papers.map((paper) => paper.normalize('NFC').trim()).sort()))
    .digest('base64url')
    .slice(0, 12);
