import { askingRange } from './asking.ts';
import { cuedAspects } from './aspect-cues.ts';
import type { Aspect } from './guidance.ts';
import { lineOf, normalise } from './normalise.ts';

/** Facts people ask for in a row; the others are asked alone. */
const IN_A_ROW = new Set<Aspect>(['documents', 'fee', 'time', 'place', 'online', 'form']);
const SURE_CUE = 1.4;
const JOINT = /[,;?\n]|\.(?=\s)| (?:với|voi|vs|và|va|rồi|cùng) /gi;

/** What stands between the joints. Of a story only its asking sentence, what follows it, and what ends with a question mark. */
function partsAsked(text: string): string[] {
  const question = normalise(text);
  const { from } = askingRange(question);
  const parts: string[] = [];
  let began = 0;
  for (const { index, 0: joint } of [...text.matchAll(JOINT), { index: text.length, 0: '' }]) {
    const part = text.slice(began, index);
    const isTold = from > 0 && joint !== '?' && normalise(text.slice(0, index)).words.length <= from;
    if (!isTold && part.trim() !== '') parts.push(part);
    began = index + joint.length;
  }
  return parts;
}

/**
 * "ở đâu, bao lâu có giấy, tốn bao nhiêu": every fact asked in parts divided by commas or "với", "và", in their order.
 * @param known what was read from the whole; stays when the parts tell no more
 */
export function aspectsAsked(text: string, known: Aspect[]): Aspect[] {
  const parts = partsAsked(text);
  if (parts.length < 2 || parts.length > 6) return known;
  const found = parts.flatMap((part) => {
    const [best] = cuedAspects(lineOf(normalise(part))).sort((a, b) => b.weight - a.weight);
    return best?.asks && best.weight >= SURE_CUE && IN_A_ROW.has(best.aspect) ? [best.aspect] : [];
  });
  const asked = [...new Set(found)];
  return asked.length >= 2 && asked.length > known.length ? asked.slice(0, 3) : known;
}
