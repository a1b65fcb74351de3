import { createColumns } from '../sheets/columns.ts';
import { fromExcelSerial, parseMoment } from '../sheets/dates.ts';
import { type Cell, UnreadableFile } from '../sheets/sheet.ts';
import { foundColumns, openTable } from '../sheets/table.ts';
import type { RejectedLine, SettlementRow } from './bank.ts';
import { textOfCell, vndOf } from './money-cell.ts';
import type { GatewayName } from './provider.ts';

type Column = 'ref' | 'gatewayTxn' | 'amount' | 'hundredfold' | 'fee' | 'at' | 'state' | 'code' | 'kind' | 'unit';

/** What the columns of a gateway's report are called, in its portal or as in its messages. */
const REPORT = createColumns<Column>(
  {
    ref: [
      'Mã đơn hàng',
      'Mã tham chiếu',
      'Mã hóa đơn',
      'Mã đơn',
      'vnp_TxnRef',
      'TxnRef',
      'orderId',
      'MERCHANT_ORDER_ID',
      'MaThamChieu',
      'Merchant order',
      'Order code',
    ],
    gatewayTxn: [
      'Mã giao dịch',
      'Số giao dịch',
      'Mã GD',
      'Mã giao dịch VNPAY',
      'Mã giao dịch MoMo',
      'vnp_TransactionNo',
      'transId',
      'VNPTPAY_TRANSACTION_ID',
      'MaGiaoDich',
      'Transaction ID',
      'Transaction no',
    ],
    amount: ['Số tiền', 'Số tiền giao dịch', 'Số tiền thanh toán', 'SoTien', 'Amount', 'Giá trị giao dịch'],
    hundredfold: ['vnp_Amount'],
    fee: ['Phí', 'Phí giao dịch', 'Phí dịch vụ', 'Fee'],
    at: [
      'Thời gian giao dịch',
      'Ngày giao dịch',
      'Thời gian thanh toán',
      'Ngày thanh toán',
      'Thời gian',
      'vnp_PayDate',
      'PAY_DATE',
      'ThoiGianGD',
      'responseTime',
      'Transaction date',
    ],
    state: [
      'Trạng thái',
      'Trạng thái giao dịch',
      'Kết quả',
      'vnp_TransactionStatus',
      'TRANSACTION_STATUS',
      'TrangThaiGD',
      'Status',
    ],
    code: ['vnp_ResponseCode', 'resultCode', 'RESPONSE_CODE', 'MaLoi', 'Mã phản hồi', 'Mã lỗi'],
    kind: ['Loại giao dịch', 'vnp_TransactionType', 'Type'],
    unit: [
      'Mã website',
      'Mã terminal',
      'Terminal ID',
      'Mã đơn vị',
      'Mã đối tác',
      'vnp_TmnCode',
      'partnerCode',
      'MERCHANT_SERVICE_ID',
      'MaDonVi',
      'MaDoiTac',
    ],
  },
  'ref',
  { isBilingual: true },
);

export interface SettlementReading {
  rows: SettlementRow[];
  rejected: RejectedLine[];
  columns: string[];
  ignored: string[];
  format: string;
}

/** Words of a state every gateway's portal may show, folded to letters. */
const WORDS: [RegExp, SettlementRow['state']][] = [
  [/^(thanh ?cong|giao dich thanh cong|da thanh toan|success(ful)?|paid|completed)$/, 'paid'],
  [/^(that ?bai|khong thanh cong|giao dich that bai|da huy|huy|failed|cancelled|canceled|expired|het han)$/, 'failed'],
  [/^(cho xu ly|dang xu ly|cho thanh toan|pending|processing)$/, 'pending'],
  [/^(nghi ngo|nghi van|cho tra soat|tra soat|suspicious)$/, 'under_review'],
  [/^(dao|da dao|giao dich dao|hoan tien|da hoan tien|da hoan phi|reversed|refunded)$/, 'reversed'],
];
/** States as each gateway's messages number them. */
const STATES: Record<GatewayName, Record<string, SettlementRow['state']>> = {
  vnpay: {
    '00': 'paid',
    '01': 'pending',
    '02': 'failed',
    '04': 'reversed',
    // a refund under way or refused: the money is still here
    '05': 'paid',
    '06': 'paid',
    '07': 'under_review',
    '09': 'paid',
  },
  momo: {},
  vnptpay: { '1': 'paid', '3': 'pending', '4': 'failed' },
  pp: { '1': 'paid', '3': 'pending', '4': 'failed' },
};

/**
 * Reads a gateway's report of its transactions (.xlsx, .csv). What is not surely one is listed for a person.
 * @throws {UnreadableFile}
 */
export async function readSettlement(path: string, method: GatewayName): Promise<SettlementReading> {
  const table = await openTable(path, REPORT, ['ref', 'at']);
  const { places } = table.header;
  if (!places.has('amount') && !places.has('hundredfold')) {
    throw new UnreadableFile(`Không thấy cột “${REPORT.labels.amount}” trong tệp.`);
  }
  const { header, sheet } = table;
  const read: SettlementReading = {
    rows: [],
    rejected: [],
    columns: foundColumns(header, REPORT),
    ignored: header.ignored,
    format: sheet.format,
  };
  for await (const { rowNumber: line, cells } of table.rows) {
    const cell = (column: Column) => cells[places.get(column) ?? -1] ?? null;
    if (isNoTransaction(cells, textOfCell(cell('at')))) continue;
    const row = rowOf(cell, { method, line, is1904: sheet.is1904, states: stateColumn(places) });
    if (typeof row !== 'string') read.rows.push(row);
    else read.rejected.push({ line, reason: row, cells: cells.map((one) => textOfCell(one).slice(0, 200)) });
  }
  return read;
}

/** The row, or why it is none. */
function rowOf(
  cell: (column: Column) => Cell,
  {
    method,
    line,
    is1904,
    states,
  }: { method: GatewayName; line: number; is1904: boolean; states: 'state' | 'code' | null },
): SettlementRow | string {
  const hundredfold = vndOf(cell('hundredfold'));
  const plain = vndOf(cell('amount'));
  const amount = hundredfold ? hundredfold / 100 : plain;
  if (amount === undefined || amount === null || amount === 0 || !Number.isSafeInteger(amount)) {
    return 'Số tiền: thiếu hoặc không phải số tiền đồng chẵn';
  }
  const feeVnd = vndOf(cell('fee'));
  if (feeVnd === null) return 'Phí: không phải số tiền đồng chẵn';
  const at = momentOf(cell('at'), is1904);
  if (!at) return 'Thời gian giao dịch: không phải ngày tháng đọc được';
  const told = states ? textOfCell(cell(states)) : '';
  const state = states === null ? 'paid' : states === 'state' ? stateOf(told, method) : stateOfCode(told, method);
  if (!state) return `Trạng thái: chưa rõ nghĩa “${told.slice(0, 40)}”`;
  const ref = textOfCell(cell('ref')).toUpperCase() || null;
  const gatewayTxn = textOfCell(cell('gatewayTxn')) || null;
  if (ref === null && gatewayTxn === null) return 'Không có mã đơn hàng lẫn mã giao dịch';
  return {
    method,
    kind: amount < 0 || isRefund(textOfCell(cell('kind'))) ? 'refund' : 'payment',
    ref,
    gatewayTxn,
    amountVnd: Math.abs(amount),
    feeVnd: feeVnd === undefined ? null : Math.abs(feeVnd),
    at,
    state,
    unit: textOfCell(cell('unit')) || null,
    line,
  };
}

const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase().trim();
const isRefund = (kind: string) => /^(0?[23]|hoan.*|refund.*)$/.test(fold(kind));

/** A report without either lists what was paid. */
const stateColumn = (places: Map<Column, number>) =>
  places.has('state') ? 'state' : places.has('code') ? 'code' : null;

function stateOf(text: string, method: GatewayName): SettlementRow['state'] | null {
  const known = STATES[method];
  // spreadsheets take "00" for a number
  const state = known[text] ?? known[`0${text}`];
  return state ?? WORDS.find(([words]) => words.test(fold(text)))?.[1] ?? null;
}

/** The answer to the payment: all but one end it without money. */
function stateOfCode(text: string, method: GatewayName): SettlementRow['state'] | null {
  if (!/^\d{1,4}$/.test(text)) return null;
  const code = Number(text);
  if (method === 'momo') {
    return code === 0 || code === 9000 ? 'paid' : [1000, 7000, 7002].includes(code) ? 'pending' : 'failed';
  }
  if (code === 0) return 'paid';
  return method === 'vnpay' && code === 7 ? 'under_review' : 'failed';
}

/** Milliseconds since 1970, a spreadsheet's number of days, or as people and gateways write it. */
function momentOf(cell: Cell, is1904: boolean): Date | null {
  const text = textOfCell(cell);
  if (/^1\d{12}$/.test(text)) return new Date(Number(text));
  if (typeof cell === 'number' && cell < 100_000) return fromExcelSerial(cell, { is1904 })?.at ?? null;
  return parseMoment(text)?.at ?? null;
}

function isNoTransaction(cells: Cell[], when: string): boolean {
  const texts = cells.map((cell) => textOfCell(cell)).filter(Boolean);
  if (texts.length === 0 || REPORT.readHeader(cells)) return true;
  if (texts.every((text) => /^\(?\d{1,2}\)?$/.test(text))) return true;
  return !/\d/.test(when) && (texts.length <= 2 || texts.some((text) => /tổng|cộng|total/i.test(text)));
}
