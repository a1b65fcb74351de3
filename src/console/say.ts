import { localTime } from '../communes/calendar.ts';
import { type Html, html } from '../pages/html.ts';

const MINUTE = 60_000;
const two = (value: number) => String(value).padStart(2, '0');

/** "14:05" */
export function clock(at: Date): string {
  const { minutes } = localTime(at);
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
/** "20/07/2026" */
export function day(at: Date): string {
  return localTime(at).date.split('-').reverse().join('/');
}
/** "2026-11-21T09:30", for a field of the form. */
export const localInput = (at: Date): string => `${localTime(at).date}T${clock(at)}`;
/** "2026-07-18" → "18/07/2026"; anything else as it is. */
export const dayOf = (iso: string): string => iso.replace(/^(\d{4})-(\d\d)-(\d\d)$/, '$3/$2/$1');
export const moment = (at: Date): string => `${clock(at)} ngày ${day(at)}`;

/** "3 giờ 05 phút": how long, in two units at most. */
export function span(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE));
  if (minutes === 0) return 'dưới 1 phút';
  if (minutes < 60) return `${minutes} phút`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} giờ ${minutes % 60} phút` : `${hours} giờ`;
  const days = Math.floor(hours / 24);
  return hours % 24 && days < 4 ? `${days} ngày ${hours % 24} giờ` : `${days} ngày`;
}

/** "5 phút trước", "Hôm qua 14:05", "20/07": short, for lists. */
export function ago(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime();
  if (ms < MINUTE) return 'vừa xong';
  if (ms < 60 * MINUTE) return `${Math.floor(ms / MINUTE)} phút trước`;
  const today = localTime(now).date;
  const then = localTime(at).date;
  if (then === today) return clock(at);
  if (Date.parse(today) - Date.parse(then) === 86_400_000) return `Hôm qua ${clock(at)}`;
  return then.slice(0, 4) === today.slice(0, 4) ? day(at).slice(0, 5) : day(at);
}

/** A time with the whole of it on hover. */
export const time = (at: Date, words: string): Html =>
  html`<time datetime="${at.toISOString()}" title="${moment(at)}">${words}</time>`;

/** "Hôm nay", "Hôm qua", "Thứ Hai 20/07/2026": heads of days in a transcript. */
export function dayHead(at: Date, now: Date): string {
  const [then, today] = [localTime(at), localTime(now)];
  const apart = (Date.parse(today.date) - Date.parse(then.date)) / 86_400_000;
  if (apart === 0) return 'Hôm nay';
  if (apart === 1) return 'Hôm qua';
  return `${then.weekday === 7 ? 'Chủ nhật' : `Thứ ${['Hai', 'Ba', 'Tư', 'Năm', 'Sáu', 'Bảy'][then.weekday - 1]}`} ${day(at)}`;
}

export const dong = (amount: number): string => `${String(amount).replace(/\B(?=(\d{3})+$)/g, '.')} đồng`;
export const CHANNEL_WORDS = { zalo: 'Zalo', messenger: 'Messenger' } as const;
export const ROLE_WORDS = { officer: 'Cán bộ', lead: 'Phụ trách', admin: 'Quản trị', province: 'Cấp tỉnh' } as const;
