import type { Procedure } from '../procedures/catalogue.ts';
import { letters, tokens } from '../procedures/words.ts';
import { linkedAnswer } from './answer-linked.ts';
import { procedureAnswer } from './answer-procedure.ts';
import { tellsOnlyDeath } from './condolence.ts';
import { act } from './decide-press.ts';
import { simpleTurn } from './decide-simple.ts';
import type { Decision, Turn } from './decision.ts';
import type { Aspect } from './guidance.ts';
import { parsePress, press } from './payloads.ts';
import { account } from './say-account.ts';
import { complaint } from './say-complaint.ts';
import { noCode } from './say-status.ts';
import { humanButton, reply } from './speech.ts';

/** Short turns whose meaning hangs on the thread: "ok", "không hiểu", "mất giấy hẹn", "chờ lâu quá". */

/** Registering a death. */
const DEATH = '1.000656';

const none = { procedureCode: null, aspects: [] as Aspect[] };
const OK =
  /^ ((ok|oke|okie|okay|oki|okla|da|vang|vg|u|uh|um|uhm|u hu|duoc|duoc roi|hieu roi|biet roi|ro roi|da ro|da hieu|em hieu|dung roi|phai|nhe|nha|a|ak|roi|ad|em|chi|anh|co|bac|shop|thank|thanks) )+$/;
const LOST_SLIP =
  / ((mat|that lac|lam mat|danh mat|roi|khong thay|khong con|mat cai|quen)( [a-z]+){0,3} (giay hen|to hen|phieu hen|bien nhan)|(giay hen|to hen|phieu hen|bien nhan)( [a-z]+){0,3} (mat|that lac|roi|bi mat)) /;
const PASSWORD =
  / ((quen|mat|lay lai|doi|cap lai)( [a-z]+){0,2} (mat khau|pass|password|mk)|mat khau( [a-z]+){0,6} (quen|mat)) /;
const BAD_SERVICE =
  / ((cho|doi|ngoi cho|xep hang|ngoi)( [a-z0-9]+){0,4} (lau qua|lau the|lau vay|mai|tu sang|ca buoi|ca ngay|hoai|\d+ tieng|may tieng|hai tieng)|thai do|hach sach|cua quyen|quat (mang|toi|em|dan)|mat nang|hanh dan|khong (ai|thay ai) tiep|khong tiep dan|gay kho de|gay phien|chay di chay lai|di lai (nhieu|may|\d+) lan|lam viec( [a-z]+){0,2} (cham|te|chan)|chua thay goi|chua ai goi|goi( [a-z]+){0,3} khong (ai )?(nghe|bat) may) /;

export function shortTurn(turn: Turn): Decision | null {
  const { reading, memory, house } = turn;
  const { line } = reading;
  if (LOST_SLIP.test(line))
    return { messages: noCode(), outcome: 'answered', meant: { intent: 'status_check', ...none } };
  if (PASSWORD.test(line) && reading.dossierNumbers.length === 0)
    return {
      messages: account(line),
      outcome: 'answered',
      source: 'local',
      meant: { intent: 'account_help', ...none },
    };
  if (
    BAD_SERVICE.test(line) &&
    ['office_info', 'procedure_question', 'feedback_complaint', 'abusive', 'human_request'].includes(reading.intent) &&
    !/ (gap|noi chuyen|chuyen|ket noi) /.test(line) &&
    (reading.intent !== 'procedure_question' || reading.noProcedure > 0.3)
  )
    return {
      messages: complaint('feedback_complaint|service', line).messages,
      outcome: 'handed_off',
      handOff: { reason: 'complaint' },
      meant: { intent: 'feedback_complaint', ...none },
    };
  if (tellsOnlyDeath(line) && (reading.noProcedure > 0.3 || reading.candidates[0] === undefined))
    return procedureAnswer(turn, house.catalogue.byCode(DEATH)!, ['overview'], null);
  const current = memory.procedureCode ? house.catalogue.byCode(memory.procedureCode) : undefined;
  if (OK.test(line) && memory.greeted && memory.lastIntent !== 'emergency') return accepted(turn, current);
  const following = current && reading.noProcedure > 0.25 && reading.question.words.length <= 12;
  return (following ? linkedAnswer(turn, current) : null) ?? simpleTurn(turn);
}

/** "ok", "dạ": a choice confirmed, or a friendly end. */
function accepted(turn: Turn, current: Procedure | undefined): Decision {
  const { memory } = turn;
  const offered = (memory.choices ?? [])
    .map(({ value }) => parsePress(value))
    .filter((pressed) => pressed?.kind === 'ask');
  if (memory.asksWhich && offered.length === 1) return act(turn, offered[0]!);
  if ((memory.unclear ?? 0) > 1) return act(turn, { kind: 'human' });
  const asked = current && turn.speech.caseQuestions.get(current.code)?.ask;
  const isConfirmed =
    asked?.endsWith('phải không?') && (memory.choices ?? []).some(({ value }) => value.startsWith('hx:case:'));
  return {
    messages: [
      {
        text: isConfirmed ? 'Vậy chỉ cần các giấy ở trên. Cần gì thêm cứ nhắn ạ.' : 'Vâng ạ. Cần gì thêm cứ nhắn.',
        ...(current && {
          buttons: [
            reply('Hỏi lệ phí', press.ask(current.code, 'fee')),
            reply('Nộp ở đâu', press.ask(current.code, 'place')),
            humanButton(),
          ],
        }),
      },
    ],
    outcome: 'small_talk',
    meant: { intent: 'thanks', ...none },
  };
}

/** A short question about a fact ("phí bao nhiêu", "mất mấy ngày") names no matter unless words of its name are said. */
export function isNamed(record: Procedure, line: string, say: string[]): boolean {
  const said = new Set(line.trim().split(' '));
  const own = [...say, ...record.aliases, record.name].map((name) =>
    tokens(name)
      .map(letters)
      .filter((word) => !WEAK.has(word)),
  );
  return (
    own.some((words) => words.length > 0 && words.every((word) => said.has(word))) ||
    own.some((words) => words.some((word, at) => at > 0 && line.includes(` ${words[at - 1]} ${word} `)))
  );
}

/** One of its everyday names stands whole and in order in the words. */
export const saysWholeName = (record: Procedure, line: string, say: string[]): boolean =>
  [...say, ...record.aliases].some((name) => {
    const words = tokens(name).map(letters);
    return words.length >= 2 && line.includes(` ${words.join(' ')} `);
  });

const WEAK = new Set(
  'lam giay to dang ky cap lai xin thu tuc cho con nguoi cua o tai ve va cac nop ho so tren mang phi le bao nhieu tien gi can may ngay lau khong duoc'.split(
    ' ',
  ),
);
