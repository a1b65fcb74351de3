import { cuedAspects, QUESTION_WORDS } from './aspect-cues.ts';
import { lineOf, type Normalised } from './normalise.ts';

/** From this many words on a message is a story with a question in it. */
export const STORY = 22;

/** The longest part of a story that is taken for its question. */
const LONGEST = 32;

const ASKS =
  / (cho|xin|muon|can|nho|de|dam|danh)( [a-z]+){0,4} hoi | hoi( [a-z]+){0,3} (la|xem|voi|rang|cho|thiet|that|giup|gium) | (khong|chang|chua|chua|hong) (biet|ro|hieu) | (vay|nhu vay|the|bay gio|gio|chu)( [a-z]+){0,8} (sao|gi|nao|dau|khong|chua|nhieu|lau|may) /;
const WANTS = / (muon|dinh|tinh|can|xin|lam) /;
const MANNERS =
  /^ (da |thua |kinh |a |em |toi |con |chau )*(chao|kinh gui|cam on|xin cam on|rat cam on|chuc|mong|rat mong|alo|tran trong|xin chan thanh)/;

interface Part {
  from: number;
  to: number;
  asks: boolean;
}

/** Where a run-on story turns to its question: "... giờ muốn ...", "cho em hỏi ...". */
const TURN = /^(cho|xin|gio|bay|vay|hoi|khong|the|muon)$/;

function partsOf(question: Normalised): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const { at, asks } of question.ends) {
    if (at > from) parts.push({ from, to: at, asks });
    from = at;
  }
  return parts;
}

const cut = (question: Normalised, from: number, to: number): Normalised => ({
  ...question,
  words: question.words.slice(from, to),
  ends: [{ at: to - from, asks: false }],
});

/** How much a sentence looks like the one that asks. */
function weigh(line: string, part: Part, place: number): number {
  const cued = cuedAspects(line);
  return (
    (part.asks ? 2.5 : 0) +
    (ASKS.test(line) ? 2 : 0) +
    (QUESTION_WORDS.test(line) ? 1 : 0) +
    (cued.length > 0 ? 1 + Math.min(1, cued[0]!.weight / 3) : 0) +
    (WANTS.test(line) ? 0.4 : 0) +
    place -
    (MANNERS.test(line) ? 2 : 0)
  );
}

/** The words of a story in which its question stands; the question itself when it is short. */
export function askingPart(question: Normalised): Normalised {
  const { from, to } = askingRange(question);
  return to - from === question.words.length ? question : cut(question, from, to);
}

/** Which words those are; all of a short question. */
export function askingRange(question: Normalised): { from: number; to: number } {
  if (question.words.length <= STORY) return { from: 0, to: question.words.length };
  const parts = partsOf(question);
  let best: Part | null = null;
  let most = Number.NEGATIVE_INFINITY;
  parts.forEach((part, at) => {
    if (part.to - part.from < 3) return;
    const weight = weigh(lineOf(cut(question, part.from, part.to)), part, at / parts.length);
    if (weight > most) [best, most] = [part, weight];
  });
  const { from: start, to } = (best ?? { from: 0, to: question.words.length, asks: false }) as Part;
  let from = start;
  if (to - from > LONGEST) {
    // a run-on sentence: from its last turn, if enough is left
    from = Math.max(from, to - LONGEST);
    for (let at = from; at <= to - 9; at++) {
      if (!TURN.test(question.words[at]!.letters)) continue;
      from = at;
      break;
    }
  }
  // "Vậy có được không?" says nothing without the sentence before
  if (to - from < 9) from = Math.max(0, to - 18);
  return { from, to };
}
