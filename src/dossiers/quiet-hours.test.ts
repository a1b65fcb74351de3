import { expect, test } from 'vitest';
import { quietUntil } from './quiet-hours.ts';

const at = (local: string) => new Date(`${local}+07:00`);
const night = { quietFrom: '21:00', quietUntil: '07:00' };

test.each([
  ['2026-11-23T20:59:59', null],
  ['2026-11-23T21:00:00', '2026-11-24T07:00:00'],
  ['2026-11-23T23:59:30', '2026-11-24T07:00:00'],
  ['2026-11-24T00:00:00', '2026-11-24T07:00:00'],
  ['2026-11-24T06:59:59', '2026-11-24T07:00:00'],
  ['2026-11-24T07:00:00', null],
])('at %s a notice of the night may leave at %s', (now, then) => {
  expect(quietUntil(night, at(now))).toEqual(then === null ? null : at(then));
});

test('quiet hours within one day, and none', () => {
  const noon = { quietFrom: '11:30', quietUntil: '13:30' };
  expect(quietUntil(noon, at('2026-11-23T12:00:00'))).toEqual(at('2026-11-23T13:30:00'));
  expect(quietUntil(noon, at('2026-11-23T13:30:00'))).toBeNull();
  expect(quietUntil({ quietFrom: '00:00', quietUntil: '00:00' }, at('2026-11-23T03:00:00'))).toBeNull();
});
