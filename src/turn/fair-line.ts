/** How many think before the process listens to the network again: together they also share one commit. */
const AT_ONCE = 8;
/** So long after somebody of another key was let pass, crowds leave half of the thread free. */
const POLITE_MS = 250;

export interface FairLine {
  /** Resolves when it is this key's time: keys take turns, whoever of a key came first goes first. */
  wait(key: string): Promise<void>;
  /** Somebody of this key begins without waiting: what they need next must not stand behind a crowd's thinking. */
  pass(key: string): void;
}

/**
 * Gives out a process's one thread: thinking takes it for milliseconds, and a commune with hundreds of waiting questions
 * must not think hundreds of times before another is heard. While others ask, a crowd thinks once and then rests for as
 * long as that took.
 */
export function createFairLine(): FairLine {
  /** In the order of their turns: whose turn was taken goes to the end. */
  const waiting = new Map<string, (() => void)[]>();
  let count = 0;
  let scheduled = 0;
  let politeUntil = 0;
  const isPolite = () => performance.now() < politeUntil;
  const schedule = () => {
    const wanted = Math.min(isPolite() ? 1 : AT_ONCE, count);
    while (scheduled < wanted) {
      scheduled += 1;
      // what one lets begin runs as far as it can before the next of these
      setImmediate(next);
    }
  };
  const end = () => {
    scheduled -= 1;
    if (scheduled === 0) schedule();
  };
  const next = () => {
    if (isPolite() && scheduled > 1) {
      scheduled -= 1;
      return;
    }
    const startedAt = performance.now();
    for (const [key, line] of waiting) {
      waiting.delete(key);
      const begin = line.shift();
      if (line.length > 0) waiting.set(key, line);
      count -= 1;
      begin?.();
      break;
    }
    if (isPolite()) setImmediate(() => setTimeout(end, performance.now() - startedAt));
    else end();
  };
  return {
    wait: (key) =>
      new Promise((begin) => {
        count += 1;
        const line = waiting.get(key);
        if (line) line.push(begin);
        else waiting.set(key, [begin]);
        if (scheduled === 0 || (scheduled < AT_ONCE && !isPolite())) schedule();
      }),
    pass(key) {
      if (waiting.size > (waiting.has(key) ? 1 : 0)) politeUntil = performance.now() + POLITE_MS;
    },
  };
}
