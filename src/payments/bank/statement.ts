import { createHash } from 'node:crypto';
import { createColumns } from '../../sheets/columns.ts';
import { fromExcelSerial, parseMoment } from '../../sheets/dates.ts';
import { type Cell, UnreadableFile } from '../../sheets/sheet.ts';
import { foundColumns, openTable } from '../../sheets/table.ts';
import type { BankCredit, RejectedLine } from '../bank.ts';
import { toGmt7 } from '../gmt7.ts';
import { textOfCell, vndOf } from '../money-cell.ts';
import { accountNumberOf } from './replies.ts';

type Column =
  | 'at'
  | 'time'
  | 'words'
  | 'credit'
  | 'debit'
  | 'amount'
  | 'way'
  | 'bankRef'
  | 'account'
  | 'payer'
  | 'balance';

const STATEMENT = createColumns<Column>(
  {
    at: [
      'Ngày giao dịch',
      'Ngày GD',
      'Thời gian giao dịch',
      'Ngày giờ giao dịch',
      'Ngày hạch toán',
      'Ngày hiệu lực',
      'Ngày',
      'Thời gian',
      'Transaction date',
      'Trans date',
      'TNX date',
      'Posting date',
      'Value date',
      'Date',
    ],
    time: ['Giờ giao dịch', 'Giờ', 'Transaction time', 'Time'],
    words: [
      'Nội dung giao dịch',
      'Nội dung chuyển khoản',
      'Nội dung chi tiết',
      'Nội dung',
      'Diễn giải',
      'Mô tả giao dịch',
      'Mô tả',
      'Ghi chú',
      'Transactions in detail',
      'Transaction description',
      'Description',
      'Remark',
      'Details',
    ],
    credit: [
      'Số tiền ghi có',
      'Ghi có',
      'Phát sinh có',
      'PS có',
      'Số tiền có',
      'Tiền vào',
      'Số tiền vào',
      'Có',
      'Credit amount',
      'Credit',
      'Money in',
    ],
    debit: [
      'Số tiền ghi nợ',
      'Ghi nợ',
      'Phát sinh nợ',
      'PS nợ',
      'Số tiền nợ',
      'Tiền ra',
      'Số tiền ra',
      'Nợ',
      'Debit amount',
      'Debit',
      'Money out',
    ],
    amount: ['Số tiền giao dịch', 'Số tiền', 'Giá trị giao dịch', 'Transaction amount', 'Amount'],
    way: ['Loại giao dịch', 'Loại', 'Có/Nợ', 'Nợ/Có', 'Chiều', 'D/C', 'Dr/Cr', 'C/D', 'Type'],
    bankRef: [
      'Số tham chiếu',
      'Mã tham chiếu',
      'Mã giao dịch',
      'Số giao dịch',
      'Số bút toán',
      'Số chứng từ',
      'Số CT',
      'Số GD',
      'Reference number',
      'Reference',
      'Ref no',
      'Transaction number',
      'Transaction no',
      'Doc no',
    ],
    account: ['Số tài khoản', 'Tài khoản', 'Account number', 'Account no', 'Account'],
    payer: [
      'Tên tài khoản đối ứng',
      'Tên người chuyển',
      'Người chuyển',
      'Đơn vị chuyển',
      'Tên đối tác',
      'Đối tác',
      'Remitter',
      'Counterparty name',
    ],
    balance: ['Số dư', 'Số dư sau giao dịch', 'Số dư cuối', 'Balance', 'Running balance'],
  },
  'at',
  { isBilingual: true },
);

export interface StatementReading {
  credits: BankCredit[];
  rejected: RejectedLine[];
  /** Lines of money going out: not for us. */
  outgoing: number;
  /** Names of the columns read, and of those nobody knows. */
  columns: string[];
  ignored: string[];
  /** "UTF-8, ;" or "xlsx". */
  format: string;
}

/**
 * Reads a bank's statement of one account (.xlsx, .csv) as banks let people save it. What is not surely a credit is listed
 * for a person, never guessed.
 * @throws {UnreadableFile} no table in it, or days and months that cannot be told apart
 */
export async function readStatement(
  path: string,
  { accountNumber }: { accountNumber: string },
): Promise<StatementReading> {
  const table = await openTable(path, STATEMENT, ['at', 'words']);
  const { places } = table.header;
  if (!places.has('credit') && !places.has('amount')) {
    throw new UnreadableFile(`Không thấy cột “${STATEMENT.labels.credit}” hay “${STATEMENT.labels.amount}” trong tệp.`);
  }
  const read: StatementReading = {
    credits: [],
    rejected: [],
    outgoing: 0,
    columns: foundColumns(table.header, STATEMENT),
    ignored: table.header.ignored,
    format: table.sheet.format,
  };
  const seen = new Map<string, number>();
  const orders = { dayFirst: 0, monthFirst: 0 };
  const reject = (line: number, cells: Cell[], reason: string) =>
    void read.rejected.push({ line, reason, cells: cells.map((cell) => textOfCell(cell).slice(0, 200)) });

  for await (const { rowNumber, cells } of table.rows) {
    const cell = (column: Column) => cells[places.get(column) ?? -1] ?? null;
    const when = textOfCell(cell('at'));
    if (isNoTransaction(cells, when)) continue;
    const day = /^(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}/.exec(when);
    if (day && Number(day[1]) > 12) orders.dayFirst++;
    if (day && Number(day[2]) > 12) orders.monthFirst++;
    const money = moneyOf(cell);
    if (typeof money === 'string') reject(rowNumber, cells, money);
    else if (money < 0) read.outgoing++;
    else {
      const at = momentOf(cell('at'), textOfCell(cell('time')), table.sheet.is1904);
      const account = accountNumberOf(textOfCell(cell('account')));
      if (!at) reject(rowNumber, cells, `${STATEMENT.labels.at}: không phải ngày tháng đọc được`);
      else if (account !== '' && account !== accountNumber) reject(rowNumber, cells, 'Dòng của tài khoản khác');
      else read.credits.push(creditOf(cell, money, at, accountNumber, seen));
    }
  }
  if (orders.monthFirst > 0 && orders.dayFirst === 0) {
    throw new UnreadableFile(
      `Cột “${STATEMENT.labels.at}” viết tháng trước ngày (${orders.monthFirst} hàng): hãy xuất lại với ngày dạng ngày/tháng/năm.`,
    );
  }
  return read;
}

type CellOf = (column: Column) => Cell;

/** Đồng, below 0 going out; or why it cannot be told. */
function moneyOf(cell: CellOf): number | string {
  const [credit, debit, amount] = [vndOf(cell('credit')), vndOf(cell('debit')), vndOf(cell('amount'))];
  if (credit === null || debit === null || amount === null) return 'Số tiền: không phải số tiền đồng chẵn';
  if (credit || debit) {
    if (credit && debit) return 'Vừa ghi có vừa ghi nợ';
    // some banks write what goes out below 0
    return credit ? credit : -Math.abs(debit!);
  }
  if (!amount) return 'Số tiền: thiếu';
  const way = textOfCell(cell('way'));
  if (way === '') return amount;
  if (/^(có|ghi có|c|cr|credit|in|tiền vào|\+)$/i.test(way)) return Math.abs(amount);
  if (/^(nợ|ghi nợ|d|dr|debit|out|tiền ra|-)$/i.test(way)) return -Math.abs(amount);
  return amount < 0 ? amount : `Không rõ tiền vào hay ra: “${way.slice(0, 40)}”`;
}

function momentOf(cell: Cell, time: string, is1904: boolean): Date | null {
  const moment =
    typeof cell === 'number' && cell < 100_000 ? fromExcelSerial(cell, { is1904 }) : parseMoment(textOfCell(cell));
  if (!moment) return null;
  if (moment.hasTime || time === '') return moment.at;
  const day = toGmt7(moment.at).replace(/^(....)(..)(..).*$/, '$1-$2-$3');
  return parseMoment(`${day} ${time}`)?.at ?? moment.at;
}

function creditOf(
  cell: CellOf,
  amountVnd: number,
  at: Date,
  accountNumber: string,
  seen: Map<string, number>,
): BankCredit {
  const words = textOfCell(cell('words'));
  const bankRef = textOfCell(cell('bankRef')) || null;
  const told = [toGmt7(at), amountVnd, bankRef ?? words, bankRef ? '' : textOfCell(cell('balance'))].join('|');
  const times = (seen.get(told) ?? 0) + 1;
  seen.set(told, times);
  // two lines alike in everything are two credits, and stay the same two when the file is read again
  const id = createHash('sha256')
    .update(times === 1 ? told : `${told}|${times}`)
    .digest('hex');
  return {
    bankTxnId: id.slice(0, 32),
    bankRef,
    source: 'statement',
    accountNumber,
    virtualAccount: null,
    amountVnd,
    at,
    words,
    payer: textOfCell(cell('payer')) || null,
  };
}

/** Empty lines, sums, balances carried over, a header repeated, a signature. */
function isNoTransaction(cells: Cell[], when: string): boolean {
  const texts = cells.map((cell) => textOfCell(cell)).filter(Boolean);
  if (texts.length === 0 || STATEMENT.readHeader(cells)) return true;
  if (texts.every((text) => /^\(?\d{1,2}\)?$/.test(text))) return true;
  if (/\d/.test(when)) return false;
  return texts.length <= 2 || texts.some((text) => /tổng|cộng|số dư|total|balance/i.test(text));
}
