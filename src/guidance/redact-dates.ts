/**
 * Dates of birth, and others long past, which name a person as surely as a number does. How long ago they are stays:
 * whether a birth is registered late hangs on it.
 */

const FULL = String.raw`(?:ngày\s+|ngay\s+)?(\d{1,2})(?:\s?[./-]\s?|\s+(?:tháng|thang)\s+)(\d{1,2})(?:\s?[./-]\s?|\s+(?:năm|nam)\s+)((?:19|20)\d{2}|\d{2})(?![\d./-]*\d)`;
const BORN =
  '(?:ngày sinh|ngay sinh|năm sinh|nam sinh|sinh ngày|sinh ngay|sinh năm|sinh nam|sinh|đẻ ngày|de ngay|sn|ns)';
/** A few words may stand between: "sinh của cháu là". */
const AFTER_BORN = new RegExp(
  String.raw`(?<![\p{L}])(${BORN}(?:\s*[:=]|(?:\s+(?:của|cua|là|la|cháu|chau|con|bé|be|em|tôi|toi|vào|vao|hôm|hom)){0,3})\s*)${FULL}`,
  'giu',
);
/** Day and month alone, right after the word. */
const SHORT = new RegExp(
  String.raw`(?<![\p{L}])(${BORN}\s*[:=]?\s*(?:ngày\s+|ngay\s+)?)(\d{1,2})\s?[./-]\s?(\d{1,2})(?![\d./-]*\d)`,
  'giu',
);
const ANY = new RegExp(String.raw`(?<![\p{L}\d./-])${FULL}`, 'giu');
const DAY_MS = 86_400_000;
const LONG_AGO_DAYS = 550;

/** Between the name of a placeholder and its end. */
export type HideDate = (date: string, hint: string) => string;

export function hideDates(text: string, now: Date, hide: HideDate): string {
  const daysAgo = (day: string, month: string, year: string): number | null => {
    const whole =
      year.length === 2 ? Number(year) + (Number(year) > now.getUTCFullYear() % 100 ? 1900 : 2000) : Number(year);
    const at = Date.UTC(whole, Number(month) - 1, Number(day));
    const isDate = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
    return isDate ? Math.floor((now.getTime() - at) / DAY_MS) : null;
  };
  return text
    .replace(AFTER_BORN, (whole, cue: string, day: string, month: string, year: string) => {
      const days = daysAgo(day, month, year);
      return `${cue}${hide(whole.slice(cue.length), days === null ? '' : ago(days))}`;
    })
    .replace(SHORT, (whole, cue: string) => `${cue}${hide(whole.slice(cue.length), '')}`)
    .replace(ANY, (whole, day: string, month: string, year: string) => {
      const days = daysAgo(day, month, year);
      return days !== null && days > LONG_AGO_DAYS ? hide(whole, ago(days)) : whole;
    });
}

function ago(days: number): string {
  if (days < 0) return '';
  if (days < 60) return `${days} ngày trước`;
  return days < 730 ? `${Math.floor(days / 30.44)} tháng trước` : `${Math.floor(days / 365.25)} năm trước`;
}
