import { plain } from '../procedures/words.ts';
import { BELIEVED } from './belief.ts';
import type { Intent } from './guidance.ts';
import type { Reader, Understanding } from './read.ts';

/** From this share on a message says by itself what it is about. */
const FIRM = 0.7;
/** Said together with the matter at hand it must be plain. */
const PLAIN = 0.85;
const LONGEST = 12;
/** Below this share another intent is no more than a guess. */
const FAINT = 0.55;
const HARDLY = new Set<Intent>(['account_help', 'office_info', 'payment', 'bot_identity', 'feedback_complaint']);
const SHORT = 8;

/** What is done with a thing; without it the name of a procedure names the thing itself. */
const DEED =
  /^(thủ tục |xin |đăng ký |cấp lại |cấp đổi |cấp |đổi |gia hạn |xóa |khai báo |thông báo |thay đổi |làm lại |làm |sửa |bổ sung |giấy xác nhận |xác nhận )+(?=\S+ \S)/iu;

/** The shortest of the names, without what is done: "làm căn cước" is about a "căn cước". */
const thingOf = (names: string[]): string =>
  names.map((name) => name.replace(DEED, '')).sort((a, b) => a.length - b.length)[0] ?? '';

const AGE = / [1-9][0-9]? (tuoi|thang) /;
const LOST = / (mat|roi mat|danh roi|that lac|rach|hong|gay|chay|uot|cu|het han) /;
/** A new matter is wished for, not only a thing named. */
const WISH = / (lam|dang ky|xin|muon|cap|doi|sua|khai bao|khac|con viec|hoi) /;

const wordsOf = (name: string): Set<string> =>
  new Set(
    plain(name.toLowerCase())
      .split(/[^a-z0-9]+/)
      .filter(Boolean),
  );

/** "giấy khai sinh" while a birth abroad is spoken of: its name is a part of that longer one. */
function isKin(name: string, whole: string): boolean {
  const [part, all] = [wordsOf(name), wordsOf(whole)];
  return part.size < all.size && [...part].every((word) => all.has(word));
}

/** More than half of the shorter name stands in the other. */
function isAlike(one: string, other: string): boolean {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  return [...a].filter((word) => b.has(word)).length > Math.min(a.size, b.size) / 2;
}

const aboutSpokenOf = (reading: Understanding, code: string): Understanding => ({
  ...reading,
  candidates: [{ code, score: 1 }],
  procedureCode: code,
  case: null,
  explanation: [...reading.explanation, `its name is a part of that of ${code}`],
});

/**
 * "gia hạn được mấy lần", "bị rơi mất rồi": what is done is said, the thing it is done to is the one spoken of. Read once more
 * with its name before it; the message's own reading stays where it is sure, or where that tells no more.
 * @param spokenOf code of the procedure spoken of, and the ways its name is said
 */
export function readInThread(
  read: Reader,
  reading: Understanding,
  text: string,
  spokenOf: { code: string; names: string[] },
  nameOf: (code: string) => string,
  now: Date,
): Understanding {
  const [first] = reading.candidates;
  const whole = nameOf(spokenOf.code);
  if (first && first.code !== spokenOf.code && isKin(nameOf(first.code), whole) && !WISH.test(reading.line))
    return aboutSpokenOf(reading, spokenOf.code);
  // "bị rơi mất rồi", "cháu lớn 15 tuổi": what happened to the thing spoken of, or whose it is
  const isTold =
    reading.intent === 'procedure_question' &&
    reading.question.words.length <= LONGEST &&
    (AGE.test(reading.line) || (LOST.test(reading.line) && reading.noProcedure >= 0.5 && !reading.hasAspectWords));
  const isOpen =
    reading.intent === 'procedure_question' &&
    reading.question.words.length <= LONGEST &&
    first !== undefined &&
    first.code !== spokenOf.code &&
    first.score < FIRM &&
    reading.noProcedure < 0.5;
  // "bao giờ xét": alone about nothing of ours
  const isNothing =
    (reading.intent === 'out_of_scope' || (reading.intentScore < FAINT && HARDLY.has(reading.intent))) &&
    !reading.isInjection &&
    !/other_agency|private_dispute|illegal/.test(reading.topic) &&
    reading.question.words.length <= SHORT;
  if (!isOpen && !isNothing && !isTold) return reading;
  const together = read(`${thingOf(spokenOf.names)} ${text}`, now);
  const [best] = together.candidates;
  if (!best || best.score < PLAIN || together.intent !== 'procedure_question' || together.joined.length > 1)
    return reading;
  // then another of the same papers may be meant, and nothing else
  if (isTold && !isOpen && !isAlike(nameOf(best.code), whole)) return reading;
  // words nobody says about it stay what they are: "trời có mưa không"
  if (isNothing && (best.code !== spokenOf.code || together.belief < BELIEVED)) return reading;
  const { candidates, procedureCode, noProcedure, covered, belief, signs, clues } = together;
  return {
    ...reading,
    ...(isNothing && { intent: together.intent, intentScore: together.intentScore, topic: together.topic, act: null }),
    ...{ candidates, procedureCode, noProcedure, covered, belief, signs, clues },
    case: together.case,
    explanation: [...reading.explanation, `with ${spokenOf.code}: ${best.code} ${best.score}`],
  };
}
