import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import type { Procedure } from './catalogue.ts';

const hint = z.object({
  /** Title of a button, at most 35 code points. */
  short: z.string().refine((title) => [...title].length <= 35, 'at most 35 signs'),
  /** How often citizens ask: 0 rarely … 3 every day. */
  often: z.number().min(0).max(3).default(0),
  /** Alternatives without marks; "@foreign" stands for any country or foreigner. */
  needs: z.string().optional(),
  /** The shortest ways of naming it: they outweigh longer names that only contain them. */
  say: z.array(z.string()).default([]),
  /** Whose home decides which commune it is: "cha hoặc mẹ". */
  whose: z.string().optional(),
  /** The national code of a record that holds one province's figures. */
  national: z.string().optional(),
});
export type Hint = z.infer<typeof hint>;

export const HINTS_FILE = new URL('./data/hints.json', import.meta.url);

/** @throws {ConfigError} */
export function loadHints(): Map<string, Hint> {
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(readFileSync(HINTS_FILE, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new ConfigError(`${HINTS_FILE.pathname} cannot be read`, { cause });
  }
  const hints = new Map<string, Hint>();
  for (const [code, value] of Object.entries(data)) {
    if (code === '//') continue;
    const parsed = hint.safeParse(value);
    if (!parsed.success) throw new ConfigError(`hints.json: ${code}: ${z.prettifyError(parsed.error)}`);
    hints.set(code, parsed.data);
  }
  return hints;
}

/** A name that fits a button: the reviewed one, else the shortest way people say it. */
export function shortName(procedure: Procedure, hints: Map<string, Hint>): string {
  const known = hints.get(procedure.code)?.short;
  if (known) return known;
  const name = procedure.name.replace(/^Thủ tục /, '').replace(/ \([^)]*\)$/, '');
  const candidates = [name, ...procedure.aliases].filter((title) => [...title].length <= 35);
  const title = candidates[0] ?? `${[...name].slice(0, 34).join('').trimEnd()}…`;
  return title[0]!.toUpperCase() + title.slice(1);
}
