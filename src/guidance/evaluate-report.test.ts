import { expect, test } from 'vitest';
import type { Evaluation, Judged } from './evaluate.ts';
import { aspectConfusions, failuresPage, showDetails } from './evaluate-report.ts';
import { PERTURBATIONS, withUnseenName } from './perturb.ts';

const judged = (text: string, over: Partial<Judged> = {}): Judged => ({
  item: { id: 'x1', text, intent: 'procedure_question', procedure: '1.001193' },
  isIntent: true,
  isProcedure: true,
  isAspect: null,
  procedureCode: '1.001193',
  aspects: ['documents'],
  score: 0.99,
  action: 'answered',
  faults: [],
  ...over,
});
const wrong = {
  isProcedure: false,
  procedureCode: '1.000894',
  score: 0.4,
  action: 'offered_choices',
  faults: ['wrong'],
};

test('questions are told apart by length, score and what was done', () => {
  const all = [judged('khai sinh'), judged('một hai ba bốn năm sáu bảy tám chín', wrong)];
  const shown = showDetails({ judged: all } as Evaluation);
  expect(shown).toMatch(/up to 8 words +procedure 100\.0 % \(1\/1\)/);
  expect(shown).toMatch(/9 to 20 words +procedure 0\.0 % \(0\/1\)/);
  expect(shown).toContain('score 0.30 to 0.50: right 0.0 % (0/1)');
  expect(shown).toContain('answered at once 50.0 % (1/2), of these right 100.0 % (1/1)');
  expect(shown).toContain('1 × 1.001193 read as 1.000894');
});

test('facts taken for others are counted, the most often first', () => {
  const asked = (aspect: string, aspects: Judged['aspects']) =>
    judged('x', { item: { ...judged('x').item, aspect }, isAspect: false, aspects });
  const all = [asked('time', []), asked('fee', ['time']), asked('fee', ['time']), judged('y', { isAspect: true })];
  expect(aspectConfusions(all)).toEqual(['  2 × fee read as time', '  1 × time read as none']);
});

test('a page of failures shows only failures, and questions stay text', () => {
  const all = [judged('đúng'), judged('<script>alert("a|b")</script>', wrong)];
  const html = failuresPage('t', all, 'html');
  expect(html).not.toContain('<script>');
  expect(html).not.toContain('đúng');
  expect(html).toContain('1 of 2 questions');
  const table = failuresPage('t', all, 'md');
  expect(table).not.toContain('<script>alert');
  expect(table).toContain('a\\|b');
});

test('a question typed worse is the same each time, and still the same question', () => {
  const text = 'Đăng ký thường trú cho vợ về nhà chồng cần giấy tờ gì, nộp ở đâu, mất bao nhiêu ngày?';
  for (const perturb of Object.values(PERTURBATIONS)) {
    expect(perturb(text)).toBe(perturb(text));
    expect(perturb(text)).not.toBe(text);
  }
  expect(PERTURBATIONS['no marks']!(text)).toBe(
    'dang ky thuong tru cho vo ve nha chong can giay to gi, nop o dau, mat bao nhieu ngay?',
  );
  expect(PERTURBATIONS['telex keys']!('thường '.repeat(20))).toContain('thuwowngf');
  expect(withUnseenName('Làm giấy khai sinh cần gì?', ['khai sinh', 'giấy khai sinh'], ['to lot long'])).toBe(
    'lam to lot long can gi',
  );
  expect(withUnseenName('Con tôi mới đẻ', ['khai sinh'], ['to lot long'])).toBeNull();
});
