/** How many think before the process listens to the network again: together they also share one commit. */
const AT_ONCE = 4;
/** So long after somebody else asked, crowds leave half of the thread free. */
const POLITE_MS = 250;

export interface FairLine {
  /**
   * Resolves when it is this key's time. Who is not of a crowd goes first; crowds take turns, and within one whoever
   * came first goes first.
   */
  wait(key: string, isCrowd: boolean): Promise<void>;
}

/**
 * Gives out a process's one thread: thinking takes it for milliseconds, events must be stored meanwhile, and a commune
 * with hundreds of waiting questions must not think hundreds of times before another is heard. While others ask, a crowd
 * thinks once and then rests for as long as that took.
 */
export function createFairLine(): FairLine {
  const calm: (() => void)[] = [];
  /** In the order of their turns: whose turn was taken goes to the end. */
  const crowds = new Map<string, (() => void)[]>();
  let crowded = 0;
  let scheduled = 0;
  let isResting = false;
  let politeUntil = 0;
  const isPolite = () => performance.now() < politeUntil;
  const schedule = () => {
    const ofCrowds = isResting ? 0 : isPolite() ? Math.min(1, crowded) : crowded;
    const wanted = Math.min(AT_ONCE, calm.length + ofCrowds);
    while (scheduled < wanted) {
      scheduled += 1;
      // what one lets begin runs as far as it can before the next of these
      setImmediate(next);
    }
  };
  const next = () => {
    scheduled -= 1;
    const begin = calm.shift();
    if (begin) begin();
    else if (!isResting) ofCrowds();
    if (scheduled === 0) schedule();
  };
  const ofCrowds = () => {
    for (const [key, line] of crowds) {
      crowds.delete(key);
      const begin = line.shift();
      if (line.length > 0) crowds.set(key, line);
      crowded -= 1;
      if (isPolite()) rest();
      begin?.();
      break;
    }
  };
  const rest = () => {
    const startedAt = performance.now();
    isResting = true;
    const end = () => {
      isResting = false;
      schedule();
    };
    setImmediate(() => setTimeout(end, performance.now() - startedAt));
  };
  return {
    wait: (key, isCrowd) =>
      new Promise((begin) => {
        if (isCrowd) {
          crowded += 1;
          const line = crowds.get(key);
          if (line) line.push(begin);
          else crowds.set(key, [begin]);
        } else {
          calm.push(begin);
          if (crowds.size > (crowds.has(key) ? 1 : 0)) politeUntil = performance.now() + POLITE_MS;
        }
        schedule();
      }),
  };
}
