import { ImportRefused } from '../dossiers/import/import.ts';
import { ImportSuperseded } from '../dossiers/import/staging.ts';
import { ConfigError } from '../errors.ts';
import { PaymentRefused } from '../payments/orders.ts';
import { UnreadableFile } from '../sheets/sheet.ts';
import { notHere, Stop } from './visit.ts';

/** Messages of the rooms are for logs; officers read these. */
const PAYMENT: Record<Exclude<PaymentRefused['code'], 'not_found'>, string> = {
  not_open: 'Khoản này không còn chờ nộp, hoặc số tiền vừa đổi. Tải lại trang để xem.',
  nothing_to_pay: 'Khoản này không phải nộp gì.',
  bad_amount: 'Số tiền hoặc số lượng chưa đúng: ghi số nguyên đồng, lớn hơn 0 và không quá một tỷ.',
  too_many_attempts: 'Khoản này đã thử nộp quá nhiều lần trong một giờ. Chờ ít phút rồi thử lại.',
  method_not_offered: 'Xã chưa mở cách nộp này.',
  same_officer: 'Người đề nghị hoàn tiền không tự duyệt được: cần người thứ hai.',
  wrong_state:
    'Việc này không hợp với tình trạng hiện giờ: có thể người khác vừa làm, hoặc số tiền không khớp. Tải lại trang để xem.',
};

/** What commands would be told about their flags, an officer is told about the form. */
const CONFIG: [RegExp, string][] = [
  [/^--source:/, 'Xã có nhiều nguồn hồ sơ nạp từ tệp: chọn nguồn rồi nạp lại.'],
  [/^no dossier source/, 'Không còn nguồn hồ sơ này. Tải lại trang rồi chọn lại.'],
  [/is a source of kind/, 'Nguồn này lấy từ hệ thống khác, không nạp tệp vào được. Chọn nguồn khác.'],
  [/^a dossier source needs a name/, 'Tên nguồn hồ sơ phải có và không quá 80 ký tự.'],
  [/^--as-of:/, 'Dữ liệu không thể của ngày chưa tới.'],
  [/^no \w+ account|has no file to reconcile/, 'Không đối soát được bằng tệp với cách nộp này. Chọn lại.'],
];

/** Why a contract cannot run, as a process tells its operator; an officer reads what it means and what to ask for. */
const CONTRACT: [RegExp, string][] = [
  [
    /is a test address, but the contract is for production/,
    'Hợp đồng thật đang nối tới cổng thử: tiền thử sẽ bị tính là đã nộp. Nhờ người vận hành đổi sang địa chỉ cổng thật.',
  ],
  [
    /is a production address, but the contract is for tests/,
    'Hợp đồng thử đang nối tới cổng thật. Nhờ người vận hành đổi sang địa chỉ cổng thử, hoặc nối hợp đồng thật.',
  ],
  [
    /published demo keys/,
    'Đang dùng khóa mẫu ai cũng biết: người lạ có thể báo nộp giả. Nhờ người vận hành nối lại bằng khóa thật của cổng.',
  ],
  [
    /^PUBLIC_URL must be/,
    'Địa chỉ trang của xã chưa phải https nên cổng không báo tiền về được. Nhờ người vận hành đặt lại địa chỉ.',
  ],
  [/must be an https address$/, 'Địa chỉ cổng chưa phải https. Nhờ người vận hành sửa địa chỉ cổng.'],
  [/is not set$/, 'Chưa khai địa chỉ cổng thanh toán. Nhờ người vận hành khai rồi khởi động lại.'],
  [
    /^stored secret cannot be read/,
    'Không mở được khóa đã lưu của hợp đồng. Nhờ người vận hành đặt lại khóa mã hóa cũ, hoặc nối lại hợp đồng.',
  ],
  [/^stored settings are not valid/, 'Thông tin hợp đồng đã lưu không dùng được nữa. Nhờ người vận hành nối lại.'],
];

const ANYWAY = 'Đúng là tệp cần nạp thì nạp lại và đánh dấu “Vẫn nạp”.';
const IMPORT: [RegExp, (found: string[]) => string][] = [
  [
    /^no row could be taken, (\d+) rejected/,
    ([, rows]) =>
      `Không hàng nào nhận được, ${rows} hàng lỗi. Dữ liệu đang dùng giữ nguyên; sửa các hàng lỗi rồi nạp lại.`,
  ],
  [
    /^the file holds (\d+) dossiers, the data in use (\d+)/,
    ([, ours, theirs]) =>
      `Tệp có ${ours} hồ sơ, dữ liệu đang dùng có ${theirs}: ít hơn một nửa nên chưa thay. ${ANYWAY}`,
  ],
  [/^the file is from/, () => `Tệp cũ hơn dữ liệu đang dùng nên chưa thay. ${ANYWAY}`],
];

/** Why a list was not taken, as the import keeps it: what is written for staff there stays as it is. */
export function importFault(kept: string): string {
  for (const [pattern, words] of IMPORT) {
    const found = pattern.exec(kept);
    if (found) return words(found);
  }
  return /[^\p{ASCII}]/u.test(kept)
    ? kept
    : 'Không nạp được tệp này. Dữ liệu đang dùng giữ nguyên; thử lại, hoặc nhờ người vận hành xem.';
}

/** @param fault a line of `accounts.faults`: `vnpay "chính": VNPAY_PAY_URL is not set` */
export function contractFault(fault: string): { method: string; name: string; words: string } {
  const [, method = '', name = '', why = fault] = /^(\w+) "(.*)": (.*)$/s.exec(fault) ?? [];
  const known = CONTRACT.find(([pattern]) => pattern.test(why));
  return {
    method,
    name,
    words: known?.[1] ?? 'Hợp đồng này chưa chạy được. Nhờ người vận hành xem dòng kỹ thuật ở dưới.',
  };
}

/** What a room refused, as the end of a request with a sentence for an officer. Anything else comes back as it is. */
export function forOfficer(error: unknown): unknown {
  if (error instanceof PaymentRefused) {
    if (error.code === 'not_found') return notHere();
    const isForm = error.code === 'bad_amount';
    return new Stop(isForm ? 422 : 409, PAYMENT[error.code]);
  }
  if (error instanceof ImportRefused) return new Stop(409, importFault(error.message));
  if (error instanceof ImportSuperseded)
    return new Stop(409, 'Có người vừa nạp tệp khác vào nguồn này. Xem kết quả của lần đó rồi nạp lại nếu cần.');
  // written for staff where it is thrown
  if (error instanceof UnreadableFile) return new Stop(422, error.message);
  if (error instanceof ConfigError) {
    const known = CONFIG.find(([pattern]) => pattern.test(error.message));
    return new Stop(422, known?.[1] ?? 'Cài đặt của xã chưa cho làm việc này. Nhờ người vận hành xem lại.');
  }
  return error;
}
