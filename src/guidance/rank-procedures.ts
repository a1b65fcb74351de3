import { readFileSync } from 'node:fs';
import type { Catalogue } from '../procedures/catalogue.ts';
import { type Hint, loadHints } from '../procedures/hints.ts';
import { createSearchIndex, type SearchIndex } from '../procedures/search.ts';
import { bare } from '../procedures/words.ts';
import { STORY } from './asking.ts';
import type { Signs } from './belief.ts';
import { type Cover, createCover, matter, type Said } from './cover.ts';
import { NO_PROCEDURE } from './examples.ts';
import { type Model, predict, round, type vector } from './model.ts';
import { lineOf, type Normalised, normalise } from './normalise.ts';

/**
 * How much each sign counts in a question, as logarithms of odds: fitted by softmax regression on examples the model had not seen
 * (cross-validate.ts), the often asked procedures weighing more; names said whole by hand, because examples rarely do so.
 */
const WEIGHTS = {
  share: 0.85,
  words: 4.9,
  often: 0.7,
  cover: 3.3,
  named: 0.6,
  meant: 2.3,
  needed: 1.1,
  missing: -1.2,
  /** By hand: nobody asks about a foreign matter without a word of it, and the look-alike at home is asked every day. */
  missingForeign: -2.8,
  none: 2.3,
  noneClosest: 1.1,
  /** By hand: "mất mấy ngày" names nothing, whatever was asked so before. */
  noneBare: 4,
};

/**
 * The same for stories, fitted on 1,329 of them: what is said about the matter and heard before counts more, the model
 * and habit less, since a story brings up much that is asked every day; its asking sentence is read once more by itself.
 */
const STORY_WEIGHTS = {
  ...WEIGHTS,
  share: 0.8,
  asked: 0.2,
  words: 6.2,
  cover: 5.4,
  often: 0.4,
  needed: 0.6,
  missing: -0.6,
  missingForeign: -1.4,
};

/** Below this share of the model, and without a word in common, a procedure is not weighed further. */
const NEGLIGIBLE = 5e-4;

const FOREIGN =
  /nuoc ngoai|nguoi tay|viet kieu|han quoc|nguoi han|dai loan|trung quoc|nguoi trung|nhat ban|nguoi nhat|nguoi my|nguoi phap|nguoi duc|nguoi uc|nguoi anh|nguoi lao|nguoi thai|campuchia|cam pu chia|quoc tich|ngoai quoc|ben (han|nhat|my|uc|duc|phap|dai|trung|lao|thai|nga|canada|tay)|(o|tu|sang|chong|vo|di|qua) (han|nhat|my|uc|duc|phap|lao|thai|nga|canada|anh quoc|tay|singapore|malaysia|dai|hoa ky)\b/;

interface Parts {
  model: Model;
  index: SearchIndex;
  /** Names of often asked procedures as said, blanks at both ends, by their first word (a blank before it). */
  names: Map<string, { code: string; words: string }[]>;
  /** Procedures by all that remains of a name without the words around it. */
  matters: Map<string, string>;
  cover: Cover;
  /** Words that must be there before a procedure is believed. */
  needs: ({ foreign: boolean; words: RegExp | null } | undefined)[];
  /** How often each procedure is asked about, 0 … 3. Both in the order of the model's classes. */
  habit: Float32Array;
  /** Codes the model knows. */
  trained: Set<string>;
}

export const WORDS_FILE = new URL('./data/words.tsv', import.meta.url);

/** Names and aliases of the catalogue, and the words of the examples. */
function searchTexts(
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
  signs: Pick<Signs, 'covered' | 'strangest' | 'closest' | 'share'>;
  /** Procedures said whole and joined by "và", "rồi", "với", in the order said; fewer than two: none. */
  joined: string[];
};

/**
 * Builds the ranking: a few hundred milliseconds once.
 * @param exampleWords lines "code, tab, words as `syllable` writes them"; the shipped ones when left out
 */
export function createRanker(
  model: Model,
  catalogue: Catalogue,
  exampleWords: string = readFileSync(WORDS_FILE, 'utf8'),
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
  const allNames = catalogue.all
    .filter(({ code }) => (hints.get(code)?.often ?? 0) >= 1)
    .flatMap(({ code, name, aliases }) =>
      [name, ...aliases].map((text) => ({
        code,
        words: lineOf(normalised(text)),
      })),
    )
    .filter(({ words }) => words.length >= 9 && words.trim().includes(' '));
  const names = new Map<string, typeof allNames>();
  for (const name of allNames) {
    const first = name.words.slice(0, name.words.indexOf(' ', 1));
    names.set(first, [...(names.get(first) ?? []), name]);
  }
  const matters = new Map<string, string>();
  // the ones asked more often last, so that they win
  for (const { code, name, aliases } of [...catalogue.all].sort(
    (a, b) => (hints.get(a.code)?.often ?? 0) - (hints.get(b.code)?.often ?? 0),
  )) {
    for (const text of [name, ...aliases, ...(hints.get(code)?.say ?? [])]) {
      const left = matter(normalised(text).words);
      if (left) matters.set(left, code);
    }
  }
  for (const [code, { say }] of hints) for (const text of say) matters.set(matter(normalised(text).words), code);
  matters.delete('');
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
  const parts: Parts = { model, index, habit, names, matters, cover, needs, trained };
  return (question, line, sparse, asking, explanation) =>
    rankProcedures(parts, question, line, sparse, asking, explanation);
}

/** "khai tử và xóa hộ khẩu": of several names said whole, the first; after a slip ("à không, …") the one that follows it. */
function firstNamed({ names }: Parts, line: string): string | null {
  const slip = / (a khong|khong phai|nham|y (em|toi|minh|chau|con|tui) la|noi lon|lon) /.exec(line);
  const from = slip ? slip.index : 0;
  let best: { code: string; at: number; length: number } | null = null;
  for (let at = line.indexOf(' ', from); at >= 0 && at < line.length - 1; at = line.indexOf(' ', at + 1)) {
    const end = line.indexOf(' ', at + 1);
    for (const { code, words } of names.get(line.slice(at, end < 0 ? undefined : end)) ?? []) {
      if (line.startsWith(words, at) && (!best || words.length > best.length))
        best = { code, at, length: words.length };
    }
    if (best) break;
  }
  return best?.code ?? null;
}

const JOINS =
  /^ ([a-z]+ ){0,3}(va|voi|roi|cung|kem|cong|them)( (ca|voi|luon|lam|xin|di|dang|ky|them|muon|thi|co)){0,4} $/;
/** The second name says what the first is for. */
const PURPOSE = / (de|cho|truoc|khi|neu|sau|xong|chua|khong|bi|mat|gop|lien thong|mot lan|cung luc) /;

/** "khai sinh và nhập khẩu": names said whole, one after the other, with nothing but a joining word between them. */
function joinedNames({ names }: Parts, line: string): string[] {
  if (!/ (va|voi|roi|cung|kem|cong|them) /.test(line)) return [];
  const found: string[] = [];
  let end = -1;
  for (let at = 0; at >= 0 && at < line.length - 1; ) {
    const next = line.indexOf(' ', at + 1);
    let best: { code: string; words: string } | null = null;
    for (const name of names.get(line.slice(at, next < 0 ? undefined : next)) ?? [])
      if (line.startsWith(name.words, at) && (!best || name.words.length > best.words.length)) best = name;
    if (!best) {
      at = next;
      continue;
    }
    const between = end < 0 ? null : line.slice(end, at + 1);
    const isJoined = between !== null && JOINS.test(between) && !PURPOSE.test(between);
    if (between !== null && !isJoined) return [];
    if (!found.includes(best.code)) found.push(best.code);
    end = at + best.words.length - 1;
    at = end;
  }
  return found.length > 1 ? found : [];
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
  const named = firstNamed(parts, line);
  const said = matter(question.words);
  const meant = parts.matters.get(said);
  const weigh = parts.cover(question.words, question.hasMarks);
  const closest = found[0]?.score ?? 0;
  const isStory = question.words.length > STORY;
  const weights = isStory ? STORY_WEIGHTS : WEIGHTS;
  const asked = isStory ? predict(model.heads.get('procedure')!, asking) : null;
  let isForeign: boolean | undefined;
  const scored: { code: string; score: number }[] = [];
  for (let at = 0; at < classes.length; at++) {
    const code = classes[at]!;
    const share = shares[at]!;
    if (code === NO_PROCEDURE) {
      const score =
        Math.log(share + 1e-5) * weights.share +
        WEIGHTS.none +
        (said === '' ? WEIGHTS.noneBare : WEIGHTS.noneClosest * closest);
      scored.push({ code, score });
      continue;
    }
    const words = similar.get(code) ?? 0;
    // the rest cannot win
    if (words === 0 && share < NEGLIGIBLE && code !== named && code !== meant) continue;
    let score = Math.log(share + 1e-5) * weights.share + weights.often * habit[at]!;
    if (asked) score += Math.log(asked[at]! + 1e-4) * STORY_WEIGHTS.asked;
    score += weights.words * words + weights.cover * weigh(code).covered;
    if (code === named && !isStory) score += WEIGHTS.named;
    if (code === meant) score += WEIGHTS.meant;
    const need = needs[at];
    if (need) {
      if (need.foreign) isForeign ??= FOREIGN.test(line);
      const isThere = (need.foreign && isForeign) || need.words?.test(line);
      score += isThere ? weights.needed : need.foreign ? weights.missingForeign : weights.missing;
    }
    scored.push({ code, score });
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
  explanation.push(`cover ${covered.toFixed(2)}, strangest ${strangest.toFixed(2)}`);
  const share = candidates[0] ? (shares[classes.indexOf(candidates[0].code)] ?? 0) : 0;
  return {
    candidates,
    noProcedure: none,
    signs: { covered, strangest, closest, share },
    joined: joinedNames(parts, line),
  };
}
