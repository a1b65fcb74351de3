import { expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { howLong, replyWindow } from './reply-window.ts';
import { asksForAssistant } from './resume-words.ts';
import { type Colleague, suggestOfficer } from './routing.ts';
import { officerMark, officerShown, sayTaken } from './say-officer.ts';
import { searchPattern } from './search-words.ts';
import { hideNumbers } from './summary.ts';

const HOUR = 3_600_000;
const NOW = new Date('2026-11-30T03:00:00Z');
const MESSENGER = { replyWindowMs: 24 * HOUR, officerWindowMs: 7 * 24 * HOUR };
const window = (hoursAgo: number | null, limits: Parameters<typeof replyWindow>[1] = MESSENGER, isAwaited = true) =>
  replyWindow('messenger', limits, hoursAgo === null ? null : new Date(NOW.getTime() - hoursAgo * HOUR), {
    now: NOW,
    warnBeforeMinutes: 120,
    isAwaited,
  });

test('the reply window says what is left and what is possible after it', () => {
  expect(window(3)).toMatchObject({
    state: 'open',
    isEnding: false,
    text: 'Còn 21 giờ để trả lời trên Messenger',
    afterwards: 'Sau đó chỉ cán bộ nhắn được, tới hết 7 ngày kể từ lời cuối của người dân.',
  });
  expect(window(30)).toMatchObject({ state: 'by_hand', text: 'Còn 5 ngày để cán bộ trả lời trên Messenger' });
  expect(window(7 * 24 - 1)).toMatchObject({
    state: 'by_hand',
    isEnding: true,
    text: 'Còn 1 giờ để cán bộ trả lời trên Messenger',
  });
  expect(window(7 * 24 - 1, MESSENGER, false).isEnding).toBe(false);
  expect(window(7 * 24)).toMatchObject({ state: 'closed', text: 'Đã hết thời gian trả lời trên Messenger' });
  expect(window(null)).toMatchObject({ state: 'closed', officerUntil: null });
  expect(howLong(59 * 60_000)).toBe('59 phút');
});

const commune = (officerShown: 'name_and_title' | 'title' | 'office') =>
  communeSettings.parse({ officeName: 'UBND xã Thử', handoff: { officerShown } });
const officer = { id: '1', name: 'Nguyễn Thị Thử', title: 'công chức tư pháp – hộ tịch' };

test('officers are named as the commune wants it, and never as the machine', () => {
  expect(officerShown(officer, commune('name_and_title'))).toBe('cán bộ Nguyễn Thị Thử (công chức tư pháp – hộ tịch)');
  expect(officerShown(officer, commune('title'))).toBe('công chức tư pháp – hộ tịch');
  expect(officerShown(officer, commune('office'))).toBe('cán bộ của UBND xã Thử');
  expect(officerMark(officer, commune('title'))).toBe('Công chức tư pháp – hộ tịch:');
  expect(officerMark({ ...officer, name: '' }, commune('name_and_title'))).toBe('Công chức tư pháp – hộ tịch:');
  expect(officerMark({ id: '1', name: '', title: '' }, commune('name_and_title'))).toBe('Cán bộ UBND xã Thử:');
  expect(sayTaken(officer, commune('office')).text).toMatch(/^Từ đây cán bộ của UBND xã Thử trả lời, không phải máy\./);
});

test.each([
  ['hỏi trợ lý', true],
  ['Hoi tro ly!', true],
  ['Hỏi tiếp trợ lý', true],
  ['quay lại trợ lý tự động', true],
  ['trợ lý ơi', true],
  ['lúc nãy hỏi trợ lý không được', false],
  ['trợ lý', false],
])('"%s" brings the assistant back: %s', (text, expected) => {
  expect(asksForAssistant(text)).toBe(expected);
});

const colleague = (id: string, change: Partial<Colleague> = {}): Colleague => ({
  id,
  name: id,
  title: '',
  fields: [],
  isHere: true,
  load: 0,
  ...change,
});

test('who is here, knows the field and has least to do is suggested', () => {
  const field = 'Hộ tịch';
  const all = [
    colleague('away', { fields: [field], isHere: false }),
    colleague('busy', { fields: [field], load: 3 }),
    colleague('free', { fields: [field], load: 1 }),
    colleague('anything'),
    colleague('land', { fields: ['Đất đai'] }),
  ];
  expect(suggestOfficer(all, field)?.id).toBe('free');
  expect(suggestOfficer(all, 'Chứng thực')?.id).toBe('anything');
  expect(suggestOfficer(all, null)?.id).toBe('anything');
  expect(suggestOfficer([all[4]!], field)?.id).toBe('land');
  expect(suggestOfficer([all[0]!], field)).toBeNull();
});

test('search finds words with and without marks, and nothing by a single letter', () => {
  const found = (query: string, text: string) => new RegExp(searchPattern(query)!).test(text);
  expect(found('khai sinh', 'Đăng ký KHAI  SINH cho bé')).toBe(true);
  expect(found('Đăng ký', 'dang ky khai sinh')).toBe(true);
  expect(found('dien thoai', 'Điện thoại hỏng')).toBe(true);
  expect(found('H26.15-250701-0001', 'mã H26.15-250701-0001 nhé')).toBe(true);
  expect(found('a.c', 'abc')).toBe(false);
  expect(searchPattern(' a ')).toBeNull();
});

test('numbers of people are hidden in summaries, dossier numbers, fees and days stay', () => {
  expect(hideNumbers('gọi 0912 345 678 hoặc cccd 036085012345')).toBe('gọi •••678 hoặc cccd •••345');
  const kept = 'hồ sơ H26.15-250701-0001, 000.00.15.H26-250701-0001, phí 8.000 đồng, ngày 18/07/2026';
  expect(hideNumbers(kept)).toBe(kept);
});
