/**
 * The State's days off and swapped days. Fixed days follow from the Labour Code, art. 112, and Resolution 28/2026/QH16
 * (24 November, from 2026); Tết, Giỗ Tổ, days made up for and swaps are announced each year and added here by hand. A
 * commune's own settings come before these.
 */
const FIXED: { monthDay: string; since: number }[] = [
  { monthDay: '01-01', since: 2000 },
  { monthDay: '04-30', since: 2000 },
  { monthDay: '05-01', since: 2000 },
  { monthDay: '09-02', since: 2000 },
  { monthDay: '11-24', since: 2026 },
];

/** First and last day of a span; a single day is both. */
const OFF: [from: string, to: string][] = [
  ['2026-01-02', '2026-01-02'], // swapped with 10 January (unconfirmed)
  ['2026-02-14', '2026-02-22'], // Tết Bính Ngọ
  ['2026-04-27', '2026-04-27'], // Giỗ Tổ fell on a Sunday
  ['2026-08-31', '2026-09-01'], // National Day with the swapped Monday
  ['2027-02-05', '2027-02-11'], // Tết Đinh Mùi: computed, not announced yet
  ['2027-04-16', '2027-04-16'], // Giỗ Tổ: computed
  ['2027-05-03', '2027-05-03'], // 1 May falls on a Saturday
];

/** Saturdays worked for a day off elsewhere. */
const WORKED = new Set(['2026-01-10', '2026-08-22']);

/** @param date local, "2026-11-24" */
export function isNationalDayOff(date: string): boolean {
  const year = Number(date.slice(0, 4));
  return (
    FIXED.some(({ monthDay, since }) => year >= since && date.slice(5) === monthDay) ||
    OFF.some(([from, to]) => from <= date && date <= to)
  );
}

export const isNationalWorkday = (date: string): boolean => WORKED.has(date);
