import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type CommuneSettings, communeBySlug } from '../communes/communes.ts';
import type { Config } from '../config.ts';
import { ConfigError, errorText } from '../errors.ts';
import { askOnce, showAnswer } from '../guidance/engine.ts';
import type { Log } from '../log.ts';
import { createAssistant } from './assistant.ts';
import { withDatabase } from './context.ts';

export interface AskOptions {
  commune?: string;
  explain?: boolean;
  batch?: string;
}

const batchLine = z.object({ id: z.union([z.string(), z.number()]).transform(String), text: z.string() });

/**
 * One answer, or one JSON line per question, by the rules and the configured model, as the service would give it. The
 * database is opened only for a commune's settings.
 */
export async function ask(
  ground: () => { config: Config; log: Log },
  question: string | undefined,
  options: AskOptions,
  print: (line: string) => void,
): Promise<void> {
  if ((question === undefined) === (options.batch === undefined)) {
    throw new ConfigError('give either a question in quotes or --batch <file>');
  }
  const questions = options.batch === undefined ? [] : parseBatch(options.batch, await readInput(options.batch));
  const { config, log } = ground();
  const commune = options.commune === undefined ? undefined : await settingsOf({ config, log }, options.commune);
  const { guidance } = await createAssistant(config, log);
  if (question !== undefined) {
    const { answer } = await askOnce(guidance, question, { commune, memory: null });
    print(showAnswer(answer, options.explain));
    return;
  }
  for (const { id, text } of questions) {
    const { answer: _, ...line } = await askOnce(guidance, text, { id, commune });
    print(JSON.stringify(line));
  }
}

/** All questions, or one error that names every unreadable line: a batch is answered whole or not at all. */
function parseBatch(file: string, input: string): { id: string; text: string }[] {
  const faults: string[] = [];
  const questions = input.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [batchLine.parse(JSON.parse(line))];
    } catch (error) {
      const why = error instanceof z.ZodError ? 'needs "id" and "text"' : errorText(error);
      faults.push(`line ${index + 1}: ${why}`);
      return [];
    }
  });
  if (faults.length > 0) throw new ConfigError(`--batch ${file}:\n  ${faults.join('\n  ')}`);
  return questions;
}

async function readInput(file: string): Promise<string> {
  if (file === '-') {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  }
  return readFile(file, 'utf8').catch((error) => {
    throw new ConfigError(`--batch ${file}: ${errorText(error)}`, { cause: error });
  });
}

async function settingsOf({ config, log }: { config: Config; log: Log }, slug: string): Promise<CommuneSettings> {
  return withDatabase(config, log, async ({ orm }) => (await communeBySlug(orm, slug)).settings);
}
