import { readFileSync } from 'node:fs';
import { plain } from '../procedures/words.ts';
import type { Said } from './cover.ts';
import { distinct, type EarnestModel, earnestFeatures, type Heard, SIZE } from './earnest.ts';
import { type Example, NO_PROCEDURE, random } from './examples.ts';
import { normalise } from './normalise.ts';

/** What `play.json` holds: things no paper is made for, and the names they are put to. */
interface Play {
  objects: Record<string, string[]>;
  places: string[];
  doings: string[];
  /** Code, name, and kinds of things the name may be said of in earnest. */
  names: [string, string, string[]][];
  papers: string[];
  verbs: string[];
  fronts: string[];
  tails: string[];
  about: string[];
  /** Earnest questions that name the same things. */
  earnest: [string, string][];
  /** For whom the names are said in earnest. */
  persons: string[];
}

export const PLAY_FILE = new URL('./data/play.json', import.meta.url);
const loadPlay = (): Play => JSON.parse(readFileSync(PLAY_FILE, 'utf8')) as Play;

interface Row {
  text: string;
  /** The procedure it means or borrows the words of; the best candidate where it is not known. */
  code: string | null;
  isEarnest: boolean;
  weight: number;
  /** As it is counted among what is heard, to be left out when it is looked at. */
  heard?: string;
}

/** Made-up requests in a procedure's words. `keep` says which things may be used, so that others stay unseen. */
export function makePlay(count: number, seed: number, keep: (thing: string) => boolean = () => true): Row[] {
  const play = loadPlay();
  const next = random(seed);
  const pick = <T>(list: T[]): T => list[Math.floor(next() * list.length)]!;
  const kinds = Object.keys(play.objects);
  const things = Object.fromEntries(kinds.map((kind) => [kind, play.objects[kind]!.filter(keep)]));
  const places = play.places.filter(keep);
  const doings = play.doings.filter(keep);
  const thing = (not: string[] = []): string => pick(things[pick(kinds.filter((kind) => !not.includes(kind)))]!);
  const rows: Row[] = [];
  const around = (text: string) => `${pick(play.fronts)}${text}${pick(play.tails)}`;
  for (let made = 0; made < count; made++) {
    const [code, name, not] = pick(play.names);
    const it = thing(not);
    const some = next() < 0.25 ? `${it} ${pick(play.about)}` : it;
    const ways = [
      () => `${name} cho ${some}`,
      () => `làm ${name} cho ${some}`,
      () => `xin ${name} cho ${some}`,
      () => `${name} của ${some}`,
      () => `${name} ${pick(places)}`,
      () => `${name} với ${some}`,
      () => `${some} có làm ${name} được không`,
      () => `${name} ${some}`,
      () => `${pick(play.verbs)} ${some}`,
      () => `${pick(play.verbs)} ${some} ${pick(places)}`,
      () => `${pick(play.papers)} ${pick(doings)}`,
      () => `${pick(play.verbs)} ${pick(play.papers)} ${pick(doings)}`,
      () => `${pick(play.papers)} ${pick(doings)} cho ${thing()}`,
      () => `${pick(play.verbs)} ${pick(doings)}`,
      () => `${name} để ${pick(doings)}`,
      () => `${some} muốn ${name}`,
    ];
    const way = Math.floor(next() * ways.length);
    rows.push({
      text: around(ways[way]!()),
      code: way < 8 || way > 13 ? code : null,
      isEarnest: false,
      weight: 1,
    });
  }
  return rows;
}

function earnestPlay(count: number, seed: number): Row[] {
  const play = loadPlay();
  const next = random(seed);
  const pick = <T>(list: T[]): T => list[Math.floor(next() * list.length)]!;
  return Array.from({ length: count }, () => {
    if (next() < 0.75) {
      const [code, name] = pick(play.names);
      const who = next() < 0.5 ? ` cho ${pick(play.persons)}` : '';
      return { text: `${pick(play.fronts)}${name}${who}${pick(play.tails)}`, code, isEarnest: true, weight: 1 };
    }
    const [code, text] = pick(play.earnest);
    const said = text.replace(/\{(\w+)\}/g, (_, kind: string) => pick(play.objects[kind]!));
    return {
      text: `${pick(play.fronts)}${said}${text.length < 40 ? pick(play.tails) : ''}`,
      code,
      isEarnest: true,
      weight: 1,
    };
  });
}

/** Two letters exchanged or one struck twice, in one word of six: a slip of the finger is no play. */
export function mistype(text: string, next: () => number): string {
  return text.replace(/\p{L}{3,}/gu, (word) => {
    if (next() > 0.16) return word;
    const at = 1 + Math.floor(next() * (word.length - 2));
    return next() < 0.5
      ? word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2)
      : word.slice(0, at) + word[at] + word.slice(at);
  });
}

/** What is heard, as if the words had never been said. */
function without(heard: Heard, words: Said[]): Heard {
  const bares = new Set(words.map(({ bare }) => bare));
  const marked = new Set(distinct(words).map((word) => word.marked));
  const pairs = new Map<string, number>();
  for (let at = 0; at + 1 < words.length; at++) {
    const pair = `${words[at]!.bare} ${words[at + 1]!.bare}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  const pairOf = (first: Said, second: Said) => pairs.get(`${first.bare} ${second.bare}`) ?? 0;
  return {
    own: (code, word) => heard.own(code, word) - Number(bares.has(word.bare)),
    ownMarked: (code, word) => heard.ownMarked(code, word) - Number(marked.has(word.marked)),
    any: (word) => heard.any(word) - Number(bares.has(word.bare)),
    anyPair: (first, second) => heard.anyPair(first, second) - pairOf(first, second),
    ownPair: (code, first, second) => heard.ownPair(code, first, second) - pairOf(first, second),
  };
}

interface Sample {
  features: number[];
  isEarnest: boolean;
  weight: number;
}

/** @param best the procedure a text is taken for */
function samples(rows: Row[], heard: Heard, best: (text: string) => string | null, seed: number): Sample[] {
  const next = random(seed);
  return rows.flatMap(({ text, code: known, isEarnest, weight, heard: own }) => {
    const typed = next() < 0.3 ? plain(text) : text;
    const code = known ?? best(typed);
    if (!code) return [];
    const { words, hasMarks } = normalise(typed);
    const around = own === undefined ? heard : without(heard, normalise(own).words);
    return [{ features: earnestFeatures(around, words, hasMarks, code), isEarnest, weight }];
  });
}

function rowsOf(examples: Example[]): Row[] {
  const rows: Row[] = [];
  const next = random(5);
  for (const { text, topic = '', procedure, isMade, isName } of examples) {
    const isNothing =
      topic.startsWith('out_of_scope') && !topic.endsWith('other_agency') && !topic.endsWith('injection');
    if (isNothing) rows.push({ text, code: null, isEarnest: false, weight: 2 });
    if (!procedure || procedure === NO_PROCEDURE || isName || !/^(procedure_question|followup)/.test(topic)) continue;
    rows.push({ text, code: procedure, isEarnest: true, weight: isMade ? 0.5 : 1, ...(!isMade && { heard: text }) });
    if (!isMade && next() < 0.35)
      rows.push({ text: mistype(text, next), code: procedure, isEarnest: true, weight: 0.7, heard: text });
  }
  return rows;
}

const EPOCHS = 8;
const RATE = 0.08;
const DECAY = 2e-5;

function learn(all: Sample[], seed: number): EarnestModel {
  const weights = new Float32Array(SIZE);
  const sums = new Float32Array(SIZE);
  let bias = 0;
  const next = random(seed);
  const order = all.map((_, at) => at);
  let averaged = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (let at = order.length - 1; at > 0; at--) {
      const other = Math.floor(next() * (at + 1));
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    const rate = RATE / (1 + epoch * 0.3);
    for (const position of order) {
      const { features, isEarnest, weight } = all[position]!;
      // words alone must not decide: whatever nobody has played with yet is judged by how it stands there
      const seen = features.filter(() => next() > 0.15);
      let score = bias;
      for (const at of seen) score += weights[at]!;
      const pull = rate * weight * (Number(isEarnest) - 1 / (1 + Math.exp(-score)));
      bias += pull * 0.2;
      for (const at of seen) weights[at]! += pull - DECAY * weights[at]!;
    }
    if (epoch >= EPOCHS / 2) {
      averaged += 1;
      weights.forEach((value, at) => {
        sums[at]! += value;
      });
    }
  }
  let top = 0;
  for (const sum of sums) top = Math.max(top, Math.abs(sum) / averaged);
  const scale = top / 127;
  return { weights: Int8Array.from(sums, (sum) => Math.round(sum / averaged / scale)), scale, bias };
}

/**
 * The same examples give the same weights.
 * @param best the procedure a text is taken for by the ranking
 * @param keep which things are played with; the others stay unseen for a test
 */
export function trainEarnest(
  examples: Example[],
  heard: Heard,
  best: (text: string) => string | null,
  keep?: (thing: string) => boolean,
): EarnestModel {
  const rows = [...rowsOf(examples), ...makePlay(7_000, 3, keep), ...earnestPlay(4_000, 4)];
  return learn(samples(rows, heard, best, 6), 7);
}
