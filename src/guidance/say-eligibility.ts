import type { Procedure } from '../procedures/catalogue.ts';
import * as phrase from '../procedures/phrasing.ts';
import { agesTold, byAge, type EligibilityRule, eligibilityRules, ruleFor } from './eligibility-rules.ts';
import { exemption } from './say-exemption.ts';
import { DESK } from './say-next.ts';
import { lowerFirst, type Said } from './speech.ts';

const YES_OR_NO =
  / (duoc khong|duoc k|duoc ko|duoc chua|duoc ha|co duoc|co phai|co can|co bat buoc|bat buoc|phai khong|can khong|co sao|hay khong|dung khong|khong nhi|khong a|khong vay|khong|chua) /;
/** Asks for the thing itself, not for an exception from its rules. */
const POSSIBLE = / (duoc khong|duoc chua|co duoc|duoc ha|duoc a|duoc k|duoc ko|duoc vay|duoc) /;
const PREMISE = / (khong|chua|thieu)( [a-z]+){0,5} (thi|ma) /;
/** An exception from a duty is asked for, which the record of the duty need not know. */
const EXCEPTION =
  / (tam hoan|hoan(?! (?:thanh|tat|toan|canh|thien|cong|ve|tra|lai|thue|tien|phi))|duoc mien(?! (?:phi|le phi|tien))|mien (?:di|goi|tap|nhap|lam|khai|dang ky)|khoi phai|khoi di|khong phai di) /;
const WHO = / (ai|nhung ai|doi tuong|dieu kien|truong hop nao|dien nao) /;
const BY_ANOTHER =
  / ((di|lam|nop|ky|xin|lay|nhan|dung ten|dang ky|khai) (thay|ho(?! (?:so|khau|chieu|tich|ngheo|kinh|gia) )|dum|gium|giup)|uy quyen|nho (nguoi|me|ba|bo|con|chong|vo|em|anh|chi|ong|ban|hang xom)|nguoi khac|nguoi nha (di|lam|nop)) /;
const OVERDUE = / (qua han|tre han|bi tre|qua \d+ (ngay|thang|nam)|muon \d+|tre \d+|da lau|lau roi) /;

export const asksYesOrNo = (line: string): boolean => YES_OR_NO.test(line);

/** A reviewed answer. */
export const ruled = ({ say, also, unknown: isOpen }: EligibilityRule): Said => ({
  lines: [say, ...(also ? [also] : [])],
  known: !isOpen,
});

/** May I, must I, who may: first yes, no or "depends", then the rule in one line. */
export function eligibility(record: Procedure, line: string): Said {
  const rules = eligibilityRules().get(record.code);
  const ages = agesTold(line, Number(record.asOf.slice(0, 4)));
  const aged = rules && byAge(rules, line, ages);
  if (aged) return { lines: [aged, ...conditionsBesideAge(record)], known: true };
  const rule = ruleFor(record.code, line);
  if (rule) return ruled(rule);
  const free = exemption(record, line);
  if (free) return free;
  const spared = exception(record, line);
  if (spared) return spared;
  if (BY_ANOTHER.test(line)) return byAnother(record);
  if (OVERDUE.test(line)) return overdue(record);
  const need = neededOrNot(record, line);
  if (need) return need;
  if (asksYesOrNo(line) && !WHO.test(line))
    return POSSIBLE.test(line) && !PREMISE.test(line) && record.eligibility ? depends(record) : unknown(record);
  if (!record.eligibility) return { lines: ['Dữ liệu tôi có không ghi điều kiện riêng cho việc này.'], known: false };
  const base = phrase.lawLast(phrase.sentence(record.eligibility));
  const proxy = phrase
    .sentencesAbout(record, /(đi|làm|nộp) thay|uỷ quyền|ủy quyền/, 1)
    .filter((text) => !base.includes(text.slice(1, -1)));
  return { lines: [`Người làm được: ${lowerFirst(base).replace(/: /g, ' – ')}`, ...proxy], known: true };
}

/** "đi học có được hoãn không": told only where the record speaks of it; meeting its conditions would be no answer. */
function exception(record: Procedure, line: string): Said | null {
  if (!EXCEPTION.test(line) || !asksYesOrNo(line)) return null;
  const says = phrase.sentencesAbout(record, /hoãn|miễn (?!phí|lệ phí)/i, 1);
  if (says.length > 0) return { lines: ['Tùy trường hợp.', ...says], known: true };
  return {
    lines: [
      'Trường hợp nào được hoãn, được miễn thì dữ liệu của tôi không ghi.',
      `Hỏi ${DESK[record.handledBy] ?? 'cơ quan giải quyết'} cho chắc.`,
    ],
    known: false,
  };
}

/** "không có lương hưu" and the like stay to be met when the age fits. */
function conditionsBesideAge(record: Procedure): string[] {
  const parts = (record.eligibility ?? '').split(/, (?=không có|tự nguyện|có văn bản)/).slice(1);
  return parts.length > 0 ? [`Còn phải: ${lowerFirst(phrase.sentence(parts.join('; ')))}`] : [];
}

/** Whether somebody else may go. */
export function byAnother(record: Procedure): Said {
  const free = phrase.sentencesAbout(record, /không cần giấy uỷ quyền|không cần giấy ủy quyền/, 1);
  if (free.length > 0) return { lines: ['Được.', ...free], known: true };
  const inPerson = phrase.sentencesAbout(record, /trước mặt|cùng có mặt|phải có mặt/, 1);
  if (inPerson.length > 0) return { lines: ['Không nhờ người khác ký thay được.', ...inPerson], known: true };
  const proxy = record.cases.find(({ name }) => /^Uỷ quyền|^Làm qua người đại diện/.test(name));
  if (proxy) {
    const note = phrase.plainWords(proxy.documents[0]?.note ?? '').replace(/^nộp(?:; ?|$)/i, '');
    return {
      lines: ['Được, người đi thay mang thêm giấy ủy quyền.', ...(note ? [phrase.sentence(note)] : [])],
      known: true,
    };
  }
  const mentions = phrase.sentencesAbout(record, /đi thay|uỷ quyền|ủy quyền|người đại diện|người giám hộ/, 1);
  if (mentions.length > 0) return { lines: ['Được, theo điều kiện sau.', ...mentions], known: true };
  return unknown(record);
}

function overdue(record: Procedure): Said {
  const still = phrase.sentencesAbout(record, /quá hạn vẫn|vẫn làm|quá hạn/i, 1);
  if (still.some((line) => /vẫn/i.test(line))) return { lines: ['Được, quá hạn vẫn làm được.', ...still], known: true };
  const term = phrase.sentencesAbout(record, /trong (vòng )?\d+ ngày|trước \d+ ngày|trong thời hạn/, 1);
  return {
    lines: [
      'Quá hạn thì sao, dữ liệu của tôi không nói rõ.',
      ...still,
      ...term.filter((line) => !still.includes(line)),
    ],
    known: false,
  };
}

/** "có cần X không": the papers and notes tell of X. */
function neededOrNot(record: Procedure, line: string): Said | null {
  if (!/ (co can|can khong|co phai|bat buoc|phai xin|phai lam) /.test(line)) return null;
  const says = phrase.sentencesAbout(
    record,
    /không bắt buộc|không phải làm|không cần|không phải (nộp|đưa|công chứng)|chỉ cần khi/i,
    1,
  );
  return says.length > 0 ? { lines: ['Tùy trường hợp.', ...says], known: true } : null;
}

/** Granted to whoever meets the record's condition, which is told. */
function depends(record: Procedure): Said {
  const rule = phrase.lawLast(phrase.sentence(record.eligibility ?? '')).replace(/: /g, ' – ');
  return { lines: [`Ai đúng như thế này thì làm được: ${lowerFirst(rule)}`], known: true };
}

/** The record does not decide it: said plainly, with the rule it does hold. */
export function unknown(record: Procedure): Said {
  const rule = record.eligibility ? phrase.lawLast(phrase.sentence(record.eligibility)) : '';
  return {
    lines: [
      'Dữ liệu của tôi không nói rõ trường hợp này.',
      ...(rule ? [`Điều kiện ghi là: ${lowerFirst(rule).replace(/: /g, ' – ')}`] : []),
    ],
    known: false,
  };
}
