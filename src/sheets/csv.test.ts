import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DOSSIER_COLUMNS } from '../dossiers/import/columns.ts';
import { readCsv } from './csv.ts';
import { detectEncoding, repairTcvn3 } from './encodings.ts';
import { type Cell, UnreadableFile } from './sheet.ts';

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoixa-csv-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const saved = async (bytes: Buffer | string) => {
  const path = join(folder, `${count++}.csv`);
  await writeFile(path, bytes);
  return path;
};
const isName = (cell: string) => DOSSIER_COLUMNS.columnOf(cell) !== undefined;
const read = async (bytes: Buffer | string) => {
  const sheet = await readCsv(await saved(bytes), isName);
  const rows: [number, Cell[]][] = [];
  for await (const { rowNumber, cells } of sheet.rows()) {
    rows.push([rowNumber, cells.map((cell) => (typeof cell === 'string' ? cell.normalize('NFC') : cell))]);
  }
  return { format: sheet.format, rows };
};

/** The letters of the old ".VnTime" fonts, as type designers placed them; capitals with tones have none of their own. */
const TCVN3: Record<string, string> = {
  a1: 'Ă',
  a2: 'Â',
  a3: 'Ê',
  a4: 'Ô',
  a5: 'Ơ',
  a6: 'Ư',
  a7: 'Đ',
  a8: 'ă',
  a9: 'â',
  aa: 'ê',
  ab: 'ô',
  ac: 'ơ',
  ad: 'ư',
  ae: 'đ',
  b5: 'à',
  b6: 'ả',
  b7: 'ã',
  b8: 'á',
  b9: 'ạ',
  bb: 'ằ',
  bc: 'ẳ',
  bd: 'ẵ',
  be: 'ắ',
  c6: 'ặ',
  c7: 'ầ',
  c8: 'ẩ',
  c9: 'ẫ',
  ca: 'ấ',
  cb: 'ậ',
  cc: 'è',
  ce: 'ẻ',
  cf: 'ẽ',
  d0: 'é',
  d1: 'ẹ',
  d2: 'ề',
  d3: 'ể',
  d4: 'ễ',
  d5: 'ế',
  d6: 'ệ',
  d7: 'ì',
  d8: 'ỉ',
  dc: 'ĩ',
  dd: 'í',
  de: 'ị',
  df: 'ò',
  e1: 'ỏ',
  e2: 'õ',
  e3: 'ó',
  e4: 'ọ',
  e5: 'ồ',
  e6: 'ổ',
  e7: 'ỗ',
  e8: 'ố',
  e9: 'ộ',
  ea: 'ờ',
  eb: 'ở',
  ec: 'ỡ',
  ed: 'ớ',
  ee: 'ợ',
  ef: 'ù',
  f1: 'ủ',
  f2: 'ũ',
  f3: 'ú',
  f4: 'ụ',
  f5: 'ừ',
  f6: 'ử',
  f7: 'ữ',
  f8: 'ứ',
  f9: 'ự',
  fa: 'ỳ',
  fb: 'ỷ',
  fc: 'ỹ',
  fd: 'ý',
  fe: 'ỵ',
};
const toTcvn3 = (text: string) => {
  const byLetter = new Map(Object.entries(TCVN3).map(([hex, letter]) => [letter, Number.parseInt(hex, 16)]));
  return Buffer.from([...text].map((char) => byLetter.get(char) ?? char.charCodeAt(0)));
};
/** Windows-1258 writes most tones as a mark of its own behind the letter. */
const toWindows1258 = (text: string) =>
  iconv.encode(
    [...text]
      .map((char) => {
        const [base = '', ...marks] = char.normalize('NFD');
        const tone = marks.findIndex((mark) => '\u0300\u0301\u0303\u0309\u0323'.includes(mark));
        if (tone < 0) return char;
        const mark = marks.splice(tone, 1)[0];
        return `${[base, ...marks].join('').normalize('NFC')}${mark}`;
      })
      .join(''),
    'win1258',
  );

const TEXT =
  'Mã hồ sơ;Tên thủ tục;Trạng thái\r\nH99.15-260701-0001;Đăng ký lại khai sinh, kết hôn;Yêu cầu bổ sung giấy tờ\r\nH99.15-260701-0002;Chứng thực chữ ký người dịch;Đã trả kết quả\r\n';
const ROWS = [
  [1, ['Mã hồ sơ', 'Tên thủ tục', 'Trạng thái']],
  [2, ['H99.15-260701-0001', 'Đăng ký lại khai sinh, kết hôn', 'Yêu cầu bổ sung giấy tờ']],
  [3, ['H99.15-260701-0002', 'Chứng thực chữ ký người dịch', 'Đã trả kết quả']],
];

test.each([
  ['UTF-8', Buffer.from(TEXT)],
  ['UTF-8', Buffer.from(`\ufeff${TEXT}`)],
  ['UTF-8', Buffer.from(TEXT.normalize('NFD'))],
  ['UTF-16LE', iconv.encode(TEXT, 'utf-16le', { addBOM: true })],
  ['UTF-16LE', iconv.encode(TEXT, 'utf-16le', { addBOM: false })],
  ['UTF-16BE', iconv.encode(TEXT, 'utf-16be', { addBOM: true })],
  ['Windows-1258', toWindows1258(TEXT)],
  ['TCVN3', toTcvn3(TEXT)],
])('%s is recognised and read', async (encoding, bytes) => {
  const { format, rows } = await read(bytes);
  expect(format).toBe(`${encoding}, ";"`);
  expect(rows).toEqual(ROWS);
});

test('every letter of TCVN3 is known', async () => {
  const letters = Object.values(TCVN3).join('');
  const { rows } = await read(toTcvn3(`Mã hồ sơ;Trạng thái\n${letters};Đang xử lý\n`));
  expect(rows[1]![1][0]).toBe(letters);
});

test('plain letters at the beginning do not hide what comes far below; one bad byte does not spoil UTF-8', async () => {
  const plain = 'ma ho so;trang thai\n'.repeat(30_000);
  const path = async (bytes: Buffer) => (await detectEncoding(await saved(bytes))).encoding;
  expect(await path(Buffer.concat([Buffer.from(plain), toTcvn3(TEXT)]))).toBe('TCVN3');
  expect(await path(Buffer.concat([Buffer.from(plain), toWindows1258(TEXT)]))).toBe('Windows-1258');
  expect(await path(Buffer.concat([Buffer.from(TEXT.repeat(20)), Buffer.from([0xff])]))).toBe('UTF-8');
  expect(await path(Buffer.from(plain))).toBe('UTF-8');
});

test('a ".Vn" font in a workbook is undone, what reads as Vietnamese is left alone', () => {
  expect(repairTcvn3('M· hå s¬')).toBe('Mã hồ sơ');
  expect(repairTcvn3('§ang xö lý')).toBe('Đang xử lý');
  for (const text of ['Lê Hà', 'Đang xử lý', 'Mã hồ sơ – số 1', '25.000 ₫', 'm²', 'abc']) {
    expect(repairTcvn3(text)).toBe(text);
  }
});

test.each([
  ',',
  ';',
  '\t',
  '|',
])('columns parted by %j are found, quotes and line breaks inside cells respected', async (sign) => {
  const cells = (values: string[]) => values.map((value) => `"${value.replaceAll('"', '""')}"`).join(sign);
  const text = [
    `Danh sách hồ sơ, tháng 7; năm 2026`,
    cells(['Mã hồ sơ', 'Trạng thái', 'Ngày hẹn trả']),
    cells(['H99.15-260701-0001', `Đang, xử; lý\nngày "2"`, '20/07/2026']),
    '',
    cells(['H99.15-260701-0002', 'x', '']),
  ].join('\n');
  const { rows } = await read(text);
  expect(rows.slice(1)).toEqual([
    [2, ['Mã hồ sơ', 'Trạng thái', 'Ngày hẹn trả']],
    [3, ['H99.15-260701-0001', 'Đang, xử; lý\nngày "2"', '20/07/2026']],
    [4, [null]],
    [5, ['H99.15-260701-0002', 'x', null]],
  ]);
});

test('"sep=" of Excel names the sign', async () => {
  const { rows } = await read('sep=|\nMã hồ sơ|Trạng thái\na|b\n');
  expect(rows.slice(1).map(([, cells]) => cells)).toEqual([
    ['Mã hồ sơ', 'Trạng thái'],
    ['a', 'b'],
  ]);
});

test('a quote never closed is told with its row, a web page and binary rubbish by what they are', async () => {
  const text = `Mã hồ sơ,Trạng thái\na,b\n"c,d\n${'x,y\n'.repeat(100_000)}`;
  await expect(read(text)).rejects.toThrow(/sau hàng 2 không được đóng/);
  await expect(read('  <html><table>')).rejects.toThrow(/trang web/);
  await expect(read(Buffer.from([1, 0, 2, 3, 255, 1, 2]))).rejects.toThrow(UnreadableFile);
});

test('who stops reading leaves nothing open', async () => {
  const sheet = await readCsv(await saved(`Mã hồ sơ,Trạng thái\n${'a,b\n'.repeat(200_000)}`), isName);
  const seen: number[] = [];
  for await (const { rowNumber } of sheet.rows()) {
    seen.push(rowNumber);
    if (rowNumber === 3) break;
  }
  expect(seen).toEqual([1, 2, 3]);
});
