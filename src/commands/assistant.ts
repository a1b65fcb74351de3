import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';
import { createGuidance } from '../guidance/engine.ts';
import type { Guidance } from '../guidance/guidance.ts';
import type { Log } from '../log.ts';

export interface Assistant {
  guidance: Guidance;
  /** Adds the model's figures to a service's; nothing without a model. */
  registerMetrics(registry: Registry): void;
}

type ModelConfig = Pick<
  Config,
  'OPENAI_BASE_URL' | 'OPENAI_API_KEY' | 'OPENAI_MODEL' | 'OPENAI_TIMEOUT_MS' | 'OPENAI_DAILY_REQUESTS'
>;

/** The rules, with a model beside them when one is configured. Without one its code is not even loaded. */
export async function createAssistant(config: ModelConfig, log: Log): Promise<Assistant> {
  const rules = createGuidance();
  const { OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: name, OPENAI_API_KEY: apiKey } = config;
  if (!baseUrl || !name) return { guidance: rules, registerMetrics: () => {} };
  const [{ createModel }, { createModelMetrics }, { withModel }] = await Promise.all([
    import('../guidance/llm.ts'),
    import('../guidance/model-metrics.ts'),
    import('../guidance/with-model.ts'),
  ]);
  const metrics = createModelMetrics();
  const model = createModel({
    baseUrl,
    model: name,
    ...(apiKey && { apiKey }),
    timeoutMs: config.OPENAI_TIMEOUT_MS,
    dailyRequests: config.OPENAI_DAILY_REQUESTS,
    log,
    metrics,
  });
  log.info('model.configured', { host: new URL(baseUrl).host, model: name, prompt: model.promptVersion });
  return { guidance: withModel(rules, model, { log, metrics }), registerMetrics: metrics.registerIn };
}
