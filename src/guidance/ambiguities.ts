import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import type { Catalogue } from '../procedures/catalogue.ts';

const ambiguity = z.object({
  id: z.string(),
  /** Patterns over the letters without marks; `when` said and `unless` not said. */
  when: z.string(),
  unless: z.string().optional(),
  ask: z.string(),
  choices: z
    .array(z.object({ code: z.string(), title: z.string().refine((title) => [...title].length <= 35) }))
    .min(2)
    .max(4),
});
export type Ambiguity = z.infer<typeof ambiguity> & { pattern?: RegExp; stops?: RegExp };

const DATA = new URL('./data/', import.meta.url);

/**
 * Ways of asking that mean several procedures, whatever else was read.
 * @throws {ConfigError}
 */
export const loadAmbiguities = (catalogue: Catalogue) => load('ambiguities.json', catalogue);

/**
 * What happens in a life ("bố em mất hôm qua", "sắp cưới") and what it asks for: offered where no procedure was read for sure.
 * @throws {ConfigError}
 */
export const loadLifeEvents = (catalogue: Catalogue) => load('life-events.json', catalogue);

function load(file: string, catalogue: Catalogue): Ambiguity[] {
  const parsed = z.array(ambiguity).safeParse(JSON.parse(readFileSync(new URL(file, DATA), 'utf8')));
  if (!parsed.success) throw new ConfigError(`${file}: ${z.prettifyError(parsed.error)}`);
  for (const { id, choices } of parsed.data) {
    for (const { code } of choices)
      if (!catalogue.byCode(code)) throw new ConfigError(`${file}: ${id}: unknown code ${code}`);
  }
  return parsed.data.map((entry) => ({
    ...entry,
    pattern: new RegExp(`(?<= )(${entry.when})(?= )`),
    ...(entry.unless && { stops: new RegExp(` (${entry.unless}) `) }),
  }));
}

export function findAmbiguity(all: Ambiguity[], line: string): Ambiguity | null {
  return all.find(({ pattern, stops }) => pattern!.test(line) && !stops?.test(line)) ?? null;
}
