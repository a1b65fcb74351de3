import { expect, test } from 'vitest';
import { decodeModel, encodeModel, loadModel } from './model.ts';
import { loadExamples, train, versionOf } from './train.ts';

test('the same examples give the same model, byte for byte, and it survives the file', () => {
  const some = loadExamples().filter((_, at) => at % 40 === 0);
  const first = encodeModel(train(some, { epochs: 2 }));
  const second = encodeModel(train(some, { epochs: 2 }));
  expect(first.equals(second)).toBe(true);
  expect(encodeModel(decodeModel(first)).equals(first)).toBe(true);
  expect(() => decodeModel(Buffer.from('nonsense'))).toThrow(/damaged/);
});

test('the shipped model was trained on the examples and reading rules of today', () => {
  expect(loadModel().version).toBe(versionOf(loadExamples()));
}, 60_000);
