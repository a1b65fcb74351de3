/** What speaks for one procedure, as one question shows it. */
export interface Clues {
  code: string;
  /** Logarithm of the model's share; of its share in the asking sentence, 0 outside stories. */
  share: number;
  asked: number;
  /** Likeness of the most similar text known, and the share of telling words ever said about it. */
  words: number;
  cover: number;
  /** How often citizens ask, 0 … 3. */
  often: number;
  /** 0 or 1: its name is said whole; nothing but its name is said; words it needs are said, or are not. */
  named: number;
  meant: number;
  needed: number;
  missing: number;
  missingForeign: number;
}
export type Clue = Exclude<keyof Clues, 'code'>;
export type RankWeights = Record<Clue, number>;

/**
 * How much each sign counts in a question, as logarithms of odds: fitted by softmax regression on 6,715 examples the model had not seen
 * (fit.ts), the often asked procedures weighing more, and taken half-way there from the weights before, because names
 * nobody was trained on lost by the whole of it; names said whole by hand, because examples rarely do so.
 */
export const WEIGHTS: RankWeights = {
  share: 0.87,
  asked: 0,
  words: 4.5,
  often: 0.2,
  cover: 4.8,
  named: 0.6,
  meant: 0.7,
  needed: 1.3,
  missing: -0.9,
  /** By hand: nobody asks about a foreign matter without a word of it, and the look-alike at home is asked every day. */
  missingForeign: -2.8,
};

/** What speaks for no procedure at all, beside its own share. */
export const NONE = {
  bias: 2.3,
  closest: 1.1,
  /** By hand: "mất mấy ngày" names nothing, whatever was asked so before. */
  bare: 4,
};

/**
 * The same for stories, fitted on 1,551 of them: what is said about the matter and heard before counts more, the model
 * and habit less, since a story brings up much that is asked every day; its asking sentence is read once more by itself.
 */
export const STORY_WEIGHTS: RankWeights = {
  ...WEIGHTS,
  share: 0.98,
  asked: 0.26,
  words: 9,
  cover: 5.7,
  often: -0.16,
  meant: 2.3,
  named: 0,
  needed: 1.3,
  missing: -1.1,
  missingForeign: -1.4,
};

/** The signs of one procedure as one score: the logarithm of its odds. */
export const scoreOf = (clues: Clues, weights: RankWeights): number =>
  clues.share * weights.share +
  clues.asked * weights.asked +
  clues.words * weights.words +
  clues.cover * weights.cover +
  clues.often * weights.often +
  clues.named * weights.named +
  clues.meant * weights.meant +
  clues.needed * weights.needed +
  clues.missing * weights.missing +
  clues.missingForeign * weights.missingForeign;
