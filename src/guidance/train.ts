import { writeFileSync } from 'node:fs';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadHints } from '../procedures/hints.ts';
import { bare, plain, syllable, tokens } from '../procedures/words.ts';
import { askingPart } from './asking.ts';
import { CRIES_FILE, encodeCries } from './cries.ts';
import { createHeard, EARNEST_FILE, type EarnestModel, encodeEarnest, NO_EARNEST } from './earnest.ts';
import { type Example, loadExamples, NO_PROCEDURE, random } from './examples.ts';
import { features, hash } from './features.ts';
import { LEXICON_FILE, type Lexicon, useLexicon } from './lexicon.ts';
import { encodeModel, type Head, indexFeatures, MODEL_FILE, type Model, softmax, vector } from './model.ts';
import { normalise } from './normalise.ts';
import { searchTexts, WORDS_FILE } from './rank-procedures.ts';
import { createReader } from './read.ts';
import { cryWords, trainCries } from './train-cries.ts';
import { trainEarnest } from './train-earnest.ts';

export { loadExamples } from './examples.ts';

export interface TrainOptions {
  /** Passes over the examples. */
  epochs?: number;
  rate?: number;
  decay?: number;
  seed?: number;
  /** Weights kept per head, the largest first. */
  keep?: number;
  /** How often the examples are learnt anew, in another order each time; the weights of all rounds are averaged. */
  rounds?: number;
}

/** Syllables worth knowing: often enough in texts that were typed with care. */
export function buildLexicon(examples: Example[]): Lexicon {
  const marked = new Map<string, number>();
  const counts = new Map<string, number>();
  const catalogue = loadCatalogue();
  const texts = [
    ...examples.map(({ text }) => text),
    ...catalogue.all.flatMap((record) => [record.name, record.notes, record.eligibility ?? '', ...record.steps]),
  ];
  const pairs = new Map<string, number>();
  for (const text of texts) {
    const said = tokens(text).map(bare);
    for (let at = 0; at + 1 < said.length; at++) {
      const pair = `${said[at]} ${said[at + 1]}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    for (const word of tokens(text)) {
      if (/\d/.test(word) || word.length > 7) continue;
      counts.set(bare(word), (counts.get(bare(word)) ?? 0) + 1);
      if (word !== plain(word)) marked.set(syllable(word), (marked.get(syllable(word)) ?? 0) + 1);
    }
  }
  for (const word of cryWords()) {
    if (/\d/.test(word) || word.length > 7) continue;
    counts.set(bare(word), (counts.get(bare(word)) ?? 0) + 13);
    if (word !== plain(word)) marked.set(syllable(word), (marked.get(syllable(word)) ?? 0) + 3);
  }
  const shape = /^(ngh|ng|nh|ch|gh|gi|kh|ph|th|tr|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(ng|nh|ch|[cmnpt])?$/;
  const keepBare = [...counts]
    .filter(([word, count]) => count >= 4 && (shape.test(word) || count >= 12))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const isKept = new Set(keepBare.map(([word]) => word));
  return {
    marked: [...marked]
      .filter(([, count]) => count >= 3)
      .map(([word]) => word)
      .sort(),
    bare: Object.fromEntries(keepBare),
    pairs: Object.fromEntries(
      [...pairs]
        .filter(([pair, count]) => count >= 4 && pair.split(' ').every((word) => isKept.has(word)))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

type Vector = ReturnType<typeof vector>;
interface Row {
  vector: Vector;
  plainVector: Vector | null;
  target: number;
  weight: number;
}

/** Softmax regression by stochastic gradient descent; the weights of the second half of the epochs are averaged. */
function trainHead(
  name: string,
  classes: string[],
  rows: Row[],
  featureCount: number,
  options: Required<TrainOptions>,
): Head {
  const count = classes.length;
  const weights = new Float32Array(featureCount * count);
  const bias = new Float32Array(count);
  const sumWeights = new Float32Array(featureCount * count);
  const sumBias = new Float32Array(count);
  const next = random(options.seed);
  const order = rows.map((_, at) => at);
  const sums = new Float32Array(count);
  let averaged = 0;
  for (let pass = 0; pass < options.epochs * options.rounds; pass++) {
    const epoch = pass % options.epochs;
    if (epoch === 0) {
      weights.fill(0);
      bias.fill(0);
    }
    for (let at = order.length - 1; at > 0; at--) {
      const other = Math.floor(next() * (at + 1));
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    const rate = options.rate / (1 + epoch * 0.35);
    for (const position of order) {
      const { vector: marked, plainVector, target, weight } = rows[position]!;
      const sparse = plainVector && next() < 0.35 ? plainVector : marked;
      const { ids, values } = sparse;
      sums.set(bias);
      for (let at = 0; at < ids.length; at++) {
        const base = ids[at]! * count;
        const value = values[at]!;
        for (let c = 0; c < count; c++) sums[c]! += value * weights[base + c]!;
      }
      const shares = softmax(sums);
      shares[target]! -= 1;
      const step = rate * weight;
      for (let c = 0; c < count; c++) bias[c]! -= step * 0.1 * shares[c]!;
      for (let c = 0; c < count; c++) {
        const pull = shares[c]! * step;
        if (Math.abs(pull) < 2e-4) continue;
        for (let at = 0; at < ids.length; at++) weights[ids[at]! * count + c]! -= pull * values[at]!;
      }
    }
    if (options.decay > 0) {
      const shrink = 1 - options.decay * rate;
      for (let at = 0; at < weights.length; at++) weights[at]! *= shrink;
    }
    if (epoch >= Math.floor(options.epochs / 2)) {
      averaged += 1;
      weights.forEach((weight, at) => {
        sumWeights[at]! += weight;
      });
      bias.forEach((weight, at) => {
        sumBias[at]! += weight;
      });
    }
  }
  for (let at = 0; at < sumWeights.length; at++) sumWeights[at]! /= averaged;
  for (let at = 0; at < count; at++) sumBias[at]! /= averaged;
  return sparse(name, classes, sumWeights, sumBias, featureCount, options.keep);
}

/** Keeps the largest weights, one signed byte each. */
function sparse(
  name: string,
  classes: string[],
  weights: Float32Array,
  bias: Float32Array,
  featureCount: number,
  keep: number,
): Head {
  const count = classes.length;
  const histogram = new Uint32Array(4096);
  let top = 0;
  for (const weight of weights) top = Math.max(top, Math.abs(weight));
  const bucket = (weight: number) => Math.min(4095, Math.floor((Math.abs(weight) / top) * 4095));
  for (const weight of weights) histogram[bucket(weight)]! += 1;
  let threshold = 4095;
  for (let kept = 0; threshold > 1; threshold--) {
    kept += histogram[threshold]!;
    if (kept > keep) break;
  }
  const scale = new Float32Array(count);
  for (let at = 0; at < weights.length; at++)
    scale[at % count] = Math.max(scale[at % count]!, Math.abs(weights[at]!) / 127);
  const starts = new Uint32Array(featureCount + 1);
  const entries: number[] = [];
  for (let id = 0; id < featureCount; id++) {
    for (let c = 0; c < count; c++) {
      const weight = weights[id * count + c]!;
      if (bucket(weight) < threshold) continue;
      const byte = Math.round(weight / scale[c]!);
      if (byte === 0) continue;
      entries.push(c, byte & 0xff);
    }
    starts[id + 1] = entries.length / 2;
  }
  return {
    name,
    classes,
    bias,
    scale,
    starts,
    entries: Uint8Array.from(entries),
    temperature: 1,
  };
}

/** Features seen in at least two examples, in a fixed order. */
function selectFeatures(questions: ReturnType<typeof normalise>[]): Uint32Array {
  const counts = new Map<number, number>();
  for (const question of questions) {
    const { keys, count } = features(question);
    for (let at = 0; at < count; at++) counts.set(keys[at]!, (counts.get(keys[at]!) ?? 0) + 1);
  }
  return Uint32Array.from([...counts].filter(([, count]) => count >= 3).map(([key]) => key)).sort();
}

/** Part of the weights kept per head: few classes need few, and every weight costs time at each question. */
const KEPT = { topic: 0.6, procedure: 1, aspect: 0.4 };

/**
 * How fast weights are forgotten, chosen on examples held out: what is asked about a matter (12 classes, thousands of
 * examples) else learns single sentences by heart and drowns the cues; log loss 0.54 -> 0.49 at the same share right.
 */
const DECAY = { topic: 0, procedure: 0, aspect: 0.01 };

/** What the heads learn from: every example read, as the reader would read it. */
function prepare(examples: Example[]) {
  const questions = examples.map(({ text }) => normalise(text));
  const hashes = selectFeatures(questions);
  const index = indexFeatures(hashes);
  const vectors = questions.map((question) => vector(question, index));
  // what is asked about a matter is said in one sentence, however long the story
  const askings = questions.map((question, at) => {
    const asking = askingPart(question);
    return asking === question ? vectors[at]! : vector(asking, index);
  });
  let sum = 0;
  const add = (value: number) => {
    sum = Math.imul(sum ^ value, 0x01000193) >>> 0;
  };
  examples.forEach(({ topic, procedure, aspect, weight }, at) => {
    add(hash(`${topic} ${procedure} ${aspect} ${weight}`));
    for (const { ids } of [vectors[at]!, askings[at]!]) for (const id of ids) add(hashes[id]!);
  });
  return { questions, hashes, index, vectors, askings, version: sum.toString(16) };
}

/** Tells models apart by what they were trained on; a model of another version than the data's needs `hoixa train`. */
export const versionOf = (examples: Example[]): string => prepare(examples).version;

/** The same examples and options give the same model, byte for byte. */
export function train(examples: Example[], options: TrainOptions = {}): Model {
  const settings = { epochs: 6, rate: 6, seed: 7, keep: 420_000, rounds: 2, ...options };
  const { questions, hashes, index, vectors, askings, version } = prepare(examples);
  // each marked example is also seen as typed without marks, so that the marked features do not carry everything
  const plainVectors = questions.map((question) =>
    question.hasMarks ? vector({ ...question, hasMarks: false }, index) : null,
  );
  const heads = new Map<string, Head>();
  const addHead = (name: 'topic' | 'procedure' | 'aspect', weigh: (target: string, count: number) => number) => {
    const counts = new Map<string, number>();
    for (const { [name]: target } of examples)
      if (target !== undefined) counts.set(target, (counts.get(target) ?? 0) + 1);
    const classes = [...counts.keys()].sort();
    const rows = examples.flatMap((example, at): Row[] => {
      const target = example[name];
      if (target === undefined) return [];
      return [
        {
          vector: name === 'aspect' ? askings[at]! : vectors[at]!,
          plainVector: name === 'aspect' && askings[at] !== vectors[at] ? null : plainVectors[at]!,
          target: classes.indexOf(target),
          weight: example.weight * weigh(target, counts.get(target)!),
        },
      ];
    });
    const keep = Math.round(settings.keep * KEPT[name]);
    heads.set(name, trainHead(name, classes, rows, hashes.length, { decay: DECAY[name], ...settings, keep }));
  };
  addHead('topic', (target) => (target === 'procedure_question' ? 0.4 : 1));
  addHead('procedure', () => 1);
  // the examples ask "may I" far more often than people in a chat do
  addHead('aspect', (_target, count) => Math.min(1, Math.sqrt(350 / count)));
  return { version, index, hashes, heads };
}

/** The examples as the word search reads them: a code, a tab, words with marks as digits; reading them again would cost the start. */
export function exampleWords(examples: Example[]): string {
  return examples
    .filter(({ procedure, isMade }) => procedure && procedure !== NO_PROCEDURE && !isMade)
    .map(
      ({ procedure, text }) =>
        `${procedure}\t${normalise(text)
          .words.map((word) => word.marked)
          .join(' ')}\n`,
    )
    .join('');
}

/** The sign of earnest questions, with procedures read as the model reads them. `keep`: see makePlay. */
export function trainEarnestFor(model: Model, examples: Example[], keep?: (thing: string) => boolean): EarnestModel {
  const words = exampleWords(examples);
  const read = createReader(model, undefined, words, NO_EARNEST);
  const heard = createHeard(searchTexts(loadCatalogue(), loadHints(), normalise, words));
  return trainEarnest(examples, heard, (text) => read(text).candidates[0]?.code ?? null, keep);
}

/** Trains on all examples and writes lexicon, words and model. @returns what to print */
export function trainAndSave(options: TrainOptions = {}): string {
  const began = Date.now();
  const examples = loadExamples();
  const lexicon = buildLexicon(examples);
  useLexicon(lexicon);
  writeFileSync(LEXICON_FILE, JSON.stringify(lexicon));
  writeFileSync(WORDS_FILE, exampleWords(examples));
  const model = train(examples, options);
  const bytes = encodeModel(model);
  writeFileSync(MODEL_FILE, bytes);
  writeFileSync(CRIES_FILE, encodeCries(trainCries(examples)));
  writeFileSync(EARNEST_FILE, encodeEarnest(trainEarnestFor(model, examples)));
  return `${examples.length} examples, ${model.hashes.length} features, ${(bytes.length / 1e6).toFixed(1)} MB, ${((Date.now() - began) / 1000).toFixed(0)} s`;
}
