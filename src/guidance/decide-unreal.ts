import type { Decision, Turn } from './decision.ts';
import { normalise } from './normalise.ts';
import { findNotPerson, type NotPerson } from './not-people.ts';
import * as talk from './say-small-talk.ts';

/** Papers asked for animals, things or what is not of this world: declined kindly, whatever words they borrow. */

const SAID: Record<NotPerson, string> = {
  animal:
    'Việc này chỉ làm cho người, không làm cho con vật ạ. Chó mèo, gia súc có việc gì thì hỏi thú y hoặc cán bộ xã.',
  thing:
    'Việc này chỉ làm cho người, không làm cho đồ vật, cây cối ạ. Cần giấy tờ về xe, nhà, đất thì cứ nhắn tên giấy cần làm.',
  unreal: 'Việc này xã không làm được ạ: giấy tờ chỉ dành cho người, nhà đất và việc có thật. Cần giấy tờ gì cứ nhắn.',
};

/** A follow-up this short is about the matter spoken of: "thế còn con mèo thì sao". */
const SHORT = 7;

/** The words of a name that only persons are spoken of with. */
const aboutPeople = (name: string): string =>
  /khai sinh|khai tử|kết hôn|giám hộ|con nuôi|căn cước|thường trú|tạm trú|hôn nhân/i.exec(name)?.[0] ?? '';

export function unrealOf({ question, reading, memory, house }: Turn): Decision | null {
  if (question.payload !== undefined || question.isWaitingForOfficer || reading.emergencyKind) return null;
  const asked = reading.question;
  const current = asked.words.length <= SHORT && memory.procedureCode && house.catalogue.byCode(memory.procedureCode);
  const found =
    findNotPerson(asked) ??
    (current && findNotPerson({ ...asked, words: [...normalise(aboutPeople(current.name)).words, ...asked.words] }));
  return found ? declined(found) : null;
}

/** Surely not meant, by all that was learnt of play (belief.ts, earnest.ts). */
const isSurelyPlay = ({ belief, signs }: Turn['reading']): boolean => belief < 0.005 && signs.earnest < 0.01;

/** Hardly meant, and no procedure named that could be asked back about. */
const isHardlyMeant = ({ belief, signs, candidates }: Turn['reading']): boolean =>
  belief < 0.1 && signs.earnest < 0.15 && (candidates[0]?.score ?? 0) < 0.5;

/**
 * A procedure's words put to something nobody ever asks it for; where a matter is spoken of, they may be about that.
 * Hardly anybody is told that a thing does not exist though it does: in doubt only that it is not understood.
 */
export function playOf({ reading, memory }: Turn): Decision | null {
  if (memory.procedureCode !== undefined) return null;
  if (isSurelyPlay(reading)) return { ...declined('unreal'), isGuess: true };
  return isHardlyMeant(reading) ? { ...declined('unreal'), messages: talk.declined(), isGuess: true } : null;
}

const declined = (found: NotPerson): Decision => ({
  messages: [{ text: SAID[found], buttons: talk.popularButtons() }],
  outcome: 'declined',
  meant: { intent: 'out_of_scope', procedureCode: null, aspects: [] },
});
