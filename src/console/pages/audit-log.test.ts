import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DETAIL_WORDS, details, VALUE_WORDS } from './audit-log.ts';

test('an entry of the log is read in Vietnamese, without ids', () => {
  expect(details({ what: 'canned_removed', messageId: 'abc', rows: 3 })).toBe('gì: bỏ câu soạn sẵn; số hàng: 3');
  expect(details({ isFiltered: false, amountVnd: 50_000 })).toBe('có lọc: không; số tiền: 50.000 đồng');
  expect(details(null)).toBe('');
});

test('everything pages write into the log has words', () => {
  const source = readdirSync(new URL('.', import.meta.url))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
    .join('\n');
  const values = [...source.matchAll(/\bwhat: '(\w+)'/g)].map(([, value]) => value!);
  expect(values.length).toBeGreaterThan(12);
  expect(values.filter((value) => !(value in VALUE_WORDS))).toEqual([]);
  const kept = [...source.matchAll(/\.audit\(\s*'\w+',[^;]*?\{ (\w+)(?:: [^{}]*)? \},?\s*\)/g)].map(
    ([, name]) => name!,
  );
  expect(kept.length).toBeGreaterThan(15);
  expect(kept.filter((name) => name !== 'kind' && !(name in DETAIL_WORDS))).toEqual([]);
});
