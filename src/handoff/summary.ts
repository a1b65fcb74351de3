import type { Catalogue } from '../procedures/catalogue.ts';
import { type Hint, shortName } from '../procedures/hints.ts';
import { plain } from '../procedures/words.ts';
import type { HandOffReason, Summary } from './handoff.ts';

/** A message as the summary reads it, oldest first. */
export interface SaidMessage {
  author: 'citizen' | 'bot' | 'officer' | 'other_app' | 'system' | 'note';
  text: string;
  content: Record<string, unknown> | null;
  outcome: string | null;
  answer: Record<string, unknown> | null;
}

interface ReadAnswer {
  reading?: {
    intent?: string;
    procedureCode?: string | null;
    aspects?: string[];
    case?: string | null;
    dossierNumbers?: string[];
  };
  records?: { code: string; asOf: string }[];
}

const ASKED_MAX = 5;
const TOLD_MAX = 4;
const LINE_MAX = 160;

export const ASPECT_WORDS: Record<string, string> = {
  documents: 'giấy tờ cần mang',
  fee: 'lệ phí',
  time: 'bao lâu có',
  place: 'nộp ở đâu',
  steps: 'các bước',
  online: 'làm trên mạng',
  eligibility: 'điều kiện',
  result: 'kết quả nhận được',
  form: 'mẫu đơn',
  legal_basis: 'căn cứ pháp lý',
  validity: 'thời hạn giá trị',
  overview: 'hỏi chung',
};

const WHY: Record<HandOffReason, string> = {
  asked: 'Người dân muốn nói chuyện với cán bộ.',
  not_understood: 'Trợ lý không hiểu sau nhiều lần hỏi lại.',
  complaint: 'Người dân phàn nàn hoặc phản ánh, cần người trả lời.',
  emergency: 'Có thể là việc khẩn cấp: trợ lý đã chỉ số khẩn cấp, cần người xem ngay.',
  sensitive: 'Việc nhạy cảm, nên để người trả lời.',
  failed: 'Trợ lý gặp sự cố, câu cuối chưa được trả lời.',
  platform_inbox: 'Có người của xã đã trả lời trong hộp thư của nền tảng.',
  officer: 'Cán bộ chủ động nhận, người dân không yêu cầu.',
  reopened: 'Hội thoại đã đóng được mở lại.',
};

/** Only asks for somebody: says nothing about the matter. */
const ONLY_ASKS =
  /^(?:(?:cho|xin|muon|toi|em|chau|minh|can|duoc|gap|noi chuyen|voi|can bo|nguoi|that|di|a|nhe|chuyen|giup|mot cua|nhan vien)\s*)+$/;
/** Numbers of papers and telephones: an officer who needs them opens the conversation, and that is recorded. */
const PERSONAL = /(?<![\w.-])(?:\+?84|0)(?:[ .-]?\d){8,11}(?![\w-])|(?<![\w.-])\d{9,}(?![\w-])/g;

export const hideNumbers = (text: string): string =>
  text.replace(PERSONAL, (found) => `•••${found.replace(/\D/g, '').slice(-3)}`);

const clip = (text: string) => {
  const line = hideNumbers(text.replace(/\s+/g, ' ').trim());
  const letters = [...line];
  return letters.length <= LINE_MAX ? line : `${letters.slice(0, LINE_MAX - 1).join('')}…`;
};

/** The first line; a heading ("Cần mang theo:") with what it heads. */
const firstWords = (text: string): string => {
  const [first = '', ...rest] = text.split('\n');
  return first.trimEnd().endsWith(':')
    ? `${first} ${rest.map((line) => line.replace(/^\s*(?:[-•–]|\d+[.)])\s*|[.;\s]+$/g, '')).join('; ')}`
    : first;
};

/** What an officer reads first. By rules alone: everything in it was said, or stands in a record. */
export function summarise(
  messages: SaidMessage[],
  reason: HandOffReason,
  catalogue: Pick<Catalogue, 'byCode'>,
  hints: Map<string, Hint>,
): Summary {
  const answers = messages.filter(({ author, answer }) => author === 'bot' && answer !== null);
  const readings = answers.map(({ answer }) => (answer as ReadAnswer).reading ?? {});
  const matter = readings.findLast(({ procedureCode }) => Boolean(procedureCode));
  const record = matter?.procedureCode ? catalogue.byCode(matter.procedureCode) : undefined;
  const name = record ? shortName(record, hints) : null;
  const aspects = (matter?.aspects ?? []).flatMap((aspect) => ASPECT_WORDS[aspect] ?? []);
  const asked = messages
    .filter(({ author, content, text }) => author === 'citizen' && text.trim() !== '' && content?.payload === undefined)
    .map(({ text }) => text)
    .filter(
      (text) =>
        !ONLY_ASKS.test(
          plain(text)
            .replace(/[^a-z0-9]+/g, ' ')
            .trim(),
        ),
    )
    .slice(-ASKED_MAX)
    .reverse()
    .map(clip);
  const dossierNumbers = [...new Set(readings.flatMap(({ dossierNumbers = [] }) => dossierNumbers))].slice(-3);
  const told = answers
    .flatMap(({ text, answer, outcome }) => {
      const [cited] = (answer as ReadAnswer).records ?? [];
      if (!cited && outcome !== 'looked_up') return [];
      return [{ text: clip(firstWords(text)), code: cited?.code ?? null, asOf: cited?.asOf ?? null }];
    })
    .slice(-TOLD_MAX);
  const photos = messages.filter(
    ({ author, content }) =>
      author === 'citizen' && Array.isArray(content?.attachments) && content.attachments.length > 0,
  ).length;
  const about = name
    ? `${name}${aspects.length > 0 ? `: ${aspects.join(', ')}` : ''}`
    : dossierNumbers.length > 0
      ? `Hồ sơ ${dossierNumbers.at(-1)}`
      : (asked[0] ?? (photos > 0 ? 'Gửi ảnh hoặc tệp, chưa nói cần việc gì' : 'Chưa nói cần việc gì'));
  return {
    headline: about,
    asked,
    procedure: record
      ? { code: record.code, name: name ?? record.name, field: record.field, caseName: matter?.case ?? null }
      : null,
    dossierNumbers,
    told,
    open: openQuestion(answers.at(-1)?.outcome ?? null, reason, asked, name, aspects),
    reason: WHY[reason],
  };
}

function openQuestion(
  outcome: string | null,
  reason: HandOffReason,
  asked: string[],
  name: string | null,
  aspects: string[],
): string {
  if (reason === 'failed') return asked[0] ? `Chưa trả lời: “${asked[0]}”` : 'Câu cuối chưa được trả lời.';
  if (outcome === 'record_lacks_fact')
    return `Trợ lý chưa có dữ kiện${aspects.length > 0 ? ` về ${aspects.join(', ')}` : ''}${name ? ` của ${name}` : ''}.`;
  if (asked.length === 0) return 'Chưa nói cần việc gì: hỏi lại người dân.';
  if (outcome === 'not_in_catalogue' || reason === 'not_understood')
    return `Trợ lý không tìm thấy việc khớp với: “${asked[0]}”`;
  if (reason === 'complaint') return `Cần trả lời lời phản ánh: “${asked[0]}”`;
  return `Lời cuối của người dân: “${asked[0]}”`;
}
