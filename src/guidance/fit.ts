import { loadHints } from '../procedures/hints.ts';
import { STORY } from './asking.ts';
import { BELIEF_WEIGHTS, BELIEVED, type BeliefSign, beliefInput } from './belief.ts';
import { deal } from './cross-validate.ts';
import { type Example, loadExamples, NO_PROCEDURE } from './examples.ts';
import { hash } from './features.ts';
import { type Choice, fitChoice, fitYes, sharesOf, type Weights, type Yes, yesShare } from './fit-weights.ts';
import { type Clue, type Clues, type RankWeights, STORY_WEIGHTS, WEIGHTS } from './rank-weights.ts';
import { createReader } from './read.ts';
import { exampleWords, train, trainEarnestFor } from './train.ts';
import { makePlay } from './train-earnest.ts';

/** Set by hand, with the reason beside them in rank-weights.ts. */
const BY_HAND = new Set<Clue>(['named', 'missingForeign']);

interface Samples {
  belief: Yes<BeliefSign>[];
  short: Choice<Clue>[];
  stories: Choice<Clue>[];
}

/** Reads every example of the folds with a reader not trained on it. */
function collect(folds: number[]): Samples {
  const examples = loadExamples();
  const dealt = deal(examples);
  const hints = loadHints();
  const samples: Samples = { belief: [], short: [], stories: [] };
  for (const fold of folds) {
    const known = examples.filter((_, at) => dealt[at] !== fold);
    const model = train(known);
    // a third of the things played with stay unseen: the fit asks about those
    const isUnseen = (thing: string) => hash(thing) % 3 === fold % 3;
    const earnest = trainEarnestFor(model, known, (thing) => !isUnseen(thing));
    const reader = createReader(model, undefined, exampleWords(known), earnest);
    for (const { text } of makePlay(400, 100 + fold, isUnseen)) {
      const read = reader(text);
      if (read.candidates.length > 0)
        samples.belief.push({ input: beliefInput(read.signs), isYes: false, weight: 0.7 });
    }
    examples.forEach((example, at) => {
      if (dealt[at] === fold)
        add(samples, example, reader(example.text), hints.get(example.procedure ?? '')?.often ?? 0);
    });
  }
  return samples;
}

function add(
  samples: Samples,
  example: Example,
  read: ReturnType<ReturnType<typeof createReader>>,
  often: number,
): void {
  const { topic = '', procedure } = example;
  const isNothing = topic.startsWith('out_of_scope') && !topic.endsWith('other_agency') && !topic.endsWith('injection');
  const first = read.candidates[0]?.code;
  if (isNothing && first) samples.belief.push({ input: beliefInput(read.signs), isYes: false, weight: 1 });
  if (topic !== 'procedure_question' || !procedure || procedure === NO_PROCEDURE) return;
  const weight = 1 + often;
  if (first === procedure) samples.belief.push({ input: beliefInput(read.signs), isYes: true, weight: 1 });
  const right = read.clues.findIndex(({ code }) => code === procedure);
  if (right < 0) return;
  const options = read.clues as (Clues & Record<Clue, number>)[];
  (read.question.words.length > STORY ? samples.stories : samples.short).push({ options, right, weight });
}

const show = (name: string, old: Record<string, number>, fitted: Record<string, number>): string[] =>
  Object.keys(old).map(
    (key) => `${name}.${key.padEnd(18)} ${old[key]!.toFixed(2).padStart(7)} -> ${fitted[key]!.toFixed(2)}`,
  );

function choiceLine(name: string, weights: RankWeights, rows: Choice<Clue>[]): string {
  let right = 0;
  let loss = 0;
  for (const row of rows) {
    const shares = sharesOf(weights, row.options);
    if (shares.indexOf(Math.max(...shares)) === row.right) right += 1;
    loss -= Math.log(Math.max(1e-9, shares[row.right]!));
  }
  return `${name}: right ${((100 * right) / rows.length).toFixed(1)} % of ${rows.length}, log loss ${(loss / rows.length).toFixed(3)}`;
}

function beliefLine(name: string, weights: Weights<BeliefSign>, rows: Yes<BeliefSign>[]): string {
  const share = (isYes: boolean): string => {
    const some = rows.filter((row) => row.isYes === isYes);
    const believed = some.filter(({ input }) => yesShare(weights, input) >= BELIEVED).length;
    return `${((100 * believed) / some.length).toFixed(1)} % of ${some.length}`;
  };
  const inOrder = rows.flatMap(({ input, isYes }) => (isYes ? [yesShare(weights, input)] : [])).sort((a, b) => a - b);
  const least = [0.02, 0.03, 0.04].map((part) => inOrder[Math.floor(inOrder.length * part)]!.toFixed(2));
  return `${name}: believed ${share(true)} read right, ${share(false)} about nothing; 98, 97, 96 of 100 right ones above ${least.join(', ')}`;
}

/**
 * Fits how much each sign of a question counts, for a person to look at and to write into rank-weights.ts and belief.ts:
 * weights are part of the program and are reviewed like it.
 * @param folds examples of these sevenths are the questions; each takes about a minute
 * @returns what to print
 */
export function fitWeights(folds: number[] = [0, 1, 2, 3, 4, 5, 6]): string {
  const { belief, short, stories } = collect(folds);
  const learnt = (Object.keys(WEIGHTS) as Clue[]).filter((name) => !BY_HAND.has(name));
  const notAsked = learnt.filter((name) => name !== 'asked');
  const forShort = fitChoice<Clue>(WEIGHTS, notAsked, short);
  const forStories = fitChoice<Clue>(STORY_WEIGHTS, learnt, stories);
  const forBelief = fitYes<BeliefSign>(BELIEF_WEIGHTS, Object.keys(BELIEF_WEIGHTS) as BeliefSign[], belief);
  return [
    choiceLine('questions, weights of today', WEIGHTS, short),
    choiceLine('questions, fitted', forShort, short),
    choiceLine('stories, weights of today', STORY_WEIGHTS, stories),
    choiceLine('stories, fitted', forStories, stories),
    beliefLine('belief, weights of today', BELIEF_WEIGHTS, belief),
    beliefLine('belief, fitted', forBelief, belief),
    '',
    ...show('question', WEIGHTS, forShort),
    ...show('story', STORY_WEIGHTS, forStories),
    ...show('belief', BELIEF_WEIGHTS, forBelief),
  ].join('\n');
}
