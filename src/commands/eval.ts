import { readFile } from 'node:fs/promises';
import { ConfigError, errorText } from '../errors.ts';
import { createGuidance } from '../guidance/engine.ts';
import {
  type Dialogue,
  type EvaluationItem,
  evaluate,
  evaluateDialogues,
  percent,
  type Share,
  showEvaluation,
} from '../guidance/evaluate.ts';
import type { Guidance } from '../guidance/guidance.ts';

const EVAL_DIR = new URL('../../test/eval/', import.meta.url);

/** Figures that must not be lost: shares in per cent, recorded beside the questions. */
type Floors = Partial<Record<'procedure' | 'intent' | 'aspect' | 'dialogues', number>> & { wrongProcedure?: number };

/**
 * Prints what the reader reaches on labelled questions; without a file on the project's own, against their floors.
 * @returns false when a floor was missed
 */
export async function evalCommand(
  file: string | undefined,
  options: { guidance?: Guidance; faults?: boolean; cross?: boolean },
  print: (line: string) => void,
): Promise<boolean> {
  if (options.cross) {
    const { crossValidate } = await import('../guidance/cross-validate.ts');
    print(showEvaluation(await crossValidate(), options.faults));
    return true;
  }
  const guidance = options.guidance ?? createGuidance();
  const items = await readLines<EvaluationItem>(file ?? new URL('dev.jsonl', EVAL_DIR));
  const result = await evaluate(guidance, items);
  print(showEvaluation(result, options.faults));
  if (file !== undefined) return true;

  const dialogues = await evaluateDialogues(guidance, await readLines<Dialogue>(new URL('dialogues.jsonl', EVAL_DIR)));
  print(`\ndialogues ${percent(dialogues.met)} of expectations`);
  if (options.faults) print(dialogues.faults.join('\n'));
  const own = await evaluateDialogues(guidance, await readLines<Dialogue>(new URL('dialogues-own.jsonl', EVAL_DIR)));
  print(`own dialogues ${percent(own.met)} of expectations`);
  if (options.faults) print(own.faults.join('\n'));
  const nonsense = await evaluate(guidance, await readLines<EvaluationItem>(new URL('nonsense.jsonl', EVAL_DIR)));
  print(`questions about nothing in the catalogue, answered with a procedure: ${percent(nonsense.wrongProcedure)}`);

  const floors = JSON.parse(await readFile(new URL('floors.json', EVAL_DIR), 'utf8')) as Floors;
  const reached = { ...result, dialogues: dialogues.met };
  const missed = (['procedure', 'intent', 'aspect', 'dialogues'] as const).filter(
    (name) => share(reached[name]) < (floors[name] ?? 0),
  );
  for (const name of missed) print(`BELOW THE FLOOR: ${name} ${percent(reached[name])}, floor ${floors[name]} %`);
  const isNonsense = share(nonsense.wrongProcedure) > (floors.wrongProcedure ?? 100);
  if (isNonsense) print(`ABOVE THE CEILING: nonsense answered, ceiling ${floors.wrongProcedure} %`);
  return missed.length === 0 && !isNonsense;
}

const share = ({ right, of }: Share) => (of === 0 ? 0 : (100 * right) / of);

async function readLines<T>(file: string | URL): Promise<T[]> {
  try {
    const text = await readFile(file, 'utf8');
    return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as T]));
  } catch (error) {
    throw new ConfigError(`cannot read questions from ${String(file)}: ${errorText(error)}`, { cause: error });
  }
}
