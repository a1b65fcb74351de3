import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';

/** Reviewed answers to "may I, must I" questions. Facts and numbers are the record's; the tests hold them to it. */

/** The words of a record that an answer rests on, as they stand there; `code` when it is another record. */
const basis = z
  .array(
    z.object({
      field: z.enum(['name', 'eligibility', 'notes', 'steps', 'cases', 'result']),
      quote: z.string().min(8),
      code: z.string().optional(),
    }),
  )
  .min(1);

const age = z.object({
  /** Said of whom the bound speaks; without it of everybody. */
  who: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  /** From here on (below it, for `max`) it depends on more than the age. */
  maybe: z.number().optional(),
  rule: z.string(),
  /** Instead of "no" below the bound. */
  below: z.string().optional(),
  basis,
});

const entry = z.object({
  ages: z.array(age).default([]),
  rules: z
    .array(
      z.object({
        when: z.string(),
        unless: z.string().optional(),
        say: z.string(),
        also: z.string().optional(),
        basis,
        /** Answers whatever fact was heard: "bao nhiêu ngày phải nhập khẩu" is no question about waiting. */
        anyAspect: z.boolean().optional(),
        /** Says that the record does not decide it. */
        unknown: z.boolean().optional(),
      }),
    )
    .default([]),
});
export type EligibilityRules = z.infer<typeof entry>;
export type EligibilityRule = EligibilityRules['rules'][number];

let shipped: Map<string, EligibilityRules> | null = null;

/** @throws {ConfigError} */
export function eligibilityRules(): Map<string, EligibilityRules> {
  if (shipped) return shipped;
  const file = new URL('./data/eligibility.json', import.meta.url);
  const parsed = z.record(z.string(), entry).safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new ConfigError(`eligibility.json: ${z.prettifyError(parsed.error)}`);
  shipped = new Map(Object.entries(parsed.data));
  return shipped;
}

/** The reviewed answer the words ask for, or undefined. */
export const ruleFor = (code: string, line: string) =>
  eligibilityRules()
    .get(code)
    ?.rules.find(
      ({ when, unless }) => new RegExp(` (${when}) `).test(line) && !(unless && new RegExp(` (${unless}) `).test(line)),
    );

const DIGITS = ['khong', 'mot', 'hai', 'ba', 'bon', 'nam', 'sau', 'bay', 'tam', 'chin'];
const UNITS: Record<string, number> = {
  mot: 1,
  hai: 2,
  ba: 3,
  bon: 4,
  tu: 4,
  nam: 5,
  lam: 5,
  sau: 6,
  bay: 7,
  tam: 8,
  chin: 9,
};

/** "bay muoi lam" → 75, "muoi chin" → 19. Letters without marks. */
function spelled(words: string): number | null {
  const match = /^(?:(hai|ba|bon|nam|sau|bay|tam|chin) )?muoi(?: (mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin))?$/.exec(
    words,
  );
  if (!match) return null;
  return (match[1] ? DIGITS.indexOf(match[1]) : 1) * 10 + (match[2] ? UNITS[match[2]]! : 0);
}

const SPELLED =
  /(?<= )((?:(?:hai|ba|bon|nam|sau|bay|tam|chin) )?muoi(?: (?:mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin))?)(?= (?:tuoi|roi) )/g;

/** Ages told: "mẹ 72 tuổi", "19t", "mười chín tuổi", "sinh năm 1950" (counted to the year of the data). */
export function agesTold(line: string, year: number): number[] {
  const figures = [...line.matchAll(/(?<= )(\d{1,3}) ?(?:tuoi|t)(?= )/g)].map(([, age]) => Number(age));
  const words = [...line.matchAll(SPELLED)].flatMap(([, said]) => spelled(said!) ?? []);
  const born = [...line.matchAll(/ (?:sinh nam|sn|sinh) (19\d\d|20\d\d)(?= )/g)].map(([, of]) => year - Number(of));
  return [...figures, ...words, ...born].filter((age) => age > 0 && age < 130);
}

/** "Được …", "Chưa đủ tuổi …", "Tùy …" for the ages told; of several the lowest counts, for nobody in particular. */
export function byAge({ ages }: EligibilityRules, line: string, told: number[]): string | null {
  if (told.length === 0) return null;
  const bound = ages.find(({ who }) => !who || (told.length === 1 && new RegExp(` (${who}) `).test(line)));
  if (!bound) return null;
  const age = Math.min(...told);
  const { min, max, maybe, rule, below } = bound;
  if (min !== undefined) {
    if (age >= min) return below ? 'Được.' : `Đủ tuổi rồi: ${rule}.`;
    if (maybe !== undefined && age >= maybe) return `Tùy: ${rule}.`;
    return below ?? `Chưa đủ tuổi: ${rule}.`;
  }
  if (max !== undefined) {
    if (age < max) return `Được về tuổi: ${rule}.`;
    return maybe !== undefined && age < maybe ? `Tùy: ${rule}.` : `Quá tuổi: ${rule}.`;
  }
  return null;
}
