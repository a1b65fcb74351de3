import { existsSync, readFileSync } from 'node:fs';
import { communeSettings } from '../communes/communes.ts';
import { createGuidance } from '../guidance/engine.ts';
import { loadModel } from '../guidance/model.ts';
import { createReader } from '../guidance/read.ts';
import { loadExamples } from '../guidance/train.ts';
import { type Catalogue, loadCatalogue, type Procedure } from '../procedures/catalogue.ts';
import { NATIONAL_FILE } from '../procedures/national.ts';
import { bare, tokens } from '../procedures/words.ts';
import type { BenchLine } from './bench.ts';
import { percentile } from './load.ts';

/** Whole questions of the example data, each once: nothing a cache would know. */
export function distinctQuestions(): string[] {
  const texts = loadExamples().flatMap(({ text, procedure, isMade }) =>
    procedure && !isMade && text.length > 20 ? [text] : [],
  );
  return [...new Set(texts)];
}

/** Labelled questions the reader was not trained on. They are part of a checkout, not of an installed package. */
const LABELLED = ['dev.jsonl', 'heldout.jsonl'].map((name) => new URL(`../../test/eval/${name}`, import.meta.url));

interface Labelled {
  text: string;
  right: string[];
}

function labelledQuestions(): Labelled[] {
  return LABELLED.filter((file) => existsSync(file)).flatMap((file) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { text: string; intent: string; procedure?: string | null; alt?: string[] })
      .flatMap(({ text, intent, procedure, alt = [] }) =>
        intent === 'procedure_question' && procedure ? [{ text, right: [procedure, ...alt] }] : [],
      ),
  );
}

/** As many as a province carries: the shipped records, every name of the national list, and local versions of some. */
const WIDE = 6_700;

function wideCatalogue(): Catalogue {
  const shipped = loadCatalogue();
  const sample = shipped.all[0]!;
  const named = readFileSync(NATIONAL_FILE, 'utf8')
    .split('\n')
    .flatMap((line): Procedure[] => {
      const code = /^\d\.\d{6}/.exec(line)?.[0];
      if (!code || shipped.byCode(code)) return [];
      const name = line.slice(line.lastIndexOf('\t') + 1);
      return [{ ...sample, code, relatedCodes: [], name, aliases: [], cases: [], steps: [] }];
    });
  const byCode = new Map(named.map((record) => [record.code, record]));
  const missing = WIDE - shipped.all.length - byCode.size;
  for (const [at, record] of named.slice(0, missing).entries()) {
    const code = `9.${String(at).padStart(6, '0')}`;
    byCode.set(code, { ...record, code, name: `${record.name} (cấp tỉnh)` });
  }
  return {
    all: [...shipped.all, ...byCode.values()],
    byCode: (code) => shipped.byCode(code) ?? byCode.get(code),
  };
}

type Find = (text: string) => string | null;

/** MiniSearch at its best of several settings tried (forgiving typing errors costs it a third of its right answers). */
async function miniSearch(catalogue: Catalogue): Promise<Find> {
  const { default: MiniSearch } = await import('minisearch');
  const index = new MiniSearch({
    fields: ['name', 'aliases'],
    idField: 'code',
    processTerm: (term) => bare(term.toLowerCase()),
    searchOptions: { boost: { aliases: 2 } },
  });
  index.addAll(catalogue.all.map(({ code, name, aliases }) => ({ code, name, aliases: aliases.join('\n') })));
  return (text) => (index.search(tokens(text).join(' '))[0]?.id as string | undefined) ?? null;
}

/** A service has read some thousand questions before its busy hour: what the compiler makes of the code comes first. */
const WARM_UP = 1_000;

function timed<T>(questions: string[], work: (text: string) => T): { p50: number; p95: number } {
  for (const text of questions.slice(0, WARM_UP)) work(text);
  const times = questions.map((text) => {
    const startedAt = performance.now();
    work(text);
    return performance.now() - startedAt;
  });
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
}

const showMs = ({ p50, p95 }: { p50: number; p95: number }) => `${p95.toFixed(2)} (${p50.toFixed(2)}) ms`;

/**
 * Time to read a question over distinct questions after a warm-up, and how often the right procedure comes first, with
 * the shipped catalogue and with the whole national list beside it; the same for MiniSearch alone.
 */
export async function benchReader(): Promise<BenchLine[]> {
  const questions = distinctQuestions().slice(0, 2_000);
  const labelled = labelledQuestions();
  const now = new Date();
  const model = loadModel();
  const lines: BenchLine[] = [];
  for (const [catalogue, limit] of [
    [loadCatalogue(), 2],
    [wideCatalogue(), 8],
  ] as const) {
    const reader = createReader(model, catalogue);
    const size = catalogue.all.length.toLocaleString('en');
    const ways: [string, Find, number | null][] = [
      ['reading a question', (text) => reader(text, now).candidates[0]?.code ?? null, limit],
      ['MiniSearch alone', await miniSearch(catalogue), null],
    ];
    for (const [name, find, target] of ways) {
      const time = timed(questions, find);
      const isRight = ({ text, right }: Labelled) => {
        const found = catalogue.byCode(find(text) ?? '');
        return found !== undefined && right.some((code) => catalogue.byCode(code)?.code === found.code);
      };
      const share = labelled.filter(isRight).length / labelled.length;
      lines.push({
        what: `${name}, ${size} procedures: p95 (median), right first of ${labelled.length}`,
        figure: `${showMs(time)}, ${labelled.length === 0 ? '–' : `${(100 * share).toFixed(1)} %`}`,
        target: target === null ? '' : `≤ ${target} ms`,
        isReached: target === null || time.p95 <= target,
      });
    }
  }
  lines.push(await benchAnswering(questions, now));
  return lines;
}

async function benchAnswering(questions: string[], now: Date): Promise<BenchLine> {
  const guidance = createGuidance();
  const commune = communeSettings.parse({ officeName: 'UBND xã' });
  const ask = (text: string) => guidance.answer({ text, memory: null, commune, isWaitingForOfficer: false, now });
  const times: number[] = [];
  for (const text of questions.slice(0, WARM_UP)) await ask(text);
  for (const text of questions) {
    const startedAt = performance.now();
    await ask(text);
    times.push(performance.now() - startedAt);
  }
  return {
    what: 'reading and answering: p95 (median)',
    figure: showMs({ p50: percentile(times, 0.5), p95: percentile(times, 0.95) }),
    target: '',
    isReached: null,
  };
}
