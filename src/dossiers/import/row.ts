import { z } from 'zod';
import { normaliseDossierNumber } from '../../procedures/dossier-numbers.ts';
import { fromExcelSerial, parseMoment, untilEnd } from '../../sheets/dates.ts';
import { repairTcvn3 } from '../../sheets/encodings.ts';
import type { Cell } from '../../sheets/sheet.ts';
import type { DossierView } from '../dossier.ts';
import type { CommuneFactors } from '../factors.ts';
import { filled, ownerHints, procedureCodeOf } from '../sources/answer.ts';
import type { ImportedView } from '../sources/imported.ts';
import { stateOf, tellableWord } from '../state-map.ts';
import { COLUMN_LABELS, type Column } from './columns.ts';

/** A row as it is stored. */
export interface ImportedRow {
  code: string;
  /** null: no map knows the word. */
  state: number | null;
  view: ImportedView;
  idLast4Hash: string | null;
  phoneHash: string | null;
}

export interface RowContext {
  now: Date;
  factors: CommuneFactors;
  stateMap: Record<string, number>;
  is1904: boolean;
}

export type RowResult =
  | { row: ImportedRow; unknownState: string | null; hasUnreadableFactor: boolean; dayOrders: Column[] }
  /** Why, for staff: names of columns and what is wrong with them, never what they hold. */
  | { reasons: string[]; monthFirst: Column[] };

const DATES = ['receivedAt', 'dueAt', 'newDueAt', 'finishedAt', 'returnedAt', 'supplementDueAt'] as const;
type DateColumn = (typeof DATES)[number];
/** Days by which something is due last until their end. */
const ENDS = new Set<DateColumn>(['dueAt', 'newDueAt', 'supplementDueAt']);

const label = (column: Column) => COLUMN_LABELS[column];
const text = (max: number, column: Column) =>
  z
    .string()
    .max(max, `${label(column)}: dài quá ${max} chữ`)
    .optional();
const date = z.union([z.date(), z.literal('wrong')]).optional();
const dateField = (column: DateColumn) =>
  date.transform((value, context) => {
    if (value !== 'wrong') return value;
    context.addIssue({ code: 'custom', message: `${label(column)}: không phải ngày tháng đọc được` });
    return z.NEVER;
  });
const money = z
  .string()
  .regex(/^\d{1,12}$/, `${label('feeVnd')}: không phải số tiền`)
  .transform(Number)
  .optional();

const rowSchema = z.object({
  code: z
    .string({ error: `${label('code')}: thiếu` })
    .refine((code) => code !== 'wrong', `${label('code')}: không đúng dạng mã của Cổng Dịch vụ công`),
  state: z.string({ error: `${label('state')}: thiếu` }).max(200, `${label('state')}: dài quá 200 chữ`),
  procedureCode: text(60, 'procedureCode'),
  procedureName: text(500, 'procedureName'),
  receivedAt: dateField('receivedAt'),
  dueAt: dateField('dueAt'),
  newDueAt: dateField('newDueAt'),
  finishedAt: dateField('finishedAt'),
  returnedAt: dateField('returnedAt'),
  supplementDueAt: dateField('supplementDueAt'),
  unitName: text(300, 'unitName'),
  unitCode: text(60, 'unitCode'),
  channel: text(60, 'channel'),
  feeVnd: money,
  isPaid: text(60, 'isPaid'),
  missing: text(2_000, 'missing'),
  reason: text(2_000, 'reason'),
  idNumber: z.string().optional(),
  phone: z.string().optional(),
});

const DAY_MS = 86_400_000;

/**
 * Reads one row. Personal numbers leave as keyed hashes only.
 * @returns null when the row holds no dossier (empty, a heading repeated, numbers of columns, a sum or a signature)
 */
export function readRow(cells: Cell[], places: Map<Column, number>, context: RowContext): RowResult | null {
  const given: Partial<Record<Column, Cell>> = {};
  const words: Partial<Record<Column, string>> = {};
  for (const [column, index] of places) {
    const value = cells[index] ?? null;
    const cell = typeof value === 'string' ? tidy(value) : value;
    const text = textOf(cell);
    if (text === undefined) continue;
    given[column] = cell;
    words[column] = text;
  }
  if (isNoDossier(cells, words.code)) return null;
  const dates: Partial<Record<DateColumn, Date | 'wrong'>> = {};
  for (const column of DATES) {
    const date = dateOf(given[column] ?? null, column, context.is1904);
    if (date !== undefined) dates[column] = date;
  }
  const parsed = rowSchema.safeParse({
    ...words,
    ...dates,
    code: words.code && (normaliseDossierNumber(words.code, context.now) ?? 'wrong'),
    feeVnd: amountOf(given.feeVnd ?? null),
  });
  const monthFirst = DATES.filter((column) => dates[column] === 'wrong' && isMonthFirst(words[column]));
  if (!parsed.success) {
    return { reasons: [...new Set(parsed.error.issues.map(({ message }) => message))], monthFirst };
  }
  const reasons = contradictions(parsed.data, context.now);
  if (reasons.length > 0) return { reasons, monthFirst };
  const state = stateOf(parsed.data.state, context.stateMap);
  const { idLast4Hash = null, phoneHash = null } = ownerHints(context.factors, parsed.data);
  const { idNumber, phone } = parsed.data;
  return {
    row: {
      code: parsed.data.code,
      state: state === 'unknown' ? null : state,
      view: viewOf(parsed.data),
      idLast4Hash,
      phoneHash,
    },
    unknownState: state === 'unknown' ? tellableWord(parsed.data.state) : null,
    hasUnreadableFactor: (Boolean(idNumber) && !idLast4Hash) || (Boolean(phone) && !phoneHash),
    dayOrders: DATES.filter((column) => isDayFirst(words[column])),
  };
}

/** Most cells are plain letters in order already. */
const PLAIN = /^[!-&(-~]+(?: [!-~]+)*$/;

const tidy = (value: string) =>
  PLAIN.test(value)
    ? value
    : repairTcvn3(value.normalize('NFC'))
        .replace(/[\u200b-\u200f\ufeff]/g, '')
        .replace(/[\s\u00a0]+/g, ' ')
        // Excel's way to keep a number as text
        .replace(/^'/, '')
        .trim();

/** Long numbers never in the form "3.6E+10". */
function textOf(cell: Cell): string | undefined {
  const text = typeof cell === 'number' ? (Number.isSafeInteger(cell) ? cell.toFixed(0) : String(cell)) : (cell ?? '');
  return text === '' || /^(null|n\/a|#n\/a|-|không có)$/i.test(text) ? undefined : text;
}

function dateOf(cell: Cell, column: DateColumn, is1904: boolean): Date | 'wrong' | undefined {
  const words = textOf(cell);
  // some systems write nothing as day 0
  if (words === undefined || words === '0') return undefined;
  const moment = typeof cell === 'number' ? serialOrCompact(cell, is1904) : parseMoment(words);
  if (!moment) return 'wrong';
  return ENDS.has(column) ? untilEnd(moment) : moment.at;
}

/** A number is days since 1900, unless somebody wrote "20260701" and the spreadsheet took it for a number. */
const serialOrCompact = (value: number, is1904: boolean) =>
  value < 100_000 ? fromExcelSerial(value, { is1904 }) : parseMoment(value.toFixed(0));

/** "25.000 đ", "25,000", 25000 → "25000" */
function amountOf(cell: Cell): string | undefined {
  const words = textOf(cell);
  if (words === undefined) return undefined;
  if (typeof cell === 'number') return words;
  return words.replace(/\s*(đ|₫|vnđ|vnd|đồng)\.?$/i, '').replace(/(\d)[.,\s](?=\d{3}(\D|$))/g, '$1');
}

const DAYS = /^(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}\b/;
const isDayFirst = (words: string | undefined) => {
  const parts = DAYS.exec(words ?? '');
  return parts !== null && Number(parts[1]) > 12 && Number(parts[2]) <= 12;
};
const isMonthFirst = (words: string | undefined) => {
  const parts = DAYS.exec(words ?? '');
  return parts !== null && Number(parts[2]) > 12 && Number(parts[1]) <= 12;
};

function isNoDossier(cells: Cell[], code: string | undefined): boolean {
  const full = cells.filter((cell) => cell !== null && String(cell).trim() !== '');
  if (full.length === 0) return true;
  if (code === undefined || code.length < 5) {
    if (full.every((cell) => /^\(?\d{1,2}\)?$/.test(String(cell).trim()))) return true;
  }
  if (code === undefined) return full.length <= 3;
  return code.toLowerCase() === COLUMN_LABELS.code.toLowerCase();
}

type Parsed = z.output<typeof rowSchema>;

/** What cannot be true is not told to anybody. */
function contradictions(row: Parsed, now: Date): string[] {
  const reasons: string[] = [];
  const { receivedAt, dueAt, newDueAt, returnedAt } = row;
  const early = (a: Date | undefined, b: Date | undefined) => a && b && a.getTime() < b.getTime() - DAY_MS;
  if (receivedAt && receivedAt.getTime() > now.getTime() + DAY_MS) {
    reasons.push(`${label('receivedAt')}: ở tương lai`);
  }
  if (early(dueAt, receivedAt)) reasons.push(`${label('dueAt')}: trước ngày tiếp nhận`);
  if (early(newDueAt, receivedAt)) reasons.push(`${label('newDueAt')}: trước ngày tiếp nhận`);
  if (early(returnedAt, receivedAt)) reasons.push(`${label('returnedAt')}: trước ngày tiếp nhận`);
  return reasons;
}

function viewOf(row: Parsed): ImportedView {
  const fee = row.feeVnd === undefined || row.feeVnd === 0 ? undefined : row.feeVnd;
  const missing = row.missing?.split(/\s*[;\n]\s*/).filter(Boolean);
  return filled<ImportedView>({
    rawState: row.state.slice(0, 200),
    procedureCode: row.procedureCode && procedureCodeOf(row.procedureCode),
    procedureName: row.procedureName,
    receivedAt: row.receivedAt,
    dueAt: row.dueAt,
    newDueAt: row.newDueAt,
    finishedAt: row.finishedAt,
    returnedAt: row.returnedAt,
    supplementDueAt: row.supplementDueAt,
    unitCode: row.unitCode,
    unitName: row.unitName,
    channel: channelOf(row.channel),
    fees: fee === undefined ? undefined : [{ name: 'Phí, lệ phí', amountVnd: fee, isPaid: paidOf(row.isPaid) }],
    missing: missing?.length ? missing.slice(0, 50) : undefined,
    reason: row.reason,
  });
}

function channelOf(words: string | undefined): DossierView['channel'] {
  if (!words) return undefined;
  if (/trực tuyến|online|qua mạng/i.test(words)) return 'online';
  if (/bưu|vnpost/i.test(words)) return 'post';
  return /trực tiếp|tại quầy|một cửa/i.test(words) ? 'direct' : undefined;
}

/** Only plain words count: an amount is never told as paid on a guess. */
function paidOf(words: string | undefined): boolean | null {
  if (words === undefined) return null;
  if (/^(chưa|chưa thanh toán|chưa nộp|không|0|false)$/i.test(words)) return false;
  return /^(rồi|đã thanh toán|đã nộp|thành công|có|x|1|true)$/i.test(words) ? true : null;
}
