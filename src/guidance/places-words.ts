import { bare, lower, syllable } from '../procedures/words.ts';
import type { Place } from './places-data.ts';

/** The words of a text, and which of them announce a place or rule one out. */

export interface Token {
  raw: string;
  bare: string;
  marked: string;
  /** What stands between the word before and this one. */
  gap: string;
}

const COMMUNE = new Set(['xã', 'phường', 'thị trấn', 'đặc khu', 'khu vực']);
/** The levels a type word may mean: a thành phố is a province or a district. */
export const LEVEL = (type: string): Place['level'][] =>
  COMMUNE.has(type)
    ? ['commune']
    : type === 'tỉnh'
      ? ['province']
      : type === 'thành phố'
        ? ['province', 'district']
        : ['district'];

/** Type words by their letters, with the spelling they have when marks are typed. */
export const TYPE_WORDS: Record<string, { type: string; marked: string }> = {
  xa: { type: 'xã', marked: 'xã' },
  phuong: { type: 'phường', marked: 'phường' },
  'thi tran': { type: 'thị trấn', marked: 'thị trấn' },
  'dac khu': { type: 'đặc khu', marked: 'đặc khu' },
  huyen: { type: 'huyện', marked: 'huyện' },
  quan: { type: 'quận', marked: 'quận' },
  'thi xa': { type: 'thị xã', marked: 'thị xã' },
  'thanh pho': { type: 'thành phố', marked: 'thành phố' },
  tinh: { type: 'tỉnh', marked: 'tỉnh' },
};
/** Short forms; those of one letter mean a place only before a capital letter, a figure or a dot. */
const SHORT_TYPES: Record<string, string> = {
  ...{ tx: 'thị xã', tp: 'thành phố', tt: 'thị trấn', p: 'phường', q: 'quận', h: 'huyện', x: 'xã', f: 'phường' },
};
/** Before a name these make it a street, a hamlet or a school … */
const NOT_PLACE =
  'đường phố ngõ hẻm thôn ấp xóm bản khu tổ làng buôn trường viện chợ sông cầu ga bến số công đồng'.split(' ');
/** … and these a person. */
const PERSON = 'ông bà anh chị cô chú bác em cháu tên thị văn khách con cụ'.split(' ');
const lettersOf = (words: string[]) => new Set(words.map(bare));
const spelledOf = (words: string[]) => new Set(words.map(syllable));
export const BEFORE = {
  place: [lettersOf(NOT_PLACE), spelledOf(NOT_PLACE)],
  person: [lettersOf(PERSON), spelledOf(PERSON)],
};
export const isBefore = (token: Token, [letters, spelled]: Set<string>[]): boolean =>
  isMarked(token) ? spelled!.has(token.marked) : letters!.has(token.bare);
/** Before a name without a type word these say that it is a place. */
export const AT = new Set('o tai ve que tu ra vao den toi thuoc len gan nguoi qua nhap voi va gom gop'.split(' '));
export const ALWAYS_NAMED = new Set(['hue', 'hcm', 'tphcm', 'hcmc', 'brvt']);

/** Words with what stands between them; "p1" and "q10" are two words. At most 4,000 signs. */
export function read(text: string): Token[] {
  const found: Token[] = [];
  const source = text.slice(0, 4_000).normalize('NFKC');
  let end = 0;
  for (const match of source.matchAll(/(?:(?<![\p{L}\p{M}])[pqfPQF](?=\d{1,2}(?!\d)))|[\p{L}\p{M}\p{N}]+/gu)) {
    const raw = match[0];
    const word = lower(raw);
    const digits = /^0+(?=\d$)/.test(word) ? word.replace(/^0+/, '') : word;
    found.push({ raw, bare: bare(digits), marked: syllable(word), gap: source.slice(end, match.index) });
    end = match.index + raw.length;
  }
  return found;
}

/** Typed with a tone, a hat or đ. */
export const isMarked = (token: Token): boolean =>
  lower(token.raw) !== token.bare && /[^a-z0-9]/.test(lower(token.raw));
export const isCapital = (token: Token | undefined): boolean => !!token && /^\p{Lu}/u.test(token.raw);

/** The type word that begins at a position. */
export function typeAt(tokens: Token[], at: number, isAccented: boolean): { type: string; words: number } | null {
  const token = tokens[at]!;
  const next = tokens[at + 1];
  if (!next) return null;
  const two = next.gap.trim() === '' ? TYPE_WORDS[`${token.bare} ${next.bare}`] : undefined;
  const one = TYPE_WORDS[token.bare];
  for (const [found, words] of [
    [two, 2],
    [one, 1],
  ] as const) {
    if (!found) continue;
    const typed = tokens.slice(at, at + words);
    const spelled = found.marked.split(' ').map(syllable).join(' ');
    const fits = typed.some(isMarked)
      ? typed.map(({ marked }) => marked).join(' ') === spelled
      : !isAccented || isCapital(tokens[at + words]);
    if (fits) return { type: found.type, words };
  }
  const short = SHORT_TYPES[token.bare];
  if (!short || isMarked(token)) return null;
  const isSure =
    token.bare === 'tx' || token.bare === 'tp' || next.gap.startsWith('.') || isCapital(next) || /^\d/.test(next.bare);
  return isSure ? { type: short, words: 1 } : null;
}
