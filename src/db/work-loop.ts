import { errorText } from '../errors.ts';

export interface WorkLoop {
  start(): void;
  /** There may be work: look at once; while a look is under way, look once more after it. */
  wake(): void;
  /** Begins no further look; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/**
 * Looks for work in the database: when woken, and every `idleMs` (what other processes or a crash left). One look at a
 * time.
 * @param look returns true when it took all it could, so that there may be more
 */
export function createWorkLoop(
  look: () => Promise<boolean>,
  { idleMs, onError }: { idleMs: number; onError: (error: string) => void },
): WorkLoop {
  const AFTER_ERROR_MS = 1_000;
  let isStopped = true;
  let running: Promise<void> | null = null;
  let mustLookAgain = false;
  let timer: NodeJS.Timeout | undefined;

  const run = async () => {
    clearTimeout(timer);
    let delay = idleMs;
    try {
      do {
        mustLookAgain = false;
        if (await look()) mustLookAgain = true;
      } while (mustLookAgain && !isStopped);
    } catch (error) {
      onError(errorText(error));
      delay = Math.max(idleMs, AFTER_ERROR_MS);
    }
    running = null;
    if (!isStopped) timer = setTimeout(wake, delay);
  };
  const wake = () => {
    if (isStopped) return;
    if (running) mustLookAgain = true;
    else running = run();
  };

  return {
    start() {
      isStopped = false;
      wake();
    },
    wake,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
