import { posix } from 'node:path';
import { type Cell, LIMITS, type Sheet, type SheetRow, UnreadableFile } from './sheet.ts';
import { createXmlScanner, type XmlHandlers } from './xml.ts';
import { openZip, type Zip } from './zip.ts';

const SMALL_PART_BYTES = 8 * 1024 * 1024;

/**
 * The sheets of a workbook (.xlsx), visible ones first. Rows are read from the packed file as they are asked for; only the
 * table of texts is in memory. Written here because the streaming reader of exceljs decodes each piece of the file for
 * itself and so breaks Vietnamese letters that lie across two pieces, knows no prefixed names and no cells without address.
 * @throws {UnreadableFile}
 */
export async function readXlsx(path: string): Promise<Sheet[]> {
  const zip = await openZip(path);
  const main = await mainPart(zip);
  if (!zip.has(main)) {
    throw new UnreadableFile('Tệp này không phải bảng tính .xlsx: hãy mở bằng Excel và lưu dạng .xlsx hoặc .csv.');
  }
  const { sheets, is1904 } = await readWorkbook(zip, main);
  const relations = await readRelations(zip, main);
  const texts = [...relations.values()].find(({ type }) => type.endsWith('/sharedStrings'));
  let shared: Promise<Texts> | undefined;
  return sheets
    .flatMap(({ name, relation, isHidden }) => {
      const target = relations.get(relation)?.target;
      return target && zip.has(target) ? [{ name, target, isHidden }] : [];
    })
    .sort((a, b) => Number(a.isHidden) - Number(b.isHidden))
    .map(({ name, target }) => ({
      name,
      format: 'xlsx',
      is1904,
      async *rows() {
        shared ??=
          texts && zip.has(texts.target) ? readSharedStrings(zip, texts.target) : Promise.resolve(createTexts());
        yield* readRows(zip, target, await shared);
      },
    }));
}

/** Feeds a part of the workbook to the scanner, letters never cut; `each` is called after each piece. */
async function* scan<T>(
  zip: Zip,
  part: string,
  maxBytes: number,
  handlers: XmlHandlers,
  take: () => T[],
): AsyncIterable<T> {
  const scanner = createXmlScanner(handlers);
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const chunk of zip.read(part, maxBytes)) {
    decoder ??= new TextDecoder(isUtf16(chunk) ? (chunk[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8');
    scanner.write(decoder.decode(chunk, { stream: true }));
    yield* take();
  }
  scanner.write(decoder?.decode() ?? '');
  scanner.end();
  yield* take();
}
const isUtf16 = (chunk: Buffer) => (chunk[0] === 0xff && chunk[1] === 0xfe) || (chunk[0] === 0xfe && chunk[1] === 0xff);

async function scanAll(zip: Zip, part: string, handlers: Partial<XmlHandlers>, maxBytes = SMALL_PART_BYTES) {
  const nothing = { open() {}, close() {}, text() {} };
  for await (const _ of scan(zip, part, maxBytes, { ...nothing, ...handlers }, () => []));
}

async function mainPart(zip: Zip): Promise<string> {
  let main = 'xl/workbook.xml';
  if (!zip.has('_rels/.rels')) return main;
  await scanAll(zip, '_rels/.rels', {
    open(name, attributes) {
      if (name !== 'Relationship' || !attributes.Type?.endsWith('/officeDocument')) return;
      main = (attributes.Target ?? main).replace(/^\//, '');
    },
  });
  return main;
}

interface SheetEntry {
  name: string;
  relation: string;
  isHidden: boolean;
}

async function readWorkbook(zip: Zip, main: string): Promise<{ sheets: SheetEntry[]; is1904: boolean }> {
  const sheets: SheetEntry[] = [];
  let is1904 = false;
  await scanAll(zip, main, {
    open(name, attributes) {
      if (name === 'workbookPr') is1904 = /^(1|true)$/.test(attributes.date1904 ?? '');
      if (name !== 'sheet') return;
      // the prefix of relationships is nearly always "r", by agreement only
      const relation = attributes['r:id'] ?? Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
      sheets.push({
        name: attributes.name ?? '',
        relation,
        isHidden: /hidden/i.test(attributes.state ?? ''),
      });
    },
  });
  return { sheets, is1904 };
}

async function readRelations(zip: Zip, main: string): Promise<Map<string, { type: string; target: string }>> {
  const folder = posix.dirname(main);
  const part = posix.join(folder, '_rels', `${posix.basename(main)}.rels`);
  const relations = new Map<string, { type: string; target: string }>();
  if (!zip.has(part)) return relations;
  await scanAll(zip, part, {
    open(name, attributes) {
      if (name !== 'Relationship') return;
      const target = attributes.Target ?? '';
      relations.set(attributes.Id ?? '', {
        type: attributes.Type ?? '',
        target: target.startsWith('/') ? target.slice(1) : posix.join(folder, target),
      });
    },
  });
  return relations;
}

/** The table of texts, packed: as strings, each would keep the piece of the file alive that it was cut from. */
interface Texts {
  add(text: string): void;
  at(index: number): string | null;
}

function createTexts(): Texts {
  let bytes = Buffer.alloc(64 * 1024);
  let used = 0;
  const ends: number[] = [];
  return {
    add(text) {
      const size = Buffer.byteLength(text);
      if (used + size > bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length + size)]);
      bytes.write(text, used);
      used += size;
      ends.push(used);
    },
    at(index) {
      const end = ends[index];
      return end === undefined ? null : bytes.toString('utf8', index === 0 ? 0 : ends[index - 1], end);
    },
  };
}

async function readSharedStrings(zip: Zip, part: string): Promise<Texts> {
  const texts = createTexts();
  let text: string | null = null;
  let isText = false;
  let inPhonetics = false;
  await scanAll(
    zip,
    part,
    {
      open(name) {
        if (name === 'si') text = '';
        else if (name === 'rPh') inPhonetics = true;
        else if (name === 't') isText = !inPhonetics;
      },
      close(name) {
        if (name === 'si') texts.add((text ?? '').slice(0, LIMITS.cellChars));
        else if (name === 'rPh') inPhonetics = false;
        else if (name === 't') isText = false;
      },
      text(piece) {
        if (isText && text !== null) text += piece;
      },
    },
    LIMITS.sharedStringBytes,
  );
  return texts;
}

function readRows(zip: Zip, part: string, shared: Texts): AsyncIterable<SheetRow> {
  let rows: SheetRow[] = [];
  let row: SheetRow | null = null;
  let rowNumber = 0;
  let column = 0;
  let type = 'n';
  let value = '';
  let isValue = false;
  let inPhonetics = false;
  const handlers: XmlHandlers = {
    open(name, attributes) {
      if (name === 'row') {
        rowNumber = Number(attributes.r) || rowNumber + 1;
        row = { rowNumber, cells: [] };
        column = 0;
      } else if (name === 'c') {
        column = columnOf(attributes.r) ?? column + 1;
        type = attributes.t ?? 'n';
        value = '';
      } else if (name === 'rPh') inPhonetics = true;
      else if (name === 'v' || name === 't') isValue = !inPhonetics;
    },
    close(name) {
      if (name === 'v' || name === 't') isValue = false;
      else if (name === 'rPh') inPhonetics = false;
      else if (name === 'c' && row && column <= LIMITS.columns) {
        while (row.cells.length < column - 1) row.cells.push(null);
        row.cells[column - 1] = cellOf(type, value, shared);
      } else if (name === 'row' && row) {
        rows.push(row);
        row = null;
      }
    },
    text(piece) {
      if (isValue && value.length < LIMITS.cellChars) value += piece;
    },
  };
  return scan(zip, part, LIMITS.partBytes, handlers, () => {
    const ready = rows;
    rows = [];
    return ready;
  });
}

/** "AB12" → 28 */
function columnOf(address: string | undefined): number | undefined {
  if (address === undefined) return undefined;
  let column = 0;
  for (const char of address) {
    const letter = char.charCodeAt(0) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column || undefined;
}

/** A formula's cell holds its last result, which is what was exported; errors are empty. */
function cellOf(type: string, value: string, shared: Texts): Cell {
  if (value === '') return null;
  switch (type) {
    case 's':
      return shared.at(Number(value));
    case 'n': {
      const number = Number(value);
      return Number.isFinite(number) ? number : null;
    }
    case 'e':
      return null;
    case 'b':
      return value === '1' ? 'true' : 'false';
    default:
      return value;
  }
}
