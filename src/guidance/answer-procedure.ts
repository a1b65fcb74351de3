import type { Procedure } from '../procedures/catalogue.ts';
import { shortName } from '../procedures/hints.ts';
import { isOurs } from '../procedures/phrasing.ts';
import { linkedOffer } from './answer-linked.ts';
import { restOf, sayProcedure } from './compose.ts';
import { cite, type Decision, meaning, type Turn } from './decision.ts';
import type { Aspect, Outcome } from './guidance.ts';
import type { Recall } from './memory.ts';
import { press } from './payloads.ts';

/** "cần chuẩn bị gì", "cho xin danh sách giấy tờ": what to prepare, not only what to bring. */
const PREPARES =
  / (chuan bi( [a-z]+){0,5} (gi|nhung|cac|giay|san|du|the nao|truoc|nao)|(danh sach|checklist|liet ke)( [a-z]+){0,4} (chuan bi|giay|mang|can)) /;

export function procedureAnswer(
  turn: Turn,
  record: Procedure,
  aspects: Aspect[],
  caseName: string | null,
  isCaseSettled = false,
  extras: { also?: Procedure[] } = {},
): Decision {
  const speech = isCaseSettled
    ? {
        ...turn.speech,
        caseQuestions: new Map([...turn.speech.caseQuestions].filter(([code]) => code !== record.code)),
      }
    : turn.speech;
  const shown = turn.memory.sourceShown === record.code;
  const extraButtons = (extras.also ?? []).map((other) => ({
    title: shortName(other, speech.hints),
    kind: 'reply' as const,
    value: press.ask(other.code, aspects[0] ?? 'overview'),
  }));
  const prepares = PREPARES.test(turn.reading.line) || turn.memory.prepares === record.code;
  const offered = linkedOffer(turn, record, aspects);
  const topics = aspects.map((aspect) => (aspect === 'documents' && prepares ? 'checklist' : aspect));
  const { messages, known, isOffered } = sayProcedure(record, topics, caseName, speech, {
    isSourceShown: shown,
    extraButtons,
    ...(offered && { offer: offered }),
  });
  const outcome: Outcome = !known ? 'record_lacks_fact' : isOurs(record) ? 'answered' : 'other_agency';
  const earlier =
    turn.memory.procedureCode && turn.memory.procedureCode !== record.code
      ? { earlierCode: turn.memory.procedureCode }
      : {};
  const { case: _case, outside: _outside, ...rest } = turn.memory;
  turn.memory = rest as Recall;
  return {
    messages,
    outcome,
    source: 'record',
    records: [cite(record)],
    memory: {
      procedureCode: record.code,
      aspect: aspects[0]!,
      sourceShown: record.code,
      rest: restOf(messages),
      ...(caseName && { case: caseName }),
      ...(prepares && aspects.includes('documents') && { prepares: record.code }),
      ...(isOffered && { linkedOffered: record.code }),
      ...earlier,
    },
    meant: meaning(turn, record, aspects, caseName),
  };
}
