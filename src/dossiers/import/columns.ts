import { createColumns } from '../../sheets/columns.ts';

/** What a column can hold; the rest of a file is never read. */
export type Column =
  | 'code'
  | 'state'
  | 'procedureCode'
  | 'procedureName'
  | 'receivedAt'
  | 'dueAt'
  | 'newDueAt'
  | 'finishedAt'
  | 'returnedAt'
  | 'supplementDueAt'
  | 'unitName'
  | 'unitCode'
  | 'channel'
  | 'feeVnd'
  | 'isPaid'
  | 'missing'
  | 'reason'
  | 'idNumber'
  | 'phone';

/** Names of columns as one-stop systems write them, in order of preference. */
const NAMES: Record<Column, string[]> = {
  code: ['Mã hồ sơ', 'MaHoSo', 'Mã HS', 'Mã số hồ sơ', 'Số hồ sơ', 'Số HS', 'Mã hồ sơ DVC', 'Mã hồ sơ một cửa'],
  state: [
    'Trạng thái hồ sơ',
    'TrangThaiHoSo',
    'Trạng thái',
    'Tình trạng hồ sơ',
    'Tình trạng',
    'Trạng thái xử lý',
    'Tình trạng xử lý',
    'Tình trạng giải quyết',
    'Trạng thái giải quyết',
  ],
  procedureCode: ['Mã TTHC', 'MaTTHC', 'Mã thủ tục', 'Mã thủ tục hành chính'],
  procedureName: [
    'Tên TTHC',
    'TenTTHC',
    'Tên thủ tục',
    'Tên thủ tục hành chính',
    'Thủ tục hành chính',
    'Thủ tục',
    'TTHC',
  ],
  receivedAt: [
    'Ngày tiếp nhận',
    'NgayTiepNhan',
    'Ngày tiếp nhận hồ sơ',
    'Ngày giờ tiếp nhận',
    'Thời gian tiếp nhận',
    'Ngày nhận',
    'Ngày nhận hồ sơ',
    'Ngày nộp',
    'Ngày nộp hồ sơ',
  ],
  dueAt: [
    'Ngày hẹn trả',
    'NgayHenTra',
    'Ngày hẹn trả kết quả',
    'Ngày hẹn trả KQ',
    'Ngày giờ hẹn trả',
    'Thời gian hẹn trả',
    'Ngày hẹn',
    'Hẹn trả',
    'Hạn trả',
    'Hạn trả kết quả',
    'Hạn xử lý',
    'Hạn giải quyết',
    'Ngày trả dự kiến',
  ],
  newDueAt: ['Ngày hẹn trả mới', 'NgayHenTraMoi', 'Ngày hẹn lại', 'Ngày gia hạn', 'Gia hạn đến'],
  finishedAt: [
    'Ngày kết thúc xử lý',
    'NgayKetThucXuLy',
    'Ngày kết thúc',
    'Ngày hoàn thành',
    'Ngày xử lý xong',
    'Ngày giải quyết xong',
    'Ngày có kết quả',
  ],
  returnedAt: ['Ngày trả', 'NgayTra', 'Ngày trả kết quả', 'Ngày trả KQ', 'Ngày trả thực tế'],
  supplementDueAt: ['Hạn bổ sung', 'Thời hạn bổ sung', 'Ngày hẹn bổ sung', 'Hạn nộp bổ sung'],
  unitName: [
    'Đơn vị xử lý',
    'DonViXuLy',
    'Cơ quan xử lý',
    'Đơn vị giải quyết',
    'Cơ quan giải quyết',
    'Cơ quan thực hiện',
    'Phòng ban xử lý',
    'Đơn vị',
  ],
  unitCode: ['Mã đơn vị', 'MaDonVi', 'Mã cơ quan'],
  channel: ['Hình thức nộp', 'Hình thức nộp hồ sơ', 'Hình thức tiếp nhận', 'Kênh nộp', 'Kênh tiếp nhận'],
  feeVnd: ['Lệ phí', 'Phí, lệ phí', 'Phí lệ phí', 'Tổng lệ phí', 'Số tiền', 'Tổng tiền', 'Số tiền phải nộp'],
  isPaid: ['Đã thanh toán', 'Trạng thái thanh toán', 'TrangThaiThanhToan', 'Tình trạng thanh toán', 'Thanh toán'],
  missing: [
    'Giấy tờ cần bổ sung',
    'Giấy tờ còn thiếu',
    'Nội dung bổ sung',
    'NoiDungBoSung',
    'Yêu cầu bổ sung',
    'Nội dung yêu cầu bổ sung',
  ],
  reason: ['Lý do từ chối', 'Lý do', 'Lý do dừng', 'Lý do trả hồ sơ', 'Lý do không tiếp nhận'],
  idNumber: [
    'CCCD',
    'Số CCCD',
    'CCCD/CMND',
    'CMND/CCCD',
    'Số CMND/CCCD',
    'Số CCCD/CMND',
    'CMND',
    'Số CMND',
    'Số định danh',
    'Số định danh cá nhân',
    'Số căn cước',
    'Số căn cước công dân',
    'Căn cước công dân',
    'MaDoiTuong',
  ],
  phone: [
    'Số điện thoại',
    'SoDienThoai',
    'Điện thoại',
    'SĐT',
    'Số ĐT',
    'ĐTDĐ',
    'Di động',
    'Điện thoại liên hệ',
    'Số điện thoại liên hệ',
    'Số điện thoại chủ hồ sơ',
  ],
};

/** How lists of dossiers name their columns. */
export const DOSSIER_COLUMNS = createColumns<Column>(NAMES, 'code');

export const COLUMN_LABELS = DOSSIER_COLUMNS.labels;
