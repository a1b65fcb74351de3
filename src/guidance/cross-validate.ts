import { createGuidance } from './engine.ts';
import { type Evaluation, type EvaluationItem, evaluate, type Share } from './evaluate.ts';
import { type Example, loadExamples, NO_PROCEDURE } from './examples.ts';
import { hash } from './features.ts';
import { createReader } from './read.ts';
import { exampleWords, train } from './train.ts';

export const FOLDS = 7;

/** Dealt out per procedure or topic, so that every fold asks about everything; the same text always lands in one fold. */
export function deal(examples: Example[]): number[] {
  const dealt = new Map<string, number>();
  const folds = new Map<string, number>();
  const order = examples
    .map((example, at) => ({ at, example, key: hash(example.text) }))
    .sort((a, b) => a.key - b.key || a.at - b.at);
  const result = new Array<number>(examples.length).fill(-1);
  for (const { at, example } of order) {
    if (example.isMade || example.isName) continue;
    const group = example.procedure && example.procedure !== NO_PROCEDURE ? example.procedure : (example.topic ?? '');
    const known = folds.get(example.text);
    const next = dealt.get(group) ?? hash(group) % FOLDS;
    const fold = known ?? next % FOLDS;
    if (known === undefined) dealt.set(group, next + 1);
    folds.set(example.text, fold);
    result[at] = fold;
  }
  return result;
}

export const itemOf = ({ text, topic, procedure, aspect, style }: Example, at: number): EvaluationItem | null => {
  const [intent = '', note] = (topic ?? '').split('|');
  if (intent === 'followup' || intent === '') return null;
  return {
    id: `x${at}`,
    text,
    intent,
    ...(procedure && procedure !== NO_PROCEDURE && { procedure }),
    ...(aspect && { aspect }),
    ...(style && { style }),
    ...(note === 'other_agency' && { scope: note }),
  };
};

/** Sums of several folds. */
function together(results: Evaluation[]): Evaluation {
  const add = (into: Share, { right, of }: Share): void => {
    into.right += right;
    into.of += of;
  };
  const [sum, ...rest] = results as [Evaluation, ...Evaluation[]];
  for (const result of rest) {
    for (const name of ['intent', 'procedure', 'aspect', 'aspectExact', 'wrongProcedure'] as const)
      add(sum[name], result[name]);
    for (const [intent, share] of Object.entries(result.byIntent)) {
      sum.byIntent[intent] ??= { right: 0, of: 0 };
      add(sum.byIntent[intent], share);
    }
    for (const [style, shares] of Object.entries(result.byStyle)) {
      const known = sum.byStyle[style];
      if (known) for (const name of ['intent', 'procedure', 'aspect'] as const) add(known[name], shares[name]);
      else sum.byStyle[style] = shares;
    }
    sum.faults.push(...result.faults);
    sum.judged.push(...result.judged);
  }
  return sum;
}

/**
 * What the whole reader reaches on example questions it was not trained on: each fold is asked of a reader made from
 * the other six. Every procedure weighs the same here, however seldom people ask about it.
 * @param folds which of the seven; each takes about half a minute
 */
export async function crossValidate(folds: number[] = [0, 1, 2, 3, 4, 5, 6], now = new Date()): Promise<Evaluation> {
  const examples = loadExamples();
  const dealt = deal(examples);
  const results: Evaluation[] = [];
  for (const fold of folds) {
    const known = examples.filter((_, at) => dealt[at] !== fold);
    const reader = createReader(train(known), undefined, exampleWords(known));
    const asked = examples.flatMap((example, at) => (dealt[at] === fold ? (itemOf(example, at) ?? []) : []));
    results.push(await evaluate(createGuidance({ reader }), asked, now));
  }
  return together(results);
}
