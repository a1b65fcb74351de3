import { procedureAnswer } from './answer-procedure.ts';
import type { Decision, Turn } from './decision.ts';
import type { Aspect } from './guidance.ts';
import { office } from './say-office.ts';

/** "thời gian?", "ở đâu", "hồ sơ?": a fact asked for in one or two words, about the procedure spoken of. */
const BARE: [Aspect, RegExp][] = [
  [
    'time',
    /^(thoi gian|thoi han|bao lau|may ngay|may bua|bao nhieu ngay|mat bao lau|mat may ngay|bao gio|khi nao|chung nao|thoi gian bao lau)( giai quyet| lam| cho| co| xong| lay| duoc| tra| ket qua| thi| phai)*$/,
  ],
  [
    'documents',
    /^((ho so|giay to|giay)( can| gom| phai| co| kem theo| mang theo| nhung)*( gi)?|can( nhung| mang| chuan bi)?( giay( to)?)? gi|mang( theo)?( giay)? gi|chuan bi( nhung| giay( to)?)? gi)$/,
  ],
  [
    'place',
    /^((nop|lam|den|toi|di|lay)( ho so)? )?(o dau|cho nao|noi nao|o cho nao|o cho mo|cho mo|o mo|tai dau|di dau)$/,
  ],
  [
    'fee',
    /^((le )?phi( bao)?( nhieu| nhiu)?( tien)?|(het |ton |mat |dong |nop )?bao nhieu tien|(het|ton|dong|nop) bao nhieu|ton (phi|tien) khong|mat (phi|tien) khong|co mat (phi|tien)|gia bao nhieu)$/,
  ],
  [
    'steps',
    /^(cac buoc|trinh tu|quy trinh|cach lam|lam (the nao|sao|nhu the nao|ra sao)|thu tuc( the nao| ra sao| lam sao)?)$/,
  ],
  [
    'online',
    /^(co |duoc )?(nop |lam |dang ky )?(online|qua mang|tren mang|truc tuyen|qua dien thoai|bang dien thoai|tren dien thoai|qua vneid)( duoc)?$/,
  ],
  ['form', /^(mau don|to khai|mau to khai|mau|don|don mau)( o dau| lay o dau| nao| gi)?$/],
];
const AROUND =
  'the con roi vay a ok da u thi cho hoi uh vang oi em minh toi chau co chu bac nhi ha k khong duoc o z v ad nhe nha di xa xin noi cai no do nay chua'.split(
    ' ',
  );
const FRONT = new Set(AROUND.filter((word) => !['co', 'duoc', 'o', 'nop', 'cho'].includes(word)));
const BACK = new Set(AROUND.filter((word) => !['duoc', 'o'].includes(word)));

/** The fact asked for when nothing else is said, or null. `line`: letters without marks. */
export function bareAspect(line: string): Aspect | null {
  const words = line.trim().split(' ');
  if (words.length > 8) return null;
  const said = (from: number, to: number) => words.slice(from, to).join(' ');
  for (let from = 0; from < words.length; from++) {
    for (let to = words.length; to > from; to--) {
      const hit = BARE.find(([, pattern]) => pattern.test(said(from, to)));
      if (hit) return hit[0];
      if (!BACK.has(words[to - 1]!)) break;
    }
    if (!FRONT.has(words[from]!)) return null;
  }
  return null;
}

/** "thứ 7 thì sao": another day or hour, said alone. */
const DAY_ASKED =
  /^ ((the|con|vay|roi|hoi|cho|a|vao) ){0,3}(thu (hai|ba|tu|nam|sau|bay|[2-7])|t7|chu nhat|cn|cuoi tuan|buoi (trua|toi|sang|chieu)|trua|toi|sang|chieu|ngay le|le|tet)( (thi|sao|khong|co|lam|viec|mo|cua|nghi|the|nao|a|ha|vay))* $/;

/** Hours were told, now where; or the other way round. */
function officeTurn({ question, reading }: Turn, asked: 'place' | 'time'): Decision {
  const topic = asked === 'place' ? 'office_info|address_merger' : 'office_info|hours';
  const said = office(question.commune, topic, reading.line, question.now);
  return {
    messages: said.messages,
    outcome: said.known ? 'answered' : 'record_lacks_fact',
    source: 'local',
    meant: { intent: 'office_info', procedureCode: null, aspects: [] },
  };
}

/** Answers it where a procedure was the last thing spoken of. */
export function bareAspectTurn(turn: Turn): Decision | null {
  const { memory, reading, house, question } = turn;
  if (memory.lastIntent === 'office_info' && question.payload === undefined && !turn.isNew) {
    const asked = bareAspect(reading.line);
    if (asked === 'place' || asked === 'time') return officeTurn(turn, asked);
    if (DAY_ASKED.test(reading.line)) return officeTurn(turn, 'time');
  }
  const record = memory.procedureCode ? house.catalogue.byCode(memory.procedureCode) : undefined;
  if (!record || turn.isNew || question.payload !== undefined || reading.emergencyKind) return null;
  if (memory.lastIntent !== 'procedure_question' || memory.asksWhich) return null;
  const aspect = bareAspect(reading.line);
  return aspect && procedureAnswer(turn, record, [aspect], memory.case ?? null);
}
