import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { type Options, parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { decode, decodingStream, detectEncoding } from './encodings.ts';
import { type Cell, LIMITS, type Sheet, UnreadableFile } from './sheet.ts';

const DELIMITERS = [',', ';', '\t', '|'];
const OPTIONS = {
  // what one-stop systems export is rarely strict: quotes inside texts, rows of different length
  relax_quotes: true,
  relax_column_count: true,
  skip_empty_lines: false,
  // a quote never closed would swallow the rest of the file
  max_record_size: 256 * 1024,
} satisfies Options;

/**
 * A text file as one sheet. Rows are numbered as a spreadsheet would that opens it.
 * @param isName whether a cell is the name of a column looked for: tells which sign divides the columns
 * @throws {UnreadableFile}
 */
export async function readCsv(path: string, isName: (cell: string) => boolean): Promise<Sheet> {
  const { encoding, sample } = await detectEncoding(path);
  const text = decode(sample, encoding).replace(/^\ufeff/, '');
  if (/^\s*<(!doctype|html|table|\?xml)/i.test(text)) {
    throw new UnreadableFile('Tệp này là trang web đặt tên .xls: hãy mở bằng Excel và lưu dạng .xlsx hoặc .csv.');
  }
  if (text.includes('\u0000')) throw new UnreadableFile('Tệp này không phải bảng tính .xlsx hay .csv.');
  const named = /^sep=(.)\r?\n/.exec(text)?.[1];
  const delimiter = named ?? sniffDelimiter(text, isName);
  const words: Record<string, string> = { '\t': 'tab' };
  return {
    name: '',
    format: `${encoding}, "${words[delimiter] ?? delimiter}"`,
    is1904: false,
    rows: () => readRows(path, encoding, delimiter),
  };
}

async function* readRows(path: string, encoding: Parameters<typeof decode>[1], delimiter: string) {
  const parser = parse({ ...OPTIONS, delimiter, bom: true });
  // what breaks is thrown to whoever reads the parser; who stops reading ends all three
  pipeline(createReadStream(path), decodingStream(encoding), parser, () => {});
  let rowNumber = 0;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      rowNumber++;
      const cells: Cell[] = record.slice(0, LIMITS.columns).map((cell) => (cell === '' ? null : cell));
      yield { rowNumber, cells };
    }
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code !== 'CSV_MAX_RECORD_SIZE' && code !== 'CSV_QUOTE_NOT_CLOSED') throw error;
    throw new UnreadableFile(`Dấu ngoặc kép mở sau hàng ${rowNumber} không được đóng: hãy sửa hàng đó rồi nhập lại.`);
  }
}

/** The sign that makes the most known columns of some row, then the most columns. */
function sniffDelimiter(text: string, isName: (cell: string) => boolean): string {
  const head = text.split(/\r\n|\n|\r/).slice(0, 40);
  const score = (delimiter: string) => {
    let best = 0;
    for (const line of head) {
      const cells = cellsOf(line, delimiter);
      const known = cells.filter(isName).length;
      best = Math.max(best, known * 1_000 + cells.length);
    }
    return best;
  };
  return DELIMITERS.map((delimiter) => ({ delimiter, score: score(delimiter) })).sort((a, b) => b.score - a.score)[0]!
    .delimiter;
}

function cellsOf(line: string, delimiter: string): string[] {
  try {
    return (parseNow(line, { ...OPTIONS, delimiter }) as string[][])[0] ?? [];
  } catch {
    return line.split(delimiter);
  }
}
