import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';

/** Matters people bring to the commune that are not its own and stand in no record. */
const outside = z.array(z.object({ when: z.string(), unless: z.string().optional(), say: z.string() }));

let shipped: { pattern: RegExp; stops: RegExp | null; say: string }[] | null = null;

/** Who does it instead, or null. @throws {ConfigError} */
export function saidElsewhere(line: string): string | null {
  if (!shipped) {
    const parsed = outside.safeParse(JSON.parse(readFileSync(new URL('./data/outside.json', import.meta.url), 'utf8')));
    if (!parsed.success) throw new ConfigError(`outside.json: ${z.prettifyError(parsed.error)}`);
    shipped = parsed.data.map(({ when, unless, say }) => ({
      pattern: new RegExp(`(?<= )(${when})(?= )`),
      stops: unless ? new RegExp(` (${unless}) `) : null,
      say,
    }));
  }
  return shipped.find(({ pattern, stops }) => pattern.test(line) && !stops?.test(line))?.say ?? null;
}
