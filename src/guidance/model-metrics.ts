import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';
import type { BreakerState } from './model-breaker.ts';

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
  const answers = new Counter({
    name: 'hoixa_model_answers_total',
    help: 'Decisions by use: changed or confirmed the answer, asked back, handed off, left it; explanations shown or dropped',
    labelNames: ['use'],
    registers,
  });
  const breaker = new Gauge({
    name: 'hoixa_model_breaker_open',
    help: '1 while the model is not asked because it failed',
    registers,
  });
  return {
    requests,
    seconds,
    tokens,
    answers,
    breakerChanged: (state: BreakerState) => breaker.set(state === 'closed' ? 0 : 1),
    /** Shows them among a service's figures. */
    registerIn(registry: Registry): void {
      for (const metric of [requests, seconds, tokens, answers, breaker] as Metric[]) registry.registerMetric(metric);
    },
  };
}
export type ModelMetrics = ReturnType<typeof createModelMetrics>;
