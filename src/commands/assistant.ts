import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import { ConfigError } from '../errors.ts';
import type { AttachmentReaders } from '../guidance/attachments.ts';
import { createGuidance } from '../guidance/engine.ts';
import type { DossierDesk, Guidance, PayDesk, PetitionDesk } from '../guidance/guidance.ts';
import { createPetitionKeeper } from '../handoff/petitions.ts';
import type { WriteSummary } from '../handoff/summary-writer.ts';
import type { Log } from '../log.ts';

export interface Assistant {
  guidance: Guidance;
  /** Who makes words of voice notes; nobody without a model. */
  readers: AttachmentReaders;
  /** Retells conversations to officers; nobody without a model. */
  writeSummary?: WriteSummary;
  /** Adds the model's figures to a service's; nothing without a model. */
  registerMetrics(registry: Registry): void;
  /** Writes down what the model cost; before the database closes. */
  close(): Promise<void>;
}

type ModelConfig = Pick<Config, Extract<keyof Config, `OPENAI_${string}`>>;

/**
 * For `hoixa eval --model`: the assistant with the configured model, and what the model had a part in.
 * @throws {ConfigError} when none is configured
 */
export async function createCountedAssistant(config: ModelConfig, log: Log) {
  if (!config.OPENAI_BASE_URL) throw new ConfigError('--model: set OPENAI_BASE_URL and OPENAI_MODEL');
  const { guidance } = await createAssistant(config, log);
  const counts = { answers: 0, asked: 0, decided: 0 };
  const counted: Guidance = {
    ...guidance,
    async answer(question) {
      const answer = await guidance.answer(question);
      counts.answers++;
      // a request that failed leaves no trace on the answer: the metrics and the log have it
      if (answer.promptVersion) counts.asked++;
      if (answer.source === 'model') counts.decided++;
      return answer;
    },
  };
  return {
    guidance: counted,
    summary: () =>
      `model ${config.OPENAI_MODEL}: gave a decision on ${counts.asked} of ${counts.answers} questions, ${counts.decided} answered by it`,
  };
}

/** The value of OPENAI_TRANSCRIBE_MODEL that leaves voice notes unheard. */
const NOBODY_LISTENS = 'none';

/**
 * The rules, with a model beside them when one is configured. Without one its code is not even loaded.
 * @param desks who knows dossiers, and what is owed; left out by commands, behind which nobody asks for their own
 * @param database holds what communes took of their budgets; left out by commands, which then count for themselves
 */
export async function createAssistant(
  config: ModelConfig,
  log: Log,
  database?: () => Promise<Database>,
  desks: { desk?: DossierDesk; pay?: PayDesk } = {},
): Promise<Assistant> {
  const rules = createGuidance({ ...desks, ...(database && { petitions: keeperOf(database) }) });
  const { OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: name, OPENAI_API_KEY: apiKey } = config;
  if (!baseUrl || !name) {
    return { guidance: rules, readers: {}, registerMetrics: () => {}, close: async () => {} };
  }
  const [{ createModel }, { createModelMetrics }, { createUsageStore }, { createVoiceReader }, { withModel }] =
    await Promise.all([
      import('../guidance/llm.ts'),
      import('../guidance/model-metrics.ts'),
      import('../guidance/model-usage.ts'),
      import('../guidance/voice.ts'),
      import('../guidance/with-model.ts'),
    ]);
  const metrics = createModelMetrics();
  const budgetStore = database && createUsageStore(database, log);
  const by = config.OPENAI_TRANSCRIBE_MODEL;
  const listens = by !== NOBODY_LISTENS;
  const model = createModel({
    baseUrl,
    model: name,
    ...(apiKey && { apiKey }),
    ...(listens && { transcribeModel: by }),
    timeoutMs: config.OPENAI_TIMEOUT_MS,
    dailyRequests: config.OPENAI_DAILY_REQUESTS,
    ...(budgetStore && { budgetStore }),
    prices: {
      inputVnd: config.OPENAI_INPUT_PRICE_VND,
      outputVnd: config.OPENAI_OUTPUT_PRICE_VND,
      audioVnd: config.OPENAI_AUDIO_PRICE_VND,
    },
    log,
    metrics,
  });
  log.info('model.configured', {
    host: new URL(baseUrl).host,
    model: name,
    prompt: model.promptVersion,
    transcribe: by,
  });
  return {
    guidance: withModel(rules, model, { log, metrics }),
    writeSummary: model.summarise,
    readers: listens
      ? {
          audio: createVoiceReader({
            ...{ model, by, log, metrics },
            formats: config.OPENAI_AUDIO_FORMATS,
            fetchTimeoutMs: Math.min(8_000, config.OPENAI_TIMEOUT_MS),
          }),
        }
      : {},
    registerMetrics: metrics.registerIn,
    close: async () => budgetStore?.flush(),
  };
}

/** The database may still be opening when the assistant is made. */
const keeperOf = (database: () => Promise<Database>): PetitionDesk => ({
  record: async (petition) => createPetitionKeeper(await database()).record(petition),
  find: async (asked) => createPetitionKeeper(await database()).find(asked),
});
