import { expect, test } from 'vitest';
import { type ModelSummary, readSummary, type SummaryInput, summaryData } from './model-summary.ts';

const NOW = new Date('2026-11-30T02:00:00Z');
const SAID: SummaryInput['said'] = [
  {
    by: 'citizen',
    text: 'Tôi tên là Nguyễn Văn Hùng, sđt 0912345678, con sinh 15/6/2026 muốn làm khai sinh, nộp 2 lần rồi',
  },
  { by: 'assistant', text: 'Khai sinh cho con: lệ phí 8.000 đồng khi quá hạn, nộp tại công an xã hoặc ủy ban xã.' },
  { by: 'citizen', text: 'gọi lại 0912345678 giúp, bảo 50k là sao' },
];
const { data, restore } = summaryData(
  { communeId: 'c', reason: 'Người dân muốn nói chuyện với cán bộ.', said: SAID },
  NOW,
);
const RIGHT: ModelSummary = {
  headline: 'Khai sinh cho con bị quá hạn',
  wants: 'Nhờ gọi lại ⟦SDT1⟧. Con sinh ⟦NGAY1⟧, đã nộp 2 lần và hỏi vì sao là 50.000 đồng.',
  told: 'Lệ phí 8.000 đồng khi quá hạn.',
  needs: 'Giải thích khoản 50k.',
};
const read = (change: Partial<Record<keyof ModelSummary, unknown>> = {}) =>
  readSummary(JSON.stringify({ ...RIGHT, ...change }), data);

test('what leaves names nobody, and one number has one sign in all messages', () => {
  const sent = JSON.stringify(data);
  for (const secret of ['Hùng', '0912345678', '15/6/2026']) expect(sent).not.toContain(secret);
  expect(sent.match(/⟦SDT1⟧/g)).toHaveLength(2);
  expect(restore(RIGHT.wants)).toBe(
    'Nhờ gọi lại 0912345678. Con sinh 15/6/2026, đã nộp 2 lần và hỏi vì sao là 50.000 đồng.',
  );
});

test('a retelling of what was said is taken, also among other words', () => {
  expect(read()).toEqual({ summary: RIGHT });
  expect(readSummary(`<think>hm</think> Đây:\n${JSON.stringify(RIGHT)}\n`, data)).toEqual({ summary: RIGHT });
  expect(read({ told: '', needs: '' })).toMatchObject({ summary: { told: '', needs: '' } });
});

test.each<[string, Partial<ModelSummary>]>([
  ['an amount', { told: 'Lệ phí 9.000 đồng.' }],
  ['an amount in words', { told: 'Lệ phí năm mươi lăm nghìn đồng.' }],
  ['a date', { wants: 'Con sinh 16/6/2026.' }],
  ['a count', { wants: 'Đã nộp 3 lần.' }],
  ['a telephone', { needs: 'Gọi 0987654321.' }],
  ['digits inside a word', { needs: 'Xem tài khoản VCB19034567890.' }],
  ['a link', { needs: 'Mời vào https://dichvucong-gov.top' }],
  ['a bare address', { needs: 'Xem dichvucong-gov.top nhé.' }],
  ['an e-mail address', { needs: 'Gửi về abc@evil.example' }],
  ['a sign nobody gave out', { wants: 'Số ⟦ID7⟧ cần xem.' }],
  ['a broken sign', { wants: 'Số ⟦SDT1 cần xem.' }],
  ['markup', { headline: '<img src=x onerror=alert(1)>' }],
  ['Markdown', { headline: '**Khẩn**' }],
  ['somebody’s name', { wants: 'Việc của ông Trần Quốc Bảo.' }],
  ['an office', { needs: 'Chuyển sang tòa án.' }],
])('%s that was not said takes the whole summary with it', (_, change) => {
  expect(read(change)).toHaveProperty('invented');
});

test('what is no summary is a bad answer', () => {
  for (const content of ['', 'xin lỗi', '{}', '[]', '{"headline":', JSON.stringify({ ...RIGHT, wants: null })])
    expect(readSummary(content, data)).toBeNull();
  expect(read({ headline: '' })).toBeNull();
  expect(read({ headline: 'a'.repeat(200) })).toBeNull();
  expect(read({ wants: 'a '.repeat(600) })).toBeNull();
});

test('of a long conversation the newest words leave, none of them cut through a sign', () => {
  const long = Array.from({ length: 50 }, (_, at) => ({
    by: 'citizen' as const,
    text: `${'lời dài '.repeat(73)} sđt 0912345678 thứ ${at}`,
  }));
  const { data } = summaryData({ communeId: 'c', reason: '', said: long }, NOW);
  expect(data.said).toHaveLength(30);
  for (const { text } of data.said) {
    expect(text.length).toBeLessThanOrEqual(601);
    expect(text.replace(/⟦[A-Z]+\d+⟧/g, '')).not.toMatch(/[⟦⟧]|0912/);
  }
});
