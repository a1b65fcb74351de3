import { readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { isAround, type Said } from './cover.ts';
import { hash } from './features.ts';

/**
 * Whether a question means the procedure it names or plays with its words ("khai sinh cho con mèo", "giấy phép ngủ
 * nướng"). Learnt from the example questions and from made-up play (train-earnest.ts): which words go with which
 * procedure, how far the others are from all that is ever said to the commune, and how they are tied to it.
 */

/** Words and neighbours of words in what is said about procedures. `train-earnest.ts` leaves an example's own out. */
export interface Heard {
  /** In how many texts about the procedure the word stands; with the marks it has here. */
  own(code: string, word: Said): number;
  ownMarked(code: string, word: Said): number;
  /** In how many texts about any procedure. */
  any(word: Said): number;
  anyPair(first: Said, second: Said): number;
  ownPair(code: string, first: Said, second: Said): number;
}

const PAIR_BITS = 19;
const PAIR_MASK = (1 << PAIR_BITS) - 1;
const pairKey = (first: Said, second: Said, code = ''): number =>
  hash(`${code} ${first.bare} ${second.bare}`) & PAIR_MASK;

/** Counts what texts say. Pairs are counted by hash: one in twenty unheard ones passes for heard, which is as good as none. */
export function createHeard(texts: { code: string; words: Said[] }[]): Heard {
  const own = new Map<string, Map<string, number>>();
  const any = new Map<string, number>();
  const pairs = new Uint8Array(PAIR_MASK + 1);
  const ownPairs = new Uint8Array(PAIR_MASK + 1);
  const more = (counts: Map<string, number>, word: string) => counts.set(word, (counts.get(word) ?? 0) + 1);
  const morePairs = (counts: Uint8Array, key: number) => {
    if (counts[key]! < 255) counts[key]! += 1;
  };
  for (const { code, words } of texts) {
    const counts = own.get(code) ?? new Map<string, number>();
    own.set(code, counts);
    for (const word of new Set(words.map(({ bare }) => bare))) {
      more(counts, word);
      more(any, word);
    }
    for (const { marked } of distinct(words)) if (/[^a-z]/.test(marked)) more(counts, marked);
    for (let at = 0; at + 1 < words.length; at++) {
      morePairs(pairs, pairKey(words[at]!, words[at + 1]!));
      morePairs(ownPairs, pairKey(words[at]!, words[at + 1]!, code));
    }
  }
  return {
    own: (code, { bare }) => own.get(code)?.get(bare) ?? 0,
    ownMarked: (code, { marked, bare }) => own.get(code)?.get(marked === bare ? bare : marked) ?? 0,
    any: ({ bare }) => any.get(bare) ?? 0,
    anyPair: (first, second) => pairs[pairKey(first, second)]!,
    ownPair: (code, first, second) => ownPairs[pairKey(first, second, code)]!,
  };
}

export const distinct = (words: Said[]): Said[] => {
  const seen = new Map(words.map((word) => [word.marked, word]));
  return [...seen.values()];
};

export const SIZE = 1 << 16;
const slot = (name: string): number => hash(name) & (SIZE - 1);
const LONGEST = 60;

/** What is seen of a question about a procedure, as places among the weights. */
export function earnestFeatures(heard: Heard, all: Said[], hasMarks: boolean, code: string): number[] {
  const words = all.length > LONGEST ? [...all.slice(0, LONGEST / 2), ...all.slice(-LONGEST / 2)] : all;
  const found = new Set<number>();
  const add = (name: string) => found.add(slot(name));
  let shape = '';
  let told = '';
  const counts: Record<string, number> = {};
  let strange = 0;
  let apart = 0;
  words.forEach((word, at) => {
    const kind = kindOf(heard, word, hasMarks, code);
    shape += kind;
    const previous = words[at - 1];
    if (previous) {
      const isOwn = heard.ownPair(code, previous, word) > 0;
      const pair = isOwn ? 'o' : heard.anyPair(previous, word) > 0 ? 'n' : 'x';
      if (pair === 'x') apart += 1;
      add(`pair ${pair}${shape.slice(-2)}`);
      add(`both ${previous.bare} ${word.bare}`);
      if (hasMarks) add(`marked ${previous.marked} ${word.marked}`);
    }
    if (kind === 'a' || kind === '#') return;
    told += kind;
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (kind === 'O') return;
    strange += 1;
    add(`word ${word.bare}`);
    if (hasMarks) add(`said ${word.marked}`);
    if (previous) add(`after ${previous.bare} ${kind}`);
    if (at > 1) add(`behind ${words[at - 2]!.bare} ${previous!.bare} ${kind}`);
  });
  const length = words.length <= 5 ? 's' : words.length <= 10 ? 'm' : words.length <= 22 ? 'l' : 'x';
  for (const kind in counts) {
    add(`count ${kind}${Math.min(4, counts[kind]!)}`);
    add(`count ${kind}${Math.min(4, counts[kind]!)}${length}`);
  }
  for (let at = 0; at < told.length; at++) {
    add(`told ${told.slice(at, at + 2)}`);
    add(`told ${told.slice(at, at + 3)}`);
  }
  for (let at = 0; at + 2 < shape.length; at++) add(`shape ${shape.slice(at, at + 3)}`);
  add(`length ${length}`);
  add(`apart ${Math.min(6, apart)}${length}`);
  add(`strange ${Math.min(8, Math.round((10 * strange) / Math.max(1, told.length)))}${length}`);
  add(`last ${told.at(-1) ?? ''}`);
  if (hasMarks) add(`marks ${Math.min(3, counts.T ?? 0)}`);
  return [...found];
}

/** Around a matter, a number, said about it, said with another tone, or how often about other matters. */
function kindOf(heard: Heard, word: Said, hasMarks: boolean, code: string): string {
  if (/^\d/.test(word.bare)) return '#';
  if (isAround(word, hasMarks)) return 'a';
  if (heard.own(code, word) > 0) return word.marked === word.bare || heard.ownMarked(code, word) > 0 ? 'O' : 'T';
  const often = heard.any(word);
  return often === 0 ? 'U' : often <= 3 ? 'R' : often <= 20 ? 'M' : 'C';
}

export interface EarnestModel {
  weights: Int8Array;
  scale: number;
  bias: number;
}

/** Knows nothing yet. */
export const NO_EARNEST: EarnestModel = { weights: new Int8Array(SIZE), scale: 0, bias: 0 };

/** How sure it is that the question means the procedure, 0 … 1. */
export function earnestShare(model: EarnestModel, found: number[]): number {
  let sum = 0;
  for (const at of found) sum += model.weights[at]!;
  return 1 / (1 + Math.exp(-(sum * model.scale + model.bias)));
}

export const EARNEST_FILE = new URL('./data/earnest.bin', import.meta.url);

/** @throws {AppError} when the file is missing or damaged */
export function loadEarnest(file: URL | string = EARNEST_FILE): EarnestModel {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new AppError('model_unreadable', 'no data/earnest.bin: run "hoixa train" once', { cause });
  }
  if (bytes.length !== SIZE + 8) throw new AppError('model_unreadable', 'data/earnest.bin is damaged (hoixa train)');
  return {
    scale: bytes.readFloatLE(0),
    bias: bytes.readFloatLE(4),
    weights: new Int8Array(bytes.buffer.slice(bytes.byteOffset + 8, bytes.byteOffset + bytes.length)),
  };
}

export function encodeEarnest({ weights, scale, bias }: EarnestModel): Buffer {
  const head = Buffer.alloc(8);
  head.writeFloatLE(scale, 0);
  head.writeFloatLE(bias, 4);
  return Buffer.concat([head, Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength)]);
}
