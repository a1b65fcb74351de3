import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workbookOf, zipOf } from '../../test/support/workbook.ts';
import { parseMoment } from './dates.ts';
import { type Cell, UnreadableFile } from './sheet.ts';
import { readXlsx } from './xlsx.ts';
import { createXmlScanner } from './xml.ts';

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoixa-xlsx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const saved = async (bytes: Buffer) => {
  const path = join(folder, `${count++}.xlsx`);
  await writeFile(path, bytes);
  return path;
};
const cellsOf = async (path: string, sheet = 0) => {
  const cells: [number, Cell[]][] = [];
  for await (const row of (await readXlsx(path))[sheet]!.rows()) cells.push([row.rowNumber, row.cells]);
  return cells;
};

describe('the XML scanner', () => {
  const walk = (pieces: string[]) => {
    const seen: string[] = [];
    let text = '';
    const tell = () => {
      if (text !== '') seen.push(`"${text}"`);
      text = '';
    };
    const scanner = createXmlScanner({
      open(name, attributes) {
        tell();
        seen.push(`<${name} ${attributes.r ?? ''}`.trim());
      },
      close(name) {
        tell();
        seen.push(`/${name}`);
      },
      text(piece) {
        text += piece;
      },
    });
    for (const piece of pieces) scanner.write(piece);
    scanner.end();
    return seen;
  };
  const XML =
    '<?xml version="1.0"?><!-- a > b --><x:row r="1&amp;2" note="a>b"><c r=\'A1\'/><t>Hồ sơ &lt;1&gt; &#273;&#x1EC7; &amp;amp;</t><![CDATA[<raw> & ]]></x:row>';

  test('elements, attributes, texts and CDATA come out the same wherever the pieces are cut', () => {
    const whole = walk([XML]);
    expect(whole).toEqual(['<row 1&2', '<c A1', '/c', '<t', '"Hồ sơ <1> đệ &amp;"', '/t', '"<raw> & "', '/row']);
    for (let at = 1; at < XML.length; at++)
      expect(walk([XML.slice(0, at), XML.slice(at)]), `cut at ${at}`).toEqual(whole);
    expect(walk([...XML])).toEqual(whole);
  });

  test.each([
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    '<a><b',
    '<!ELEMENT a>',
    '<a><b></a></b>',
    '<a>&b;</a>',
    '<a b="1" b="2"/>',
    `${'<a>'.repeat(1_000)}${'</a>'.repeat(1_000)}`,
  ])('%.40s is refused', (xml) => {
    expect(() => walk([xml])).toThrow(UnreadableFile);
  });

  test.each([
    '<a>',
    '<a b="',
    '<a ',
    '<a><!--',
    '<a><![CDATA[',
    '<a>&',
    '<?a ',
  ])('what comes after %s and does not end is refused while it comes', (begin) => {
    const scanner = createXmlScanner({ open() {}, close() {}, text() {} });
    scanner.write(begin);
    const more = () => {
      for (let n = 0; n < 40; n++) scanner.write('x'.repeat(64 * 1024));
    };
    expect(more).toThrow(UnreadableFile);
  });
});

test('a workbook of Excel: texts, numbers, dates, formulas with their result, rich text, empty cells', async () => {
  const workbook = new ExcelJS.Workbook();
  const sheet = workbook.addWorksheet('Hồ sơ');
  sheet.addRow(['Mã hồ sơ', 'Trạng thái', 'Ngày hẹn trả']);
  sheet.addRow(['H99.15-260701-0001', 4, new Date(Date.UTC(2026, 6, 20, 10, 30))]);
  sheet.addRow([{ formula: '"H99"&1', result: 'H99.1' }, { formula: '2+2', result: 4 }, null, true]);
  sheet.addRow([{ richText: [{ text: 'Đang ' }, { font: { bold: true }, text: 'xử lý' }] }, { error: '#N/A' }]);
  sheet.getCell('E6').value = 'xa';
  const path = join(folder, 'excel.xlsx');
  await workbook.xlsx.writeFile(path);
  const rows = await cellsOf(path);
  expect(rows[0]).toEqual([1, ['Mã hồ sơ', 'Trạng thái', 'Ngày hẹn trả']]);
  expect(rows[1]![1].slice(0, 2)).toEqual(['H99.15-260701-0001', 4]);
  expect(parseMoment(String(rows[1]![1][2]))!.at).toEqual(new Date('2026-07-20T03:30:00Z'));
  expect(rows[2]).toEqual([3, ['H99.1', 4, null, 'true']]);
  expect(rows[3]).toEqual([4, ['Đang xử lý', null]]);
  expect(rows.at(-1)).toEqual([6, [null, null, null, null, 'xa']]);
});

test('inline texts, prefixed names, cells and rows without address, phonetic hints', async () => {
  const sheet = `<x:worksheet xmlns:x="y"><x:sheetData>
    <x:row><x:c t="inlineStr"><x:is><x:r><x:t>Mã </x:t></x:r><x:r><x:t>hồ sơ</x:t></x:r></x:is></x:c><x:c t="str"><x:v>a&amp;b</x:v></x:c></x:row>
    <x:row r="5"><x:c t="s"><x:v>0</x:v></x:c><x:c r="D5"><x:v>36085012345</x:v></x:c></x:row>
    </x:sheetData></x:worksheet>`;
  const sharedStrings = '<sst><si><t xml:space="preserve">Lê</t><rPh><t>hint</t></rPh></si></sst>';
  expect(await cellsOf(await saved(workbookOf(sheet, { sharedStrings })))).toEqual([
    [1, ['Mã hồ sơ', 'a&b']],
    [5, ['Lê', null, null, 36_085_012_345]],
  ]);
});

test('letters are whole wherever the file is cut into pieces', async () => {
  const words = 'Đăng ký khai sinh có yếu tố nước ngoài – ưỡẫợệ';
  const rows = Array.from(
    { length: 4_000 },
    (_, n) => `<row r="${n + 1}"><c t="inlineStr"><is><t>${'x'.repeat(n % 7)}${words}</t></is></c></row>`,
  );
  const cells = await cellsOf(
    await saved(workbookOf(`<worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`)),
  );
  expect(cells).toHaveLength(4_000);
  expect(cells.every(([, [cell]]) => String(cell).endsWith(words) && !String(cell).includes('\ufffd'))).toBe(true);
});

test('visible sheets come before hidden ones; days counted from 1904 are known', async () => {
  const workbook = new ExcelJS.Workbook();
  workbook.properties.date1904 = true;
  workbook.addWorksheet('Ẩn', { state: 'hidden' });
  workbook.addWorksheet('Hiện');
  const path = join(folder, 'hidden.xlsx');
  await workbook.xlsx.writeFile(path);
  const sheets = await readXlsx(path);
  expect(sheets.map(({ name }) => name)).toEqual(['Hiện', 'Ẩn']);
  expect(sheets[0]!.is1904).toBe(true);
});

describe('a part that unpacks to more than it may', () => {
  const bomb = (claimedBytes?: number) =>
    workbookOf('<worksheet><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>', {
      extra: [
        {
          name: 'xl/sharedStrings.xml',
          data: Buffer.alloc(120 * 1024 * 1024, '<si><t>aaaaaaaaaaaaaaaa</t></si>'),
          claimedBytes,
        },
      ],
    });

  test.each([
    ['and says so', undefined, /quá lớn sau khi giải nén/],
    ['and claims to be small', 100, /bị hỏng/],
  ])('%s is refused without unpacking it', async (_, claimedBytes, message) => {
    const path = await saved(bomb(claimedBytes));
    const before = process.memoryUsage.rss();
    await expect(cellsOf(path)).rejects.toThrow(message);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
  });
});

test.each<[string, () => Buffer | Promise<Buffer>]>([
  ['a zip that is no workbook', () => zipOf([{ name: 'a.txt', data: Buffer.from('a') }])],
  ['half a file', () => workbookOf('<worksheet/>').subarray(0, 400)],
  [
    'a part that is damaged',
    () => {
      const bytes = workbookOf(Buffer.alloc(50_000, '<row/>'));
      bytes.fill(7, 700, 760);
      return bytes;
    },
  ],
  [
    'a part with a password',
    () => zipOf([{ name: 'xl/workbook.xml', data: Buffer.from('<workbook/>'), isEncrypted: true }]),
  ],
  [
    'a directory said to lie beyond what any file holds',
    () => {
      const bytes = workbookOf('<worksheet/>');
      const locator = Buffer.alloc(20);
      locator.writeUInt32LE(0x07064b50);
      locator.writeBigUInt64LE(2n ** 55n, 8);
      return Buffer.concat([bytes.subarray(0, -22), locator, bytes.subarray(-22)]);
    },
  ],
  [
    'more parts than a workbook has',
    () =>
      workbookOf('<worksheet/>', {
        extra: Array.from({ length: 6_000 }, (_, n) => ({ name: `${n}`, data: Buffer.alloc(0), isStored: true })),
      }),
  ],
  [
    'names of parts longer than memory should hold',
    () =>
      workbookOf('<worksheet/>', {
        extra: Array.from({ length: 40 }, (_, n) => ({ name: `${n}${'n'.repeat(60_000)}`, data: Buffer.alloc(0) })),
      }),
  ],
  ['a sheet cut off', () => workbookOf('<worksheet><sheetData><row><c><v>1</v></c></row>')],
  [
    'an entity declared to grow',
    () => workbookOf('<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>'),
  ],
])('%s is told in words, without a crash', async (_, make) => {
  await expect(saved(await make()).then((path) => cellsOf(path))).rejects.toThrow(UnreadableFile);
});
