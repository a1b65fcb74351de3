import { lower } from './words.ts';

/** Codes as the two legal generations write them: "000.00.01.H26-250701-0001", "G09.20-20260609-0092637". */
const CANONICAL =
  /^(?:[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.)?[A-Y]\d{2}(?:\.[0-9A-Z]{1,5}){0,6}-(?:\d{6}|\d{8})-\d{3,7}$/;

const D = '[0-9OoQIlL|]';
const FINDER = new RegExp(
  `(?<![\\p{L}\\p{N}.])(?:${D}{3}[.\\s]?[0-9OoA-Za-z]{2}[.\\s]?[0-9OoA-Za-z]{2}[.\\s]?)?[A-Ya-y]${D}{2}(?:[.\\s]?[0-9OoA-Za-z]{1,5}){0,6}?\\s*[-‐-―−_/\\s]\\s*(?:${D}{8}|${D}{6})\\s*[-‐-―−_/\\s]\\s*${D}{3,7}(?![\\p{L}\\p{N}])`,
  'giu',
);
const GLUED = /(?<![\p{L}\p{N}])(?:[0-9o]{7})[A-Y][0-9o]{2}[0-9o]{10}(?![\p{L}\p{N}])/giu;

const digits = (text: string) => text.replace(/[OQ]/g, '0').replace(/[IL|]/g, '1');
const isDigitLike = (text: string) => /^[0-9OQIL|]+$/.test(text);

function isCalendarDay(text: string, now: Date): boolean {
  const full = text.length === 6 ? `20${text}` : text;
  const [year, month, day] = [Number(full.slice(0, 4)), Number(full.slice(4, 6)), Number(full.slice(6))];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || year < 2017) return false;
  return date.getTime() <= now.getTime() + 2 * 86_400_000;
}

/**
 * The canonical form of a typed dossier code, or null when it is none. Letters become digits only where digits must
 * stand; a date that is no day, in the future or before 2017 is refused.
 */
export function normaliseDossierNumber(typed: string, now: Date): string | null {
  let code = typed
    .normalize('NFKC')
    .replace(/[\u200b-\u200f\u2060\ufeff]/g, '')
    .toUpperCase()
    .trim();
  code = code
    .replace(/[‐-―−_/]/g, '-')
    .replace(/\s*([-.])\s*/g, '$1')
    .replace(/-+/g, '-')
    .replace(/\.+/g, '.');
  const glued = code.replace(/[\s.-]/g, '');
  if (glued.length === 20 && isDigitLike(glued.slice(0, 7)) && /[A-Y]/.test(glued[7]!) && isDigitLike(glued.slice(8))) {
    code = `${digits(glued.slice(0, 7))}${glued[7]}${digits(glued.slice(8, 10))}-${digits(glued.slice(10, 16))}-${digits(glued.slice(16))}`;
  }
  const parts = /^(.+?)[-\s]+([0-9OQIL|]{8}|[0-9OQIL|]{6})[-\s]+([0-9OQIL|]{3,7})$/.exec(code);
  if (!parts) return null;
  const [, rawUnit = '', rawDate = '', rawSerial = ''] = parts;
  const date = digits(rawDate);
  if (!isCalendarDay(date, now)) return null;
  let unit = rawUnit.replace(/[\s-]+/g, '.').replace(/\.+/g, '.');
  const flat = unit.replace(/\./g, '');
  const legacy = /^(.{3})(.{2})(.{2})([A-Y][0-9OQIL|]{2})$/.exec(flat);
  if (legacy && isDigitLike(legacy[1]!)) {
    const group = (text: string) => (isDigitLike(text) ? digits(text) : text);
    unit = `${digits(legacy[1]!)}.${group(legacy[2]!)}.${group(legacy[3]!)}.${legacy[4]![0]}${digits(legacy[4]!.slice(1))}`;
  } else {
    const groups = unit.split('.');
    const first = /^([A-Y])([0-9OQIL|]{2})(.*)$/.exec(groups[0]!);
    if (!first) return null;
    const rest = [...(first[3] ? [first[3]] : []), ...groups.slice(1)].map((group) =>
      isDigitLike(group) ? digits(group) : group,
    );
    unit = [`${first[1]}${digits(first[2]!)}`, ...rest].join('.');
  }
  const whole = `${unit}-${date}-${digits(rawSerial)}`;
  return CANONICAL.test(whole) ? whole : null;
}

/** Dossier codes in free text, canonical, each once, with the places they stand at (to hide or to set aside). */
export function findDossierNumbers(text: string, now: Date): { numbers: string[]; rest: string } {
  const head = text.slice(0, 20_000);
  const numbers: string[] = [];
  const keep = (match: string) => {
    const number = normaliseDossierNumber(match, now);
    if (!number) return match;
    if (!numbers.includes(number)) numbers.push(number);
    return ' mã hồ sơ ';
  };
  const rest = head.replace(FINDER, keep).replace(GLUED, keep);
  return { numbers, rest };
}

/** Something that looks meant as a dossier code but is none: "H34.12-2509-07". */
export function looksLikeDossierNumber(text: string): boolean {
  return (
    /(?<![\p{L}\p{N}])(?:\d{3}[.\s]\d{2}[.\s]\d{2}[.\s])?[a-y]\d{2}[.\s]\d{1,3}[-\s]\d{3,}/iu.test(lower(text)) ||
    /\bhs[-\s]?\d{4}[-\s]\d{4,}\b/i.test(text)
  );
}
