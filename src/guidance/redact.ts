import { findDossierNumbers } from '../procedures/dossier-numbers.ts';
import { findPersonalData } from './personal-data.ts';
import { hideDates } from './redact-dates.ts';
import { hideNames } from './redact-names.ts';
import { hideHomes } from './redact-places.ts';

/** A text that may leave, and the way back. The map stays in this process and ends with the turn. */
export interface Redacted {
  /**
   * Personal data stands as ⟦ID1⟧, ⟦SDT1⟧, ⟦TEN1⟧ …; the same value has the same placeholder. A date of birth tells
   * how long ago it was: ⟦NGAY1: 2 tháng trước⟧.
   */
  text: string;
  /** Puts the citizen's own words back; placeholders that were never given out stay as they are. */
  restore(text: string): string;
  /** How many values were hidden, by kind. */
  hidden: Record<string, number>;
}

const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g;
const PLACEHOLDER = /⟦([A-Z]{2,6}\d{1,3})(?::[^⟦⟧]{0,24})?⟧/g;
/** Splits without keeping the names. */
const PIECES = /⟦[^⟦⟧]*⟧/;
const GAP = String.raw`[\s.,_·–—-]{0,3}`;
const SPELLED = 'không|khong|một|mot|mốt|hai|ba|bốn|bon|tư|tu|năm|nam|lăm|lam|sáu|sau|bảy|bẩy|bay|tám|tam|chín|chin';

/** Wider than the reader's own patterns: what is hidden without need costs little, what leaves cannot be fetched back. */
const KINDS: [kind: string, pattern: RegExp][] = [
  ['LINK', /(?:https?:\/\/|www\.)[^\s⟦⟧<>"]+/gi],
  ['EMAIL', /[\w.+-]{1,64}\s?@\s?[\w-]{1,63}(?:\.[\w-]{2,24}){1,3}/g],
  // a dossier code, also mistyped: letter, two digits, groups, date, serial
  [
    'HS',
    /(?<![\p{L}\p{N}])(?:[\doO]{3}[.\s]?[\doO]{2}[.\s]?[\doO]{2}[.\s]?)?[A-Za-z][\doO]{2}(?:[.\s]?[0-9A-Za-z]{1,5}){0,6}?\s*[-‐-―−_/\s]\s*\d{4,8}\s*[-‐-―−_/\s]\s*\d{2,7}(?![\p{L}\p{N}])/gu,
  ],
  ['SDT', new RegExp(String.raw`(?<!\d)(?:\+?84|0)${GAP}[235789](?:${GAP}\d){8}(?!${GAP}\d)`, 'g')],
  ['ID', new RegExp(String.raw`(?<!\d)0\d{2}(?:${GAP}\d){9}(?!${GAP}\d)`, 'g')],
  [
    'TK',
    new RegExp(
      String.raw`(?<=(?:stk|số tài khoản|so tai khoan|tài khoản|tai khoan|tk|số thẻ|so the)[^\d\n⟦]{0,24})\d(?:${GAP}\d){5,18}(?!\d)`,
      'gi',
    ),
  ],
  [
    'ID',
    new RegExp(
      String.raw`(?<=(?:cccd|cmnd|cmt|căn cước|can cuoc|chứng minh|chung minh|định danh|dinh danh|bhxh|bhyt|hộ chiếu|ho chieu|passport|mã số thuế|ma so thue|mst)[^\d\n⟦]{0,24})[A-Z]?\d(?:${GAP}\d){5,14}(?!\d)`,
      'gi',
    ),
  ],
  ['BIEN', /(?<![\p{L}\d])\d{2}[A-Z][A-Z\d]?[\s.-]{0,2}\d{3}\.?\d{1,2}(?!\d)/gu],
  [
    'DIACHI',
    /(?<=(?:số nhà|so nha|nhà số|nha so)\s{0,2})[\dA-Za-z/.-]{1,12}(?:\s(?:ngõ|ngách|hẻm|kiệt|ngo|hem)\s[\d/]+)*/gi,
  ],
  ['SO', new RegExp(`(?<![\\p{L}])(?:${SPELLED})(?:[\\s,.-]{1,3}(?:${SPELLED})){6,}(?![\\p{L}])`, 'giu')],
];

/** Any long run of digits left over; money, days, years and procedure codes stay readable. */
const LONG_NUMBER = new RegExp(
  String.raw`(?<![\d⟦\p{L}])\d(?:${GAP}\d){6,}(?!\d)(\s*(?:đồng|đ|dong|vnđ|vnd|triệu|trieu|tr|nghìn|ngàn|k)(?![\p{L}]))?`,
  'giu',
);
const HARMLESS = /^(?:\d\.\d{6}|\d{1,2}[.\s-]{1,3}\d{1,2}[.\s-]{1,3}\d{4}|(?:19|20)\d{2}[\s,–—-]{1,3}(?:19|20)\d{2})$/;

/** Hides personal data before a text leaves for a model. */
export function redact(raw: string, now: Date): Redacted {
  const {
    texts: [text],
    ...rest
  } = redactAll([raw], now);
  return { text: text!, ...rest };
}

/** The same for several texts that leave together: one value has one placeholder in all of them. */
export function redactAll(raws: string[], now: Date): Omit<Redacted, 'text'> & { texts: string[] } {
  const byValue = new Map<string, string>();
  const back = new Map<string, string>();
  const hidden: Record<string, number> = {};
  const hide = (kind: string, value: string, hint = ''): string => {
    const known = byValue.get(`${kind} ${value}`);
    if (known) return known;
    hidden[kind] = (hidden[kind] ?? 0) + 1;
    const name = `${kind}${hidden[kind]}`;
    const placeholder = hint ? `⟦${name}: ${hint}⟧` : `⟦${name}⟧`;
    byValue.set(`${kind} ${value}`, placeholder);
    back.set(name, value);
    return placeholder;
  };
  return {
    texts: raws.map((raw) => hideIn(raw, now, hide)),
    restore: (answer) => answer.replace(PLACEHOLDER, (placeholder, name: string) => back.get(name) ?? placeholder),
    hidden,
  };
}

function hideIn(raw: string, now: Date, hide: (kind: string, value: string, hint?: string) => string): string {
  // the brackets are ours alone: nobody can pass words off as a placeholder
  let text = raw.slice(0, 4_000).normalize('NFKC').replace(INVISIBLE, '').normalize('NFC').replace(/[⟦⟧]/g, ' ');
  text = hideDates(text, now, (date, hint) => hide('NGAY', date, hint));
  text = hideHomes(text, (home) => hide('DIACHI', home));
  for (const [kind, pattern] of KINDS) text = text.replace(pattern, (value) => hide(kind, value));
  text = text.replace(LONG_NUMBER, (value, money: string | undefined) =>
    money !== undefined || HARMLESS.test(value) ? value : hide('SO', value),
  );
  text = hideNames(text, (value) => hide('TEN', value));
  // whatever the reader itself would call personal goes, even if no pattern here knows it
  const pieces = text.split(PIECES);
  const isClean = pieces.every(
    (piece) => findPersonalData(piece).kinds.length === 0 && findDossierNumbers(piece, now).numbers.length === 0,
  );
  return isClean ? text : text.replace(PLACEHOLDER, ' ').replace(/\d{3,}/g, (value) => hide('SO', value));
}

/** Without placeholders: they are no facts. */
export const withoutPlaceholders = (text: string): string => text.replace(PLACEHOLDER, ' ');
