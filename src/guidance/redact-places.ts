/**
 * Where somebody lives, below the commune: hamlets, groups, streets, house numbers. Communes, districts and provinces
 * stay, whoever asks for an office means them.
 */

const SMALL =
  'tổ dân phố|to dan pho|tdp|khu phố|khu pho|thôn|thon|ấp|ap|xóm|xom|khóm|khom|buôn|buon|bon|sóc|phum|tổ|to|bản|ban|làng|lang|đội|doi|cụm|khu';
const NUMBER = String.raw`(?:số |so )?\d{1,3}[a-zA-Z]?(?![\d./]|\s*(?:tờ|to|trang|bản|ban|đồng|dong|k|ngàn|nghìn|triệu|người|tuổi|ngày|tháng|năm|lần|cái)(?![\p{L}]))`;
const NAME = String.raw`\p{Lu}[\p{L}\p{M}]*(?:[ \t]+\p{Lu}[\p{L}\p{M}]*){0,3}`;
/** "thôn nà lặc, xã …": a small name ends at a comma or at the next unit. */
const LOWER_UNIT = 'thôn|ấp|xóm|khóm|buôn|thon|ap|xom|khom|buon';
const ENDS = String.raw`(?=[ \t]*(?:,|\n|(?:xã|xa|phường|phuong|thị trấn|huyện|huyen|tỉnh|tinh)(?![\p{L}])))`;
const NO_NAME =
  /^(?:mình|minh|em|tôi|toi|tui|nào|nao|này|nay|đó|do|trưởng|truong|xác|xac|ký|ky|có|co|không|khong|cho|và|va|là|la|ở|o|thì|thi)(?![\p{L}])/iu;
const STREETS = 'đường|duong|phố|ngõ|ngo|ngách|ngach|hẻm|hem|kiệt|kiet|đại lộ|quốc lộ|tỉnh lộ';

const BIG = /^(?:xã|xa|phường|phuong|tỉnh|tinh|thành phố|huyện|quận)(?![\p{L}])/iu;

const NUMBERED = new RegExp(String.raw`(?<![\p{L}\p{N}])(${SMALL})([ \t]+)(${NUMBER})`, 'giu');
const NAMED = new RegExp(String.raw`(?<![\p{L}\p{N}])(${SMALL})([ \t]+)(${NAME})`, 'gu');
const LOWER = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(${LOWER_UNIT})([ \t]+)([\p{L}\p{M}\d]+(?:[ \t]+[\p{L}\p{M}\d]+){0,2}?)${ENDS}`,
  'giu',
);
const STREET = new RegExp(
  String.raw`(?<![\p{L}\p{N}])((?:số|so)[ \t]+\d{1,4}[a-zA-Z]?(?:[/-]\d{1,4})*[ \t]+)?(${STREETS})([ \t]+)(${NAME}|\d{1,4}[a-zA-Z]?(?:[/-]\d{1,4})*(?![\d]))`,
  'gu',
);
/** A mere "thôn" before somebody's title is no name of a place. */
const isName = (words: string) => !NO_NAME.test(words) && !BIG.test(words);

/** Replaces the part that tells one home from another; the kind of place stays readable. */
export function hideHomes(text: string, hide: (home: string) => string): string {
  const upper = (text.match(/\p{Lu}/gu) ?? []).length;
  const isShouted = upper > (text.match(/\p{Ll}/gu) ?? []).length;
  const replace = (_: string, unit: string, gap: string, name: string) =>
    `${unit}${gap}${isName(name) ? hide(name) : name}`;
  let result = text.replace(STREET, (whole, number: string | undefined, unit: string, gap: string, name: string) =>
    // in capitals every word looks like a name
    isShouted && !number && !/^\d/.test(name)
      ? whole
      : `${number ? `${hide(number.trim())} ` : ''}${unit}${gap}${hide(name)}`,
  );
  result = result.replace(NUMBERED, replace);
  if (!isShouted) result = result.replace(NAMED, replace);
  return result.replace(LOWER, (whole, unit: string, gap: string, name: string) =>
    isName(name) ? `${unit}${gap}${hide(name)}` : whole,
  );
}
