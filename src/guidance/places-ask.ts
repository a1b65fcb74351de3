import { plain } from '../procedures/words.ts';
import { lineOf, normalise } from './normalise.ts';
import { type FoundPlace, findPlaces } from './places-find.ts';

/** A question about former and today's communes, districts or provinces. */
export interface PlaceQuestion {
  /**
   * `where`: what is it today; `parts`: what was it made of; `mine`: "my commune was merged", no name said;
   * `no_district`: where the tasks of districts went.
   */
  kind: 'where' | 'parts' | 'mine' | 'no_district';
  /** Empty for the last two. */
  found: FoundPlace[];
  /** Asks for a yes or no: "… phải không", "… à". */
  isCheck: boolean;
}

/** Cheap first look: without one of these no question is about places. */
const GATE =
  /(?:^|[^a-z])(?:sap nhap|sat nhap|xap nhap|nhap|gop|ghep|giai the|doi thanh|chia tach|tach ra|bo (?:roi|huyen|cap|quan)|thuoc|het (?:huyen|quan)|doi ten|xoa so|(?:xa|phuong|huyen|tinh|quan|thi tran|thi xa|tx|tt) [^,.?!]{0,40}(?:gio|nay|chu|hien|cu)|(?:gio|nay|hien) (?:la|con|goi|ten|co|o|thanh|ve|vao|vo|qua|nop|len|gom)|con (?:khong|ton tai|chua|hay)|gom (?:co )?(?:nhung|cac|xa|phuong|tinh|may)|tu (?:nhung|cac|may) (?:xa|phuong|tinh))(?![a-z])/;
const MERGER =
  / (sap nhap|sat nhap|xap nhap|nhap (vao|vo|voi|ve|chung|thanh|lai|xa|phuong|tinh|huyen|roi|dau|qua|sang|cho nao|noi nao|the|chua)|gop (vao|lai|voi|chung|thanh|xa)|ghep (vao|lai|voi|xa)|giai the|(bo|het) (cap )?(huyen|quan)|bo roi|khong con|da bo|bi bo|doi (ten|thanh)|chia (ra|tach|lam|ve|cho)|tach (ra|lam|ve)) /;
const BELONGS =
  / (thuoc( ve)? (xa|phuong|tinh|thanh pho|tp|huyen|dau|noi|cho|ben|thi|dia|quan)|(gio|nay|bay gio|hien nay|chu|hien gio|moi) (la|goi la|ten la|ten|thanh|ve|thuoc|o|nhap|con)( [a-z]+)? (xa|phuong|tinh|dau|gi|chi|noi|cho|thanh|huyen|khong|quan)|(la|thanh|ve|vao|vo|ten) (xa|phuong|tinh|thanh pho|dac khu) (nao|gi|mo|chi)|(xa|phuong|tinh) (moi|nao) (la|ten)|gio (con|co) [a-z0-9 ]{3,40} (a|ha|khong|phai khong|chua|hong)|o (dau|cho nao|xa nao|phuong nao|tinh nao)|(len|den|ra|toi|ve) (dau|cho nao|cho mo|noi nao|xa nao|phuong nao)|cho (nao|mo)|con (khong|ton tai|hoat dong|hay|nua khong)|con $) /;
const NOW = / (gio|nay|bay gio|hien nay|hien gio|chu|cu|truoc|truoc day|truoc kia|ngay truoc|ngay xua|hoi truoc) /;
const WHERE_WORDS = / (dau|nao|gi|mo|chi|the nao|ra sao|sao|phai khong|dung khong|a|ha|khong|chua|nhi|hong|hay|may) /;
const PARTS =
  / (gom|gop|ghep|nhap|sap nhap|hop|tao|lap|hinh thanh) (co |lai )?(tu )?(nhung|cac|may|bao nhieu) (xa|phuong|tinh|huyen|thi tran|don vi)| (gom|tu|co) (nhung |cac )?(xa|phuong|tinh|huyen) (cu )?nao | gom (nhung|co) (gi|dau|nhung) | truoc (day |kia )?la (nhung |cac )?(xa|phuong|tinh|huyen) (nao|gi) /;
const CHECK = / (a|ha|phai khong|dung khong|khong|hong|phai chua|chua|nhi|hay sao|ho|co phai|phai) $| co phai /;
/** "xã tôi sáp nhập rồi giờ lên chỗ nào": whose commune, what happened, where now; nothing else in between. */
const WHO =
  '(cua |nha |cho |ben |que |dang |o )*(toi|em|e|minh|tui|t|con|chau|bac|co|chu|ong|ba|nha|cu|cu cua|cu nha|truoc)( [a-z]+)?';
const MINE = [
  new RegExp(
    ` (xa|phuong|thi tran|huyen|cho|que|noi) ${WHO}( [a-z]+){0,3} (sap nhap|sat nhap|nhap|gop|ghep|giai the|doi ten)( [a-z]+){0,4} (dau|cho nao|cho mo|xa nao|xa mo|phuong nao|noi nao|xa gi|phuong gi|ten gi|xa mo roi|lam sao biet)( [a-z]+){0,5} $`,
  ),
  new RegExp(
    ` (xa|phuong|thi tran|que|cho) ${WHO}( [a-z]+){0,3} (thuoc|la|thanh|ve|gio o|nay o)( [a-z]+){0,2} (xa|phuong|dau|noi|cho) ?(nao|gi|mo|dau)?( [a-z]+){0,2} $`,
  ),
  / (sap nhap|sat nhap)( [a-z]+){0,5} (thuoc|thanh|ve) (xa|phuong|noi) (nao|gi|mo)( [a-z]+){0,2} $/,
  / (sap nhap|sat nhap|nhap) (xa|phuong) roi( [a-z]+){0,8} (cho nao|o dau|noi nao|xa nao|cho mo)( [a-z]+){0,5} $/,
];
/** The question is about a paper or a procedure; that the commune was merged is only told along the way. */
const OTHER_MATTER =
  / (doi lai|phai doi|co can doi|con dung|gia tri|hieu luc|lam lai|cap lai|trich luc|dang ky lai|so goc|khai sinh|ket hon|khai tu|can cuoc|cccd|so do|so hong|tam tru|thuong tru|ho khau|ho so cu|hop dong|giay phep|nghia vu|dich vu cong|chu tich|tru so|dia chi|bao hiem|tro cap|ho ngheo|chung thuc|sao y|lam gi|mo cua|lam viec|cap so|tho cu|uy quyen|mua ban|sang ten) /;

/** "huyện bỏ rồi thì việc của huyện làm ở đâu", no district named. */
const NO_DISTRICT =
  / (huyen|quan|cap huyen|cap quan) (da |gio |nay |bi )*(bo|giai the|het|khong con)( [a-z]+){0,8} (dau|cho nao|noi nao|ai|sao|the nao|cho mo) | (bo|khong con|het) (cap )?(huyen|quan)( roi)?( [a-z]+){0,8} (dau|cho nao|noi nao|ai|cho mo) /;

/**
 * Whether a text asks what a commune, district or province is since the reform. Needs a named place, or a short
 * question about "my commune" ("xã tôi sáp nhập rồi giờ lên chỗ nào"). A few microseconds when no such word is in it.
 * @returns null for everything else, also for questions about papers that only mention a merger
 */
export function asksAboutPlace(text: string): PlaceQuestion | null {
  if (text.length > 1_000) return null;
  const letters = plain(text);
  if (!GATE.test(letters)) return null;
  const line = lineOf(normalise(text));
  if (NO_DISTRICT.test(line) && line.split(' ').length < 22 && !OTHER_MATTER.test(line))
    return { kind: 'no_district', found: [], isCheck: false };
  const isMerger = MERGER.test(line);
  const asksBelonging = BELONGS.test(line);
  const isCheck = CHECK.test(line);
  const mayCheck = isCheck && / (thuoc|co|gom|ve|vao|con|la) /.test(line);
  if (!isMerger && !asksBelonging && !mayCheck && !PARTS.test(line)) return null;
  const found = findPlaces(text, { isAboutPlaces: true });
  if (found.length > 0) {
    const isAsked = WHERE_WORDS.test(line) || text.includes('?') || (isMerger && line.split(' ').length < 12);
    if (!isAsked || (OTHER_MATTER.test(line) && !isCore(line))) return null;
    if (PARTS.test(line)) return { kind: 'parts', found, isCheck };
    const isAboutThem = isMerger || isCore(line) || / con (khong|ton tai|hay|nua) /.test(line) || found.length > 1;
    return isAboutThem || (asksBelonging && NOW.test(line)) ? { kind: 'where', found, isCheck } : null;
  }
  if (line.split(' ').length > 22 || OTHER_MATTER.test(line)) return null;
  return MINE.some((pattern) => pattern.test(line)) ? { kind: 'mine', found, isCheck } : null;
}

/** The belonging itself is asked, whatever it is asked for: "giờ thuộc xã nào để làm khai sinh". */
const isCore = (line: string): boolean =>
  / (thuoc|la|thanh|vao|vo|ve) (ve )?(xa|phuong|tinh|thanh pho|dau|noi|cho) ?(nao|gi|mo|dau)? |(bo|sap nhap|nhap|giai the)( [a-z]+){0,4} (o dau|len dau|cho nao|di dau|den dau|ve dau) /.test(
    line,
  );
