import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';

/** What people tell of their own situation while a procedure is spoken of: no question, yet it wants an answer. */

const circumstance = z.object({
  kind: z.enum(['away', 'busy', 'cannot_write', 'refuses', 'young', 'lacks']),
  /** Patterns over the letters without marks; `when` said and `unless` not said. */
  when: z.string(),
  unless: z.string().optional(),
});
export type Circumstance = z.infer<typeof circumstance>['kind'];

export interface Told {
  kind: Circumstance;
  /** The words that say nothing of it: a second half may ask something else. */
  rest: string;
}

let shipped: { kind: Circumstance; pattern: RegExp; stops: RegExp | null }[] | null = null;

/** @throws {ConfigError} */
function all() {
  if (shipped) return shipped;
  const file = new URL('./data/circumstances.json', import.meta.url);
  const parsed = z.array(circumstance).safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new ConfigError(`circumstances.json: ${z.prettifyError(parsed.error)}`);
  shipped = parsed.data.map(({ kind, when, unless }) => ({
    kind,
    pattern: new RegExp(` (${when})(?= )`),
    stops: unless ? new RegExp(` (${unless}) `) : null,
  }));
  return shipped;
}

/** The first circumstance the words tell, in the order of the file, or null. */
export function findCircumstance(line: string): Told | null {
  const found = all().find(({ pattern, stops }) => pattern.test(line) && !stops?.test(line));
  return found ? { kind: found.kind, rest: line.replace(found.pattern, ' ') } : null;
}
