import type { Procedure } from '../procedures/catalogue.ts';
import * as phrase from '../procedures/phrasing.ts';
import { lowerFirst, type Said } from './speech.ts';

const BENEFIT =
  /trợ cấp|hỗ trợ|mai táng|chế độ|phụ cấp|ưu đãi|trợ giúp|bảo hiểm xã hội một lần|thai sản|hưu trí|thất nghiệp/i;
const AMOUNT =
  / ((duoc|nhan|linh|lanh|huong|cho|cap|ho tro|tro cap|tro giup|tien|mai tang phi?)( [a-z]+){0,5} (bao nhieu|nhieu|may (tram|trieu|dong|tien))|bao nhieu( tien)?( [a-z]+){0,2} (mot|1|moi|hang) thang|(mot|1|moi|hang) thang( [a-z]+){0,4} (bao nhieu|nhieu|may)|muc (huong|tro cap|ho tro|tien)|bao nhieu tien) /;
const COST = / (le phi|mat phi|ton|mat (tien|bao)|dong (tien|phi|bao)|nop (tien|phi|bao)|phi (lam|ho so|bao)|het) /;

/** Money is what it is about. */
export const paysOut = (record: Procedure): boolean => BENEFIT.test(record.name);

/** Money the citizen receives, not pays. */
export const asksBenefit = (record: Procedure, line: string): boolean =>
  paysOut(record) && AMOUNT.test(line) && !COST.test(line);

const WHO: Partial<Record<Procedure['handledBy'], string>> = {
  social_insurance: 'Cơ quan bảo hiểm xã hội',
  province: 'Cơ quan cấp tỉnh giải quyết hồ sơ',
  school: 'Nhà trường',
};

/** How much is paid out: the record's figure, or that it is not there, who tells it and what decides it. */
export function benefit(record: Procedure): Said {
  const figures = phrase
    .tellingSentences(record)
    .filter((text) => /\d[\d.]* ?(đ(?!\p{L})|đồng|lần mức|tháng lương)/u.test(text))
    .slice(0, 2)
    .map(phrase.sentence);
  if (figures.length > 0) return { lines: figures, known: true };
  const rule = record.eligibility ? lowerFirst(phrase.lawLast(phrase.sentence(record.eligibility))) : '';
  return {
    lines: [
      'Được nhận bao nhiêu, dữ liệu của tôi chưa có con số.',
      `${WHO[record.handledBy] ?? 'Cán bộ phụ trách ở xã'} cho biết; mức tùy diện hưởng và quy định đang áp dụng.`,
      ...(rule ? [`Ai được: ${rule.replace(/: /g, ' – ')}`] : []),
    ],
    known: false,
  };
}
