import { expect, test } from 'vitest';
import { loadPrompt } from './model-prompt.ts';
import { wordsHeard } from './voice-words.ts';

test('what was said is kept, whole and in one spelling', () => {
  expect(wordsHeard('  Làm giấy khai sinh\ncho bé cần gì?  '.normalize('NFD'), 4)).toBe(
    'Làm giấy khai sinh cho bé cần gì?',
  );
  for (const text of [
    'Dạ.',
    '0912 345 678',
    'Đăng ký kết hôn qua kênh trực tuyến được không?',
    'Cháu đăng ký khai sinh trên kênh dịch vụ công bị lỗi.',
    'Khai sinh, khai tử, kết hôn thì nộp ở đâu ạ?',
    'Tôi muốn hỏi xã có làm chứng thực, sao y không?',
    'Không không không, tôi hỏi khai tử cơ mà.',
  ])
    expect(wordsHeard(text, 20)).toBe(text);
});

test('words that nobody said are not believed', () => {
  for (const text of [
    '',
    ' . . . ',
    '♪♪♪',
    'Hãy subscribe cho kênh Ghiền Mì Gõ Để không bỏ lỡ những video hấp dẫn',
    'Cảm ơn các bạn đã theo dõi và hẹn gặp lại.',
    'Các bạn hãy đăng ký kênh để ủng hộ kênh của mình nhé!',
    'ご視聴ありがとうございました',
    'Продолжение следует',
    'và và và và và và và và và và',
    loadPrompt('transcribe/v1').instructions,
  ])
    expect([text, wordsHeard(text, 30)]).toEqual([text, null]);
  const page = Array.from({ length: 31 }, (_, at) => `chữ${at}`).join(' ');
  expect([wordsHeard(page, 1), wordsHeard(page, 8)]).toEqual([null, page]);
});

test('what a recogniser adds in the end is taken away', () => {
  expect(wordsHeard('Làm khai sinh cần gì ạ? Cảm ơn các bạn đã theo dõi và hẹn gặp lại.', 6)).toBe(
    'Làm khai sinh cần gì ạ?',
  );
});
