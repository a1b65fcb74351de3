import { z } from 'zod';
import { ASPECTS, type Aspect } from './guidance.ts';

/** What a model may decide. Facts are no part of it: they are rendered from the record it names. */
export interface ModelDecision {
  /** One of the candidates, or null: none fits. */
  procedureCode: string | null;
  aspects: Aspect[];
  /** A case of that record by its name. */
  case: string | null;
  /** A question that would tell look-alikes apart, and the candidates it is between. */
  ask: { question: string; codes: string[] } | null;
  handOff: boolean;
  /** Sentences for the citizen; each names the record fields it rests on. Believed only after `guardExplanation`. */
  explanation: { text: string; cites: string[] }[];
}

const sentence = z.object({ text: z.string().max(400), cites: z.array(z.string().max(120)).max(8) });

/** Lenient in what may be left out, strict in what is there. */
const schema = z.object({
  procedureCode: z.string().max(20).nullish(),
  aspects: z.array(z.string()).max(12).nullish(),
  case: z.string().max(300).nullish(),
  ask: z.object({ question: z.string().max(400), codes: z.array(z.string()).max(12) }).nullish(),
  handOff: z.boolean().nullish(),
  explanation: z.object({ sentences: z.array(sentence).max(6) }).nullish(),
});

const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;
const orNull = (properties: Record<string, unknown>) => ({
  type: ['object', 'null'],
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

/**
 * For servers that hold a model to a schema. The candidates' codes are not listed in it: a schema that changes with each
 * question is compiled anew each time, which costs some servers seconds.
 */
export const DECISION_JSON_SCHEMA = {
  type: 'object',
  properties: {
    procedureCode: { type: ['string', 'null'] },
    aspects: { type: 'array', items: { type: 'string', enum: [...ASPECTS] } },
    case: { type: ['string', 'null'] },
    ask: orNull({ question: text, codes: texts }),
    handOff: { type: 'boolean' },
    explanation: orNull({
      sentences: {
        type: 'array',
        items: {
          type: 'object',
          properties: { text, cites: texts },
          required: ['text', 'cites'],
          additionalProperties: false,
        },
      },
    }),
  },
  required: ['procedureCode', 'aspects', 'case', 'ask', 'handOff', 'explanation'],
  additionalProperties: false,
} as const;

/**
 * Reads a model's answer: bare JSON, or JSON among other words.
 * @param codes the candidates given; any other code makes the whole answer worthless
 * @returns null when it cannot be used
 */
export function parseDecision(content: string, codes: ReadonlySet<string>): ModelDecision | null {
  const parsed = schema.safeParse(jsonIn(content));
  if (!parsed.success) return null;
  const { procedureCode, aspects, case: caseName, ask, handOff, explanation } = parsed.data;
  const code = procedureCode || null;
  // a code that was not given was made up: nothing else in the answer deserves belief
  if (code !== null && !codes.has(code)) return null;
  if (ask?.codes.some((one) => !codes.has(one))) return null;
  const known = new Set((aspects ?? []).flatMap((name) => ASPECTS.find((aspect) => aspect === name) ?? []));
  return {
    procedureCode: code,
    aspects: [...known].slice(0, 3),
    case: caseName || null,
    ask: ask ? { question: ask.question, codes: [...new Set(ask.codes)] } : null,
    handOff: handOff ?? false,
    explanation: explanation?.sentences ?? [],
  };
}

/** Bare JSON, or JSON among other words; null: none. */
export function jsonIn(content: string): unknown {
  const bare = content.replace(/<think>[\s\S]*?<\/think>/g, '');
  const [start, end] = [bare.indexOf('{'), bare.lastIndexOf('}')];
  if (start < 0 || end < start) return null;
  try {
    return JSON.parse(bare.slice(start, end + 1));
  } catch {
    return null;
  }
}
