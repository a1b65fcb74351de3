import type { Reader } from './read.ts';

/** A greeting, a name, a fragment: the rest may come in the next bubble. */
export function looksUnfinished(reader: Reader, text: string): boolean {
  const trimmed = text.trim();
  if (trimmed === '' || /[?？]$/.test(trimmed)) return false;
  if (/(\.\.\.|…|,|:)$/.test(trimmed)) return true;
  const reading = reader(trimmed);
  if (reading.dossierNumbers.length > 0 || reading.emergencyKind) return false;
  const words = reading.question.words.length;
  if (reading.intent === 'greeting' && words <= 8) return true;
  if (
    / (cho (em|toi|minh|con|chau|bac|chi|anh|tui) hoi( chut| ti| la| voi| cai| nay)*|em (muon )?hoi( la)?|tai vi|boi vi|vi|nhung|va|hoac|neu|khi|la|thi|cua|voi|de|bi|muon|can|cho) $/.test(
      reading.line,
    )
  )
    return true;
  return (
    words <= 2 &&
    reading.intent === 'procedure_question' &&
    !reading.hasAspectWords &&
    reading.noProcedure > 0.5 &&
    reading.act === null
  );
}
