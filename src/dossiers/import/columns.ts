import { repairTcvn3 } from './encodings.ts';
import type { Cell } from './sheet.ts';

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

export const COLUMN_LABELS = Object.fromEntries(
  Object.entries(NAMES).map(([column, [label]]) => [column, label]),
) as Record<Column, string>;

const keyOf = (name: string) =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

const BY_KEY = new Map<string, { column: Column; rank: number }>();
for (const [column, names] of Object.entries(NAMES)) {
  for (const [rank, name] of names.entries()) {
    const key = keyOf(name);
    if (!BY_KEY.has(key)) BY_KEY.set(key, { column: column as Column, rank });
  }
}

const known = (cell: Cell) => {
  if (typeof cell !== 'string' || cell.length > 80) return undefined;
  const text = repairTcvn3(cell);
  // "Ngày hẹn trả (dd/MM/yyyy)", "Mã hồ sơ (*)"
  return BY_KEY.get(keyOf(text)) ?? BY_KEY.get(keyOf(text.replace(/\([^)]*\)/g, '')));
};

/** Which column a header names, whatever its case, diacritics, spaces and remarks in brackets. */
export const columnOf = (cell: Cell): Column | undefined => known(cell)?.column;

/** Where the columns of a file are, by a header of one row or two. */
export interface Header {
  /** Column → index of its cell. */
  places: Map<Column, number>;
  /** Names nobody knows, as written; their cells are not read. */
  ignored: string[];
}

/** @returns null when the row is no header: a header names at least the code and one column more */
export function readHeader(cells: Cell[]): Header | null {
  const best = new Map<Column, { index: number; rank: number }>();
  const ignored: string[] = [];
  for (const [index, cell] of cells.entries()) {
    const found = known(cell);
    if (!found) {
      if (typeof cell === 'string' && cell.trim() !== '') ignored.push(repairTcvn3(cell).trim().slice(0, 80));
      continue;
    }
    const before = best.get(found.column);
    if (!before || found.rank < before.rank) best.set(found.column, { index, rank: found.rank });
  }
  if (!best.has('code') || best.size < 2) return null;
  return { places: new Map([...best].map(([column, { index }]) => [column, index])), ignored };
}

/** Adds what a second row of the header names below the first ("Thời gian" over "Ngày tiếp nhận", "Ngày hẹn trả"). */
export function joinHeader(header: Header, below: Cell[]): boolean {
  const more = below.flatMap((cell, index) => {
    const column = columnOf(cell);
    return column && !header.places.has(column) ? [{ column, index }] : [];
  });
  const codeCell = below[header.places.get('code')!] ?? null;
  if (more.length === 0 || (codeCell !== null && columnOf(codeCell) !== 'code')) return false;
  for (const { column, index } of more) header.places.set(column, index);
  return true;
}
