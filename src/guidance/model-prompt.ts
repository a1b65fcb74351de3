import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError, errorText } from '../errors.ts';
import type { Aspect } from './guidance.ts';
import type { Candidate } from './model-candidates.ts';

const PROMPTS = new URL('../../prompts/', import.meta.url);

const frontMatter = z.object({
  model: z.string().min(1),
  purpose: z.string().min(1),
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  evaluation: z.string().min(1),
});

export interface Prompt extends z.infer<typeof frontMatter> {
  /** "decide/v1": kept with every answer it had a part in. */
  version: string;
  instructions: string;
}

/** @throws {ConfigError} when the file is missing or its front matter is not whole */
export function loadPrompt(version: string, folder: URL = PROMPTS): Prompt {
  const file = new URL(`${version}.md`, folder);
  try {
    const [, head = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(file, 'utf8')) ?? [];
    const fields = Object.fromEntries(
      head.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const instructions = body.trim();
    if (!instructions) throw new Error('no instructions');
    return { ...frontMatter.parse(fields), version, instructions };
  } catch (cause) {
    throw new ConfigError(`prompt ${version}: ${errorText(cause)}`, { cause });
  }
}

/** What a model is told about one question. Redacted already. */
export interface PromptData {
  question: string;
  /** What the conversation is about. */
  current: { procedureCode: string; case: string | null; aspect: Aspect | null } | null;
  candidates: Candidate[];
}

/**
 * Instructions and data apart. The citizen's words are a JSON string in a message of their own: no quote, line break or
 * tag they write can end it.
 */
export function promptMessages(prompt: Prompt, data: object) {
  return [
    { role: 'system' as const, content: prompt.instructions },
    { role: 'user' as const, content: JSON.stringify(data) },
  ];
}
