import type { Channel, ChannelName } from '../channels/channel.ts';
import { addOpenMinutes, openMinutesBetween } from '../communes/calendar.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import { type Episode, INBOX_WORDS, type OfficerCard, REASON_WORDS } from './handoff.ts';
import type { ListItem } from './inbox-view.ts';
import { replyWindow } from './reply-window.ts';

export interface LineRow {
  conversation_id: string;
  channel: ChannelName;
  owner: 'bot' | 'waiting' | 'officer';
  owner_since: Date;
  last_user_at: Date | null;
  staff_read_at: Date | null;
  tags: string[];
  episode_id: string | null;
  reason: Episode['reason'];
  field: string | null;
  headline: string | null;
  queued_at: Date;
  taken_at: Date | null;
  first_reply_at: Date | null;
  promised_at: Date | null;
  due_at: Date | null;
  escalated_at: Date | null;
  closed_at: Date | null;
  rating: number | null;
  sort_key: string;
  display_name: string | null;
  f_id: string | null;
  f_name: string;
  f_title: string;
  last_author: 'citizen' | 'bot' | 'officer' | 'other_app' | null;
  last_text: string;
  last_content: Record<string, unknown> | null;
  last_at: Date;
  waiting_since: Date | null;
  has_failed: boolean;
}

export type EpisodeRow = Pick<
  LineRow,
  'reason' | 'field' | 'queued_at' | 'taken_at' | 'first_reply_at' | 'promised_at'
> &
  Pick<LineRow, 'due_at' | 'escalated_at' | 'closed_at' | 'rating' | 'f_id' | 'f_name' | 'f_title'> & {
    id: string;
    asked_by: Episode['askedBy'];
    summary: Episode['summary'];
    last_reply_at: Date | null;
    is_promise_kept: boolean | null;
    close_kind: Episode['closeKind'];
    rating_words: string | null;
  };

const cardOf = (row: { f_id: string | null; f_name: string; f_title: string }): OfficerCard | null =>
  row.f_id ? { id: row.f_id, name: row.f_name, title: row.f_title } : null;

export const toEpisode = (row: EpisodeRow): Episode => ({
  id: row.id,
  reason: row.reason,
  reasonText: REASON_WORDS[row.reason],
  askedBy: row.asked_by,
  field: row.field,
  summary: row.summary,
  officer: cardOf(row),
  queuedAt: row.queued_at,
  takenAt: row.taken_at,
  firstReplyAt: row.first_reply_at,
  promisedAt: row.promised_at,
  isPromiseKept: row.is_promise_kept,
  escalatedAt: row.escalated_at,
  closedAt: row.closed_at,
  closeKind: row.close_kind,
  rating: row.rating,
  ratingWords: row.rating_words,
});

/** Rows as officers read them: how long somebody waits, until when one may write, what the line shows. */
export function createLines({ channel, now }: { channel: (name: Channel['name']) => Channel; now: () => Date }) {
  const windowOf = (name: ChannelName, lastUserAt: Date | null, isAwaited: boolean, settings: CommuneSettings) =>
    replyWindow(name, channel(name).limits, lastUserAt, {
      now: now(),
      warnBeforeMinutes: settings.handoff.warnBeforeWindowMinutes,
      isAwaited,
    });

  const waitOf = (
    since: Date | null,
    { owner, promised_at: promised, due_at: due }: Pick<LineRow, 'owner' | 'promised_at' | 'due_at'>,
    settings: CommuneSettings,
  ): ListItem['wait'] => {
    if (!since) return 'none';
    const at = now();
    const told = owner === 'waiting' ? earliest(promised, due) : null;
    const until = told ?? addOpenMinutes(settings, since, settings.officerReplyMinutes);
    if (!until) return 'fine';
    if (at > until) return 'late';
    const whole = openMinutesBetween(settings, since, until);
    return openMinutesBetween(settings, at, until) < whole / 3 ? 'soon' : 'fine';
  };

  const toItem = (row: LineRow, settings: CommuneSettings): ListItem => {
    const waitingSince = row.owner === 'waiting' ? row.owner_since : row.waiting_since;
    const isOpen = row.episode_id !== null && row.closed_at === null;
    return {
      conversationId: row.conversation_id,
      channel: row.channel,
      citizenName: row.display_name,
      owner: row.owner,
      episode: row.episode_id
        ? {
            id: row.episode_id,
            reason: row.reason,
            reasonText: REASON_WORDS[row.reason],
            field: row.field,
            headline: row.headline,
            officer: cardOf(row),
            inboxText: isOpen && row.owner === 'officer' && row.f_id === null ? INBOX_WORDS[row.channel] : null,
            queuedAt: row.queued_at,
            promisedAt: row.promised_at,
            escalatedAt: row.escalated_at,
            closedAt: row.closed_at,
            rating: row.rating,
          }
        : null,
      lastWords: row.last_author
        ? {
            author: row.last_author === 'bot' ? 'assistant' : row.last_author,
            text: row.last_text || attachmentWords(row.last_content),
            at: row.last_at,
          }
        : null,
      isUnread:
        row.owner !== 'bot' &&
        row.last_user_at !== null &&
        (row.staff_read_at === null || row.last_user_at > row.staff_read_at),
      waitingSince,
      wait: waitOf(waitingSince, row, settings),
      window: windowOf(row.channel, row.last_user_at, waitingSince !== null, settings),
      tags: row.tags,
      hasFailedSend: row.has_failed,
    };
  };

  return { windowOf, waitOf, toItem };
}

const earliest = (a: Date | null, b: Date | null) => (a && b ? (a < b ? a : b) : (a ?? b));

const ATTACHMENTS: Record<string, string> = {
  image: '[ảnh]',
  gif: '[ảnh động]',
  audio: '[tin thoại]',
  video: '[video]',
  file: '[tệp]',
  sticker: '[nhãn dán]',
  location: '[vị trí]',
  link: '[đường dẫn]',
  contact: '[danh thiếp]',
};

function attachmentWords(content: Record<string, unknown> | null): string {
  const list = Array.isArray(content?.attachments) ? (content.attachments as { kind?: string }[]) : [];
  if (list.length > 0) return list.map(({ kind = '' }) => ATTACHMENTS[kind] ?? '[đính kèm]').join(' ');
  return content?.payload === undefined ? '' : '[bấm nút]';
}
