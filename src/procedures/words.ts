/**
 * The ground of all matching: letters, marks and syllables of Vietnamese. What is said here holds for any text; how
 * people shorten and mistype words is guidance/normalise.ts.
 */

const TONES: Record<string, number> = { '\u0300': 1, '\u0301': 2, '\u0309': 3, '\u0303': 4, '\u0323': 5 };
const MARKS = /[\u0300-\u036f]/g;
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g;

/** NFC, lower case, without invisible signs. Compatibility forms (full-width digits) become plain ones. */
export function lower(text: string): string {
  return text.normalize('NFKC').replace(INVISIBLE, '').toLowerCase().normalize('NFC');
}

/** Without tone marks, hats and the bar of đ; lower case. */
export function plain(text: string): string {
  return lower(text).normalize('NFD').replace(MARKS, '').replaceAll('đ', 'd');
}

export const hasMarks = (text: string): boolean =>
  /[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]/i.test(text.normalize('NFC'));

/** Letters and digits; everything else divides words. */
export function tokens(text: string): string[] {
  return lower(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

const toneless = new Map<string, { body: string; tone: number }>();
for (const vowel of 'aăâeêioôơuưy') {
  toneless.set(vowel, { body: vowel, tone: 0 });
  for (const [mark, tone] of Object.entries(TONES))
    toneless.set((vowel + mark).normalize('NFC'), { body: vowel, tone });
}

/** One spelling for hoà/hòa, thuý/thúy, kí/ký: letters with hats, then the tone as a digit. */
export function syllable(word: string): string {
  let tone = 0;
  let body = '';
  for (const letter of word) {
    const split = toneless.get(letter);
    if (!split) body += letter;
    else {
      body += split.body;
      if (split.tone) tone = split.tone;
    }
  }
  body = body.replace(/^(qu|[bcdđghklmnprstvx]{0,2})y$/, '$1i');
  return tone ? body + tone : body;
}

const SPELLED: Record<string, string> = { ki: 'ky', li: 'ly', qui: 'quy' };

/** Letters only, in the spelling patterns are written in ("kí" and "ki" are "ky"). Expects lower case. */
export function letters(word: string): string {
  const found = word.normalize('NFD').replace(MARKS, '').replaceAll('đ', 'd');
  return SPELLED[found] ?? found;
}

/** As `plain`, with i and y at the end made one ("ky", "ki"). Expects lower case. */
export function bare(word: string): string {
  const found = word.normalize('NFD').replace(MARKS, '').replaceAll('đ', 'd');
  return found.replace(/^(qu|[bcdghklmnprstvx]{0,2})y$/, '$1i');
}

/**
 * How a bare syllable sounds where regions differ: gi/d/r/v, s/x, ch/tr, l/n at the start; c/t, n/ng at the end.
 * Only for recall: many words share a sound.
 */
export function sound(word: string): string {
  return word
    .replace(/^(gi|r|v)(?=[aeiouy])/, 'd')
    .replace(/^gi$/, 'di')
    .replace(/^x/, 's')
    .replace(/^tr/, 'ch')
    .replace(/^n(?![gh])/, 'l')
    .replace(/t$/, 'c')
    .replace(/ng$/, 'n');
}
