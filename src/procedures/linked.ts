import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';

/** What usually follows a procedure, reviewed; the record named as source tells the link. */

const title = z.string().refine((text) => [...text].length <= 35, 'at most 35 signs');
const linked = z.object({
  /** Said when somebody asks what comes next. */
  say: z.string(),
  /** Said once along with the answer; without it nothing is offered unasked. */
  offer: z.string().optional(),
  /** The link holds only where these words (without marks) were said. */
  when: z.string().optional(),
  next: z
    .array(z.union([z.object({ code: z.string(), title }), z.object({ group: z.string(), title })]))
    .min(1)
    .max(3),
  source: z.string(),
  /** The words of that record that tell it. */
  quote: z.string(),
});
export type Linked = z.infer<typeof linked>;

export const LINKED_FILE = new URL('./data/linked.json', import.meta.url);

let shipped: Map<string, Linked> | null = null;

/** By procedure code, read once. @throws {ConfigError} */
export function loadLinked(): Map<string, Linked> {
  if (shipped) return shipped;
  const { '//': _about, ...entries } = JSON.parse(readFileSync(LINKED_FILE, 'utf8')) as Record<string, unknown>;
  const parsed = z.record(z.string(), linked).safeParse(entries);
  if (!parsed.success) throw new ConfigError(`linked.json: ${z.prettifyError(parsed.error)}`);
  shipped = new Map(Object.entries(parsed.data));
  return shipped;
}
