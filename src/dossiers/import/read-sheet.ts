import { open, stat } from 'node:fs/promises';
import { COLUMN_LABELS, type Column, type Header, joinHeader, readHeader } from './columns.ts';
import { readCsv } from './csv.ts';
import { LIMITS, type Sheet, type SheetRow, UnreadableFile } from './sheet.ts';
import { readXlsx } from './xlsx.ts';

/** Titles, dates and the name of the office stand above the header. */
const HEADER_WITHIN = 40;

export interface Table {
  sheet: Sheet;
  header: Header;
  /** What stands below the header. */
  rows: AsyncIterable<SheetRow>;
}

/** By what the file holds, not by its name. @throws {UnreadableFile} */
export async function openTable(path: string): Promise<Table> {
  const { size } = await stat(path);
  if (size === 0) throw new UnreadableFile('Tệp trống.');
  if (size > LIMITS.fileBytes) throw new UnreadableFile('Tệp lớn hơn 200 MB: không nhập.');
  const magic = (await firstBytes(path)).toString('hex');
  if (magic.startsWith('d0cf11e0')) {
    throw new UnreadableFile('Tệp .xls cũ hoặc có mật khẩu: hãy mở bằng Excel, bỏ mật khẩu và lưu dạng .xlsx.');
  }
  const sheets = magic.startsWith('504b0304') ? await readXlsx(path) : [await readCsv(path)];
  let almost: Header | null = null;
  for (const sheet of sheets) {
    const table = await findHeader(sheet);
    if (table?.header.places.has('state')) return table;
    almost ??= table?.header ?? null;
  }
  const lacking = almost ? `cột “${COLUMN_LABELS.state}”` : `cột “${COLUMN_LABELS.code}” và “${COLUMN_LABELS.state}”`;
  throw new UnreadableFile(`Không thấy ${lacking} trong ${HEADER_WITHIN} hàng đầu của tệp.`);
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer;
  } finally {
    await file.close();
  }
}

async function findHeader(sheet: Sheet): Promise<Table | null> {
  const iterator = sheet.rows()[Symbol.asyncIterator]();
  let seen = 0;
  let header: Header | null = null;
  let next: SheetRow | undefined;
  try {
    while (seen < HEADER_WITHIN && !header) {
      const step = await iterator.next();
      if (step.done) break;
      seen++;
      header = readHeader(step.value.cells);
    }
    if (!header) return null;
    const below = await iterator.next();
    if (!below.done && !joinHeader(header, below.value.cells)) next = below.value;
  } finally {
    if (!header) await iterator.return?.();
  }
  return { sheet, header, rows: rest(next, iterator) };
}

async function* rest(first: SheetRow | undefined, iterator: AsyncIterator<SheetRow>): AsyncIterable<SheetRow> {
  let count = 0;
  try {
    if (first) yield first;
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
      if (++count > LIMITS.rows) throw new UnreadableFile('Tệp có hơn 500.000 hàng: hãy chia nhỏ.');
      yield step.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Column → the label staff know, for the report. */
export const foundColumns = ({ places }: Header): string[] =>
  [...places.keys()].map((column: Column) => COLUMN_LABELS[column]);
