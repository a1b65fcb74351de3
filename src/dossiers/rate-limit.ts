/** Paces calls evenly at `perSecond`, after a first burst of one second's worth. Time is given, not read. */
export interface RateLimiter {
  /**
   * Takes the next place when it is at most `maxWaitMs` away.
   * @param isPatient leaves half of the burst to those who cannot wait
   * @returns `waitMs` to sleep before calling, or `retryAfterMs` and no place
   */
  reserve(
    now: number,
    options: { maxWaitMs: number; isPatient?: boolean },
  ): { waitMs: number } | { retryAfterMs: number };
}

export function createRateLimiter(perSecond: number): RateLimiter {
  const interval = 1_000 / perSecond;
  const burstMs = Math.max(0, 1_000 - interval);
  /** When the last place taken is used up. */
  let takenUntil = 0;
  return {
    reserve(now, { maxWaitMs, isPatient = false }) {
      const free = isPatient ? burstMs / 2 : burstMs;
      const waitMs = Math.max(0, takenUntil - now - free);
      if (waitMs > maxWaitMs) return { retryAfterMs: Math.ceil(waitMs) };
      takenUntil = Math.max(takenUntil, now) + interval;
      return { waitMs };
    },
  };
}
