/** Long answers told a portion at a time: what is not told yet stays one press away. */

/** About as much as is read before a question or a row of buttons. */
export const PORTION_WORDS = 60;
/** The same for those who asked for simpler words. */
export const SIMPLE_WORDS = 34;
/** A rest this short is told along. */
const TAIL_WORDS = 8;

export interface Portion {
  lines: string[];
  /** Where the next portion begins; null when all is told. */
  next: number | null;
}

export const wordsIn = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

/**
 * One portion of the lines, beginning at a piece of them. The same lines give the same pieces, so a place stays good.
 * @param from place as told by the portion before, 0 at the start
 */
export function portion(lines: string[], from: number, limit = PORTION_WORDS): Portion {
  const all = pieces(lines, Math.max(limit, SIMPLE_WORDS));
  const told: string[] = [];
  let words = 0;
  let at = from;
  for (; at < all.length; at++) {
    const more = wordsIn(all[at]!);
    if (
      told.some((line) => !line.endsWith(':')) &&
      words + more > limit &&
      restOf(all, at) + words > limit + TAIL_WORDS
    )
      break;
    told.push(all[at]!);
    words += more;
  }
  // a heading goes with what it heads
  while (at < all.length && told.length > 1 && told.at(-1)!.endsWith(':')) {
    told.pop();
    at--;
  }
  return { lines: told, next: at < all.length ? at : null };
}

const restOf = (all: string[], at: number): number => all.slice(at).reduce((sum, text) => sum + wordsIn(text), 0);

/** Lines as they are; one longer than a whole portion falls into its sentences. */
function pieces(lines: string[], limit: number): string[] {
  return lines
    .filter((line) => line.trim() !== '')
    .flatMap((line) => (wordsIn(line) > limit ? split(line, limit) : [line]));
}

function split(line: string, limit: number): string[] {
  const mark = line.startsWith('• ') ? '• ' : '';
  const found: string[] = [];
  for (const clause of clauses(line.slice(mark.length))) {
    const last = found.at(-1);
    if (last !== undefined && wordsIn(last) + wordsIn(clause) <= limit) found[found.length - 1] = `${last} ${clause}`;
    else found.push(clause);
  }
  return found.map((text) => `${mark}${text[0]!.toUpperCase()}${text.slice(1)}`.replace(/[;,]$/, '.'));
}

/** Parts between semicolons and full stops, none cut inside brackets. */
function clauses(text: string): string[] {
  const found: string[] = [];
  for (const part of text.split(/(?<=[.;]) /)) {
    const last = found.at(-1);
    const isOpen = last !== undefined && last.split('(').length > last.split(')').length;
    if (isOpen) found[found.length - 1] = `${last} ${part}`;
    else found.push(part);
  }
  return found;
}
