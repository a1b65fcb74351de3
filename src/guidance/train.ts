import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadHints } from '../procedures/hints.ts';
import { bare, plain, syllable, tokens } from '../procedures/words.ts';
import { features } from './features.ts';
import { LEXICON_FILE, type Lexicon, useLexicon } from './lexicon.ts';
import { encodeModel, type Head, MODEL_FILE, type Model, softmax, vector } from './model.ts';
import { normalise } from './normalise.ts';
import { WORDS_FILE } from './read.ts';

/** One example question. `topic` is the intent, or intent and note ("office_info|hours"); heads without a target skip it. */
export interface Example {
  text: string;
  topic?: string;
  procedure?: string;
  aspect?: string;
  weight: number;
  /** Made from a template: teaches the model, tells the word search nothing. */
  isMade?: true;
}

export interface TrainOptions {
  /** Passes over the examples. */
  epochs?: number;
  rate?: number;
  decay?: number;
  seed?: number;
  /** Weights kept per head, the largest first. */
  keep?: number;
}

const UTTERANCES = new URL('./data/utterances/', import.meta.url);
export const NO_PROCEDURE = 'none';

/** Intents that may name a procedure without asking about it: they teach the procedure head nothing. */
const MAY_NAME_PROCEDURE = new Set([
  'status_check',
  'payment',
  'feedback_complaint',
  'office_info',
  'account_help',
  'human_request',
]);

/** All example questions kept as data: data/utterances/*.jsonl, then names and aliases of the catalogue. */
export function loadExamples(): Example[] {
  const catalogue = loadCatalogue();
  const examples: Example[] = [];
  for (const file of readdirSync(UTTERANCES)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()) {
    for (const line of readFileSync(new URL(file, UTTERANCES), 'utf8').split('\n')) {
      if (!line.trim()) continue;
      const row = JSON.parse(line) as {
        code?: string;
        text: string;
        aspect?: string | null;
        intent?: string;
        note?: string;
      };
      if (row.code) {
        const procedure = catalogue.byCode(row.code)?.code;
        if (!procedure) continue;
        examples.push({
          text: row.text,
          topic: row.intent ?? 'procedure_question',
          procedure,
          ...(row.aspect && { aspect: row.aspect }),
          weight: 1,
        });
      } else if (row.intent === 'procedure_question') {
        examples.push({ text: row.text, topic: 'procedure_question', weight: 1 });
      } else if (row.intent) {
        const topic = row.note ? `${row.intent}|${row.note}` : row.intent;
        const isAspect = row.intent === 'followup' && ASPECT_NOTES.has(row.note ?? '');
        examples.push({
          text: row.text,
          topic: isAspect ? 'followup|aspect' : topic,
          ...(isAspect && { aspect: row.note! }),
          ...(!MAY_NAME_PROCEDURE.has(row.intent) &&
            !(row.intent === 'out_of_scope' && row.note === 'other_agency') &&
            row.note !== 'correction' && { procedure: NO_PROCEDURE }),
          weight: 1,
        });
      }
    }
  }
  examples.push(...fromTemplates());
  for (const procedure of catalogue.all) {
    examples.push({ text: procedure.name, topic: 'procedure_question', procedure: procedure.code, weight: 0.5 });
    for (const alias of procedure.aliases)
      examples.push({
        text: alias,
        topic: 'procedure_question',
        procedure: procedure.code,
        aspect: 'overview',
        weight: 0.5,
      });
  }
  return examples;
}

const ASPECT_NOTES = new Set([
  'documents',
  'fee',
  'time',
  'place',
  'steps',
  'online',
  'eligibility',
  'result',
  'form',
  'legal_basis',
  'validity',
  'overview',
]);

const TEMPLATES = new URL('./data/templates.json', import.meta.url);

/** Short questions: ways of asking mixed with names, more of them for what citizens ask more often. */
function fromTemplates(): Example[] {
  const catalogue = loadCatalogue();
  const hints = loadHints();
  const templates = JSON.parse(readFileSync(TEMPLATES, 'utf8')) as Record<string, string[]>;
  const aspects = Object.keys(templates).filter((name) => ASPECT_NOTES.has(name));
  const next = random(11);
  const pick = <T>(list: T[]): T => list[Math.floor(next() * list.length)]!;
  const examples: Example[] = [];
  for (const procedure of catalogue.all) {
    const say = hints.get(procedure.code)?.say ?? [];
    const names = [...say, ...say, ...(procedure.aliases.length > 0 ? procedure.aliases : [procedure.name])];
    const count = 3 + 6 * (hints.get(procedure.code)?.often ?? 0);
    for (let made = 0; made < count; made++) {
      const aspect = pick(aspects);
      const text = pick(templates[aspect]!).replace('{p}', pick(names));
      examples.push({
        text: next() < 0.3 ? plain(text) : text,
        topic: 'procedure_question',
        procedure: procedure.code,
        aspect,
        weight: 0.5,
        isMade: true,
      });
    }
  }
  return examples;
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
  for (const text of texts) {
    for (const word of tokens(text)) {
      if (/\d/.test(word) || word.length > 7) continue;
      counts.set(bare(word), (counts.get(bare(word)) ?? 0) + 1);
      if (word !== plain(word)) marked.set(syllable(word), (marked.get(syllable(word)) ?? 0) + 1);
    }
  }
  const shape = /^(ngh|ng|nh|ch|gh|gi|kh|ph|th|tr|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(ng|nh|ch|[cmnpt])?$/;
  const keepBare = [...counts]
    .filter(([word, count]) => count >= 4 && (shape.test(word) || count >= 12))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    marked: [...marked]
      .filter(([, count]) => count >= 3)
      .map(([word]) => word)
      .sort(),
    bare: Object.fromEntries(keepBare),
  };
}

/** A small generator of repeatable random numbers (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
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
  for (let epoch = 0; epoch < options.epochs; epoch++) {
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
      for (let at = 0; at < weights.length; at++) sumWeights[at]! += weights[at]!;
      for (let at = 0; at < count; at++) sumBias[at]! += bias[at]!;
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
  const classIds: number[] = [];
  const bytes: number[] = [];
  for (let id = 0; id < featureCount; id++) {
    for (let c = 0; c < count; c++) {
      const weight = weights[id * count + c]!;
      if (bucket(weight) < threshold) continue;
      const byte = Math.round(weight / scale[c]!);
      if (byte === 0) continue;
      classIds.push(c);
      bytes.push(byte);
    }
    starts[id + 1] = bytes.length;
  }
  return {
    name,
    classes,
    bias,
    scale,
    starts,
    classIds: Uint8Array.from(classIds),
    weights: Int8Array.from(bytes),
    temperature: 1,
  };
}

/** Features seen in at least two examples, in a fixed order. */
function selectFeatures(questions: ReturnType<typeof normalise>[]): Uint32Array {
  const counts = new Map<number, number>();
  for (const question of questions)
    for (const key of features(question).keys()) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Uint32Array.from([...counts].filter(([, count]) => count >= 3).map(([key]) => key)).sort();
}

/** The same examples and options give the same model, byte for byte. */
export function train(examples: Example[], options: TrainOptions = {}): Model {
  const settings: Required<TrainOptions> = { epochs: 9, rate: 12, decay: 0, seed: 7, keep: 700_000, ...options };
  const questions = examples.map(({ text }) => normalise(text));
  const hashes = selectFeatures(questions);
  const index = new Map<number, number>();
  hashes.forEach((key, id) => {
    index.set(key, id);
  });
  const vectors = questions.map((question) => vector(question, index));
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
          vector: vectors[at]!,
          plainVector: plainVectors[at]!,
          target: classes.indexOf(target),
          weight: example.weight * weigh(target, counts.get(target)!),
        },
      ];
    });
    heads.set(name, trainHead(name, classes, rows, hashes.length, settings));
  };
  addHead('topic', (target) => (target === 'procedure_question' ? 0.4 : 1));
  addHead('procedure', () => 1);
  // the examples ask "may I" far more often than people in a chat do
  addHead('aspect', (_target, count) => Math.min(1, Math.sqrt(350 / count)));
  return { version: '1', index, hashes, heads };
}

/** The examples as the word search reads them: a code, a tab, words without marks; reading them again would cost the start. */
function exampleWords(examples: Example[]): string {
  return examples
    .filter(({ procedure, isMade }) => procedure && procedure !== NO_PROCEDURE && !isMade)
    .map(
      ({ procedure, text }) =>
        `${procedure}\t${normalise(text)
          .words.map((word) => word.bare)
          .join(' ')}\n`,
    )
    .join('');
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
  return `${examples.length} examples, ${model.hashes.length} features, ${(bytes.length / 1e6).toFixed(1)} MB, ${((Date.now() - began) / 1000).toFixed(0)} s`;
}
