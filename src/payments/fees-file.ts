import { localTime } from '../communes/calendar.ts';
import { createColumns } from '../sheets/columns.ts';
import { fromExcelSerial, parseMoment } from '../sheets/dates.ts';
import type { Cell } from '../sheets/sheet.ts';
import { openTable } from '../sheets/table.ts';
import type { RejectedLine } from './bank.ts';
import { type FeeInput, feeInput } from './fees.ts';
import { textOfCell, vndOf } from './money-cell.ts';
import { asciiWords } from './words.ts';

type Column =
  | 'procedure'
  | 'kind'
  | 'name'
  | 'scope'
  | 'channel'
  | 'amount'
  | 'unit'
  | 'legalRef'
  | 'from'
  | 'to'
  | 'exemptions';

const FEE_TABLE = createColumns<Column>(
  {
    procedure: ['Mã thủ tục', 'Mã TTHC', 'Procedure code'],
    kind: ['Loại', 'Loại khoản thu', 'Phí hay lệ phí', 'Kind'],
    name: ['Tên khoản thu', 'Tên phí, lệ phí', 'Khoản thu', 'Name'],
    scope: ['Cấp quy định', 'Nơi quy định', 'Scope'],
    channel: ['Hình thức nộp', 'Hình thức nộp hồ sơ', 'Kênh', 'Channel'],
    amount: ['Mức thu', 'Mức thu (đồng)', 'Số tiền', 'Amount'],
    unit: ['Đơn vị tính', 'Tính theo', 'Unit'],
    legalRef: ['Căn cứ', 'Văn bản', 'Căn cứ pháp lý', 'Legal basis'],
    from: ['Áp dụng từ', 'Ngày hiệu lực', 'Từ ngày', 'Valid from'],
    to: ['Áp dụng đến', 'Ngày hết hiệu lực', 'Đến ngày', 'Valid to'],
    exemptions: ['Miễn, giảm', 'Miễn giảm', 'Exemptions'],
  },
  'procedure',
);

export interface FeeReading {
  fees: FeeInput[];
  rejected: RejectedLine[];
  columns: string[];
}

/**
 * Reads a fee table (.xlsx, .csv). A line with anything doubtful is listed for a person: a wrong fee is worse than none.
 * @throws {UnreadableFile}
 */
export async function readFees(path: string): Promise<FeeReading> {
  const table = await openTable(path, FEE_TABLE, ['procedure', 'name', 'amount', 'legalRef', 'from']);
  const { places } = table.header;
  const read: FeeReading = { fees: [], rejected: [], columns: [...places.keys()] };
  for await (const { rowNumber: line, cells } of table.rows) {
    const cell = (column: Column) => cells[places.get(column) ?? -1] ?? null;
    if (cells.every((one) => textOfCell(one) === '')) continue;
    const parsed = feeInput.safeParse({
      procedureCode: textOfCell(cell('procedure')),
      kind: oneOf(cell('kind') ?? cell('name'), KINDS),
      name: textOfCell(cell('name')),
      scope: places.has('scope') ? oneOf(cell('scope'), SCOPES) : 'province',
      channel: oneOf(cell('channel'), CHANNELS) ?? (textOfCell(cell('channel')) === '' ? 'any' : undefined),
      amountVnd: vndOf(cell('amount')),
      unit: textOfCell(cell('unit')) || undefined,
      legalRef: textOfCell(cell('legalRef')),
      validFrom: dayOf(cell('from'), table.sheet.is1904),
      validTo: textOfCell(cell('to')) === '' ? null : dayOf(cell('to'), table.sheet.is1904),
      exemptions: exemptionsOf(textOfCell(cell('exemptions'))),
    });
    if (parsed.success) read.fees.push(parsed.data);
    else {
      const [issue] = parsed.error.issues;
      const reason = `${LABELS[String(issue!.path[0])] ?? 'dòng này'}: ${WORDS[issue!.code] ?? issue!.message}`;
      read.rejected.push({ line, reason, cells: cells.map((one) => textOfCell(one).slice(0, 200)) });
    }
  }
  return read;
}

const LABELS: Record<string, string> = {
  procedureCode: FEE_TABLE.labels.procedure,
  kind: FEE_TABLE.labels.kind,
  name: FEE_TABLE.labels.name,
  scope: FEE_TABLE.labels.scope,
  channel: FEE_TABLE.labels.channel,
  amountVnd: FEE_TABLE.labels.amount,
  unit: FEE_TABLE.labels.unit,
  legalRef: FEE_TABLE.labels.legalRef,
  validFrom: FEE_TABLE.labels.from,
  validTo: FEE_TABLE.labels.to,
  exemptions: FEE_TABLE.labels.exemptions,
};
const WORDS: Record<string, string> = {
  invalid_type: 'không đọc được',
  invalid_value: 'không đọc được',
  invalid_format: 'không đúng dạng',
};

const KINDS: [RegExp, FeeInput['kind']][] = [
  [/^le phi/, 'le_phi'],
  [/^phi/, 'phi'],
];
const SCOPES: [RegExp, FeeInput['scope']][] = [
  [/^(trung uong|quoc gia|bo|nation)/, 'nation'],
  [/^(tinh|thanh pho|hdnd|province)/, 'province'],
  [/^(xa|phuong|dac khu|commune)/, 'commune'],
];
const CHANNELS: [RegExp, FeeInput['channel']][] = [
  [/^(truc tuyen|tren mang|online|qua mang)/, 'online'],
  [/^(truc tiep|tai quay|counter|quay)/, 'counter'],
  [/^(moi|tat ca|bat ky|any|ca hai)/, 'any'],
];

function oneOf<Value>(cell: Cell, words: [RegExp, Value][]): Value | undefined {
  const text = asciiWords(textOfCell(cell), 200).toLowerCase();
  return words.find(([pattern]) => pattern.test(text))?.[1];
}

function dayOf(cell: Cell, is1904: boolean): string | undefined {
  const at = typeof cell === 'number' ? fromExcelSerial(cell, { is1904 }) : parseMoment(textOfCell(cell));
  return at ? localTime(at.at).date : undefined;
}

/** "hộ nghèo: 100% (sổ hộ nghèo); người cao tuổi: 50%". @returns null when it cannot be read */
function exemptionsOf(text: string): unknown {
  if (text === '') return [];
  return text.split(';').map((part) => {
    const parts = /^\s*([^:]+):\s*(\d{1,3})\s*%\s*(?:\(([^)]*)\))?\s*$/.exec(part);
    return parts ? { group: parts[1], percent: Number(parts[2]), proof: parts[3] ?? '' } : null;
  });
}
