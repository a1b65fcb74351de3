import { expect, test } from 'vitest';
import { addWorkingDays, isOpen, nextOpening, openingTimes } from './calendar.ts';
import { communeSettings } from './communes.ts';

const calendar = communeSettings.parse({
  officeName: 'UBND xã',
  holidays: ['2026-11-24'],
  extraWorkingDays: ['2026-11-28'],
});
const local = (text: string) => new Date(`${text}:00+07:00`);

test.each([
  ['2026-11-23T07:29', false],
  ['2026-11-23T07:30', true],
  ['2026-11-23T12:10', false],
  ['2026-11-23T16:59', true],
  ['2026-11-23T17:00', false],
  ['2026-11-24T09:00', false],
  ['2026-11-22T09:00', false],
  ['2026-11-28T09:00', true],
])('at %s the office is open: %s', (at, expected) => {
  expect(isOpen(calendar, local(at))).toBe(expected);
});

test('the next opening skips lunch, holidays and weekends', () => {
  expect(nextOpening(calendar, local('2026-11-23T09:00'))).toEqual(local('2026-11-23T09:00'));
  expect(nextOpening(calendar, local('2026-11-23T12:10'))).toEqual(local('2026-11-23T13:30'));
  expect(nextOpening(calendar, local('2026-11-23T18:00'))).toEqual(local('2026-11-25T07:30'));
  expect(nextOpening({ ...calendar, hours: [] }, local('2026-11-23T18:00'))).toBeNull();
});

test('working days leave out holidays and weekends, and count swapped days', () => {
  expect(addWorkingDays(calendar, local('2026-11-23T09:00'), 1)).toBe('2026-11-25');
  expect(addWorkingDays(calendar, local('2026-11-26T23:30'), 2)).toBe('2026-11-28');
  expect(addWorkingDays(calendar, local('2026-11-27T09:00'), 3)).toBe('2026-12-01');
});

test('the day is the local one, not that of UTC', () => {
  expect(openingTimes(calendar, '2026-11-23')).toHaveLength(2);
  expect(isOpen(calendar, new Date('2026-11-23T00:45:00Z'))).toBe(true);
});
