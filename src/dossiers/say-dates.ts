import { localTime } from '../communes/calendar.ts';

const WEEKDAYS = ['', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy', 'Chủ nhật'];
const DAY_MS = 86_400_000;

/** "30/11/2026". @param date local, "2026-11-30" */
export const shortDay = (date: string): string =>
  `${Number(date.slice(8))}/${Number(date.slice(5, 7))}/${date.slice(0, 4)}`;

/** "thứ Hai 30/11/2026", with "hôm nay" or "ngày mai" where it is so. */
export function dayWords(date: string, today: string): string {
  const { weekday } = localTime(new Date(`${date}T12:00:00+07:00`));
  const words = `${WEEKDAYS[weekday]} ${shortDay(date)}`;
  const days = Math.round((Date.parse(date) - Date.parse(today)) / DAY_MS);
  if (days === 0) return `hôm nay, ${words}`;
  return days === 1 ? `ngày mai, ${words}` : words;
}

/** "cập nhật lúc 17:00 hôm qua". */
export function ageWords(asOf: Date, now: Date): string {
  const { date, minutes } = localTime(asOf);
  const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const days = Math.round((Date.parse(localTime(now).date) - Date.parse(date)) / DAY_MS);
  return `cập nhật lúc ${clock} ${days === 0 ? 'hôm nay' : days === 1 ? 'hôm qua' : `ngày ${shortDay(date)}`}`;
}
