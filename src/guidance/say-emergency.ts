import type { OutgoingMessage } from '../channels/channel.ts';
import type { EmergencyKind } from './cues.ts';

const EMERGENCY: Record<EmergencyKind, string> = {
  fire: 'Gọi 114 ngay (cháy, nổ, cứu nạn).\nRa khỏi chỗ cháy, báo người xung quanh. Có người bị thương gọi thêm 115.',
  accident:
    'Gọi 115 ngay (cấp cứu).\nCó người mắc kẹt, đuối nước hoặc dây điện rơi: gọi thêm 114, đừng lại gần dây điện.',
  poisoning: 'Gọi 115 ngay (cấp cứu).\nGiữ lại vỏ chai, gói đã uống để đưa cho bác sĩ.',
  violence: 'Gọi 113 ngay (công an).\nTìm chỗ an toàn, khóa cửa. Bị thương gọi 115; có trẻ em gọi thêm 111.',
  child_abuse:
    'Gọi 111 (bảo vệ trẻ em, miễn phí, cả ngày đêm) hoặc 113 ngay.\nĐưa trẻ tới chỗ an toàn. Không cần chờ đủ giấy tờ mới báo.',
  flood_storm:
    'Gọi 114 ngay (cứu nạn), hoặc 112.\nLên chỗ cao nhất, giữ máy còn pin, mang theo đèn. Có người bị thương gọi 115.',
  missing_child: 'Gọi 113 ngay, và 111 (bảo vệ trẻ em).\nNói rõ tuổi, quần áo, chỗ thấy lần cuối.',
  suicide:
    'Nghe vậy tôi rất lo. Xin đừng ở một mình lúc này.\nGọi 115 nếu đang nguy hiểm; gọi 111 nếu là trẻ em, học sinh. Hãy gọi ngay một người thân, người hàng xóm đến ngồi cùng.',
  scam: 'Gọi 113 báo công an ngay.\nGọi ngân hàng xin khóa giao dịch. Giữ lại tin nhắn, số tài khoản nhận tiền; đừng chuyển thêm.',
};

export function emergency(kind: EmergencyKind): OutgoingMessage[] {
  return [
    {
      text: `${EMERGENCY[kind]}\nTôi là máy, không tự gọi cứu giúp được; tôi đã báo cho cán bộ xã biết.`,
      buttons: [{ title: `Gọi ${FIRST_NUMBER[kind]}`, kind: 'phone', value: FIRST_NUMBER[kind] }],
    },
  ];
}

const FIRST_NUMBER: Record<EmergencyKind, string> = {
  fire: '114',
  accident: '115',
  poisoning: '115',
  violence: '113',
  child_abuse: '111',
  flood_storm: '114',
  missing_child: '113',
  suicide: '115',
  scam: '113',
};
