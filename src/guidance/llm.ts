import OpenAI, { toFile } from 'openai';
import { type Breaker, type BreakerOptions, createBreaker } from '../breaker.ts';
import type { Log } from '../log.ts';
import { createAttempt, type Ways } from './model-attempt.ts';
import { DECISION_JSON_SCHEMA, type ModelDecision, parseDecision } from './model-decision.ts';
import { createGate, Failure } from './model-gate.ts';
import { type BudgetStore, createBudget, createLanes, type Usage } from './model-limits.ts';
import type { ModelMetrics, ModelResult } from './model-metrics.ts';
import { loadPrompt, type Prompt, type PromptData, promptMessages } from './model-prompt.ts';
import {
  type ModelSummary,
  readSummary,
  SUMMARY_JSON_SCHEMA,
  type SummaryInput,
  summaryData,
} from './model-summary.ts';
import { type Redacted, redact } from './redact.ts';

export interface ModelOptions {
  /** Any OpenAI-compatible endpoint, with its path: "https://llm.example.vn/v1". */
  baseUrl: string;
  /** Servers of one's own often want none. */
  apiKey?: string;
  model: string;
  /** Turns speech into text; without one nothing is transcribed. */
  transcribeModel?: string;
  /** For one decision or transcription, a second try included. */
  timeoutMs: number;
  /** What a commune may take per day: a decision is one, a transcription one per half minute begun. */
  dailyRequests?: number;
  budgetStore?: BudgetStore;
  /** In đồng: of a million tokens, of a minute of sound. Only for the figures. */
  prices?: { inputVnd: number; outputVnd: number; audioVnd: number };
  lanes?: { inAll?: number; perCommune?: number };
  breaker?: BreakerOptions;
  fetch?: typeof globalThis.fetch;
  log: Log;
  metrics?: ModelMetrics;
  /** "decide/v2" */
  prompt?: string;
  now?: () => number;
}

/** `question` as the citizen wrote it: it is redacted here, at the only door. */
export interface DecideInput extends PromptData {
  communeId: string;
}

export interface Decided {
  decision: ModelDecision;
  /** Puts hidden personal data back into words of the model. */
  restore: Redacted['restore'];
}

export interface TranscribeInput {
  communeId: string;
  bytes: Uint8Array;
  /** Ending of the file's name, by which servers know what they get: "m4a". */
  format: string;
  seconds: number;
}

export interface Model {
  promptVersion: string;
  /** @returns null for whatever goes wrong, within `timeoutMs`; never throws */
  decide(input: DecideInput): Promise<Decided | null>;
  /** Speech as text, as the endpoint heard it: not yet believed. Never throws, ends within `timeoutMs`. */
  transcribe(input: TranscribeInput): Promise<{ text: string } | { why: ModelResult }>;
  /**
   * What an officer should know of a conversation, with personal data put back. Nobody waits for it, so it has lanes of
   * its own. Never throws, ends within `timeoutMs`; null for whatever goes wrong, and for what says more than was said.
   */
  summarise(input: SummaryInput): Promise<(ModelSummary & { promptVersion: string }) | null>;
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
const LONGEST_ANSWER = 20_000;
const SECONDS_OF_A_UNIT = 30;
const SUMMARIES_AT_ONCE = 2;

/** @throws {ConfigError} when a prompt is missing */
export function createModel(options: ModelOptions): Model {
  const { baseUrl, apiKey, model, transcribeModel, timeoutMs, log, metrics, now = Date.now } = options;
  const prompt = loadPrompt(options.prompt ?? 'decide/v2');
  const summaryPrompt = loadPrompt('summarise/v1');
  const hint = loadPrompt('transcribe/v1').instructions;
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
  const budget = createBudget({
    perDay: options.dailyRequests ?? Number.POSITIVE_INFINITY,
    ...(options.budgetStore && { store: options.budgetStore }),
    now,
  });
  const lanes = createLanes(options.lanes);
  const attempt = createAttempt({ failureOf, now });
  const shared = { timeoutMs, lanes, failureOf, log, now };
  const breakerOf = (task: 'decide' | 'transcribe' | 'summarise') =>
    createBreaker({
      now,
      ...options.breaker,
      onChange: (state) => {
        metrics?.breakerChanged(task, state);
        log.warn('model.breaker', { task, state });
      },
    });
  const breaker = breakerOf('decide');
  const decideThrough = createGate({
    ...shared,
    task: 'decide',
    breaker,
    onSkipped: (result) => metrics?.requests.inc({ result }),
    onEnd: (result, ms) => {
      metrics?.requests.inc({ result });
      metrics?.seconds.observe(ms / 1_000);
    },
  });
  // one route may be missing or sick where the other is well
  const transcribeThrough = createGate({
    ...shared,
    task: 'transcribe',
    breaker: breakerOf('transcribe'),
    onSkipped: (result) => metrics?.transcriptions.inc({ result }),
    onEnd: (result, ms) => {
      metrics?.transcriptions.inc({ result: result === 'decided' ? 'heard' : result });
      metrics?.transcriptionSeconds.observe(ms / 1_000);
    },
  });
  const summariseThrough = createGate({
    ...shared,
    lanes: createLanes({ inAll: SUMMARIES_AT_ONCE, perCommune: SUMMARIES_AT_ONCE }),
    task: 'summarise',
    breaker: breakerOf('summarise'),
    onSkipped: (result) => metrics?.summaries.inc({ result }),
    onEnd: (result) => result !== 'decided' && metrics?.summaries.inc({ result }),
  });
  const chatWays: Ways = { at: 0, hasWorked: false, of: WAYS.length };
  const transcribeWays: Ways = { at: 0, hasWorked: false, of: 2 };

  const spent = (communeId: string, usage: Usage) => {
    budget.record(communeId, usage);
    metrics?.spent(usage, options.prices);
  };

  const complete = async (
    { prompt, name, schema }: { prompt: Prompt; name: string; schema: object },
    data: object,
    communeId: string,
    signal: AbortSignal,
  ): Promise<string> => {
    const { hasSchema, ...limits } = WAYS[chatWays.at]!;
    const completion = await client.chat.completions.create(
      {
        model,
        messages: promptMessages(prompt, data),
        ...limits,
        ...(hasSchema && {
          response_format: {
            type: 'json_schema' as const,
            json_schema: { name, strict: true, schema: { ...schema } },
          },
        }),
      },
      { signal },
    );
    spent(communeId, {
      inputTokens: positive(completion.usage?.prompt_tokens),
      outputTokens: positive(completion.usage?.completion_tokens),
      audioSeconds: 0,
    });
    const choice = completion.choices?.[0];
    if (choice?.message?.refusal || choice?.finish_reason === 'content_filter') throw new Failure('refused');
    return wordsOf(choice?.message?.content);
  };

  const hear = async ({ communeId, bytes, format, seconds }: TranscribeInput, signal: AbortSignal): Promise<string> => {
    const heard: unknown = await client.audio.transcriptions.create(
      {
        model: transcribeModel ?? '',
        file: await toFile(bytes, `voice.${format}`),
        ...(transcribeWays.at === 0 && {
          language: 'vi',
          prompt: hint,
          temperature: 0,
          response_format: 'json' as const,
        }),
      },
      { signal },
    );
    const { text, usage } = (typeof heard === 'string' ? { text: heard } : (heard ?? {})) as {
      text?: unknown;
      usage?: { input_tokens?: unknown; output_tokens?: unknown };
    };
    spent(communeId, {
      inputTokens: positive(usage?.input_tokens),
      outputTokens: positive(usage?.output_tokens),
      audioSeconds: seconds,
    });
    // silence has no words: that is an answer too
    if (typeof text !== 'string' || text.length > LONGEST_ANSWER) throw new Failure('bad_answer');
    return text;
  };

  return {
    promptVersion: prompt.version,
    breaker,
    async decide({ communeId, ...data }) {
      const passage = await decideThrough(communeId, async (signal, endsAt) => {
        const { text: question, restore } = redact(data.question, new Date(now()));
        const task = { prompt, name: 'decision', schema: DECISION_JSON_SCHEMA };
        const request = () => complete(task, { ...data, question }, communeId, signal);
        const content = await attempt(chatWays, () => budget.take(communeId), request, signal, endsAt);
        const decision = parseDecision(content, new Set(data.candidates.map(({ code }) => code)));
        if (!decision) throw new Failure('bad_answer');
        return { decision, restore };
      });
      return 'value' in passage ? passage.value : null;
    },
    async summarise(input) {
      const { communeId } = input;
      const { data, restore } = summaryData(input, new Date(now()));
      const task = { prompt: summaryPrompt, name: 'summary', schema: SUMMARY_JSON_SCHEMA };
      const passage = await summariseThrough(communeId, async (signal, endsAt) => {
        const request = () => complete(task, data, communeId, signal);
        const read = readSummary(await attempt(chatWays, () => budget.take(communeId), request, signal, endsAt), data);
        if (!read) throw new Failure('bad_answer');
        return read;
      });
      if (!('value' in passage)) return null;
      if ('invented' in passage.value) {
        metrics?.summaries.inc({ result: 'dropped' });
        log.warn('model.summary_dropped', { communeId, invented: passage.value.invented });
        return null;
      }
      metrics?.summaries.inc({ result: 'written' });
      const { headline, wants, told, needs } = passage.value.summary;
      return {
        headline: restore(headline),
        wants: restore(wants),
        told: restore(told),
        needs: restore(needs),
        promptVersion: summaryPrompt.version,
      };
    },
    async transcribe(input) {
      if (!transcribeModel) return { why: 'not_taken' };
      const { communeId, seconds } = input;
      const units = Math.max(1, Math.ceil(seconds / SECONDS_OF_A_UNIT));
      const passage = await transcribeThrough(communeId, (signal, endsAt) => {
        const take = () => budget.take(communeId, units);
        return attempt(transcribeWays, take, () => hear(input, signal), signal, endsAt).catch((error) => {
          const failure = failureOf(error, signal);
          // about this one recording: a server that takes no such file is well all the same
          // of two ways refused neither was at fault
          if (!transcribeWays.hasWorked) transcribeWays.at = 0;
          const isAboutFile = [400, 413, 415, 422].includes(failure.status ?? 0);
          throw isAboutFile ? new Failure('not_taken', failure.status) : failure;
        });
      });
      return 'value' in passage ? { text: passage.value } : passage;
    },
  };
}

const positive = (count: unknown) => (typeof count === 'number' && count > 0 ? count : 0);

/** @throws {Failure} */
function wordsOf(content: unknown): string {
  if (typeof content !== 'string' || content.trim() === '' || content.length > LONGEST_ANSWER)
    throw new Failure('bad_answer');
  return content;
}

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
