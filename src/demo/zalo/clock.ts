/** The platform's time: runs with the wall clock, may be moved forward, and carries the waiting redeliveries along. */
export interface PlatformClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `job` after `delayMs` of platform time. */
  later(delayMs: number, job: () => void | Promise<void>): void;
  /** Moves the time forward and runs, in order, every job that has become due; resolves when they are done. */
  advance(ms: number): Promise<void>;
  stop(): void;
}

interface Job {
  dueAt: number;
  run: () => void | Promise<void>;
}

export function createClock(start: () => number): PlatformClock {
  let offset = 0;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const jobs: Job[] = [];
  const now = () => start() + offset;

  const takeDue = (until: number) => (jobs[0] && jobs[0].dueAt <= until ? jobs.shift() : undefined);
  const arm = () => {
    clearTimeout(timer);
    const next = jobs[0];
    if (!next || isStopped) return;
    timer = setTimeout(runDue, Math.min(Math.max(next.dueAt - now(), 0), 2 ** 31 - 1));
    timer.unref();
  };
  const runDue = () => {
    for (let job = takeDue(now()); job; job = takeDue(now())) void job.run();
    arm();
  };

  return {
    now,
    later(delayMs, run) {
      if (isStopped) return;
      jobs.push({ dueAt: now() + delayMs, run });
      jobs.sort((one, other) => one.dueAt - other.dueAt);
      arm();
    },
    async advance(ms) {
      const target = now() + ms;
      // Jobs may plan further jobs that fall due within the same step.
      for (let job = takeDue(target); job; job = takeDue(target)) {
        offset += Math.max(0, job.dueAt - now());
        await job.run();
      }
      offset += Math.max(0, target - now());
      arm();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      jobs.length = 0;
    },
  };
}
