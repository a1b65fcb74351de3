import { describe, expect, test } from 'vitest';
import { chosen, recall } from './memory.ts';
import { parsePress, press } from './payloads.ts';

const choices = [
  { title: 'Sổ gốc còn, hoặc không biết', value: press.ask('2.000635', 'overview') },
  { title: 'Sổ gốc cũng mất', value: press.ask('1.004884', 'overview') },
  { title: 'Gặp cán bộ', value: press.human },
];

describe('choices', () => {
  test.each([
    ['2', 1],
    ['số 2 nhé', 1],
    ['cái thứ hai', 1],
    ['cai dau tien', 0],
    ['chọn 1', 0],
    ['Sổ gốc cũng mất', 1],
    ['so goc cung mat', 1],
    ['gặp cán bộ', 2],
    ['cái cuối', 2],
  ])('"%s"', (said, at) => {
    expect(chosen(choices, said)).toBe(choices[at]);
  });

  test.each(['2 bản bao nhiêu tiền', 'thế mất bao lâu', 'con tôi 2 tuổi', '', '7'])('"%s" chooses nothing', (said) => {
    expect(chosen(choices, said)).toBeNull();
  });
});

test('memory of another day or another engine is not used', () => {
  const now = new Date('2026-11-18T03:00:00Z');
  const memory = { version: 1 as const, at: now.getTime() - 3_600_000, procedureCode: '1.001193' };
  expect(recall(memory, now)).toMatchObject({ isNew: false, memory: { procedureCode: '1.001193' } });
  expect(recall({ ...memory, at: now.getTime() - 90_000_000 }, now)).toEqual({
    isNew: true,
    memory: { version: 1, at: now.getTime(), before: '1.001193' },
  });
  expect(recall({ ...memory, at: now.getTime() - 8 * 86_400_000 }, now).memory).not.toHaveProperty('before');
  expect(recall(null, now).isNew).toBe(true);
  expect(recall({ version: 2 } as never, now).isNew).toBe(true);
});

test('button values are untrusted', () => {
  expect(parsePress(press.ask('1.001193', 'fee'))).toEqual({ kind: 'ask', code: '1.001193', aspect: 'fee' });
  for (const value of [
    '',
    'hx',
    'hx:ask',
    'hx:ask:9.999999:fee',
    'hx:ask:1.001193:drop',
    'hx:case:1.001193:-1:fee',
    'hx:human:x',
    '__proto__',
    'hx:more:1.001193:99999:0',
    'x'.repeat(5_000),
  ]) {
    expect(parsePress(value)).toBeNull();
  }
});
