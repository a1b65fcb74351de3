import { STEP_BY_STEP } from './compose.ts';
import { act, goFurther } from './decide-press.ts';
import type { Decision, Turn } from './decision.ts';
import { parsePress } from './payloads.ts';
import { humanButton } from './speech.ts';

/** "tiếp", "còn gì nữa", "gửi hết đi": the rest of what was told in portions. */

const LEAD = '((roi|da|vang|u|uh|ok|oke|em|chi|anh|a|ad|ban|bot|oi|cho|toi|minh|con|chau|thi|the) )*';
const TRAIL = '( di| nhe| nha| a| voi| thi sao| ha| nua| giup| cho toi| cho em)*';
const FURTHER = new RegExp(
  `^ ${LEAD}(((xem|gui|noi|doc|nhan|ke|lam)( cho)?( toi| em| minh)? )?(tiep( tuc| theo)?|them( nua)?|phan con lai|doan sau)|con( gi)?( nua)( khong)?|con lai( gi| nhung gi)?)${TRAIL} $`,
);
/** "xem chi tiết", "nói kỹ hơn": of what was just told. */
const DETAILS = new RegExp(
  `^ ${LEAD}((xem|noi|cho xem|ke|giai thich|tra loi)( cho)?( toi| em| minh)? )?(ro|ky|chi tiet|cu the|day du)( hon| tung giay| tung buoc| ra| vao)*${TRAIL} $`,
);
/** While steps are told one by one. */
const DONE = new RegExp(
  `^ ${LEAD}(buoc (tiep|tiep theo|sau|ke tiep)|(xong|lam xong)( buoc nay)?( roi)?( thi)?( lam gi)?( nua)?|sau do( thi)?( lam)?( gi| sao)?|(lam )?gi nua|sao nua)${TRAIL} $`,
);
const ALL =
  /^ ([a-z]+ ){0,3}((gui|xem|cho xem|cho|lay|doc|ke|noi|liet ke)( [a-z]+){0,3} (het|tat ca|toan bo|ca danh sach|day du|ca|luon mot the))( [a-z]+){0,4} $|^ (tat ca|toan bo|day du|gui het|xem het)( [a-z]+){0,2} $/;

export function furtherTurn(turn: Turn): Decision | null {
  const { memory, reading } = turn;
  if (reading.question.words.length > 8) return null;
  const { line } = reading;
  const isAll = ALL.test(line);
  const isDone = DONE.test(line) && (memory.choices ?? []).some(({ title }) => title === STEP_BY_STEP);
  const isClose = DETAILS.test(line);
  if (!isAll && !isDone && !isClose && !FURTHER.test(line)) return null;
  const rest = (memory.choices ?? []).flatMap(({ title, value }) => {
    const pressed = /^(Xem tiếp|Xem kỹ|Bước tiếp)/.test(title) ? parsePress(value) : null;
    return pressed?.kind === 'next' || pressed?.kind === 'more' ? [pressed] : [];
  });
  if (rest.length === 0 && memory.rest !== undefined) {
    const kept = parsePress(memory.rest);
    if (kept?.kind === 'next') rest.push(kept);
  }
  // the details of the papers are not what goes on
  const next = rest.find(({ kind }) => kind === 'next') ?? rest[0];
  if (next?.kind === 'next') return goFurther(turn, next, isAll);
  if (next) return act(turn, next);
  if (!memory.procedureCode || !(isAll || isClose || / (tiep|phan con lai|con lai) /.test(line))) return null;
  return {
    messages: [{ text: 'Tôi đã nói hết phần này rồi ạ. Cần biết thêm gì cứ nhắn.', buttons: [humanButton()] }],
    outcome: 'small_talk',
    meant: { procedureCode: null, aspects: [] },
  };
}
