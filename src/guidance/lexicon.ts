import { readFileSync } from 'node:fs';

/**
 * Syllables seen in the example questions and the catalogue, with how often their bare form occurs. Written by the
 * training run; a missing file means an empty lexicon (the first training run makes it).
 */
export interface Lexicon {
  marked: string[];
  bare: Record<string, number>;
  /** How often two bare syllables stand side by side, for the commoner ones. */
  pairs: Record<string, number>;
}

let known: Set<string> | null = null;
let frequencies: Map<string, number> = new Map();
let pairs: Map<string, number> = new Map();
/** Known syllables, bare and marked, by themselves with one letter left out. */
let shortened: Map<string, string[]> = new Map();

export const LEXICON_FILE = new URL('./data/lexicon.json', import.meta.url);

/** Replaces the lexicon, for the training run. */
export function useLexicon(lexicon: Lexicon): void {
  known = new Set(lexicon.marked);
  frequencies = new Map(Object.entries(lexicon.bare));
  pairs = new Map(Object.entries(lexicon.pairs));
  shortened = new Map();
  for (const word of new Set([...frequencies.keys(), ...known])) {
    if (word.length < 3 || /^\d/.test(word)) continue;
    for (const short of new Set(lettersOut(word))) {
      const whole = shortened.get(short);
      if (whole) whole.push(word);
      else shortened.set(short, [word]);
    }
  }
}

function load(): Set<string> {
  if (known) return known;
  let lexicon: Lexicon = { marked: [], bare: {}, pairs: {} };
  try {
    lexicon = JSON.parse(readFileSync(LEXICON_FILE, 'utf8')) as Lexicon;
  } catch {
    // before the first training run
  }
  useLexicon(lexicon);
  return known!;
}

export const isKnownSyllable = (marked: string): boolean => load().has(marked);

export function bareFrequency(letters: string): number {
  load();
  return frequencies.get(letters) ?? 0;
}

/** How often the two were said side by side. */
export function pairFrequency(first: string, second: string): number {
  load();
  return pairs.get(`${first} ${second}`) ?? 0;
}

/** The word with each of its letters left out once. */
export const lettersOut = (word: string): string[] =>
  Array.from(word, (letter, at) => (/\d/.test(letter) ? '' : word.slice(0, at) + word.slice(at + 1))).filter(Boolean);

/** Known syllables that become this one when a letter is left out. */
export function lengthened(letters: string): string[] {
  load();
  return shortened.get(letters) ?? [];
}

export const isKnownBare = (letters: string): boolean => bareFrequency(letters) > 0;
