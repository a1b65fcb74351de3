import { describe, expect, test } from 'vitest';
import {
  addOpenMinutes,
  addWorkingDays,
  isOpen,
  isWorkingDay,
  nextOpening,
  openingTimes,
  openMinutesBetween,
  workingDaysBetween,
} from './calendar.ts';
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

describe('the national calendar without any setting of the commune', () => {
  const plain = communeSettings.parse({ officeName: 'UBND xã' });

  test.each([
    ['2026-11-24', false],
    ['2025-11-24', true],
    ['2026-08-22', true],
    ['2026-08-31', false],
    ['2026-09-02', false],
    ['2026-04-27', false],
    ['2026-02-16', false],
    ['2026-02-20', false],
    ['2026-02-23', true],
    ['2026-11-21', false],
    ['2028-01-01', false],
  ])('%s is a working day: %s', (date, expected) => {
    expect(isWorkingDay(plain, date)).toBe(expected);
    expect(openingTimes(plain, date).length > 0).toBe(expected);
  });

  test('three working days from Friday 20 November 2026 end on Thursday', () => {
    expect(addWorkingDays(plain, local('2026-11-20T16:00'), 3)).toBe('2026-11-26');
    expect(workingDaysBetween(plain, '2026-11-20', '2026-11-26')).toBe(3);
    expect(workingDaysBetween(plain, '2026-11-26', '2026-11-20')).toBe(-3);
    expect(workingDaysBetween(plain, '2026-11-21', '2026-11-22')).toBe(0);
  });

  test('the commune may open on a national day off; Saturday duty is no working day', () => {
    expect(isWorkingDay({ ...plain, extraWorkingDays: ['2026-11-24'] }, '2026-11-24')).toBe(true);
    const saturdays = { ...plain, hours: [{ days: [1, 2, 3, 4, 5, 6], opens: '07:30', closes: '11:30' }] };
    expect(openingTimes(saturdays, '2026-11-21')).toHaveLength(1);
    expect(isWorkingDay(saturdays, '2026-11-21')).toBe(false);
  });
});

test('minutes of opening time pass over lunch, nights, holidays and weekends', () => {
  expect(addOpenMinutes(calendar, local('2026-11-23T09:00'), 30)).toEqual(local('2026-11-23T09:30'));
  expect(addOpenMinutes(calendar, local('2026-11-23T11:20'), 30)).toEqual(local('2026-11-23T13:50'));
  expect(addOpenMinutes(calendar, local('2026-11-23T12:10'), 30)).toEqual(local('2026-11-23T14:00'));
  expect(addOpenMinutes(calendar, local('2026-11-23T16:50'), 30)).toEqual(local('2026-11-25T07:50'));
  expect(addOpenMinutes({ ...calendar, hours: [] }, local('2026-11-23T16:50'), 30)).toBeNull();
  expect(openMinutesBetween(calendar, local('2026-11-23T11:20'), local('2026-11-23T13:50'))).toBe(30);
  expect(openMinutesBetween(calendar, local('2026-11-23T16:50'), local('2026-11-25T07:50'))).toBe(30);
  expect(openMinutesBetween(calendar, local('2026-11-22T08:00'), local('2026-11-22T18:00'))).toBe(0);
});
