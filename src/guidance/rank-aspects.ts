import { apart, cuedAspects, QUESTION_WORDS } from './aspect-cues.ts';
import { ASPECTS, type Aspect } from './guidance.ts';
import { type Model, rank, type vector } from './model.ts';

/** Fitted on examples held out: the model leans to what the examples ask most. */
const LEANING: Partial<Record<Aspect, number>> = {
  eligibility: -0.3,
  online: -0.3,
  legal_basis: -0.2,
  overview: -0.2,
  place: -0.2,
  form: 0.2,
  validity: 0.3,
  result: 0.5,
};

/** How much the model's share counts beside the words that settle it (aspect-cues.ts); fitted likewise. */
const SHARE = 1.5;
const NEVER = -8;

/** Facts asked side by side without a joining word: "ở đâu hết bao nhiêu". */
const PLAINLY_ASKED = new Set<Aspect>(['eligibility', 'place', 'fee', 'time', 'documents']);

/**
 * What is asked about the matter.
 * @param tail the end of the message, where its question stands
 * @param sparse the features of the same end
 */
export function rankAspects(
  model: Model,
  tail: string,
  whole: string,
  sparse: ReturnType<typeof vector>,
  explanation: string[],
) {
  const scores = new Map<Aspect, number>(ASPECTS.map((aspect) => [aspect, NEVER]));
  for (const { name, share } of rank(model, 'aspect', sparse))
    scores.set(name as Aspect, Math.log(share + 0.02) * SHARE + (LEANING[name as Aspect] ?? 0));
  const line = tail;
  const inTail = cuedAspects(tail);
  const cued = apart(inTail.length > 0 || tail === whole ? inTail : cuedAspects(whole));
  for (const { aspect, weight } of cued) scores.set(aspect, scores.get(aspect)! + weight);
  if (cued.length === 0 && !QUESTION_WORDS.test(line) && !/ (a|ha|nhi|hay|hong|day) $/.test(line))
    scores.set('overview', scores.get('overview')! + 2);
  const ranked = [...scores].sort((a, b) => b[1] - a[1]);
  const [first, second] = [ranked[0]!, ranked[1]!];
  // a second thing asked: both said in strong words, and neither explains the other
  const strong = cued.filter(
    ({ aspect, weight, asks }) => asks && weight >= 1.7 && scores.get(aspect)! > first[1] - 4.2,
  );
  const isJoined =
    / (va|voi|roi|may|con|cung|hay la|them) /.test(line) || strong.every(({ aspect }) => PLAINLY_ASKED.has(aspect));
  let aspects: Aspect[] = [first[0]];
  if (strong.length >= 2 && isJoined && strong.some(({ aspect }) => aspect === first[0])) {
    aspects = strong.slice(0, 3).map(({ aspect }) => aspect);
  }
  const total = ranked.reduce((sum, [, score]) => sum + Math.exp(score - first[1]), 0);
  explanation.push(
    `aspects ${first[0]} ${first[1].toFixed(1)}, ${second[0]} ${second[1].toFixed(1)}; words ${cued.map(({ aspect, weight }) => `${aspect}+${weight}`).join(' ')}`,
  );
  return { aspects, score: 1 / total, hasWords: cued.length > 0, cued: inTail };
}
