import { findPersonalData, maskPersonalData, type PersonalKind } from '../guidance/personal-data.ts';
import { findDossierNumbers } from '../procedures/dossier-numbers.ts';

const WORDS: Record<PersonalKind, string> = {
  phone: 'số điện thoại',
  personal_id: 'số giấy tờ',
  bank_account: 'số tài khoản',
  email: 'email',
};

/**
 * A citizen's words with personal numbers covered, until an officer asks to see them.
 * @returns `isMasked`: something was covered
 */
export function masked(text: string, now: Date): { text: string; isMasked: boolean } {
  // A dossier's code is what officers work with: alone it hides nobody's number.
  const { kinds } = findPersonalData(findDossierNumbers(text, now).rest);
  if (kinds.length === 0) return { text, isMasked: false };
  return { text: maskPersonalData(text, (kind) => `[${WORDS[kind]} •••]`), isMasked: true };
}
