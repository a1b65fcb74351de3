import { workbookOf } from './workbook.ts';

const STATES = [
  'Đang xử lý',
  'Được tiếp nhận',
  'Đã xử lý xong',
  'Đã trả kết quả',
  'Yêu cầu bổ sung giấy tờ',
  'Chờ ký số',
];
const PROCEDURES = ['Đăng ký khai sinh', 'Đăng ký kết hôn', 'Chứng thực bản sao từ bản chính giấy tờ, văn bản'];
const HEADER = [
  'STT',
  'Mã hồ sơ',
  'Tên TTHC',
  'Chủ hồ sơ',
  'CCCD',
  'Số điện thoại',
  'Ngày tiếp nhận',
  'Ngày hẹn trả',
  'Trạng thái',
  'Đơn vị xử lý',
];

/** Every thirty-third row (three in a hundred) is broken, in one of four ways. */
const isBroken = (n: number) => n % 33 === 0;
const dayOf = (n: number) => 1 + (n % 28);

/** The n-th row of a one-stop export; n from 1. */
function rowOf(n: number): (string | number)[] {
  const day = String(dayOf(n)).padStart(2, '0');
  const code = `H99.15-2606${day}-${String(n).padStart(7, '0')}`;
  const row = [
    n,
    code,
    PROCEDURES[n % PROCEDURES.length]!,
    `Người Nộp Số ${n}`,
    36_085_000_000 + n,
    `09${String(n).padStart(8, '0')}`,
    46_173 + dayOf(n) + 0.375,
    `${day}/07/2026 17:00`,
    STATES[n % STATES.length]!,
    'Trung tâm Phục vụ hành chính công xã Thử Nghiệm',
  ];
  if (!isBroken(n)) return row;
  const [column, value] = (
    [
      [1, `HS-${n}`],
      [6, '32/06/2026'],
      [8, ''],
      [7, '01/01/2026'],
    ] as const
  )[n % 4]!;
  row[column] = value;
  return row;
}

export const brokenAmong = (count: number) => Array.from({ length: count }, (_, at) => at + 1).filter(isBroken);

/** A workbook with `count` dossiers below its header, texts in the shared table as Excel writes them. */
export function workbookOfDossiers(count: number): Buffer {
  const places = new Map<string, number>();
  const cell = (value: string | number, column: number, row: number) => {
    const address = `${String.fromCharCode(65 + column)}${row}`;
    if (value === '') return '';
    if (typeof value === 'number') return `<c r="${address}" s="1"><v>${value}</v></c>`;
    const place = places.get(value) ?? places.size;
    places.set(value, place);
    return `<c r="${address}" t="s"><v>${place}</v></c>`;
  };
  const line = (values: (string | number)[], row: number) =>
    `<row r="${row}" spans="1:10">${values.map((value, column) => cell(value, column, row)).join('')}</row>`;
  const pieces = [
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>',
    line(HEADER, 1),
  ];
  for (let n = 1; n <= count; n++) pieces.push(line(rowOf(n), n + 1));
  pieces.push('</sheetData></worksheet>');
  const sharedStrings = `<sst>${[...places.keys()].map((text) => `<si><t>${text}</t></si>`).join('')}</sst>`;
  return workbookOf(Buffer.from(pieces.join('')), { sharedStrings });
}

/** The same as a text file. */
export function csvOfDossiers(count: number): string {
  const lines = [HEADER.join(';')];
  for (let n = 1; n <= count; n++) lines.push(rowOf(n).join(';'));
  return lines.join('\r\n');
}
