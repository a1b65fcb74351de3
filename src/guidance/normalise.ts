import { bare, letters as lettersOf, lower, syllable, tokens } from '../procedures/words.ts';
import { bareFrequency, isKnownBare, isKnownSyllable } from './lexicon.ts';

/** One word of the citizen, read. */
export interface Word {
  /** Marked, in the spelling of the norm ("không"), or bare when it was typed so. */
  text: string;
  /** hats and tone in one spelling ("khong", "hoa2"). */
  marked: string;
  /** Letters only ("khong"). */
  bare: string;
}

export interface Normalised {
  /** NFC, single blanks; case kept. Line breaks kept. */
  text: string;
  words: Word[];
  hasMarks: boolean;
}

/** Short forms that mean one thing in our domain. Ambiguous ones are decided in `inContext`. */
const SHORT: Record<string, string> = {
  ko: 'không',
  kg: 'không',
  kh0ng: 'không',
  hok: 'không',
  hk0: 'không',
  khum: 'không',
  hông: 'không',
  hổng: 'không',
  hong: 'không',
  hem: 'không',
  hôn: 'hôn',
  '0': 'không',
  khg: 'không',
  khôg: 'không',
  khog: 'không',
  hơm: 'không',
  dc: 'được',
  đc: 'được',
  đx: 'được',
  dx: 'được',
  đk: 'đăng ký',
  đky: 'đăng ký',
  đkí: 'đăng ký',
  dki: 'đăng ký',
  dky: 'đăng ký',
  dkí: 'đăng ký',
  đki: 'đăng ký',
  hs: 'hồ sơ',
  hso: 'hồ sơ',
  gks: 'giấy khai sinh',
  ks: 'khai sinh',
  gcs: 'giấy chứng sinh',
  kt: 'khai tử',
  gkt: 'giấy khai tử',
  đkkh: 'đăng ký kết hôn',
  dkkh: 'đăng ký kết hôn',
  gđkkh: 'giấy đăng ký kết hôn',
  tthn: 'tình trạng hôn nhân',
  xntthn: 'xác nhận tình trạng hôn nhân',
  xn: 'xác nhận',
  ttrang: 'tình trạng',
  shk: 'sổ hộ khẩu',
  hkhau: 'hộ khẩu',
  cccd: 'căn cước',
  cmnd: 'chứng minh nhân dân',
  cmt: 'chứng minh thư',
  sđt: 'số điện thoại',
  sdt: 'số điện thoại',
  ubnd: 'ủy ban nhân dân',
  ub: 'ủy ban',
  cax: 'công an xã',
  caph: 'công an phường',
  hkd: 'hộ kinh doanh',
  gpkd: 'giấy phép kinh doanh',
  đkkd: 'đăng ký kinh doanh',
  dkkd: 'đăng ký kinh doanh',
  gpxd: 'giấy phép xây dựng',
  gcn: 'giấy chứng nhận',
  gcnqsdđ: 'giấy chứng nhận quyền sử dụng đất',
  gcnqsdd: 'giấy chứng nhận quyền sử dụng đất',
  qsdđ: 'quyền sử dụng đất',
  qsdd: 'quyền sử dụng đất',
  bhyt: 'bảo hiểm y tế',
  bhxh: 'bảo hiểm xã hội',
  bhtn: 'bảo hiểm thất nghiệp',
  dvc: 'dịch vụ công',
  dvcqg: 'dịch vụ công quốc gia',
  cdvc: 'cổng dịch vụ công',
  bnh: 'bao nhiêu',
  bnhiu: 'bao nhiêu',
  bnhieu: 'bao nhiêu',
  bnhiêu: 'bao nhiêu',
  ntn: 'như thế nào',
  nhiu: 'nhiêu',
  j: 'gì',
  gj: 'gì',
  ji: 'gì',
  z: 'vậy',
  zậy: 'vậy',
  zay: 'vậy',
  dị: 'vậy',
  zị: 'vậy',
  zi: 'vậy',
  dợ: 'vậy',
  dạ: 'dạ',
  vs: 'với',
  zs: 'với',
  zới: 'với',
  rùi: 'rồi',
  gòi: 'rồi',
  ròi: 'rồi',
  roài: 'rồi',
  roj: 'rồi',
  mn: 'mọi người',
  mng: 'mọi người',
  mik: 'mình',
  mk: 'mình',
  tui: 'tôi',
  ad: 'ad',
  adm: 'ad',
  admin: 'ad',
  tks: 'cảm ơn',
  thks: 'cảm ơn',
  thanks: 'cảm ơn',
  thank: 'cảm ơn',
  camon: 'cảm ơn',
  mơn: 'ơn',
  cám: 'cảm',
  ib: 'nhắn tin',
  inbox: 'nhắn tin',
  rep: 'trả lời',
  lm: 'làm',
  lun: 'luôn',
  luôn: 'luôn',
  mún: 'muốn',
  mun: 'muốn',
  bik: 'biết',
  bít: 'biết',
  bit: 'biết',
  trc: 'trước',
  trk: 'trước',
  bh: 'bao giờ',
  onl: 'online',
  ol: 'online',
  olai: 'online',
  off: 'off',
  nvqs: 'nghĩa vụ quân sự',
  ttp: 'tư pháp',
  lltp: 'lý lịch tư pháp',
  llt: 'lý lịch tư pháp',
  syll: 'sơ yếu lý lịch',
  sll: 'sơ yếu lý lịch',
  cx: 'cũng',
  ns: 'năm sinh',
  ntns: 'ngày tháng năm sinh',
  vk: 'vợ',
  ck: 'chồng',
  bé: 'bé',
  ng: 'người',
  ngta: 'người ta',
  nc: 'nước',
  thui: 'thôi',
  ik: 'đi',
  iu: 'yêu',
  đag: 'đang',
  dag: 'đang',
  wa: 'quá',
  wá: 'quá',
  qua1: 'quá',
  cb: 'cán bộ',
  vp: 'văn phòng',
  qđ: 'quyết định',
  gttt: 'giấy tờ tùy thân',
  gxn: 'giấy xác nhận',
  kq: 'kết quả',
  nn: 'nước ngoài',
  tgian: 'thời gian',
  tg: 'thời gian',
  cty: 'công ty',
  ctv: 'cộng tác viên',
  sgk: 'sách giáo khoa',
  vneld: 'vneid',
  vnied: 'vneid',
  sanh: 'sinh',
  xanh_: 'xanh',
  giùm: 'giúp',
  dùm: 'giúp',
  zùm: 'giúp',
  vô: 'vào',
  vầy: 'vậy',
  giề: 'gì',
  gìn: 'gìn',
  rứa: 'vậy',
  mô: 'đâu',
  mần: 'làm',
  răng: 'sao',
  chừ: 'bây giờ',
  bữa: 'ngày',
  nớ: 'đó',
  nỏ: 'không',
  hỉu: 'hiểu',
  tùm: 'tùm',
  lẹ: 'nhanh',
  lãnh: 'nhận',
  xài: 'dùng',
  xiền: 'tiền',
  mí: 'mấy',
  nhìu: 'nhiều',
  gấy: 'giấy',
  gíây: 'giấy',
  zấy: 'giấy',
  dấy: 'giấy',
  giáy: 'giấy',
  điẹn: 'điện',
  thik: 'thích',
  hk: 'không',
  hum: 'hôm',
  bg: 'bây giờ',
  bgio: 'bao giờ',
  bjo: 'bao giờ',
  jo: 'giờ',
  kím: 'kiếm',
  kđ: 'không được',
  ktra: 'kiểm tra',
  nt: 'nhắn tin',
  đt: 'điện thoại',
  dt: 'điện thoại',
  tk: 'tài khoản',
  sr: 'xin lỗi',
  ae: 'anh em',
  ace: 'anh chị em',
  vneid2: 'vneid',
  tt: 'thông tin',
  gđ: 'gia đình',
  sv: 'sinh viên',
  hsg: 'học sinh',
  vc: 'vợ chồng',
  ô: 'ông',
};

const PHRASES: [RegExp, string][] = [
  [/\bct ?0?7\b/g, 'ct07 xác nhận cư trú'],
  [/\bct ?0?1\b/g, 'ct01 tờ khai cư trú'],
  [/\bkt ?3\b/g, 'tạm trú'],
];

/** Short forms that depend on their neighbours. Returns null to leave the word. */
function inContext(word: string, before: string, after: string): string | null {
  const next = bare(after);
  const last = bare(before);
  if (word === 'k') return /^\d+$/.test(before) ? 'nghìn' : 'không';
  if (word === 'dk') {
    if (/^(khai|ket|kh|tam|thuong|lai|ho|hkd|ks|kinh|xe|giam|nghia|nvqs|cu|cccd|bhyt|mst|online|onl)$/.test(next))
      return 'đăng ký';
    if (/^(cho|lam|tt|thu|muon|di|gi|phai)$/.test(last)) return 'đăng ký';
    return 'được';
  }
  if (word === 'kh') return /^(dk|đk|ky|giay|lai|ki)$/.test(last) || /^đăng ký$/.test(before) ? 'kết hôn' : 'không';
  if (word === 'cc') return 'căn cước';
  if (word === 'ca') return /^(xa|phuong|p|huyen)$/.test(next) ? 'công an' : null;
  if (word === 'bn') return /^(ơi|oi|à|a|nè|ne|nhé|nhe)$/.test(after) ? 'bạn' : 'bao nhiêu';
  if (word === 'h')
    return /^\d+$/.test(before) || last === 'may' || last === 'bay' || last === 'bao' || last === 'gio' ? 'giờ' : 'giờ';
  if (word === 'v') return 'vậy';
  if (word === 'r') return 'rồi';
  if (word === 's') return 'sao';
  if (word === 't') return /^\d+$/.test(before) ? 'tuổi' : 'tôi';
  if (word === 'e') return 'em';
  if (word === 'a') return after === '' || /^(ơi|chị|c)$/.test(after) ? null : null;
  if (word === 'm') return 'mày';
  if (word === 'p') return /^(xa|an)$/.test(next) ? 'phường' : 'phải';
  if (word === 'tn') return 'thế nào';
  if (word === 'chi') return before === '' && after !== '' ? null : null;
  return null;
}

const TELEX_TONE: Record<string, string> = { f: '\u0300', s: '\u0301', r: '\u0309', x: '\u0303', j: '\u0323' };
const VNI_TONE: Record<string, string> = { 2: '\u0300', 1: '\u0301', 3: '\u0309', 4: '\u0303', 5: '\u0323' };

function withTone(body: string, mark: string): string {
  const vowels = [...body.matchAll(/[aăâeêioôơuưy]/g)].map((match) => match.index);
  if (vowels.length === 0) return body;
  const hatted = [...body.matchAll(/[ăâêôơư]/g)].map((match) => match.index);
  const start = /^(qu|gi)[aăâeêioôơuưy]/.test(body) ? 1 : 0;
  const rest = vowels.slice(start);
  const closed = /[bcdghklmnprstvx]$/.test(body);
  const at =
    hatted.length > 0
      ? hatted[hatted.length - 1]!
      : rest.length >= 2
        ? closed
          ? rest[rest.length - 1]!
          : rest[0]!
        : rest[0]!;
  return (body.slice(0, at + 1) + mark + body.slice(at + 1)).normalize('NFC');
}

/** "thuowngf" → "thường", "gif" → "gì", "ky1" → "ký"; null when it is no left-over of an input method. */
function decodeKeys(word: string): string | null {
  if (!/^[a-zăâđêôơưàáảãạ-ỹ0-9]{2,9}$/.test(word) || /^\d+$/.test(word)) return null;
  const known = (candidate: string) => isKnownSyllable(syllable(candidate));
  let body = word;
  let mark = '';
  if (/\d/.test(word)) {
    if (!/^[a-zđ]+\d?[a-z]*\d{0,2}$/.test(word)) return null;
    body = body.replace('d9', 'đ').replace(/([aeo])6/, (_, v: string) => ({ a: 'â', e: 'ê', o: 'ô' })[v]!);
    body = body
      .replace(/uo7/, 'ươ')
      .replace(/([ou])7/, (_, v: string) => ({ o: 'ơ', u: 'ư' })[v]!)
      .replace(/a8/, 'ă');
    body = body.replace(/[1-5]/, (digit) => {
      mark = VNI_TONE[digit]!;
      return '';
    });
    // the hat may be typed after the tone or the last consonant
    body = body.replace(
      /^(.*?)([aeo])([a-z]*)6$/,
      (_, a: string, v: string, b: string) => a + { a: 'â', e: 'ê', o: 'ô' }[v]! + b,
    );
    if (/\d/.test(body)) return null;
  } else {
    body = body
      .replace(/^dd|^đd|^dđ/, 'đ')
      .replace('aa', 'â')
      .replace('ee', 'ê')
      .replace('oo', 'ô')
      .replace('uow', 'ươ')
      .replace('uwow', 'ươ')
      .replace('aw', 'ă')
      .replace('ow', 'ơ')
      .replace('uw', 'ư')
      .replace(/^([bcdghklmnprstvx]{1,3})w([a-z]*)$/, '$1ư$2');
    const tone = /^(.+?)([fsrxj])$/.exec(body);
    if (tone && /[aăâeêioôơuưyàáảãạ-ỹ]/.test(tone[1]!)) {
      body = tone[1]!;
      mark = TELEX_TONE[tone[2]!]!;
    }
  }
  const already = syllable(body);
  const decoded = /\d$/.test(already) ? body : mark ? withTone(body, mark) : body;
  return decoded !== word && known(decoded) ? decoded : null;
}

/** "khaisinh" → "khai sinh" when both halves are words and the whole is not. */
function split(word: string): string[] | null {
  const letters = bare(word);
  if (letters.length < 5 || letters.length > 12 || !/^[a-z]+$/.test(letters)) return null;
  let best: string[] | null = null;
  let bestScore = 0;
  for (let cut = 2; cut <= word.length - 2; cut++) {
    const [left, right] = [word.slice(0, cut), word.slice(cut)];
    const score = Math.min(bareFrequency(bare(left)), bareFrequency(bare(right)));
    if (score > Math.max(bestScore, 8)) {
      bestScore = score;
      best = [left, right];
    }
  }
  return best;
}

/** "khia" → "khai": two neighbours exchanged. Only for words nobody knows. */
function unswap(word: string): string | null {
  const letters = bare(word);
  if (letters.length < 4 || letters.length > 7 || !/^[a-z]+$/.test(letters)) return null;
  let best: string | null = null;
  let bestScore = 20;
  for (let at = 0; at < letters.length - 1; at++) {
    const candidate = letters.slice(0, at) + letters[at + 1] + letters[at] + letters.slice(at + 2);
    const score = bareFrequency(candidate);
    if (score > bestScore) {
      bestScore = score;
      best = candidate;
    }
  }
  return best;
}

const pushWords = (words: Word[], text: string) => {
  for (const part of text.split(' ')) words.push({ text: part, marked: syllable(part), bare: bare(part) });
};

/** Reads the spelling of a message: marks, short forms, left-overs of input methods, words stuck together. Never throws. */
export function normalise(raw: string): Normalised {
  const text = raw
    .normalize('NFC')
    .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g, '')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
  let prepared = lower(text.slice(0, 4_000)).replace(/([\p{L}])\1{2,}/gu, '$1');
  for (const [pattern, replacement] of PHRASES) prepared = prepared.replace(pattern, replacement);
  // "sjnh", "roj": j for i, in the whole message
  if (/(^|[^\p{L}])[a-z]*j[b-hk-z]+/u.test(prepared)) prepared = prepared.replace(/j/g, 'i');
  const raws = tokens(prepared);
  const words: Word[] = [];
  for (let at = 0; at < raws.length; at++) {
    const word = raws[at]!;
    const before = words.length > 0 ? words[words.length - 1]!.text : '';
    const after = raws[at + 1] ?? '';
    const short = inContext(word, raws[at - 1] ?? before, after) ?? (Object.hasOwn(SHORT, word) ? SHORT[word]! : null);
    if (short) {
      pushWords(words, short);
      continue;
    }
    if (/^\d/.test(word) || isKnownSyllable(syllable(word))) {
      pushWords(words, word);
      continue;
    }
    const letters = bare(word);
    const isTyped = word === letters || /[fsrxjw]$/.test(word) || /\d/.test(word) || word.startsWith('dđ');
    const decoded = isTyped && !isKnownBare(letters) ? decodeKeys(word) : null;
    if (decoded) pushWords(words, decoded);
    else if (isKnownBare(letters)) pushWords(words, word);
    else pushWords(words, split(word)?.join(' ') ?? unswap(word) ?? word.replace(/j/g, 'i').replace(/w/g, 'qu'));
  }
  return { text, words, hasMarks: /[\u00c0-\u1ef9]/.test(text) };
}

/** The words without marks, one blank between them and at both ends: what cues and patterns are matched on. */
export const lineOf = (question: Normalised): string =>
  ` ${question.words.map(({ text }) => lettersOf(text)).join(' ')} `;
