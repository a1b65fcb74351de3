import { expect, test } from 'vitest';
import { findDossierNumbers, looksLikeDossierNumber, normaliseDossierNumber } from './dossier-numbers.ts';
import { findForeignNumber } from './dossier-numbers-foreign.ts';

const now = new Date('2026-11-18T03:00:00Z');
const find = (text: string) => findDossierNumbers(text, now).numbers;

test.each([
  ['h26.15 - 250701 - 0001', 'H26.15-250701-0001'],
  ['H26.15–250701–0001', 'H26.15-250701-0001'],
  ['ooo.oo.o1.h26-25o7o1-ooo1', '000.00.01.H26-250701-0001'],
  ['0000001H262507010001', '000.00.01.H26-250701-0001'],
  ['000 00 01 H26 250701 0001', '000.00.01.H26-250701-0001'],
  ['G09.20-20260609-0092637', 'G09.20-20260609-0092637'],
  ['000.A0.01.H26-210212-9090', '000.A0.01.H26-210212-9090'],
  ['tra giúp em H34.12-25O915-OOO7', 'H34.12-250915-0007'],
  ['hs h34 12 250915 0007 toi dau roi', 'H34.12-250915-0007'],
  ['ma ho so cua em la H26.15-250701-0001 nhe', 'H26.15-250701-0001'],
])('%s', (typed, canonical) => {
  expect(find(typed)).toEqual([canonical]);
});

test.each([
  'H26.15-251301-0001',
  '000.00.01.H26-250701-1',
  'HS-2025-001234',
  '0912345678',
  '036085012345',
  'H34.12-2509-07',
  'khai sinh 2 bản',
])('%s is none', (typed) => {
  expect(find(typed)).toEqual([]);
});

test('dates that are no day, too early or to come are refused', () => {
  expect(normaliseDossierNumber('H26.15-250230-0001', now)).toBeNull();
  expect(normaliseDossierNumber('H26.15-160101-0001', now)).toBeNull();
  expect(normaliseDossierNumber('H26.15-270101-0001', now)).toBeNull();
});

test('hostile input is read in time', () => {
  const began = performance.now();
  for (const part of ['H26.', '0', 'h26 15 ', '-', '000.00.']) find(part.repeat(5_000));
  expect(performance.now() - began).toBeLessThan(15_000);
});

test.each([
  ['H2615-250701-0001', ['H26.15-250701-0001']],
  ['hs h2615 250701 0001 toi dau roi', ['H26.15-250701-0001']],
  ['H26152507010001', ['H26.15-250701-0001']],
  ['26.15-250701-0001', ['H26.15-250701-0001']],
  ['J26.15-250701-0001', ['H26.15-250701-0001', 'J26.15-250701-0001']],
  ['H26.15-25070t-0001', ['H26.15-250705-0001', 'H26.15-250707-0001']],
  ['H26.15-250701-12', ['H26.15-250701-0012']],
  ['H26.15-250701-001', ['H26.15-250701-0001', 'H26.15-250701-001']],
  ['00.00.01.H26-250701-0001', ['000.00.01.H26-250701-0001', 'H26-250701-0001']],
  ['H26.15-250701-00 01', ['H26.15-250701-0001']],
  ['H26.15-250701-0001-2', ['H26.15-250701-0001']],
])('%s is asked about', (typed, candidates) => {
  const { numbers, doubtful, rest } = findDossierNumbers(typed, now);
  expect(numbers).toEqual([]);
  expect(doubtful[0]).toEqual(expect.arrayContaining(candidates));
  expect(doubtful[0]![0]).toBe(candidates[0]);
  expect(rest).not.toMatch(/\d{4}/);
});

test('a sure code beside a doubtful one stays sure; several codes keep their order', () => {
  const found = findDossierNumbers('H34.12-250915-0007 và H2615-250701-0001, H26.15-250702-0003', now);
  expect(found.numbers).toEqual(['H34.12-250915-0007', 'H26.15-250702-0003']);
  expect(found.doubtful).toEqual([['H26.15-250701-0001']]);
  expect(found.rest.replace(/\s+/g, ' ')).toBe(' mã hồ sơ và mã hồ sơ , mã hồ sơ ');
});

test.each([
  'H34.12-2509-07',
  'HS-2025-001234',
  'H26.15-251301-0001',
  'H26.15-25070-0001',
])('%s is seen to be meant as a code', (typed) => {
  expect(looksLikeDossierNumber(typed)).toBe(true);
});

test.each([
  'nộp ngày 25/07/2025 ở phòng 2b',
  'sđt 0912 345 678',
  'mã thủ tục 1.001193.000.00.00.H26',
  '29A1-234.56',
  'khai sinh',
])('%s is not', (typed) => {
  expect(findDossierNumbers(typed, now)).toMatchObject({ numbers: [], doubtful: [] });
  expect(looksLikeDossierNumber(typed)).toBe(false);
});

test.each([
  ['03706/2026/07906', 'social_insurance'],
  ['bưu phẩm eb123456789vn tới chưa', 'parcel'],
  ['MST 0101234567-001', 'tax'],
  ['tra biển số 29A1-234.56', 'plate'],
  ['giấy hẹn đất đai số 12345-2026', 'land'],
  ['0912345678', null],
  ['036085012345', null],
  ['2-3 ngày', null],
])('%s belongs to %s', (typed, owner) => {
  expect(findForeignNumber(typed)).toBe(owner);
});

test('a value that goes on for pages is none, at once', () => {
  expect(normaliseDossierNumber(`H26.15${' '.repeat(100_000)}250701 0001`, now)).toBeNull();
});
