import { expect, test } from 'vitest';
import { createBreaker } from '../breaker.ts';
import { createBudget, createLanes } from './model-limits.ts';

test('the breaker opens after failures in a row, lets one probe through, closes with its success', () => {
  let now = 0;
  const states: string[] = [];
  const breaker = createBreaker({ failures: 3, openMs: 100, now: () => now, onChange: (state) => states.push(state) });
  breaker.failed();
  breaker.failed();
  breaker.succeeded();
  for (let time = 0; time < 3; time++) {
    expect(breaker.mayAsk()).toBe(true);
    breaker.failed();
  }
  expect(breaker.mayAsk()).toBe(false);
  now = 100;
  expect(breaker.state()).toBe('half_open');
  expect(breaker.mayAsk()).toBe(true);
  expect(breaker.mayAsk()).toBe(false);
  breaker.failed();
  now = 250;
  expect(breaker.mayAsk()).toBe(false); // twice as long after a failed probe
  now = 300;
  expect(breaker.mayAsk()).toBe(true);
  breaker.released();
  expect(breaker.mayAsk()).toBe(true);
  breaker.succeeded();
  expect(breaker.state()).toBe('closed');
  expect(states).toEqual(['open', 'half_open', 'open', 'half_open', 'half_open', 'closed']);
});

test('an endpoint that asks to be left alone is, at once', () => {
  let now = 0;
  const breaker = createBreaker({ openMs: 100, now: () => now });
  breaker.failed(50);
  expect(breaker.mayAsk()).toBe(true);
  breaker.failed(5_000);
  now = 4_999;
  expect(breaker.mayAsk()).toBe(false);
  now = 5_000;
  expect(breaker.mayAsk()).toBe(true);
});

test('a commune has its budget per Vietnamese day', async () => {
  let now = Date.parse('2026-11-21T16:00:00Z'); // 23:00 in Vietnam
  const { take } = createBudget({ perDay: 2, now: () => now });
  expect([await take('a'), await take('a'), await take('a'), await take('b')]).toEqual([true, true, false, true]);
  now += 3_600_000;
  expect([await take('a', 3), await take('a', 2)]).toEqual([false, true]);
});

test('one commune cannot take all places', () => {
  const lanes = createLanes({ inAll: 3, perCommune: 2 });
  const leave = lanes.enter('a');
  lanes.enter('a');
  expect(lanes.enter('a')).toBeNull();
  expect(lanes.enter('b')).not.toBeNull();
  expect(lanes.enter('c')).toBeNull();
  leave!();
  leave!();
  expect(lanes.enter('c')).not.toBeNull();
  expect(lanes.enter('d')).toBeNull();
});
