import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';
import type { BreakerState } from '../breaker.ts';
import type { Usage } from './model-limits.ts';

/** What became of a request, or why none was made. */
export type ModelResult =
  | 'decided'
  | 'timeout'
  | 'rate_limited'
  | 'server_error'
  | 'rejected'
  | 'unreachable'
  | 'refused'
  | 'bad_answer'
  | 'not_taken' // the endpoint would not read this one recording
  | 'skipped_budget'
  | 'skipped_breaker'
  | 'skipped_busy';

const SECONDS = [0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 30, 60];

/** Figures of the model, made apart from the service's: only who asks a model has them. */
export function createModelMetrics() {
  const registers: Registry[] = [];
  const requests = new Counter({
    name: 'hoixa_model_requests_total',
    help: 'Questions put to the model by what became of them; skipped_*: none was sent',
    labelNames: ['result'],
    registers,
  });
  const seconds = new Histogram({
    name: 'hoixa_model_seconds',
    help: 'From the question to the decision, a second try included',
    buckets: SECONDS,
    registers,
  });
  const tokens = new Counter({
    name: 'hoixa_model_tokens_total',
    help: 'Tokens the endpoint charged, by kind (input, output)',
    labelNames: ['kind'],
    registers,
  });
  const transcriptions = new Counter({
    name: 'hoixa_model_transcriptions_total',
    help: 'Voice notes put to the endpoint by what became of them; skipped_*: none was sent',
    labelNames: ['result'],
    registers,
  });
  const transcriptionSeconds = new Histogram({
    name: 'hoixa_model_transcription_seconds',
    help: 'From the recording to its words, a second try included',
    buckets: SECONDS,
    registers,
  });
  const voiceNotes = new Counter({
    name: 'hoixa_voice_notes_total',
    help: 'Voice notes of citizens by what became of them: heard, or why not',
    labelNames: ['result'],
    registers,
  });
  const audioSeconds = new Counter({
    name: 'hoixa_model_audio_seconds_total',
    help: 'Seconds of speech transcribed',
    registers,
  });
  const cost = new Counter({
    name: 'hoixa_model_cost_vnd_total',
    help: 'What tokens and speech cost by the prices set, in đồng',
    registers,
  });
  const answers = new Counter({
    name: 'hoixa_model_answers_total',
    help: 'Decisions by use: changed or confirmed the answer, asked back, handed off, left it; explanations shown or dropped',
    labelNames: ['use'],
    registers,
  });
  const summaries = new Counter({
    name: 'hoixa_model_summaries_total',
    help: 'Summaries for officers by what became of them: written, dropped (said more than was said), or why none was made',
    labelNames: ['result'],
    registers,
  });
  const breaker = new Gauge({
    name: 'hoixa_model_breaker_open',
    help: '1 while the endpoint is not asked for this task because it failed',
    labelNames: ['task'],
    registers,
  });
  return {
    requests,
    seconds,
    tokens,
    answers,
    summaries,
    transcriptions,
    transcriptionSeconds,
    voiceNotes,
    breakerChanged: (task: 'decide' | 'transcribe' | 'summarise', state: BreakerState) =>
      breaker.set({ task }, state === 'closed' ? 0 : 1),
    spent(usage: Usage, prices = { inputVnd: 0, outputVnd: 0, audioVnd: 0 }): void {
      tokens.inc({ kind: 'input' }, usage.inputTokens);
      tokens.inc({ kind: 'output' }, usage.outputTokens);
      audioSeconds.inc(usage.audioSeconds);
      const ofTokens = usage.inputTokens * prices.inputVnd + usage.outputTokens * prices.outputVnd;
      cost.inc(ofTokens / 1_000_000 + (usage.audioSeconds / 60) * prices.audioVnd);
    },
    /** Shows them among a service's figures. */
    registerIn(registry: Registry): void {
      const asking = [requests, seconds, tokens, answers, summaries, breaker, cost];
      const hearing = [transcriptions, transcriptionSeconds, audioSeconds, voiceNotes];
      for (const metric of [...asking, ...hearing] as Metric[]) registry.registerMetric(metric);
    },
  };
}
export type ModelMetrics = ReturnType<typeof createModelMetrics>;
