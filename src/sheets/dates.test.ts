import { expect, test } from 'vitest';
import { fromExcelSerial, parseMoment, untilEnd } from './dates.ts';

const local = (text: string) => {
  const moment = parseMoment(text);
  if (!moment) return null;
  const written = new Date(moment.at.getTime() + 7 * 3_600_000).toISOString().slice(0, 19);
  return moment.hasTime ? written : written.slice(0, 10);
};

test.each([
  ['01/07/2026 14:30', '2026-07-01T14:30:00'],
  ['1/7/2026', '2026-07-01'],
  ['01/07/26', '2026-07-01'],
  ['14:30 01/07/2026', '2026-07-01T14:30:00'],
  ['14:30:05, ngày 01/07/2026', '2026-07-01T14:30:05'],
  ['01-07-2026', '2026-07-01'],
  ['01.07.2026 08h15', '2026-07-01T08:15:00'],
  ['01/07/2026 2:30 CH', '2026-07-01T14:30:00'],
  ['01/07/2026 12:05 SA', '2026-07-01T00:05:00'],
  ['01/07/2026 12:05:00 PM', '2026-07-01T12:05:00'],
  ['2026-06-08 14:07:53', '2026-06-08T14:07:53'],
  ['2026-06-08T14:07:53.120', '2026-06-08T14:07:53'],
  ['2026-06-08T14:07:53Z', '2026-06-08T21:07:53'],
  ['2026-06-08T14:07:53+07:00', '2026-06-08T14:07:53'],
  ['2026-06-08', '2026-06-08'],
  ['20260608140753', '2026-06-08T14:07:53'],
  ['20260608', '2026-06-08'],
  ['46204', '2026-07-01'],
  ['46204.604166666664', '2026-07-01T14:30:00'],
  ['46204,5', '2026-07-01T12:00:00'],
  ['17 giờ 00 phút, ngày 01 tháng 07 năm 2026', '2026-07-01T17:00:00'],
  ['ngày 1 tháng 7 năm 2026', '2026-07-01'],
])('%s is %s in Vietnam', (written, expected) => {
  expect(local(written)).toBe(expected);
});

test.each([
  '',
  '31/02/2026',
  '07/25/2026',
  '01/07/1926',
  '99999',
  '0912345678',
  'chưa có',
  'trước 01/07/2026 nếu đủ giấy',
  '20261301',
  '01/07/2026 25:00',
])('"%s" is no date', (written) => {
  expect(parseMoment(written)).toBeNull();
});

test('serials of either calendar; a day without an hour lasts until its end', () => {
  expect(fromExcelSerial(46204)!.at.toISOString()).toBe('2026-06-30T17:00:00.000Z');
  expect(fromExcelSerial(44742, { is1904: true })!.at.toISOString()).toBe('2026-06-30T17:00:00.000Z');
  expect(fromExcelSerial(Number.NaN)).toBeNull();
  expect(untilEnd(parseMoment('01/07/2026')!).toISOString()).toBe('2026-07-01T16:59:59.000Z');
  expect(untilEnd(parseMoment('01/07/2026 10:00')!).toISOString()).toBe('2026-07-01T03:00:00.000Z');
});
