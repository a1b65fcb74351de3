import { localTime } from '../communes/calendar.ts';
import type { CommuneSettings } from '../communes/communes.ts';

type Quiet = Pick<CommuneSettings['notices'], 'quietFrom' | 'quietUntil'>;

const minutesOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** The end of the quiet hours that `now` lies in; null outside them. Hours may go over midnight; from = until is never. */
export function quietUntil({ quietFrom, quietUntil: until }: Quiet, now: Date): Date | null {
  const [from, end] = [minutesOf(quietFrom), minutesOf(until)];
  const { minutes } = localTime(now);
  const isQuiet = from <= end ? from <= minutes && minutes < end : minutes >= from || minutes < end;
  if (!isQuiet) return null;
  const wait = (end - minutes + 1_440) % 1_440;
  const minute = Math.floor(now.getTime() / 60_000) * 60_000;
  return new Date(minute + wait * 60_000);
}
