import { describe, expect, it } from 'vitest';
import { parseWebhookJson, textOf, timeOf } from './webhook-json.ts';

const parse = (text: string) => parseWebhookJson(Buffer.from(text));

describe('parseWebhookJson', () => {
  it('keeps long integers digit by digit and leaves other numbers and texts alone', () => {
    expect(parse('{"id":2468000000000000001,"t":1795168800123,"list":[-99999999999999999, 1.5e3]}')).toEqual({
      id: '2468000000000000001',
      t: 1795168800123,
      list: ['-99999999999999999', 1500],
    });
    const quoted = { text: 'mã :2468000000000000001, \\" [2468000000000000001]', id: '2468000000000000001' };
    expect(parse(JSON.stringify(quoted))).toEqual(quoted);
  });

  it('replaces what PostgreSQL cannot store', () => {
    expect(parse('{"a":"x\\u0000y","b":["\\ud800","\\ud83d\\udc4d"],"\\u0000k":1}')).toEqual({
      a: 'x\uFFFDy',
      b: ['\uFFFD', '👍'],
      '\uFFFDk': 1,
    });
  });

  it.each(['', '{', '\u0000', '{"a":1}}', 'NaN'])('returns undefined for %j', (text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('takes nesting nobody could store for no JSON, as deep as one megabyte allows', () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(parse(nested(100))).toBeDefined();
    for (const depth of [1_000, 6_000, 500_000]) expect(parse(nested(depth))).toBeUndefined();
    expect(parse(`${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`)).toBeUndefined();
  });

  it('bears invalid UTF-8 and a byte order mark', () => {
    expect(parseWebhookJson(Buffer.from([0x22, 0xff, 0x22]))).toBe('\uFFFD');
    expect(parse('\uFEFF{"a":1}')).toEqual({ a: 1 });
  });

  it('refuses a string that never ends as fast as anything else', () => {
    const body = `:1234567890123456"${'\\"'.repeat(500_000)}`;
    const start = performance.now();
    expect(parse(body)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('does not let a body change prototypes', () => {
    parse('{"__proto__":{"polluted":true},"x":"\\u0000"}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('lenient readers', () => {
  it('coerce numbers, and nothing else, to text', () => {
    expect([textOf(7), textOf('a'), textOf(''), textOf(null), textOf({}), textOf(Number.NaN)]).toEqual([
      '7',
      'a',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
  it('read seconds and milliseconds', () => {
    const fallback = new Date(0);
    expect(timeOf('1795168800', fallback)).toEqual(timeOf(1795168800000, fallback));
  });
});
