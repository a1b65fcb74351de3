import type { Done } from './acts.ts';
import type { OfficerCard, Staff } from './handoff.ts';

/** Questions the assistant could not answer, grouped: same reason, same procedure or the same words. */
export interface Unanswered {
  key: string;
  why: 'not_in_catalogue' | 'record_lacks_fact' | 'failed' | 'not_understood' | 'wrong';
  whyText: string;
  procedureCode: string | null;
  aspect: string | null;
  /** Newest wordings, personal numbers hidden. */
  examples: { conversationId: string; messageId: string; text: string; at: Date }[];
  count: number;
  lastAt: Date;
  /** What an officer wrote as the better text. */
  betterText: string | null;
}

export interface Quality {
  /** An officer's word on an answer of the assistant; the newest of each officer counts. */
  review(staff: Staff, messageId: string, verdict: 'right' | 'wrong', options?: { betterText?: string }): Promise<Done>;
  /** @param days 1…365, 30 when absent */
  unanswered(staff: Staff, options?: { days?: number }): Promise<Unanswered[]>;
  /** "Đã xử lý": leaves the list until asked again. */
  settle(staff: Staff, key: string): Promise<Done>;
  /** Times are medians and 90th percentiles in minutes of opening time. */
  figures(staff: Staff, from: Date, to: Date): Promise<Figures>;
}

export interface Figures {
  episodes: number;
  firstReply: { median: number | null; p90: number | null };
  resolution: { median: number | null; p90: number | null };
  withinTarget: number;
  promises: { kept: number; broken: number };
  ratings: { count: number; average: number | null; byStars: number[] };
  byOfficer: { officer: OfficerCard; episodes: number; firstReplyMedian: number | null; rating: number | null }[];
}
