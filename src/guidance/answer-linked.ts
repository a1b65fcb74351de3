import type { Button } from '../channels/channel.ts';
import type { Procedure } from '../procedures/catalogue.ts';
import { type Linked, loadLinked } from '../procedures/linked.ts';
import { cite, type Decision, meaning, type Turn } from './decision.ts';
import type { Aspect } from './guidance.ts';
import { press } from './payloads.ts';
import { sourceLine } from './say-procedure.ts';
import { humanButton, reply } from './speech.ts';

/** Procedures that go with the one spoken of: told when asked for, offered once with its papers. */

const ASKS_NEXT =
  / ((xong|roi|sau do|sau khi|lam xong|co giay)( [a-z]+){0,8} (lam gi|lam sao|con gi|phai gi|can gi|gi nua|di dau|viec gi|thu tuc gi)( nua| tiep| khac)?|(con|can|phai)( [a-z]+){0,4} (lam |co )?(gi|viec gi|thu tuc (gi|nao)|giay to gi|giay gi) (nua|khac|kem|di kem)|(viec|thu tuc|giay to)( [a-z]+){0,2} (kem|lien quan|di kem|tiep theo|cung luc)|(lam )?(luon|cung luc|mot the|kem)( (duoc|them|nhung|viec|thu tuc|cai)){0,3} gi) /;
/** "mất giấy chứng sinh rồi thì làm sao": what is missing is told, not what is done. */
const LACKS =
  / (mat|that lac|lac mat|khong co|khong con|thieu|hu|rach|chay|uot|sai|qua han|tre)( [a-z]+){0,5} roi( [a-z]+){0,3} (lam sao|lam gi|can gi|phai gi) /;
const NEW_MATTER = / (xong|roi|sau|con|luon|cung luc|kem|tiep) /;

const isApt = ({ when }: Linked, line: string): boolean => !when || new RegExp(` (${when}) `).test(line);

const buttonsOf = ({ next }: Linked): Button[] =>
  next.map((step) => reply(step.title, 'code' in step ? press.ask(step.code, 'overview') : press.which(step.group)));

/** "khai sinh xong thì làm gì nữa": what goes with it. Null when that is not asked or nothing is known to follow. */
export function linkedAnswer(turn: Turn, record: Procedure): Decision | null {
  const { line } = turn.reading;
  const linked = loadLinked().get(record.code);
  return linked && ASKS_NEXT.test(line) && NEW_MATTER.test(line) && !LACKS.test(line) ? sayLinked(turn, record) : null;
}

/** What goes with a procedure, with a button for each. */
export function sayLinked(turn: Turn, record: Procedure): Decision | null {
  const linked = loadLinked().get(record.code);
  if (!linked) return null;
  return {
    messages: [
      {
        text: `${linked.say}\n${sourceLine(record, turn.speech, false)}`,
        buttons: [...buttonsOf(linked), humanButton()],
      },
    ],
    outcome: 'answered',
    source: 'record',
    records: [cite(record)],
    memory: { procedureCode: record.code, aspect: 'steps', linkedOffered: record.code },
    meant: meaning(turn, record, ['steps'], turn.memory.case ?? null),
  };
}

/** One line and one button, once per procedure and only where papers or steps were told and no question is open. */
export function linkedOffer(
  turn: Turn,
  record: Procedure,
  aspects: Aspect[],
): { line: string; buttons: Button[] } | null {
  const linked = loadLinked().get(record.code);
  if (!linked?.offer || turn.memory.linkedOffered === record.code || turn.speech.isSimple) return null;
  if (!isApt(linked, turn.reading.line)) return null;
  if (!aspects.some((aspect) => aspect === 'documents' || aspect === 'steps' || aspect === 'result')) return null;
  return { line: linked.offer, buttons: [reply('Xong rồi làm gì nữa', press.after(record.code))] };
}
