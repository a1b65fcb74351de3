import { localTime } from '../communes/calendar.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { NoticeFacts, NoticeKind } from './changes.ts';
import type { DossierState } from './dossier.ts';
import { ageWords, dayWords, shortDay } from './say-dates.ts';

/** A notice about to leave. */
export interface Notice {
  kind: NoticeKind;
  code: string;
  facts: NoticeFacts;
}

type Office = Pick<CommuneSettings, 'officeName' | 'hotline' | 'phone'>;

/** The state as a citizen reads it, after "hồ sơ …". At most 30 code points: it also fills gaps of templates. */
const LABELS: Record<DossierState, string> = {
  1: 'đang chờ cán bộ kiểm tra',
  2: 'đã được nhận',
  3: 'không được nhận',
  4: 'đang được giải quyết',
  5: 'cần nộp thêm giấy tờ',
  6: 'có khoản phải nộp',
  7: 'đã rút theo yêu cầu',
  8: 'đã dừng giải quyết',
  9: 'đã có kết quả, chờ đến nhận',
  10: 'đã trả kết quả',
  unknown: 'đang được giải quyết',
};

const ADVICE: Partial<Record<DossierState, string>> = {
  3: 'Nhắn "gặp cán bộ" để biết lý do và cách nộp lại.',
  5: 'Nhắn mã hồ sơ vào đây để xem cần nộp thêm gì.',
  6: 'Chỉ nộp trên Cổng Dịch vụ công hoặc tại một cửa. Xã không nhắn số tài khoản riêng.',
  8: 'Nhắn "gặp cán bộ" để hỏi lý do.',
  9: 'Đến nơi ghi trên giấy hẹn để nhận, mang theo giấy hẹn và căn cước.',
  10: 'Xem lại, có chỗ nào sai thì nhắn "gặp cán bộ". Từ nay tôi thôi báo về hồ sơ này.',
};
const TITLES: Record<NoticeKind, string> = {
  state: 'Hồ sơ có thay đổi',
  due_moved: 'Ngày hẹn trả thay đổi',
  due_soon: 'Sắp đến ngày hẹn trả',
  overdue: 'Hồ sơ quá ngày hẹn trả',
  ready_reminder: 'Kết quả đang chờ nhận',
};

/** One bubble, level L0: never a name, a procedure, a reason or an amount. */
export function noticeText({ kind, code, facts }: Notice, office: Office, now: Date): string {
  return [...body(kind, code, facts, localTime(now).date), footer(facts, office, now)].join('\n');
}

function body(kind: NoticeKind, code: string, facts: NoticeFacts, today: string): string[] {
  const { state, dueDate, previousDueDate } = facts;
  const label = LABELS[state];
  const due = dueDate ? dayWords(dueDate, today) : '';
  switch (kind) {
    case 'due_moved':
      return [
        previousDueDate
          ? `Hồ sơ ${code} đổi ngày hẹn trả: từ ${dayWords(previousDueDate, today)} sang ${due}.`
          : `Hồ sơ ${code} có ngày hẹn trả: ${due}.`,
        `Hiện ${label}.`,
      ];
    case 'due_soon':
      return [
        `Hồ sơ ${code} hẹn trả ${due}.`,
        `Đến nay chưa thấy có kết quả, hồ sơ ${label}. Có kết quả tôi báo ngay.`,
      ];
    case 'overdue':
      return [
        `Hồ sơ ${code} đã quá ngày hẹn trả (${due}) mà chưa có kết quả.`,
        'Nơi giải quyết phải gửi thư xin lỗi, nói rõ lý do và ngày hẹn mới. Nhắn "gặp cán bộ" để hỏi hoặc góp ý.',
      ];
    case 'ready_reminder':
      return [`Hồ sơ ${code} có kết quả đã mấy ngày, chưa thấy ai nhận.`, ADVICE[9]!];
    case 'state': {
      const first = facts.areOtherPapers
        ? `Hồ sơ ${code}: danh sách giấy tờ cần nộp thêm vừa thay đổi.`
        : `Hồ sơ ${code} ${label}.`;
      const isDueTold = due !== '' && (state === 2 || state === 4);
      return [first, ...(isDueTold ? [`Hẹn trả ${due}.`] : []), ...(ADVICE[state] ? [ADVICE[state]] : [])];
    }
  }
}

const footer = ({ asOf, source, state }: NoticeFacts, { officeName }: Office, now: Date) => {
  const end = state === 3 || state === 7 || state === 10 ? '' : ' Gõ "dừng báo" để thôi.';
  return `Tin tự động của trợ lý ${officeName}; theo ${source}, ${ageWords(new Date(asOf), now)}.${end}`;
};

/** What may fill the gaps of a template; level L0 like the text. */
export const TEMPLATE_FACTS = [
  'code',
  'title',
  'state',
  'advice',
  'due_date',
  'previous_due_date',
  'office',
  'hotline',
  'as_of',
] as const;
export type TemplateFact = (typeof TEMPLATE_FACTS)[number];

/** Values of the facts; one that is not known is absent. */
export function templateValues({ kind, code, facts }: Notice, office: Office): Partial<Record<TemplateFact, string>> {
  const { date, minutes } = localTime(new Date(facts.asOf));
  const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const hotline = office.hotline ?? office.phone;
  return {
    code,
    title: TITLES[kind],
    state: LABELS[facts.state],
    advice: ADVICE[facts.state] ?? 'Nhắn mã hồ sơ để xem thêm.',
    ...(facts.dueDate ? { due_date: shortDay(facts.dueDate) } : {}),
    ...(facts.previousDueDate ? { previous_due_date: shortDay(facts.previousDueDate) } : {}),
    office: office.officeName,
    ...(hotline ? { hotline } : {}),
    as_of: `${clock} ${shortDay(date)}`,
  };
}
