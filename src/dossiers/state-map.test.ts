import { expect, test } from 'vitest';
import { STATE_LABELS, stateOf, tellableWord } from './state-map.ts';

test.each(Object.entries(STATE_LABELS))('%s is "%s", however it is written', (state, label) => {
  for (const word of [state, `0${state}`.slice(-2), label, label.toUpperCase(), `${state} - ${label}`, ` ${label}. `]) {
    expect(stateOf(word, {}), word).toBe(Number(state));
  }
  expect(stateOf(label.normalize('NFD'), {})).toBe(Number(state));
});

test.each([
  ['dang giai quyet', 4],
  ['Đang xử lý (quá hạn)', 4],
  ['Chờ bổ sung', 5],
  ['Đã có kết quả', 9],
  ['Hoàn thành', 'unknown'],
  ['Tạm dừng xử lý', 'unknown'],
  ['Chờ ký số', 'unknown'],
  ['9 - Đang xử lý', 'unknown'],
  ['0', 'unknown'],
  ['11', 'unknown'],
  ['constructor', 'unknown'],
  ['', 'unknown'],
] as const)('"%s" is %s', (word, state) => {
  expect(stateOf(word, {})).toBe(state);
});

test("a source's own words come first, as written and then normalised; a wrong number in the map is no state", () => {
  const map = { 'Hoàn thành': 10, 'chờ ký số': 4, '4': 9, Lạ: 42 };
  expect(stateOf('Hoàn thành', map)).toBe(10);
  expect(stateOf('HOAN THANH', map)).toBe(10);
  expect(stateOf('Chờ ký số', map)).toBe(4);
  expect(stateOf('4', map)).toBe(9);
  expect(stateOf('Lạ', map)).toBe('unknown');
});

test('a word kept for staff holds no long number', () => {
  expect(tellableWord('  Chờ ông/bà 0912345678\n bổ sung ')).toBe('Chờ ông/bà … bổ sung');
});
