/** What a model might make up about a procedure: each sentence holds something no record says. */

const UNITS = ['ngày làm việc', 'ngày', 'tháng', 'tuần'];
const FORMS = ['tờ khai', 'đơn xin', 'phiếu', 'giấy xác nhận', 'biên bản', 'mẫu'];
const THINGS = [
  'tạm hoãn nghĩa vụ',
  'lý lịch dòng họ',
  'cam kết không kiện',
  'sức khỏe tâm thần',
  'bảo lãnh tài chính',
];
const OFFICES = ['Sở Ngoại vụ', 'Cục Hàng hải', 'Ngân hàng Chính sách', 'Bệnh viện Bạch Mai', 'Tòa án Quân sự'];
const SPELLED = ['mười bảy', 'hai mươi ba', 'chín mươi tư', 'một trăm linh sáu', 'sáu mươi hai'];

export interface Invention {
  text: string;
  /** Part of it that must not be read by anybody. */
  mark: string;
}

/** `count` sentences, the same each time. */
export function inventions(count: number): Invention[] {
  return Array.from({ length: count }, (_, at) => {
    const kind = KINDS[at % KINDS.length]!;
    return kind(Math.floor(at / KINDS.length));
  });
}

const pick = (list: string[], at: number) => list[at % list.length]!;
const say = (text: string, mark: string): Invention => ({ text: text.replace('@', mark), mark });

const KINDS: ((at: number) => Invention)[] = [
  (at) => say('Lệ phí là @.', `${(13 + at) * 7}.500 đồng`),
  (at) => say('Nộp @ là xong.', `${111 + at * 3}k`),
  (at) => say('Phải trả @ tại quầy.', `${pick(SPELLED, at)} nghìn đồng`),
  (at) => say('Hồ sơ giải quyết trong @.', `${71 + at} ${pick(UNITS, at)}`),
  (at) => say('Sau @ thì nhận kết quả.', `${pick(SPELLED, at)} ${pick(UNITS, at)}`),
  (at) => say('Hạn cuối là @.', `${1 + (at % 28)}/${1 + (at % 12)}/2031`),
  (at) => say('Nộp hồ sơ ở @.', `https://dichvucong-${at}.gov.vn/nop`),
  (at) => say('Xem thêm tại @ nhé.', `hotro${at}.com.vn`),
  (at) => say('Cần mang theo @.', `${pick(FORMS, at)} ${pick(THINGS, at)}`),
  (at) => say('Điền @ rồi nộp.', `mẫu ZK${31 + at}-HX`),
  (at) => say('Theo @.', `Nghị định ${701 + at}/2029/NĐ-CP`),
  (at) => say('Nộp tại @.', pick(OFFICES, at)),
  (at) => say('Gọi @ để được hướng dẫn.', `09${String(10_000_000 + at * 7_919)}`),
  (at) => say('Chuyển khoản vào @.', `số tài khoản ${19_030_000_000 + at * 104_729}`),
  (at) => say('Mã thủ tục là @.', `9.${String(100_000 + at * 37)}`),
];
