import type { Procedure } from '../procedures/catalogue.ts';
import { shortName } from '../procedures/hints.ts';
import { offer } from './answer-choices.ts';
import { procedureAnswer } from './answer-procedure.ts';
import type { Decision, Turn } from './decision.ts';
import type { Aspect } from './guidance.ts';
import { press } from './payloads.ts';
import { humanButton } from './speech.ts';

/** Words that lead back to something else than what is spoken of: another choice, the matter of the day before. */

const THE_OTHER =
  / (cai kia|viec kia|cai con lai|viec con lai|cai khac|viec khac|cai sau|cai thu hai|cai do moi dung|khong phai (cai|viec) (nay|do|ay)) /;

/** "không phải cái này, cái kia": another of the procedures offered together. */
export function otherOne(turn: Turn): Decision | null {
  const { memory, reading, house } = turn;
  const rest = (memory.offered ?? []).filter((code) => code !== memory.procedureCode);
  if (rest.length === 0 || !THE_OTHER.test(reading.line) || reading.question.words.length > 9) return null;
  if (!(memory.offered ?? []).includes(memory.procedureCode ?? '') || reading.noProcedure < 0.3) return null;
  const records = rest.flatMap((code) => house.catalogue.byCode(code) ?? []);
  const aspects: Aspect[] = reading.hasAspectWords ? reading.aspects : [memory.aspect ?? 'overview'];
  if (records.length === 1) return procedureAnswer(turn, records[0]!, aspects, null);
  return offer(turn, {
    id: 'other',
    ask: 'Vậy là việc nào trong các việc này?',
    choices: records.slice(0, 4).map((record) => ({ code: record.code, title: shortName(record, house.hints) })),
  });
}

/** The first words after a day name no matter: the one of the day before is offered, not taken for granted. */
export function goOnWith(turn: Turn, before: Procedure): Decision {
  const name = shortName(before, turn.house.hints);
  const aspect = turn.reading.hasAspectWords ? turn.reading.aspects[0]! : 'overview';
  return {
    messages: [
      {
        text: `Lần trước đang hỏi việc "${name}". Có phải hỏi tiếp việc đó không ạ?`,
        buttons: [
          { title: name, kind: 'reply', value: press.ask(before.code, aspect) },
          { title: 'Hỏi việc khác', kind: 'reply', value: press.menu },
          humanButton(),
        ],
      },
    ],
    outcome: 'offered_choices',
    memory: { asksWhich: true },
    meant: {
      intent: 'procedure_question',
      procedureCode: null,
      aspects: turn.reading.aspects,
    },
  };
}
