import { describe, expect, test } from 'vitest';
import { loadCatalogue } from './catalogue.ts';
import { dataDate, documentLine, feeLines, money, plainWords, timeLines } from './phrasing.ts';

const catalogue = loadCatalogue();
const record = (code: string) => catalogue.byCode(code)!;

describe('fees', () => {
  test('zero with a note that the province decides is not free', () => {
    for (const procedure of catalogue.all) {
      const { lines } = feeLines(procedure);
      const notes = procedure.channels.map(({ feeNote }) => feeNote ?? '').join(' ');
      if (/miễn phí/i.test(lines.join(' '))) expect(notes).toMatch(/miễn/);
    }
  });

  test('each channel tells its own fee', () => {
    expect(feeLines(record('1.004222')).lines.join('\n')).toMatch(
      /trên mạng: 10\.000 đồng[\s\S]*trực tiếp: 20\.000 đồng/,
    );
  });

  test('an unknown fee is said to be unknown', () => {
    expect(feeLines(record('1.004873'))).toMatchObject({ known: false });
    expect(feeLines(record('1.014061')).known).toBe(false);
  });
});

test('times name working days and what does not count', () => {
  expect(timeLines(record('1.004884')).lines.join(' ')).toContain('5 ngày làm việc');
  expect(timeLines(record('1.004884')).lines.join(' ')).toContain('Không tính thứ Bảy');
  expect(timeLines(record('1.001193')).lines[0]).toContain('Trong ngày');
});

test('papers that the office looks up itself are told as not needed', () => {
  const marriage = record('1.001193').cases[0]!.documents.at(-1)!;
  expect(documentLine(marriage).isNeeded).toBe(false);
});

test('small words', () => {
  expect(money(1_000_000)).toBe('1.000.000 đồng');
  expect(dataDate('2026-07-18')).toBe('18/07/2026');
  expect(dataDate('2026-10')).toBe('10/2026');
  expect(plainWords('8.000 đ/bản sao; xuất trình giấy')).toBe('8.000 đồng một bản sao; cho xem giấy');
});
