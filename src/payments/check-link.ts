import { domainToASCII, domainToUnicode } from 'node:url';
import { plain } from '../procedures/words.ts';

/** Addresses of the state's own doors that citizens are sent to; nothing is matched but the whole host. */
const OFFICIAL: Record<string, string> = {
  'dichvucong.gov.vn': 'Cổng Dịch vụ công quốc gia',
  'www.dichvucong.gov.vn': 'Cổng Dịch vụ công quốc gia',
  'thanhtoan.dichvucong.gov.vn': 'trang thanh toán của Cổng Dịch vụ công quốc gia',
  'pakn.dichvucong.gov.vn': 'trang phản ánh, kiến nghị của Cổng Dịch vụ công quốc gia',
  'vneid.gov.vn': 'trang của VNeID',
  'dichvucong.bocongan.gov.vn': 'Cổng Dịch vụ công Bộ Công an',
  'thuedientu.gdt.gov.vn': 'trang của cơ quan thuế',
};
const GATEWAYS: Record<string, string> = {
  'pay.vnpay.vn': 'VNPAY',
  'payment.momo.vn': 'MoMo',
  'vnptpay.vn': 'VNPT Pay',
  'pay.vnptpay.vn': 'VNPT Pay',
};

export type HostVerdict =
  | { kind: 'official'; host: string; name: string }
  | { kind: 'gateway'; host: string; name: string }
  | { kind: 'ours'; host: string; path: string }
  | { kind: 'unknown'; host: string; looksLike: string | null };

/** Anything that reads as an address, with or without its scheme; in the words' order. */
const ADDRESS =
  /https?:\/\/\d{1,3}(?:\.\d{1,3}){3}(?:[:/?#][^\s<>"']*)?|(?:[a-z][a-z0-9+.-]{1,20}:\/\/)?(?:[^\s<>"'()[\]{}@/]{0,60}@)?(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62}[\p{L}\p{N}])?\.)+(?:[\p{L}]{2,24}|xn--[a-z0-9-]{2,40})(?::\d{1,5})?(?:[/?#][^\s<>"']*)?/giu;

/** Addresses in a text; a dossier code or a procedure's number is none. */
export function findAddresses(text: string): string[] {
  return [...text.slice(0, 4_000).normalize('NFKC').matchAll(ADDRESS)]
    .map(([address]) => address.replace(/[.,;:!?)\]}'"»”]+$/u, ''))
    .filter((address) => hostOf(address) !== null);
}

function urlOf(address: string): URL | null {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`;
  return URL.canParse(whole) ? new URL(whole) : null;
}

/** The host as the browser would go to it: without what stands before "@", in its ASCII form. */
function hostOf(address: string): string | null {
  const url = urlOf(address);
  // no browser opens it, but somebody wants to know of it
  if (!url) return /xn--[a-z0-9.-]+/i.exec(address)?.[0].toLowerCase() ?? null;
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  return host.includes('.') && (!/^[\d.]+$/.test(host) || address.includes('://')) ? host : null;
}

/**
 * Says of an address whose it is. Only a whole host counts: "dichvucong.gov.vn.abc.top" and letters that merely look
 * Latin are neither the portal nor anybody known.
 * @param own hosts of this commune: its page and ours
 */
export function checkAddress(
  address: string,
  own: { publicUrl: string; website?: string | undefined },
): HostVerdict | null {
  const url = urlOf(address);
  const host = hostOf(address);
  if (!host) return null;
  if (!url) return { kind: 'unknown', host, looksLike: looksLike(host) };
  const shown = shownHost(host);
  const isSafe = url.protocol === 'https:' || url.protocol === 'http:';
  const hasTrick = url.username !== '' || url.password !== '' || !isSafe || (url.port !== '' && url.port !== '443');
  const ours = new URL(own.publicUrl);
  if (url.host === ours.host && url.username === '') return { kind: 'ours', host, path: url.pathname };
  if (!hasTrick) {
    const website = own.website ? hostOf(own.website) : null;
    if (host === website) return { kind: 'official', host, name: 'trang của xã' };
    const official = OFFICIAL[host];
    if (official) return { kind: 'official', host, name: official };
    const gateway = GATEWAYS[host];
    if (gateway) return { kind: 'gateway', host, name: gateway };
  }
  return { kind: 'unknown', host: shown, looksLike: looksLike(host) };
}

/** Both forms where they differ: the letters people see, and what is behind them. */
function shownHost(host: string): string {
  const seen = domainToUnicode(host);
  return seen && seen !== host ? `${seen} (thật ra là ${domainToASCII(host) || host})` : host;
}

const NAMES = ['dichvucong', 'vneid', 'bocongan', 'vnpay', 'momo', 'gov'];
const LOOKS: Record<string, string> = {
  dichvucong: 'dichvucong.gov.vn',
  vneid: 'vneid.gov.vn',
  bocongan: 'trang của Bộ Công an',
};

/** A known name that stands in it, with letters of other scripts and digits read as what they imitate. */
function looksLike(host: string): string | null {
  const read = plain(domainToUnicode(host))
    .replace(/[а-яіј]/g, (letter) => CYRILLIC[letter] ?? letter)
    .replace(/0/g, 'o')
    .replace(/[1|]/g, 'i')
    .replace(/[^a-z]/g, '');
  const found = NAMES.find((name) => read.includes(name));
  if (!found) return null;
  return LOOKS[found] ?? (found === 'gov' ? 'trang cơ quan nhà nước' : found === 'vnpay' ? 'pay.vnpay.vn' : 'momo.vn');
}

const CYRILLIC: Record<string, string> = {
  а: 'a',
  в: 'b',
  е: 'e',
  і: 'i',
  ј: 'j',
  к: 'k',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  с: 'c',
  т: 't',
  у: 'y',
  х: 'x',
};
