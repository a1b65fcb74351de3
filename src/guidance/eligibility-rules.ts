import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';

/** Reviewed answers to "may I, must I" questions. Facts and numbers are the record's; the tests hold them to it. */

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
});

const entry = z.object({
  ages: z.array(age).default([]),
  rules: z
    .array(z.object({ when: z.string(), unless: z.string().optional(), say: z.string(), also: z.string().optional() }))
    .default([]),
});
export type EligibilityRules = z.infer<typeof entry>;

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

/** The age told: "mẹ 72 tuổi", "sinh năm 1950" (counted to the year of the data, so only when clearly past a birthday). */
export function ageTold(line: string, year: number): number | null {
  const said =
    / (\d{1,3}) tuoi /.exec(line)?.[1] ??
    / (?:moi|duoc|du|tron|gan|hon) (\d{1,3}) (?:thi|ma|co|chua|duoc|roi) /.exec(line)?.[1];
  if (said) return Number(said);
  const born = / (?:sinh nam|sn|sinh) (19\d\d|20\d\d) /.exec(line)?.[1];
  return born ? year - Number(born) : null;
}

/** "Được: …", "Chưa được: …", "Tùy: …" for an age. */
export function byAge({ ages }: EligibilityRules, line: string, told: number): string | null {
  const bound = ages.find(({ who }) => !who || new RegExp(` (${who}) `).test(line));
  if (!bound) return null;
  const { min, max, maybe, rule, below } = bound;
  if (min !== undefined) {
    if (told >= min) return below ? `Được: ${rule}.` : `Đủ tuổi rồi: ${rule}.`;
    if (maybe !== undefined && told >= maybe) return `Tùy: ${rule}.`;
    return below ?? `Chưa đủ tuổi: ${rule}.`;
  }
  if (max !== undefined) {
    if (told < max) return `Được về tuổi: ${rule}.`;
    return maybe !== undefined && told < maybe ? `Tùy: ${rule}.` : `Quá tuổi: ${rule}.`;
  }
  return null;
}
