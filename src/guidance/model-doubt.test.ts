import { expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import type { Answer, Question } from './guidance.ts';
import { alikeIn, doubtOf } from './model-doubt.ts';
import type { Understanding } from './read.ts';

const now = new Date('2026-11-21T03:00:00Z');
const [A, B] = ['1.001193', '1.004884'];

/** A question the rules answered with the first of two candidates. */
function doubt(
  text: string,
  scores: [number, number],
  more: { aspects?: string[]; records?: string[]; covered?: number; told?: string } = {},
) {
  const question: Question = {
    ...{ text, memory: null, now, isWaitingForOfficer: false },
    commune: communeSettings.parse({ officeName: 'UBND xã' }),
  };
  const candidates = [A, B].map((code, at) => ({ code, score: scores[at]! }));
  const answer = {
    reading: { intent: 'procedure_question', candidates, procedureCode: more.told ?? A },
    messages: [{ text: 'x' }],
    outcome: 'answered',
    records: (more.records ?? [A]).map((code) => ({ code, asOf: '' })),
  } as unknown as Answer;
  const read = {
    ...{ emergencyKind: null, isInjection: false, dossierNumbers: [], topic: '' },
    question: { words: text.split(/\s+/) },
    covered: more.covered ?? 1,
    aspects: more.aspects ?? ['documents'],
  } as unknown as Understanding;
  return doubtOf(question, answer, read, alikeIn([{ choices: [{ code: A }, { code: B }] }]));
}

const words = (count: number) => Array.from({ length: count }, (_, at) => `chữ${at}`).join(' ');

test('a sure reading of a plain question is not doubted', () => {
  expect(doubt(words(8), [0.99, 0.01])).toBeNull();
});

test('a reading that is unsure, or sure of words it hardly knows, is', () => {
  expect(doubt(words(8), [0.7, 0.1])).toBe('weak');
  expect(doubt(words(26), [0.85, 0.1])).toBe('weak');
  expect(doubt(words(8), [0.99, 0.01], { covered: 0.5 })).toBe('weak');
});

test('what a rule chose stands, but for a long story', () => {
  expect(doubt(words(8), [0.7, 0.1], { told: B })).toBeNull();
  expect(doubt(words(41), [0.7, 0.1], { told: B })).toBe('story');
});

test('two matters that are taken for each other are, however sure the rules are', () => {
  expect(doubt(words(8), [0.9, 0.05])).toBe('alike');
});

test('so are long stories and several questions at once', () => {
  expect(doubt(words(41), [0.99, 0.01])).toBe('story');
  expect(doubt(words(8), [0.99, 0.01], { aspects: ['fee', 'time'] })).toBe('several');
  expect(doubt('làm khai sinh cần gì? có mất tiền không?', [0.99, 0.01])).toBe('several');
  expect(doubt('làm khai sinh cho bé cần gì ạ??', [0.99, 0.01])).toBeNull();
});

test('an answer about two matters stays: a decision is about one', () => {
  expect(doubt(words(41), [0.99, 0.01], { aspects: ['fee', 'time'], records: [A, B] })).toBeNull();
});
