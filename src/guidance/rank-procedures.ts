import { readFileSync } from 'node:fs';
import type { Catalogue } from '../procedures/catalogue.ts';
import { type Hint, loadHints } from '../procedures/hints.ts';
import { createSearchIndex, type SearchIndex } from '../procedures/search.ts';
import { bare } from '../procedures/words.ts';
import { STORY } from './asking.ts';
import type { Signs } from './belief.ts';
import { type Cover, createCover, matter, type Said } from './cover.ts';
import { createHeard, type EarnestModel, earnestFeatures, earnestShare, type Heard, loadEarnest } from './earnest.ts';
import { NO_PROCEDURE } from './examples.ts';
import { type Model, predict, round, type vector } from './model.ts';
import { type Normalised, normalise } from './normalise.ts';
import { firstNamed, joinedNames, mattersOf, type Names, namesOf } from './rank-names.ts';
import { type Clues, NONE, STORY_WEIGHTS, scoreOf, WEIGHTS } from './rank-weights.ts';

/** Nobody plays with a procedure's words in a story this long: reading it for that would only cost time. */
const LONGEST_PLAY = 40;

/** Below this share of the model, and without a word in common, a procedure is not weighed further. */
const NEGLIGIBLE = 5e-4;

const FOREIGN =
  /nuoc ngoai|nguoi tay|viet kieu|han quoc|nguoi han|dai loan|trung quoc|nguoi trung|nhat ban|nguoi nhat|nguoi my|nguoi phap|nguoi duc|nguoi uc|nguoi anh|nguoi lao|nguoi thai|campuchia|cam pu chia|quoc tich|ngoai quoc|ben (han|nhat|my|uc|duc|phap|dai|trung|lao|thai|nga|canada|tay)|(o|tu|sang|chong|vo|di|qua) (han|nhat|my|uc|duc|phap|lao|thai|nga|canada|anh quoc|tay|singapore|malaysia|dai|hoa ky)\b/;

interface Parts {
  model: Model;
  index: SearchIndex;
  names: Names;
  /** Procedures by all that remains of a name without the words around it. */
  matters: Map<string, string>;
  cover: Cover;
  heard: Heard;
  earnest: EarnestModel;
  /** Words that must be there before a procedure is believed. */
  needs: ({ foreign: boolean; words: RegExp | null } | undefined)[];
  /** How often each procedure is asked about, 0 … 3. Both in the order of the model's classes. */
  habit: Float32Array;
  /** Codes the model knows. */
  trained: Set<string>;
}

export const WORDS_FILE = new URL('./data/words.tsv', import.meta.url);

/** Names and aliases of the catalogue, and the words of the examples. */
export function searchTexts(
  catalogue: Catalogue,
  hints: Map<string, Hint>,
  normalised: typeof normalise,
  exampleWords: string,
): { code: string; words: Said[] }[] {
  const named = catalogue.all.flatMap(({ code, name, aliases }) =>
    [name, ...aliases, ...(hints.get(code)?.say ?? [])].map((text) => ({ code, words: normalised(text).words })),
  );
  const seen = new Map<string, Said>();
  const said = (marked: string): Said => {
    let known = seen.get(marked);
    if (!known) {
      known = { marked, bare: bare(/^\d/.test(marked) ? marked : marked.replace(/\d$/, '')) };
      seen.set(marked, known);
    }
    return known;
  };
  const examples = exampleWords.split('\n').flatMap((line) => {
    const [code = '', text = ''] = line.split('\t');
    return catalogue.byCode(code) && text ? [{ code, words: text.split(' ').map(said) }] : [];
  });
  return [...named, ...examples];
}

/** Procedures a question may mean, best first, with the share of "none is named". */
export type RankProcedures = (
  question: Normalised,
  line: string,
  sparse: ReturnType<typeof vector>,
  asking: ReturnType<typeof vector>,
  explanation: string[],
) => {
  candidates: { code: string; score: number }[];
  noProcedure: number;
  signs: Pick<Signs, 'covered' | 'strangest' | 'closest' | 'share' | 'earnest'>;
  /** Procedures said whole and joined by "và", "rồi", "với", in the order said; fewer than two: none. */
  joined: string[];
  /** What spoke for each procedure weighed, from which `fit.ts` learns how much each sign counts. */
  clues: Clues[];
};

/**
 * Builds the ranking: a few hundred milliseconds once.
 * @param exampleWords lines "code, tab, words as `syllable` writes them"; the shipped ones when left out
 */
export function createRanker(
  model: Model,
  catalogue: Catalogue,
  exampleWords: string = readFileSync(WORDS_FILE, 'utf8'),
  earnest: EarnestModel = loadEarnest(),
): RankProcedures {
  const hints = loadHints();
  // the same names are read for three purposes
  const seen = new Map<string, Normalised>();
  const normalised = (text: string): Normalised => {
    const known = seen.get(text) ?? normalise(text);
    seen.set(text, known);
    return known;
  };
  const texts = searchTexts(catalogue, hints, normalised, exampleWords);
  const index = createSearchIndex(texts.map(({ code, words }) => ({ code, words: words.map((word) => word.bare) })));
  const cover = createCover(texts);
  const names = namesOf(catalogue, hints, normalised);
  const matters = mattersOf(catalogue, hints, normalised);
  const { classes } = model.heads.get('procedure')!;
  const needs = classes.map((code) => {
    const text = hints.get(code)?.needs;
    if (!text) return undefined;
    const words = text.split('|').filter((word) => word !== '@foreign');
    return {
      foreign: text.includes('@foreign'),
      words: words.length > 0 ? new RegExp(` (${words.join('|')})`) : null,
    };
  });
  const habit = Float32Array.from(classes, (code) => hints.get(code)?.often ?? 0);
  const trained = new Set(classes);
  const heard = createHeard(texts);
  const parts: Parts = { model, index, habit, names, matters, cover, heard, earnest, needs, trained };
  return (question, line, sparse, asking, explanation) =>
    rankProcedures(parts, question, line, sparse, asking, explanation);
}

/** Model, word search, how often a thing is asked, and words that must be there, as one score per procedure. */
function rankProcedures(
  parts: Parts,
  question: Normalised,
  line: string,
  sparse: ReturnType<typeof vector>,
  asking: ReturnType<typeof vector>,
  explanation: string[],
): ReturnType<RankProcedures> {
  const { model, index, needs, habit, trained } = parts;
  const found = index.search(
    question.words.map(({ bare }) => bare),
    12,
  );
  const similar = new Map(found.map(({ code, score }) => [code, score]));
  const { classes } = model.heads.get('procedure')!;
  const shares = predict(model.heads.get('procedure')!, sparse);
  const named = firstNamed(parts.names, line);
  const said = matter(question.words);
  const meant = parts.matters.get(said);
  const weigh = parts.cover(question.words, question.hasMarks);
  const closest = found[0]?.score ?? 0;
  const isStory = question.words.length > STORY;
  const weights = isStory ? STORY_WEIGHTS : WEIGHTS;
  const asked = isStory ? predict(model.heads.get('procedure')!, asking) : null;
  let isForeign: boolean | undefined;
  const scored: { code: string; score: number }[] = [];
  const clues: Clues[] = [];
  for (let at = 0; at < classes.length; at++) {
    const code = classes[at]!;
    const share = shares[at]!;
    if (code === NO_PROCEDURE) {
      const score =
        Math.log(share + 1e-5) * weights.share + NONE.bias + (said === '' ? NONE.bare : NONE.closest * closest);
      scored.push({ code, score });
      continue;
    }
    const words = similar.get(code) ?? 0;
    // the rest cannot win
    if (words === 0 && share < NEGLIGIBLE && code !== named && code !== meant) continue;
    const need = needs[at];
    if (need?.foreign) isForeign ??= FOREIGN.test(line);
    const isThere = need && ((need.foreign && isForeign) || need.words?.test(line));
    const one: Clues = {
      code,
      share: Math.log(share + 1e-5),
      asked: asked ? Math.log(asked[at]! + 1e-4) : 0,
      words,
      cover: weigh(code).covered,
      often: habit[at]!,
      named: Number(code === named),
      meant: Number(code === meant),
      needed: Number(need !== undefined && Boolean(isThere)),
      missing: Number(need !== undefined && !isThere && !need.foreign),
      missingForeign: Number(need !== undefined && !isThere && need.foreign),
    };
    clues.push(one);
    scored.push({ code, score: scoreOf(one, weights) });
  }
  for (const { code, score } of found) {
    // a record newer than the training run is known by its words alone
    if (!trained.has(code)) scored.push({ code, score: 9 * score - 3 + WEIGHTS.cover * weigh(code).covered });
  }
  let top = Number.NEGATIVE_INFINITY;
  for (const { score } of scored) if (score > top) top = score;
  let total = 0;
  for (const entry of scored) {
    entry.score = Math.exp(entry.score - top);
    total += entry.score;
  }
  for (const entry of scored) entry.score = round(entry.score / total);
  const none = scored.find(({ code }) => code === NO_PROCEDURE)!.score;
  const candidates = scored
    .filter(({ code, score }) => code !== NO_PROCEDURE && score >= 0.01)
    .sort((a, b) => b.score - a.score);
  explanation.push(
    `procedures ${candidates
      .slice(0, 3)
      .map(({ code, score }) => `${code} ${score}`)
      .join(', ')}, none ${none}; words ${found
      .slice(0, 2)
      .map(({ code, score }) => `${code} ${score.toFixed(2)}`)
      .join(', ')}`,
  );
  const { covered, strangest } = candidates[0] ? weigh(candidates[0].code) : { covered: 0, strangest: 0 };
  const meansIt = !candidates[0]
    ? 0
    : question.words.length > LONGEST_PLAY
      ? 0.95
      : earnestShare(
          parts.earnest,
          earnestFeatures(parts.heard, question.words, question.hasMarks, candidates[0].code),
        );
  explanation.push(`cover ${covered.toFixed(2)}, strangest ${strangest.toFixed(2)}, earnest ${meansIt.toFixed(2)}`);
  const share = candidates[0] ? (shares[classes.indexOf(candidates[0].code)] ?? 0) : 0;
  return {
    candidates,
    noProcedure: none,
    signs: { covered, strangest, closest, share, earnest: meansIt },
    joined: joinedNames(parts.names, line),
    clues,
  };
}
