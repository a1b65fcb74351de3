import type { OutgoingMessage } from '../channels/channel.ts';
import { findDossierNumbers, normaliseDossierNumber } from '../procedures/dossier-numbers.ts';
import { findForeignNumber } from '../procedures/dossier-numbers-foreign.ts';
import type { Decision, Turn } from './decision.ts';
import type { DossierDesk, Intent, Question } from './guidance.ts';
import { chosen, type Recall } from './memory.ts';
import { CODE_PRESS, press } from './payloads.ts';
import type { Reader } from './read.ts';
import { foreignNumber } from './say-status.ts';
import { humanButton, reply } from './speech.ts';

/** Where a turn is about a dossier: codes to be confirmed, numbers of other systems, and the way to the desk. */

const DESK_PRESS = 'hx:desk:';
const none = { procedureCode: null, aspects: [] };
const YES =
  /^ ((da|vang|u|uh|um|ok|oke|phai|dung|dung roi|chinh xac|no do|ma do|dung ma nay|dung vay)( (roi|a|ad|em|nhe|do|vay|dung|ma do|la no))*) $/;

/** The code chosen among those asked about, by a button, its number, or "đúng rồi". It is sure from then on. */
export function chosenCode(question: Question, memory: Recall, line: string): string | null {
  const offered = memory.choices?.filter(({ value }) => value.startsWith(CODE_PRESS)) ?? [];
  const picked =
    question.payload?.startsWith(CODE_PRESS) === true
      ? question.payload
      : question.payload === undefined && offered.length === 1 && YES.test(line)
        ? offered[0]!.value
        : question.payload === undefined
          ? chosen(offered, question.text)?.value
          : undefined;
  return picked === undefined ? null : normaliseDossierNumber(picked.slice(CODE_PRESS.length), question.now);
}

/** The question and its reading as if the code had been typed in full. */
export function asTyped(code: string, { payload: _, ...question }: Question, reader: Reader) {
  const reading = reader(code, question.now);
  return {
    question: { ...question, text: code },
    reading: { ...reading, dossierNumbers: [code], hasBrokenNumber: false, intent: 'status_check' as const },
  };
}

/** Codes that may be several are asked about; numbers of other systems are sent to their owner. */
export function unsureCode({ question, reading }: Turn, isStatus: boolean): Decision | null {
  if (reading.dossierNumbers.length > 0 || question.payload !== undefined) return null;
  const { doubtful, rest } = findDossierNumbers(question.text, question.now);
  if (doubtful[0])
    return {
      messages: isThisIt(doubtful[0]),
      outcome: 'asked_back',
      memory: { awaitsDossier: true },
      meant: { intent: 'status_check', ...none },
      isSettled: true,
    };
  const owner = findForeignNumber(rest);
  if (!owner || !(isStatus || owner === 'social_insurance' || owner === 'parcel')) return null;
  return {
    messages: foreignNumber(owner),
    outcome: 'other_agency',
    meant: { intent: 'status_check', ...none },
    isSettled: true,
  };
}

const PLACES = ['thứ nhất', 'thứ hai', 'thứ ba'];

function isThisIt(codes: string[]): OutgoingMessage[] {
  const others = [reply('Không có giấy hẹn', press.noCode), humanButton()];
  if (codes.length === 1)
    return [
      {
        text: `Có phải mã hồ sơ ${codes[0]} không?\nKhông phải thì xem lại giấy hẹn và nhắn lại mã giúp.`,
        buttons: [reply('Đúng mã này', press.code(codes[0]!)), ...others],
      },
    ];
  const few = codes.slice(0, PLACES.length);
  return [
    {
      text: `Mã vừa nhắn đọc được mấy cách. Là mã nào?\n${few.map((code, at) => `${at + 1}. ${code}`).join('\n')}\nKhông phải mã nào thì xem lại giấy hẹn và nhắn lại giúp.`,
      buttons: [...few.map((code, at) => reply(`Mã ${PLACES[at]}`, press.code(code))), ...others],
    },
  ];
}

/** What the desk says to this turn; null: the rules' own decision stands. */
export async function askDesk(desk: DossierDesk, turn: Turn, decision: Decision): Promise<Decision | null> {
  const { question, reading, memory } = turn;
  const { asker, commune, now } = question;
  if (!asker || reading.emergencyKind || decision.handOff || decision.isSettled || question.isStart) return null;
  // a code typed beside a button's title is meant itself; a platform may repeat a button's value as its text
  const typed = reading.dossierNumbers.length > 0 ? null : chosen(memory.choices, question.text);
  const pressed = question.payload ?? typed?.value;
  const isDesks = pressed?.startsWith(DESK_PRESS) === true;
  // somebody else's button is for the desk only where the rules took it as a question about a dossier
  const isStatus = (decision.meant?.intent ?? reading.intent) === 'status_check';
  if (question.payload !== undefined && !isDesks && question.payload !== press.status) return null;
  if (decision.outcome === 'declined' && isStatus && !isDesks) return null;
  const isAtHand = memory.desk !== undefined && memory.lastIntent === 'status_check';
  const asked = {
    text: question.payload === undefined ? question.text : '',
    codes: question.payload === undefined ? reading.dossierNumbers : [],
    hasBrokenCode: reading.hasBrokenNumber,
    // a question about papers is one that a record answers
    intent: isStatus
      ? 'status_check'
      : decision.records?.length
        ? 'procedure_question'
        : withoutProcedure(reading.intent),
    isAtHand,
    ...(isDesks && { payload: pressed }),
    ...(question.sharedPhone !== undefined && { sharedPhone: question.sharedPhone }),
    thread: memory.desk ?? (memory.dossier ? { code: memory.dossier } : null),
    commune,
    asker,
    now,
  };
  // the code just spoken of is not asked for again: its state is told
  const asksForCode = decision.outcome === 'asked_back' && decision.memory?.awaitsDossier && !reading.hasBrokenNumber;
  const again = isAtHand && memory.dossier && asksForCode;
  const given =
    (await desk.answer(asked)) ??
    (again ? await desk.answer({ ...asked, text: '', payload: `${DESK_PRESS}status:${memory.dossier}` }) : null);
  if (!given) return null;
  const code = (given.thread as { code?: unknown } | null)?.code;
  return {
    messages: given.messages,
    outcome: given.outcome,
    source: given.outcome === 'looked_up' ? 'record' : 'local',
    memory: { desk: given.thread, ...(typeof code === 'string' && { dossier: code }) },
    meant: { intent: 'status_check', ...none },
    ...(given.handOff && { handOff: given.handOff }),
  };
}

const withoutProcedure = (intent: Intent): Intent => (intent === 'procedure_question' ? 'out_of_scope' : intent);
