import type { Breaker } from '../breaker.ts';
import type { Log } from '../log.ts';
import type { createLanes } from './model-limits.ts';
import type { ModelResult } from './model-metrics.ts';

/** Why a request came to nothing. */
export class Failure extends Error {
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

export interface GateOptions {
  /** What is asked for, in log lines: "decide". */
  task: string;
  /** For one passage, second tries included. */
  timeoutMs: number;
  lanes: ReturnType<typeof createLanes>;
  breaker: Breaker;
  failureOf: (error: unknown, signal: AbortSignal) => Failure;
  onSkipped: (result: ModelResult) => void;
  onEnd: (result: ModelResult, ms: number) => void;
  log: Log;
  now: () => number;
}

export type Passage<T> = { value: T } | { why: ModelResult };

/**
 * The one way to the endpoint: a place in the lanes, a closed breaker, an end to the waiting.
 * @returns `pass`, which never throws and never takes longer than `timeoutMs`; `work` rejects with what `failureOf` reads
 */
export function createGate({ task, timeoutMs, lanes, breaker, failureOf, onSkipped, onEnd, log, now }: GateOptions) {
  /** What the end tells about the endpoint's health: refusing, or running out of budget, says nothing bad about it. */
  const settle = (failure: Failure | null) => {
    if (failure === null || failure.result === 'refused') breaker.succeeded();
    else if (failure.result === 'skipped_budget' || failure.result === 'not_taken') breaker.released();
    else breaker.failed(failure.retryAfterMs);
  };
  const skip = (result: ModelResult) => {
    onSkipped(result);
    return { why: result };
  };

  return async function pass<T>(
    communeId: string,
    work: (signal: AbortSignal, endsAt: number) => Promise<T>,
  ): Promise<Passage<T>> {
    const leave = lanes.enter(communeId);
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
    let result: ModelResult = 'decided';
    try {
      const value = await Promise.race([work(controller.signal, startedAt + timeoutMs), timeout]);
      settle(null);
      return { value };
    } catch (error) {
      const failure = failureOf(error, controller.signal);
      settle(failure);
      result = failure.result;
      // the endpoint's own words may repeat the question: only the kind and status are kept
      log.warn('model.failed', { task, result, status: failure.status, ms: now() - startedAt });
      return { why: result };
    } finally {
      clearTimeout(timer);
      leave();
      onEnd(result, now() - startedAt);
    }
  };
}
