import type { Reading } from './guidance.ts';

export type PersonalKind = Reading['personalData'][number];

const KINDS: [PersonalKind, RegExp][] = [
  ['email', /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,24}){1,3}/g],
  ['phone', /(?<!\d)(?:\+?84|0)[\s.-]?(?:[235789])(?:[\s.-]?\d){8}(?!\d)/g],
  ['personal_id', /(?<![\d])(?:0\d{2})(?:[\s.-]?\d){9}(?!\d)/g],
  [
    'bank_account',
    /(?<=(?:stk|số tài khoản|so tai khoan|tài khoản|tai khoan|tk)[^\d\n]{0,12})\d(?:[\s.-]?\d){7,15}(?!\d)/gi,
  ],
  [
    'personal_id',
    /(?<=(?:cccd|cmnd|cmt|căn cước|can cuoc|chứng minh|chung minh|định danh|dinh danh|bhxh|bhyt)[^\d\n]{0,20})\d(?:[\s.-]?\d){7,14}(?!\d)/gi,
  ],
  ['phone', /(?<!\d)0[1-9]\d{8,9}(?!\d)/g],
  ['personal_id', /(?<!\d)\d{12}(?!\d)/g],
];

/** Which kinds of personal numbers a text holds, and the text without them. Run after dossier codes are set aside. */
export function findPersonalData(text: string): { kinds: PersonalKind[]; rest: string } {
  const kinds = new Set<PersonalKind>();
  const rest = maskPersonalData(text, (kind) => {
    kinds.add(kind);
    return ' ';
  });
  return { kinds: [...kinds], rest };
}

/** @param mask what stands in a number's place; no digits, or it would be looked at again */
export function maskPersonalData(text: string, mask: (kind: PersonalKind) => string): string {
  let rest = text.slice(0, 20_000);
  // most messages hold neither: a look is cheaper than seven patterns
  if (!rest.includes('@') && !/\d(?:[\s.-]?\d){7}/.test(rest)) return rest;
  for (const [kind, pattern] of KINDS) rest = rest.replace(pattern, () => mask(kind));
  return rest;
}
