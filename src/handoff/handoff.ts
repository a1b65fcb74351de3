import type { ChannelName } from '../channels/channel.ts';

/** Why a person answers, or is asked for. The first six are guidance's; see `Answer.handOff`. */
export type HandOffReason =
  | 'asked'
  | 'not_understood'
  | 'complaint'
  | 'emergency'
  | 'sensitive'
  | 'failed'
  /** Somebody of the commune answered in Zalo's or Meta's own inbox; who, the platform does not say. */
  | 'platform_inbox'
  /** An officer stepped in unasked. */
  | 'officer'
  | 'reopened';

/** Who opened the episode. */
export type AskedBy = 'citizen' | 'assistant' | 'officer';

/** What became of an episode when it ended. */
export type CloseKind =
  /** An officer pressed "Kết thúc". */
  | 'resolved'
  /** An officer gave the conversation back to the assistant. */
  | 'released'
  /** The citizen went back to the assistant. */
  | 'resumed'
  /** Nobody wrote for the time the commune set. */
  | 'silence';

/** In plain Vietnamese, for lists and cards. */
export const REASON_WORDS: Record<HandOffReason, string> = {
  asked: 'Xin gặp cán bộ',
  not_understood: 'Trợ lý không hiểu câu hỏi',
  complaint: 'Phàn nàn, phản ánh',
  emergency: 'Việc khẩn cấp',
  sensitive: 'Việc nhạy cảm',
  failed: 'Trợ lý gặp sự cố',
  platform_inbox: 'Trả lời từ hộp thư của nền tảng',
  officer: 'Cán bộ chủ động nhận',
  reopened: 'Mở lại',
};

export const INBOX_WORDS: Record<ChannelName, string> = { zalo: 'từ hộp thư Zalo', messenger: 'từ hộp thư Meta' };

/** Who acts: every act and every view is bound to the commune of the signed-in officer. */
export interface Staff {
  communeId: string;
  officerId: string;
}

/** An officer as colleagues and citizens see them. */
export interface OfficerCard {
  id: string;
  name: string;
  title: string;
}

/** What an officer needs to know before the first word; made by rules from what was said and read. */
export interface Summary {
  /** One line: what it is about. */
  headline: string;
  /** The citizen's own words, newest questions first, personal numbers hidden. */
  asked: string[];
  procedure: { code: string; name: string; field: string; caseName: string | null } | null;
  /** Canonical numbers spoken of. */
  dossierNumbers: string[];
  /** What the assistant told, a line each, with the record it quoted. */
  told: { text: string; code: string | null; asOf: string | null }[];
  /** What is still open, and why a person is needed, in plain Vietnamese. */
  open: string;
  reason: string;
  /** The same retold by a model, a few seconds later, where one is configured. */
  machine?: MachineSummary;
}

/** Plain text; its figures, dates, links and names stand in the conversation. Shown as a machine's words. */
export interface MachineSummary {
  headline: string;
  wants: string;
  /** Empty: nothing. */
  told: string;
  needs: string;
  promptVersion: string;
}

/** One time a person was needed: a row of `handoffs`. */
export interface Episode {
  id: string;
  reason: HandOffReason;
  reasonText: string;
  askedBy: AskedBy;
  /** Of the catalogue; null: not known. */
  field: string | null;
  summary: Summary | null;
  /** Suggested while waiting, in charge once taken; null with `takenAt` set: somebody in the platform's own inbox. */
  officer: OfficerCard | null;
  queuedAt: Date;
  takenAt: Date | null;
  firstReplyAt: Date | null;
  /** Told to the citizen; kept: null while open. */
  promisedAt: Date | null;
  isPromiseKept: boolean | null;
  escalatedAt: Date | null;
  closedAt: Date | null;
  closeKind: CloseKind | null;
  rating: number | null;
  ratingWords: string | null;
}
