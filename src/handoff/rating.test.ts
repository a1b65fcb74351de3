import { expect, test } from 'vitest';
import { ratingQuestion, readRating } from './rating.ts';

const NOW = new Date('2026-11-30T03:00:00Z');
const ID = '00000000-0000-7000-8000-000000000001';
const asked = { episodeId: ID, askedAt: NOW.getTime() - 3_600_000 };
const read = (text: string, was: typeof asked | null = asked) => readRating({ text }, was, NOW);

test.each([
  ['5', 5, null],
  ['5 sao', 5, null],
  ['4 điểm', 4, null],
  ['3/5', 3, null],
  ['2 vì chờ lâu quá', 2, 'vì chờ lâu quá'],
  ['1. cán bộ không trả lời', 1, 'cán bộ không trả lời'],
  ['Rất hài lòng', 5, null],
  ['chua hai long', 2, null],
  ['Góp ý: nên trả lời nhanh hơn', null, 'nên trả lời nhanh hơn'],
])('"%s" is a rating', (text, stars, words) => {
  expect(read(text)).toEqual({ episodeId: ID, stars, words });
});

test.each([
  '5 giờ chiều còn làm không',
  '2 vợ chồng muốn đăng ký kết hôn',
  'hài lòng thì ít, giờ hỏi phí khai sinh',
  '6',
  '15',
  'góp ý',
])('"%s" is none', (text) => {
  expect(read(text)).toBeNull();
});

test('words count only while the question is open; a button always says which talk it is about', () => {
  expect(read('5', null)).toBeNull();
  expect(read('5', { ...asked, askedAt: NOW.getTime() - 49 * 3_600_000 })).toBeNull();
  const [, , , , best] = ratingQuestion(ID).buttons!;
  expect(best).toMatchObject({ title: 'Rất hài lòng' });
  expect(readRating({ text: 'Rất hài lòng', payload: best!.value }, null, NOW)).toEqual({
    episodeId: ID,
    stars: 5,
    words: null,
  });
  expect(readRating({ text: '5', payload: 'hx:menu' }, asked, NOW)).toBeNull();
  expect(readRating({ text: '', payload: `hx:rate:${ID}:9` }, asked, NOW)).toBeNull();
});
