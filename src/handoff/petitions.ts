import type { Done } from './acts.ts';
import type { OfficerCard, Staff } from './handoff.ts';

export type PetitionStatus = 'received' | 'in_progress' | 'answered' | 'forwarded' | 'closed';

export const PETITION_WORDS: Record<PetitionStatus, string> = {
  received: 'đã tiếp nhận',
  in_progress: 'đang xem xét',
  answered: 'đã trả lời',
  forwarded: 'đã chuyển cơ quan khác',
  closed: 'đã kết thúc',
};

/** A complaint or proposal with the number the citizen can ask about. */
export interface Petition {
  id: string;
  /** "PA-261130-7K4M": day received, three characters and a check character. */
  number: string;
  conversationId: string;
  status: PetitionStatus;
  statusText: string;
  text: string;
  receivedAt: Date;
  dueAt: Date | null;
  officer: OfficerCard | null;
  answer: string | null;
  answeredAt: Date | null;
}

export interface Petitions {
  list(
    staff: Staff,
    options?: { status?: PetitionStatus; cursor?: string },
  ): Promise<{ items: Petition[]; nextCursor: string | null }>;
  byNumber(staff: Staff, number: string): Promise<Petition | null>;
  /** An officer records what the citizen said; the citizen is told the number. */
  record(staff: Staff, conversationId: string, text: string): Promise<Done<{ number: string }>>;
  /** State and, with `answered`, the words told to the citizen. */
  update(staff: Staff, number: string, change: { status: PetitionStatus; answer?: string }): Promise<Done>;
}
