const graphemes = new Intl.Segmenter('vi', { granularity: 'grapheme' });

/** Length as platforms count it: Unicode code points. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Borders from best to worst. Each match ends where the next part may begin. */
const BORDERS = [/\n[^\S\n]*\n\s*/gu, /\n\s*/gu, /[.!?…;:]["”’)\]]*[ \t]+/gu, /[ \t\n]+/gu];
/** A border nearer to the front would leave a nearly empty part. */
const LEAST_FILL = 0.4;

/**
 * Cuts a text into parts of at most `limit` code points, each trimmed and not empty. Cuts at the last paragraph border
 * that fills a part well, else line, sentence, word; a longer word is cut between grapheme clusters, so that no letter
 * loses its tone mark and no emoji falls apart (unless one cluster alone is longer than `limit`).
 */
export function splitText(text: string, limit: number): string[] {
  if (!Number.isInteger(limit) || limit < 2) throw new RangeError('limit must be an integer of 2 or more');
  const parts: string[] = [];
  let rest = text.trim();
  while (codePoints(rest) > limit) {
    const window = firstCodePoints(rest, limit);
    const cut = bestBorder(rest, window.length) ?? lastClusterEnd(rest, window.length);
    const part = rest.slice(0, cut).trim();
    if (part) parts.push(part);
    rest = rest.slice(cut).trim();
  }
  if (rest) parts.push(rest);
  return parts;
}

function firstCodePoints(text: string, count: number): string {
  let end = 0;
  for (let seen = 0; seen < count && end < text.length; seen++) end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

/** Where to cut `text` so that the first part, without the white space at its end, has at most `room` code units. */
function bestBorder(text: string, room: number): number | undefined {
  // White space is dropped at a cut, so a border may begin at the last allowed place and reach beyond it.
  const reach = text.slice(0, room + 64);
  for (const border of BORDERS) {
    let best: number | undefined;
    for (const match of reach.matchAll(border)) {
      const end = match.index + match[0].length;
      const kept = match.index + match[0].trimEnd().length;
      if (kept > 0 && kept <= room) best = end;
    }
    if (best !== undefined && best >= room * LEAST_FILL) return best;
  }
  return undefined;
}

/** End of the last whole grapheme cluster within `room` code units; `room` itself when the first one is longer. */
function lastClusterEnd(text: string, room: number): number {
  // Only the tail matters; 64 units before it is longer than any cluster people write.
  const from = Math.max(0, room - 64);
  const start = from > 0 && isLowSurrogate(text, from) ? from - 1 : from;
  let end = 0;
  for (const { index, segment } of graphemes.segment(text.slice(start, room + 64))) {
    if (start + index + segment.length > room) break;
    end = start + index + segment.length;
  }
  return end > 0 && end > start ? end : room;
}

const isLowSurrogate = (text: string, at: number) => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

/** The first `limit` code points, ending with "…" when something was left out; never half a cluster. */
export function shorten(text: string, limit: number): string {
  if (codePoints(text) <= limit) return text;
  const room = firstCodePoints(text, limit - 1).length;
  return `${text.slice(0, lastClusterEnd(text, room)).trimEnd()}…`;
}
