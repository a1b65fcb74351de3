import { expect, test } from 'vitest';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadHints } from '../procedures/hints.ts';
import { type SaidMessage, summarise } from './summary.ts';

const said = (author: SaidMessage['author'], text: string, more: Partial<SaidMessage> = {}): SaidMessage => ({
  ...{ author, text, content: null, outcome: null, answer: null },
  ...more,
});

test('what the assistant told is its first line, and a heading comes with what it heads', () => {
  const answer = { records: [{ code: '1.001193', asOf: '2026-07-18' }] };
  const { told } = summarise(
    [
      said('citizen', 'làm khai sinh cần gì'),
      said('bot', 'Cần mang theo:\n- Giấy chứng sinh.\n2. Căn cước của người đi làm;\nTrang chính thức', { answer }),
      said('bot', 'Lệ phí 8.000 đồng.\nNộp tại ủy ban xã.', { answer }),
    ],
    'asked',
    loadCatalogue(),
    loadHints(),
  );
  expect(told.map(({ text }) => text)).toEqual([
    'Cần mang theo: Giấy chứng sinh; Căn cước của người đi làm; Trang chính thức',
    'Lệ phí 8.000 đồng.',
  ]);
});
