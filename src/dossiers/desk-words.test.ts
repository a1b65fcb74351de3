import { expect, test } from 'vitest';
import { readWords } from './desk-words.ts';

test.each([
  'dừng báo',
  'dung bao H26.15-261110-0001',
  'thôi theo dõi hồ sơ này',
  'không cần báo nữa',
  'tắt thông báo đi',
  'bỏ theo dõi',
  'Dừng báo nhé, cảm ơn',
  'không cần báo khi có thay đổi',
])('"%s" takes consent back', (said) => {
  expect(readWords(said).withdraws).toBe(true);
});

// consent is not lost over a word that sounds alike
test.each([
  'thôi bao giờ lấy được',
  'thoi bao nhieu tien',
  'bố bảo con hỏi hồ sơ đến đâu rồi',
  'bo bao con hoi ho so',
  'không cần bảo hiểm có được không',
  'huỷ bảo hiểm y tế',
  'huy bao hiem',
  'thôi bảo cán bộ gọi lại',
  'cán bộ bảo tôi khi nào có kết quả thì lên',
  'huỷ thông báo thuế',
  'đừng báo cho vợ tôi',
])('"%s" takes nothing back', (said) => {
  expect(readWords(said)).toMatchObject({ withdraws: false, wantsNotice: false });
});
