import type { ChannelName } from '../channels/channel.ts';
import { addOpenMinutes } from '../communes/calendar.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { OfficerCard } from './handoff.ts';
import type { Alert } from './inbox-view.ts';
import { CHANNEL_WORDS, howLong } from './reply-window.ts';

/** An open episode as the alerts see it. */
export interface AlertRow {
  conversation_id: string;
  channel: ChannelName;
  owner: 'bot' | 'waiting' | 'officer';
  last_user_at: Date | null;
  display_name: string | null;
  f_id: string | null;
  f_name: string;
  f_title: string;
  queued_at: Date;
  taken_at: Date | null;
  first_reply_at: Date | null;
  promised_at: Date | null;
  is_promise_kept: boolean | null;
  due_at: Date | null;
  escalated_at: Date | null;
  /** The citizen's first word since that nobody answered. */
  awaited_since: Date | null;
  failed_at: Date | null;
}

/** Told before the promised time so long. */
const NEAR_MS = 30 * 60_000;

/** What is wrong, or about to be, with one episode; worst first by `weight`. */
export function alertsOf(
  row: AlertRow,
  settings: CommuneSettings,
  officerWindowMs: number,
  now: Date,
): (Alert & { weight: number })[] {
  const at = now.getTime();
  const found: (Alert & { weight: number })[] = [];
  const officer: OfficerCard | null = row.f_id ? { id: row.f_id, name: row.f_name, title: row.f_title } : null;
  const add = (weight: number, kind: Alert['kind'], since: Date, text: string) =>
    found.push({
      weight,
      kind,
      text,
      conversationId: row.conversation_id,
      citizenName: row.display_name,
      officer,
      since,
    });
  const past = (since: Date) => howLong(at - since.getTime());

  const windowEnd = row.last_user_at && row.last_user_at.getTime() + officerWindowMs;
  const left = windowEnd === null ? null : windowEnd - at;
  if (row.awaited_since && left !== null && left > 0 && left <= settings.handoff.warnBeforeWindowMinutes * 60_000) {
    add(
      0,
      'window_ending',
      row.awaited_since,
      `Chỉ còn ${howLong(left)} để trả lời trên ${CHANNEL_WORDS[row.channel]}.`,
    );
  }
  if (row.first_reply_at === null && row.promised_at) {
    const toGo = row.promised_at.getTime() - at;
    if (toGo < 0) add(1, 'promise_broken', row.promised_at, `Đã quá giờ hẹn trả lời ${past(row.promised_at)}.`);
    else if (toGo <= NEAR_MS) add(3, 'promise_near', row.promised_at, `Còn ${howLong(toGo)} tới giờ hẹn trả lời.`);
  }
  if (row.owner === 'waiting') {
    const due = addOpenMinutes(settings, row.queued_at, settings.handoff.escalateAfterMinutes);
    if (due && due < now) add(2, 'not_taken', row.queued_at, `Chờ ${past(row.queued_at)} chưa có ai nhận.`);
  }
  if (row.failed_at) add(2, 'send_failed', row.failed_at, 'Có tin của cán bộ chưa gửi được.');
  const resolveBy = addOpenMinutes(settings, row.queued_at, settings.handoff.resolveMinutes);
  if (row.owner === 'officer' && row.awaited_since && resolveBy && resolveBy < now) {
    add(4, 'not_resolved', row.queued_at, `Mở đã ${past(row.queued_at)}, người dân còn chờ trả lời.`);
  }
  return found;
}
