import { expect, test } from 'vitest';
import { findReferences, isReference, newReference, REFERENCE_LENGTH, unitCodes, unitOf } from './reference.ts';

const now = new Date('2026-11-20T18:30:00Z'); // the 21st in Vietnam
const [unit = ''] = unitCodes('0191f0a0-0000-7000-8000-000000000001');
const one = newReference(unit, now);

test('a reference names the local day and the unit, and fits every gateway and the words of a transfer', () => {
  expect(one).toMatch(/^HX261121[0-9A-Y]{8}[A-Y]$/);
  expect(one).toHaveLength(REFERENCE_LENGTH);
  expect(unitOf(one)).toBe(unit);
  expect(isReference(one)).toBe(true);
  expect(`${one} LE PHI`.length).toBeLessThanOrEqual(25);
});

test('units come in a fixed order, all different', () => {
  const codes = unitCodes('0191f0a0-0000-7000-8000-000000000002');
  expect(codes).toEqual(unitCodes('0191f0a0-0000-7000-8000-000000000002'));
  expect(new Set(codes).size).toBe(codes.length);
});

test('any one wrong character and any two neighbours changed about are noticed', () => {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXY';
  for (let at = 2; at < one.length; at++) {
    for (const letter of alphabet) {
      if (letter === one[at]) continue;
      expect(isReference(one.slice(0, at) + letter + one.slice(at + 1)), `${at} ${letter}`).toBe(false);
    }
    const next = one[at + 1];
    if (next && next !== one[at]) {
      const swapped = one.slice(0, at) + next + one[at] + one.slice(at + 2);
      expect(isReference(swapped), swapped).toBe(false);
    }
  }
});

test.each([
  (ref: string) => `MBVCB.3278907687.${ref} LE PHI HO TICH CT tu 0123 toi 1012345678`,
  (ref: string) => `${ref.toLowerCase()} le phi`,
  (ref: string) => `${ref.slice(0, 7)} ${ref.slice(7)}`,
  (ref: string) => `IBFT ${ref.slice(0, 4)}-${ref.slice(4, 9)}.${ref.slice(9)}-LỆ PHÍ`,
  (ref: string) => `QR${ref}LEPHI`,
  (ref: string) => ref.replaceAll('0', 'o').replaceAll('1', 'l'),
])('a bank may mangle the words as it likes: the reference is found (%#)', (mangle) => {
  expect(findReferences(mangle(one))).toEqual([one]);
});

test('two references are two, a repeated one is one, a cut one is none', () => {
  const other = newReference(unit, now);
  expect(findReferences(`${one} ${other} ${one}`)).toEqual([one, other]);
  expect(findReferences(one.slice(0, -1))).toEqual([]);
  expect(findReferences('HX CHUYEN TIEN 8000')).toEqual([]);
});
