import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import type { Catalogue } from '../procedures/catalogue.ts';
import { letters, tokens } from '../procedures/words.ts';

/** Name the catalogue gives to what everybody needs. */
export const EVERYBODY = 'Mọi trường hợp';

const caseQuestion = z.object({
  /** The one question that decides. */
  ask: z.string().default(''),
  /** Buttons in order: `case` is a case of the record ("" = none of them applies), `title` is a whole answer; `goto` = another procedure fits then. */
  options: z
    .array(
      z.object({
        title: z.string().refine((title) => [...title].length <= 20),
        case: z.string(),
        when: z.string().optional(),
        goto: z.string().optional(),
        /** Said along with the papers of this choice. */
        tell: z.string().optional(),
      }),
    )
    .default([]),
  /** Groups of cases: the usual one first, then those that take its place. Cases in no group add to the usual ones. */
  usual: z.array(z.array(z.string()).min(1)).default([]),
  /** What those bring to whom the usual case does not apply, in one line. */
  instead: z.string().optional(),
});
export type CaseQuestion = z.infer<typeof caseQuestion>;

export const CASES_FILE = new URL('./data/cases.json', import.meta.url);

/** Reviewed case questions by procedure code. @throws {ConfigError} */
export function loadCaseQuestions(): Map<string, CaseQuestion> {
  const parsed = z.record(z.string(), caseQuestion).safeParse(JSON.parse(readFileSync(CASES_FILE, 'utf8')));
  if (!parsed.success) throw new ConfigError(`cases.json: ${z.prettifyError(parsed.error)}`);
  return new Map(Object.entries(parsed.data));
}

const NOT_BEFORE = / (khong|khong he|chua|chua he|chang|cha|hong|ko|k) $/;

/** The case of a record that the words tell, or null. */
export type CaseFinder = (code: string, line: string) => string | null;

const COMMON = new Set(
  'cua va hoac co khong la o tai cho nguoi truong hop thuoc duoc de theo voi trong mot cac nhung ma lam giay to muon khi tu den dang ky xac nhan cap'.split(
    ' ',
  ),
);

export function createCaseFinder(catalogue: Catalogue): CaseFinder {
  const questions = loadCaseQuestions();
  const patterns = new Map<string, { name: string; pattern: RegExp }[]>();
  for (const [code, { options }] of questions) {
    patterns.set(
      code,
      options.flatMap(({ case: name, when }) => (when && name ? [{ name, pattern: new RegExp(` (${when}) `) }] : [])),
    );
  }
  const words = new Map<string, { name: string; words: string[] }[]>();
  for (const procedure of catalogue.all) {
    // words of the procedure's own name tell no case
    const own = new Set([procedure.name, ...procedure.aliases].flatMap((text) => tokens(text).map(letters)));
    const cases = procedure.cases.filter(({ name }) => name !== EVERYBODY);
    words.set(
      procedure.code,
      cases.map(({ name }) => ({
        name,
        words: tokens(name)
          .map(letters)
          .filter((word) => !COMMON.has(word) && !own.has(word) && !/^\d/.test(word)),
      })),
    );
  }
  return (code, line) => {
    for (const { name, pattern } of patterns.get(code) ?? []) {
      const found = pattern.exec(line);
      // "không có giấy chứng sinh" is not "có giấy chứng sinh"
      if (found && !(/^ co /.test(found[0]) && NOT_BEFORE.test(line.slice(0, found.index + 1)))) return name;
    }
    if (/ uy quyen /.test(line)) return null;
    const said = new Set(line.trim().split(' '));
    // most words of the case's own name were said
    const likely = (words.get(code) ?? []).filter(
      (entry) =>
        entry.words.length >= 3 && entry.words.filter((word) => said.has(word)).length / entry.words.length >= 0.75,
    );
    return likely.length === 1 ? likely[0]!.name : null;
  };
}
