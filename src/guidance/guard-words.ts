import { plain, tokens } from '../procedures/words.ts';

/** Facts without figures: papers, offices, duties and exemptions. They too must stand in the record. */

/** Something a sentence names, and whether a source names it too. */
export interface Named {
  kind: 'paper' | 'office' | 'name' | 'claim';
  isIn(source: string): boolean;
}

/** One spelling for hoà/hòa, uỷ/ủy, kỹ/kĩ: marks matter, their place does not. */
const fold = (text: string): string =>
  ` ${tokens(text)
    .map(
      (word) =>
        `${plain(word).replace(/y/g, 'i')}${word.normalize('NFD').replace(/[a-z]/g, '').split('').sort().join('')}`,
    )
    .join(' ')} `;

const PAPER =
  /(?<!\p{L})(?:tờ khai|mẫu|đơn|phiếu|giấy(?! tờ)|biên bản|hợp đồng|sổ|thẻ|bản sao|bản chính|bản gốc|bản cam kết|văn bản|công văn|quyết định|chứng chỉ|hộ chiếu|hóa đơn|hoá đơn|ảnh|di chúc|bằng|lý lịch|sơ yếu)(?: [\p{L}]+){0,2}/giu;
const OFFICE =
  /(?<!\p{L})(?:sở|phòng|chi cục|cục|tòa án|toà án|công an|bưu điện|trung tâm|ủy ban|uỷ ban|ubnd|hđnd|bệnh viện|trạm y tế|văn phòng|ngân hàng|kho bạc|đại sứ quán|lãnh sự|viện|chi nhánh|ban chỉ huy|tổng cục|bộ (?:tư pháp|công an|nội vụ|y tế|ngoại giao))(?: [\p{L}]+){0,1}/giu;
/** Words that turn a duty into none, or none into one: with them a true sentence becomes a false one. */
const CLAIM =
  /(?<!\p{L})(?:(?:không|chưa)(?: cần| phải| được| bị| thể| có)? \p{L}+|(?:phải|cần|được|bị|nên|có thể) \p{L}+|khỏi|bắt buộc|nhất định|phạt|cấm|tự động|trong ngày|ngay|lập tức|vô thời hạn|vĩnh viễn|hết hạn|quá hạn|đúng hạn|tất cả|chỉ cần|mọi|bất kỳ|luôn|trừ|ít nhất|tối đa|tối thiểu|công chứng|chứng thực|ủy quyền|uỷ quyền|vài|mấy|nhiều|sáng|chiều|thứ \p{L}+|chủ nhật|cuối tuần|hôm nay|ngày mai|tuần sau|tháng sau)(?!\p{L})/giu;

const within = (phrase: string) => {
  const wanted = fold(phrase);
  return (source: string) => fold(source).includes(wanted);
};

/** Papers, offices and proper names of a sentence. */
export function namedThings(text: string): Named[] {
  const named: Named[] = [];
  for (const [phrase] of text.matchAll(PAPER)) named.push({ kind: 'paper', isIn: within(phrase) });
  for (const [phrase] of text.matchAll(OFFICE)) named.push({ kind: 'office', isIn: within(phrase) });
  for (const [, name] of text.matchAll(/(?<=[\p{L}\p{N},;)]\s)(\p{Lu}[\p{L}]*(?:\s\p{Lu}[\p{L}]*)*)/gu))
    named.push({ kind: 'name', isIn: within(name!) });
  return named;
}

export function claimsOf(text: string): Named[] {
  return [...text.matchAll(CLAIM)].map(([phrase]) => ({ kind: 'claim', isIn: within(phrase) }));
}

/** Words that carry no fact. */
const SMALL = new Set(
  tokens(
    'thì là mà và hoặc hay nếu khi của cho với ở tại để do vì nên như này đó kia ấy các những một người việc trường hợp anh chị cô chú bác ông bà em cháu con mình bạn ạ nhé dạ vâng xin được phải cần làm có đã đang sẽ rồi lại ra vào đi đến từ theo về trên trong ngoài cùng cũng đều vẫn thêm sau trước bị hồ sơ thủ tục giấy tờ nộp không',
  ).map((word) => fold(word).trim()),
);
const LEAST_SHARE = 0.75;

/** Most telling words of the sentence stand in the source: it retells, it does not add. */
export function isGrounded(text: string, source: string): boolean {
  const said = new Set(fold(source).trim().split(' '));
  const telling = fold(text.replace(/⟦[A-Z]+\d+⟧/g, ' '))
    .trim()
    .split(' ')
    .filter((word) => !SMALL.has(word) && !/^\d/.test(word));
  if (telling.length === 0) return false;
  return telling.filter((word) => said.has(word)).length / telling.length >= LEAST_SHARE;
}

const CLAUSE_END = /[.;](?=\s|$)|\n/;
/** Polite openings that state nothing. */
const LEAD_IN = /^(?:dạ|vâng|thưa (?:anh|chị|bác|cô|chú|ông|bà)|theo quy định|trường hợp này)(?: thì)?[,:]? /iu;

/**
 * The sentence is made of whole clauses of the source, from one full stop or semicolon to the next. Half a clause can say
 * the contrary: "cần giấy ủy quyền" stands in "không cần giấy ủy quyền".
 */
export function isQuoted(text: string, source: string): boolean {
  const clauses = (words: string) =>
    words
      .split(CLAUSE_END)
      .map(fold)
      .filter((clause) => clause.trim() !== '');
  const known = new Set(clauses(source));
  const said = clauses(text.replace(LEAD_IN, ''));
  return said.length > 0 && said.every((clause) => known.has(clause));
}
