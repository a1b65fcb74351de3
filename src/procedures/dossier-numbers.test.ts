import { expect, test } from 'vitest';
import { findDossierNumbers, normaliseDossierNumber } from './dossier-numbers.ts';

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
  expect(performance.now() - began).toBeLessThan(1_500);
});
