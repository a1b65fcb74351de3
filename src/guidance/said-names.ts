import type { Hint } from '../procedures/hints.ts';
import { letters, tokens } from '../procedures/words.ts';

/** Procedures named by their shortest everyday names, as reviewed in hints.json: "khai sinh", "xóa hộ khẩu". */

interface Said {
  code: string;
  from: number;
  to: number;
}

const lists = new WeakMap<Map<string, Hint>, { code: string; words: string[] }[]>();

/** Longest first: "đăng ký lại khai sinh" before "khai sinh". */
function namesOf(hints: Map<string, Hint>): { code: string; words: string[] }[] {
  const known = lists.get(hints);
  if (known) return known;
  const made = [...hints]
    .flatMap(([code, { say }]) => say.map((name) => ({ code, words: tokens(name).map(letters) })))
    .filter(({ words }) => words.length >= 2)
    .sort((a, b) => b.words.length - a.words.length);
  lists.set(hints, made);
  return made;
}

/** Names in the order of the words, none inside another. */
function found(words: string[], hints: Map<string, Hint>): Said[] {
  const taken: Said[] = [];
  for (const { code, words: name } of namesOf(hints)) {
    for (let from = 0; from + name.length <= words.length; from++) {
      const to = from + name.length;
      const isFree = taken.every((other) => to <= other.from || from >= other.to);
      if (isFree && name.every((word, at) => words[from + at] === word)) taken.push({ code, from, to });
    }
  }
  return taken.sort((a, b) => a.from - b.from);
}

/** What may stand around a name without changing what is asked about. */
const AROUND =
  /^( (thoi|vay|the|con|a|ad|oi|da|cho|em|toi|minh|chau|hoi|xin|muon|biet|lam|dang ky|thu tuc|giay|cai|viec|thi|la|gio|nay|o xa|nhe|nha|voi|nhi|khong|duoc|roi|het|ton|mat (bao|may|phi|tien|khoang)|bao (lau|nhieu|gio)|may (ngay|tien|tieng)|lau|nhieu|phi|le phi|tien|dong|can|mang|nhung|gi|giay to|o dau|dau|nop|khi nao|xong|ngay|trong|lam sao|the nao|co))* $/;

/** The one procedure that the words name and ask a bare fact about: "thôi vậy khai sinh mất bao lâu". */
export function namedAlone(line: string, hints: Map<string, Hint>): string | null {
  const words = line.trim().split(' ');
  if (words.length > 12) return null;
  const [only, ...more] = found(words, hints);
  if (!only || more.length > 0) return null;
  const around = ` ${[...words.slice(0, only.from), ...words.slice(only.to)].join(' ')} `.replace(/ {2,}/g, ' ');
  // "khai sinh mất": lost, not how long
  return / mat $/.test(around) || !AROUND.test(around) ? null : only.code;
}

/** Two matters wanted in one go: "làm khai tử cho ông và xóa hộ khẩu luôn". Empty when papers are only listed. */
export function namedTogether(line: string, hints: Map<string, Hint>): string[] {
  const words = line.trim().split(' ');
  const said = found(words, hints);
  const [first, second] = said;
  if (!first || !second || said.length !== 2 || first.code === second.code) return [];
  const before = words.slice(0, first.from).join(' ');
  const between = words.slice(first.to, second.from);
  const isWanted = / (lam|dang ky|xin|muon|dinh|can lam)$/.test(` ${before}`);
  const isJoined = between.some((word) => /^(va|voi|roi|cung|kem|luon)$/.test(word)) && between.length <= 5;
  return isWanted && isJoined && /( luon | cung luc | ca hai | mot the | va )/.test(line)
    ? [first.code, second.code]
    : [];
}
