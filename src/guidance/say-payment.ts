import type { Button, OutgoingMessage } from '../channels/channel.ts';
import { humanButton } from './speech.ts';

/** Somebody else asks for money, or it is feared. */
export const isScamTalk = (topic: string, line: string): boolean =>
  / (ca nhan|nguoi la|so la|lam nhanh|goi (bao|keu|dien)|keu (chuyen|dong)|nhan zalo|otp|lua|gia mao|phai xa khong|cua xa khong) /.test(
    line,
  ) ||
  (topic.endsWith('|link_real') &&
    / (link|lien ket|trang|web|tin|nhan|goi|gui|app|ung dung|that|gia|tai khoan|stk|qr|ai|nguoi|ho) /.test(line) &&
    !/ (ho so|het han|gui lai) /.test(line));

/** Paying, before payments are connected: where, and the warning that saves money. */
export function payment(
  topic: string,
  line: string,
  fee: { title: string; lines: string[]; source: string } | null,
): OutgoingMessage[] {
  const buttons = [
    {
      title: 'Thanh toán trên Cổng',
      kind: 'url',
      value: 'https://dichvucong.gov.vn/thanh-toan-truc-tuyen',
    } satisfies Button,
    humanButton(),
  ];
  if (isScamTalk(topic, line)) {
    return [
      {
        text: 'Đừng chuyển. Xã không thu tiền qua tài khoản cá nhân, không gọi điện đòi tiền làm nhanh, không bao giờ hỏi mã OTP.\nChỉ nộp ở quầy một cửa hoặc trên Cổng Dịch vụ công quốc gia. Lỡ chuyển rồi thì gọi 113 và ngân hàng ngay.',
        buttons,
      },
    ];
  }
  if (
    / (da|vua|roi|tru tien|tru roi|chua cap nhat|hai lan|2 lan|hoan|that bai|loi|lo|bao chua|mat tien) /.test(line) ||
    /\|(paid_twice|refund|link_failed)$/.test(topic)
  ) {
    return [
      {
        text: 'Tôi chưa xem được khoản này đã vào hay chưa, nên chưa xác nhận được. Đừng nộp lại lần nữa.\nGiữ ảnh giao dịch; cán bộ kiểm tra và báo cách xử lý. Có mã hồ sơ thì nhắn kèm.',
        buttons: [humanButton()],
      },
    ];
  }
  if (/ bien lai /.test(line) || topic.endsWith('|receipt'))
    return [
      {
        text: 'Biên lai điện tử nằm trên Cổng Dịch vụ công, mục thanh toán, sau khi nộp xong; cũng có thể xin in ở quầy một cửa.',
        buttons,
      },
    ];
  if (/ (ma qr|qr) /.test(line) || topic.endsWith('|qr'))
    return [
      {
        text: 'Mã QR chỉ dùng trong thời gian ngắn. Vào lại khoản phải nộp trên Cổng Dịch vụ công để lấy mã mới; đừng quét mã người lạ gửi.',
        buttons,
      },
    ];
  const lines = fee
    ? fee.lines
    : ['Có thể nộp tiền mặt ở quầy một cửa, hoặc trả trên Cổng Dịch vụ công quốc gia bằng ngân hàng, ví điện tử.'];
  const where = fee
    ? ['Nộp ở quầy một cửa, hoặc trên Cổng Dịch vụ công quốc gia.']
    : ['Cần mã hồ sơ khi trả trên mạng. Tôi không gửi số tài khoản qua tin nhắn.'];
  return [{ text: [...lines, ...where, ...(fee ? [fee.source] : [])].join('\n'), buttons }];
}
