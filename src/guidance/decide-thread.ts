import { findAmbiguity } from './ambiguities.ts';
import type { DangerKind } from './cries.ts';
import { furtherTurn } from './decide-further.ts';
import { answersChoice, procedureTurn, tellsCase } from './decide-procedure.ts';
import { shortTurn } from './decide-short.ts';
import { statusOf } from './decide-status.ts';
import type { Decision, Turn } from './decision.ts';
import { unsureCode } from './dossier-turn.ts';
import { emergencyOf } from './emergency.ts';
import type { Aspect } from './guidance.ts';
import { photo } from './say-attachments.ts';
import * as office from './say-office.ts';
import { payment } from './say-payment.ts';
import * as talk from './say-small-talk.ts';
import { askDetail, noCode, status } from './say-status.ts';
import { humanButton } from './speech.ts';

const WHEN =
  / (bao gio|khi nao|bao lau|chung nao|hom nao|ngay nao|xong chua|xong|toi dau|den dau|duyet chua|co chua|lau khong) /;

/** What is asked about the office itself: its hours, days, numbers, house and people. */
const OFFICE =
  / (gio|thu (hai|ba|tu|nam|sau|bay|[2-7])|chu nhat|trua|toi|le|tet|nghi|mo cua|lam viec|truc|so dien thoai|sdt|so may|hotline|zalo|facebook|email|dia chi|duong|tru so|tiep dan|chu tich|lanh dao|can bo|lich|wifi|gui xe|o to|cho ngoi|moi|sap nhap) /;

/** What may be said after a danger was told without still speaking of it. */
const LEAVES_DANGER = new Set<string>(['goodbye', 'thanks', 'status_check']);

/** Intents that end a thread whatever was spoken of. */
const SETTLED = new Set<string>(['emergency', 'human_request', 'abusive', 'bot_identity']);

/** What the conversation so far settles before the intent counts: a danger, an awaited code, a choice, a thread. */
export function goOn(turn: Turn): Decision | null {
  const { question, memory, reading, house } = turn;
  const { commune, now } = question;
  const { line } = reading;
  const none = { procedureCode: null, aspects: [] as Aspect[] };
  // "cháu bị bỏ rơi" after "sinh ở đâu?" is the case that was asked for
  const isCase = memory.procedureCode !== undefined && memory.choices !== undefined && tellsCase(turn);
  if (reading.emergencyKind && !isCase && (memory.procedureCode === undefined || reading.intent === 'emergency'))
    return emergencyOf(turn, reading.emergencyKind);
  if (
    memory.lastIntent === 'emergency' &&
    memory.emergencyKind &&
    reading.noProcedure > 0.3 &&
    !LEAVES_DANGER.has(reading.intent) &&
    // "không ai hiểu em hết": no wish for an officer
    (reading.intent !== 'human_request' || memory.emergencyKind === 'suicide')
  )
    return emergencyOf(turn, memory.emergencyKind as DangerKind);
  const further = furtherTurn(turn);
  if (further) return further;
  if (reading.isInjection)
    return { messages: talk.declined(), outcome: 'declined', meant: { ...none, intent: 'out_of_scope' } };
  if (memory.awaitsDossier && reading.dossierNumbers.length > 0 && reading.intent !== 'payment') return statusOf(turn);
  const unsure = reading.intent === 'payment' ? null : unsureCode(turn, false);
  if (unsure) return unsure;
  const short = shortTurn(turn);
  if (short) return short;
  if (reading.hasBrokenNumber && reading.intent !== 'payment')
    return statusOf({ ...turn, reading: { ...reading, intent: 'status_check' } });

  if (/ (gui|chup)( [a-z]+){0,2} (hinh|anh)( [a-z]+){0,3} (can cuoc|cccd|cmnd|chung minh) /.test(line)) {
    const intent = memory.lastIntent === 'status_check' ? 'status_check' : reading.intent;
    return {
      messages: photo(),
      outcome: 'declined',
      meant: { intent, ...none },
      memory: { awaitsDossier: true },
    };
  }
  if (memory.warnedOfScam && / (chua|khong|chang)( [a-z]+){0,2} (chuyen|dong|ck|nop|gui)( [a-z]+){0,3} $/.test(line))
    return {
      messages: [
        {
          text: 'Chưa chuyển thì không mất gì. Đừng nghe máy, đừng bấm vào đường dẫn họ gửi. Họ còn đòi thì báo công an xã hoặc gọi 113.',
          buttons: [humanButton()],
        },
      ],
      outcome: 'answered',
      source: 'local',
      memory: { warnedOfScam: true },
      meant: { ...none, intent: 'payment' },
    };
  if (
    memory.warnedOfScam &&
    / (lo|da|vua|roi)( [a-z]+){0,2} (chuyen|dong|ck|nop|gui) | (chuyen|dong|gui)( [a-z0-9]+){0,4} roi /.test(line)
  ) {
    return emergencyOf(turn, 'scam');
  }
  if (
    memory.choices &&
    (memory.asksWhich ||
      ['procedure_question', 'out_of_scope', 'greeting', 'status_check', 'thanks'].includes(reading.intent)) &&
    !SETTLED.has(reading.intent)
  ) {
    const settled = answersChoice(turn);
    if (settled) return settled;
  }
  // thanks or a greeting around a question about the matter at hand
  const isAsking = reading.hasAspectWords && reading.question.words.length >= 4;
  if ((reading.intent === 'thanks' || reading.intent === 'greeting') && memory.procedureCode && isAsking)
    return procedureTurn(turn);

  // "hết bao nhiêu", "xã có làm không hay lên tỉnh": a few words that name nothing are about the matter at hand
  const isFree = reading.noProcedure > 0.3 || reading.candidates.length === 0;
  const words = reading.question.words.length;
  if (
    memory.procedureCode &&
    memory.lastIntent === 'procedure_question' &&
    reading.hasAspectWords &&
    isFree &&
    ((reading.intent === 'out_of_scope' && (words <= 5 || (words <= 8 && reading.intentScore < 0.8))) ||
      (reading.intent === 'office_info' && words <= 9 && !OFFICE.test(line)))
  )
    return procedureTurn(turn);

  // several procedures are meant by these words, whatever the model takes them for
  if (reading.intent === 'out_of_scope' && !reading.isInjection && findAmbiguity(house.ambiguities, line))
    return procedureTurn(turn);

  // "đẻ ở nhà": the case that was just asked for
  if (memory.procedureCode && memory.choices && reading.intent !== 'procedure_question' && tellsCase(turn))
    return procedureTurn(turn);

  if (
    ['human_request', 'account_help'].includes(reading.intent) &&
    memory.procedureCode &&
    / ai (lam|di|nop|viet|dien|ky)( [a-z]+){0,2} (ho|thay|giup|duoc) | (viet|dien) (giup|ho) /.test(line)
  )
    return procedureTurn(turn);

  // while a dossier is spoken of, short replies stay with it
  const isShort = reading.question.words.length <= 9;
  if (
    memory.lastIntent === 'status_check' &&
    isShort &&
    (reading.procedureCode === null || reading.noProcedure > 0.25 || / tra (bang|theo) /.test(line)) &&
    !SETTLED.has(reading.intent)
  ) {
    const stays =
      reading.act === 'yes' ||
      (memory.dossier !== undefined && WHEN.test(line) && reading.noProcedure > 0.25) ||
      / (tra (bang|theo)|giay hen|bien nhan|cccd|can cuoc|sao (tre|lau|cham)|tre|con ong|tu choi|ly do|the nao roi|xong chua|hinh|anh|ma nao) /.test(
        line,
      );
    if (stays) {
      const meant = { intent: 'status_check' as const, ...none };
      if (/ (hinh|anh|chup)( [a-z]+){0,3} (can cuoc|cccd|cmnd|chung minh) | gui (hinh|anh) /.test(line))
        return { messages: photo(), outcome: 'declined', meant, memory: { awaitsDossier: true } };
      if (/ con (ong|ba|anh|chi|cua) /.test(line))
        return {
          messages: [
            {
              text: 'Người nhà cũng cần mã hồ sơ trên giấy hẹn, hoặc đến một cửa với giấy ủy quyền. Tôi không tra theo tên được.',
              buttons: [humanButton()],
            },
          ],
          outcome: 'declined',
          meant,
        };
      if (memory.dossier && (reading.act === 'yes' || WHEN.test(line)))
        return {
          messages: status(memory.dossier, false, line),
          outcome: 'looked_up',
          meant,
          memory: { dossier: memory.dossier },
        };
      if (!memory.dossier && / tra (bang|theo) /.test(line)) return { messages: noCode(), outcome: 'answered', meant };
      if (memory.dossier) return { messages: askDetail(), outcome: 'answered', meant };
      return {
        messages: status(null, false, line),
        outcome: 'asked_back',
        meant,
        memory: { awaitsDossier: true },
      };
    }
  }
  if (
    memory.lastIntent === 'human_request' &&
    / (bao lau|khi nao|bao gio|may gio) /.test(line) &&
    reading.noProcedure > 0.3
  )
    return {
      messages: office.waitingAnswer(commune, now),
      outcome: 'answered',
      source: 'local',
      meant: { intent: 'human_request', procedureCode: null, aspects: ['time'] },
    };
  if (
    memory.lastIntent === 'payment' &&
    isShort &&
    reading.noProcedure > 0.3 &&
    !SETTLED.has(reading.intent) &&
    / (tien|link|dong|chuyen|tra|het han|gui lai|roi) /.test(line)
  ) {
    return {
      messages: payment('payment', line, null),
      outcome: 'answered',
      source: 'local',
      meant: { intent: 'payment', ...none },
    };
  }

  // "giấy khai sinh không còn": lost, not a dossier under way
  if (
    reading.intent === 'status_check' &&
    reading.dossierNumbers.length === 0 &&
    !/ (ho so|don|ket qua|nop) /.test(line) &&
    findAmbiguity(house.ambiguities, line)
  )
    return procedureTurn(turn);
  return null;
}
