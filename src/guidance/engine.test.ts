import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { createGuidance } from './engine.ts';
import { type Dialogue, type EvaluationItem, evaluate, evaluateDialogues } from './evaluate.ts';
import type { Answer, Memory, Question } from './guidance.ts';

const rows = <T>(name: string): T[] =>
  readFileSync(new URL(`../../test/eval/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

const guidance = createGuidance();
const commune = communeSettings.parse({ officeName: 'UBND xã Bát Xát' });
/** A Wednesday, ten in the morning in Vietnam. */
const morning = new Date('2026-11-18T03:00:00Z');

async function say(text: string, rest: Partial<Question> = {}): Promise<Answer> {
  return guidance.answer({ text, memory: null, commune, isWaitingForOfficer: false, now: morning, ...rest });
}
const textOf = ({ messages }: Answer) => messages.map(({ text }) => text).join('\n');

describe('floors on the labelled questions', () => {
  test('single questions', async () => {
    const result = await evaluate(guidance, rows<EvaluationItem>('dev.jsonl'), morning);
    const share = ({ right, of }: { right: number; of: number }) => right / of;
    expect(share(result.procedure)).toBeGreaterThanOrEqual(0.88);
    expect(share(result.intent)).toBeGreaterThanOrEqual(0.91);
    expect(share(result.wrongProcedure)).toBeLessThanOrEqual(0.03);
  });

  test('dialogues', async () => {
    const { met } = await evaluateDialogues(guidance, rows<Dialogue>('dialogues.jsonl'), { now: morning });
    expect(met.right / met.of).toBeGreaterThanOrEqual(0.8);
  });
});

describe('one turn', () => {
  test('a first answer names the assistant, the code and the official page', async () => {
    const given = await say('làm giấy khai sinh cho bé cần giấy gì');
    expect(textOf(given)).toContain('trợ lý tự động');
    expect(textOf(given)).toContain('1.001193');
    expect(textOf(given)).toMatch(/https:\/\//);
    expect(given.messages.length).toBeLessThanOrEqual(5);
  });

  test('a personal number is never echoed', async () => {
    const given = await say('036085012345 là số cccd của tôi kiểm tra hồ sơ giùm');
    expect(given.reading.personalData).toContain('personal_id');
    expect(JSON.stringify(given)).not.toContain('036085012345');
  });

  test('memory ends after a day', async () => {
    const first = await say('đăng ký kết hôn cần gì');
    const later = await say('thế mất bao lâu', {
      memory: first.memory as Memory,
      now: new Date(morning.getTime() + 90_000_000),
    });
    expect(later.reading.procedureCode).toBeNull();
  });
});
