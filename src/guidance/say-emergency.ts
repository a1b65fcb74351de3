import type { Button, OutgoingMessage } from '../channels/channel.ts';
import type { EmergencyKind } from './cues.ts';

/** What the number to call depends on; finer than what the reader tells. */
export type Threat = EmergencyKind | 'water' | 'wire';

/** What was told of a danger, letters without marks. */
export interface Danger {
  kind: Threat;
  line: string;
}

interface Step {
  number: string;
  why: string;
}

const POLICE: Step = { number: '113', why: 'công an' };
const FIRE: Step = { number: '114', why: 'cứu hỏa, cứu nạn' };
const AMBULANCE: Step = { number: '115', why: 'cấp cứu' };
const CHILD: Step = { number: '111', why: 'bảo vệ trẻ em, miễn phí, cả ngày đêm' };

const HURT =
  / (chay mau|bi thuong|thuong nang|gay (tay|chan|rang)|bat tinh|ngat|xiu|tho|bong|bam|nhap vien|dam|chem|cap cuu|mau|co giat|dot quy|nguoi (bi )?nan) /;
const A_CHILD =
  / (be|em be|tre|tre em|dua (be|nho|tre|con)|chau be|con nit|con (toi|em|minh|gai|trai|nho)|chau|hoc sinh) /;
const WATER =
  / (duoi nuoc|chet duoi|duoi|chim|(roi|te|nga|sup|lot|nhay|truot)( [a-z]+){0,3} (ao|song|ho|gieng|kenh|muong|suoi|bien|nuoc|cau)|nuoc cuon|bi cuon|troi) /;
const WIRE = / (day dien|dien giat|tru dien|cot dien|ho dien) /;
const BURNS = / (no (binh|gas|khi)|chay (nha|no|lon|quan|cho|xe)|dam chay|boc chay|binh gas( [a-z]+){0,2} no) /;
const FLOOD = / (lu|ngap|lut|mai nha|noc nha|sat lo|vo de|mac ket|co lap|sap (nha|tuong|cau)|ket trong) /;
const HARMED = / (danh|bao hanh|hanh ha|dam (em|toi|nhau|nguoi|chet|vao)|chem|cam dao|cuop|giet|doa|bat coc) /;

/** Several dangers at once: what does the harm, not what it has done. */
export function threat(kind: EmergencyKind, line: string): Threat {
  if (kind !== 'accident' && kind !== 'flood_storm') return kind;
  if (WATER.test(line) && !/ (nuoc|lu) (len|dang|ngap) /.test(line)) return 'water';
  if (kind === 'flood_storm') return kind;
  if (WIRE.test(line)) return 'wire';
  if (BURNS.test(line)) return 'fire';
  if (FLOOD.test(line)) return 'flood_storm';
  return HARMED.test(line) ? 'violence' : kind;
}

/** Numbers to call, the one that stops the harm first. */
function numbers({ kind, line }: Danger): Step[] {
  const hurt = HURT.test(line) ? [AMBULANCE] : [];
  const child = A_CHILD.test(line) ? [CHILD] : [];
  switch (kind) {
    case 'violence':
      return [POLICE, ...child, AMBULANCE];
    case 'child_abuse':
      return [POLICE, CHILD, ...hurt];
    case 'missing_child':
      return [POLICE, CHILD];
    case 'scam':
      return [POLICE];
    case 'fire':
    case 'flood_storm':
    case 'water':
    case 'wire':
      return [FIRE, AMBULANCE];
    case 'accident':
    case 'poisoning':
      return [AMBULANCE];
    case 'suicide':
      return [AMBULANCE, CHILD];
  }
}

const ADVICE: Record<Threat, string> = {
  water: 'Gọi người xung quanh; ném phao, dây, sào cho người dưới nước. Không biết bơi thì đừng nhảy xuống.',
  wire: 'Đừng lại gần, đừng chạm vào người đang bị điện giật; ngắt cầu dao nếu tới được.',
  fire: 'Ra khỏi chỗ cháy, báo người xung quanh, đừng quay vào lấy đồ.',
  accident: 'Ở cạnh người bị nạn, nói rõ địa chỉ và làm theo hướng dẫn qua điện thoại.',
  poisoning: 'Giữ lại vỏ chai, gói đã uống để đưa cho bác sĩ.',
  violence: 'Ra chỗ an toàn, có người ở cạnh, khóa cửa lại.',
  child_abuse: 'Đưa trẻ tới chỗ an toàn. Không cần chờ đủ giấy tờ mới báo.',
  flood_storm: 'Lên chỗ cao, giữ máy còn pin, mang theo đèn.',
  missing_child: 'Nói rõ tuổi, quần áo, chỗ thấy lần cuối.',
  suicide: 'Nghe vậy tôi rất lo. Xin đừng ở một mình lúc này: gọi ngay một người thân, người hàng xóm đến ngồi cùng.',
  scam: 'Gọi ngân hàng xin khóa giao dịch. Giữ lại tin nhắn, số tài khoản nhận tiền; đừng chuyển thêm.',
};

function alsoCall(danger: Danger, rest: Step[]): string {
  if (rest.length === 0) return '';
  const others = rest.map(({ number, why }) => `${number} (${why})`).join(', ');
  if (danger.kind === 'suicide') return ` Trẻ em, học sinh gọi ${others}.`;
  if (HURT.test(danger.line) || ['water', 'child_abuse', 'missing_child'].includes(danger.kind))
    return ` Rồi gọi ${others}.`;
  return ` Có người bị thương${rest.includes(CHILD) ? ', có trẻ em' : ''} thì gọi thêm ${others}.`;
}

export function emergency(danger: Danger): OutgoingMessage[] {
  const [first, ...rest] = numbers(danger);
  const dial = [first!, ...rest].map(
    ({ number }): Button => ({ title: `Gọi ${number}`, kind: 'phone', value: number }),
  );
  return [
    {
      text: `Gọi ${first!.number} ngay (${first!.why}).${alsoCall(danger, rest)}\n${ADVICE[danger.kind]}\nTôi là máy, không tự gọi cứu giúp được; tôi đã báo cho cán bộ xã biết.`,
      buttons: dial,
    },
  ];
}
