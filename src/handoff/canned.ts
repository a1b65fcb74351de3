import type { Done } from './acts.ts';
import type { Staff } from './handoff.ts';

/** "/giochuyen": a ready answer; `officerId` null: the commune's, for everyone. */
export interface CannedAnswer {
  id: string;
  officerId: string | null;
  /** Typed after "/": letters without marks, digits, hyphens. */
  shortcut: string;
  title: string;
  /** May hold {ten_can_bo}, {chuc_danh}, {co_quan}, {dia_chi}, {dien_thoai}, {gio_lam_viec}, {ten_nguoi_dan}, {ma_ho_so}, {thu_tuc}. */
  text: string;
}

export interface CannedAnswers {
  /** The commune's and this officer's own, by shortcut. */
  list(staff: Staff): Promise<CannedAnswer[]>;
  /** Makes or changes one; the commune's only `asLead` (the caller checks the role). */
  save(
    staff: Staff,
    answer: { id?: string; isShared: boolean; shortcut: string; title: string; text: string },
    options?: { asLead?: boolean },
  ): Promise<Done<{ id: string }>>;
  remove(staff: Staff, id: string, options?: { asLead?: boolean }): Promise<Done>;
  /** With the gaps filled for a conversation; a gap nobody knows the words of stays as it is, and is named. */
  fill(staff: Staff, id: string, conversationId: string): Promise<{ text: string; missing: string[] } | null>;
}
