import type { Procedure } from '../procedures/catalogue.ts';

/** Whether somebody has just died, as told in the words of the question. */

const KIN =
  '(bo|me|ba|ong|cha|u|thay|bu|tia|ma|vo|chong|con|chau|anh|chi|em|bac|chu|co|di|duong|mo|thim|cau|cu|noi|ngoai|nguoi nha|nguoi than|hang xom)';
const THING =
  'cai|to|giay|so|the|can|cccd|cmnd|chung|bang|ho|khai|trich|bao|may|tien|phi|nhieu|khoang|le|gi|dien|xe|vi|sim|ban|goc|ma|bien|phieu|thoi|cong|trom|quyen|dau|nang|ngu|lien|1|2|3|tu|tich';
const DIED = new RegExp(
  ` ${KIN}( (?!mat |chet |bi |giay |so |the )[a-z]+){0,3} ((mat|chet)(?! (${THING}) )|qua doi|tu tran|khuat nui) `,
);
/** For matters of the dead themselves, where more may stand between. */
const DIED_AT_LENGTH = new RegExp(
  ` ${KIN}( (?!mat |chet |bi |giay |so |the )[a-z]+){0,9} ((mat|chet)(?! (${THING}) )|qua doi|tu tran) `,
);
const FOR_SOMEBODY = new RegExp(
  ` (khai tu|bao tu|chung tu|mai tang|mai tang phi)( [a-z]+){0,2} cho( [a-z]+){0,2} ${KIN} `,
);
const JUST =
  / (vua|moi|hom qua|hom nay|sang nay|toi qua|dem qua|hom kia|tuan truoc)( [a-z]+){0,2} (mat|chet|qua doi|tu tran) | (mat|chet|qua doi)( [a-z]+){0,3} (hom qua|hom nay|sang nay|toi qua|dem qua|hom kia) /;
const LONG_AGO = / (\d+|may|chuc|muoi|hai muoi|nhieu) nam | (da lau|lau roi|nam (19|20)\d\d|truoc day|ngay xua) /;
const A_THING_LOST = / (giay|so|the|can cuoc|cccd|bang|ho chieu|sim|dien thoai|ban goc|trich luc)( [a-z]+){0,6} mat /;

const aboutDeath = (record: Procedure): boolean => /khai tử|mai táng|từ trần|tuất|người chết/i.test(record.name);

/** Condolence is due: a death was told, not long ago, and not only its papers were named. */
export function tellsDeath(line: string, record: Procedure | undefined): boolean {
  if (LONG_AGO.test(line)) return false;
  if (record && aboutDeath(record)) return DIED_AT_LENGTH.test(line) || FOR_SOMEBODY.test(line);
  return DIED.test(line) && JUST.test(line) && !A_THING_LOST.test(line);
}

/** Nothing but a death is told: what to do first is answered. */
export const tellsOnlyDeath = (line: string): boolean =>
  DIED.test(line) && !LONG_AGO.test(line) && !A_THING_LOST.test(line) && line.trim().split(' ').length <= 8;

export const CONDOLENCE = 'Xin chia buồn cùng gia đình.';
