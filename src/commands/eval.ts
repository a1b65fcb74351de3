import { readFile, writeFile } from 'node:fs/promises';
import { ConfigError, errorText } from '../errors.ts';
import { createGuidance } from '../guidance/engine.ts';
import {
  type Dialogue,
  type Evaluation,
  type EvaluationItem,
  evaluate,
  evaluateDialogues,
  percent,
  type Share,
  showEvaluation,
} from '../guidance/evaluate.ts';
import {
  type BenefitItem,
  type CryItem,
  evaluateBenefits,
  evaluateCries,
  evaluateWays,
  type Halves,
  type WayItem,
} from '../guidance/evaluate-cries.ts';
import { aspectConfusions, failuresPage, showDetails, showPerturbed } from '../guidance/evaluate-report.ts';
import type { Guidance } from '../guidance/guidance.ts';
import { PERTURBATIONS, withUnseenName } from '../guidance/perturb.ts';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadHints } from '../procedures/hints.ts';

const EVAL_DIR = new URL('../../test/eval/', import.meta.url);

/** Figures that must not be lost: shares in per cent, recorded beside the questions. */
type Floors = Partial<Record<'procedure' | 'intent' | 'aspect' | 'dialogues', number>> & {
  wrongProcedure?: number;
  unseenNonsense?: number;
  /** The least of procedure, intent and aspect on the questions of classes.jsonl. */
  classes?: number;
  /** Dialogues and absurd requests written blind. */
  blindDialogues?: number;
  absurd?: number;
  /** The least of procedure, intent, aspect and dialogues on the fresh questions. */
  fresh?: number;
  /** Likewise, on the half not looked at of what forty persons type. */
  later?: number;
  /** The least of procedure and aspect on the half not looked at of southern, central and spoken questions. */
  styles?: number;
  /** Aspects of the questions written blind. */
  blindAspect?: number;
  /** On the halves nobody looked at: cries for help heard, with the right number first; false alarms at most. */
  criesHeard?: number;
  criesNumber?: number;
  falseAlarms?: number;
  /** Likewise: money received told from money paid; matters sent where they belong, or refused. */
  benefits?: number;
  ways?: number;
};

/**
 * Prints what the reader reaches on labelled questions; without a file on the project's own, against their floors.
 * @returns false when a floor was missed
 */
export async function evalCommand(
  file: string | undefined,
  options: { guidance?: Guidance; faults?: boolean; cross?: boolean; failures?: string },
  print: (line: string) => void,
): Promise<boolean> {
  if (options.cross) {
    const { crossValidate } = await import('../guidance/cross-validate.ts');
    const crossed = await crossValidate();
    print(`${showEvaluation(crossed, options.faults)}\n\n${showDetails(crossed)}`);
    await writeFailures(options.failures, 'example questions of readers not trained on them', crossed);
    return true;
  }
  const guidance = options.guidance ?? createGuidance();
  const items = await readLines<EvaluationItem>(file ?? new URL('dev.jsonl', EVAL_DIR));
  const result = await evaluate(guidance, items);
  print(showEvaluation(result, options.faults));
  await writeFailures(options.failures, file ?? 'dev.jsonl', result);
  if (file !== undefined) {
    print(`\n${showDetails(result)}`);
    return true;
  }

  const dialogues = await evaluateDialogues(guidance, await readLines<Dialogue>(new URL('dialogues.jsonl', EVAL_DIR)));
  print(`\ndialogues ${percent(dialogues.met)} of expectations`);
  if (options.faults) print(dialogues.faults.join('\n'));
  const own = await evaluateDialogues(guidance, await readLines<Dialogue>(new URL('dialogues-own.jsonl', EVAL_DIR)));
  print(`own dialogues ${percent(own.met)} of expectations`);
  if (options.faults) print(own.faults.join('\n'));
  const nonsense = await evaluate(guidance, await readLines<EvaluationItem>(new URL('nonsense.jsonl', EVAL_DIR)));
  print(`questions about nothing in the catalogue, answered with a procedure: ${percent(nonsense.wrongProcedure)}`);
  const unseen = (
    await readLines<EvaluationItem & { half: string }>(new URL('nonsense-unseen.jsonl', EVAL_DIR))
  ).filter(({ half }) => half === 'test');
  const untuned = await evaluate(guidance, unseen);
  print(`of those nobody tuned for: ${percent(untuned.wrongProcedure)}`);
  const classes = await evaluate(guidance, await readLines<EvaluationItem>(new URL('classes.jsonl', EVAL_DIR)));
  print(
    `ways of asking once misread: procedure ${percent(classes.procedure)}, intent ${percent(classes.intent)}, aspect ${percent(classes.aspect)}`,
  );
  if (options.faults) print(classes.faults.join('\n'));
  const blind = await writtenBlind(guidance, 'blind');
  const fresh = await writtenBlind(guidance, 'fresh');
  print(showBlind('written blind', blind));
  print(showBlind('written later, before the code they measure', fresh));
  const later = {
    read: await writtenBlind(guidance, 'later', 'read'),
    unread: await writtenBlind(guidance, 'later', 'unread'),
  };
  for (const half of ['read', 'unread'] as const) print(showBlind(`as forty persons type, half ${half}`, later[half]));
  if (options.faults) print(later.read.faults.join('\n'));
  const styles = await readLines<EvaluationItem & { half: 'read' | 'unread' }>(new URL('styles.jsonl', EVAL_DIR));
  const spoken = {
    read: await evaluate(
      guidance,
      styles.filter(({ half }) => half === 'read'),
    ),
    unread: await evaluate(
      guidance,
      styles.filter(({ half }) => half === 'unread'),
    ),
  };
  for (const half of ['read', 'unread'] as const) print(showStyles(half, spoken[half]));
  if (options.faults) print(spoken.read.faults.join('\n'));
  const elsewhere = [blind.questions, fresh.questions, spoken.unread].flatMap(({ judged }) => judged);
  print(`facts taken for others in these sets\n${aspectConfusions(elsewhere).join('\n')}`);
  const cries = await evaluateCries(guidance, await readLines<CryItem>(new URL('cries.jsonl', EVAL_DIR)));
  const benefits = await evaluateBenefits(guidance, await readLines<BenefitItem>(new URL('benefits.jsonl', EVAL_DIR)));
  const ways = await evaluateWays(guidance, await readLines<WayItem>(new URL('ways.jsonl', EVAL_DIR)));
  for (const half of ['read', 'unread'] as const)
    print(
      `cries for help, half ${half}: heard ${percent(cries[half].heard)}, right number first ${percent(cries[half].number)}, false alarms ${percent(cries[half].falseAlarms)}`,
    );
  print(`money received or paid: read ${percent(benefits.read.right)}, unread ${percent(benefits.unread.right)}`);
  print(`sent where it belongs: read ${percent(ways.read.right)}, unread ${percent(ways.unread.right)}`);
  if (options.faults) print([cries, benefits, ways].flatMap(({ faults }: Halves<unknown>) => faults).join('\n'));
  print(`\n${showDetails(result)}`);
  // five times the questions: not when a paid model answers
  if (!options.guidance) print(`\nquestions typed worse\n${showPerturbed(await typedWorse(guidance, items, result))}`);

  const floors = JSON.parse(await readFile(new URL('floors.json', EVAL_DIR), 'utf8')) as Floors;
  const { questions: freshly } = fresh;
  const { questions: typed } = later.unread;
  const atLeast: [keyof Floors, Share[]][] = [
    ['procedure', [result.procedure]],
    ['intent', [result.intent]],
    ['aspect', [result.aspect]],
    ['dialogues', [dialogues.met]],
    ['classes', [classes.procedure, classes.intent, classes.aspect]],
    ['blindDialogues', [blind.dialogues]],
    ['blindAspect', [blind.questions.aspect]],
    ['fresh', [freshly.procedure, freshly.intent, freshly.aspect, fresh.dialogues]],
    ['later', [typed.procedure, typed.intent, typed.aspect, later.unread.dialogues]],
    ['styles', [spoken.unread.procedure, spoken.unread.aspect]],
    ['criesHeard', [cries.unread.heard]],
    ['criesNumber', [cries.unread.number]],
    ['benefits', [benefits.unread.right]],
    ['ways', [ways.unread.right]],
  ];
  const atMost: [keyof Floors, Share[]][] = [
    ['wrongProcedure', [nonsense.wrongProcedure]],
    ['unseenNonsense', [untuned.wrongProcedure]],
    ['absurd', [blind.nonsense, fresh.nonsense, later.unread.nonsense]],
    ['falseAlarms', [cries.unread.falseAlarms]],
  ];
  const missed = [
    ...atLeast.flatMap(([name, shares]) => {
      const least = Math.min(...shares.map(share));
      return least < (floors[name] ?? 0)
        ? [`BELOW THE FLOOR: ${name} ${least.toFixed(1)} %, floor ${floors[name]} %`]
        : [];
    }),
    ...atMost.flatMap(([name, shares]) => {
      const most = Math.max(...shares.map(share));
      return most > (floors[name] ?? 100)
        ? [`ABOVE THE CEILING: ${name} ${most.toFixed(1)} %, ceiling ${floors[name]} %`]
        : [];
    }),
  ];
  for (const line of missed) print(line);
  return missed.length === 0;
}

const showStyles = (half: string, { procedure, aspect, byStyle }: Evaluation): string =>
  [
    `southern, central and spoken, half ${half}: procedure ${percent(procedure)}, aspect ${percent(aspect)}`,
    ...Object.entries(byStyle).map(
      ([style, { procedure, aspect }]) =>
        `  ${style.padEnd(16)} procedure ${percent(procedure)}  aspect ${percent(aspect)}`,
    ),
  ].join('\n');

interface Blind {
  questions: Evaluation;
  faults: string[];
  nonsense: Share;
  dialogues: Share;
}

/**
 * Sets by a hand that saw neither the other questions nor the data, or wrote them before the code they measure: what
 * strangers would meet. Nothing is tuned on their texts.
 */
async function writtenBlind(
  guidance: Guidance,
  name: 'blind' | 'fresh' | 'later',
  half?: 'read' | 'unread',
): Promise<Blind> {
  const read = async <T>(rest: string) =>
    (await readLines<T & { half?: string }>(new URL(`${name}${rest}.jsonl`, EVAL_DIR))).filter(
      (row) => half === undefined || row.half === half,
    );
  const questions = await evaluate(guidance, await read<EvaluationItem>(''));
  const { wrongProcedure: nonsense } = await evaluate(guidance, await read<EvaluationItem>('-nonsense'));
  const { met: dialogues, faults } = await evaluateDialogues(guidance, await read<Dialogue>('-dialogues'));
  return { questions, faults: [...questions.faults, ...faults], nonsense, dialogues };
}

const showBlind = (name: string, { questions, nonsense, dialogues }: Blind): string =>
  [
    `${name}: procedure ${percent(questions.procedure)}, intent ${percent(questions.intent)}, aspect ${percent(questions.aspect)}`,
    `${name}: dialogues ${percent(dialogues)}, absurd requests answered with a procedure ${percent(nonsense)}`,
  ].join('\n');

/** The same questions typed worse in ways no example was made with, beside the plain ones. */
async function typedWorse(
  guidance: Guidance,
  items: EvaluationItem[],
  plain: Evaluation,
): Promise<[string, Evaluation][]> {
  const results: [string, Evaluation][] = [['as asked', plain]];
  for (const [name, perturb] of Object.entries(PERTURBATIONS))
    results.push([
      name,
      await evaluate(
        guidance,
        items.map((item) => ({ ...item, text: perturb(item.text) })),
      ),
    ]);

  const catalogue = loadCatalogue();
  const hints = loadHints();
  const names = JSON.parse(await readFile(new URL('unseen-names.json', EVAL_DIR), 'utf8')) as Record<string, string[]>;
  const named: { before: EvaluationItem; after: EvaluationItem }[] = items.flatMap((item) => {
    const record = item.procedure ? catalogue.byCode(item.procedure) : undefined;
    const unseen = record && names[record.code];
    if (!unseen) return [];
    const known = [record.name, ...record.aliases, ...(hints.get(record.code)?.say ?? [])];
    const text = withUnseenName(item.text, known, unseen);
    return text ? [{ before: item, after: { ...item, text } }] : [];
  });
  results.push([
    'known name',
    await evaluate(
      guidance,
      named.map(({ before }) => before),
    ),
  ]);
  results.push([
    'unseen name',
    await evaluate(
      guidance,
      named.map(({ after }) => after),
    ),
  ]);
  return results;
}

async function writeFailures(path: string | undefined, title: string, result: Evaluation): Promise<void> {
  if (path === undefined) return;
  await writeFile(path, failuresPage(`Failures: ${title}`, result.judged, path.endsWith('.md') ? 'md' : 'html'));
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
