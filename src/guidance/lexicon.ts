import { readFileSync } from 'node:fs';

/**
 * Syllables seen in the example questions and the catalogue, with how often their bare form occurs. Written by the
 * training run; a missing file means an empty lexicon (the first training run makes it).
 */
export interface Lexicon {
  marked: string[];
  bare: Record<string, number>;
}

let known: Set<string> | null = null;
let frequencies: Map<string, number> = new Map();

export const LEXICON_FILE = new URL('./data/lexicon.json', import.meta.url);

/** Replaces the lexicon, for the training run. */
export function useLexicon(lexicon: Lexicon): void {
  known = new Set(lexicon.marked);
  frequencies = new Map(Object.entries(lexicon.bare));
}

function load(): Set<string> {
  if (known) return known;
  let lexicon: Lexicon = { marked: [], bare: {} };
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

export const isKnownBare = (letters: string): boolean => bareFrequency(letters) > 0;
