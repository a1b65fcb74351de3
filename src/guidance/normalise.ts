import { bare, letters as lettersOf, lower, syllable, tokens } from '../procedures/words.ts';
import { isKnownBare, isKnownSyllable } from './lexicon.ts';
import { decodeKeys, mend, split, unswap } from './repair.ts';
import { inContext, PHRASES, SHORT } from './short-forms.ts';

/** One word of the citizen, read. */
export interface Word {
  /** Marked, in the spelling of the norm ("không"), or bare when it was typed so. */
  text: string;
  /** hats and tone in one spelling ("khong", "hoa2"). */
  marked: string;
  /** Letters only ("khong"). */
  bare: string;
  /** Letters in the spelling patterns are written in. */
  letters: string;
}

export interface Normalised {
  /** NFC, single blanks; case kept. Line breaks kept. */
  text: string;
  words: Word[];
  hasMarks: boolean;
  /** How many words had been read where a sentence ended, and whether it ended with a question mark. */
  ends: { at: number; asks: boolean }[];
}

/** Words already taken apart: people use the same few thousand syllables. */
const known = new Map<string, Word>();
const KNOWN_AT_MOST = 10_000;

function wordOf(text: string): Word {
  const word = known.get(text);
  if (word) return word;
  const made = { text, marked: syllable(text), bare: bare(text), letters: lettersOf(text) };
  // numbers are not kept: they may be somebody's
  if (known.size < KNOWN_AT_MOST && text.length <= 7 && !/\d/.test(text)) known.set(text, made);
  return made;
}

const pushWords = (words: Word[], text: string) => {
  for (const part of text.split(' ')) words.push(wordOf(part));
};

/** Reads the spelling of a message: marks, short forms, left-overs of input methods, words stuck together. Never throws. */
export function normalise(raw: string): Normalised {
  const text = raw
    .normalize('NFC')
    .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g, '')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
  let prepared = lower(text.slice(0, 4_000)).replace(/([\p{L}])\1{2,}/gu, '$1');
  for (const [pattern, replacement] of PHRASES) prepared = prepared.replace(pattern, replacement);
  // "sjnh", "roj": j for i, in the whole message
  if (/(^|[^\p{L}])[a-z]*j[b-hk-z]+/u.test(prepared)) prepared = prepared.replace(/j/g, 'i');
  const { raws, stops } = tokensAndStops(prepared);
  const words: Word[] = [];
  const ends: Normalised['ends'] = [];
  for (let at = 0; at < raws.length; at++) {
    const stop = stops.get(at);
    if (stop) ends.push({ at: words.length, asks: stop === '?' });
    const word = raws[at]!;
    const before = words.length > 0 ? words[words.length - 1]!.text : '';
    const after = raws[at + 1] ?? '';
    const short = inContext(word, raws[at - 1] ?? before, after) ?? (Object.hasOwn(SHORT, word) ? SHORT[word]! : null);
    if (short) {
      pushWords(words, short);
      continue;
    }
    const { marked, bare: letters } = wordOf(word);
    if (/^\d/.test(word) || isKnownSyllable(marked)) {
      pushWords(words, word);
      continue;
    }
    const isTyped = word === letters || /[fsrxjw]$/.test(word) || /\d/.test(word) || word.startsWith('dđ');
    const decoded = isTyped && !isKnownBare(letters) ? decodeKeys(word) : null;
    if (decoded) pushWords(words, decoded);
    else if (isKnownBare(letters)) pushWords(words, word);
    else pushWords(words, split(word)?.join(' ') ?? unswap(word) ?? word.replace(/j/g, 'i').replace(/w/g, 'qu'));
  }
  for (const [at, letters] of mend(words)) words[at] = wordOf(letters);
  ends.push({ at: words.length, asks: /[?\uff1f][^\p{L}\p{N}]*$/u.test(prepared) });
  return { text, words, hasMarks: /[\u00c0-\u1ef9]/.test(text), ends };
}

/** Words as typed, and the sign that ended a sentence before the word of that number. */
function tokensAndStops(prepared: string): { raws: string[]; stops: Map<number, string> } {
  const raws: string[] = [];
  const stops = new Map<number, string>();
  // a stop between digits belongs to a number
  for (const part of prepared.split(/((?<!\d)[.!?\uff1f\u2026;\n]+|(?<=\d)[.!?\uff1f\u2026;\n]+(?!\d))/)) {
    if (/^[.!?\uff1f\u2026;\n]/.test(part)) {
      if (raws.length > 0) stops.set(raws.length, /[?\uff1f]/.test(part) ? '?' : '.');
    } else raws.push(...tokens(part));
  }
  return { raws, stops };
}

/** The words without marks, one blank between them and at both ends: what cues and patterns are matched on. */
export const lineOf = (question: Normalised): string => ` ${question.words.map(({ letters }) => letters).join(' ')} `;
