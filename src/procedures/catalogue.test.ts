import { expect, test } from 'vitest';
import { loadCatalogue, parseCatalogue } from './catalogue.ts';
import { loadHints, shortName } from './hints.ts';
import { createSearchIndex } from './search.ts';

const catalogue = loadCatalogue();

test('the shipped catalogue loads, and old codes lead to their records', () => {
  expect(catalogue.all.length).toBeGreaterThanOrEqual(182);
  expect(catalogue.byCode('1.001193.000.00.00.H49')?.name).toBe('Đăng ký khai sinh');
  expect(catalogue.byCode('1.013978')?.code).toBe('1.115620');
  expect(catalogue.byCode('nonsense')).toBeUndefined();
});

test('faults name the record and the field', () => {
  const broken = { ...catalogue.all[0], portalUrl: 'http://example.org' };
  expect(() => parseCatalogue([broken])).toThrow(/1\.001193: portalUrl: must be an https address/);
  expect(() => parseCatalogue([catalogue.all[0], catalogue.all[0]])).toThrow(/listed twice/);
  expect(() => parseCatalogue({})).toThrow(/list of records/);
});

test('every procedure has a title that fits a button', () => {
  const hints = loadHints();
  for (const procedure of catalogue.all) {
    expect([...shortName(procedure, hints)].length).toBeLessThanOrEqual(35);
    expect(shortName(procedure, hints)).not.toMatch(/undefined|null/);
  }
  for (const code of hints.keys()) expect(catalogue.byCode(code)?.code).toBe(code);
});

test('word search finds the text with the rarer words', () => {
  const index = createSearchIndex([
    { code: 'a', words: ['giay', 'khai', 'sinh'] },
    { code: 'b', words: ['giay', 'ket', 'hon'] },
  ]);
  expect(index.search(['xin', 'ket', 'hon'])[0]?.code).toBe('b');
  expect(index.search(['thoi', 'tiet'])).toEqual([]);
});
