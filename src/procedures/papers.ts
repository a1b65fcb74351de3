import { readFileSync } from 'node:fs';
import type { Procedure, ProcedureDocument } from './catalogue.ts';
import { lawLast, plainWords, upper } from './wording.ts';

/** What to bring, in the words of a counter. */

/** Reviewed short names of papers that stand in many records. */
const SHORT = new Map(
  Object.entries(
    JSON.parse(readFileSync(new URL('./data/paper-names.json', import.meta.url), 'utf8')) as Record<string, string>,
  ),
);

export interface Paper {
  /** Name for a list. */
  name: string;
  /** Name, form, number and the condition under which it is needed. */
  short: string;
  /** All the record tells of it. */
  full: string;
  isNeeded: boolean;
  /** Needed only under a condition that stands with it. */
  isConditional: boolean;
  /** "bản chính", "1 bản chính, 1 bản sao": as the record counts; empty when it does not. */
  copies: string;
  /** Shown at the desk and taken back. */
  isShown: boolean;
  /** The office looks it up; only when that fails it must be brought. */
  isUsuallyFound: boolean;
  /** Filled in on the screen, nothing to bring. */
  isOnlineOnly: boolean;
  /** A form that is filled in for this very matter. */
  isForm: boolean;
}

export const isForm = (name: string): boolean =>
  /^(Tờ khai|Đơn|Giấy đề nghị|Văn bản đề nghị|Phiếu|Bản khai|Thông báo|Đề nghị|Bản đăng ký|Mẫu)/.test(name);

const join = (text: string, extras: string[]): string => {
  const more = extras
    .filter(Boolean)
    .map((extra) =>
      /^(Người|Hộ|Trẻ|Nếu|Chỉ|Khi|Với|Đối|Trường)/.test(extra) ? extra[0]!.toLowerCase() + extra.slice(1) : extra,
    )
    .join(', ');
  if (!more) return text;
  return text.endsWith(')') ? `${text.slice(0, -1)}; ${more})` : `${text} (${more})`;
};

/** A long name without what it lists after its colon; the details tell that. */
const brief = (text: string): string => {
  if ([...text].length <= 70) return text;
  const head = text.split(': ')[0]!.replace(/ \([^()]{30,}\)/g, '');
  const isWhole = head.split('(').length === head.split(')').length;
  return isWhole && [...head].length >= 12 ? head : text;
};

/** `code`: of the procedure, for names that differ there. */
export function paper({ name, form, originals, copies, note }: ProcedureDocument, code = ''): Paper {
  const hint = plainWords(note ?? '')
    .replace(/^(nộp|cho xem)(?=;|$|,)\s*;?\s*/i, '')
    .trim();
  const isShown = /^(xuất trình|cho xem)/i.test(note ?? '');
  const quantity = [
    originals > 1 || (originals > 0 && copies > 0) ? `${originals} bản chính` : '',
    copies > 0 && !(copies === 1 && originals === 0 && /^Bản (sao|chụp)/.test(name)) ? `${copies} bản sao` : '',
  ]
    .filter(Boolean)
    .join(', ');
  const formName = form && !name.includes(form) ? plainWords(form).replace(/[()]/g, '') : '';
  const plain = upper(plainWords(name));
  const short = upper(SHORT.get(`${code} ${name}`) ?? SHORT.get(name) ?? brief(lawLast(plain).replace(/\.$/, '')));
  const condition =
    hint
      .split(/; ?/)
      .find((part) => /^(chỉ |nếu |khi |với |đối với |trường hợp |người khuyết|hộ do |trẻ )/i.test(part)) ?? '';
  const isUsuallyFound = /chỉ khi (nơi làm |cơ quan )?không (tra|lấy|khai thác)/.test(note ?? '');
  return {
    name: short,
    short: join(short, [
      /^[A-Z]{1,3}\d{1,3}\b/.exec(formName)?.[0] ?? '',
      quantity,
      condition.length <= 70 && !/nộp trên mạng|trực tiếp/.test(condition) ? condition : '',
    ]),
    full: `${join(plain, [formName, quantity, isShown ? 'để cho xem' : ''])}${hint ? `: ${hint.replace(/: /g, ' ')}` : ''}`,
    isConditional:
      (condition !== '' && !/ thì (thay|không|lấy|chỉ cần)/.test(condition)) ||
      /\(?nếu có\)?|^(Nếu|Trường hợp)/.test(name),
    copies:
      quantity || (/^Bản (sao|chụp)/.test(name) ? '' : originals === 1 ? 'bản chính' : copies === 1 ? 'bản sao' : ''),
    isShown,
    isNeeded: !/không (phải|cần) nộp|không đòi/.test(hint) || originals > 0,
    isUsuallyFound,
    isOnlineOnly: /khi nộp trực tuyến/.test(note ?? '') && originals === 0 && copies === 0,
    isForm: isForm(name),
  };
}

/** Names of the forms a record tells of, each with its number. */
export function formNames(record: Procedure): string[] {
  const papers = record.cases
    .flatMap(({ documents }) => documents)
    .filter(({ name, form }) => form || isForm(name))
    .filter(({ name }) => !/^Mẫu điện tử/.test(name));
  const names = papers.map(({ name, form }) =>
    join(upper(plainWords(name)), [form ? plainWords(form).replace(/[()]/g, '') : '']),
  );
  return [...new Set(names)].slice(0, 4);
}

/** Forms named by the record. */
export function formLines(record: Procedure): { lines: string[]; known: boolean } {
  const names = formNames(record);
  if (names.length === 0)
    return {
      known: false,
      lines: ['Dữ liệu tôi có không ghi mẫu tờ khai riêng cho việc này.', 'Đến nơi nộp, cán bộ sẽ đưa mẫu nếu cần.'],
    };
  const isOnline = record.cases.some(({ documents }) => documents.some(({ name }) => /^Mẫu điện tử/.test(name)));
  return {
    known: true,
    lines: [
      ...(names.length === 1 ? [`Mẫu cần điền: ${names[0]}.`] : ['Mẫu cần điền:', ...names.map((name) => `• ${name}`)]),
      ...(isOnline ? ['Nộp trên mạng thì điền thẳng trên Cổng Dịch vụ công hoặc VNeID, không cần tờ giấy.'] : []),
    ],
  };
}
