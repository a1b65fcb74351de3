import { plain, tokens } from '../procedures/words.ts';
import { random } from './examples.ts';
import { hash } from './features.ts';

/** Makes of a question the same question typed worse. The same text always comes out the same. */
export type Perturb = (text: string) => string;

const TONE_KEY: Record<string, string> = {
  '\u0300': 'f',
  '\u0301': 's',
  '\u0309': 'r',
  '\u0303': 'x',
  '\u0323': 'j',
};
const HAT_KEY: Record<string, string> = { '\u0302': '', '\u0306': 'w', '\u031b': 'w' };

/** A word as the Telex keys were struck: "thường" is "thuwowngf". */
function telexKeys(word: string): string {
  let tone = '';
  let keys = '';
  for (const sign of word.normalize('NFD')) {
    if (TONE_KEY[sign]) tone = TONE_KEY[sign];
    else if (sign === '\u0302') keys += keys.at(-1) ?? '';
    else keys += HAT_KEY[sign] ?? (sign === 'đ' ? 'dd' : sign);
  }
  return keys + tone;
}

const everyWord = (text: string, change: (word: string, next: () => number, at: number) => string): string => {
  const next = random(hash(text));
  let at = 0;
  return text.replace(/[\p{L}\p{M}]+/gu, (word) => change(word, next, at++));
};

/** One word in four loses an inner letter. */
const dropLetters: Perturb = (text) =>
  everyWord(text, (word, next) => {
    if (next() >= 0.25 || word.length < 4) return word;
    const at = 1 + Math.floor(next() * (word.length - 2));
    return word.slice(0, at) + word.slice(at + 1);
  });

/** Two neighbours change places, once in about eight words. */
const swapWords: Perturb = (text) => {
  const words = text.split(/\s+/);
  if (words.length < 3) return text;
  const next = random(hash(text));
  for (let time = 0; time < Math.max(1, Math.round(words.length / 8)); time++) {
    const at = Math.floor(next() * (words.length - 1));
    [words[at], words[at + 1]] = [words[at + 1]!, words[at]!];
  }
  return words.join(' ');
};

/** One marked word in three keeps the keys of its marks. */
const telexResidue: Perturb = (text) =>
  everyWord(text.normalize('NFC'), (word, next) =>
    plain(word) !== word.toLowerCase() && next() < 0.35 ? telexKeys(word.toLowerCase()) : word,
  );

/** Ways of mistyping no example was made with, by the name the report prints. */
export const PERTURBATIONS: Record<string, Perturb> = {
  'no marks': plain,
  'letters lost': dropLetters,
  'words swapped': swapWords,
  'telex keys': telexResidue,
};

const bareWords = (text: string) => ` ${tokens(text).map(plain).join(' ')} `;

/**
 * The question with the longest known name of its procedure replaced by one that no reader was trained on; null when it
 * says no known name.
 */
export function withUnseenName(text: string, known: string[], unseen: string[]): string | null {
  const line = bareWords(text);
  const name = known
    .map(bareWords)
    .filter((words) => words.length > 5 && line.includes(words))
    .sort((a, b) => b.length - a.length)[0];
  const other = unseen[hash(text) % unseen.length];
  return name && other ? line.replace(name, ` ${other} `).trim() : null;
}
