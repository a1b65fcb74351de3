import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ExcelJS from 'exceljs';
import iconv from 'iconv-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOfCell, vndOf } from '../money-cell.ts';
import { readStatement } from './statement.ts';

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoixa-statement-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const saved = async (bytes: Buffer | string) => {
  const path = join(folder, `${count++}.x`);
  await writeFile(path, bytes);
  return path;
};
const workbook = async (rows: unknown[][]) => {
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet('Sao kê');
  for (const row of rows) sheet.addRow(row);
  return Buffer.from(await book.xlsx.writeBuffer());
};
const read = async (bytes: Buffer | string) => readStatement(await saved(bytes), { accountNumber: '1012345678' });

describe('a statement', () => {
  it('with a title, a header in two languages, sums, and money in both directions', async () => {
    const { credits, rejected, outgoing, columns } = await read(
      await workbook([
        ['NGÂN HÀNG MẪU'],
        ['Số tài khoản: 1012345678', '', 'Từ ngày 21/11/2026'],
        [],
        [
          'Ngày giao dịch\nTransaction date',
          'Số tham chiếu\nReference',
          'Ghi nợ\nDebit',
          'Ghi có\nCredit',
          'Số dư\nBalance',
          'Nội dung giao dịch\nDescription',
        ],
        ['1', '2', '3', '4', '5', '6'],
        ['Số dư đầu kỳ', '', '', '', '1.000.000', ''],
        [
          '21/11/2026 09:35:12',
          'FT26325001',
          '',
          '25.000',
          '1.025.000',
          'MBVCB.3278907687.HX261121K7N00001A LE PHI.CT tu 0011',
        ],
        ['21/11/2026 10:00:00', 'FT26325002', '11.000', '', '1.014.000', 'PHI QUAN LY'],
        [new Date(Date.UTC(2026, 10, 21, 16, 5, 30)), 'FT26325003', null, 8000, 1022000, 'hx261121 k7n 00002b'],
        ['Tổng cộng', '', '11.000', '33.000', '', ''],
        ['Người lập', '', '', 'Kế toán trưởng'],
      ]),
    );
    expect(rejected).toEqual([]);
    expect(outgoing).toBe(1);
    expect(columns).toContain('Số tiền ghi có');
    expect(credits).toMatchObject([
      {
        bankRef: 'FT26325001',
        source: 'statement',
        accountNumber: '1012345678',
        amountVnd: 25_000,
        at: new Date('2026-11-21T02:35:12Z'),
        words: 'MBVCB.3278907687.HX261121K7N00001A LE PHI.CT tu 0011',
      },
      { bankRef: 'FT26325003', amountVnd: 8_000, at: new Date('2026-11-21T09:05:30Z') },
    ]);
  });

  it('as text, with one amount and a sign or a word for its way', async () => {
    const text = [
      'sep=;',
      'Ngày;Giờ;Loại;Số tiền;Nội dung',
      '21/11/2026;09:35;Có;25.000 VND;HX261121K7N00001A',
      '21/11/2026;09:36;Nợ;25.000 VND;chuyển đi',
      '21/11/2026;;;-5.000;chuyển đi',
      '21/11/2026;;;+5.000;chuyển đến',
      '21/11/2026;;Khác;5.000;gì đây',
    ].join('\r\n');
    for (const bytes of [`\ufeff${text}`, iconv.encode(text, 'utf-16le', { addBOM: true })]) {
      const { credits, rejected, outgoing } = await read(bytes);
      expect(credits.map(({ amountVnd, at }) => [amountVnd, at.toISOString()])).toEqual([
        [25_000, '2026-11-21T02:35:00.000Z'],
        [5_000, '2026-11-20T17:00:00.000Z'],
      ]);
      expect(outgoing).toBe(2);
      expect(rejected).toMatchObject([{ line: 7, reason: 'Không rõ tiền vào hay ra: “Khác”' }]);
    }
  });

  it('lists for a person what is not surely a credit', async () => {
    const { credits, rejected } = await read(
      [
        'Ngày giao dịch,Số tài khoản,Ghi nợ,Ghi có,Nội dung',
        '21/11/2026,1012345678,1000,2000,vừa vào vừa ra',
        '21/11/2026,1012345678,,"8.000,50",lẻ',
        '32/11/2026,1012345678,,8000,không có ngày này',
        '21/11/2026,9999999999,,8000,tài khoản khác',
        '21/11/2026,1012345678,,,không có tiền',
        '21/11/2026,1012 345 678,,8000,đúng',
      ].join('\n'),
    );
    expect(credits).toHaveLength(1);
    expect(rejected.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'Vừa ghi có vừa ghi nợ'],
      [3, 'Số tiền: không phải số tiền đồng chẵn'],
      [4, 'Ngày giao dịch: không phải ngày tháng đọc được'],
      [5, 'Dòng của tài khoản khác'],
      [6, 'Số tiền: thiếu'],
    ]);
    expect(rejected[1]!.cells).toEqual(['21/11/2026', '1012345678', '', '8.000,50', 'lẻ']);
  });

  it('read again gives the same credits; two lines alike are two', async () => {
    const line = '21/11/2026 09:35:12,25000,HX261121K7N00001A';
    const file = ['Ngày,Ghi có,Nội dung', line, line, '22/11/2026 09:35:12,25000,HX261121K7N00001A'].join('\n');
    const ids = async (text: string) => (await read(text)).credits.map(({ bankTxnId }) => bankTxnId);
    const first = await ids(file);
    expect(new Set(first).size).toBe(3);
    expect(await ids(file)).toEqual(first);
    // a file of the day after repeats the last line
    expect(await ids(['Ngày,Ghi có,Nội dung', '22/11/2026 09:35:12,25000,HX261121K7N00001A'].join('\n'))).toEqual([
      first[2],
    ]);
  });

  it('whose days cannot be told from its months is refused', async () => {
    await expect(read('Ngày,Ghi có,Nội dung\n11/21/2026,8000,a\n11/02/2026,8000,b')).rejects.toThrow(
      'viết tháng trước ngày',
    );
  });

  it.each([
    ['without words', 'Ngày,Ghi có\n21/11/2026,8000', /“Nội dung giao dịch”/],
    ['without amounts', 'Ngày,Nội dung\n21/11/2026,a', /“Số tiền ghi có” hay “Số tiền giao dịch”/],
    ['that is none', 'xin chào', /Không thấy cột/],
    ['that is empty', '', /Tệp trống/],
  ])('%s is refused, in words for staff', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

it.each<[string | number | null, number | null | undefined]>([
  [25_000, 25_000],
  ['25000', 25_000],
  ['25.000', 25_000],
  ['25,000', 25_000],
  ['1.234.567,00', 1_234_567],
  ['1,234,567.00', 1_234_567],
  ['+25.000 VND', 25_000],
  ['-25.000đ', -25_000],
  ["'8000", 8_000],
  ['', undefined],
  [null, undefined],
  ['-', undefined],
  ['8000.5', null],
  [8000.5, null],
  ['8.00', 8],
  ['25.00.000', null],
  ['8e3', null],
  ['tám nghìn', null],
])('an amount written %s', (cell, vnd) => {
  expect(vndOf(cell)).toBe(vnd);
});

it('a cell as text keeps long numbers whole', () => {
  expect([textOfCell(12_345_678_901), textOfCell(' a\u00a0 b '), textOfCell(null)]).toEqual(['12345678901', 'a b', '']);
});
