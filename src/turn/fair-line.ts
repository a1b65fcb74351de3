/** How many think before the process listens to the network again: together they also share one commit. */
const AT_ONCE = 8;

export interface FairLine {
  /** Resolves when it is this key's time: keys take turns, whoever of a key came first goes first. */
  wait(key: string): Promise<void>;
}

/**
 * Gives out a process's one thread: thinking takes it for milliseconds, and a commune with hundreds of waiting questions
 * must not think hundreds of times before another is heard.
 */
export function createFairLine(): FairLine {
  /** In the order of their turns: whose turn was taken goes to the end. */
  const waiting = new Map<string, (() => void)[]>();
  let count = 0;
  let scheduled = 0;
  const schedule = () => {
    const wanted = Math.min(AT_ONCE, count);
    while (scheduled < wanted) {
      scheduled += 1;
      // what one lets begin runs as far as it can before the next of these
      setImmediate(next);
    }
  };
  const next = () => {
    scheduled -= 1;
    for (const [key, line] of waiting) {
      waiting.delete(key);
      const begin = line.shift();
      if (line.length > 0) waiting.set(key, line);
      count -= 1;
      begin?.();
      break;
    }
    if (scheduled === 0) schedule();
  };
  return {
    wait: (key) =>
      new Promise((begin) => {
        count += 1;
        const line = waiting.get(key);
        if (line) line.push(begin);
        else waiting.set(key, [begin]);
        if (scheduled < AT_ONCE) schedule();
      }),
  };
}
