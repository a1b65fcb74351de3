import { expect, test } from 'vitest';
import { decodeModel, encodeModel } from './model.ts';
import { loadExamples, train } from './train.ts';

test('the same examples give the same model, byte for byte, and it survives the file', () => {
  const some = loadExamples().filter((_, at) => at % 40 === 0);
  const first = encodeModel(train(some, { epochs: 2 }));
  const second = encodeModel(train(some, { epochs: 2 }));
  expect(first.equals(second)).toBe(true);
  expect(encodeModel(decodeModel(first)).equals(first)).toBe(true);
  expect(() => decodeModel(Buffer.from('nonsense'))).toThrow(/damaged/);
});
