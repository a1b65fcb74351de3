import { expect, test } from 'vitest';
import { newPetitionNumber, petitionKey, showNumber } from './petition-number.ts';

const NOW = new Date('2026-11-29T20:00:00Z');
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Every draw in turn, so that all of them occur. */
function counting() {
  let at = 0;
  return (below: number) => at++ % below;
}

test('a number names the local day and is found in a sentence, however it was typed', () => {
  const number = newPetitionNumber(NOW, counting());
  expect(number).toMatch(/^PA261130[0-9A-Z]{5}$/);
  const shown = showNumber(number);
  expect(shown).toMatch(/^PA-261130-[0-9A-Z]{5}$/);
  for (const text of [shown, `phản ánh ${shown.toLowerCase()} tới đâu rồi?`, number, shown.replaceAll('-', ' ')]) {
    expect(petitionKey(text)).toBe(number);
  }
  expect(petitionKey('PA-261130')).toBeNull();
  expect(petitionKey('H26.15-250701-0001')).toBeNull();
});

test('one wrong sign, or two neighbours swapped, is noticed', () => {
  const random = counting();
  for (let round = 0; round < 50; round++) {
    const number = newPetitionNumber(NOW, random);
    for (let at = 2; at < number.length; at++) {
      const pool = at < 8 ? '0123456789' : SIGNS;
      for (const sign of pool) {
        const wrong = `${number.slice(0, at)}${sign}${number.slice(at + 1)}`;
        expect(petitionKey(wrong)).toBe(wrong === number ? number : null);
      }
      const swapped = `${number.slice(0, at)}${number[at + 1] ?? ''}${number[at]}${number.slice(at + 2)}`;
      if (at + 1 < number.length && at !== 7) expect(petitionKey(swapped)).toBe(swapped === number ? number : null);
    }
  }
});

test('letters that are read as digits are taken as them', () => {
  const random = counting();
  const withOne = Array.from({ length: 200 }, () => newPetitionNumber(NOW, random)).find((number) =>
    /[01]/.test(number.slice(8)),
  )!;
  const misread = withOne.slice(0, 8) + withOne.slice(8).replaceAll('0', 'O').replaceAll('1', 'l');
  expect(petitionKey(misread)).toBe(withOne);
});
