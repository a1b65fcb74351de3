import { readdirSync, readFileSync } from 'node:fs';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadHints } from '../procedures/hints.ts';
import { plain } from '../procedures/words.ts';
import { hash } from './features.ts';
import { ASPECTS } from './guidance.ts';

/** One example question. `topic` is the intent, or intent and note ("office_info|hours"); heads without a target skip it. */
export interface Example {
  text: string;
  topic?: string;
  procedure?: string;
  aspect?: string;
  weight: number;
  /** Made from a template: teaches the model, tells the word search nothing. */
  isMade?: true;
  /** A name or alias of the catalogue. */
  isName?: true;
  /** How it was typed: "accented", "no_diacritics", "long" … */
  style?: string;
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
        style?: string;
        /** "aspect": a way of asking, whose matter is asked often enough elsewhere. */
        teaches?: 'aspect';
      };
      if (row.code) {
        const procedure = catalogue.byCode(row.code)?.code;
        if (!procedure) continue;
        if (row.teaches === 'aspect') {
          examples.push({
            text: row.text,
            topic: 'procedure_question',
            ...(row.aspect && { aspect: row.aspect }),
            weight: 1,
          });
          continue;
        }
        examples.push({
          text: row.text,
          topic: row.intent ?? 'procedure_question',
          procedure,
          ...(row.aspect && { aspect: row.aspect }),
          weight: 1,
          ...(row.style && { style: row.style }),
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
          ...(row.style && { style: row.style }),
        });
      }
    }
  }
  examples.push(...fromTemplates());
  for (const procedure of catalogue.all) {
    examples.push({
      text: procedure.name,
      topic: 'procedure_question',
      procedure: procedure.code,
      weight: 0.5,
      isName: true,
    });
    for (const alias of procedure.aliases)
      examples.push({
        text: alias,
        topic: 'procedure_question',
        procedure: procedure.code,
        aspect: 'overview',
        weight: 0.5,
        isName: true,
      });
  }
  return examples;
}

const ASPECT_NOTES = new Set<string>(ASPECTS);

const TEMPLATES = new URL('./data/templates.json', import.meta.url);

type Templates = Record<string, string[]> & { asked: Record<string, string[]>; leads: string[]; tails: string[] };

/** Made per aspect: "vậy tốn mấy đồng hả", with no matter named. */
const FOLLOWUPS = 90;

/** Short questions: ways of asking mixed with names, more of them for what citizens ask more often. */
function fromTemplates(): Example[] {
  const catalogue = loadCatalogue();
  const hints = loadHints();
  const { asked, leads, tails, ...templates } = JSON.parse(readFileSync(TEMPLATES, 'utf8')) as Templates;
  const aspects = Object.keys(templates).filter((name) => ASPECT_NOTES.has(name));
  const examples: Example[] = [];
  for (const procedure of catalogue.all) {
    const say = hints.get(procedure.code)?.say ?? [];
    const names = [...say, ...say, ...(procedure.aliases.length > 0 ? procedure.aliases : [procedure.name])];
    const count = 3 + 6 * (hints.get(procedure.code)?.often ?? 0);
    for (let made = 0; made < count; made++) {
      const { next, pick } = dice(`${procedure.code} ${made}`);
      const aspect = pick(aspects);
      const text =
        next() < 0.5 ? pick(templates[aspect]!).replace('{p}', pick(names)) : `${pick(names)} ${pick(asked[aspect]!)}`;
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
  for (const aspect of aspects) {
    for (let made = 0; made < FOLLOWUPS; made++) {
      const { next, pick } = dice(`${aspect} ${made}`);
      const text = [pick(leads), pick(asked[aspect]!), pick(tails)].filter(Boolean).join(' ');
      examples.push({
        text: next() < 0.3 ? plain(text) : text,
        topic: 'followup|aspect',
        procedure: NO_PROCEDURE,
        aspect,
        weight: 0.5,
        isMade: true,
      });
    }
  }
  return examples;
}

/** Every example made with dice of its own: a way of asking added to the lists leaves the others as they were. */
function dice(name: string) {
  const next = random(hash(name));
  return { next, pick: <T>(list: T[]): T => list[Math.floor(next() * list.length)]! };
}

/** A small generator of repeatable random numbers (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
