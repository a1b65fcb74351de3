import { readFileSync } from 'node:fs';
import type { Procedure } from './catalogue.ts';
import { loadHints } from './hints.ts';

/** Official and internal words of the records in the words of a counter. No number is added or changed. */

const PLAIN: [RegExp, string][] = [
  // one province's own decision says nothing elsewhere
  [/ ?\([^()]*(?:QĐ-UBND|NQ-HĐND)[^()]*\)/g, ''],
  [/ ?\(Cổng chỉ ghi [^()]*\)/g, ''],
  [/Cổng DVC(?: quốc gia)?/g, 'Cổng Dịch vụ công quốc gia'],
  [/(?<![\p{L}\d])VN(?![\p{L}\d])/gu, 'Việt Nam'],
  [/HĐND cấp tỉnh|HĐND tỉnh/g, 'Hội đồng nhân dân tỉnh'],
  [/(?<![\p{L}\d/-])UBND (cấp xã|xã)/gu, 'ủy ban xã'],
  [/(?<![\p{L}\d/-])UBND(?![\p{L}-])/gu, 'ủy ban'],
  [/\bCSDL\b/g, 'cơ sở dữ liệu'],
  [/((?:\d{1,3}(?:\.\d{3})+|\d{3,})) ?đ\/(?=\p{L})/gu, '$1 đồng một '],
  [/((?:\d{1,3}(?:\.\d{3})+|\d{3,})) ?đ(?=[\s.;,:)]|$)/g, '$1 đồng'],
  [/Xuất trình/g, 'Cho xem'],
  [/xuất trình/g, 'cho xem'],
  [/[Bb]ổ sung hồ sơ/g, 'nộp thêm giấy tờ'],
  [/thành phần hồ sơ/gi, 'giấy tờ cần mang'],
  [/cơ quan có thẩm quyền/gi, 'nơi giải quyết'],
  [/nghĩa vụ tài chính/gi, 'khoản phải nộp'],
  [/uỷ quyền/g, 'ủy quyền'],
  [/Uỷ quyền/g, 'Ủy quyền'],
  // remarks about the source: the fact stays, the remark goes
  [/Cổng ghi (.+?) ở (?:phần )?kênh nộp,?(?: nhưng)? (.+?) ở phần trường hợp/g, 'Cổng ghi $1, có trường hợp $2'],
  [/Cổng ghi ba mức ngày theo trường hợp \((.+?)\)/g, 'Tùy trường hợp, Cổng ghi $1'],
  [/(?:Kênh không ghi thời hạn; )?Cổng ghi theo trường hợp: /g, 'Tùy trường hợp: '],
  [/ ?\(trường hợp trên Cổng\)/g, ''],
  [/Trình tự và mục trường hợp: /g, ''],
  [/Các bước và mục trường hợp ghi /g, ''],
  [/(?:[Mm]ục|[Pp]hần) trường hợp(?: xử lý)?(?: trên Cổng)?(?: lại| chỉ)? ghi/g, 'có chỗ trên Cổng ghi'],
  [/[Mm]ô tả kênh ghi|[Ôô] thời hạn(?: của kênh)?(?: trên Cổng)?(?: lại)? ghi/g, 'có chỗ trên Cổng ghi'],
  [/trường hợp xử lý ghi/g, 'có chỗ ghi'],
  [/Kênh ghi/g, 'Cổng ghi'],
  [/kênh (?:nộp )?ghi/g, 'Cổng ghi'],
  [/kênh không ghi/g, 'Cổng không ghi'],
  [/(?:Nguồn|Bản ghi)(?: cũng| tự)? mâu thuẫn về thời hạn/g, 'Thời hạn Cổng ghi không thống nhất'],
  [/(?:Nguồn|Bản ghi)(?: tự)? mâu thuẫn/g, 'Cổng ghi không thống nhất'],
  [/kênh trực tiếp/g, 'nộp trực tiếp'],
  [/kênh trực tuyến/g, 'nộp trên mạng'],
  [/[Nn]guồn không (ghi|nêu)/g, 'Cổng không $1'],
  [/(Nguồn|nguồn) (còn )?ghi/g, 'Cổng $2ghi'],
  [/Nguồn sai phần điều kiện: chép/g, 'Cổng ghi sai phần điều kiện: đó là'],
  [/Nguồn (?=có|kể|chỉ|gắn)/g, 'Cổng '],
  [/trong nguồn/g, 'trên Cổng'],
  [/(không (?:có|ghi|nêu)[^.;]*?) trong (?:bản ghi|nguồn)/g, '$1 trong dữ liệu của tôi'],
  [/[Bb]ản ghi (?:này )?(không|chỉ|mô tả)/g, 'Cổng $1'],
  [/(?:của|trong) bản ghi/g, 'trên Cổng'],
  [/(?<!\()Trung tâm Phục vụ hành chính công(?! \()/g, 'Trung tâm Phục vụ hành chính công (một cửa)'],
  [/\s+/g, ' '],
];

/** Sentences written for those who keep the records. */
const INTERNAL =
  /\bbot\b|(ghi|gắn|dùng) nhầm|có lẽ nhầm|lẫn chữ|viết tắt số|Tệp mẫu trên Cổng|Mã riêng|mã quốc gia|Mã mới thay|Nguồn là bản|Nguồn liệt kê|Nguồn sai thành phần|[Bb]ản ghi (cũ|lỗi|còn|viết|bỏ|trên Cổng)|chép hết|Cổng (gắn cờ|tính giấy|gộp)|xếp lẫn|gắn nhãn|đánh dấu|^Tên mới:|Nên gợi ý|ô kết quả|Mã thông tư|Mô tả của kênh|Mới có mã|phải nhập|còn dẫn|còn nhắc|tên cũ|gắn tên|trùng tên|chỉ đặt tên|Ô phí trên|chưa có nguồn|(cần|phải) đối chiếu|Trên Cổng:|Trên Cổng, giấy|thuộc chuẩn nghèo|Chuẩn nghèo 2022|Nguồn đã cũ|hai trường hợp cùng tên|không tách trên|không tách trong|viết cho giai đoạn|từ 9\/2026|có chỗ viết|còn ghi (xã chuyển|thẩm quyền|quyết định)|\[\d+\]|Cổng ghi đơn vị|theo trường hợp ghi trên Cổng/i;

const REVIEWED = Object.entries(
  JSON.parse(readFileSync(new URL('./data/plain-words.json', import.meta.url), 'utf8')) as Record<string, string>,
).filter(([official]) => official !== '//');

let names: Map<string, string> | null = null;
/** A bare code in a sentence, as the name people know. */
function named(code: string): string {
  names ??= new Map([...loadHints()].map(([known, { short }]) => [known, short]));
  const name = names.get(code);
  return name ? `"${name}"` : 'thủ tục khác';
}

/** How a sign is said aloud: dates, spans, "một" or "hoặc" for a stroke. Marks of laws and forms stay as they are. */
const ALOUD: [RegExp, string | ((...groups: string[]) => string)][] = [
  [/\/VNeID/g, ' hoặc VNeID'],
  [/vợ\/chồng/gi, 'vợ, chồng'],
  [/(?<=thẻ )căn cước\/CCCD/gi, 'căn cước'],
  [
    /(?<![\d/.,]|Mẫu |số |Điều )(ngày )?\b([0-3]?\d)\/(0?[1-9]|1[0-2])(\/((?:19|20)\d\d))?(?![\d/\p{L}-])/gu,
    (_all, _lead, day, month, _rest, year) => `ngày ${Number(day)} tháng ${Number(month)}${year ? ` năm ${year}` : ''}`,
  ],
  [
    /(?<=(?:từ|đến|trước|sau|tháng) )(0?[1-9]|1[0-2])\/((?:19|20)\d\d)(?![\d/\p{L}-])/gu,
    (_all, month, year) => `tháng ${Number(month)} năm ${year}`,
  ],
  [/tháng tháng/g, 'tháng'],
  [/(?<=\d)–(?=\d|dưới)/g, ' đến '],
  [/(?<=\p{L}|\d|²|³)\/(?=(?:năm|ngày|tháng|trẻ|người|lần|bản|trang|hộ|phòng)(?!\p{L}))/gu, ' một '],
  [/(?<=\p{Ll}) ?\/ ?(?=\p{L}{2,})/gu, ' hoặc '],
];

const aloud = (text: string): string =>
  // addresses of pages hold strokes of their own
  text.includes('://')
    ? text
    : ALOUD.reduce((said, [sign, words]) => said.replace(sign, words as (substring: string) => string), text);

/** Texts of records are asked for with every answer and change with the data only. */
const REMEMBERED = 4_000;
function remembering(say: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const said = say(text);
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value!);
    known.set(text, said);
    return said;
  };
}

/** Official words made plain; codes of other procedures become names. */
export const plainWords = remembering((text) => {
  let plain = text.trim();
  for (const [official, words] of REVIEWED) plain = plain.replaceAll(official, words);
  for (const [pattern, words] of PLAIN) plain = plain.replace(pattern, words);
  const said = plain
    .replace(/ ?\((?:mã )?\d\.\d{6}(?:(?:, ?|\/| hoặc )\d\.\d{6})*\)/g, '')
    .replace(/ theo \d\.\d{6}/g, '')
    .replace(/(?:mã )?(\d\.\d{6})(?:\/\d\.\d{6})*/g, (_, code: string) => named(code));
  return aloud(said);
});

const KINDS: [RegExp, string][] = [
  [/\/TTLT-/, 'Thông tư liên tịch'],
  [/\/TT-/, 'Thông tư'],
  [/\/NĐ-/, 'Nghị định'],
  [/\/NQ-/, 'Nghị quyết'],
  [/\/QĐ-/, 'Quyết định'],
  [/\/QH\d/, 'Luật số'],
  [/\/UBTVQH/, 'Pháp lệnh số'],
];

/** "123/2015/NĐ-CP" → "Nghị định 123/2015/NĐ-CP"; what one province decided for itself is left out. */
export const laws = (numbers: string[]): string[] =>
  numbers
    .filter((number) => !/UBND|HĐND/.test(number))
    .map((number) => {
      const kind = KINDS.find(([pattern]) => pattern.test(number))?.[1];
      return kind && /^\d/.test(number) ? `${kind} ${number}` : number;
    });

export const upper = (text: string) => (text ? text[0]!.toUpperCase() + text.slice(1) : text);
export const stop = (text: string) => (/[.!?:…]$/.test(text) ? text : `${text.replace(/[;,]$/, '')}.`);
export const sentence = (text: string): string => stop(upper(plainWords(text)));

/** 8000 → "8.000 đồng". */
export const money = (amountVnd: number): string => `${String(amountVnd).replace(/\B(?=(\d{3})+$)/g, '.')} đồng`;

/** "2026-07-18" → "18/07/2026", "2026-10" → "10/2026". */
export const dataDate = (asOf: string): string => asOf.split('-').reverse().join('/');

const LAW =
  /,? ?(?:\((?:theo |xem )?)?(?:theo |thuộc |tại |quy định tại )?(?:(?:điểm|khoản|[Đđ]iều|[Mm]ục) [\p{L}\d]+(?:, [a-zđ\d]+)*(?: và [a-zđ\d]+)? ?)*(?:(?:Nghị định|NĐ|Thông tư(?: liên tịch)?|TT|TTLT|Quyết định|QĐ|Nghị quyết|NQ) \d+\/\d{4}\/[\p{Lu}\d-]+|(?:[Đđ]iều|khoản) \d+(?: [Đđ]iều \d+)?(?: Luật (?:Hợp tác xã|Hoà giải ở cơ sở|Cư trú|Đất đai|Nhà ở|BHXH|[\p{Lu}][\p{L}]*)(?: \d{4}| \d+\/\d{4}\/QH\d+)?)?)\)?/gu;

const withLaw = (text: string, law: string): string =>
  text.endsWith(')') ? `${text.slice(0, -1)}; ${law}).` : `${text} (${law}).`;

/** A sentence with the law it names moved to its end, in brackets. */
export const lawLast = remembering((text) => {
  const laws = [...text.matchAll(LAW)].map(([law]) =>
    law.replace(/^[,\s(]+|[)\s]+$/g, '').replace(/^(theo|thuộc|tại|quy định tại|xem) /, ''),
  );
  if (laws.length === 0) return text;
  const rest = text
    .replace(LAW, '')
    .replace(/ +([,;.])/g, '$1')
    .replace(/\( ?\)|\s{2,}/g, ' ')
    .replace(/[,;]?\.?$/, '')
    .trim();
  return rest.length < 12 || /, \d|các,|(?: hoặc| và)$|(^|[ (])[Tt]heo [(;,.]/.test(rest)
    ? text
    : withLaw(rest, [...new Set(laws)].join('; '));
});

/** What a record tells in prose, sentence by sentence, without remarks for its keepers. */
export function tellingSentences(record: Procedure, withEligibility = true): string[] {
  return [record.notes, withEligibility ? (record.eligibility ?? '') : '']
    .flatMap((text) => text.split(/(?<=[.;])\s+(?=[\p{Lu}\d])|(?<=;)\s+/u))
    .map((text) => text.replace(/;$/, '').trim())
    .filter((text) => text !== '' && !INTERNAL.test(text));
}

/** Sentences of notes and conditions that speak of something. */
export function sentencesAbout(record: Procedure, about: RegExp, limit = 2): string[] {
  return tellingSentences(record)
    .filter((text) => about.test(text))
    .slice(0, limit)
    .map(sentence);
}
