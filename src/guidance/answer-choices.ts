import type { Ambiguity } from './ambiguities.ts';
import { cite, type Decision, type Turn } from './decision.ts';
import { press } from './payloads.ts';
import { sourceLine, toldCode } from './say-procedure.ts';
import { humanButton } from './speech.ts';

/** Which of several procedures is meant. */
export function offer(turn: Turn, { ask, choices }: Pick<Ambiguity, 'ask' | 'choices'> & { id: string }): Decision {
  const aspect = turn.reading.hasAspectWords ? turn.reading.aspects[0]! : 'overview';
  const first = turn.house.catalogue.byCode(choices[0]!.code)!;
  const buttons = choices.map(({ code, title }) => ({ title, kind: 'reply' as const, value: press.ask(code, aspect) }));
  return {
    messages: [
      { text: `${ask}\n${sourceLine(first, turn.speech, false)}`, buttons: [...buttons, humanButton()].slice(0, 5) },
    ],
    outcome: 'offered_choices',
    source: 'record',
    records: [cite(first)],
    memory: { procedureCode: first.code, aspect, asksWhich: true, offered: choices.map(({ code }) => code) },
    meant: { intent: 'procedure_question', procedureCode: toldCode(first, turn.speech), aspects: turn.reading.aspects },
  };
}
