import { Failure } from './model-gate.ts';

/** Which of several ways of asking is used; servers refuse what they do not know with a 400. */
export interface Ways {
  at: number;
  hasWorked: boolean;
  of: number;
}

const FIRST_RETRY_MS = 250;
/** Less than this left: a second try could not end in time. */
const LEAST_LEFT_MS = 300;

export interface AttemptOptions {
  failureOf: (error: unknown, signal: AbortSignal) => Failure;
  now: () => number;
}

/**
 * One request and, where it may help and time allows, one more; other ways of asking beside.
 * @returns rejects with a {@link Failure}
 */
export const createAttempt = ({ failureOf, now }: AttemptOptions) =>
  async function attempt<T>(
    ways: Ways,
    take: () => Promise<boolean>,
    request: () => Promise<T>,
    signal: AbortSignal,
    endsAt: number,
  ): Promise<T> {
    for (let retries = 0; ; ) {
      if (!(await take())) throw new Failure('skipped_budget');
      try {
        const answer = await request();
        ways.hasWorked = true;
        return answer;
      } catch (error) {
        const failure = failureOf(error, signal);
        if (failure.status === 400 || failure.status === 422) {
          if (ways.hasWorked || ways.at + 1 >= ways.of) throw failure;
          ways.at++;
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
