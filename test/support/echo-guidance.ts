import type { Answer, Guidance, Question } from '../../src/guidance/guidance.ts';

/** Answers every question with its own words, so that a test sees which question an answer belongs to. */
export function createEchoGuidance(before: (question: Question) => Promise<void> | void = () => {}): Guidance {
  return {
    async answer(question) {
      await before(question);
      const count = Number(question.memory?.count ?? 0) + 1;
      const isHuman = question.text === 'gặp cán bộ';
      const answer: Answer = {
        reading: {
          intent: isHuman ? 'human_request' : 'procedure_question',
          intentScore: 1,
          procedureCode: null,
          candidates: [],
          aspects: [],
          case: null,
          dossierNumbers: [],
          personalData: [],
          explanation: [],
        },
        messages: [{ text: `#${count} ${question.payload ?? question.text}` }],
        memory: { version: 1, at: question.now.getTime(), count },
        outcome: isHuman ? 'handed_off' : 'answered',
        source: 'none',
        records: [],
        ...(isHuman ? { handOff: { reason: 'asked' as const } } : {}),
      };
      return answer;
    },
    looksUnfinished: () => false,
  };
}
