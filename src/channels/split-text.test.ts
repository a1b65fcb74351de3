import { describe, expect, it } from 'vitest';
import { codePoints, shorten, splitText } from './split-text.ts';
import { createRandom } from './testing/fuzz.ts';

const clusters = (text: string) =>
  [...new Intl.Segmenter('vi', { granularity: 'grapheme' }).segment(text)].map((one) => one.segment);

describe('splitText', () => {
  it('leaves a short text whole and drops an empty one', () => {
    expect(splitText('  Chào bác.  ', 20)).toEqual(['Chào bác.']);
    expect(splitText(' \n ', 20)).toEqual([]);
  });

  it('prefers paragraph, then line, then sentence, then word', () => {
    expect(splitText('Một hai ba.\nBốn năm.\n\nSáu bảy tám chín.', 30)).toEqual([
      'Một hai ba.\nBốn năm.',
      'Sáu bảy tám chín.',
    ]);
    expect(splitText('Một hai ba. Bốn\nnăm sáu bảy tám', 20)).toEqual(['Một hai ba. Bốn', 'năm sáu bảy tám']);
    expect(splitText('Một hai ba bốn. Năm sáu bảy', 20)).toEqual(['Một hai ba bốn.', 'Năm sáu bảy']);
    expect(splitText('Một hai ba bốn năm', 12)).toEqual(['Một hai ba', 'bốn năm']);
  });

  it('does not leave a nearly empty part for the sake of a better border', () => {
    expect(splitText('Dạ.\n\nMột hai ba bốn năm sáu bảy', 20)[0]).toBe('Dạ.\n\nMột hai ba bốn'.slice(0, 20).trim());
  });

  it('counts code points, and may end a part exactly at the limit', () => {
    expect(splitText('👍'.repeat(10), 10)).toHaveLength(1);
    expect(splitText('abcde fghij', 5)).toEqual(['abcde', 'fghij']);
    expect(codePoints('👍ấ')).toBe(2);
  });

  it('keeps amounts and their unit together at a hard space', () => {
    expect(splitText('Lệ phí là 8.000\u00a0đồng', 17)).toEqual(['Lệ phí là', '8.000\u00a0đồng']);
  });

  it('never cuts a cluster, loses a letter or passes the limit', () => {
    const random = createRandom(7);
    const pieces = [
      'a',
      'ấ',
      'ấ'.normalize('NFD'),
      ' ',
      '\n',
      '\n\n',
      '. ',
      '👨‍👩‍👧‍👦',
      '🇻🇳',
      '👍🏽',
      '\r\n',
      'đồng',
      '…',
    ];
    for (let round = 0; round < 400; round++) {
      const text = Array.from({ length: random.below(200) }, () => random.pick(pieces)).join('');
      const limit = 12 + random.below(60);
      const parts = splitText(text, limit);
      const whole = new Set(clusters(text).map((one) => one.trim()));
      for (const part of parts) {
        expect(part).not.toBe('');
        expect(codePoints(part)).toBeLessThanOrEqual(limit);
        for (const cluster of clusters(part)) expect(whole.has(cluster.trim()), JSON.stringify(text)).toBe(true);
      }
      expect(parts.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    }
  });

  it('is quick with a hostile text', () => {
    const startedAt = performance.now();
    for (const text of [
      '.'.repeat(100_000),
      `${' '.repeat(50_000)}a`,
      '\n '.repeat(40_000),
      `a${'\u0301'.repeat(50_000)}`,
    ]) {
      splitText(text, 2_000);
    }
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

describe('shorten', () => {
  it('leaves what fits and marks what was cut, between clusters', () => {
    expect(shorten('Gặp cán bộ', 35)).toBe('Gặp cán bộ');
    expect(shorten('Gặp cán bộ tư pháp', 10)).toBe('Gặp cán b…');
    expect(shorten('ab👨‍👩‍👧‍👦', 6)).toBe('ab…');
  });
});
