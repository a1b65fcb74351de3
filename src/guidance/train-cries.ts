import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { plain, tokens } from '../procedures/words.ts';
import { CLASSES, CRY_SLOTS, type CryModel, cryVector, DANGERS, type DangerKind, NO_DANGER } from './cries.ts';
import { type Example, random } from './examples.ts';
import { softmax } from './model.ts';
import { normalise } from './normalise.ts';
import { mistype } from './train-earnest.ts';

const ways = z.object({
  slots: z.record(z.string(), z.array(z.string())),
  kinds: z.record(z.enum(DANGERS), z.array(z.string().min(1))),
  none: z.array(z.string().min(1)),
  calm: z.array(z.string().min(1)),
});
const WAYS_FILE = new URL('./data/cries.json', import.meta.url);

function loadWays(): z.infer<typeof ways> {
  const parsed = ways.safeParse(JSON.parse(readFileSync(WAYS_FILE, 'utf8')));
  if (!parsed.success) throw new ConfigError(`cries.json: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export interface CryExample {
  text: string;
  /** null: nobody is in danger. */
  kind: DangerKind | null;
  weight: number;
}

/** Messages made of one way, of whichever kind: a cry may be said in many words, a near-miss too. */
const PER_WAY = 45;
const PER_NONE = 50;
const PER_CALM = 4;
const SHORT_FORMS: [RegExp, string][] = [
  [/(?<=^| )không(?= |$)/g, 'k'],
  [/(?<=^| )được(?= |$)/g, 'đc'],
  [/(?<=^| )rồi(?= |$)/g, 'r'],
  [/(?<=^| )với(?= |$)/g, 'vs'],
  [/(?<=^| )em(?= |$)/g, 'e'],
  [/(?<=^| )chồng(?= |$)/g, 'ck'],
  [/(?<=^| )vợ(?= |$)/g, 'vk'],
  [/(?<=^| )gì(?= |$)/g, 'j'],
  [/(?<=^| )giờ(?= |$)/g, 'h'],
  [/(?<=^| )người(?= |$)/g, 'ng'],
];

/** Every message of the ways, typed as people type. `keep` leaves ways out, for measuring what nobody has shown. */
export function makeCries(seed: number, keep: (way: string) => boolean = () => true): CryExample[] {
  const { slots, kinds, none, calm } = loadWays();
  const next = random(seed);
  const pick = <T>(list: T[]): T => list[Math.floor(next() * list.length)]!;
  const expand = (way: string): string => {
    let text = way;
    while (/[({]/.test(text))
      text = text.replace(/\{(\w+)\}|\(([^(){}]*)\)/, (_all, slot?: string, choices?: string) =>
        slot ? pick(slots[slot] ?? ['']) : pick(choices!.split('|')),
      );
    return text.replace(/ +/g, ' ').trim();
  };
  const typed = (text: string): string => {
    const spoken = next() < 0.12 ? SHORT_FORMS.reduce((said, [from, to]) => said.replace(from, to), text) : text;
    const accident = next() < 0.08 ? mistype(spoken, next) : spoken;
    return next() < 0.35 ? plain(accident) : accident;
  };
  const make = (kind: DangerKind | null, patterns: string[], count: number) => {
    const kept = patterns.filter(keep);
    return kept.flatMap((way) =>
      Array.from({ length: count }, (): CryExample => ({ text: typed(expand(way)), kind, weight: 1 })),
    );
  };
  return [
    ...DANGERS.flatMap((kind) => {
      const patterns = kinds[kind] ?? [];
      return make(kind, patterns, Math.max(PER_WAY, Math.round(260 / Math.max(1, patterns.length))));
    }),
    ...make(null, none, PER_NONE),
    ...make(null, calm, PER_CALM),
  ];
}

/** The kinds of danger the example questions name. */
const NOTES: Record<string, DangerKind> = { missing_child: 'missing', suicide_indirect: 'suicide' };

function kindOf({ topic = '', text }: Example): DangerKind | null {
  const [intent, note = ''] = topic.split('|');
  if (intent !== 'emergency') return null;
  const kind = (NOTES[note] ?? note.replace('_indirect', '')) as DangerKind;
  const line = plain(text.toLowerCase());
  if (kind === 'accident' && /duoi nuoc|chim|xuong (ao|song|gieng|kenh|muong|suoi|bien)/.test(line)) return 'water';
  if (kind === 'accident' && /dien giat|giat dien|day dien/.test(line)) return 'wire';
  if (kind === 'accident' && /ran .*can|ran can/.test(line)) return 'snake_bite';
  if (kind === 'violence' && /trom|cuop|giat/.test(line)) return 'theft';
  return DANGERS.includes(kind) ? kind : 'unclear';
}

/** The example questions: hardly anybody who asks for a paper is in danger. */
const fromExamples = (examples: Example[]): CryExample[] =>
  examples.map((example) => {
    const kind = kindOf(example);
    return { text: example.text, kind, weight: kind ? 2 : example.isMade || example.isName ? 0.4 : 1 };
  });

/** Syllables people cry with: the spelling repair must know them before it takes "rắn" for "hắn". */
export function cryWords(): string[] {
  const { kinds, slots } = loadWays();
  const texts = [...Object.values(kinds), ...Object.values(slots)].flatMap((list) => list ?? []);
  return [...new Set(texts.flatMap((text) => tokens(text.replace(/[(){}|]/g, ' '))))];
}

interface Row {
  vector: ReturnType<typeof cryVector>;
  target: number;
  weight: number;
}

const rowOf = ({ text, kind, weight }: CryExample): Row => ({
  vector: cryVector(normalise(text)),
  target: kind === null ? NO_DANGER : DANGERS.indexOf(kind),
  weight,
});

/** Each member learns messages made with dice of its own. */
const SEEDS = [23, 24];
const EPOCHS = 4;
const RATE = 5;

/**
 * Softmax regression by stochastic gradient descent; the weights of the second half of the epochs are averaged, over all
 * members: which messages the dice made and in what order they came should decide as little as possible.
 */
function learn(members: Row[][], temperature: number): CryModel {
  const weights = new Float32Array(CRY_SLOTS * CLASSES);
  const kept = new Float32Array(CRY_SLOTS * CLASSES);
  const bias = new Float32Array(CLASSES);
  const keptBias = new Float32Array(CLASSES);
  const sums = new Float32Array(CLASSES);
  let averaged = 0;
  for (const [member, rows] of members.entries()) {
    const next = random(9 + member);
    const order = rows.map((_, at) => at);
    weights.fill(0);
    bias.fill(0);
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      for (let at = order.length - 1; at > 0; at--) {
        const other = Math.floor(next() * (at + 1));
        [order[at], order[other]] = [order[other]!, order[at]!];
      }
      const rate = RATE / (1 + epoch * 0.35);
      for (const position of order) {
        const { vector, target, weight } = rows[position]!;
        const { slots, values } = vector;
        sums.set(bias);
        for (let at = 0; at < slots.length; at++) {
          const from = slots[at]! * CLASSES;
          for (let c = 0; c < CLASSES; c++) sums[c]! += values[at]! * weights[from + c]!;
        }
        const shares = softmax(sums);
        shares[target]! -= 1;
        for (let c = 0; c < CLASSES; c++) {
          const pull = shares[c]! * rate * weight;
          if (Math.abs(pull) < 1e-3) continue;
          bias[c]! -= pull * 0.1;
          for (let at = 0; at < slots.length; at++) weights[slots[at]! * CLASSES + c]! -= pull * values[at]!;
        }
      }
      if (epoch < 2) continue;
      averaged += 1;
      weights.forEach((weight, at) => {
        kept[at]! += weight;
      });
      bias.forEach((weight, at) => {
        keptBias[at]! += weight;
      });
    }
  }
  let top = 0;
  for (const weight of kept) top = Math.max(top, Math.abs(weight) / averaged);
  const scale = top / 127;
  return {
    weights: Int8Array.from(kept, (weight) => Math.round(weight / averaged / scale)),
    scale,
    bias: keptBias.map((value) => value / averaged),
    temperature,
  };
}

/** How much the shares must be flattened for ways nobody has shown: the temperature with the least log loss there. */
function calibrate(model: CryModel, rows: Row[]): number {
  const all = rows.map(({ vector: { slots, values }, target }) => {
    const sums = Float32Array.from(model.bias);
    for (let at = 0; at < slots.length; at++)
      for (let c = 0; c < CLASSES; c++)
        sums[c]! += values[at]! * model.weights[slots[at]! * CLASSES + c]! * model.scale;
    return { sums, isDanger: target !== NO_DANGER };
  });
  let best = { temperature: 1, loss: Number.POSITIVE_INFINITY };
  for (let temperature = 0.6; temperature <= 4; temperature += 0.1) {
    let loss = 0;
    for (const { sums, isDanger } of all) {
      const none = softmax(sums.map((sum) => sum / temperature))[NO_DANGER]!;
      loss -= Math.log(Math.max(1e-6, isDanger ? 1 - none : none));
    }
    if (loss < best.loss) best = { temperature, loss };
  }
  return best.temperature;
}

/** Every fifth way is kept out once, to see how far the shares can be believed. The same examples give the same weights. */
export function trainCries(examples: Example[]): CryModel {
  const known = fromExamples(examples).map(rowOf);
  let at = 0;
  const fold = new Map<string, number>();
  const foldOf = (way: string) => {
    if (!fold.has(way)) fold.set(way, at++ % 5);
    return fold.get(way)!;
  };
  const unseen = makeCries(22, (way) => foldOf(way) === 2).map(rowOf);
  const temperature = calibrate(
    learn(
      SEEDS.map((seed) => [...known, ...makeCries(seed, (way) => foldOf(way) !== 2).map(rowOf)]),
      1,
    ),
    unseen,
  );
  const members = SEEDS.map((seed) => [...known, ...makeCries(seed).map(rowOf)]);
  return learn(members, temperature);
}
