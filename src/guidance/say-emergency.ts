import type { Button, OutgoingMessage } from '../channels/channel.ts';
import type { DangerKind } from './cries.ts';

/** What was told of a danger, letters without marks. */
export interface Danger {
  kind: DangerKind;
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
  / (be|em be|tre|tre em|dua (be|nho|tre|con)|thang (be|nho|cu)|chau be|con nit|con (toi|em|minh|gai|trai|nho)|chau|hoc sinh) /;

/** Numbers to call, the one that stops the harm first. */
function numbers({ kind, line }: Danger): Step[] {
  const hurt = HURT.test(line) ? [AMBULANCE] : [];
  const child = A_CHILD.test(line) ? [CHILD] : [];
  switch (kind) {
    case 'violence':
      return [POLICE, ...child, AMBULANCE];
    case 'child_abuse':
      return [POLICE, CHILD, ...hurt];
    case 'missing':
      return [POLICE, ...child];
    case 'captive':
      return [POLICE, ...child];
    case 'theft':
    case 'scam':
      return [POLICE];
    case 'threat':
    case 'drug_use':
    case 'animal':
      return [POLICE, AMBULANCE];
    case 'fire':
    case 'flood_storm':
    case 'water':
    case 'wire':
    case 'collapse':
      return [FIRE, AMBULANCE];
    case 'accident':
    case 'illness':
    case 'birth':
    case 'poisoning':
    case 'drugs':
    case 'snake_bite':
    case 'bite':
      return [AMBULANCE];
    case 'suicide':
      return [AMBULANCE, CHILD];
    case 'unclear':
      return [POLICE, FIRE, AMBULANCE];
  }
}

/** First steps that harm nobody; more is for those who answer the telephone. */
const ADVICE: Record<DangerKind, string> = {
  water: 'Gọi người xung quanh; ném phao, dây, sào cho người dưới nước. Không biết bơi thì đừng nhảy xuống.',
  wire: 'Đừng lại gần, đừng chạm vào người đang bị điện giật; ngắt cầu dao nếu tới được.',
  fire: 'Ra khỏi chỗ cháy, báo người xung quanh, đừng quay vào lấy đồ.',
  accident: 'Ở cạnh người bị nạn, nói rõ địa chỉ và làm theo hướng dẫn qua điện thoại.',
  illness:
    'Ở cạnh người bệnh, nói rõ địa chỉ và làm theo hướng dẫn qua điện thoại. Trạm y tế ở gần thì nhờ người chạy báo.',
  birth: 'Nói rõ đang ở đâu và làm theo hướng dẫn qua điện thoại. Trạm y tế ở gần thì nhờ người chạy báo.',
  poisoning: 'Giữ lại vỏ chai, gói, thức ăn đã dùng để đưa cho bác sĩ.',
  drugs: 'Ở cạnh người đó, nói rõ đã dùng gì để bác sĩ biết cách cứu.',
  snake_bite: 'Đưa tới trạm y tế, bệnh viện gần nhất ngay, đi lại càng ít càng tốt. Đừng tự rạch hay hút vết cắn.',
  bite: 'Rửa vết thương ngay bằng xà phòng và nước sạch trong 15 phút, rồi tới trạm y tế để được khám và tiêm phòng dại ngay hôm nay.',
  violence: 'Ra chỗ an toàn, có người ở cạnh, khóa cửa lại.',
  child_abuse: 'Đưa trẻ tới chỗ an toàn. Không cần chờ đủ giấy tờ mới báo.',
  flood_storm: 'Lên chỗ cao, giữ máy còn pin, mang theo đèn.',
  collapse: 'Đừng tự lại gần chỗ còn có thể đổ tiếp; nói rõ có mấy người bị kẹt.',
  animal: 'Tránh xa, vào nhà đóng cửa, báo người xung quanh; đừng tự bắt.',
  missing: 'Nói rõ tuổi, quần áo, chỗ thấy lần cuối. Không cần chờ đủ 24 giờ mới báo.',
  theft: 'Hoặc báo công an xã. Kẻ gian còn ở đó thì đừng đối đầu; đã mất rồi thì giữ nguyên chỗ bị trộm, đừng dọn.',
  threat: 'Ở trong nhà, khóa cửa, đừng đối đầu. Giữ lại tin nhắn, ảnh, ghi âm để đưa công an.',
  captive: 'Nói rõ đang ở đâu hoặc lần cuối liên lạc ở đâu, số điện thoại đã dùng. Đừng tự chuyển tiền.',
  drug_use: 'Giữ khoảng cách, đừng tự can ngăn.',
  suicide: 'Nghe vậy tôi rất lo. Xin đừng ở một mình lúc này: gọi ngay một người thân, người hàng xóm đến ngồi cùng.',
  scam: 'Gọi ngân hàng xin khóa giao dịch. Giữ lại tin nhắn, số tài khoản nhận tiền; đừng chuyển thêm.',
  unclear: 'Đang xảy ra chuyện gì, ở chỗ nào ạ?',
};

/** The first line. What is over, or not deadly, is not called for in the same haste. */
function callLine(danger: Danger, [first, ...rest]: Step[]): string {
  const call = `${first!.number} (${first!.why})`;
  const others = rest.map(({ number, why }) => `${number} (${why})`).join(', ');
  switch (danger.kind) {
    case 'bite':
      return `Chảy máu nhiều, bị cắn ở đầu, mặt, cổ: gọi ${call} ngay.`;
    case 'theft':
      return `Gọi ${call} để báo.`;
    case 'unclear':
      return `Có nguy hiểm thì gọi ngay: ${[call, others].join(', ')}.`;
    case 'suicide':
      return `Gọi ${first!.number} ngay (${first!.why}). Trẻ em, học sinh gọi ${others}.`;
  }
  if (rest.length === 0) return `Gọi ${first!.number} ngay (${first!.why}).`;
  const isAlso = HURT.test(danger.line) || ['water', 'child_abuse', 'missing', 'captive'].includes(danger.kind);
  const also = isAlso
    ? `Rồi gọi ${others}.`
    : `Có người bị thương${rest.includes(CHILD) ? ', có trẻ em' : ''} thì gọi thêm ${others}.`;
  return `Gọi ${first!.number} ngay (${first!.why}). ${also}`;
}

const IS_MACHINE = 'Tôi là máy, không tự gọi cứu giúp được';
const IS_REPORTED = '; tôi đã báo cho cán bộ xã biết';

/** The same where no officer reads along. */
export const withoutReport = (messages: OutgoingMessage[]): OutgoingMessage[] =>
  messages.map((message) => ({ ...message, text: message.text.replace(IS_REPORTED, '') }));

export function emergency(danger: Danger): OutgoingMessage[] {
  const steps = numbers(danger);
  const dial = steps.map(({ number }): Button => ({ title: `Gọi ${number}`, kind: 'phone', value: number }));
  return [
    {
      text: `${callLine(danger, steps)}\n${ADVICE[danger.kind]}\n${IS_MACHINE}${IS_REPORTED}.`,
      buttons: dial,
    },
  ];
}
