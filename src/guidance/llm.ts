import OpenAI from 'openai';
import type { Log } from '../log.ts';
import { type Breaker, type BreakerOptions, createBreaker } from './model-breaker.ts';
import { DECISION_JSON_SCHEMA, type ModelDecision, parseDecision } from './model-decision.ts';
import { type BudgetStore, createBudget, createLanes } from './model-limits.ts';
import type { ModelMetrics, ModelResult } from './model-metrics.ts';
import { loadPrompt, type PromptData, promptMessages } from './model-prompt.ts';
import { type Redacted, redact } from './redact.ts';

export interface ModelOptions {
  /** Any OpenAI-compatible endpoint, with its path: "https://llm.example.vn/v1". */
  baseUrl: string;
  /** Servers of one's own often want none. */
  apiKey?: string;
  model: string;
  /** For one decision, a second try included. */
  timeoutMs: number;
  dailyRequests?: number;
  budgetStore?: BudgetStore;
  lanes?: { inAll?: number; perCommune?: number };
  breaker?: BreakerOptions;
  fetch?: typeof globalThis.fetch;
  log: Log;
  metrics?: ModelMetrics;
  /** "decide/v1" */
  prompt?: string;
  now?: () => number;
}

/** `question` as the citizen wrote it: it is redacted here, at the only door. */
export interface DecideInput extends PromptData {
  /** Whose budget and lane: any text that is the same for one commune. */
  commune: string;
}

export interface Decided {
  decision: ModelDecision;
  /** Puts hidden personal data back into words of the model. */
  restore: Redacted['restore'];
}

export interface Model {
  promptVersion: string;
  /** @returns null for whatever goes wrong, within `timeoutMs`; never throws */
  decide(input: DecideInput): Promise<Decided | null>;
  breaker: Pick<Breaker, 'state'>;
}

/**
 * Ways of asking, the most binding first. Servers refuse what they do not know with a 400: then the next way is tried,
 * and the one that worked is kept.
 */
const WAYS = [
  { temperature: 0, max_completion_tokens: 1_500, hasSchema: true },
  { max_completion_tokens: 1_500, hasSchema: true },
  { temperature: 0, max_tokens: 1_500, hasSchema: false },
  { hasSchema: false },
];
const FIRST_RETRY_MS = 250;
/** Less than this left: a second try could not end in time. */
const LEAST_LEFT_MS = 300;
const LONGEST_ANSWER = 20_000;

class Failure extends Error {
  readonly result: ModelResult;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(result: ModelResult, status?: number, retryAfterMs?: number) {
    super(result);
    this.result = result;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** @throws {ConfigError} when the prompt is missing */
export function createModel(options: ModelOptions): Model {
  const { baseUrl, apiKey, model, timeoutMs, log, metrics, now = Date.now } = options;
  const prompt = loadPrompt(options.prompt ?? 'decide/v1');
  // null: the package would look for them in the environment
  const client = new OpenAI({
    baseURL: baseUrl,
    apiKey: apiKey || 'none',
    organization: null,
    project: null,
    adminAPIKey: null,
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: 'off',
    // a redirect would carry the citizen's words somewhere nobody configured
    fetchOptions: { redirect: 'error' },
    ...(options.fetch && { fetch: options.fetch }),
  });
  const takeFromBudget = createBudget({
    perDay: options.dailyRequests ?? Number.POSITIVE_INFINITY,
    ...(options.budgetStore && { store: options.budgetStore }),
    now,
  });
  const lanes = createLanes(options.lanes);
  const breaker = createBreaker({
    now,
    ...options.breaker,
    onChange: (state) => {
      metrics?.breakerChanged(state);
      log.warn('model.breaker', { state });
    },
  });
  let way = 0;
  let hasWorked = false;

  const request = async (data: PromptData, signal: AbortSignal): Promise<string> => {
    const { hasSchema, ...limits } = WAYS[way]!;
    const completion = await client.chat.completions.create(
      {
        model,
        messages: promptMessages(prompt, data),
        ...limits,
        ...(hasSchema && {
          response_format: {
            type: 'json_schema' as const,
            json_schema: { name: 'decision', strict: true, schema: { ...DECISION_JSON_SCHEMA } },
          },
        }),
      },
      { signal },
    );
    metrics?.tokens.inc({ kind: 'input' }, positive(completion.usage?.prompt_tokens));
    metrics?.tokens.inc({ kind: 'output' }, positive(completion.usage?.completion_tokens));
    const choice = completion.choices?.[0];
    if (choice?.message?.refusal || choice?.finish_reason === 'content_filter') throw new Failure('refused');
    const content = choice?.message?.content;
    if (typeof content !== 'string' || content.trim() === '' || content.length > LONGEST_ANSWER)
      throw new Failure('bad_answer');
    return content;
  };

  /** One request and, where it may help and time allows, one more; other ways of asking beside. */
  const ask = async (data: PromptData, commune: string, signal: AbortSignal, endsAt: number): Promise<string> => {
    for (let retries = 0; ; ) {
      if (!(await takeFromBudget(commune))) throw new Failure('skipped_budget');
      try {
        const content = await request(data, signal);
        hasWorked = true;
        return content;
      } catch (error) {
        const failure = failureOf(error, signal);
        if (failure.status === 400 || failure.status === 422) {
          if (hasWorked || way + 1 >= WAYS.length) throw failure;
          way++;
          continue;
        }
        const mayHelp = ['rate_limited', 'server_error', 'unreachable'].includes(failure.result);
        const pause = failure.retryAfterMs ?? FIRST_RETRY_MS;
        if (!mayHelp || retries > 0 || now() + pause + LEAST_LEFT_MS > endsAt) throw failure;
        retries++;
        await new Promise((done) => setTimeout(done, pause));
      }
    }
  };

  /** The endpoint's health, for the breaker: refusing or running out of budget says nothing bad about it. */
  const settle = (failure: Failure | null) => {
    if (failure === null || failure.result === 'refused') breaker.succeeded();
    else if (failure.result === 'skipped_budget') breaker.released();
    else breaker.failed(failure.retryAfterMs);
  };
  const skip = (result: ModelResult) => {
    metrics?.requests.inc({ result });
    return null;
  };

  return {
    promptVersion: prompt.version,
    breaker,
    async decide({ commune, ...data }) {
      const leave = lanes.enter(commune);
      if (!leave) return skip('skipped_busy');
      if (!breaker.mayAsk()) {
        leave();
        return skip('skipped_breaker');
      }
      const startedAt = now();
      const controller = new AbortController();
      // the package stops watching the clock once the headers are there: a body may hang for ever
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new Failure('timeout'));
          controller.abort();
        }, timeoutMs);
      });
      try {
        const { text: question, restore } = redact(data.question, new Date(startedAt));
        const asked = ask({ ...data, question }, commune, controller.signal, startedAt + timeoutMs);
        const content = await Promise.race([asked, timeout]);
        const decision = parseDecision(content, new Set(data.candidates.map(({ code }) => code)));
        if (!decision) throw new Failure('bad_answer');
        settle(null);
        metrics?.requests.inc({ result: 'decided' });
        return { decision, restore };
      } catch (error) {
        const failure = failureOf(error, controller.signal);
        settle(failure);
        metrics?.requests.inc({ result: failure.result });
        // the endpoint's own words may repeat the question: only the kind and status are kept
        log.warn('model.failed', { result: failure.result, status: failure.status, ms: now() - startedAt });
        return null;
      } finally {
        clearTimeout(timer);
        leave();
        metrics?.seconds.observe((now() - startedAt) / 1_000);
      }
    },
  };
}

const positive = (count: unknown) => (typeof count === 'number' && count > 0 ? count : 0);

function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (error instanceof Failure) return error;
  if (signal.aborted || error instanceof OpenAI.APIConnectionTimeoutError) return new Failure('timeout');
  if (error instanceof OpenAI.APIConnectionError) return new Failure('unreachable');
  if (!(error instanceof OpenAI.APIError)) return new Failure('bad_answer');
  const status = error.status as number | undefined;
  if (status === 429) return new Failure('rate_limited', status, retryAfter(error.headers));
  if (status !== undefined && status >= 500) return new Failure('server_error', status, retryAfter(error.headers));
  return new Failure(status === undefined ? 'unreachable' : 'rejected', status);
}

/** Milliseconds; seconds or a date in the header. */
function retryAfter(headers: Headers | undefined): number | undefined {
  const exact = Number(headers?.get('retry-after-ms') || Number.NaN);
  if (exact >= 0) return exact;
  const value = headers?.get('retry-after');
  if (!value) return undefined;
  const ms = Number.isNaN(Number(value)) ? Date.parse(value) - Date.now() : Number(value) * 1_000;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
