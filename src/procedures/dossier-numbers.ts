import { isReceiptDay } from './dossier-numbers-day.ts';
import { parseCodes, runsOf } from './dossier-numbers-parse.ts';

/** Codes as the two legal generations write them: "000.00.01.H26-250701-0001", "G09.20-20260609-0092637". */
const CANONICAL =
  /^(?:[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.)?[A-Y]\d{2}(?:\.[0-9A-Z]{1,5}){0,6}-(?:\d{6}|\d{8})-\d{3,7}$/;

/** Characters: the longest code with a space or dash around each. */
const LONGEST = 200;

const digits = (text: string) => text.replace(/[OQ]/g, '0').replace(/[IL|]/g, '1');
const isDigitLike = (text: string) => /^[0-9OQIL|]+$/.test(text);

/**
 * The canonical form of a typed dossier code, or null when it is none. Letters become digits only where digits must
 * stand; a date that is no day, in the future or before 2017 is refused.
 */
export function normaliseDossierNumber(typed: string, now: Date): string | null {
  // a button's value comes from outside: what goes on for pages is none, and would be looked at for long
  if (typed.length > LONGEST) return null;
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
  if (!isReceiptDay(date, now)) return null;
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

/** What a text holds of dossier codes. */
export interface DossierNumbers {
  /** Canonical, each once, in order. */
  numbers: string[];
  /** Per place that may be read in several ways or hardly: what it may be, the likeliest first. To be asked about. */
  doubtful: string[][];
  /** The text without them: numbers left in it may be personal. */
  rest: string;
}

/** Dossier codes in free text. */
export function findDossierNumbers(text: string, now: Date): DossierNumbers {
  const head = text.slice(0, 20_000);
  // most messages hold no number
  if ((head.match(/\p{Nd}/gu)?.length ?? 0) < 3) return { numbers: [], doubtful: [], rest: head };
  const tidy = head.normalize('NFKC').replace(INVISIBLE, '');
  const found = parseCodes(forParsing(tidy), now);
  const numbers = [...new Set(found.flatMap(({ isSure, codes }) => (isSure ? codes : [])))];
  const doubtful = found.flatMap(({ isSure, codes }) => (isSure ? [] : [codes]));
  let rest = found.length === 0 ? head : '';
  let end = 0;
  for (const { from, to } of found) {
    rest += `${tidy.slice(end, from)} mã hồ sơ `;
    end = to;
  }
  return { numbers, doubtful, rest: found.length === 0 ? rest : rest + tidy.slice(end) };
}

/** Something that looks meant as a dossier code but is none: "H34.12-2509-07". */
export function looksLikeDossierNumber(text: string): boolean {
  const tidy = forParsing(text.slice(0, 4_000).normalize('NFKC').replace(INVISIBLE, ''));
  if (/\bHS[-\s]?\d{4}[-\s]\d{4,}\b/.test(tidy)) return true;
  return runsOf(tidy).some((run) => {
    const line = run.map((token) => token.text).join(' ');
    const opening = /(?:^| |\d)[A-Y] ?[0-9OQIL|]{1,2}(?= |\d|$)/.exec(line);
    if (!opening) return false;
    const behind = line.slice(opening.index + opening[0].length);
    const digitsBehind = behind.match(/\d/g)?.length ?? 0;
    const isUnit = /[0-9OQIL|]{2}$/.test(opening[0]);
    return digitsBehind >= (isUnit ? 5 : 7) && digitsBehind <= 24 && / .* |^ ?\d{9,}/.test(behind);
  });
}

const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g;
/** As long as the text: places found in it are places of the text. */
const forParsing = (text: string) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase()).replace(/[‐-―−–—]/g, '-');
