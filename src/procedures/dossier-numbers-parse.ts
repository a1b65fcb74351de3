import { isReceiptDay } from './dossier-numbers-day.ts';

/** A place in a text that is meant as a dossier code: one code for sure, or those it may be. */
export interface FoundCode {
  isSure: boolean;
  codes: string[];
  from: number;
  to: number;
}

interface Token {
  text: string;
  from: number;
  to: number;
  /** What stands between it and the token before. */
  gap: string;
}

const MOST_OPENINGS = 200;
const MOST_TOKENS = 10;
const MOST_CHARACTERS = 48;
const MOST_CANDIDATES = 3;

const D = '[0-9OQIL|]';
const DIGIT_LIKE = new RegExp(`^${D}+$`);
/** Letters that are digits to the eye: they become digits where digits must stand, and open no unit. */
const digits = (text: string) => text.replace(/[OQ]/g, '0').replace(/[IL|]/g, '1');
const isDigitLike = (text: string) => DIGIT_LIKE.test(text);

/** The two shapes receipts show: YYMMDD with four digits (1.3), YYYYMMDD with seven. Others exist, and are asked about. */
const SHAPES = [
  { day: 6, serial: 4 },
  { day: 8, serial: 7 },
];
const serialOf = (day: string) => SHAPES.find((shape) => shape.day === day.length)!.serial;

/** What a letter on the key or of the look of a digit may have meant. */
const SLIPS: Record<string, string> = {
  S: '5',
  B: '8',
  Z: '2',
  G: '69',
  A: '4',
  D: '0',
  W: '2',
  E: '3',
  R: '4',
  T: '57',
  Y: '6',
  U: '7',
  P: '0',
};

/** @param text letters a–z made upper case, dashes made "-"; as long as the text its places are told of */
export function parseCodes(text: string, now: Date): FoundCode[] {
  const found: FoundCode[] = [];
  let openings = 0;
  for (const run of runsOf(text)) {
    const parses = run.flatMap((token, at) => {
      // nobody sends so many codes: hostile input must not take long
      if (!/[A-Y]/.test(token.text) || ++openings > MOST_OPENINGS) return [];
      return parsesAt(run, at, now);
    });
    const bare = parses.length === 0 ? withoutLetter(run, now) : null;
    for (const parse of [...parses.filter(({ isSure }) => isSure), ...parses.filter(({ isSure }) => !isSure), bare])
      if (parse && !found.some(({ from, to }) => parse.from < to && from < parse.to)) found.push(parse);
  }
  return found.sort((a, b) => a.from - b.from);
}

/** Tokens that may belong together: with digits in them, near each other, no word between. */
export function runsOf(text: string): Token[][] {
  const runs: Token[][] = [];
  let run: Token[] = [];
  let end = -10;
  for (const match of text.matchAll(/[\p{L}\p{N}\p{M}|]+/gu)) {
    const [word] = match;
    const gap = text.slice(Math.max(0, end), match.index);
    const behind = text.slice(match.index + word.length, match.index + word.length + 2);
    const isCode =
      /^[0-9A-Z|]+$/.test(word) &&
      (/\d/.test(word) ||
        /^[OQIL|]{1,4}$|^[A-Y]$/.test(word) ||
        // "hol.15-…" is a unit, "hỏi" is none
        (/^[GH][OQIL|]{2}$/.test(word) && /^[.-]\S/.test(behind)));
    const isNear = /^[\s.,:;·\-/\\_]{1,5}$/.test(gap);
    if (run.length > 0 && (!isCode || !isNear)) {
      runs.push(run);
      run = [];
    }
    end = match.index + word.length;
    if (isCode) run.push({ text: word, from: match.index, to: end, gap });
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

/** Every unit that may open in this token: "H26…", "000…H26…", "H" with "26" behind it. */
function parsesAt(run: Token[], at: number, now: Date): FoundCode[] {
  const { text } = run[at]!;
  if (text.length > MOST_CHARACTERS) return [];
  const parses: FoundCode[] = [];
  for (let place = 0; place < text.length; place++) {
    if (!/[A-HJKMNPR-Y]/.test(text[place]!)) continue;
    const before = text.slice(0, place);
    const isAfterLetters = /[A-Z]/.test(before) && !/^[0-9OQIL|]{3}[0-9A-Z|]*$/.test(before);
    if (isAfterLetters && !/[GH]/.test(text[place]!)) continue;
    const opening = { run, at, place, before, isAfterLetters };
    const parse = plain(opening, now) ?? loose(opening, now);
    if (parse) parses.push(parse);
  }
  return parses;
}

interface Opening {
  run: Token[];
  at: number;
  /** Of the unit's letter within its token. */
  place: number;
  before: string;
  isAfterLetters: boolean;
}

/** The tokens behind the unit's letter and two digits; `null` when no two digits follow. */
function rightOf({
  run,
  at,
  place,
}: Opening): { level: string; parts: Token[]; isGlued: boolean; first: number } | null {
  const token = run[at]!;
  const behind = token.text.slice(place + 1);
  const next = run[at + 1];
  // "H 26.15": the letter stands alone
  if (behind === '' && next && isDigitLike(next.text) && next.text.length === 2)
    return { level: digits(next.text), parts: run.slice(at + 2, at + 2 + MOST_TOKENS), isGlued: false, first: at + 2 };
  if (!new RegExp(`^${D}{2}`).test(behind)) return null;
  const rest = behind.slice(2);
  const parts = run.slice(at + 1, at + 1 + MOST_TOKENS);
  if (rest === '') return { level: digits(behind), parts, isGlued: false, first: at + 1 };
  const glued = { text: rest, from: token.to - rest.length, to: token.to, gap: '' };
  return { level: digits(behind.slice(0, 2)), parts: [glued, ...parts], isGlued: true, first: at };
}

/** Written as it should be, but for letters that look like digits, blanks and dashes. */
function plain(opening: Opening, now: Date): FoundCode | null {
  const right = rightOf(opening);
  if (!right) return null;
  const letter = opening.run[opening.at]!.text[opening.place]!;
  const { level, parts, isGlued } = right;
  for (let at = 0; at < Math.min(parts.length, 7); at++) {
    const groups = parts.slice(0, at).map(({ text }) => text);
    if (groups.some((group) => group.length > 5)) break;
    const tail = dayAndSerial(parts, at, now);
    if (!tail) continue;
    const unit = [`${letter}${level}`, ...groups.map(group)];
    const code = `${unit.join('.')}-${tail.day}-${tail.serial}`;
    const left = leftOf(opening);
    const from = left.from;
    const last = parts[tail.last]!;
    const next = parts[tail.last + 1];
    const isCut = next !== undefined && !/[\s,;:]/.test(next.gap) && /\d/.test(next.text);
    const isUsual =
      isKnownUnit(letter, level, tail.day) &&
      tail.serial.length === serialOf(tail.day) &&
      !/^0+$/.test(tail.serial) &&
      groups.every((part) => isUsualGroup(group(part))) &&
      !opening.isAfterLetters &&
      !isCut;
    if (left.kind === 'whole' && at === 0 && isUsual && left.isUsual)
      return { isSure: true, codes: [`${left.prefix}.${code}`], from, to: last.to };
    if (left.kind === 'none' && at > 0 && !isGlued && isUsual)
      return { isSure: true, codes: [code], from, to: last.to };
    break;
  }
  return null;
}

function dayAndSerial(parts: Token[], at: number, now: Date) {
  const text = parts[at]!.text;
  if (!isDigitLike(text)) return null;
  const next = parts[at + 1]?.text ?? '';
  const whole = digits(text);
  if ((whole.length === 6 || whole.length === 8) && isReceiptDay(whole, now))
    return isDigitLike(next) && next.length >= 3 && next.length <= 7
      ? { day: whole, serial: digits(next), last: at + 1 }
      : null;
  const shape = SHAPES.find(({ day, serial }) => whole.length === day + serial);
  if (!shape || !isReceiptDay(whole.slice(0, shape.day), now)) return null;
  return { day: whole.slice(0, shape.day), serial: whole.slice(shape.day), last: at };
}

/** Units seen on receipts: provinces, of which the mergers may bring more than 63; ministries, which write the long shape. */
const isKnownUnit = (letter: string, level: string, day: string) =>
  (letter === 'H' && level !== '00') ||
  (letter === 'G' && Number(level) >= 1 && Number(level) <= 29 && day.length === 8);

/** What stands before the unit: the older form's "000.00.01.", a part of it, or nothing of the code. */
function leftOf({ run, at, before, isAfterLetters }: Opening): {
  kind: 'whole' | 'part' | 'none';
  prefix: string;
  isUsual: boolean;
  from: number;
} {
  const token = run[at]!;
  const own = isAfterLetters ? '' : before;
  let joined = own;
  let from = token.to - token.text.length;
  let { gap } = token;
  for (let back = at - 1; back >= 0 && at - back <= 4 && joined.length < 7; back--) {
    const { text } = run[back]!;
    const isTight = gap !== '' && !/[\s,;:]/.test(gap);
    if (!isTight && !isPrefixPart(text)) break;
    joined = text + joined;
    from = run[back]!.from;
    gap = run[back]!.gap;
  }
  if (joined === '') return { kind: 'none', prefix: '', isUsual: true, from };
  const isPrefix = /^[0-9OQIL|]{3}[0-9A-Z|]{4}$/.test(joined);
  if (!isPrefix) return { kind: 'part', prefix: joined, isUsual: false, from };
  const groups = [joined.slice(0, 3), joined.slice(3, 5), joined.slice(5)].map(group);
  return { kind: 'whole', prefix: groups.join('.'), isUsual: groups.slice(1).every(isUsualGroup), from };
}

/** "OI" is 01, "AO" is A0. */
const group = (text: string) =>
  isDigitLike(text) ? digits(text) : text.length === 2 ? text[0] + digits(text[1]!) : text;
/** Groups as units have them: two digits, or A0. */
const isUsualGroup = (text: string) => /^[0-9A]\d$/.test(text);
/** Behind a blank only what begins like a prefix: "000", "00", "A0"; "ơi" and house numbers are words of their own. */
const isPrefixPart = (text: string) =>
  /^[0O]{2,3}$/.test(text) || /^0[0-9OQIL|]{0,2}$/.test(text) || /^\d{3}$/.test(text) || /^[0-9A-Z]{2}$/.test(text)
    ? !/^[A-Z]{2}$/.test(text) || text === 'OO'
    : /^[0O]{2}[0-9A-Z|]{5}$/.test(text);

/** What it may have been: separators lost or put elsewhere, zeros left out, a slip of the finger. Never for sure. */
function loose(opening: Opening, now: Date): FoundCode | null {
  const { run, at, place } = opening;
  const token = run[at]!;
  const letter = token.text[place]!;
  const tail = [
    ...(token.text.length > place + 1 ? [{ ...token, text: token.text.slice(place + 1) }] : []),
    ...run.slice(at + 1, at + 1 + MOST_TOKENS),
  ];
  const left = leftOf(opening);
  const prefixes = left.kind === 'none' ? [''] : prefixesOf(left.prefix);
  const codes: string[] = [];
  let to = token.to;
  for (let count = tail.length; count > 0; count--) {
    const parts = tail.slice(0, count);
    for (const unitless of unitlessOf(parts, now)) {
      const [level, ...groups] = unitless.unit;
      // a unit of the older form has no groups behind it
      const fronts = groups.length > 0 ? [''] : prefixes;
      for (const front of fronts)
        for (const first of lettersFor(letter, level!))
          codes.push(`${front}${[first + level, ...groups].join('.')}-${unitless.day}-${unitless.serial}`);
      to = Math.max(to, parts.at(-1)!.to);
    }
  }
  const known = [...new Set(codes)].slice(0, MOST_CANDIDATES);
  return known.length > 0 ? { isSure: false, codes: known, from: left.from, to } : null;
}

/** "00.00.01" was "000.00.01"; what was whole stays so. */
function prefixesOf(joined: string): string[] {
  if (/^\d{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}$/.test(joined)) return [`${joined}.`];
  if (!isDigitLike(joined) || joined.length > 7) return [''];
  const whole = digits(joined).padStart(7, '0');
  return [`${whole.slice(0, 3)}.${whole.slice(3, 5)}.${whole.slice(5)}.`, ''];
}

/** A letter beside H or G on the keys was most likely meant as one of them. */
function lettersFor(letter: string, level: string): string[] {
  const isProvince = level !== '00';
  if (letter === 'H') return ['H'];
  if (letter === 'G') return isProvince ? ['G', 'H'] : ['G'];
  return [...(isProvince ? ['H'] : []), ...(/[FTVBY]/.test(letter) ? ['G'] : []), letter];
}

interface Unitless {
  /** Two digits behind the letter, then groups. */
  unit: string[];
  day: string;
  serial: string;
}

function unitlessOf(parts: Token[], now: Date): Unitless[] {
  const joined = parts.map(({ text }) => text).join('');
  if (joined.length > MOST_CHARACTERS || joined.length < 9) return [];
  const cuts = new Set<number>();
  let length = 0;
  for (const { text } of parts) {
    length += text.length;
    cuts.add(length);
  }
  return corrected(joined).flatMap((text) => {
    const level = text.slice(0, 2);
    if (!/^\d{2}$/.test(digits(level))) return [];
    const made: Unitless[] = [];
    const add = (end: number, day: string, serials: string[]) => {
      if (end < 2 || !isDigitLike(day) || !isReceiptDay(digits(day), now)) return;
      for (const groups of groupings(text, 2, end, cuts))
        for (const serial of serials)
          if (isDigitLike(serial) && !/^[0OQ]+$/.test(serial))
            made.push({ unit: [digits(level), ...groups.map(group)], day: digits(day), serial: digits(serial) });
    };
    for (const { day, serial } of SHAPES) {
      const end = text.length - day - serial;
      add(end, text.slice(end, end + day), [text.slice(-serial)]);
    }
    // the serial stands apart, too short or too long: zeros were left out, or it is so
    const last = parts.at(-1)!.text.length;
    for (const { day, serial } of SHAPES) {
      const end = text.length - last - day;
      if (last > 7 || last === serial || parts.length < 2) continue;
      const typed = text.slice(-last);
      const asTyped = last >= 3 ? [typed] : [];
      add(end, text.slice(end, end + day), last < serial ? [typed.padStart(serial, '0'), ...asTyped] : asTyped);
    }
    return made;
  });
}

/** Where a letter stands that no digit looks like, the digits it may have been. At most two such slips. */
function corrected(text: string): string[] {
  let made = [''];
  let slips = 0;
  for (const [at, sign] of [...text].entries()) {
    const isGroup = at >= 2 && at < text.length - 10;
    const meant = isDigitLike(sign) || (isGroup && !SLIPS[sign]) ? sign : SLIPS[sign];
    if (meant === undefined) return [];
    if (meant !== sign) slips += 1;
    if (slips > 2) return [];
    made = made.flatMap((before) => [...meant].map((digit) => before + digit));
  }
  return made;
}

/** Groups as they stand between the separators, else in twos. */
function groupings(text: string, from: number, to: number, cuts: Set<number>): string[][] {
  if (to === from) return [[]];
  const standing: string[] = [];
  let start = from;
  for (let at = from + 1; at <= to; at++) {
    if (at < to && !cuts.has(at)) continue;
    standing.push(text.slice(start, at));
    start = at;
  }
  const isWhole = standing.every((part) => part.length <= 3) && standing.length <= 6;
  const twos = (to - from) % 2 === 0 && to - from <= 12 ? text.slice(from, to).match(/../g)! : null;
  const made = isWhole ? [standing] : [];
  if (twos && twos.join('.') !== standing.join('.')) {
    if (standing.some((part) => part.length === 1)) made.unshift(twos);
    else made.push(twos);
  }
  return made;
}

/** "26.15-250701-0001": the letter was left out; provinces are the most likely. */
function withoutLetter(run: Token[], now: Date): FoundCode | null {
  for (const [at, { text, from }] of run.entries()) {
    if (!/^\d{2}$/.test(text) || !isKnownUnit('H', text, '')) continue;
    const parts = run.slice(at + 1, at + 1 + MOST_TOKENS);
    for (let place = 1; place < Math.min(parts.length, 5); place++) {
      const tail = dayAndSerial(parts, place, now);
      const groups = parts.slice(0, place).map((part) => part.text);
      if (!tail || tail.serial.length !== serialOf(tail.day) || groups.some((part) => part.length !== 2)) continue;
      const code = `${[`H${text}`, ...groups.map(group)].join('.')}-${tail.day}-${tail.serial}`;
      return { isSure: false, codes: [code], from, to: parts[tail.last]!.to };
    }
  }
  return null;
}
