/** Repeatable chance. */
export function createChance(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, pick: <T>(list: readonly T[]): T => list[below(list.length)]! };
}
type Chance = ReturnType<typeof createChance>;

const pad = (value: number, length: number) => String(value).padStart(length, '0');

/** A code as one of the systems would issue it. */
export function someCode({ below, pick }: Chance): string {
  const [year, month, day] = [19 + below(7), 1 + below(12), 1 + below(28)];
  const short = `${pad(year, 2)}${pad(month, 2)}${pad(day, 2)}-${pad(1 + below(pick([9, 99, 999, 9_999])), 4)}`;
  const long = `20${short.slice(0, 6)}-${pad(1 + below(pick([9, 9_999, 9_999_999])), 7)}`;
  const province = `H${pad(1 + below(63), 2)}`;
  const two = () => pad(1 + below(99), 2);
  return pick([
    () => `000.${pick(['00', 'A0'])}.${two()}.${province}-${short}`,
    () => `000.00.${two()}.${province}-${short}`,
    () => `${province}.${two()}-${short}`,
    () => `${province}.${two()}.${two()}-${short}`,
    () => `${province}.${two()}-${long}`,
    () => `G${pad(1 + below(25), 2)}.${two()}-${long}`,
  ])();
}

const at = (text: string, place: number, put: string, removed = 0) =>
  text.slice(0, place) + put + text.slice(place + removed);
const places = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(({ index }) => index);
const each = (text: string, pattern: RegExp, put: (sign: string) => string) => text.replace(pattern, put);
/** Letters on or above whose key a digit stands, without those that look like one. */
const KEYS: Record<string, string> = {
  '2': 'w',
  '3': 'e',
  '4': 'r',
  '5': 'ts',
  '6': 'yg',
  '7': 'u',
  '8': 'b',
  '0': 'p',
};
const BESIDE: Record<string, string> = { H: 'GJNBYU', G: 'FTYVB' };
const WORDS = [
  (code: string) => `mã hồ sơ của em là ${code} nhé`,
  (code: string) => `ma ho so cua em la ${code} nhe`,
  (code: string) => `cô ơi ${code} xong chưa ạ`,
  (code: string) => `nho xem ho so so:${code}, em nop hom 20/10`,
  (code: string) => `${code} toi dau roi`,
  (code: string) => `Hs ${code}. Cảm ơn`,
  (code: string) => `ad oi ${code} oi lau qua 2 tuan roi`,
];
const DASHES = ['‐', '–', '—', '−', '_', '/', ' - ', ' – ', '--', ' '];

/**
 * Ways in which people spoil a code and it still can be told that one was meant. A digit typed for another digit, or two
 * changed over, is not among them: that is another code, and nobody can tell from the words.
 */
export const MISTYPINGS: Record<string, (code: string, chance: Chance) => string> = {
  'lower case': (code) => code.toLowerCase(),
  'blanks at separators': (code, { pick }) =>
    each(code, /[.-]/g, (sign) => pick([` ${sign} `, `${sign} `, ` ${sign}`])),
  'blanks for separators': (code) => code.replace(/[.-]/g, ' '),
  'o for 0': (code, { pick }) => code.replace(/0/g, pick(['o', 'O'])),
  'some o for 0': (code, { below }) => each(code, /0/g, (sign) => (below(2) ? 'o' : sign)),
  'l or I for 1': (code, { pick }) => each(code, /1/g, () => pick(['l', 'I', '|'])),
  'Q for a 0': (code, { pick }) => {
    const zeros = places(code.replace(/-\d+$/, ''), /0/g);
    return zeros.length > 0 ? at(code, pick(zeros), 'Q', 1) : code.toLowerCase();
  },
  'other dashes': (code, { pick }) => each(code, /-/g, () => pick(DASHES)),
  'a dash lost': (code, { pick }) => at(code, pick(places(code, /-/g)), '', 1),
  'dashes lost': (code) => code.replace(/-/g, ''),
  'a dot lost': (code, { pick }) => at(code, pick(places(code, /\./g)), '', 1),
  'dots lost': (code) => code.replace(/\./g, ''),
  glued: (code) => code.replace(/[.-]/g, ''),
  'glued and lower': (code) => code.replace(/[.-]/g, '').toLowerCase(),
  'commas for dots': (code) => code.replace(/\./g, ','),
  'dots for dashes': (code) => code.replace(/-/g, '.'),
  'dashes for dots': (code) => code.replace(/\./g, '-'),
  'separators doubled': (code) => code.replace(/[.-]/g, '$&$&'),
  'a slip of the finger': (code, { pick }) => {
    const place = pick(places(code, /[2-8]|(?<=\d)0/g));
    return place === undefined ? code.toLowerCase() : at(code, place, pick([...KEYS[code[place]!]!]), 1);
  },
  'a slip at the letter': (code, { pick }) => {
    const place = code.search(/[HG]/);
    // between H and G the long shape does not tell: both are issued
    const beside = [...BESIDE[code[place]!]!].filter((key) => !(key === 'G' && /-\d{8}-/.test(code)));
    return at(code, place, pick(beside), 1);
  },
  'the letter twice': (code) => code.replace(/[HG]/, '$&$&'),
  'no letter': (code) => (/^\d/.test(code) ? code.toLowerCase() : code.slice(1)),
  'zeros of the serial left out': (code) => code.replace(/-0+(\d+)$/, '-$1'),
  'zeros of the prefix left out': (code) => code.replace(/^000\./, '00.').replace(/^00\.00\./, '0.00.'),
  'a digit left out': (code, { pick }) => at(code, pick(places(code, /\d/g)), '', 1),
  'a digit twice': (code, { pick }) => {
    const place = pick(places(code, /\d/g));
    return at(code, place, code[place]!);
  },
  'a blank somewhere': (code, { below }) => at(code, 1 + below(code.length - 1), ' '),
  'a line break somewhere': (code, { pick }) => at(code, pick(places(code, /[.-]/g)) + 1, '\n'),
  'full width': (code) => each(code, /[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0)),
  'invisible signs': (code, { below }) => at(code, below(code.length), '\u200b'),
};

/** `count` mistyped codes, some spoilt twice, most within words; the same each time. */
export function mistypings(count: number, seed = 1): { kind: string; code: string; typed: string }[] {
  const chance = createChance(seed);
  const kinds = Object.keys(MISTYPINGS);
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length]!;
    const code = someCode(chance);
    let typed = MISTYPINGS[kind]!(code, chance);
    if (chance.below(4) === 0) typed = chance.below(2) ? typed.toLowerCase() : typed.replace(/0/g, 'o');
    if (chance.below(3) > 0) typed = chance.pick(WORDS)(typed);
    return { kind, code, typed };
  });
}
