import type { Visit } from './visit.ts';

export type Cell = string | number | null;

/**
 * A text a spreadsheet shows as it is: what could begin a formula gets an apostrophe before it, also behind blanks.
 * Numbers of ours are numbers, not texts.
 */
export const harmless = (cell: Cell): Cell =>
  typeof cell === 'string' && /^[\s\u00a0\u200b\ufeff]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(cell)
    ? `'${cell}`
    : cell;

/** Comma-separated with the mark that lets Excel read Vietnamese. */
export function csv(rows: Cell[][]): Buffer {
  const field = (cell: Cell) => {
    const text = String(harmless(cell) ?? '').replace(/\r\n?/g, '\n');
    return /[",;\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return Buffer.from(`\ufeff${rows.map((row) => row.map(field).join(',')).join('\r\n')}\r\n`);
}

/** @param sheets names at most 31 characters */
export async function xlsx(sheets: { name: string; rows: Cell[][] }[]): Promise<Buffer> {
  // heavy, and wanted rarely: a start must not wait for it
  const { default: ExcelJS } = await import('exceljs');
  const book = new ExcelJS.Workbook();
  for (const { name, rows } of sheets) {
    const sheet = book.addWorksheet(name);
    for (const row of rows) sheet.addRow(row.map(harmless));
    sheet.getRow(1).font = { bold: true };
    sheet.columns.forEach((column, at) => {
      column.width = Math.min(60, Math.max(12, ...rows.map((row) => String(row[at] ?? '').length + 2)));
    });
  }
  return Buffer.from(await book.xlsx.writeBuffer());
}

export function sendFile({ response }: Visit, name: string, type: string, content: Buffer): undefined {
  response.set('content-disposition', `attachment; filename="${name}"`).type(type).send(content);
}
