import { expect, test } from 'vitest';
import { html, raw, safeUrl } from './html.ts';

test('gaps are escaped, markup of ours is not, lists are joined, nothing stays nothing', () => {
  const words = `<img src=x onerror="alert('1')">&`;
  const page = html`<p title="${words}">${words}${html`<b>${words}</b>`}${[1, raw('<i></i>'), null, false, undefined]}</p>`;
  const escaped = '&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;';
  expect(String(page)).toBe(`<p title="${escaped}">${escaped}<b>${escaped}</b>1<i></i></p>`);
});

test.each([
  ['/console/x?y=1', '/console/x?y=1'],
  ['https://dichvucong.gov.vn/a', 'https://dichvucong.gov.vn/a'],
  ['//evil.example', '#'],
  ['/\\evil.example', '#'],
  ['javascript:alert(1)', '#'],
  ['data:text/html,x', '#'],
  ['http://plain.example', '#'],
  ['nothing', '#'],
])('the address %s becomes %s', (url, expected) => {
  expect(safeUrl(url)).toBe(expected);
});
