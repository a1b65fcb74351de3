import type { Decision, Turn } from './decision.ts';
import type { PayDesk } from './guidance.ts';
import { chosen } from './memory.ts';

/** Where a turn is about money: the way to the pay desk. */

const PAY_PRESS = 'hx:pay:';
/** After these a dossier spoken of is still meant. */
const IS_ABOUT_ONE = new Set<string>(['status_check', 'payment']);

/** What the pay desk says to this turn; null: the rules' own decision stands. */
export async function askPay(pay: PayDesk, turn: Turn, decision: Decision): Promise<Decision | null> {
  const { question, reading, memory } = turn;
  const { asker, commune, now, payload } = question;
  if (!asker || reading.emergencyKind || decision.handOff || question.isStart) return null;
  // a code typed beside a button's title is meant itself; a platform may repeat a button's value as its text
  const typed = reading.dossierNumbers.length > 0 ? null : chosen(memory.choices, question.text);
  const pressed = payload ?? typed?.value;
  const isPays = pressed?.startsWith(PAY_PRESS) === true;
  if (!isPays && (payload !== undefined || decision.isSettled)) return null;
  const given = await pay.answer({
    text: isPays ? '' : question.text,
    line: isPays ? ' ' : reading.line,
    codes: isPays ? [] : reading.dossierNumbers,
    intent: decision.meant?.intent ?? reading.intent,
    topic: reading.topic || null,
    procedureCode: reading.procedureCode ?? memory.procedureCode ?? null,
    codeAtHand: IS_ABOUT_ONE.has(memory.lastIntent ?? '') ? (memory.dossier ?? null) : null,
    isAtHand: memory.pay !== undefined && memory.lastIntent === 'payment',
    ...(isPays && { payload: pressed }),
    thread: memory.pay ?? null,
    commune,
    asker,
    now,
  });
  if (!given) return null;
  const { code } = (given.thread ?? {}) as { code?: unknown };
  return {
    messages: given.messages,
    outcome: given.outcome,
    source: given.outcome === 'looked_up' ? 'record' : 'local',
    memory: { pay: given.thread, ...(typeof code === 'string' && { dossier: code }) },
    meant: { intent: 'payment', procedureCode: null, aspects: [] },
    ...(given.handOff && { handOff: given.handOff }),
    ...(given.goesOn && { goesOn: given.goesOn }),
  };
}
