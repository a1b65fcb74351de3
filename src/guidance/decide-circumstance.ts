import type { Procedure } from '../procedures/catalogue.ts';
import { shortName } from '../procedures/hints.ts';
import { procedureAnswer } from './answer-procedure.ts';
import { cuedAspects } from './aspect-cues.ts';
import { findCircumstance } from './circumstances.ts';
import { answersChoice, caseSaid, stillAsked, tellsCase } from './decide-procedure.ts';
import { isNamed, saysWholeName } from './decide-short.ts';
import { cite, type Decision, meaning, type Turn } from './decision.ts';
import { eligibilityRules } from './eligibility-rules.ts';
import type { Aspect } from './guidance.ts';
import { parsePress, press } from './payloads.ts';
import { sayCircumstance } from './say-circumstance.ts';
import { sourceLine } from './say-procedure.ts';
import { humanButton, reply } from './speech.ts';

/** "người kia đang ở Hàn", "bố không đồng ý": told while a procedure is spoken of, so about that procedure. */

const LONGEST = 25;
const INTENTS = new Set([
  'procedure_question',
  'out_of_scope',
  'feedback_complaint',
  'status_check',
  'greeting',
  'thanks',
  'office_info',
]);
const TELLS_DONE = / (roi|san|xong) /;
const FACTS = new Set<Aspect>(['documents', 'fee', 'time', 'place', 'result']);

export function circumstanceOf(turn: Turn): Decision | null {
  const { question, memory, reading, house, speech } = turn;
  const current = memory.procedureCode ? house.catalogue.byCode(memory.procedureCode) : undefined;
  if (!current || question.payload !== undefined || question.isWaitingForOfficer || turn.isNew) return null;
  if (reading.question.words.length > LONGEST || !INTENTS.has(reading.intent)) return null;
  if (memory.lastIntent === 'status_check' || reading.dossierNumbers.length > 0 || reading.emergencyKind) return null;
  const caseTold = caseSaid(turn, current);
  // "bố mẹ có đăng ký kết hôn rồi" names another matter, but only tells how things stand
  if (caseTold && TELLS_DONE.test(reading.line) && !ASKS.test(reading.line) && !reading.hasAspectWords)
    return procedureAnswer(turn, current, [stillAsked(memory)], caseTold);
  const told = findCircumstance(reading.line);
  // an age is weighed against the record's own bounds
  if (told?.kind === 'young' && (eligibilityRules().get(current.code)?.ages.length ?? 0) > 0) return null;
  if (!told || tellsCase(turn) || (memory.offered && memory.asksWhich)) return null;
  const other = namedOther(turn);
  const isOnlyLacking = told.kind === 'lacks' && !/ (lam|xin|cap|dang ky|muon) /.test(reading.line);
  if (other && !isOnlyLacking) return null;
  const said = sayCircumstance(current, told.kind, reading.line, speech);
  const aspect: Aspect = told.kind === 'cannot_write' ? 'form' : 'eligibility';
  const more = [...new Set(cuedAspects(told.rest).map((cue) => cue.aspect))].filter((one) => FACTS.has(one));
  const caseName = memory.case ?? null;
  if (more.length > 0) {
    const answer = procedureAnswer(turn, current, more.slice(0, 2), caseName);
    const [first, ...rest] = answer.messages;
    return {
      ...answer,
      messages: [{ ...first!, text: `${said.lines.join('\n')}\n${first!.text}` }, ...rest],
      outcome: said.known ? answer.outcome : 'record_lacks_fact',
      meant: meaning(turn, current, [aspect, ...more], caseName),
    };
  }
  const next = [
    ...(other ? [reply(shortName(other, house.hints), press.ask(other.code, 'overview'))] : []),
    reply('Cần giấy tờ gì', press.ask(current.code, 'documents')),
    reply('Làm trên mạng', press.ask(current.code, 'online')),
  ];
  return {
    messages: [
      {
        text: [...said.lines, sourceLine(current, speech, false)].join('\n'),
        buttons: said.known
          ? [...[...pending(turn), ...next].slice(0, 4), humanButton()]
          : [humanButton(), ...[...pending(turn), ...next].slice(0, 4)],
      },
    ],
    outcome: said.known ? 'answered' : 'record_lacks_fact',
    source: 'record',
    records: [cite(current)],
    memory: { procedureCode: current.code, ...(caseName && { case: caseName }) },
    meant: meaning(turn, current, [aspect], caseName),
  };
}

/** Another matter is named outright. */
function namedOther({ reading, memory, house }: Turn): Procedure | undefined {
  const [first] = reading.candidates;
  if (!first || first.code === memory.procedureCode || first.score < 0.5) return undefined;
  const record = house.catalogue.byCode(first.code)!;
  const say = house.hints.get(first.code)?.say ?? [];
  const isMeant =
    saysWholeName(record, reading.line, say) || (first.score >= 0.8 && isNamed(record, reading.line, say));
  return isMeant ? record : undefined;
}

/** Buttons of the question that is still open. */
const pending = ({ memory }: Turn) =>
  (memory.choices ?? [])
    .filter(({ value }) => parsePress(value)?.kind === 'case')
    .slice(0, 3)
    .map(({ title, value }) => reply(title, value));

const PERSON = / (toi|em|con|chau|minh|tui|bo|me|ong|bac|vo|chong|nguoi|nha|be|gia dinh) /;
const UNSURE = / (khong|chua|ko)( [a-z]+){0,1} (nho|biet|ro|chac) /;
const ASKS =
  /[?？]| (gi|bao nhieu|may|nao|sao|dau|ai|the nao|bao gio|ke|hat|viet|lam tho|dich) | (khong|chua|ha|a|nhi)( a| vay| ta| nhi)? $/;

/**
 * Something told that no record speaks of, while a procedure is: said so and an officer offered, never refused as
 * none of our business. Null for questions about the world.
 */
export function toldInThread(turn: Turn): Decision | null {
  const { memory, reading, house, speech } = turn;
  const current = memory.procedureCode ? house.catalogue.byCode(memory.procedureCode) : undefined;
  if (!current || turn.isNew || reading.question.words.length > LONGEST) return null;
  const isUnsure = UNSURE.test(reading.line);
  if (!isUnsure && (!PERSON.test(reading.line) || ASKS.test(` ${turn.question.text} ${reading.line}`))) return null;
  const settled = memory.choices ? answersChoice(turn) : null;
  if (settled) return settled;
  const offered = (memory.choices ?? []).filter(({ value }) => /^hx:(ask|case):/.test(value)).slice(0, 4);
  const name = shortName(current, house.hints);
  const asksWhich = memory.asksWhich && offered.length > 1;
  return {
    messages: [
      {
        text: asksWhich
          ? `Điều đó dữ liệu của tôi không ghi, cán bộ xem giúp được. Chọn một việc dưới đây để tôi nói tiếp.\n${sourceLine(current, speech, false)}`
          : `Điều đó có đổi gì cho việc "${name}" không, dữ liệu của tôi không ghi.\nGặp cán bộ hỏi cho chắc, hay xem tiếp về việc này?\n${sourceLine(current, speech, false)}`,
        buttons: [humanButton(), ...offered.map(({ title, value }) => reply(title, value))],
      },
    ],
    outcome: 'asked_back',
    source: 'record',
    records: [cite(current)],
    memory: {
      procedureCode: current.code,
      ...(asksWhich && { asksWhich: true, ...(memory.offered && { offered: memory.offered }) }),
    },
    meant: meaning(turn, current, [memory.aspect ?? 'overview'], memory.case ?? null),
  };
}
