/** Something in a sentence that is right or wrong: a figure, a day, a code, an address. */
export interface Fact {
  kind: 'link' | 'contact' | 'document' | 'form' | 'date' | 'time' | 'number';
  /** The same fact written otherwise has the same key: "10.000", "10000", "10k" and "mười nghìn" are 10000. */
  key: string;
  /** What is counted; only numbers. "3 ngày" is not "3 tháng". */
  unit?: string;
}

const LINK =
  /(?:https?:\/\/|www\.)\S+|(?<![\p{L}\p{N}@.-])(?:[\p{L}\p{N}-]+\.)+(?:vn|com|net|org|gov|edu|info|io|top|xyz|site|online|app|me|ly|link|club|shop|store|page|dev|asia|biz|cc)(?![\p{L}\p{N}])\S*/giu;
const CONTACT =
  /[\w.+-]+@[\w.-]+|(?<![\d.,])(?:\+|0)\d(?:[ .-]?\d){7,14}(?!\d)|(?<![\d.,])1[89]00(?:[ .-]?\d){3,6}(?!\d)/g;
const DOCUMENT =
  /(?<![\p{L}\d])\d+(?:[.,]\d+)?\/(?:\d{4}\/)?[A-ZĐ]{1,6}\d*(?:-[A-ZĐ]{1,8}\d*)*(?![\p{L}\d])|(?<![\d.,])\d\.\d{6}(?!\d)/gu;
const FORM =
  /(?<![\p{L}\d])(?:[A-ZĐ]{1,6}[-.]?\d{1,4}(?:[-./][A-ZĐa-z\d]{1,6})*|\d{1,3}[a-zđA-ZĐ](?:[-/][A-ZĐ\d]{1,6})*)(?![\p{L}\d])/gu;
const FULL_DATE = /(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?![\d/])/g;
const ISO_DATE = /(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?!\d)/g;
const WORD_DATE = /(?<!\p{L})ngày (\d{1,2}) (?:tháng |[/-])(\d{1,2})(?: năm (\d{4}))?(?!\d)/giu;
const MONTH = /(?<![\d/.])(?:tháng )?(\d{1,2})\/(\d{4})(?![\d/])/g;
const CLOCK = /(?<!\d)(\d{1,2}) ?(?:[h:]|giờ) ?(\d{2})(?!\d)/g;
const NUMBER =
  /(?<![\p{L}\d.,])(\d{1,3}(?:[.,]\d{3})+|\d+(?:[.,]\d+)?)(?:\s?(k|nghìn|ngàn|triệu|tr|tỷ|tỉ)(?!\p{L}))?/giu;

const SCALES: Record<string, number> = {
  k: 1e3,
  nghìn: 1e3,
  ngàn: 1e3,
  triệu: 1e6,
  tr: 1e6,
  tỷ: 1e9,
  tỉ: 1e9,
};
const UNIT =
  /^\s*(ngày làm việc|ngày|tháng|năm|giờ|phút|tuần|đồng|đ|vnđ|vnd|tuổi|bản|bộ|tờ|lần|người|%|phần trăm|mét|m2|km|ha|quý|buổi|hôm)(?!\p{L})/iu;
const ONE_UNIT: Record<string, string> = { đ: 'đồng', vnđ: 'đồng', vnd: 'đồng', hôm: 'ngày', 'phần trăm': '%' };

/** Every checkable fact of a text. What was read as a date or code is not read again as a number. */
export function findFacts(text: string): Fact[] {
  const facts: Fact[] = [];
  let rest = text.normalize('NFC').replace(/\s+/g, ' ');
  const take = (kind: Fact['kind'], pattern: RegExp, key: (match: string[]) => string | null) => {
    rest = rest.replace(pattern, (...match: string[]) => {
      const found = key(match);
      if (found === null) return match[0]!;
      facts.push({ kind, key: found });
      return ' ; ';
    });
  };
  take('link', LINK, ([whole]) => whole!.toLowerCase().replace(/[.,;)]+$/, ''));
  take('contact', CONTACT, ([whole]) => whole!.toLowerCase().replace(/[ .-]/g, ''));
  take('document', DOCUMENT, ([whole]) => whole!.toUpperCase());
  take('date', FULL_DATE, ([, day, month, year]) => dateKey(day, month, year));
  take('date', ISO_DATE, ([, year, month, day]) => dateKey(day, month, year));
  take('date', WORD_DATE, ([, day, month, year]) => dateKey(day, month, year));
  take('date', MONTH, ([, month, year]) => dateKey(undefined, month, year));
  take('form', FORM, ([whole]) => (/^\d+[kđh]$/i.test(whole!) ? null : whole!.toUpperCase()));
  take('time', CLOCK, ([, hour, minute]) => `${Number(hour)}:${minute}`);
  for (const match of rest.matchAll(NUMBER)) {
    const value = numberOf(match[1]!) * (SCALES[match[2]?.toLowerCase() ?? ''] ?? 1);
    facts.push(counted(value, rest.slice(match.index + match[0].length)));
  }
  facts.push(...spelledNumbers(rest));
  return facts;
}

const dateKey = (day?: string, month?: string, year?: string) =>
  [year ?? '', month, day].map((part) => (part === undefined ? '' : String(Number(part)))).join('-');

const numberOf = (digits: string) =>
  /^\d{1,3}([.,]\d{3})+$/.test(digits) ? Number(digits.replace(/[.,]/g, '')) : Number(digits.replace(',', '.'));

function counted(value: number, after: string): Fact {
  const unit = UNIT.exec(after)?.[1]?.toLowerCase();
  return { kind: 'number', key: String(value), ...(unit && { unit: ONE_UNIT[unit] ?? unit }) };
}

const DIGITS: Record<string, number> = {
  một: 1,
  mốt: 1,
  hai: 2,
  ba: 3,
  bốn: 4,
  tư: 4,
  năm: 5,
  lăm: 5,
  sáu: 6,
  bảy: 7,
  bẩy: 7,
  tám: 8,
  chín: 9,
};
const BIG: Record<string, number> = { nghìn: 1e3, ngàn: 1e3, triệu: 1e6, tỷ: 1e9, tỉ: 1e9 };

/**
 * Numbers in words. A single "ba", "năm" or "một" counts only before something that is counted: they also mean father,
 * year and "a".
 */
function spelledNumbers(text: string): Fact[] {
  const words = [...text.toLowerCase().matchAll(/[\p{L}\p{M}]+/gu)];
  const facts: Fact[] = [];
  for (let at = 0; at < words.length; ) {
    const run = spelledAt(words, at, text);
    if (!run) {
      at++;
      continue;
    }
    const last = words[at + run.length - 1]!;
    const fact = counted(run.value, text.slice(last.index + last[0].length));
    if (run.hasScale || fact.unit) facts.push(fact);
    at += run.length;
  }
  return facts;
}

function spelledAt(
  words: RegExpExecArray[],
  start: number,
  text: string,
): { value: number; length: number; hasScale: boolean } | null {
  let total = 0;
  let group = 0;
  let digit: number | null = null;
  let hasScale = false;
  let at = start;
  for (; at < words.length; at++) {
    const word = words[at]![0];
    const before = words[at - 1];
    // only blanks join the words of one number
    if (at > start && before && text.slice(before.index + before[0].length, words[at]!.index).trim() !== '') break;
    if (DIGITS[word] !== undefined) {
      if (digit !== null) break;
      digit = DIGITS[word]!;
    } else if (word === 'mười' && digit === null) group += 10;
    else if ((word === 'mươi' || word === 'chục') && (digit !== null || word === 'chục')) {
      group += (digit ?? 1) * 10;
      digit = null;
    } else if (word === 'trăm') {
      group = (digit ?? 1) * 100;
      digit = null;
    } else if ((word === 'linh' || word === 'lẻ') && group >= 100) continue;
    else if (BIG[word] && at > start) {
      total += (group + (digit ?? 0) || 1) * BIG[word]!;
      group = 0;
      digit = null;
    } else if (word === 'nửa' && at === start) return { value: 0.5, length: 1, hasScale: false };
    else break;
    if (DIGITS[word] === undefined) hasScale = true;
  }
  if (at === start) return null;
  return { value: total + group + (digit ?? 0), length: at - start, hasScale };
}
