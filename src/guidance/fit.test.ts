import { expect, test } from 'vitest';
import { fitChoice, fitYes, sharesOf, yesShare } from './fit-weights.ts';

const known = { bias: 0, size: 0, noise: 0 };
type Name = keyof typeof known;

test('a yes or no is learnt from the sign that tells it, and a weight not to be learnt stays', () => {
  const rows = Array.from({ length: 40 }, (_, at) => ({
    input: { bias: 1, size: at, noise: at % 3 },
    isYes: at >= 20,
    weight: 1,
  }));
  const fitted = fitYes<Name>(known, ['bias', 'size'], rows);
  expect(yesShare<Name>(fitted, { bias: 1, size: 35, noise: 0 })).toBeGreaterThan(0.9);
  expect(yesShare<Name>(fitted, { bias: 1, size: 4, noise: 0 })).toBeLessThan(0.1);
  expect(fitted.noise).toBe(0);
});

test('of several the one with more of the telling sign is chosen after fitting', () => {
  const rows = Array.from({ length: 30 }, (_, at) => ({
    options: [
      { bias: 1, size: at % 2, noise: 5 },
      { bias: 1, size: 1 - (at % 2), noise: 0 },
    ],
    right: at % 2 === 1 ? 0 : 1,
    weight: 1,
  }));
  const fitted = fitChoice<Name>(known, ['size', 'noise'], rows);
  const [first, second] = sharesOf<Name>(fitted, [
    { bias: 1, size: 1, noise: 0 },
    { bias: 1, size: 0, noise: 5 },
  ]);
  expect(first!).toBeGreaterThan(0.9);
  expect(second!).toBeLessThan(0.1);
});
