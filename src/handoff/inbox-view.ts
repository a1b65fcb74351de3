import type { Button, ChannelName } from '../channels/channel.ts';
import type { Episode, HandOffReason, OfficerCard, Staff, Summary } from './handoff.ts';
import type { ReplyWindow } from './reply-window.ts';

export type { ReplyWindow };

/** The lists of the console. `all`: every conversation, also those the assistant answers, newest act first. */
export type Tab = 'waiting' | 'mine' | 'all' | 'closed';

export interface ListQuery {
  tab: Tab;
  /** Words (with or without marks), a citizen's name, a dossier number or a petition's number; at most 100 characters. */
  search?: string;
  channel?: ChannelName;
  reason?: HandOffReason;
  field?: string;
  tag?: string;
  officerId?: string;
  isUnread?: boolean;
  /** Past the promised time or the commune's target. */
  isLate?: boolean;
  /** `nextCursor` of the page before. */
  cursor?: string;
  /** 1…100, 50 when absent. */
  limit?: number;
}

export interface ListItem {
  conversationId: string;
  channel: ChannelName;
  citizenName: string | null;
  owner: 'bot' | 'waiting' | 'officer';
  /** Of the open episode, else of the last; null: no person was ever needed. */
  episode: {
    id: string;
    reason: HandOffReason;
    reasonText: string;
    field: string | null;
    headline: string | null;
    officer: OfficerCard | null;
    /** Answered in the platform's own inbox: "từ hộp thư Zalo". */
    inboxText: string | null;
    queuedAt: Date;
    promisedAt: Date | null;
    escalatedAt: Date | null;
    closedAt: Date | null;
    rating: number | null;
  } | null;
  lastWords: { author: Author; text: string; at: Date } | null;
  isUnread: boolean;
  /** The citizen has waited for a person since; null: nobody waits. */
  waitingSince: Date | null;
  /** `late`: past the promise or target; `soon`: less than a third of the time is left. */
  wait: 'none' | 'fine' | 'soon' | 'late';
  window: ReplyWindow;
  tags: string[];
  /** Something an officer wrote did not leave. */
  hasFailedSend: boolean;
}

export interface ListPage {
  items: ListItem[];
  nextCursor: string | null;
}

/** What an officer holds. */
export interface OwnCounts {
  mine: number;
  /** Of mine: the citizen wrote and I have not looked. */
  unread: number;
}

export interface Counts extends OwnCounts {
  waiting: number;
  late: number;
}

/** Those of everybody in a commune, counted at once. */
export interface CommuneCounts {
  waiting: number;
  late: number;
  /** By the ids of those who hold something. */
  officers: Record<string, OwnCounts>;
}

export const countsOf = ({ waiting, late, officers }: CommuneCounts, officerId: string): Counts => ({
  ...{ waiting, late, mine: 0, unread: 0 },
  ...officers[officerId],
});

/** `assistant`: the machine; `officer`: a person; `system`: the house itself; `note`: for staff only, never sent. */
export type Author = 'citizen' | 'assistant' | 'officer' | 'other_app' | 'system' | 'note';

export interface TranscriptEntry {
  id: string;
  author: Author;
  /** "trợ lý tự động", "Nguyễn Thị Thử, công chức tư pháp – hộ tịch", "cán bộ (từ hộp thư Zalo)", … */
  authorText: string;
  isMachine: boolean;
  officer: OfficerCard | null;
  text: string;
  at: Date;
  /** What was offered below the words. */
  buttons: Button[];
  /** A button was pressed, nothing typed. */
  isPress: boolean;
  /** Kinds always; addresses only of what we sent ourselves. */
  attachments: { kind: string; name: string | null; url: string | null }[];
  /** Of what was to leave; null for what came in and for notes. */
  delivery: {
    state: 'queued' | 'sending' | 'sent' | 'delivered' | 'seen' | 'failed' | 'held' | 'cancelled';
    /** Why it did not leave, in plain Vietnamese. */
    why: string | null;
    /** "Gửi lại" may be offered: pass the entry's id to `acts.resend`. */
    canResend: boolean;
    at: Date | null;
  } | null;
  /** On the assistant's first bubble of a turn. */
  answer: {
    outcome: string | null;
    source: string | null;
    procedureCode: string | null;
    records: { code: string; asOf: string }[];
    review: { verdict: 'right' | 'wrong'; betterText: string | null; officer: OfficerCard | null; at: Date } | null;
  } | null;
}

export interface Detail {
  conversationId: string;
  channel: ChannelName;
  accountId: string;
  citizen: { id: string; name: string | null; firstSeenAt: Date };
  owner: 'bot' | 'waiting' | 'officer';
  /** The open episode. */
  episode: Episode | null;
  /** Episodes before, newest first. */
  history: Episode[];
  summary: Summary | null;
  /** Newest page, oldest first. */
  entries: TranscriptEntry[];
  /** Pass to `earlier`; null: that is all. */
  earlierCursor: string | null;
  window: ReplyWindow;
  tags: string[];
  waitingSince: Date | null;
  wait: ListItem['wait'];
  /** What this officer may do now; the acts check it again. */
  may: { take: boolean; reply: boolean; transfer: boolean; release: boolean; close: boolean; reopen: boolean };
  /** What this officer was writing. */
  draft: string;
  /** Colleagues who look at it now. */
  others: { officer: OfficerCard; isTyping: boolean }[];
  petitions: { number: string; status: string; statusText: string }[];
  /** Procedure last spoken of, for "Chèn câu trả lời chính thức". */
  procedureCode: string | null;
}

/** What officers read. Nothing here changes who answers. */
export interface InboxView {
  list(staff: Staff, query: ListQuery): Promise<ListPage>;
  counts(staff: Pick<Staff, 'communeId'>): Promise<CommuneCounts>;
  /** @returns null when the commune has no such conversation */
  detail(staff: Staff, conversationId: string): Promise<Detail | null>;
  /** One more page of the transcript, oldest first. */
  earlier(
    staff: Staff,
    conversationId: string,
    cursor: string,
  ): Promise<{ entries: TranscriptEntry[]; earlierCursor: string | null }>;
  /** Who may be handed a conversation: active officers, those here first, with what they hold. */
  colleagues(staff: Staff): Promise<(OfficerCard & { fields: string[]; isHere: boolean; holds: number })[]>;
  /** Comments under the page's posts of the last days, newest first: what was answered in private, what is left to staff. */
  comments(staff: Staff): Promise<PageComment[]>;
  /** Waiting past target or promise, window ending, failed sends, broken promises of today: for leads, worst first. */
  alerts(staff: Pick<Staff, 'communeId'>): Promise<Alert[]>;
}

export interface PageComment {
  commentId: string;
  /** Where staff answer it in public. */
  url: string;
  text: string;
  at: Date;
  status: 'replied' | 'no_question' | 'not_sure' | 'too_old' | 'removed';
}

export interface Alert {
  kind: 'not_taken' | 'promise_near' | 'promise_broken' | 'window_ending' | 'not_resolved' | 'send_failed';
  /** A sentence. */
  text: string;
  conversationId: string;
  citizenName: string | null;
  officer: OfficerCard | null;
  since: Date;
}
