import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { loadNational, type NationalProcedure } from '../procedures/national.ts';

/** Matters people bring to the commune that are not its own, in everyday words; whose they are stands in the national list where it has them. */

const entry = z.object({
  id: z.string(),
  /** Patterns over the letters without marks; `when` said and `unless` not said. */
  when: z.string(),
  unless: z.string().optional(),
  /** Who does it instead. */
  say: z.string(),
  /** Codes of the national list, for the official page. */
  codes: z.array(z.string()).max(3).default([]),
  /** What tells several codes apart, in their order. */
  titles: z.array(z.string().refine((title) => [...title].length <= 35)).default([]),
  /** What "say" rests on: the agency as the national list writes it, a source with its month, or that no list of ours has it. */
  basis: z.union([
    z.object({ code: z.string(), quote: z.string() }),
    z.object({ reference: z.string(), date: z.string() }),
    z.object({ absent: z.literal(true) }),
  ]),
  page: z.object({ title: z.string(), url: z.string().startsWith('https://') }).optional(),
});
export type Outside = z.infer<typeof entry>;

export const OUTSIDE_FILE = new URL('./data/outside.json', import.meta.url);

let shipped: { entry: Outside; pattern: RegExp; stops: RegExp | null }[] | null = null;

/** Reviewed entries in the order of the file. @throws {ConfigError} */
export function loadOutside(): Outside[] {
  return all().map((row) => row.entry);
}

function all() {
  if (shipped) return shipped;
  const parsed = z.array(entry).safeParse(JSON.parse(readFileSync(OUTSIDE_FILE, 'utf8')));
  if (!parsed.success) throw new ConfigError(`outside.json: ${z.prettifyError(parsed.error)}`);
  shipped = parsed.data.map((row) => ({
    entry: row,
    pattern: new RegExp(`(?<= )(${row.when})(?= )`),
    stops: row.unless ? new RegExp(` (${row.unless}) `) : null,
  }));
  return shipped;
}

/** The matter the words tell of, or null. */
export function findOutside(line: string): Outside | null {
  return all().find(({ pattern, stops }) => pattern.test(line) && !stops?.test(line))?.entry ?? null;
}

export const outsideById = (id: string): Outside | null => loadOutside().find((row) => row.id === id) ?? null;

/** Its entries in the national list. */
export const nationalOfOutside = ({ codes }: Outside): NationalProcedure[] =>
  codes.map((code) => loadNational().byCode(code)).filter((found) => found !== undefined);
