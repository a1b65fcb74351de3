import type { Catalogue } from '../procedures/catalogue.ts';
import type { Hint } from '../procedures/hints.ts';
import { matter } from './cover.ts';
import { lineOf, type Normalised } from './normalise.ts';

/** Names of often asked procedures as said, blanks at both ends, by their first word (a blank before it). */
export type Names = Map<string, { code: string; words: string }[]>;
type Normalise = (text: string) => Normalised;

export function namesOf(catalogue: Catalogue, hints: Map<string, Hint>, normalised: Normalise): Names {
  const allNames = catalogue.all
    .filter(({ code }) => (hints.get(code)?.often ?? 0) >= 1)
    .flatMap(({ code, name, aliases }) =>
      [name, ...aliases].map((text) => ({
        code,
        words: lineOf(normalised(text)),
      })),
    )
    .filter(({ words }) => words.length >= 9 && words.trim().includes(' '));
  const names = new Map<string, typeof allNames>();
  for (const name of allNames) {
    const first = name.words.slice(0, name.words.indexOf(' ', 1));
    names.set(first, [...(names.get(first) ?? []), name]);
  }
  return names;
}

/** Procedures by all that remains of a name without the words around it. */
export function mattersOf(catalogue: Catalogue, hints: Map<string, Hint>, normalised: Normalise): Map<string, string> {
  const matters = new Map<string, string>();
  // the ones asked more often last, so that they win
  for (const { code, name, aliases } of [...catalogue.all].sort(
    (a, b) => (hints.get(a.code)?.often ?? 0) - (hints.get(b.code)?.often ?? 0),
  )) {
    for (const text of [name, ...aliases, ...(hints.get(code)?.say ?? [])]) {
      const left = matter(normalised(text).words);
      if (left) matters.set(left, code);
    }
  }
  for (const [code, { say }] of hints) for (const text of say) matters.set(matter(normalised(text).words), code);
  matters.delete('');
  return matters;
}

/** "khai tử và xóa hộ khẩu": of several names said whole, the first; after a slip ("à không, …") the one that follows it. */
export function firstNamed(names: Names, line: string): string | null {
  const slip = / (a khong|khong phai|nham|y (em|toi|minh|chau|con|tui) la|noi lon|lon) /.exec(line);
  const from = slip ? slip.index : 0;
  let best: { code: string; at: number; length: number } | null = null;
  for (let at = line.indexOf(' ', from); at >= 0 && at < line.length - 1; at = line.indexOf(' ', at + 1)) {
    const end = line.indexOf(' ', at + 1);
    for (const { code, words } of names.get(line.slice(at, end < 0 ? undefined : end)) ?? []) {
      if (line.startsWith(words, at) && (!best || words.length > best.length))
        best = { code, at, length: words.length };
    }
    if (best) break;
  }
  return best?.code ?? null;
}

const JOINS =
  /^ ([a-z]+ ){0,3}(va|voi|roi|cung|kem|cong|them)( (ca|voi|luon|lam|xin|di|dang|ky|them|muon|thi|co)){0,4} $/;
/** The second name says what the first is for. */
const PURPOSE = / (de|cho|truoc|khi|neu|sau|xong|chua|khong|bi|mat|gop|lien thong|mot lan|cung luc) /;

/** "khai sinh và nhập khẩu": names said whole, one after the other, with nothing but a joining word between them. */
export function joinedNames(names: Names, line: string): string[] {
  if (!/ (va|voi|roi|cung|kem|cong|them) /.test(line)) return [];
  const found: string[] = [];
  let end = -1;
  for (let at = 0; at >= 0 && at < line.length - 1; ) {
    const next = line.indexOf(' ', at + 1);
    let best: { code: string; words: string } | null = null;
    for (const name of names.get(line.slice(at, next < 0 ? undefined : next)) ?? [])
      if (line.startsWith(name.words, at) && (!best || name.words.length > best.words.length)) best = name;
    if (!best) {
      at = next;
      continue;
    }
    const between = end < 0 ? null : line.slice(end, at + 1);
    const isJoined = between !== null && JOINS.test(between) && !PURPOSE.test(between);
    if (between !== null && !isJoined) return [];
    if (!found.includes(best.code)) found.push(best.code);
    end = at + best.words.length - 1;
    at = end;
  }
  return found.length > 1 ? found : [];
}
