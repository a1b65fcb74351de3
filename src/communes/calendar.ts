import type { CommuneSettings } from './communes.ts';

/** Vietnam keeps UTC+7 all year. */
const OFFSET_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;

type Calendar = Pick<CommuneSettings, 'hours' | 'holidays' | 'extraWorkingDays'>;

/** Local calendar fields of an instant. `weekday` 1 = Monday … 7 = Sunday; `minutes` since local midnight. */
export function localTime(at: Date) {
  const local = new Date(at.getTime() + OFFSET_MS);
  const date = local.toISOString().slice(0, 10);
  const weekday = local.getUTCDay() === 0 ? 7 : local.getUTCDay();
  return { date, weekday, minutes: local.getUTCHours() * 60 + local.getUTCMinutes() };
}

const minutesOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
const instant = (date: string, minutes: number) =>
  new Date(Date.parse(`${date}T00:00:00Z`) - OFFSET_MS + minutes * 60_000);

/** Opening times of one local day, in order; empty when closed. */
export function openingTimes(calendar: Calendar, date: string): { opens: string; closes: string }[] {
  const weekday = localTime(instant(date, 0)).weekday;
  const asWeekday = calendar.extraWorkingDays.includes(date) ? 1 : weekday;
  if (calendar.holidays.includes(date)) return [];
  return calendar.hours
    .filter((span) => span.days.includes(asWeekday))
    .map(({ opens, closes }) => ({ opens, closes }))
    .sort((a, b) => a.opens.localeCompare(b.opens));
}

export function isOpen(calendar: Calendar, now: Date): boolean {
  const { date, minutes } = localTime(now);
  return openingTimes(calendar, date).some(
    (span) => minutesOf(span.opens) <= minutes && minutes < minutesOf(span.closes),
  );
}

/** The next time the office opens, at or after `now`; null when nothing opens within sixty days. */
export function nextOpening(calendar: Calendar, now: Date): Date | null {
  for (let day = 0; day < 60; day++) {
    const { date } = localTime(new Date(now.getTime() + day * DAY_MS));
    for (const span of openingTimes(calendar, date)) {
      const opens = instant(date, minutesOf(span.opens));
      if (opens >= now) return opens;
      if (instant(date, minutesOf(span.closes)) > now) return now;
    }
  }
  return null;
}

/** The local day `days` working days after the local day of `from` (Saturdays, Sundays and holidays do not count). */
export function addWorkingDays(calendar: Calendar, from: Date, days: number): string {
  let left = days;
  for (let step = 1; ; step++) {
    const { date } = localTime(new Date(from.getTime() + step * DAY_MS));
    if (openingTimes(calendar, date).length > 0) left -= 1;
    if (left <= 0 || step > 3_650) return date;
  }
}
