import { communeSettings } from '../communes/communes.ts';
import { createGuidance } from '../guidance/engine.ts';
import { loadExamples } from '../guidance/train.ts';
import type { BenchLine } from './bench.ts';
import { percentile } from './load.ts';

/** Whole questions of the example data, each once: nothing a cache would know. */
export function distinctQuestions(): string[] {
  const texts = loadExamples().flatMap(({ text, procedure, isMade }) =>
    procedure && !isMade && text.length > 20 ? [text] : [],
  );
  return [...new Set(texts)];
}

/** Milliseconds to read a question, and to read and answer it, over distinct questions after a warm-up. */
export async function benchReader(): Promise<BenchLine[]> {
  const guidance = createGuidance();
  const questions = distinctQuestions().slice(0, 2_000);
  const commune = communeSettings.parse({ officeName: 'UBND xã' });
  const now = new Date();
  const measure = async (work: (text: string) => unknown) => {
    for (const text of questions.slice(0, 300)) await work(text);
    const times: number[] = [];
    for (const text of questions) {
      const startedAt = performance.now();
      await work(text);
      times.push(performance.now() - startedAt);
    }
    return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
  };
  const reading = await measure((text) => guidance.read(text, now));
  const answering = await measure((text) =>
    guidance.answer({ text, memory: null, commune, isWaitingForOfficer: false, now }),
  );
  return [
    {
      what: 'reading a question, p95 (median)',
      figure: `${reading.p95.toFixed(2)} (${reading.p50.toFixed(2)}) ms`,
      target: '≤ 2 ms',
      isReached: reading.p95 <= 2,
    },
    {
      what: 'reading and answering, p95 (median)',
      figure: `${answering.p95.toFixed(2)} (${answering.p50.toFixed(2)}) ms`,
      target: '',
      isReached: true,
    },
  ];
}
