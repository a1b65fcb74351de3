import { findAmbiguity } from './ambiguities.ts';
import { offer } from './answer-choices.ts';
import { moneyReceived, QUESTION_WORDS } from './aspect-cues.ts';
import { bareAspectTurn } from './bare-aspect.ts';
import { circumstanceOf } from './decide-circumstance.ts';
import { codeOf, nationalOf, placeOf } from './decide-elsewhere.ts';
import { foreignOf } from './decide-foreign.ts';
import { byIntent } from './decide-intent.ts';
import { outsideOf } from './decide-outside.ts';
import { act } from './decide-press.ts';
import { statusOf } from './decide-status.ts';
import { unrealOf } from './decide-unreal.ts';
import type { Decision, Turn } from './decision.ts';
import { chosen } from './memory.ts';
import { parsePress } from './payloads.ts';
import { attachmentAnswer, mainOf } from './say-attachments.ts';
import { paysOut } from './say-benefit.ts';
import { complaint } from './say-complaint.ts';
import * as office from './say-office.ts';
import * as talk from './say-small-talk.ts';

const WAITING_ACK_MS = 10 * 60_000;

export function decide(turn: Turn): Decision {
  const elsewhere =
    foreignOf(turn) ?? unrealOf(turn) ?? placeOf(turn) ?? codeOf(turn) ?? circumstanceOf(turn) ?? outsideOf(turn);
  if (elsewhere) return elsewhere;
  const decision = decideOwn(turn);
  return nationalOf(turn, decision) ?? lifeEventOf(turn, decision) ?? decision;
}

/** "bố em mất hôm qua": nothing was read for sure, but what happened says what is needed. */
function lifeEventOf(turn: Turn, decision: Decision): Decision | null {
  const { question, house, reading } = turn;
  const [told] = decision.records ?? [];
  const record = told && house.catalogue.byCode(told.code);
  // "đẻ con thứ hai có được tiền không": nothing that gives money was read
  const isOpen =
    decision.isGuess ||
    (record !== undefined &&
      !paysOut(record) &&
      moneyReceived(reading.line) !== null &&
      turn.memory.procedureCode === undefined) ||
    decision.outcome === 'not_in_catalogue' ||
    (decision.outcome === 'declined' && reading.intent === 'out_of_scope' && !reading.isInjection);
  if (!isOpen || question.payload !== undefined || reading.emergencyKind) return null;
  const event = findAmbiguity(house.lifeEvents, reading.line);
  return event && offer(turn, event);
}

/** What the catalogue, the office and the thread say by themselves. */
function decideOwn(turn: Turn): Decision {
  const { question, memory, reading } = turn;
  if (question.isWaitingForOfficer) return whileWaiting(turn);
  if (question.payload !== undefined) {
    const pressed = parsePress(question.payload);
    if (pressed) return act(turn, pressed);
    if (!question.text.trim()) {
      const named = chosen(memory.choices, question.payload);
      const meaning = named && parsePress(named.value);
      if (meaning) return act(turn, meaning);
      return { messages: talk.greeting(question.commune, turn.isNew), outcome: 'small_talk' };
    }
  }
  if (question.sharedPhone !== undefined && !question.text.trim())
    return { messages: talk.thanksForPhone(), outcome: 'small_talk' };
  if (question.isStart && !question.text.trim())
    return { messages: talk.greeting(question.commune, true), outcome: 'small_talk' };
  if (!question.text.trim()) {
    const sent = mainOf(question.attachments ?? []);
    if (sent)
      return {
        messages: attachmentAnswer(sent, question.commune),
        outcome: 'asked_back',
        meant: { procedureCode: null, aspects: [] },
        memory: { awaitsDossier: sent.kind === 'image' },
      };
    return { messages: talk.greeting(question.commune, turn.isNew), outcome: 'small_talk' };
  }
  if (reading.emergencyKind === null) {
    const pick = chosen(memory.choices, question.text);
    const meaning = pick && parsePress(pick.value);
    if (meaning) return act(turn, meaning);
  }
  return bareAspectTurn(turn) ?? byIntent(turn);
}

function whileWaiting(turn: Turn): Decision {
  const { question, memory, reading } = turn;
  const pressed = question.payload !== undefined ? parsePress(question.payload) : null;
  if (pressed) return { ...act(turn, pressed), ...(pressed.kind !== 'human' && { resumesAssistant: true }) };
  if (reading.emergencyKind) return byIntent(turn);
  if (
    / (hoi (tiep )?tro ly|quay lai tro ly|tro ly oi|hoi may|hoi bot|hoi tiep|huy yeu cau gap|khong can gap (can bo )?nua|thoi khoi gap) /.test(
      reading.line,
    )
  ) {
    return {
      messages: [{ text: 'Vâng, tôi tiếp tục trả lời. Cần hỏi việc gì ạ?', buttons: talk.popularButtons() }],
      outcome: 'small_talk',
      resumesAssistant: true,
    };
  }
  if (reading.dossierNumbers.length > 0) return statusOf(turn);
  const isAboutWaiting =
    / (bao lau|bao gio|khi nao|may gio|cho (lau|mai|den)|con bao lau|co ai|chua thay|sao lau|lau qua|tra loi chua|co nguoi) /.test(
      reading.line,
    ) &&
    (reading.noProcedure > 0.3 || / (tra loi|can bo|nguoi|cho) /.test(reading.line));
  if (isAboutWaiting)
    return {
      messages: office.waitingAnswer(question.commune, question.now),
      saysWhen: 'waiting',
      outcome: 'answered',
      source: 'local',
      meant: { intent: 'human_request', procedureCode: null, aspects: ['time'] },
    };
  const told = reading.intent === 'feedback_complaint' ? complaint(reading.topic, reading.line) : null;
  if (told?.handsOff) return { messages: office.complaintAdded(), outcome: 'handed_off', isComplaint: true };
  const isRecent = memory.waitingAckAt !== undefined && question.now.getTime() - memory.waitingAckAt < WAITING_ACK_MS;
  const acks = isRecent ? (memory.waitingAcks ?? 1) : 0;
  const asks = reading.hasAspectWords || /[?？]/.test(question.text) || QUESTION_WORDS.test(reading.line);
  if (acks >= 2 || (acks === 1 && !asks)) return { messages: [], outcome: 'handed_off' };
  return {
    messages: acks === 0 ? office.waitingAck() : office.waitingAckAgain(),
    outcome: 'handed_off',
    memory: { waitingAckAt: isRecent ? memory.waitingAckAt! : question.now.getTime(), waitingAcks: acks + 1 },
  };
}
