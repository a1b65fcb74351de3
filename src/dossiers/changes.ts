import { createHash } from 'node:crypto';
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
  /** The source has not known the dossier since then. */
  goneSince?: string;
}

/** Nothing can change any more. */
export const isOver = (state: DossierState) => state === 3 || state === 7 || state === 10;

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

const digestOf = (papers: string[]) =>
  createHash('sha256')
    .update(JSON.stringify(papers.map((paper) => paper.normalize('NFC').trim()).sort()))
    .digest('base64url')
    .slice(0, 12);
