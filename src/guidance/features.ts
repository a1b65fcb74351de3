import { sound } from '../procedures/words.ts';
import type { Normalised } from './normalise.ts';

/** FNV-1a over UTF-16 units, 32 bits. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    value ^= text.charCodeAt(at);
    value = Math.imul(value, 0x01000193);
  }
  return value >>> 0;
}

/** Only the first words count: a story's end is read too, its middle may be lost. */
const FIRST = 70;
const LAST = 50;

/** Words at the end of a message in which its question stands. */
export const TAIL = 20;

/** The end of a long message: what is asked is said there, what went before is the story. */
export const tailOf = (question: Normalised): Normalised =>
  question.words.length <= TAIL ? question : { ...question, words: question.words.slice(-TAIL) };

/**
 * What the linear model sees: hashed word 1–3-grams and character 3–4-grams without marks, word 1–2-grams with marks
 * where marks were typed, and sounds. Each feature once, with its weight.
 */
export function features(question: Normalised): Map<number, number> {
  let words = question.words;
  if (words.length > FIRST + LAST) words = [...words.slice(0, FIRST), ...words.slice(-LAST)];
  const found = new Map<number, number>();
  const add = (name: string, weight: number) => {
    const key = hash(name);
    if (!found.has(key)) found.set(key, weight);
  };
  const bare = words.map((word) => (/^\d/.test(word.bare) ? numberShape(word.bare) : word.bare));
  for (let at = 0; at < bare.length; at++) {
    add(`w${bare[at]}`, 1);
    if (at + 1 < bare.length) add(`b${bare[at]} ${bare[at + 1]}`, 1.2);
    if (at + 2 < bare.length) add(`t${bare[at]} ${bare[at + 1]} ${bare[at + 2]}`, 0.9);
    if (at + 2 < bare.length) add(`g${bare[at]} ${bare[at + 2]}`, 0.5);
  }
  add(`^${bare[0] ?? ''}`, 0.4);
  add(`$${bare.at(-1) ?? ''}`, 0.5);
  if (bare.length > 1) add(`$${bare.at(-2)} ${bare.at(-1)}`, 0.7);
  add(bare.length <= 2 ? 'len2' : bare.length <= 4 ? 'len4' : bare.length <= 8 ? 'len8' : 'len', 0.5);
  if (question.hasMarks) {
    const marked = words.map((word) => word.marked);
    for (let at = 0; at < marked.length; at++) {
      if (marked[at] !== bare[at]) add(`m${marked[at]}`, 0.7);
      if (at + 1 < marked.length && (marked[at] !== bare[at] || marked[at + 1] !== bare[at + 1])) {
        add(`n${marked[at]} ${marked[at + 1]}`, 0.7);
      }
    }
  }
  const sounds = bare.map(sound);
  for (let at = 0; at + 1 < sounds.length; at++) add(`s${sounds[at]} ${sounds[at + 1]}`, 0.5);
  const line = `_${bare.join('_')}_`;
  for (let size = 3; size <= 4; size++) {
    for (let at = 0; at + size <= line.length; at++) add(line.slice(at, at + size), size === 3 ? 0.25 : 0.35);
  }
  return found;
}

/** Ages, counts, years and sums differ in kind, not in value. */
function numberShape(digits: string): string {
  const value = Number(/^\d+/.exec(digits)?.[0] ?? 0);
  if (value >= 1900 && value <= 2100) return '#year';
  if (value >= 100_000) return '#big';
  return digits.length <= 3 ? digits : '#n';
}
