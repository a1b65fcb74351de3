import { expect, test } from 'vitest';
import { createShare } from './shared-lists.ts';

test('who asks while a look runs shares the next one, which begins after they asked; failures are not kept', async () => {
  const share = createShare<number>();
  const ends: ((value: number | Error) => void)[] = [];
  const look = () =>
    new Promise<number>((done, fail) => ends.push((value) => (value instanceof Error ? fail(value) : done(value))));
  const first = share('a', look);
  await Promise.resolve();
  await Promise.resolve();
  expect(ends).toHaveLength(1);
  const crowd = [share('a', look), share('a', look), share('a', look)];
  const other = share('b', look);
  ends[0]!(1);
  expect(await first).toBe(1);
  await new Promise((done) => setImmediate(done));
  expect(ends).toHaveLength(3);
  const failed = Promise.allSettled(crowd);
  for (const end of ends.slice(1)) end(new Error('no'));
  await other.catch(() => {});
  expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  const again = share('a', look);
  await new Promise((done) => setImmediate(done));
  ends[3]!(4);
  expect(await again).toBe(4);
});
