import type { Procedure } from '../procedures/catalogue.ts';
import { procedureAnswer } from './answer-procedure.ts';
import { cite, type Decision, meaning, type Turn } from './decision.ts';
import type { Aspect } from './guidance.ts';
import { press } from './payloads.ts';
import * as office from './say-office.ts';
import { sourceLine } from './say-procedure.ts';
import * as talk from './say-small-talk.ts';
import { humanButton, reply } from './speech.ts';

/** Short sentences, one step at a time: asked for in words, or after "không hiểu"; kept until it is switched off. */

const WANTS_SIMPLE =
  / ((noi|giai thich|tra loi|viet|chi|huong dan)( [a-z]+){0,3} (don gian|de hieu|ngan gon|ngan thoi|gon lai|gon thoi|cham thoi|tung buoc mot|tung viec mot)|don gian (thoi|hon|lai|giup|di|cho)|de hieu (thoi|hon|giup|di)|gia (roi|ca|yeu)( [a-z]+){0,5} (hieu|biet|ro|doc|cham|lu lan|kem)|gia roi (ma|a|con oi|chau oi)|(doc|nghe|xem)( [a-z]+){0,2} (roi qua|khong noi|khong ra|khong kip)|(it chu|dai qua|nhieu chu|chu nhieu)( [a-z]+){0,3}) /;
const WANTS_FULL =
  / ((noi|tra loi|giai thich|viet)( [a-z]+){0,2} (binh thuong|day du|chi tiet|ky hon|ky vao|nhu cu|nhu truoc)|(khong|thoi|khoi)( [a-z]+){0,2} (don gian|noi gon) nua|bo (che do )?don gian) /;
const NOT_CLEAR =
  / ((khong|chua|chang|hong|ko|khg|hok) (hieu|ro (lam|cho)|hinh dung)|kho hieu|hieu khong noi|(noi|giai thich) (lai|ro|ky)|roi qua|chu nghia) /;

export const wantsSimple = (line: string): boolean => WANTS_SIMPLE.test(line);

/** Someone does not understand, or says how it should be told. Null when the words are about something else. */
export function simpleTurn(turn: Turn): Decision | null {
  const { reading, memory, house } = turn;
  const { line } = reading;
  const current = memory.procedureCode ? house.catalogue.byCode(memory.procedureCode) : undefined;
  const isAlone =
    reading.question.words.length <= 14 && (reading.noProcedure > 0.25 || reading.candidates.length === 0);
  if (!isAlone) return null;
  if (WANTS_FULL.test(line) && memory.simple) return full(turn, current);
  if (reading.hasAspectWords && current && wantsSimple(line) && !/ (huong dan|chi) /.test(line)) return null;
  if (wantsSimple(line) && !memory.simple)
    return current ? simpler(turn, current, memory.unclear ?? 0) : willBeSimple();
  if (current && (reading.act === 'simpler' || NOT_CLEAR.test(line) || wantsSimple(line)))
    return misunderstood(turn, current, Math.max(memory.unclear ?? 0, memory.simple ? 1 : 0) + 1);
  return null;
}

const willBeSimple = (): Decision => ({
  messages: [{ text: 'Vâng, tôi sẽ nói ngắn, từng việc một. Cần hỏi việc gì ạ?', buttons: talk.popularButtons() }],
  outcome: 'small_talk',
  memory: { simple: true },
  meant: { procedureCode: null, aspects: [] },
});

function full(turn: Turn, current: Procedure | undefined): Decision {
  const { simple: _simple, ...rest } = turn.memory;
  turn.memory = rest;
  turn.speech = { ...turn.speech, isSimple: false };
  if (current) return procedureAnswer(turn, current, [rest.aspect ?? 'overview'], rest.case ?? null);
  return {
    messages: [{ text: 'Vâng, tôi trả lời đầy đủ như trước. Cần hỏi việc gì ạ?', buttons: talk.popularButtons() }],
    outcome: 'small_talk',
    meant: { procedureCode: null, aspects: [] },
  };
}

/** Once: the same more simply. Twice: a person is offered. Three times: a person comes. */
function misunderstood(turn: Turn, current: Procedure, times: number): Decision {
  if (times <= 1) return simpler(turn, current, times);
  if (times > 2)
    return {
      messages: office.handOff(turn.question.commune, turn.question.now),
      saysWhen: 'hand_off',
      outcome: 'handed_off',
      handOff: { reason: 'not_understood' },
      meant: { intent: 'human_request', procedureCode: null, aspects: [] },
    };
  const aspect = turn.memory.aspect ?? 'overview';
  return {
    messages: [
      {
        text: `Xin lỗi vì nói chưa rõ. Để cán bộ giải thích trực tiếp nhé? Bấm "Gặp cán bộ", hoặc nhắn "đồng ý", là tôi chuyển ngay.\n${sourceLine(current, turn.speech, false)}`,
        buttons: [humanButton(), reply('Cần giấy tờ gì', press.ask(current.code, 'documents'))],
      },
    ],
    outcome: 'asked_back',
    source: 'record',
    records: [cite(current)],
    memory: { unclear: times, simple: true },
    meant: meaning(turn, current, [aspect], turn.memory.case ?? null),
  };
}

/** The fact last told, in short sentences. */
function simpler(turn: Turn, current: Procedure, times: number): Decision {
  turn.speech = { ...turn.speech, isSimple: true, asked: ' ' };
  const aspect: Aspect = turn.memory.aspect ?? 'overview';
  const decision = procedureAnswer(turn, current, [aspect], turn.memory.case ?? null);
  const [first, ...rest] = decision.messages;
  return {
    ...decision,
    messages: [{ ...first!, text: `Nói đơn giản thế này:\n${first!.text}` }, ...rest],
    outcome: 'answered',
    memory: { ...decision.memory, simple: true, unclear: Math.max(times, 1) },
  };
}
