import type { Answer, Question } from './guidance.ts';
import { chosen } from './memory.ts';
import type { Understanding } from './read.ts';

/**
 * Why a model may be asked: look-alikes were offered, nothing was understood, the words seemed foreign, or hardly fit; or
 * the rules seem sure where they often are so wrongly: two matters that are taken for each other, a story, several
 * questions at once.
 */
export type Doubt = 'choices' | 'missed' | 'declined' | 'weak' | 'alike' | 'story' | 'several';

/** Tells whether two procedures are often taken for each other. */
export type AreAlike = (code: string, other: string) => boolean;

/** Those that one way of asking may mean. */
export function alikeIn(ambiguities: { choices: { code: string }[] }[]): AreAlike {
  const pairs = new Set(
    ambiguities.flatMap(({ choices }) => choices.flatMap((one) => choices.map((other) => `${one.code} ${other.code}`))),
  );
  return (code, other) => pairs.has(`${code} ${other}`);
}

/** Fewer words are better asked back: a model could only guess too. */
const LEAST_WORDS = 5;
const LEAST_WORDS_TO_CHOOSE = 3;
/** Shares of the reading below which an answer of the rules is doubted. */
const WEAK = 0.75;
const CLOSE = 0.25;
/** A story is easily taken for another one: more certainty is wanted of it. */
const STORY_WORDS = 25;
const WEAK_STORY = 0.9;
/** Longer ones are read whole whatever the rules think. */
const LONG_STORY_WORDS = 40;
/** A second candidate with less was hardly meant. */
const SOME_SECOND = 0.02;
/** Less of the telling words was ever said about the matter: sure, but of what? */
const LITTLE_COVERED = 0.6;
const SOME_PROCEDURE = 0.12;

/**
 * Whether the rules were unsure of a question that may be about a procedure. Never for buttons, emergencies, small talk,
 * payments, dossiers, or while a person is awaited.
 */
export function doubtOf(
  question: Question,
  answer: Answer,
  read: Understanding,
  areAlike: AreAlike = () => false,
): Doubt | null {
  if (question.payload !== undefined || question.isStart || question.isWaitingForOfficer) return null;
  if (answer.handOff || answer.resumesAssistant || answer.messages.length === 0) return null;
  if (read.emergencyKind !== null || read.isInjection || read.dossierNumbers.length > 0) return null;
  // personal numbers are no words here: a message of nothing else is never sent
  const words = read.question.words.length;
  const { intent, candidates } = answer.reading;
  const [first, second] = candidates;
  if (intent === 'out_of_scope') {
    // a dispute is declined by the rules for good
    const mayBeOurs = answer.outcome === 'declined' && !/dispute|injection/.test(read.topic);
    return mayBeOurs && words >= LEAST_WORDS && (first?.score ?? 0) >= SOME_PROCEDURE ? 'declined' : null;
  }
  if (intent !== 'procedure_question') return null;
  if (answer.outcome === 'offered_choices') return words >= LEAST_WORDS_TO_CHOOSE ? 'choices' : null;
  if (words < LEAST_WORDS) return null;
  if (answer.outcome === 'not_in_catalogue' || answer.outcome === 'asked_back') return 'missed';
  const { memory } = question;
  const code = answer.reading.procedureCode;
  // a follow-up names no procedure, and needs none; a typed button neither
  if (code === null || code === memory?.procedureCode || chosen(memory?.choices, question.text)) return null;
  if (!first) return null;
  const isFirst = first.code === code;
  const wanted = words >= STORY_WORDS ? WEAK_STORY : WEAK;
  const isWeak = first.score < wanted || first.score - (second?.score ?? 0) < CLOSE;
  if (isFirst && (isWeak || read.covered < LITTLE_COVERED)) return 'weak';
  // what was told of two matters stays: a decision is about one
  if (answer.records.length > 1) return null;
  if (words > LONG_STORY_WORDS) return 'story';
  // a rule chose, not a score
  if (!isFirst) return null;
  if (second && second.score >= SOME_SECOND && areAlike(first.code, second.code)) return 'alike';
  const questions = question.text.split(/[?？]+/).filter((part) => part.trim() !== '').length;
  return read.aspects.length > 1 || (questions > 1 && /[?？]/.test(question.text)) ? 'several' : null;
}
