import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { loadConfig } from '../config.ts';
import { createOpenAiPlatform } from '../demo/openai-platform.ts';
import { askOnce } from '../guidance/engine.ts';
import { silentLog } from '../log.ts';
import { createAssistant, createCountedAssistant } from './assistant.ts';

// whatever the rules make of one, of some they are unsure
const UNSURE = [
  'mình muốn làm cái giấy tờ gì đó cho ông nội mà không rõ là giấy gì',
  'xin hỏi làm giấy xác nhận thì làm sao',
  'chị ơi em muốn đi công chứng giấy tờ',
  'em bị mất giấy khai sinh muốn xin lại ạ',
  'muốn xin giấy phép xây dựng nhà',
];

test('nothing set: no model, no figures of one', async () => {
  const registry = new Registry();
  const { guidance, registerMetrics } = await createAssistant(
    loadConfig({ OPENAI_API_KEY: 'another tool’s' }),
    silentLog,
  );
  registerMetrics(registry);
  for (const text of UNSURE) expect((await askOnce(guidance, text)).answer.promptVersion).toBeUndefined();
  expect(await registry.metrics()).not.toContain('hoixa_model');
});

test('set: the endpoint is asked under its key, and its figures are shown', async () => {
  const platform = createOpenAiPlatform({ apiKey: 'k', model: 'm' });
  await platform.start();
  const config = loadConfig({ OPENAI_BASE_URL: platform.url, OPENAI_API_KEY: 'k', OPENAI_MODEL: 'm' });
  const { guidance, registerMetrics } = await createAssistant(config, silentLog);
  const registry = new Registry();
  registerMetrics(registry);
  const versions = [];
  for (const text of UNSURE) versions.push((await askOnce(guidance, text)).answer.promptVersion);
  const asked = versions.filter((version) => version === 'decide/v2').length;
  expect(asked).toBeGreaterThan(0);
  expect(platform.requests).toHaveLength(asked);
  expect(await registry.metrics()).toContain(`hoixa_model_requests_total{result="decided"} ${asked}`);
  await platform.stop();
});

test('a command tells which answers are the model’s', async () => {
  const platform = createOpenAiPlatform({ apiKey: 'k', model: 'm' });
  await platform.start();
  platform.always(({ data }) => {
    const [first] = data?.candidates as { code: string }[];
    return { kind: 'decision', decision: { procedureCode: first!.code, aspects: ['documents'] } };
  });
  const config = loadConfig({ OPENAI_BASE_URL: platform.url, OPENAI_API_KEY: 'k', OPENAI_MODEL: 'm' });
  const { guidance, summary } = await createCountedAssistant(config, silentLog);
  const sources = [];
  for (const text of UNSURE) sources.push((await askOnce(guidance, text)).source);
  const decided = sources.filter((source) => source === 'model').length;
  expect(decided).toBeGreaterThan(0);
  expect(summary()).toBe(`model m: gave a decision on ${decided} of 5 questions, ${decided} answered by it`);
  await platform.stop();
  await expect(createCountedAssistant(loadConfig({}), silentLog)).rejects.toThrow(/OPENAI_BASE_URL/);
});
