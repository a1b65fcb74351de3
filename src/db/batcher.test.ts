import { expect, test } from 'vitest';
import { createBatcher } from './batcher.ts';

test('what comes while a batch runs shares the next one; results go to whom they belong', async () => {
  const batches: number[][] = [];
  let release = () => {};
  const gate = new Promise<void>((done) => {
    release = done;
  });
  const batcher = createBatcher<number, number>(async (items) => {
    batches.push(items);
    if (batches.length === 1) await gate;
    return items.map((item) => item * 10);
  });
  const first = batcher.add(1);
  await new Promise((done) => setImmediate(done));
  const rest = [2, 3, 4].map((item) => batcher.add(item));
  release();
  expect(await Promise.all([first, ...rest])).toEqual([10, 20, 30, 40]);
  expect(batches).toEqual([[1], [2, 3, 4]]);
  await batcher.idle();
});

test.each([
  Object.assign(new Error('bad value'), { code: '22P02' }),
  Object.assign(new Error('index row too long'), { code: '54000' }),
  new RangeError('Maximum call stack size exceeded'),
])('one poisonous item fails alone (%s); an unwell database fails all at once', async (refusal) => {
  let calls = 0;
  const batcher = createBatcher<string, string>(async (items) => {
    calls += 1;
    if (items.includes('poison')) throw refusal;
    if (items.includes('down')) throw Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' });
    return items;
  });
  const settled = await Promise.allSettled(['a', 'poison', 'b'].map((item) => batcher.add(item)));
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  calls = 0;
  const down = await Promise.allSettled(['a', 'down', 'b'].map((item) => batcher.add(item)));
  expect(down.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(calls).toBe(1);
});

test('a batch that gave way in a deadlock is run again', async () => {
  let tries = 0;
  const batcher = createBatcher<number, number>(async (items) => {
    tries += 1;
    if (tries < 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
    return items;
  });
  expect(await batcher.add(7)).toBe(7);
});
