import { describe, expect, test } from 'vitest';
import { loadCatalogue } from './catalogue.ts';
import { paper } from './papers.ts';
import { dataDate, feeLines, money, plainWords, sentencesAbout, timeLines } from './phrasing.ts';

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
  expect(paper(marriage).isNeeded).toBe(false);
});

test('small words', () => {
  expect(money(1_000_000)).toBe('1.000.000 đồng');
  expect(dataDate('2026-07-18')).toBe('18/07/2026');
  expect(dataDate('2026-10')).toBe('10/2026');
  expect(plainWords('8.000 đ/bản sao; xuất trình giấy')).toBe('8.000 đồng một bản sao; cho xem giấy');
});

test('names of forms and decisions stay whole', () => {
  expect(plainWords('Tờ khai theo Mẫu số 1đ')).toBe('Tờ khai theo Mẫu số 1đ');
  expect(plainWords('QĐ 3582/QĐ-UBND của UBND thành phố')).toBe('QĐ 3582/QĐ-UBND của ủy ban thành phố');
  expect(plainWords('8.000 đ/bản theo 2.000635')).toBe('8.000 đồng một bản');
});

test('originals and copies are both told, in one pair of brackets', () => {
  const line = paper({ name: 'Đơn (mẫu mới)', form: 'Mẫu 01', originals: 1, copies: 1, note: 'nộp' });
  expect(line.short).toBe('Đơn (mẫu mới; 1 bản chính, 1 bản sao)');
  expect(line.full).toBe('Đơn (mẫu mới; Mẫu 01, 1 bản chính, 1 bản sao)');
});

test('remarks about the source are rephrased or dropped', () => {
  const told = (code: string) => sentencesAbout(record(code), /./, 20).join(' ');
  for (const { code } of catalogue.all)
    expect(`${code} ${told(code)}`).not.toMatch(
      /ghi nhầm|[Bb]ản ghi (cũ|mâu)|mô tả kênh|\bbot\b|\d\.\d{6} \S*\d\.\d{6}/,
    );
  expect(told('1.000689')).toContain('3 ngày làm việc, có trường hợp 8 ngày làm việc');
  expect(told('1.013225')).not.toContain('Trên Cổng:');
});

test('a death told in time costs nothing', () => {
  expect(feeLines(record('1.000656'))).toMatchObject({ known: true });
  expect(feeLines(record('1.000656')).lines[0]).toBe('Đúng hạn 15 ngày được miễn lệ phí.');
});

test.each([
  ['trước 01/01/2016', 'trước ngày 1 tháng 1 năm 2016'],
  ['từ ngày 01/07/2025', 'từ ngày 1 tháng 7 năm 2025'],
  ['công bố trước 31/3 hằng năm', 'công bố trước ngày 31 tháng 3 hằng năm'],
  ['2 đợt/năm, tháng 11–12', '2 đợt một năm, tháng 11 đến 12'],
  ['cá nhân/thành viên hộ', 'cá nhân hoặc thành viên hộ'],
  ['trên Cổng Dịch vụ công quốc gia/VNeID', 'trên Cổng Dịch vụ công quốc gia hoặc VNeID'],
  ['8.000 đ/bản', '8.000 đồng một bản'],
  ['Mẫu 04 NĐ 20/2021, NĐ 18/2026/NĐ-CP, Mẫu 1a/1b', 'Mẫu 04 NĐ 20/2021, NĐ 18/2026/NĐ-CP, Mẫu 1a/1b'],
])('"%s" is read aloud', (written, aloud) => {
  expect(plainWords(written)).toBe(aloud);
});
