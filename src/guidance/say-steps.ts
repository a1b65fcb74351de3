import type { Procedure } from '../procedures/catalogue.ts';
import * as phrase from '../procedures/phrasing.ts';
import { PORTION_WORDS, wordsIn } from './portions.ts';
import { lacks, lowerFirst, type Said, type Speech } from './speech.ts';

/** Numbers as words: a figure here would be none of the record's. */
const ORDINALS = ['một', 'hai', 'ba', 'bốn', 'năm', 'sáu', 'bảy', 'tám', 'chín', 'mười'];

/** What to do, in order: the gist of each step when that is short enough, each step whole when asked for. */
export function steps(record: Procedure, speech: Speech): Said {
  if (record.steps.length === 0) return { lines: [lacks('steps')], known: false };
  const whole = record.steps.map((step) => phrase.upper(phrase.plainWords(step)));
  if (speech.isSimple)
    return { lines: whole.map((step, at) => phrase.sentence(`Bước ${ORDINALS[at] ?? 'tiếp'}. ${step}`)), known: true };
  const count = ORDINALS[whole.length - 1] ?? 'nhiều';
  const isLong = wordsIn(whole.join(' ')) > PORTION_WORDS;
  const gist = whole.map((step) => step.split(/; |\. /)[0]!);
  // a gist that needs a second portion itself saves nothing
  const isShortened = isLong && !speech.isWhole && wordsIn(gist.join(' ')) <= PORTION_WORDS;
  const told = isShortened ? gist : whole;
  const head = isLong && !isShortened ? `Có ${count} bước${ending(record)}:` : 'Các bước:';
  return { lines: [head, ...told.map((step) => `• ${step}`)], known: true, isShortened };
}

/** After the first step told alone. */
export const stepsLeft = (record: Procedure): string =>
  `Còn ${ORDINALS[record.steps.length - 2] ?? 'nhiều'} bước nữa, nhắn "tiếp" để xem.`;

/** What one has in the end, so that a first portion tells where all this leads. */
function ending({ result }: Procedure): string {
  const last = result ? phrase.plainWords(result).replace(/[.:]\s*$/, '') : '';
  return last && wordsIn(last) <= RESULT_WORDS && !/[:;.]/.test(last) ? `, cuối cùng nhận ${lowerFirst(last)}` : '';
}
const RESULT_WORDS = 12;
