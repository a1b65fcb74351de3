/** Retried once or twice: two statements waited for each other, the database chose one to give way. */
const GIVES_WAY = new Set(['40P01', '40001']);

/**
 * The statement was refused for what it held (SQLSTATE classes 22, 23, 54; or nested too deeply to be written at all), not
 * because the database is unwell.
 */
export const isAboutData = (error: unknown) =>
  error instanceof RangeError || /^(2[23]|54)/.test((error as { code?: string }).code ?? '');

export interface Batcher<Item, Result> {
  add(item: Item): Promise<Result>;
  /** Resolves when nothing is waiting or running. */
  idle(): Promise<void>;
}

/**
 * Collects items while the last batch runs and hands them over together. Nothing waits when nothing runs, so a lone
 * item pays no delay and a crowd shares one commit.
 * @param run returns one result per item, in order; a rejection rejects every item of the batch
 */
export function createBatcher<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  { max = 500, lanes = 1 } = {},
): Batcher<Item, Result> {
  type Entry = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void };
  let waiting: Entry[] = [];
  let running = 0;
  let isScheduled = false;
  let idlers: (() => void)[] = [];

  const attempt = async (items: Item[]): Promise<Result[]> => {
    for (let tries = 1; ; tries++) {
      try {
        return await run(items);
      } catch (error) {
        if (tries >= 4 || !GIVES_WAY.has((error as { code?: string }).code ?? '')) throw error;
      }
    }
  };
  const flush = async () => {
    isScheduled = false;
    while (waiting.length > 0 && running < lanes) {
      const batch = waiting.slice(0, max);
      waiting = waiting.slice(max);
      running += 1;
      try {
        const results = await attempt(batch.map((entry) => entry.item));
        for (const [index, entry] of batch.entries()) entry.resolve(results[index]!);
      } catch (error) {
        // One poisonous item must not take its neighbours with it.
        if (batch.length > 1 && isAboutData(error)) await alone(batch);
        else for (const entry of batch) entry.reject(error);
      }
      running -= 1;
    }
    if (running === 0 && waiting.length === 0) {
      for (const idler of idlers) idler();
      idlers = [];
    }
  };
  const alone = async (batch: Entry[]) => {
    for (const entry of batch) {
      await attempt([entry.item]).then(
        (results) => entry.resolve(results[0]!),
        (error) => entry.reject(error),
      );
    }
  };

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (isScheduled || running >= lanes) return;
        isScheduled = true;
        setImmediate(() => void flush());
      }),
    idle: () =>
      running === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve)),
  };
}
