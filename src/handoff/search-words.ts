import { plain } from '../procedures/words.ts';

const MARKED: Record<string, string> = {
  a: 'àáảãạăằắẳẵặâầấẩẫậ',
  d: 'đ',
  e: 'èéẻẽẹêềếểễệ',
  i: 'ìíỉĩị',
  o: 'òóỏõọôồốổỗộơờớởỡợ',
  u: 'ùúủũụưừứửữự',
  y: 'ỳýỷỹỵ',
};

/**
 * A pattern that finds words with or without their marks, whichever way they were typed. Both cases are spelled out: a
 * database's own idea of capital letters may end at ASCII.
 * @returns null when nothing is left to look for
 */
export function searchPattern(query: string): string | null {
  const words = plain(query.slice(0, 100)).split(/\s+/).filter(Boolean);
  if (words.join('').length < 2) return null;
  return words.map((word) => [...word].map(anyCase).join('')).join('\\s+');
}

function anyCase(letter: string): string {
  if (!/[\p{L}\p{N}]/u.test(letter)) return `\\${letter}`;
  const all = new Set([letter, letter.toUpperCase()]);
  for (const marked of MARKED[letter] ?? '') all.add(marked).add(marked.toUpperCase());
  return all.size === 1 ? letter : `[${[...all].join('')}]`;
}
