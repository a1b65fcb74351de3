/** Signs by which a question about one of our procedures differs from one that only borrows its words. */
export interface Signs {
  /** Share of the telling words ever said about the first candidate. */
  covered: number;
  /** How rare the rarest word is that was never said about it, 0 … 1. */
  strangest: number;
  /** Likeness of the most similar text known, 0 … 1. */
  closest: number;
  /** The model's own share of the first candidate. */
  share: number;
  /** How sure it is that the words mean that procedure and do not play with it: see earnest.ts. */
  earnest: number;
  /** The model's share of "no matter of any office". */
  outside: number;
  /** Length in words. */
  words: number;
}

/**
 * Logistic regression on procedure questions read right and on questions about nothing in the catalogue, each asked of a
 * reader not trained on it (fit.ts). A new model of the same kind needs no new fit; other signs do.
 */
export const BELIEF_WEIGHTS = {
  bias: -21.01,
  covered: 13.02,
  strangest: -5.45,
  closest: 5.79,
  share: 0.46,
  outside: -0.32,
  earnest: 0.85,
  length: 5.16,
  coveredByLength: -2.99,
  strangestByLength: 2.27,
};
export type BeliefSign = keyof typeof BELIEF_WEIGHTS;

/** Of 100 right readings 96 are believed more than 0.71 and 92 more than 0.9, where two or three of 100 about nothing are. */
export const BELIEVED = 0.82;

/** The signs as the regression sees them. */
export function beliefInput({
  covered,
  strangest,
  closest,
  share,
  earnest,
  outside,
  words,
}: Signs): Record<BeliefSign, number> {
  const length = Math.log(words + 1);
  return {
    bias: 1,
    covered,
    strangest,
    closest,
    share: Math.log(share + 1e-4),
    earnest: Math.log((earnest + 1e-3) / (1 - earnest + 1e-3)),
    outside: Math.log((outside + 1e-3) / (1 - outside + 1e-3)),
    length,
    coveredByLength: covered * length,
    strangestByLength: strangest * length,
  };
}

/** How sure it is that the question is about a procedure as the catalogue means it, 0 … 1. */
export function belief(signs: Signs): number {
  const input = beliefInput(signs);
  let score = 0;
  for (const name in input) score += BELIEF_WEIGHTS[name as BeliefSign] * input[name as BeliefSign];
  return 1 / (1 + Math.exp(-score));
}
