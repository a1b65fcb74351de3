import type { OutgoingMessage } from '../channels/channel.ts';
import { press } from './payloads.ts';
import { humanButton, reply } from './speech.ts';

export function account(line: string): OutgoingMessage[] {
  const vneid = / (vneid|dinh danh|muc 2|muc hai) /.test(line);
  if (/ (khoa tai khoan|mat (dien thoai|may|sim)) /.test(line))
    return [
      {
        text: 'Mất điện thoại có VNeID: gọi tổng đài ghi trên trang VNeID hoặc ra công an xã để khóa tài khoản.\nGọi nhà mạng khóa SIM luôn.',
        buttons: [humanButton()],
      },
    ];
  if (
    / (khong (co|dung|biet dung|xai)( [a-z]+){0,2} (dien thoai|smartphone|vneid|may)|dien thoai (cui|cu|cuc gach)|khong cai duoc) /.test(
      line,
    ) ||
    / (nop ho|lam ho|nop giup|nop thay) /.test(line)
  ) {
    return [
      {
        text: 'Không có điện thoại thông minh vẫn làm được: mang giấy tờ đến một cửa, cán bộ nộp giúp trên mạng.\nNgười nhà đi cùng hoặc nộp hộ cũng được, tùy việc có cần giấy ủy quyền.',
        buttons: [humanButton()],
      },
    ];
  }
  if (vneid && / (mat khau|quen|passcode|khoa|dang nhap) /.test(line))
    return [
      {
        text: 'Mở ứng dụng VNeID, bấm "Quên mật khẩu", nhập số định danh và làm theo máy.\nKhông được thì ra công an xã. Đừng đưa mã OTP cho ai.',
        buttons: [humanButton()],
      },
    ];
  if (/ (mat khau|pass|password|mk) /.test(line))
    return [
      {
        text: 'Cổng Dịch vụ công đăng nhập bằng VNeID: mở ứng dụng VNeID, bấm "Quên mật khẩu" và làm theo máy.\nTài khoản riêng cũ của Cổng: bấm "Quên mật khẩu" ở trang đăng nhập https://dichvucong.gov.vn.\nKhông được thì ra công an xã hoặc gặp cán bộ. Đừng đưa mã OTP cho ai.',
        buttons: [{ title: 'Mở Cổng Dịch vụ công', kind: 'url', value: 'https://dichvucong.gov.vn' }, humanButton()],
      },
    ];
  if (/ otp /.test(line))
    return [
      {
        text: 'Chờ vài phút rồi bấm gửi lại mã; kiểm tra sóng và tin nhắn rác. Số điện thoại phải đúng số đã đăng ký.\nKhông được thì ra công an xã. Đừng đọc mã OTP cho ai, kể cả cho tôi.',
        buttons: [humanButton()],
      },
    ];
  if (/ (dung luong|tai (file|tep|anh)|scan|dinh kem) /.test(line))
    return [
      {
        text: 'Chụp lại ảnh nhỏ hơn, hoặc gửi từng tờ thành từng tệp rồi tải lại.\nKhông được thì mang giấy đến một cửa, cán bộ quét giúp.',
        buttons: [humanButton()],
      },
    ];
  if (vneid)
    return [
      {
        text: 'VNeID mức 2 làm ở công an xã: mang căn cước theo, công an lấy ảnh và vân tay.\nMáy báo lỗi thì gọi tổng đài ghi trong ứng dụng VNeID.',
        buttons: [reply('Làm VNeID mức 2', press.ask('3.000228', 'documents')), humanButton()],
      },
    ];
  return [
    {
      text: 'Cổng Dịch vụ công đăng nhập bằng tài khoản VNeID, không cần tạo tài khoản riêng.\nVào https://dichvucong.gov.vn, chọn đăng nhập VNeID. Không được thì thử lại sau, hoặc đến một cửa để cán bộ giúp.',
      buttons: [reply('Làm VNeID mức 2', press.ask('3.000228', 'documents')), humanButton()],
    },
  ];
}
