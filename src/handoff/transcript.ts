import type { Button, ChannelName } from '../channels/channel.ts';
import { INBOX_WORDS } from './handoff.ts';
import type { TranscriptEntry } from './inbox-view.ts';

/** A message with what became of its calls and what officers said of it. */
export interface EntryRow {
  id: string;
  author: 'citizen' | 'bot' | 'officer' | 'other_app' | 'system' | 'note';
  text: string;
  content: Record<string, unknown> | null;
  occurred_at: Date;
  sort_key: string;
  outcome: string | null;
  answer: Record<string, unknown> | null;
  f_id: string | null;
  f_name: string;
  f_title: string;
  calls: number;
  sent: number;
  delivered: number;
  seen: number;
  worst: NonNullable<TranscriptEntry['delivery']>['state'] | null;
  error_code: string | null;
  moved_at: Date | null;
  verdict: 'right' | 'wrong' | null;
  better_text: string | null;
  reviewed_at: Date;
  r_id: string | null;
  r_name: string;
  r_title: string;
}

const WHY: Record<string, string> = {
  window_closed: 'Hết thời gian nền tảng cho phép; tự gửi khi người dân nhắn lại.',
  taken_over: 'Không gửi vì cán bộ đã nhận trả lời.',
  network: 'Mất kết nối, không rõ đã tới chưa.',
  maybe_sent: 'Không rõ đã tới chưa.',
  not_sure_yet: 'Đang kiểm tra đã tới chưa.',
  temporary: 'Nền tảng đang bận, sẽ gửi lại.',
  rate_limited: 'Gửi quá nhanh, sẽ gửi lại.',
  token_expired: 'Kết nối với kênh hết hạn, báo quản trị viên.',
  needs_reauthorisation: 'Kênh cần được kết nối lại, báo quản trị viên.',
  account_restricted: 'Nền tảng đang hạn chế kênh này, báo quản trị viên.',
  recipient_unavailable: 'Người dân đã chặn hoặc không nhận được tin.',
  not_owner: 'Một ứng dụng khác đang giữ hội thoại này.',
  rejected: 'Nền tảng từ chối nội dung.',
  too_old: 'Quá một ngày chưa gửi được.',
};

const EVENTS: [RegExp, string][] = [
  [/unfollow/, 'Người dân bỏ quan tâm'],
  [/follow/, 'Người dân quan tâm trang'],
  [/reaction/, 'Người dân bày tỏ cảm xúc'],
  [/edit/, 'Người dân sửa tin nhắn'],
  [/referral|start|optin/, 'Người dân mở cuộc trò chuyện'],
  [/submit_info|contact/, 'Người dân chia sẻ thông tin liên hệ'],
  [/thread|handover/, 'Quyền trả lời được chuyển giữa các ứng dụng'],
];

/**
 * @param buttons what was offered so far on the page, so that a press is shown by its title; grows
 */
export function toEntry(
  row: EntryRow,
  { channelName, citizenName, buttons }: { channelName: ChannelName; citizenName: string | null; buttons: Button[] },
): TranscriptEntry {
  const content = row.content ?? {};
  const offered = (Array.isArray(content.buttons) ? content.buttons : []) as Button[];
  buttons.push(...offered);
  const officer = row.f_id ? { id: row.f_id, name: row.f_name, title: row.f_title } : null;
  const isPress = row.author === 'citizen' && content.payload !== undefined;
  const title = isPress ? buttons.findLast(({ value }) => value === content.payload)?.title : undefined;
  const isEvent = row.author === 'system' && content.event !== undefined;
  return {
    id: row.id,
    author: row.author === 'bot' ? 'assistant' : row.author,
    authorText: authorText(row, channelName, citizenName),
    isMachine: row.author === 'bot' || row.author === 'system' || row.author === 'other_app',
    officer,
    text: isPress
      ? (title ?? (isOurs(content.payload) ? '(bấm nút)' : row.text))
      : isEvent
        ? eventText(content.event)
        : row.text,
    at: row.occurred_at,
    buttons: offered,
    isPress,
    attachments: attachmentsOf(row, content),
    delivery: deliveryOf(row),
    answer: row.answer || row.outcome ? answerOf(row) : null,
  };
}

const isOurs = (payload: unknown) => typeof payload === 'string' && payload.startsWith('hx:');

function authorText({ author, content, f_id, f_name, f_title }: EntryRow, channel: ChannelName, name: string | null) {
  const officer = f_id ? [f_name, f_title].filter(Boolean).join(', ') || 'cán bộ' : 'cán bộ';
  switch (author) {
    case 'citizen':
      return name ?? 'người dân';
    case 'bot':
      return 'trợ lý tự động';
    case 'officer':
      return content?.officerId ? officer : `cán bộ (${INBOX_WORDS[channel]})`;
    case 'other_app':
      return 'ứng dụng khác';
    case 'note':
      return `ghi chú của ${officer}`;
    case 'system':
      return 'hệ thống';
  }
}

const eventText = (event: unknown) => EVENTS.find(([pattern]) => pattern.test(String(event)))?.[1] ?? String(event);

function attachmentsOf(row: EntryRow, content: Record<string, unknown>): TranscriptEntry['attachments'] {
  const sentBy = row.author === 'bot' || row.author === 'officer' || row.author === 'system';
  const kept = (Array.isArray(content.attachments) ? content.attachments : []) as { kind?: string; name?: string }[];
  const file = content.file as { url?: string; name?: string } | undefined;
  return [
    ...kept.map(({ kind = 'file', name }) => ({ kind, name: name ?? null, url: null })),
    ...(sentBy && file?.url ? [{ kind: 'file', name: file.name ?? null, url: file.url }] : []),
    ...(sentBy && typeof content.imageUrl === 'string' ? [{ kind: 'image', name: null, url: content.imageUrl }] : []),
  ];
}

function deliveryOf(row: EntryRow): TranscriptEntry['delivery'] {
  if (row.calls === 0 || row.worst === null) return null;
  const isSent = row.worst === 'sent';
  const state = !isSent
    ? row.worst
    : row.seen === row.calls
      ? 'seen'
      : row.delivered === row.calls
        ? 'delivered'
        : 'sent';
  return {
    state,
    why: isSent || !row.error_code ? null : (WHY[row.error_code] ?? 'Không gửi được.'),
    canResend: row.worst === 'failed' && row.author !== 'bot',
    at: row.moved_at,
  };
}

function answerOf({ outcome, answer, verdict, better_text, reviewed_at, r_id, r_name, r_title }: EntryRow) {
  const reading = answer?.reading as { procedureCode?: string | null } | undefined;
  const records = (Array.isArray(answer?.records) ? answer.records : []) as { code: string; asOf: string }[];
  return {
    outcome,
    source: typeof answer?.source === 'string' ? answer.source : null,
    procedureCode: records[0]?.code ?? reading?.procedureCode ?? null,
    records,
    review: verdict
      ? {
          verdict,
          betterText: better_text,
          officer: r_id ? { id: r_id, name: r_name, title: r_title } : null,
          at: reviewed_at,
        }
      : null,
  };
}
