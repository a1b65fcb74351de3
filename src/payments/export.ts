import type { Database } from '../db/client.ts';
import type { PaymentMethod } from './provider.ts';
import { METHOD_NAMES, momentWords } from './words.ts';

/** One row per attempt that saw money, or movement without an attempt, for accountants. */
interface ExportRow {
  ref: string | null;
  gatewayTxn: string;
  dossierNumber: string | null;
  purpose: string | null;
  method: PaymentMethod;
  direction: 'in' | 'out';
  amountVnd: number;
  phiVnd: number | null;
  lePhiVnd: number | null;
  at: Date;
  class: string;
  status: string | null;
  issue: string | null;
  source: string;
  receipts: { number: string | null }[] | null;
}

const HEADER = [
  'Mã tham chiếu',
  'Mã giao dịch đối tác',
  'Mã hồ sơ',
  'Khoản nộp',
  'Cách nộp',
  'Chiều tiền',
  'Số tiền (đồng)',
  'Trong đó phí',
  'Trong đó lệ phí',
  'Thời điểm (giờ Việt Nam)',
  'Phân loại',
  'Trạng thái',
  'Cần xử lý',
  'Nguồn xác nhận',
  'Số biên lai',
];

/** What a movement of money is, for staff. */
export const CLASSES: Record<string, string> = {
  applied: 'Đúng khoản',
  duplicate: 'Nộp thừa',
  not_owed: 'Không còn phải nộp',
  amount_diff: 'Sai số tiền',
  unknown_ref: 'Chưa rõ khoản',
  wrong_unit: 'Của đơn vị khác',
};

/** @param from first day, @param to last day, in Vietnam, both included ("2026-11-21") */
async function rowsOf(database: Database, communeId: string, from: string, to: string): Promise<(string | number)[][]> {
  const rows = await database.run<ExportRow>('pay.export', EXPORT, [
    communeId,
    `${from}T00:00:00+07:00`,
    `${to}T23:59:59.999+07:00`,
  ]);
  return rows.map((row) => [
    row.ref ?? '',
    row.gatewayTxn,
    row.dossierNumber ?? '',
    row.purpose ?? '',
    METHOD_NAMES[row.method],
    row.direction === 'in' ? 'vào' : 'trả lại',
    row.direction === 'in' ? row.amountVnd : -row.amountVnd,
    row.phiVnd ?? '',
    row.lePhiVnd ?? '',
    momentWords(row.at),
    CLASSES[row.class] ?? row.class,
    row.status ?? '',
    row.issue ?? '',
    row.source,
    (row.receipts ?? []).flatMap(({ number }) => number ?? []).join('; '),
  ]);
}

/** A cell a spreadsheet would take for a formula is made plain text: words of transfers come from strangers. */
export const asPlainCell = (cell: string | number): string | number =>
  typeof cell === 'string' && /^[\s]*[=+\-@\t\r|%]/.test(cell) ? `'${cell}` : cell;

const csvCell = (cell: string | number) => {
  const text = String(asPlainCell(cell));
  return /[",\n\r;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** UTF-8 with its mark, as spreadsheets here open it rightly. */
export async function exportCsv(database: Database, communeId: string, from: string, to: string): Promise<string> {
  const rows = await rowsOf(database, communeId, from, to);
  return `\ufeff${[HEADER, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

export async function exportXlsx(database: Database, communeId: string, from: string, to: string): Promise<Buffer> {
  const { default: ExcelJS } = await import('exceljs');
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet('Thu phí, lệ phí');
  sheet.addRow(HEADER).font = { bold: true };
  for (const row of await rowsOf(database, communeId, from, to)) sheet.addRow(row.map(asPlainCell));
  sheet.columns.forEach((column, index) => {
    column.width = Math.max(12, HEADER[index]!.length + 2);
    if (index >= 6 && index <= 8) column.numFmt = '#,##0';
  });
  sheet.views = [{ state: 'frozen', ySplit: 1 }];
  return Buffer.from(await book.xlsx.writeBuffer());
}

const EXPORT = `
select m.ref, m.gateway_txn as "gatewayTxn", o.dossier_number as "dossierNumber", o.purpose, m.method, m.direction,
  m.amount_vnd as "amountVnd", m.at, m.class, a.status, a.issue, m.source, o.receipts,
  case when m.class = 'applied' and m.direction = 'in' then i.phi end as "phiVnd",
  case when m.class = 'applied' and m.direction = 'in' then i.le_phi end as "lePhiVnd"
from payment_transactions m
  left join payment_attempts a on a.commune_id = m.commune_id and a.id = m.attempt_id
  left join payment_orders o on o.commune_id = m.commune_id and o.id = m.order_id
  left join lateral (
    select (sum(quantity * unit_vnd - reduced_vnd) filter (where kind = 'phi'))::bigint as phi,
      (sum(quantity * unit_vnd - reduced_vnd) filter (where kind = 'le_phi'))::bigint as le_phi
    from payment_items i where i.commune_id = o.commune_id and i.order_id = o.id
  ) i on true
where m.commune_id = $1 and m.at >= $2::timestamptz and m.at <= $3::timestamptz
order by m.at, m.id`;
