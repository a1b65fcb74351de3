import type { Button, OutgoingMessage } from '../channels/channel.ts';
import type { ForeignNumber } from '../procedures/dossier-numbers-foreign.ts';
import { press } from './payloads.ts';
import { humanButton, reply } from './speech.ts';

export const LOOKUP = 'https://dichvucong.gov.vn/tra-cuu-ho-so';
const lookupButton: Button = { title: 'Tra cứu hồ sơ', kind: 'url', value: LOOKUP };

export function status(number: string | null, hasBrokenNumber: boolean, line: string): OutgoingMessage[] {
  if (number)
    return [
      {
        text: `Mã hồ sơ ${number}.\nTôi chưa xem được tiến độ ở đây. Tra ở trang chính thức ${LOOKUP} (nhập mã này), hoặc để tôi chuyển cán bộ xem giúp.`,
        buttons: [lookupButton, humanButton()],
      },
    ];
  if (hasBrokenNumber)
    return [
      {
        text: 'Mã này còn thiếu hoặc sai số. Xem lại giấy hẹn: mã có dạng H26.15-250701-0001, rồi nhắn lại giúp.',
        buttons: [reply('Không có giấy hẹn', press.noCode), humanButton()],
      },
    ];
  if (/ (mat (giay hen|bien nhan|to hen|phieu hen)|khong (co|con) (giay hen|ma|bien nhan)|(mat|quen) ma) /.test(line))
    return noCode();
  if (/ (cccd|can cuoc|cmnd|chung minh|ten|sdt|so dien thoai) /.test(line) && / (duoc|bang|theo) /.test(line))
    return [
      {
        text: 'Không tra bằng số căn cước hay họ tên ở đây được; cần mã hồ sơ ghi trên giấy hẹn.\nĐăng nhập VNeID trên Cổng Dịch vụ công thì thấy hồ sơ của mình.',
        buttons: [lookupButton, reply('Không có giấy hẹn', press.noCode), humanButton()],
      },
    ];
  if (/ ma ho so( [a-z]+){0,4} (o dau|cho nao|nam|dau) | ma( [a-z]+){0,3} nam o /.test(line))
    return [
      {
        text: 'Mã hồ sơ in ở phần đầu giấy hẹn (giấy tiếp nhận hồ sơ và hẹn trả kết quả), dạng H26.15-250701-0001. Nộp trên mạng thì mã nằm trong tin nhắn và mục hồ sơ của tôi.',
        buttons: [lookupButton, humanButton()],
      },
    ];
  return [
    {
      text: `${/ (lau|tre|cham|tam hoi|hoai|mai|mat tam|tuan|thang)( [a-z]+){0,3} /.test(line) ? 'Xin lỗi vì phải chờ lâu. ' : ''}Cho tôi mã hồ sơ ghi trên giấy hẹn, dạng H26.15-250701-0001.\nKhông cần gửi họ tên hay số căn cước.`,
      buttons: [reply('Không có giấy hẹn', press.noCode), lookupButton, humanButton()],
    },
  ];
}

const OWNERS: Record<ForeignNumber, string> = {
  social_insurance:
    'Đây là số hồ sơ bảo hiểm xã hội. Xã không xem được; hỏi cơ quan bảo hiểm xã hội nơi đã nộp, hoặc xem trong ứng dụng VssID.',
  parcel:
    'Đây là số bưu gửi của bưu điện. Hỏi bưu điện hoặc người giao; nếu là giấy tờ xã gửi về thì bấm "Gặp cán bộ".',
  tax: 'Đây là mã số thuế, không phải mã hồ sơ. Việc thuế thì hỏi cơ quan thuế, hoặc xem trong ứng dụng eTax Mobile.',
  plate: 'Đây là biển số xe. Việc xe cộ, phạt nguội thì hỏi công an; xã không xem được.',
  land: 'Giấy hẹn đất đai có số riêng của nơi đăng ký đất đai. Hỏi nơi ghi trên giấy hẹn, hoặc để cán bộ xem giúp.',
};

/** A number of another system: whose it is, and what ours looks like. */
export const foreignNumber = (owner: ForeignNumber): OutgoingMessage[] => [
  {
    text: `${OWNERS[owner]}\nHồ sơ nộp ở xã có mã dạng H26.15-250701-0001, in trên giấy hẹn.`,
    buttons: [humanButton(), reply('Không có giấy hẹn', press.noCode)],
  },
];

export const noCode = (): OutgoingMessage[] => [
  {
    text: `Không sao. Nộp trên mạng thì đăng nhập VNeID ở ${LOOKUP} là thấy hồ sơ.\nNộp ở quầy thì mang căn cước đến một cửa, cán bộ tìm lại mã giúp.`,
    buttons: [lookupButton, humanButton()],
  },
];

export const askDetail = (): OutgoingMessage[] => [
  {
    text: 'Không biết rõ lý do trong hồ sơ, tôi không dám đoán. Cán bộ xem được, để tôi chuyển nhé?',
    buttons: [humanButton(), lookupButton],
  },
];
