import { findDossierNumbers } from '../procedures/dossier-numbers.ts';
import { plain } from '../procedures/words.ts';
import type { Factor } from './disclosure.ts';
import { normalisePhone } from './factors.ts';

/** What the words ask of the desk. */
export interface DeskWords {
  isEmpty: boolean;
  /** Hardly more than a number. */
  isShort: boolean;
  withdraws: boolean;
  /** The command the assistant itself taught, alone. */
  isStopCommand: boolean;
  /** A bare yes, a bare no. */
  agrees: boolean;
  declines: boolean;
  asksWhatIsWatched: boolean;
  wantsNotice: boolean;
  wantsDetail: boolean;
  asksProgress: boolean;
  namesFactor: boolean;
  namesDossier: boolean;
}

// What follows must be of the notices still: "thôi bao giờ có", "huỷ thông báo thuế" stop nothing.
const WITHDRAWS =
  / ((dung|ngung|thoi|huy|tat|khong can|dung co|khoi) (bao|theo doi|thong bao|nhan tin|dang ky nhan tin)|(bo|huy|dung|ngung|thoi)( [a-z]+){0,2} (theo doi|thong bao))( tin)? (($|nua|di|nhe|nha|a|ho so|ve ho so|ma|khi|thay doi|cho (toi|em|minh|con|chau|bac|tui|co|chu)|toi|em|minh|giup|gium|luon|het|tat ca|cam on|[a-y]?\d))| khong (muon )?nhan (tin|thong bao) nua /;
const STOP =
  /^ (xin |da |vang |thoi )*(dung|ngung|tat|huy) (bao|theo doi)( (nhe|di|a|ho so|cho toi|giup|giup toi|tin))* $/;
/** With its marks "bảo" (said, or insurance) is not "báo". */
const TOLD_BY_SOMEBODY = /(?<!\p{L})b[ảãạà]o(?!\p{L})/giu;
const words = (text: string) => new Set(text.split(' '));
const YES = words('da vang u uh uhm um ok oke okay dong y duoc co phai chap nhan nhat tri y bao cu');
const NO = words('thoi khong ko k khoi can dong y de sau nua dau');
const POLITE = words('roi a ad em nhe nha luon di do vay chu toi chau giup cho cam on oi');

/** A few words, all of one side or mere politeness. */
const isOnly = (said: string[], side: Set<string>) =>
  said.length > 0 && said.length <= 8 && side.has(said[0]!) && said.every((word) => side.has(word) || POLITE.has(word));
const WATCHED =
  / (dang theo doi|theo doi (nhung|may|bao nhieu)|bao (nhung )?ho so nao)( [a-z]+){0,4} (nao|gi|may|khong) /;
const NOTICE =
  / ((bao|nhan|thong bao|nhac|alo|goi)( tin)?( lai)?( cho)? (toi|em|minh|con|chau|bac|tui|co|chu|e|m)( [a-z]+){0,3} (khi|neu|luc|biet|nhe|nha|voi)|(khi nao|luc nao|bao gio)( [a-z]+){0,4} (thi )?(bao|nhan|thong bao) (cho )?(toi|em|minh|con|chau|bac|tui|e)|theo doi( giup| ho| gium| dum)?( [a-z]+){0,2} ho so) /;
const DETAIL =
  / (chi tiet|thieu (gi|giay|nhung|cai)|(bo sung|nop them|them) (gi|nhung|giay|cai)|(dong|nop|tra|mat|het|thu) bao nhieu|bao nhieu tien|so tien|thu tuc (gi|nao)|viec gi|noi dung) /;
const PROGRESS =
  / (toi dau|den dau|toi dau roi|xong chua|xong|bao gio|khi nao|chung nao|bao lau|lau (the|vay|qua|khong)|the nao|ra sao|sao roi|lam sao roi|duyet chua|co chua|co ket qua|ket qua chua|co gi moi|moi gi|cap nhat|xem lai|kiem tra lai|tra lai|xem giup|ho so( do| nay| kia)?( cua)? (toi|em|minh|con|chau|bac|tui|do|nay)|tre|cham|qua han|tinh trang|trang thai|tien do|duoc chua|roi chua) /;
const FACTOR = / (so cuoi|cuoi la|cccd|can cuoc|cmnd|chung minh|dinh danh) /;

export function readWords(text: string): DeskWords {
  const line = ` ${plain(text.normalize('NFC').replace(TOLD_BY_SOMEBODY, '-'))
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()} `;
  const said = line.trim().split(' ');
  return {
    isEmpty: line.trim() === '',
    isShort: line.trim().split(' ').length <= 6,
    withdraws: WITHDRAWS.test(line),
    isStopCommand: STOP.test(line),
    agrees: isOnly(said, YES),
    declines: isOnly(said, NO) && /^(thoi|khong|ko|k|khoi|de) ?/.test(line.trim()),
    asksWhatIsWatched: WATCHED.test(line),
    wantsNotice: NOTICE.test(line),
    wantsDetail: DETAIL.test(line),
    asksProgress: PROGRESS.test(line),
    namesFactor: FACTOR.test(line),
    namesDossier: / ho so /.test(line),
  };
}

export type GivenFactor =
  /** `isWhole`: the whole number was sent though four digits do. */
  | { kind: 'factor'; factor: Factor; isWhole: boolean }
  | { kind: 'typed_phone' }
  /** A number, but none that can be a proof: nine digits of an old card, three, five. */
  | { kind: 'other_number' };

/** The digits of an identity card in a text, if there are any and only those. */
export function givenFactor(text: string, hasCodes: boolean, now: Date): GivenFactor | null {
  const rest = hasCodes ? findDossierNumbers(text, now).rest : text;
  if (rest.length > 200) return null;
  const spoken = spokenDigits(rest);
  if (spoken) return { kind: 'factor', factor: { kind: 'id_last4', last4: spoken }, isWhole: false };
  const groups = rest.match(/\d+(?:[\s.-]\d+)*/g)?.map((group) => group.replace(/\D/g, '')) ?? [];
  const four = groups.filter((group) => group.length === 4);
  const whole = groups.filter((group) => group.length === 12);
  const last4 = four.length === 1 ? four[0]! : four.length === 0 && whole.length === 1 ? whole[0]!.slice(-4) : null;
  if (last4) return { kind: 'factor', factor: { kind: 'id_last4', last4 }, isWhole: four.length === 0 };
  if (groups.some((group) => normalisePhone(group))) return { kind: 'typed_phone' };
  return groups.length === 1 && /^[\d\s.-]{2,20}$/.test(rest.replace(CARD, '').trim())
    ? { kind: 'other_number' }
    : null;
}

/** What people put before such a number. */
const CARD = /(số|so|cuối|cuoi|là|la|cccd|cmnd|cmt|căn cước|can cuoc|chứng minh|chung minh|thư|của tôi|cua toi|ạ|:)/gi;
const DIGITS = words('khong mot hai ba bon nam sau bay tam chin');
const SPOKEN: Record<string, string> = { lam: '5', tu: '4', linh: '0', le: '0' };

/** "một hai ba bốn" alone. */
function spokenDigits(text: string): string | null {
  const said = plain(text)
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ');
  const order = [...DIGITS];
  const read = said.map((word) => SPOKEN[word] ?? (DIGITS.has(word) ? String(order.indexOf(word)) : null));
  return read.length === 4 && read.every((digit) => digit !== null) ? read.join('') : null;
}
