export interface BreakerOptions {
  /** Failures in a row that open it. */
  failures?: number;
  /** How long it stays open the first time; doubles with each failed probe up to `longestMs`. */
  openMs?: number;
  longestMs?: number;
  now?: () => number;
  onChange?: (state: BreakerState) => void;
}
export type BreakerState = 'closed' | 'open' | 'half_open';

/** Keeps a sick endpoint out of the way: while open nobody waits for it; then one request probes. One per process. */
export interface Breaker {
  state(): BreakerState;
  /** @returns false: do not ask. True takes the probe's place when half open. */
  mayAsk(): boolean;
  succeeded(): void;
  /** @param pauseMs the endpoint itself asked to be left alone for so long */
  failed(pauseMs?: number): void;
  /** The request was never made, or ended without telling anything about the endpoint. */
  released(): void;
}

export function createBreaker({
  failures = 5,
  openMs = 30_000,
  longestMs = 300_000,
  now = Date.now,
  onChange = () => {},
}: BreakerOptions = {}): Breaker {
  let inARow = 0;
  let openings = 0;
  let openUntil = 0;
  let isProbing = false;
  const isOpen = () => openUntil > 0;
  const open = (pauseMs: number) => {
    const ms = Math.min(longestMs, Math.max(pauseMs, openMs * 2 ** openings));
    openings = Math.min(openings + 1, 16);
    openUntil = now() + ms;
    onChange('open');
  };
  return {
    state: () => (!isOpen() ? 'closed' : now() < openUntil ? 'open' : 'half_open'),
    mayAsk() {
      if (!isOpen()) return true;
      if (now() < openUntil || isProbing) return false;
      isProbing = true;
      onChange('half_open');
      return true;
    },
    succeeded() {
      isProbing = false;
      inARow = 0;
      openings = 0;
      if (!isOpen()) return;
      openUntil = 0;
      onChange('closed');
    },
    failed(pauseMs = 0) {
      const wasProbe = isProbing;
      isProbing = false;
      inARow++;
      // answers of requests begun before it opened change nothing more
      if (isOpen() && !wasProbe) return;
      if (wasProbe || inARow >= failures || pauseMs > openMs) open(pauseMs);
    },
    released() {
      isProbing = false;
    },
  };
}
