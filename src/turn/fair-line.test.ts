import { expect, test } from 'vitest';
import { createFairLine } from './fair-line.ts';

function begin() {
  const line = createFairLine();
  const order: string[] = [];
  const go = (key: string, name: string, isCrowd = true) =>
    line.wait(key, isCrowd).then(() => {
      order.push(name);
    });
  const crowd = (key: string, count: number) => Array.from({ length: count }, (_, at) => go(key, `${key}${at}`));
  return { order, go, crowd };
}
const iteration = () => new Promise((done) => setImmediate(done));

test('keys take turns: who comes late to a crowd of another key is next but one', async () => {
  const { order, go, crowd } = begin();
  const flooded = crowd('f', 60);
  await flooded[20];
  const late = [go('a', 'a1'), go('b', 'b1'), go('a', 'a2')];
  await Promise.all([...flooded, ...late]);
  const after = order.slice(order.indexOf('f20') + 1);
  expect(after.slice(0, 6).sort()).toEqual(['a1', 'a2', 'b1', 'f21', 'f22', 'f23'].sort());
  expect(order.indexOf('a1')).toBeLessThan(order.indexOf('a2'));
  expect(order.filter((name) => name.startsWith('f'))).toEqual(flooded.map((_, at) => `f${at}`));
});

test('the network is heard while many think', async () => {
  for (const isCrowd of [true, false]) {
    const { order, go } = begin();
    const many = Array.from({ length: 50 }, (_, at) => go('flooded', String(at), isCrowd));
    await iteration();
    await iteration();
    const heardAfter = order.length;
    await Promise.all(many);
    expect(heardAfter).toBeLessThan(20);
    expect(order).toHaveLength(50);
  }
});

test('who is not of a crowd goes before it, and while they ask the crowd thinks once and rests', async () => {
  const { order, go, crowd } = begin();
  const flooded = crowd('f', 12);
  const other = go('quiet', 'q', false);
  await other;
  await flooded[0];
  await iteration();
  const heard = order.length;
  await Promise.all(flooded);
  expect(order[0]).toBe('q');
  expect(heard).toBeLessThanOrEqual(3);
  expect(order).toHaveLength(13);
});

test('a crowd alone does not rest because one of its own came before it was one', async () => {
  const { order, go, crowd } = begin();
  const flooded = crowd('f', 12);
  await go('f', 'first', false);
  await iteration();
  await iteration();
  expect(order.length).toBeGreaterThan(5);
  await Promise.all(flooded);
});
