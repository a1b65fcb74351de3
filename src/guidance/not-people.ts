import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { bare, syllable, tokens } from '../procedures/words.ts';
import type { Normalised, Word } from './normalise.ts';

/** For whom a paper of persons is asked that is none: an animal, a thing, or nothing of this world. */
export type NotPerson = 'animal' | 'thing' | 'unreal';

const phrases = z.array(z.string().min(1));
const file = z.object({
  strict: phrases,
  ofPeople: phrases,
  matters: phrases,
  animals: phrases,
  marksNeeded: phrases,
  classifiers: phrases,
  owned: phrases,
  things: phrases,
  unreal: phrases,
  real: phrases,
  persons: phrases,
  names: phrases,
});
type Name = keyof z.infer<typeof file>;

export const NOT_PEOPLE_FILE = new URL('./data/not-people.json', import.meta.url);

interface Phrase {
  marked: string[];
  bare: string[];
}

let shipped: Record<Name, Map<string, Phrase[]>> | null = null;
let needMarks = new Set<string>();

/** Phrases by their first word's letters. @throws {ConfigError} */
function load(): Record<Name, Map<string, Phrase[]>> {
  if (shipped) return shipped;
  const parsed = file.safeParse(JSON.parse(readFileSync(NOT_PEOPLE_FILE, 'utf8')));
  if (!parsed.success) throw new ConfigError(`not-people.json: ${z.prettifyError(parsed.error)}`);
  needMarks = new Set(parsed.data.marksNeeded.map(bare));
  shipped = Object.fromEntries(
    Object.entries(parsed.data).map(([name, list]) => {
      const byFirst = new Map<string, Phrase[]>();
      for (const text of list) {
        const words = tokens(text);
        const phrase = { marked: words.map(syllable), bare: words.map(bare) };
        byFirst.set(phrase.bare[0]!, [...(byFirst.get(phrase.bare[0]!) ?? []), phrase]);
      }
      return [name, byFirst];
    }),
  ) as Record<Name, Map<string, Phrase[]>>;
  return shipped;
}

const LINKS = new Set([
  'cho',
  'cua',
  'voi',
  'giua',
  'lay',
  'va',
  'vao',
  'vo',
  'o',
  'tren',
  'tai',
  'len',
  'trong',
  'mot',
]);
const NUMBERS = new Set(['hai', 'ba', 'bon', 'nam', 'may', 'nhung', 'cac', 'ca', 'vai']);
/** After "con cho" typed without marks: it is the animal, not "cho em hỏi". */
const AFTER_DOG = new Set('nha cua cung chet minh duoc can thi bi khong o nay do va poodle husky'.split(' '));
/** Words between a paper and whom it is for. */
const NEAR = 5;
const FAR = 14;

interface Span {
  from: number;
  to: number;
}

/** Where phrases of a list stand among the words. */
function spans(words: Word[], name: Name): Span[] {
  const lists = load()[name];
  const found: Span[] = [];
  words.forEach((word, from) => {
    for (const phrase of lists.get(word.bare) ?? []) {
      const to = from + phrase.bare.length;
      if (to <= words.length && phrase.bare.every((_, at) => isWord(words[from + at]!, phrase, at)))
        found.push({ from, to });
    }
  });
  return found;
}

function isWord(word: Word, phrase: Phrase, at: number): boolean {
  if (word.marked === phrase.marked[at]) return word.marked !== word.bare || !needsMarks(phrase);
  // typed without marks
  return word.marked === word.bare && word.bare === phrase.bare[at] && !needsMarks(phrase);
}

const needsMarks = (phrase: Phrase): boolean => phrase.bare.length === 1 && needMarks.has(phrase.bare[0]!);

/** Animals as such: counted, owned or asked for; no nickname of a child, no dish. */
function animals({ words, text }: Normalised): Span[] {
  const before = new Set(spans(words, 'classifiers').map(({ to }) => to));
  const after = new Set(spans(words, 'owned').map(({ from }) => from));
  const named = spans(words, 'animals').filter(({ from, to }) => {
    const previous = words[from - 1]?.bare ?? '';
    const isNickname = previous === 'be' || previous === 'ten' || isName(words[from]!.text, text);
    const isCounted = before.has(from) || /^\d+$/.test(previous) || NUMBERS.has(previous) || previous === 'nuoi';
    return (
      !isNickname && (isCounted || LINKS.has(previous) || after.has(to) || from === 0 || words[from]!.bare === 'thu')
    );
  });
  words.forEach((word, at) => {
    if (word.marked !== 'con' || words[at + 1]?.marked !== 'cho') return;
    const next = words[at + 2]?.bare;
    const isLinked = at === 0 || LINKS.has(words[at - 1]!.bare) || NUMBERS.has(words[at - 1]!.bare);
    if (isLinked && (next === undefined || AFTER_DOG.has(next))) named.push({ from: at, to: at + 2 });
  });
  return named;
}

/** "bé nhà em tên Heo": written with a capital inside a sentence that is not all in capitals. */
const isName = (word: string, text: string): boolean =>
  new RegExp(`\\p{Ll}\\s${word[0]!.toUpperCase()}${word.slice(1)}(?!\\p{L})`, 'u').test(text);

/** The paper is asked for what follows it within a few words, joined by "cho", "với", "vào" or by nothing. */
const isFor = (words: Word[], matter: Span, target: Span): boolean =>
  target.from >= matter.to &&
  target.from - matter.to <= NEAR &&
  (isJoined(words, target.from) || !hasPerson(words, matter.to, target.from));

const hasPerson = (words: Word[], from: number, to: number): boolean =>
  spans(words, 'persons').some((person) => person.from >= from && person.to <= to);

/**
 * For whom or what a paper is asked that is made for people, or of this world, only.
 * @returns null for everything that may be meant in earnest: livestock, bites, contracts about animals, nicknames
 */
export function findNotPerson(question: Normalised): NotPerson | null {
  const { words } = question;
  const strict = spans(words, 'strict');
  const ofPeople = [...strict, ...spans(words, 'ofPeople')];
  if (ofPeople.length > 0) {
    const isReal = spans(words, 'real').length > 0;
    // who keeps animals may be poor or lodge somewhere all the same
    const asked = words.some(({ marked }) => marked === 'nuôi' || marked === 'nuoi') ? strict : ofPeople;
    for (const animal of animals(question)) {
      if (!isReal && asked.some((matter) => isFor(words, matter, animal))) return 'animal';
      const isTold = asked.some((matter) => matter.from >= animal.to && matter.from - animal.to <= FAR);
      if (!isReal && isTold && !hasPerson(words, 0, words.length)) return 'animal';
    }
    const things = spans(words, 'things').filter(({ from }) => isJoined(words, from));
    if (things.some((thing) => strict.some((matter) => isFor(words, matter, thing)))) return 'thing';
  }
  const unreal = spans(words, 'unreal');
  const isNamed = spans(words, 'names').some(({ from, to }) => !unreal.some((it) => from >= it.from && to <= it.to));
  if (unreal.length === 0 || isNamed) return null;
  const papers = [...ofPeople, ...spans(words, 'matters')];
  return unreal.some((target) => papers.some((matter) => isUnrealFor(words, matter, target))) ? 'unreal' : null;
}

/** "với cái gối", "cho xe máy". */
function isJoined(words: Word[], from: number): boolean {
  const [previous, earlier] = [words[from - 1]?.bare ?? '', words[from - 2]?.bare ?? ''];
  const isNamed = /^(cai|chiec|con|em|mot|chu|cay|co)$/.test(previous);
  // "rạp cưới bàn ghế" names what is let, "cưới cái gối" whom to marry
  return isNamed ? /^(cho|voi|lay|cua|cuoi|giua)$/.test(earlier) : /^(cho|voi|lay|cua|giua)$/.test(previous);
}

/** "sổ đỏ là ước mơ", "cưới vì tình yêu": spoken of, not asked for. */
function isUnrealFor(words: Word[], matter: Span, target: Span): boolean {
  if (target.from < matter.to || target.from - matter.to > NEAR) return false;
  const previous = words[target.from - 1]?.bare ?? '';
  return (
    target.from === matter.to ||
    LINKS.has(previous) ||
    /^(cai|con|nguoi|su|nang|chi|co|tim|giay|nha|dat|den|ra|noi)$/.test(previous)
  );
}
