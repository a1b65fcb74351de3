import type { OutgoingMessage } from '../channels/channel.ts';
import type { Decision, Turn } from './decision.ts';
import type { PetitionDesk } from './guidance.ts';
import { withoutReport } from './say-emergency.ts';
import { handOff, promiseLine, unattended, waitingAnswer } from './say-office.ts';

/** What is promised once the line for a person is known, and the number of a complaint. */

/** Complaints of these kinds go elsewhere by law: they get no number of ours. */
const FORMAL = / (to cao|khieu nai|hoi lo|nhung nhieu|voi vinh) /;

export async function withPromise(
  turn: Turn,
  decision: Decision,
  petitions: PetitionDesk | undefined,
): Promise<Decision> {
  const { question } = turn;
  const { commune, now, staffing: ask, asker } = question;
  let { messages, handOff: passed } = decision;
  if (question.isUnattended && (passed || decision.saysWhen)) {
    const { handOff: _, saysWhen: __, ...rest } = decision;
    return { ...rest, messages: passed?.reason === 'emergency' ? withoutReport(messages) : unattended(commune) };
  }
  if (
    (passed?.reason === 'complaint' || decision.isComplaint) &&
    petitions &&
    asker &&
    !FORMAL.test(turn.reading.line)
  ) {
    const { number } = await petitions.record({ text: question.text, asker, commune, now });
    messages = withLine(messages, `Mã phản ánh: ${number}. Nhắn mã này để hỏi xử lý tới đâu.`);
  }
  if (ask && (decision.saysWhen || (passed && passed.reason !== 'emergency'))) {
    const staffing = await ask();
    if (decision.saysWhen === 'hand_off') messages = handOff(commune, now, staffing);
    else if (decision.saysWhen === 'waiting') messages = waitingAnswer(commune, now, staffing);
    else if (staffing.promisedAt) messages = withLine(messages, promiseLine(commune, now, staffing));
    if (passed && staffing.promisedAt) passed = { ...passed, promisedAt: staffing.promisedAt };
  }
  return { ...decision, messages, ...(passed && { handOff: passed }) };
}

function withLine(messages: OutgoingMessage[], line: string): OutgoingMessage[] {
  const [first, ...rest] = messages;
  return first ? [{ ...first, text: `${first.text}\n${line}` }, ...rest] : [{ text: line }];
}

const NUMBER = /\bPA[-\s]?\d{6}[-\s]?[0-9A-Z]{5}\b/i;
const ASKS_STATE =
  / (phan anh|kien nghi|gop y) .*(toi dau|den dau|the nao|xu ly|ket qua|tra loi|xong|bao gio|khi nao) /;
const OWN = / (cua (toi|em|chau|minh)|da gui|hom (truoc|no)|da phan anh|ma phan anh) /;

/** "phản ánh PA-261130-7K4MX tới đâu rồi": the state of a complaint recorded before; null for anything else. */
export async function petitionTurn(turn: Turn, petitions: PetitionDesk | undefined): Promise<Decision | null> {
  const { question, reading } = turn;
  if (!petitions || !question.asker || question.payload !== undefined || reading.emergencyKind) return null;
  const [number] = NUMBER.exec(question.text) ?? [];
  if (!number && !(ASKS_STATE.test(reading.line) && OWN.test(reading.line))) return null;
  const found = await petitions.find({ number: number ?? null, asker: question.asker, now: question.now });
  if (!found && !number) return null;
  return {
    messages: [
      {
        text:
          found?.text ??
          `Tôi không tìm thấy mã ${number!.toUpperCase()} ở xã này. Xem lại giúp mã trong tin nhắn lúc gửi phản ánh.`,
      },
    ],
    outcome: found ? 'looked_up' : 'asked_back',
    source: 'local',
    meant: { intent: 'feedback_complaint', procedureCode: null, aspects: [] },
  };
}
