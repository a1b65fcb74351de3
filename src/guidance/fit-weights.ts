/** Small regressions by gradient descent over named inputs; no data of their own. */

export type Weights<Name extends string> = Record<Name, number>;

export interface Yes<Name extends string> {
  input: Record<Name, number>;
  isYes: boolean;
  weight: number;
}

export interface Choice<Name extends string> {
  options: Record<Name, number>[];
  right: number;
  weight: number;
}

const PASSES = 600;
/** Pulls towards the weights known before: few examples change them little. */
const PULL = 0.002;

/** Length of a step per name: inputs differ much in size. */
function scalesOf<Name extends string>(names: Name[], inputs: Record<Name, number>[]): Weights<Name> {
  return Object.fromEntries(
    names.map((name) => {
      const mean = inputs.reduce((sum, input) => sum + input[name] ** 2, 0) / Math.max(1, inputs.length);
      return [name, 1 / Math.sqrt(mean + 1e-6)];
    }),
  ) as Weights<Name>;
}

function descend<Name extends string>(
  start: Weights<Name>,
  names: Name[],
  scales: Weights<Name>,
  slope: (weights: Weights<Name>) => Weights<Name>,
): Weights<Name> {
  const weights = { ...start };
  const speed = Object.fromEntries(names.map((name) => [name, 0])) as Weights<Name>;
  for (let pass = 0; pass < PASSES; pass++) {
    const down = slope(weights);
    for (const name of names) {
      const pull = PULL * ((weights[name] - start[name]) / scales[name] ** 2);
      speed[name] = 0.9 * speed[name] - 0.1 * scales[name] ** 2 * (down[name] + pull);
      weights[name] += speed[name];
    }
  }
  return weights;
}

const dot = <Name extends string>(weights: Weights<Name>, input: Record<Name, number>): number => {
  let sum = 0;
  for (const name in weights) sum += weights[name] * input[name];
  return sum;
};

/** Yes or no (logistic regression). Names not in `learnt` keep their weight. */
export function fitYes<Name extends string>(start: Weights<Name>, learnt: Name[], rows: Yes<Name>[]): Weights<Name> {
  const total = rows.reduce((sum, row) => sum + row.weight, 0);
  const scales = scalesOf(
    learnt,
    rows.map(({ input }) => input),
  );
  return descend(start, learnt, scales, (weights) => {
    const slope = Object.fromEntries(learnt.map((name) => [name, 0])) as Weights<Name>;
    for (const { input, isYes, weight } of rows) {
      const fault = (1 / (1 + Math.exp(-dot(weights, input))) - Number(isYes)) * (weight / total);
      for (const name of learnt) slope[name] += fault * input[name];
    }
    return slope;
  });
}

/** Which of several (softmax regression), one set of weights for all of them. */
export function fitChoice<Name extends string>(
  start: Weights<Name>,
  learnt: Name[],
  rows: Choice<Name>[],
): Weights<Name> {
  const total = rows.reduce((sum, row) => sum + row.weight, 0);
  const scales = scalesOf(
    learnt,
    rows.flatMap(({ options }) => options),
  );
  return descend(start, learnt, scales, (weights) => {
    const slope = Object.fromEntries(learnt.map((name) => [name, 0])) as Weights<Name>;
    for (const { options, right, weight } of rows) {
      const shares = sharesOf(weights, options);
      options.forEach((option, at) => {
        const fault = (shares[at]! - Number(at === right)) * (weight / total);
        for (const name of learnt) slope[name] += fault * option[name];
      });
    }
    return slope;
  });
}

export function sharesOf<Name extends string>(weights: Weights<Name>, options: Record<Name, number>[]): number[] {
  const scores = options.map((option) => dot(weights, option));
  const top = Math.max(...scores);
  const odds = scores.map((score) => Math.exp(score - top));
  const all = odds.reduce((sum, one) => sum + one, 0);
  return odds.map((one) => one / all);
}

export const yesShare = <Name extends string>(weights: Weights<Name>, input: Record<Name, number>): number =>
  1 / (1 + Math.exp(-dot(weights, input)));
