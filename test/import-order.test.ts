import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from 'vitest';

// Imports point down this list only; neighbours on one step do not import each other.
const STEPS = [
  ['main'],
  ['commands'],
  ['service', 'bench'],
  ['app'],
  ['console', 'demo', 'turn', 'reports'],
  ['guidance', 'dossiers', 'payments', 'handoff', 'privacy'],
  ['procedures', 'inbox', 'outbox'],
  ['conversations'],
  ['channels'],
  ['communes'],
  ['db'],
  ['config', 'log', 'errors', 'metrics', 'breaker', 'pages', 'sheets'],
];
const stepOf = new Map(STEPS.flatMap((rooms, step) => rooms.map((room) => [room, step] as const)));
const roomOf = (file: string) => relative('src', file).split(sep)[0]!.replace(/\.ts$/, '');

test('imports point down the rooms', () => {
  const wrong: string[] = [];
  for (const file of readFiles()) {
    const from = roomOf(file);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const to = roomOf(join(dirname(file), path!));
      if (to === from) continue;
      if (!stepOf.has(from) || !stepOf.has(to)) wrong.push(`${file}: room of ${path} is not on the list`);
      else if (stepOf.get(from)! >= stepOf.get(to)! && !isGround(from, to)) wrong.push(`${file} imports ${path}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('botbuilder stays in turn/, openai in guidance/llm.ts, process.env in config.ts', () => {
  const users = (pattern: RegExp) => readFiles().filter((file) => pattern.test(readFileSync(file, 'utf8')));
  expect(users(/from 'bot(builder|framework)/).every((file) => roomOf(file) === 'turn')).toBe(true);
  expect(users(/from 'openai'/).every((file) => file.endsWith(join('guidance', 'llm.ts')))).toBe(true);
  expect(users(/process\.env/)).toEqual([join('src', 'config.ts')]);
});

const isGround = (from: string, to: string) =>
  from !== 'errors' && stepOf.get(from) === STEPS.length - 1 && to === 'errors';
const readFiles = () =>
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|\btesting\b/.test(file))
    .map((file) => join('src', file));
