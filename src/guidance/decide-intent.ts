import { shortName } from '../procedures/hints.ts';
import { feeLines } from '../procedures/phrasing.ts';
import { procedureAnswer } from './answer-procedure.ts';
import { toldInThread } from './decide-circumstance.ts';
import { procedureTurn } from './decide-procedure.ts';
import { statusOf } from './decide-status.ts';
import { goOn } from './decide-thread.ts';
import { cite, type Decision, type Turn } from './decision.ts';
import { emergencyOf } from './emergency.ts';
import type { Aspect } from './guidance.ts';
import { account } from './say-account.ts';
import { complaint } from './say-complaint.ts';
import * as office from './say-office.ts';
import { isScamTalk, payment } from './say-payment.ts';
import { sourceLine } from './say-procedure.ts';
import * as talk from './say-small-talk.ts';

export function byIntent(turn: Turn): Decision {
  const { question, reading, house } = turn;
  const { commune, now } = question;
  const { line } = reading;
  const none = { procedureCode: null, aspects: [] as Aspect[] };
  const thread = goOn(turn);
  if (thread) return thread;

  switch (reading.intent) {
    case 'greeting':
      return { messages: talk.greeting(commune, turn.isNew), outcome: 'small_talk', meant: none };
    case 'thanks':
      return { messages: talk.thanks(), outcome: 'small_talk', meant: none };
    case 'goodbye':
      return { messages: talk.goodbye(), outcome: 'small_talk', meant: none };
    case 'bot_identity':
      return { messages: talk.identity(commune), outcome: 'small_talk', meant: none };
    case 'abusive':
      return { messages: talk.calm(), outcome: 'small_talk', meant: none };
    case 'emergency':
      return emergencyOf(turn, reading.emergencyKind ?? 'violence');
    case 'human_request':
      if (reading.topic === 'human_request|cancel')
        return {
          messages: [{ text: 'Vâng, tôi trả lời tiếp. Cần hỏi việc gì ạ?', buttons: talk.popularButtons() }],
          outcome: 'small_talk',
          resumesAssistant: true,
          meant: none,
        };
      return {
        messages: office.handOff(commune, now),
        saysWhen: 'hand_off',
        outcome: 'handed_off',
        handOff: { reason: 'asked' },
        meant: none,
      };
    case 'office_info': {
      const desk = deskOfMatter(turn);
      if (desk) return desk;
      const said = office.office(commune, reading.topic, line, now);
      return {
        messages: said.messages,
        outcome: said.known ? 'answered' : 'record_lacks_fact',
        source: 'local',
        meant: none,
      };
    }
    case 'account_help':
      return {
        messages: account(line),
        outcome: 'answered',
        source: 'local',
        meant: { ...none, procedureCode: reading.procedureCode },
      };
    case 'status_check':
      return statusOf(turn);
    case 'payment': {
      const record = reading.procedureCode ? house.catalogue.byCode(reading.procedureCode) : undefined;
      const fee =
        record && / (le phi|phi|bao nhieu|dong tien) /.test(line)
          ? {
              title: shortName(record, house.hints),
              lines: feeLines(record).lines,
              source: sourceLine(record, turn.speech, false),
            }
          : null;
      return {
        messages: payment(reading.topic, line, fee),
        outcome: 'answered',
        source: fee ? 'record' : 'local',
        ...(fee && record && { records: [cite(record)] }),
        memory: {
          ...(reading.dossierNumbers[0] && { dossier: reading.dossierNumbers[0] }),
          ...(isScamTalk(reading.topic, line) && { warnedOfScam: true }),
        },
        meant: { procedureCode: record?.code ?? null, aspects: [] },
      };
    }
    case 'feedback_complaint': {
      const said = complaint(reading.topic, line, turn.memory.dossier);
      return {
        messages: said.messages,
        outcome: said.handsOff ? 'handed_off' : 'answered',
        ...(said.handsOff && { handOff: { reason: 'complaint' as const } }),
        memory: { awaitsDossier: reading.topic.endsWith('|delay') },
        meant: none,
      };
    }
    case 'out_of_scope': {
      // another office's matter that stands in our catalogue: its record tells more than a refusal
      const [first] = reading.candidates;
      const isKnown =
        /other_agency/.test(reading.topic) && first !== undefined && first.score >= 0.9 && reading.noProcedure < 0.1;
      const record = isKnown && reading.covered >= 0.6 ? house.catalogue.byCode(first.code) : undefined;
      if (record && record.handledBy !== 'commune') {
        turn.reading = { ...reading, intentScore: 1 };
        const told = procedureTurn(turn);
        return { ...told, meant: { ...told.meant, intent: 'out_of_scope' } };
      }
      const told = record || /injection/.test(reading.topic) ? null : toldInThread(turn);
      if (told) return told;
      return {
        messages: /other_agency|private_dispute/.test(reading.topic) ? talk.otherAgency() : talk.declined(),
        outcome: /other_agency/.test(reading.topic) ? 'other_agency' : 'declined',
        meant: none,
      };
    }
    case 'procedure_question':
      return procedureTurn(turn);
  }
}

/** "lấy giấy ở đâu", "nộp hồ sơ chỗ nào", while a procedure is spoken of: its own desk, which need not be the office's. */
function deskOfMatter(turn: Turn): Decision | null {
  const { memory, reading, house, isNew } = turn;
  const current = memory.procedureCode ? house.catalogue.byCode(memory.procedureCode) : undefined;
  const isDesk =
    / (nop|gui|dua|lay|nhan|tra)( ho so| giay to| ket qua| giay| don| the)* (o )?(dau|cho nao|noi nao|cho mo) /;
  if (!current || isNew || memory.lastIntent !== 'procedure_question' || !isDesk.test(reading.line)) return null;
  return procedureAnswer(turn, current, ['place'], memory.case ?? null);
}
