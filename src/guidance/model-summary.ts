import { z } from 'zod';
import { findFacts } from './guard-facts.ts';
import { namedThings } from './guard-words.ts';
import { jsonIn } from './model-decision.ts';
import { type Redacted, redactAll, withoutPlaceholders } from './redact.ts';

/** A conversation to be retold to an officer, oldest first, as it was written: it is redacted on the way out. */
export interface SummaryInput {
  communeId: string;
  /** Why a person is needed, in words. */
  reason: string;
  said: { by: 'citizen' | 'assistant'; text: string }[];
}

/** What a model makes of it; empty: nothing to tell. */
export interface ModelSummary {
  headline: string;
  wants: string;
  told: string;
  needs: string;
}

const LONGEST = { headline: 120, wants: 400, told: 300, needs: 300 } as const;
/** Of the newest messages so many, and of each so many letters. */
const MESSAGES = 30;
const LETTERS = 600;

const schema = z.object({
  headline: z.string().trim().min(1).max(LONGEST.headline),
  wants: z.string().trim().min(1).max(LONGEST.wants),
  told: z.string().trim().max(LONGEST.told),
  needs: z.string().trim().max(LONGEST.needs),
});

const text = { type: 'string' } as const;
export const SUMMARY_JSON_SCHEMA = {
  type: 'object',
  properties: { headline: text, wants: text, told: text, needs: text },
  required: ['headline', 'wants', 'told', 'needs'],
  additionalProperties: false,
} as const;

export interface SummaryData {
  reason: string;
  said: SummaryInput['said'];
}

/** What leaves: one value has one sign in all messages. */
export function summaryData(
  { reason, said }: SummaryInput,
  now: Date,
): { data: SummaryData; restore: Redacted['restore'] } {
  const newest = said.slice(-MESSAGES);
  const { texts, restore } = redactAll(
    newest.map(({ text }) => text),
    now,
  );
  return { data: { reason, said: newest.map(({ by }, at) => ({ by, text: cut(texts[at]!) })) }, restore };
}

/** Not through the middle of a sign. */
const cut = (words: string) => (words.length <= LETTERS ? words : `${words.slice(0, LETTERS).replace(/⟦[^⟧]*$/, '')}…`);

/** @returns null for what is no summary or too long; `invented`: what kind of thing in it was never said */
export function readSummary(
  content: string,
  { reason, said }: SummaryData,
): { summary: ModelSummary } | { invented: string } | null {
  const parsed = schema.safeParse(jsonIn(content));
  if (!parsed.success) return null;
  const source = [reason, ...said.map(({ text }) => text)].join(' ; ');
  const invented = inventedIn(Object.values(parsed.data).join('.\n'), source);
  return invented ? { invented } : { summary: parsed.data };
}

const MARKUP = /[<>{}[\]`*_#|\\]|\p{Extended_Pictographic}|(?!\n)\p{Cc}/u;
const PLACEHOLDER = /⟦[^⟦⟧]*⟧/g;
const RUN = /\d(?:[\d.,]*\d)?/g;
const bare = (digits: string) => digits.replace(/[.,]/g, '').replace(/^0+(?=\d{1,2}$)/, '');

/** What a retelling has that the conversation has not: null when nothing. */
function inventedIn(text: string, source: string): string | null {
  const signs = new Set((source.match(PLACEHOLDER) ?? []).map(signName));
  if ((text.match(PLACEHOLDER) ?? []).some((sign) => !signs.has(signName(sign)))) return 'sign';
  const words = withoutPlaceholders(text);
  if (MARKUP.test(words) || /[⟦⟧]/.test(words)) return 'markup';
  const told = withoutPlaceholders(source);
  const known = findFacts(told);
  const isKnown = (kind: string, key: string) => known.some((fact) => fact.kind === kind && fact.key === key);
  const unknown = findFacts(words).find(({ kind, key }) => !isKnown(kind, key));
  if (unknown) return unknown.kind;
  const runs = new Set((told.match(RUN) ?? []).map(bare));
  // the same number may be written otherwise: "25k", "25.000"
  const stray = (words.match(RUN) ?? []).find((run) => !runs.has(bare(run)) && !isKnown('number', bare(run)));
  if (stray) return 'number';
  const named = namedThings(words).find(({ kind, isIn }) => (kind === 'office' || kind === 'name') && !isIn(told));
  return named ? named.kind : null;
}

const signName = (sign: string) => sign.replace(/:.*|⟧/g, '');
