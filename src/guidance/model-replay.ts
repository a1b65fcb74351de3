import type { Procedure } from '../procedures/catalogue.ts';
import { loadCaseQuestions } from './cases.ts';
import type { Answer, Aspect, Guidance, Question } from './guidance.ts';
import { parsePress, press } from './payloads.ts';

/** More bubbles than this: the rest is offered as buttons. */
const MOST_BUBBLES = 4;

/** Has the rules answer what was decided elsewhere. */
export type Replay = (
  question: Question,
  record: Procedure,
  aspects: Aspect[],
  caseName: string | null,
) => Promise<Answer>;

/** A decision goes through the rules as the press of one of their own buttons: facts, wording and memory are theirs. */
export function createReplay(rules: Guidance): Replay {
  const caseQuestions = loadCaseQuestions();

  const payloadOf = (record: Procedure, aspect: Aspect, caseName: string | null): string => {
    if (caseName === null) return press.ask(record.code, aspect);
    const options = caseQuestions.get(record.code)?.options ?? [];
    const option = options.findIndex(({ case: name, goto }) => name === caseName && !goto);
    if (option >= 0) return press.case(record.code, option, aspect);
    return press.group(
      record.code,
      record.cases.findIndex(({ name }) => name === caseName),
      aspect,
    );
  };

  return async (question, record, [first = 'overview', ...others], caseName) => {
    let told = await rules.answer({ ...question, payload: payloadOf(record, first, caseName) });
    for (const aspect of others) {
      // a question about the case comes last, with its buttons: nothing may be put after it
      if (asksCase(told)) break;
      const next = await rules.answer({
        ...question,
        text: '',
        payload: payloadOf(record, aspect, caseName),
        memory: told.memory,
      });
      if (told.messages.length + next.messages.length > MOST_BUBBLES) break;
      told = join(told, next);
    }
    return told;
  };
}

const asksCase = ({ messages }: Answer) =>
  (messages.at(-1)?.buttons ?? []).some(({ value }) => {
    const kind = parsePress(value)?.kind;
    return kind === 'case' || kind === 'group';
  });

function join(told: Answer, next: Answer): Answer {
  const aspects = [...new Set([...told.reading.aspects, ...next.reading.aspects])];
  return {
    ...told,
    messages: [...told.messages.map(({ buttons: _, ...message }) => message), ...next.messages],
    memory: next.memory,
    outcome: next.outcome === 'answered' ? told.outcome : next.outcome,
    reading: { ...told.reading, aspects },
  };
}
