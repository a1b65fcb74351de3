import { bare, syllable } from '../procedures/words.ts';
import { bareFrequency, isKnownBare, isKnownSyllable, lengthened, lettersOut, pairFrequency } from './lexicon.ts';

/** Words that came out wrong: left-overs of input methods, words stuck together, letters exchanged. */

const TELEX_TONE: Record<string, string> = { f: '\u0300', s: '\u0301', r: '\u0309', x: '\u0303', j: '\u0323' };
const VNI_TONE: Record<string, string> = { 2: '\u0300', 1: '\u0301', 3: '\u0309', 4: '\u0303', 5: '\u0323' };

function withTone(body: string, mark: string): string {
  const vowels = [...body.matchAll(/[aăâeêioôơuưy]/g)].map((match) => match.index);
  if (vowels.length === 0) return body;
  const hatted = [...body.matchAll(/[ăâêôơư]/g)].map((match) => match.index);
  const start = /^(qu|gi)[aăâeêioôơuưy]/.test(body) ? 1 : 0;
  const rest = vowels.slice(start);
  const closed = /[bcdghklmnprstvx]$/.test(body);
  const at =
    hatted.length > 0
      ? hatted[hatted.length - 1]!
      : rest.length >= 2
        ? closed
          ? rest[rest.length - 1]!
          : rest[0]!
        : rest[0]!;
  return (body.slice(0, at + 1) + mark + body.slice(at + 1)).normalize('NFC');
}

/** "thuowngf" → "thường", "gif" → "gì", "ky1" → "ký"; null when it is no left-over of an input method. */
export function decodeKeys(word: string): string | null {
  if (!/^[a-zà-ỹ0-9]{2,9}$/.test(word) || /^\d+$/.test(word)) return null;
  const known = (candidate: string) => isKnownSyllable(syllable(candidate));
  let body = word;
  let mark = '';
  if (/\d/.test(word)) {
    if (!/^[a-zđ]+\d?[a-z]*\d{0,2}$/.test(word)) return null;
    body = body.replace('d9', 'đ').replace(/([aeo])6/, (_, v: string) => ({ a: 'â', e: 'ê', o: 'ô' })[v]!);
    body = body
      .replace(/uo7/, 'ươ')
      .replace(/([ou])7/, (_, v: string) => ({ o: 'ơ', u: 'ư' })[v]!)
      .replace(/a8/, 'ă');
    body = body.replace(/[1-5]/, (digit) => {
      mark = VNI_TONE[digit]!;
      return '';
    });
    // the hat may be typed after the tone or the last consonant
    body = body.replace(
      /^(.*?)([aeo])([a-z]*)6$/,
      (_, a: string, v: string, b: string) => a + { a: 'â', e: 'ê', o: 'ô' }[v]! + b,
    );
    if (/\d/.test(body)) return null;
  } else {
    body = body
      .replace(/^dd|^đd|^dđ/, 'đ')
      .replace('aa', 'â')
      .replace('ee', 'ê')
      .replace('oo', 'ô')
      .replace('uow', 'ươ')
      .replace('uwow', 'ươ')
      .replace('aw', 'ă')
      .replace('ow', 'ơ')
      .replace('uw', 'ư')
      .replace(/^([bcdghklmnprstvx]{1,3})w([a-z]*)$/, '$1ư$2');
    // the tone may be struck at the end, or right after its vowel ("ngafy")
    const tone = /^(.*?[aăâeêioôơuưyà-ỹ][a-zà-ỹ]*?)([fsrxj])([a-zà-ỹ]*)$/.exec(body);
    if (tone) {
      body = `${tone[1]}${tone[3]}`;
      mark = TELEX_TONE[tone[2]!]!;
    }
  }
  const already = syllable(body);
  const decoded = /\d$/.test(already) ? body : mark ? withTone(body, mark) : body;
  return decoded !== word && known(decoded) ? decoded : null;
}

/** "khaisinh" → "khai sinh" when both halves are words and the whole is not. */
export function split(word: string): string[] | null {
  const letters = bare(word);
  if (letters.length < 5 || letters.length > 12 || !/^[a-z]+$/.test(letters)) return null;
  let best: string[] | null = null;
  let bestScore = 0;
  for (let cut = 2; cut <= word.length - 2; cut++) {
    const [left, right] = [word.slice(0, cut), word.slice(cut)];
    const score = Math.min(bareFrequency(bare(left)), bareFrequency(bare(right)));
    if (score > Math.max(bestScore, 8)) {
      bestScore = score;
      best = [left, right];
    }
  }
  return best;
}

/** "khia" → "khai": two neighbours exchanged. Only for words nobody knows. */
export function unswap(word: string): string | null {
  const letters = bare(word);
  if (letters.length < 4 || letters.length > 7 || !/^[a-z]+$/.test(letters)) return null;
  let best: string | null = null;
  let bestScore = 20;
  for (let at = 0; at < letters.length - 1; at++) {
    const candidate = letters.slice(0, at) + letters[at + 1] + letters[at] + letters.slice(at + 2);
    const score = bareFrequency(candidate);
    if (score > bestScore) {
      bestScore = score;
      best = candidate;
    }
  }
  return best;
}

/** A pair of words said so often is meant although one letter of it is not there. */
const OFTEN = 8;
/** A known word is doubted only where it is this rare. */
const RARE = 12;

/** Syllables one slip away: a letter lost, one too many, two exchanged or one for another. The tone stays as typed. */
function slips(typed: string, isKnown: (candidate: string) => boolean): string[] {
  const found = new Set(lengthened(typed));
  for (const short of lettersOut(typed)) {
    if (isKnown(short)) found.add(short);
    for (const other of lengthened(short)) if (other.length === typed.length) found.add(other);
  }
  found.delete(typed);
  return [...found];
}

/**
 * "làm giấy kha sinh" → "khai": a word nobody says there that is one slip away from one often said between its
 * neighbours.
 * @returns the meant letters by place
 */
export function mend(words: { marked: string; bare: string }[]): Map<number, string> {
  const mended = new Map<number, string>();
  const at = (place: number) => mended.get(place) ?? words[place]?.bare ?? '';
  for (let place = 0; place < words.length; place++) {
    const { marked, bare: word } = words[place]!;
    if (!/^[a-z]{2,8}$/.test(word) || (marked !== word && isKnownSyllable(marked))) continue;
    const [before, after] = [at(place - 1), at(place + 1)];
    const fits = (candidate: string): number => pairFrequency(before, candidate) + pairFrequency(candidate, after);
    const isKnown = isKnownBare(word);
    if (isKnown && (word.length < 3 || bareFrequency(word) > RARE || fits(word) > 0)) continue;
    const candidates = marked === word ? slips(word, isKnownBare) : slips(marked, isKnownSyllable);
    let best = '';
    let most = 0;
    for (const candidate of candidates) {
      const letters = bare(candidate.replace(/\d$/, ''));
      const score = fits(letters);
      if (score > most) [best, most] = [letters, score];
    }
    if (most >= (isKnown ? 3 * OFTEN : OFTEN)) mended.set(place, best);
  }
  return mended;
}
