import { expect, test } from 'vitest';
import { NOTICE_KINDS } from './changes.ts';
import { DOSSIER_STATES } from './dossier.ts';
import { noticeText, templateValues } from './say-notice.ts';

const NOW = new Date('2026-11-27T03:00:00Z');
const office = { officeName: 'UBND xã Bát Xát', hotline: '02143000000' };
const code = 'H26.15-261120-0001';
const facts = { dueDate: '2026-11-30', asOf: '2026-11-26T10:00:00Z', source: 'hệ thống một cửa của xã' };

test('a new state reads as a person would say it', () => {
  expect(noticeText({ kind: 'state', code, facts: { ...facts, state: 9 } }, office, NOW)).toBe(
    [
      'Hồ sơ H26.15-261120-0001 đã có kết quả, chờ đến nhận.',
      'Đến nơi ghi trên giấy hẹn để nhận, mang theo giấy hẹn và căn cước.',
      'Tin tự động của trợ lý UBND xã Bát Xát; theo hệ thống một cửa của xã, cập nhật lúc 17:00 hôm qua. Gõ "dừng báo" để thôi.',
    ].join('\n'),
  );
  expect(
    noticeText({ kind: 'due_moved', code, facts: { ...facts, state: 4, previousDueDate: '2026-11-28' } }, office, NOW),
  ).toMatch(
    /^Hồ sơ \S+ đổi ngày hẹn trả: từ ngày mai, thứ Bảy 28\/11\/2026 sang thứ Hai 30\/11\/2026\.\nHiện đang được giải quyết\./,
  );
});

test('every kind and state has a text for everybody: short, composed, with the code, the age of the data, no gap', () => {
  for (const kind of NOTICE_KINDS) {
    for (const state of [...DOSSIER_STATES, 'unknown'] as const) {
      for (const dueDate of [undefined, '2026-11-27', '2026-11-28', '2026-11-30']) {
        if (!dueDate && (kind === 'due_soon' || kind === 'overdue' || kind === 'due_moved')) continue;
        const text = noticeText({ kind, code, facts: { ...facts, state, dueDate } }, office, NOW);
        expect(text).toContain(code);
        expect(text).toContain('cập nhật lúc');
        expect(text).not.toMatch(/undefined|null|NaN|\s\.|\(\)|unknown/);
        expect(text).toBe(text.normalize('NFC'));
        expect(text.length).toBeLessThan(420);
        const isLast = state === 3 || state === 7 || state === 10;
        expect(text.includes('dừng báo')).toBe(!isLast);
        const values = templateValues({ kind, code, facts: { ...facts, state, dueDate } }, office);
        expect(values.state!.length).toBeLessThanOrEqual(30);
        expect(values.due_date === undefined).toBe(!dueDate);
      }
    }
  }
});
