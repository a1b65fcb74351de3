import { expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import type { ReceivedAttachment } from './attachments.ts';
import { createGuidance } from './engine.ts';
import type { Question } from './guidance.ts';

const guidance = createGuidance();
const commune = communeSettings.parse({ officeName: 'UBND xã Bát Xát', address: 'số 1 đường Hùng Vương' });
const now = new Date('2026-11-20T03:00:00Z');
const memory = { version: 1 as const, at: now.getTime(), greeted: true };
const send = async (attachments: ReceivedAttachment[], text = '', more: Partial<Question> = {}) => {
  const answer = await guidance.answer({
    ...{ text, attachments, memory, commune, isWaitingForOfficer: false, now },
    ...more,
  });
  return { ...answer, text: answer.messages.map((message) => message.text).join('\n') };
};
const countOf = (text: string) => text.split(/\s+/).length;

test('each thing sent without words has an answer of its own, short and with a way on', async () => {
  const kinds = ['image', 'audio', 'video', 'file', 'location', 'link', 'contact', 'sticker', 'unsupported'] as const;
  const texts = new Set<string>();
  for (const kind of kinds) {
    const { text, messages } = await send([{ kind }]);
    expect(countOf(text)).toBeLessThanOrEqual(70);
    expect(messages.at(-1)!.buttons?.map(({ title }) => title)).toContain('Gặp cán bộ');
    texts.add(text);
  }
  expect(texts.size).toBe(kinds.length);
});

test('a photo: cannot be read, papers of identity are not kept and why, what to do instead', async () => {
  const { text, memory: next } = await send([{ kind: 'image', url: 'https://a/b.jpg' }]);
  expect(text).toMatch(/chưa đọc được ảnh/);
  expect(text).toMatch(/không giữ.*lừa đảo/s);
  expect(text).toMatch(/gõ mã hồ sơ/);
  expect(next.awaitsDossier).toBe(true);
});

test('a place: names help, coordinates do not; the office is told', async () => {
  const { text } = await send([{ kind: 'location', latitude: 22.5, longitude: 103.9 }]);
  expect(text).toContain('Gõ tên xã');
  expect(text).toContain('UBND xã Bát Xát, số 1 đường Hùng Vương');
});

test('words beside a photo are the question; the photo is mentioned', async () => {
  const { text } = await send([{ kind: 'image' }], 'làm khai sinh cho bé cần giấy tờ gì');
  expect(text).toContain('1.001193');
  expect(text).toMatch(/\(Ảnh thì tôi không đọc được và không giữ lại\.\)$/);
});

test('a mere label of a photo is no question', async () => {
  for (const label of ['ảnh CCCD', 'căn cước của em đây ạ', 'Gửi ảnh giấy hẹn'])
    expect((await send([{ kind: 'image' }], label)).text).toMatch(/chưa đọc được ảnh/);
});

test('of several things the one that most wants an answer gets it', async () => {
  expect((await send([{ kind: 'sticker' }, { kind: 'image' }])).text).toMatch(/chưa đọc được ảnh/);
  expect((await send([{ kind: 'image' }, { kind: 'audio', read: { why: 'too_long' } }])).text).toMatch(/dài quá/);
});

test('a thumb in a conversation means yes', async () => {
  const { text, outcome } = await send([{ kind: 'sticker', text: '👍' }]);
  expect(outcome).toBe('small_talk');
  expect(text).toBe((await send([], 'ok')).text);
});

const heard = (words: string): ReceivedAttachment => ({ kind: 'audio', read: { words, by: 'ears' } });

test('what was heard comes first in a bubble of its own, cut when long', async () => {
  const { messages } = await send([heard('đăng ký kết hôn cần gì')], 'đăng ký kết hôn cần gì');
  expect(messages[0]).toEqual({ text: 'Tôi nghe là: “đăng ký kết hôn cần gì”' });
  expect(messages[1]!.text).toMatch(/^Cần mang theo|^Mang theo|^•|giấy/i);
  const story = `${'hôm nọ tôi ra xã mà '.repeat(40)} muốn làm khai sinh`;
  const long = await send([heard(story)], story);
  expect(long.messages[0]!.text.length).toBeLessThan(330);
  expect(long.messages[0]!.text).toMatch(/ …”$/);
});

test('words read in a photo are a question, not something that was heard', async () => {
  const code: ReceivedAttachment = { kind: 'image', read: { words: 'H26.15-250701-0001', by: 'qr' } };
  const { text } = await send([code], 'H26.15-250701-0001');
  expect(text).toBe((await send([], 'H26.15-250701-0001')).text);
});

test('one note heard and one not: the words are answered, the other is mentioned', async () => {
  const { text } = await send(
    [heard('đăng ký kết hôn cần gì'), { kind: 'audio', read: { why: 'unavailable' } }],
    'đăng ký kết hôn cần gì',
  );
  expect(text).toMatch(/^Tôi nghe là: “đăng ký kết hôn cần gì”/);
  expect(text).toMatch(/\(Tin thoại thì tôi chưa nghe được\.\)$/);
});

test('while an officer is awaited nothing is put around the acknowledgement', async () => {
  const waiting = { isWaitingForOfficer: true };
  const { text } = await send([heard('nhà tôi ở thôn ba')], 'nhà tôi ở thôn ba', waiting);
  expect(text).not.toContain('Tôi nghe là');
  expect(text).toContain('Đã chuyển thêm lời nhắn');
});

test('with five bubbles the words heard join the first', async () => {
  const { tellAttachments } = await import('./tell-attachments.ts');
  const answer = await send([], 'đăng ký kết hôn cần gì');
  const five = { ...answer, messages: Array.from({ length: 5 }, (_, at) => ({ text: `b${at}` })) };
  const question: Question = {
    ...{ text: 'kết hôn', attachments: [heard('kết hôn')], memory, commune, isWaitingForOfficer: false, now },
  };
  const told = tellAttachments(question, five).messages;
  expect(told).toHaveLength(5);
  expect(told[0]!.text).toBe('Tôi nghe là: “kết hôn”\nb0');
});
