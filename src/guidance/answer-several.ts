import type { Button } from '../channels/channel.ts';
import type { Procedure } from '../procedures/catalogue.ts';
import { shortName } from '../procedures/hints.ts';
import { procedureAnswer } from './answer-procedure.ts';
import type { Decision, Turn } from './decision.ts';
import type { Aspect } from './guidance.ts';
import { press } from './payloads.ts';
import { humanButton } from './speech.ts';

const AT_MOST = 5;

/**
 * Two procedures asked together are answered one after the other, more than two as buttons behind them.
 * @returns null when one answer says more: fewer than two, or too long for five messages
 */
export function severalAnswers(turn: Turn, records: Procedure[], aspects: Aspect[]): Decision | null {
  const [first, second, ...rest] = records;
  if (!first || !second) return null;
  const { memory, speech } = turn;
  turn.speech = { ...speech, isBeside: true };
  const one = procedureAnswer(turn, first, aspects, null);
  turn.memory = memory;
  const other = procedureAnswer(turn, second, aspects, null);
  turn.memory = memory;
  turn.speech = speech;
  const named = (record: Procedure, { messages }: Decision) =>
    messages.map((message, at) => ({
      text: at === 0 ? `${shortName(record, turn.house.hints)}:\n${message.text}` : message.text,
    }));
  const texts = [...named(first, one), ...named(second, other)];
  if (texts.length > AT_MOST) return aspects.length > 1 ? severalAnswers(turn, records, aspects.slice(0, -1)) : null;
  // what was only offered first; then each again by itself, where its own choices stand
  const buttons = [...rest.slice(0, 2), first, second].map(
    (record): Button => ({
      title: shortName(record, turn.house.hints),
      kind: 'reply',
      value: press.ask(record.code, aspects[0]!),
    }),
  );
  const messages = texts.map((message, at) =>
    at === texts.length - 1
      ? { text: `${message.text}\nBấm tên từng việc để xem riêng.`, buttons: [...buttons, humanButton()] }
      : message,
  );
  return {
    ...one,
    messages,
    outcome: one.outcome === 'answered' ? other.outcome : one.outcome,
    records: [...(one.records ?? []), ...(other.records ?? [])],
    memory: { ...one.memory, earlierCode: second.code },
  };
}
