import type { Button } from '../channels/channel.ts';
import { normaliseDossierNumber } from '../procedures/dossier-numbers.ts';

/** What a button of the desk means. It comes back as untrusted input. */
export type DeskAct = 'detail' | 'watch' | 'watch_yes' | 'unwatch' | 'status';
const ACTS: readonly string[] = ['detail', 'watch', 'watch_yes', 'unwatch', 'status'] satisfies DeskAct[];

export const PREFIX = 'hx:desk:';
export const deskPress = (act: DeskAct, code: string) => `${PREFIX}${act}:${code}`;

/** @returns null for anything we did not make */
export function parseDeskPress(value: string, now: Date): { act: DeskAct; code: string } | null {
  const [hx, desk, act = '', code = '', ...rest] = value.split(':');
  if (hx !== 'hx' || desk !== 'desk' || rest.length > 0 || !ACTS.includes(act)) return null;
  return normaliseDossierNumber(code, now) === code ? { act: act as DeskAct, code } : null;
}

const button = (title: string, value: string): Button => ({ title, kind: 'reply', value });

export const LOOKUP = 'https://dichvucong.gov.vn/tra-cuu-ho-so';
export const PAYMENT = 'https://dichvucong.gov.vn/thanh-toan-truc-tuyen';

/** "hx:human" and "hx:no_code" are guidance's own, "hx:pay:…" the pay desk's; so they mean the same everywhere. */
export const buttons = {
  human: button('Gặp cán bộ', 'hx:human'),
  noReceipt: button('Không có giấy hẹn', 'hx:no_code'),
  lookup: { title: 'Trang tra cứu hồ sơ', kind: 'url', value: LOOKUP } satisfies Button as Button,
  payment: { title: 'Trang thanh toán', kind: 'url', value: PAYMENT } satisfies Button as Button,
  /** The pay desk's: it knows how the commune is paid, or sends on to the portal. */
  pay: (code: string) => button('Nộp khoản này', `hx:pay:dossier:${code}`),
  detail: (code: string) => button('Xem chi tiết', deskPress('detail', code)),
  watch: (code: string) => button('Báo tôi khi đổi', deskPress('watch', code)),
  agree: (code: string) => button('Đồng ý, báo cho tôi', deskPress('watch_yes', code)),
  unwatch: (code: string) => button('Dừng báo', deskPress('unwatch', code)),
  status: (code: string) => button('Xem tình trạng', deskPress('status', code)),
  again: (code: string) => button('Thử lại', deskPress('status', code)),
};
