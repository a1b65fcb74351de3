import type { Reply } from '../zalo/http.ts';

const formatter = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Ho_Chi_Minh',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
/** Vietnamese wall clock, 14 digits. */
export const clock = (at: number): string => formatter.format(at).replace(/\D/g, '');

/** @returns null for what is no moment */
export function instant(text: string): number | null {
  if (!/^\d{14}$/.test(text)) return null;
  const iso = text.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6+07:00');
  const at = Date.parse(iso);
  return Number.isNaN(at) ? null : at;
}

/** A table as gateways let merchants save it. */
export const reportOf = (divider: string, head: string[], rows: (string | number)[][]): Reply => ({
  status: 200,
  headers: { 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': 'attachment; filename="report.csv"' },
  body: `\ufeff${[head, ...rows].map((cells) => cells.join(divider)).join('\r\n')}\r\n`,
});

/** An object of texts; numbers, which some clients send, as they are written. Null: anything else. */
export function textsOf(bytes: Buffer): Record<string, string> | null {
  const body = objectOf(bytes);
  if (!body) return null;
  const isFlat = Object.values(body).every((value) => typeof value === 'string' || typeof value === 'number');
  return isFlat ? Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)])) : null;
}

/** An object of JSON, or null. */
export function objectOf(bytes: Buffer | string): Record<string, unknown> | null {
  try {
    const body: unknown = JSON.parse(bytes.toString());
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
