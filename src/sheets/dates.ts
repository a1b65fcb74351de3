/** Vietnam keeps UTC+7 all year. */
const OFFSET_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;

/** `hasTime` false: only the day was written, `at` is its first moment in Vietnam. */
export interface Moment {
  at: Date;
  hasTime: boolean;
}

type Fields = [year: number, month: number, day: number, hour?: number, minute?: number, second?: number];

function moment([year, month, day, hour = 0, minute = 0, second = 0]: Fields, hasTime: boolean): Moment | null {
  const isPlausible = year >= 2010 && year <= 2100 && hour < 24 && minute < 60 && second < 60;
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isCalendarDay = local.getUTCMonth() === month - 1 && local.getUTCDate() === day;
  return isPlausible && isCalendarDay ? { at: new Date(local.getTime() - OFFSET_MS), hasTime } : null;
}

const DMY = /^(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4}|\d{2})$/;
const ISO =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;
const DIGITS = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$/;
const WORDS = /ngày\s*(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(\d{4})/i;
const CLOCK = /(\d{1,2})\s*(?::|giờ|h)\s*(\d{2})?(?:\s*phút)?(?::(\d{2})(?:[.,]\d+)?)?\s*(am|pm|sa|ch)?/i;

/**
 * A day or an instant as one-stop systems write it: "01/07/2026 14:30", "14:30 01/07/2026", "1/7/26", "01/07/2026 2:30 CH",
 * ISO with or without "T" and zone, "yyyyMMddHHmmss", "17 giờ 00 phút, ngày 01 tháng 07 năm 2026", an Excel serial.
 * Without a zone it is Vietnam's time. @returns null when it is none, or no day between 2010 and 2100
 */
export function parseMoment(written: string): Moment | null {
  const text = written
    .normalize('NFC')
    .replace(/[\s\u00a0]+/g, ' ')
    .trim();
  const iso = ISO.exec(text);
  if (iso) return fromIso(iso);
  const compact = DIGITS.exec(text);
  if (compact) {
    const [year, month, day, hour, minute, second] = compact.slice(1).map((part) => Number(part ?? 0));
    return moment([year!, month!, day!, hour, minute, second], compact[4] !== undefined);
  }
  if (/^\d{5}([.,]\d+)?$/.test(text)) return fromExcelSerial(Number(text.replace(',', '.')));
  return fromVietnamese(text);
}

function fromIso(iso: RegExpExecArray): Moment | null {
  const [year, month, day, hour, minute, second] = iso.slice(1, 7).map((part) => Number(part ?? 0));
  const local = moment([year!, month!, day!, hour, minute, second], iso[4] !== undefined);
  const zone = iso[7];
  if (!local || !zone) return local;
  const parts = /([+-])(\d{2}):?(\d{2})/.exec(zone);
  const zoneMs = parts ? Number(`${parts[1]}1`) * (Number(parts[2]) * 60 + Number(parts[3])) * 60_000 : 0;
  return { at: new Date(local.at.getTime() + OFFSET_MS - zoneMs), hasTime: true };
}

function fromVietnamese(text: string): Moment | null {
  const written = WORDS.exec(text);
  const spelled = written ?? /\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{2,4}/.exec(text);
  if (!spelled) return null;
  const day = written ?? DMY.exec(spelled[0]);
  if (!day) return null;
  const rest = text
    .replace(spelled[0], ' ')
    .replace(/ngày|lúc|,/gi, ' ')
    .trim();
  const clock = rest === '' ? null : CLOCK.exec(rest);
  // what is neither a day nor an hour makes it a sentence, not a date
  if (rest !== '' && (!clock || rest.replace(clock[0], '').trim() !== '')) return null;
  const [, d, m, y] = day;
  const year = Number(y) < 100 ? 2000 + Number(y) : Number(y);
  const half = clock?.[4]?.toLowerCase();
  const isAfternoon = half === 'pm' || half === 'ch';
  const hour = Number(clock?.[1] ?? 0);
  const hour24 = half === undefined ? hour : (hour % 12) + (isAfternoon ? 12 : 0);
  return moment([year, Number(m), Number(d), hour24, Number(clock?.[2] ?? 0), Number(clock?.[3] ?? 0)], clock !== null);
}

/** @param serial days since 1899-12-30 (or 1904-01-01), the hour as a fraction */
export function fromExcelSerial(serial: number, { is1904 = false } = {}): Moment | null {
  const days = is1904 ? serial + 1462 : serial;
  const seconds = Math.round(days * 86_400);
  const local = new Date(Date.UTC(1899, 11, 30) + seconds * 1_000);
  if (!Number.isFinite(local.getTime())) return null;
  const day = [local.getUTCFullYear(), local.getUTCMonth() + 1, local.getUTCDate()] as const;
  const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()] as const;
  return moment([...day, ...clock], seconds % 86_400 !== 0);
}

/** A day by which something is due, without an hour, lasts until its last second. */
export const untilEnd = ({ at, hasTime }: Moment): Date => (hasTime ? at : new Date(at.getTime() + DAY_MS - 1_000));
