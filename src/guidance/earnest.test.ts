import { describe, expect, test } from 'vitest';
import { BELIEVED } from './belief.ts';
import { createHeard, earnestFeatures, loadEarnest, SIZE } from './earnest.ts';
import { createGuidance } from './engine.ts';
import { normalise } from './normalise.ts';

const saidOf = (code: string, text: string) => ({ code, words: normalise(text).words });

describe('what is heard about procedures', () => {
  const heard = createHeard([
    saidOf('a', 'khai sinh cho con'),
    saidOf('a', 'khai sinh cho cháu'),
    saidOf('b', 'sao y bằng cấp'),
  ]);
  const [register, birth] = normalise('khai sinh').words;

  test('words and neighbours are counted per procedure and in all', () => {
    expect(heard.own('a', register!)).toBe(2);
    expect(heard.own('b', register!)).toBe(0);
    expect(heard.any(birth!)).toBe(2);
    expect(heard.anyPair(register!, birth!)).toBe(2);
    expect(heard.ownPair('b', register!, birth!)).toBe(0);
  });

  test('the same question shows the same, and a stranger word shows', () => {
    const see = (text: string) => earnestFeatures(heard, normalise(text).words, true, 'a').sort((x, y) => x - y);
    expect(see('khai sinh cho con')).toEqual(see('khai sinh cho con'));
    expect(see('khai sinh cho sư tử')).not.toEqual(see('khai sinh cho con'));
    expect(see('khai sinh cho sư tử').every((at) => at >= 0 && at < SIZE)).toBe(true);
  });
});

test('a damaged or missing file is told by name', () => {
  expect(() => loadEarnest(new URL('./data/not-there.bin', import.meta.url))).toThrow(/hoixa train/);
  expect(() => loadEarnest(new URL('./data/templates.json', import.meta.url))).toThrow(/damaged/);
});

const { read } = createGuidance();

test.each([
  'giấy khai sinh cho con hà mã trong sở thú',
  'gia hạn tạm trú trong nồi lẩu',
  'công chứng tiếng thở dài của mẹ',
  'xin giấy phép ngồi trên đám mây',
])('is not believed: %s', (text) => {
  expect(read(text).belief).toBeLessThan(BELIEVED);
});

test.each([
  'khai sinh cho cháu ngoại cần giấy tờ gì',
  'mở quán bán bánh tráng trộn có phải đăng ký kinh doanh không',
  'xay nha cap bon can giay phep khong',
  'gia hạn tạm trú nộp ở đâu',
])('is believed: %s', (text) => {
  expect(read(text).belief).toBeGreaterThanOrEqual(BELIEVED);
});
