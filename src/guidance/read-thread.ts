import { BELIEVED } from './belief.ts';
import type { Reader, Understanding } from './read.ts';

/** From this share on a message says by itself what it is about. */
const FIRM = 0.7;
/** Said together with the matter at hand it must be plain. */
const PLAIN = 0.85;
const LONGEST = 12;
const SHORT = 8;

/** What is done with a thing; without it the name of a procedure names the thing itself. */
const DEED =
  /^(thủ tục |xin |đăng ký |cấp lại |cấp đổi |cấp |đổi |gia hạn |xóa |khai báo |thông báo |thay đổi |làm lại |làm |sửa |bổ sung |giấy xác nhận |xác nhận )+(?=\S+ \S)/iu;

/** The shortest of the names, without what is done: "làm căn cước" is about a "căn cước". */
const thingOf = (names: string[]): string =>
  names.map((name) => name.replace(DEED, '')).sort((a, b) => a.length - b.length)[0] ?? '';

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
  now: Date,
): Understanding {
  const [first] = reading.candidates;
  const isOpen =
    reading.intent === 'procedure_question' &&
    reading.question.words.length <= LONGEST &&
    first !== undefined &&
    first.code !== spokenOf.code &&
    first.score < FIRM &&
    reading.noProcedure < 0.5;
  // "bao giờ xét": alone about nothing of ours
  const isNothing =
    reading.intent === 'out_of_scope' &&
    !reading.isInjection &&
    !/other_agency|private_dispute|illegal/.test(reading.topic) &&
    reading.question.words.length <= SHORT;
  if (!isOpen && !isNothing) return reading;
  const together = read(`${thingOf(spokenOf.names)} ${text}`, now);
  const [best] = together.candidates;
  if (!best || best.score < PLAIN || together.intent !== 'procedure_question' || together.joined.length > 1)
    return reading;
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
