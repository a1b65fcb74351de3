import { sound } from '../procedures/words.ts';
import type { Normalised } from './normalise.ts';

const SEED = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a over UTF-16 units, 32 bits. `value` goes on from an earlier part. */
function go(text: string, value: number): number {
  let sum = value;
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), PRIME);
  return sum;
}

export const hash = (text: string): number => go(text, SEED) >>> 0;

/** Features of one question in the order found: 32-bit names and weights, each name once. */
export interface Features {
  count: number;
  keys: Uint32Array;
  weights: Float32Array;
}

/** Room for the longest message: 120 words give about 2,500 features. */
const ROOM = 8_192;
const MASK = 2 * ROOM - 1;
const found: Features = { count: 0, keys: new Uint32Array(ROOM), weights: new Float32Array(ROOM) };
const slots = new Uint32Array(2 * ROOM);
/** A slot counts only in the round it was filled in: nothing has to be cleared between questions. */
const rounds = new Uint32Array(2 * ROOM);
let round = 0;

function add(value: number, weight: number): void {
  const key = value >>> 0;
  let slot = key & MASK;
  while (rounds[slot] === round) {
    if (slots[slot] === key) return;
    slot = (slot + 1) & MASK;
  }
  if (found.count === ROOM) return;
  rounds[slot] = round;
  slots[slot] = key;
  found.keys[found.count] = key;
  found.weights[found.count] = weight;
  found.count += 1;
}

/** Only the first words count: a story's end is read too, its middle may be lost. */
const FIRST = 70;
const LAST = 50;

const START = Object.fromEntries([...'wbtg^$mns '].map((letter) => [letter, go(letter, SEED)])) as Record<
  string,
  number
>;
const BLANK = ' ';

/**
 * What the linear model sees: hashed word 1–3-grams and character 3–4-grams without marks, word 1–2-grams with marks
 * where marks were typed, and sounds. Each feature once, with its weight. The result is overwritten by the next call.
 */
export function features(question: Normalised): Features {
  let words = question.words;
  if (words.length > FIRST + LAST) words = [...words.slice(0, FIRST), ...words.slice(-LAST)];
  found.count = 0;
  round += 1;
  const bare = words.map((word) => (/^\d/.test(word.bare) ? numberShape(word.bare) : word.bare));
  for (let at = 0; at < bare.length; at++) {
    const word = bare[at]!;
    add(go(word, START.w!), 1);
    if (at + 1 === bare.length) break;
    const pair = go(bare[at + 1]!, go(BLANK, go(word, START.b!)));
    add(pair, 1.2);
    if (at + 2 === bare.length) break;
    add(go(bare[at + 2]!, go(BLANK, go(bare[at + 1]!, go(BLANK, go(word, START.t!))))), 0.9);
    add(go(bare[at + 2]!, go(BLANK, go(word, START.g!))), 0.5);
  }
  const last = bare.at(-1) ?? '';
  add(go(bare[0] ?? '', START['^']!), 0.4);
  add(go(last, START.$!), 0.5);
  if (bare.length > 1) add(go(last, go(BLANK, go(bare.at(-2)!, START.$!))), 0.7);
  add(go(bare.length <= 2 ? 'len2' : bare.length <= 4 ? 'len4' : bare.length <= 8 ? 'len8' : 'len', SEED), 0.5);
  if (question.hasMarks) {
    for (let at = 0; at < words.length; at++) {
      const { marked } = words[at]!;
      const next = words[at + 1]?.marked;
      if (marked !== bare[at]) add(go(marked, START.m!), 0.7);
      if (next !== undefined && (marked !== bare[at] || next !== bare[at + 1]))
        add(go(next, go(BLANK, go(marked, START.n!))), 0.7);
    }
  }
  const sounds = bare.map(sound);
  for (let at = 0; at + 1 < sounds.length; at++) add(go(sounds[at + 1]!, go(BLANK, go(sounds[at]!, START.s!))), 0.5);
  const line = `_${bare.join('_')}_`;
  for (let at = 0; at + 3 <= line.length; at++) {
    let value = Math.imul(SEED ^ line.charCodeAt(at), PRIME);
    value = Math.imul(value ^ line.charCodeAt(at + 1), PRIME);
    value = Math.imul(value ^ line.charCodeAt(at + 2), PRIME);
    add(value, 0.25);
    if (at + 4 <= line.length) add(Math.imul(value ^ line.charCodeAt(at + 3), PRIME), 0.35);
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
