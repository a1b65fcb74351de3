import { bare, tokens } from '../procedures/words.ts';
import { loadPrompt } from './model-prompt.ts';

/** More is no message but a recording of something else. */
const LONGEST = 3_000;
/** Nobody speaks faster: a page for a cough was never said. */
const MOST_WORDS_A_SECOND = 8;
const SOME_WORDS = 30;
const LEAST_LETTERS = 2;

/** What recognisers trained on videos write where they hear nothing. Letters without marks. */
const NEVER_SAID = [
  /(subscribe|dang ky|theo doi|ung ho)( cho)? (kenh|channel)/,
  /ghien mi go/,
  /khong bo lo nhung video/,
  /cam on( cac ban| quy vi| moi nguoi)? da (theo doi|xem|lang nghe|dang ky)/,
  /hen gap lai( cac ban| quy vi)? (trong|o)( nhung)? (video|clip|tap|chuong trinh)/,
  /(phu de|subtitles?)( [a-z]+){0,3} (duoc|boi|by|thuc hien)/,
  /la la school/,
];
const OTHER_SCRIPTS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Devanagari}]/gu;
const CONTROLS = /[\p{Cc}\p{Cf}]+/gu;

let hintWords: Set<string> | undefined;

/**
 * A transcription as far as it can be believed: recognisers invent words for silence and noise.
 * @param seconds length of the recording; null when nobody knows
 * @returns null: nothing was understood
 */
export function wordsHeard(text: string, seconds: number | null): string | null {
  const words = text
    .normalize('NFC')
    .replace(CONTROLS, ' ')
    .split(/(?<=[.!?…])\s+/)
    .filter((sentence) => !isNeverSaid(sentence))
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST);
  const letters = words.match(/\p{L}/gu)?.length ?? 0;
  const foreign = words.match(OTHER_SCRIPTS)?.length ?? 0;
  const digits = words.match(/\d/g)?.length ?? 0;
  if ((letters < LEAST_LETTERS && digits < 3) || foreign > letters / 4) return null;
  const said = tokens(words).map(bare);
  if (seconds !== null && said.length > Math.max(SOME_WORDS, seconds * MOST_WORDS_A_SECOND)) return null;
  if (isStuck(said) || isHint(said)) return null;
  return words;
}

/** Often put behind what was really said. */
function isNeverSaid(sentence: string): boolean {
  const line = tokens(sentence).map(bare).join(' ');
  return NEVER_SAID.some((pattern) => pattern.test(line));
}

/** "và và và và …": a recogniser that lost its way. */
const isStuck = (said: string[]): boolean => said.length >= 8 && new Set(said).size <= said.length / 4;

/** The words it was told to expect, in their own order: it heard nothing. */
function isHint(said: string[]): boolean {
  hintWords ??= new Set(pairs(tokens(loadPrompt('transcribe/v1').instructions).map(bare)));
  const own = pairs(said);
  return own.length >= 6 && own.filter((pair) => hintWords!.has(pair)).length > own.length * 0.8;
}

const pairs = (words: string[]): string[] => words.slice(1).map((word, at) => `${words[at]} ${word}`);
