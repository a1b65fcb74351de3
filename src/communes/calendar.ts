import type { CommuneSettings } from './communes.ts';
import { isNationalDayOff, isNationalWorkday } from './national-calendar.ts';

/** Vietnam keeps UTC+7 all year. */
const OFFSET_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;

export type Calendar = Pick<CommuneSettings, 'hours' | 'holidays' | 'extraWorkingDays'>;

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
  if (isDayOff(calendar, date)) return [];
  const asWeekday = isSwappedIn(calendar, date) ? 1 : weekday;
  return calendar.hours
    .filter((span) => span.days.includes(asWeekday))
    .map(({ opens, closes }) => ({ opens, closes }))
    .sort((a, b) => a.opens.localeCompare(b.opens));
}

/** What the commune says of a day comes before what the State says. */
const isDayOff = ({ holidays, extraWorkingDays }: Calendar, date: string) =>
  holidays.includes(date) || (isNationalDayOff(date) && !extraWorkingDays.includes(date));
const isSwappedIn = ({ extraWorkingDays }: Calendar, date: string) =>
  extraWorkingDays.includes(date) || isNationalWorkday(date);

/** A day that counts for deadlines: Monday to Friday and swapped days. Saturday duty makes no working day. */
export function isWorkingDay(calendar: Calendar, date: string): boolean {
  if (isDayOff(calendar, date)) return false;
  return localTime(instant(date, 0)).weekday <= 5 || isSwappedIn(calendar, date);
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

/** Spans the office is open from `from` on, in order. */
function* openSpans(calendar: Calendar, from: Date): Generator<{ opens: Date; closes: Date }> {
  for (let day = 0; day < 60; day++) {
    const { date } = localTime(new Date(from.getTime() + day * DAY_MS));
    for (const span of openingTimes(calendar, date)) {
      const opens = instant(date, minutesOf(span.opens));
      const closes = instant(date, minutesOf(span.closes));
      if (closes > from) yield { opens: opens < from ? from : opens, closes };
    }
  }
}

/** When `minutes` of opening time have passed since `from`; null when the office opens too little in sixty days. */
export function addOpenMinutes(calendar: Calendar, from: Date, minutes: number): Date | null {
  let left = minutes * 60_000;
  for (const { opens, closes } of openSpans(calendar, from)) {
    const length = closes.getTime() - opens.getTime();
    if (left <= length) return new Date(opens.getTime() + left);
    left -= length;
  }
  return null;
}

/** Minutes of opening time between two instants, at most those of sixty days. */
export function openMinutesBetween(calendar: Calendar, from: Date, to: Date): number {
  let sum = 0;
  for (const { opens, closes } of openSpans(calendar, from)) {
    if (opens >= to) break;
    sum += Math.min(closes.getTime(), to.getTime()) - opens.getTime();
  }
  return sum / 60_000;
}

/** The local day `days` working days after the local day of `from` (Saturdays, Sundays and holidays do not count). The first day is not counted: Civil Code, art. 147. */
export function addWorkingDays(calendar: Calendar, from: Date, days: number): string {
  let left = days;
  for (let step = 1; ; step++) {
    const { date } = localTime(new Date(from.getTime() + step * DAY_MS));
    if (isWorkingDay(calendar, date)) left -= 1;
    if (left <= 0 || step > 3_650) return date;
  }
}

/** Working days after `from` up to and with `to`, local days; negative when `to` lies before. */
export function workingDaysBetween(calendar: Calendar, from: string, to: string): number {
  if (to < from) return -workingDaysBetween(calendar, to, from);
  let days = 0;
  for (let at = Date.parse(from) + DAY_MS; at <= Date.parse(to) && days < 1_000; at += DAY_MS)
    if (isWorkingDay(calendar, new Date(at).toISOString().slice(0, 10))) days += 1;
  return days;
}
