import { open, stat } from 'node:fs/promises';
import type { Columns, Header } from './columns.ts';
import { LIMITS, type Sheet, type SheetRow, UnreadableFile } from './sheet.ts';

/** Titles, dates and the name of the office stand above the header. */
const HEADER_WITHIN = 40;

export interface Table<Column extends string> {
  sheet: Sheet;
  header: Header<Column>;
  /** What stands below the header. */
  rows: AsyncIterable<SheetRow>;
}

/**
 * The first sheet whose header has the columns needed, by what the file holds, not by its name.
 * @param needed the key column of the list first
 * @throws {UnreadableFile}
 */
export async function openTable<Column extends string>(
  path: string,
  columns: Columns<Column>,
  needed: readonly Column[],
): Promise<Table<Column>> {
  const { size } = await stat(path);
  if (size === 0) throw new UnreadableFile('Tệp trống.');
  if (size > LIMITS.fileBytes) throw new UnreadableFile('Tệp lớn hơn 200 MB: không nhập.');
  const magic = (await firstBytes(path)).toString('hex');
  if (magic.startsWith('d0cf11e0')) {
    throw new UnreadableFile('Tệp .xls cũ hoặc có mật khẩu: hãy mở bằng Excel, bỏ mật khẩu và lưu dạng .xlsx.');
  }
  const isName = (cell: string) => columns.columnOf(cell) !== undefined;
  // Loaded when a table comes: most processes never see one.
  const sheets = magic.startsWith('504b0304')
    ? await (await import('./xlsx.ts')).readXlsx(path)
    : [await (await import('./csv.ts')).readCsv(path, isName)];
  let almost: Header<Column> | null = null;
  for (const sheet of sheets) {
    const table = await findHeader(sheet, columns);
    if (table && needed.every((column) => table.header.places.has(column))) return table;
    almost ??= table?.header ?? null;
  }
  const lacking = needed
    .filter((column) => !almost?.places.has(column))
    .map((column) => `“${columns.labels[column]}”`)
    .join(' và ');
  throw new UnreadableFile(`Không thấy cột ${lacking} trong ${HEADER_WITHIN} hàng đầu của tệp.`);
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

async function findHeader<Column extends string>(
  sheet: Sheet,
  columns: Columns<Column>,
): Promise<Table<Column> | null> {
  const iterator = sheet.rows()[Symbol.asyncIterator]();
  let seen = 0;
  let header: Header<Column> | null = null;
  let next: SheetRow | undefined;
  try {
    while (seen < HEADER_WITHIN && !header) {
      const step = await iterator.next();
      if (step.done) break;
      seen++;
      header = columns.readHeader(step.value.cells);
    }
    if (!header) return null;
    const below = await iterator.next();
    if (!below.done && !columns.joinHeader(header, below.value.cells)) next = below.value;
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

/** Columns found, by the names staff know, for the report. */
export const foundColumns = <Column extends string>({ places }: Header<Column>, columns: Columns<Column>): string[] =>
  [...places.keys()].map((column) => columns.labels[column]);
