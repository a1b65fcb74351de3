import { localTime } from '../communes/calendar.ts';
import type { PaymentMethod } from './provider.ts';

/** "8.000 đồng" */
export const money = (amountVnd: number): string => `${String(amountVnd).replace(/\B(?=(\d{3})+$)/g, '.')} đồng`;

const two = (part: number) => String(part).padStart(2, '0');

/** "9 giờ 05" in Vietnam. */
export function clockWords(at: Date): string {
  const { minutes } = localTime(at);
  return minutes % 60 === 0 ? `${minutes / 60} giờ` : `${Math.floor(minutes / 60)} giờ ${two(minutes % 60)}`;
}

/** "21/11/2026" in Vietnam. */
export function dayWords(at: Date): string {
  const [year, month, day] = localTime(at).date.split('-');
  return `${day}/${month}/${year}`;
}

/** "21/11/2026 09:05:12" in Vietnam, for lists. */
export const momentWords = (at: Date): string =>
  `${dayWords(at)} ${new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(11, 19)}`;

export const METHOD_NAMES: Record<PaymentMethod, string> = {
  vnpay: 'VNPAY',
  momo: 'Ví MoMo',
  vnptpay: 'VNPT Pay',
  pp: 'Cổng thanh toán quốc gia',
  vietqr: 'Quét mã QR chuyển khoản',
  counter: 'Tại quầy một cửa',
  portal: 'Trên Cổng Dịch vụ công',
};

/** Letters a gateway signs and a bank writes alike: no marks, no signs of its own. At most `most` characters. */
export function asciiWords(text: string, most: number): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/đ/g, 'd')
    .replace(/Đ/g, 'D')
    .replace(/[^A-Za-z0-9 .,:/_-]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, most)
    .trim();
}
