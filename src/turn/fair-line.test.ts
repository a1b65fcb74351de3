import { expect, test } from 'vitest';
import { createFairLine } from './fair-line.ts';

test('keys take turns: who comes late to a crowd of another key is next but one', async () => {
  const line = createFairLine();
  const order: string[] = [];
  const go = (key: string, name: string) => line.wait(key).then(() => void order.push(name));
  const crowd = Array.from({ length: 60 }, (_, at) => go('flooded', `f${at}`));
  await crowd[20];
  const late = [go('a', 'a1'), go('b', 'b1'), go('a', 'a2')];
  await Promise.all([...crowd, ...late]);
  const after = order.slice(order.indexOf('f20') + 1);
  expect(after.slice(0, 6).sort()).toEqual(['a1', 'a2', 'b1', 'f21', 'f22', 'f23'].sort());
  expect(order.indexOf('a1')).toBeLessThan(order.indexOf('a2'));
  expect(order.filter((name) => name.startsWith('f'))).toEqual(crowd.map((_, at) => `f${at}`));
});

test('the network is heard while a crowd thinks', async () => {
  const line = createFairLine();
  let begun = 0;
  const crowd = Array.from({ length: 50 }, () =>
    line.wait('flooded').then(() => {
      begun += 1;
    }),
  );
  const heardAfter = await new Promise<number>((done) => setImmediate(() => setImmediate(() => done(begun))));
  await Promise.all(crowd);
  expect(heardAfter).toBeLessThan(40);
  expect(begun).toBe(50);
});

test('while others ask, a crowd thinks once and rests', async () => {
  const line = createFairLine();
  let begun = 0;
  const crowd = Array.from({ length: 5 }, () =>
    line.wait('flooded').then(() => {
      begun += 1;
    }),
  );
  line.pass('flooded');
  await crowd[4];
  expect(begun).toBe(5);
  const more = Array.from({ length: 5 }, () =>
    line.wait('flooded').then(() => {
      begun += 1;
    }),
  );
  line.pass('quiet');
  await more[0];
  await new Promise((done) => setImmediate(done));
  const heard = begun;
  await Promise.all(more);
  expect(heard).toBeLessThanOrEqual(7);
  expect(begun).toBe(10);
});
