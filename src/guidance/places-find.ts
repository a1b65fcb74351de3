import { hasMarks, lower, syllable } from '../procedures/words.ts';
import { loadPlaces, nameKey, type Place, type Places } from './places-data.ts';
import {
  ALWAYS_NAMED,
  AT,
  BEFORE,
  isBefore,
  isCapital,
  isMarked,
  LEVEL,
  read,
  type Token,
  TYPE_WORDS,
  typeAt,
} from './places-words.ts';

/** A name in a text, and every unit it may mean. */
export interface FoundPlace {
  /** As the citizen wrote it, without the type word. */
  text: string;
  /** The type word, written out ("xã", "thị trấn"); null when none stood before the name. */
  type: string | null;
  /** Never empty. Former and today's units together; one level only when a type word says which. */
  places: Place[];
  /** The words of the text it takes, its type word included: first, and one past the last. */
  at: number;
  end: number;
}

export interface FindOptions {
  /** The text answers "which commune?" or asks about mergers: names need no type word. */
  isAboutPlaces?: boolean;
}

const spelling = new Map<string, string>();
/** A name of the list as `Token.marked` writes it. */
function markedName(name: string): string {
  let found = spelling.get(name);
  if (found === undefined) {
    if (spelling.size > 2_000) spelling.clear();
    found = (lower(name).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map(syllable).join(' ');
    spelling.set(name, found);
  }
  return found;
}

const namesOf = (place: Place, key: string): string[] =>
  [place.name, ...place.others, ...place.earlier].filter((name) => nameKey(name) === key);

/** Every typed mark agrees with the name; words typed without marks agree with any. */
function marksAgree(place: Place, key: string, typed: Token[]): boolean {
  return namesOf(place, key).some((name) => {
    const words = markedName(name).split(' ');
    return words.length !== typed.length || typed.every((token, at) => !isMarked(token) || token.marked === words[at]);
  });
}

const isSpelled = (place: Place, key: string, typed: Token[]): boolean =>
  namesOf(place, key).some((name) => markedName(name) === typed.map(({ marked }) => marked).join(' '));

/** Names between two positions must be one run of words: "Hòa, Bình" is none. */
const isRun = (tokens: Token[], from: number, to: number): boolean => {
  for (let at = from + 1; at < to; at++)
    if (!/^[\s'’-]*$/.test(tokens[at]!.gap) || /\n/.test(tokens[at]!.gap)) return false;
  return true;
};

/** The longest name at a position, of the levels given. */
function nameAt(
  places: Places,
  tokens: Token[],
  at: number,
  levels: Place['level'][] | null,
): { units: Place[]; words: number; areMarksRight: boolean } | null {
  if (!tokens[at] || !places.firstWords.has(tokens[at].bare)) return null;
  for (let words = Math.min(places.longest, tokens.length - at); words > 0; words--) {
    if (!isRun(tokens, at, at + words)) continue;
    // "tan phu thanh pho …": the last word belongs to "thành phố"
    const after = tokens[at + words];
    if (words > 1 && after && `${tokens[at + words - 1]!.bare} ${after.bare}` in TYPE_WORDS) continue;
    const typed = tokens.slice(at, at + words);
    const key = typed.map((token) => token.bare).join(' ');
    const all = places.byName.get(key)?.filter(({ level }) => !levels || levels.includes(level));
    if (!all || all.length === 0) continue;
    const agreeing = all.filter((place) => marksAgree(place, key, typed));
    // "Hoằng Thanh" is not "Hoằng Thành": who types marks on one word means the other to have none
    const exact = typed.some(isMarked) ? agreeing.filter((place) => isSpelled(place, key, typed)) : [];
    const units = exact.length > 0 ? exact : agreeing.length > 0 ? agreeing : all;
    return { units, words, areMarksRight: agreeing.length > 0 };
  }
  return null;
}

/**
 * Names of communes, districts and provinces, former and of today, with and without marks. Names that are common words
 * ("Hòa Bình", "Tân Tiến") count only after a type word, beside another place, or when the text is about places.
 */
export function findPlaces(text: string, options: FindOptions = {}): FoundPlace[] {
  const tokens = read(text);
  if (tokens.length === 0) return [];
  const places = loadPlaces();
  const isAccented = tokens.filter(isMarked).length * 3 > tokens.length;
  const found: FoundPlace[] = [];
  const weak: FoundPlace[] = [];
  let at = 0;
  while (at < tokens.length) {
    const type = typeAt(tokens, at, isAccented);
    const named = type ? nameAt(places, tokens, at + type.words, LEVEL(type.type)) : null;
    if (type && named && isAllowedAfterType(places, tokens, at + type.words, named, options, type.type)) {
      const start = at + type.words;
      const raw = tokens.slice(start, start + named.words).map((token) => token.raw);
      found.push({
        text: raw.join(' '),
        type: type.type,
        places: named.units,
        at,
        end: start + named.words,
      });
      at = start + named.words;
      continue;
    }
    const bareName = nameAt(places, tokens, at, null);
    if (!bareName || !isAllowedBare(places, tokens, at, bareName, options, isAccented)) {
      at++;
      continue;
    }
    const raw = tokens.slice(at, at + bareName.words).map((token) => token.raw);
    const entry = { text: raw.join(' '), type: null, places: bareName.units, at, end: at + bareName.words };
    (isTrusted(places, tokens, at, bareName, options, isAccented) ? found : weak).push(entry);
    at = entry.end;
  }
  // a doubtful name counts beside a sure one: "Cốc San, Bát Xát, tỉnh Lào Cai"
  for (let round = 0; round < 2 && found.length > 0; round++) {
    for (const entry of weak.splice(0)) {
      const isBeside = found.some(
        (sure) => (sure.at === entry.end || sure.end === entry.at) && isAround(sure.places, entry.places),
      );
      (isBeside ? found : weak).push(entry);
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/** One list of units lies in the other. */
function isAround(one: Place[], other: Place[]): boolean {
  const inside = (a: Place, b: Place): boolean => {
    for (let up = a.within; up; up = up.within)
      if (up === b || up.now[0]?.to === b || (up.level === 'province' && up.from.includes(b))) return true;
    return false;
  };
  return one.some((a) => other.some((b) => inside(a, b) || inside(b, a)));
}

type Named = { units: Place[]; words: number; areMarksRight: boolean };

const spanOf = (tokens: Token[], at: number, words: number) => {
  const typed = tokens.slice(at, at + words);
  return { typed, key: typed.map((token) => token.bare).join(' '), isNamed: typed.every(isCapital) };
};

/** "xã làm", "xã có tổ", "quan 3 thang" are no names though communes are called so. */
function isAllowedAfterType(
  places: Places,
  tokens: Token[],
  at: number,
  { words, areMarksRight }: Named,
  options: FindOptions,
  type: string,
): boolean {
  const { typed, key, isNamed } = spanOf(tokens, at, words);
  if (!/^[\s.:]*$/.test(typed[0]!.gap)) return false;
  if (/^\d+$/.test(key) && type !== 'phường' && type !== 'quận') return false;
  if (/^\d+$/.test(key))
    return (
      options.isAboutPlaces ||
      !/^(thang|ngay|nam|nguoi|tang|phong|lan|to|ban|cai|gio|tuoi|trieu)$/.test(tokens[at + 1]?.bare ?? '')
    );
  if (isNamed) return areMarksRight || words > 1;
  if (!areMarksRight) return false;
  const isEveryday = words === 1 || places.everydayWords.has(key);
  return !isEveryday || (options.isAboutPlaces === true && endsHere(tokens, at + words));
}

/** What follows cannot belong to a name: "xa hop dong, huyen …", "xa lim gio thuoc …". */
function endsHere(tokens: Token[], at: number): boolean {
  const after = tokens[at];
  return !after || /[,;.?!-]/.test(after.gap) || after.bare in TYPE_WORDS || AFTER.has(after.bare);
}
const AFTER = new Set('cu moi gio nay hien bay chu sap nhap thuoc gop bo thi tinh thanh tp tx'.split(' '));

/** A name without a type word may be a place at all: not a person, a street or words that only look alike. */
function isAllowedBare(
  places: Places,
  tokens: Token[],
  at: number,
  { units, words, areMarksRight }: Named,
  options: FindOptions,
  isAccented: boolean,
): boolean {
  const { typed, key, isNamed } = spanOf(tokens, at, words);
  const before = tokens[at - 1];
  const after = tokens[at + words];
  if (!areMarksRight || (!isNamed && (places.falseFriends.has(key) || places.everydayWords.has(key)))) return false;
  if (words === 1 && !(ALWAYS_NAMED.has(key) && (key !== 'hue' || isMarked(typed[0]!) || isNamed))) return false;
  if (isAccented && !typed.some(isMarked) && !isNamed && units.every(({ name }) => hasMarks(name))) return false;
  if (before && typed[0]!.gap === ' ') {
    if (isBefore(before, BEFORE.place) || /^\d/.test(before.bare)) return false;
    if (!options.isAboutPlaces && isBefore(before, BEFORE.person)) return false;
    // "Nguyễn Thanh Sơn": part of a person's name
    if (isCapital(before) && isNamed && at > 1 && !AT.has(before.bare)) return false;
  }
  const goesOn = after && isCapital(after) && after.gap === ' ' && isNamed && !TYPE_WORDS[after.bare] && words < 3;
  return !goesOn || options.isAboutPlaces === true;
}

/** Sure enough to stand alone; other names count only beside a sure one. */
function isTrusted(
  places: Places,
  tokens: Token[],
  at: number,
  { units, words }: Named,
  options: FindOptions,
  isAccented: boolean,
): boolean {
  const { typed, key, isNamed } = spanOf(tokens, at, words);
  const isAt = !!tokens[at - 1] && AT.has(tokens[at - 1]!.bare);
  if (options.isAboutPlaces) return true;
  if (units.some(({ level }) => level === 'province'))
    return isNamed || (isAt && (!isAccented || typed.some(isMarked))) || ALWAYS_NAMED.has(key);
  return isNamed && isAt && units.length <= 2 && !places.falseFriends.has(key);
}
