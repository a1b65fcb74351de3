import { expect, test } from 'vitest';
import { createSecretBox } from './secrets.ts';

const oldKey = 'a'.repeat(64);
const newKey = 'b'.repeat(64);

test('what is sealed opens again, each time with other bytes', () => {
  const box = createSecretBox(oldKey);
  const sealed = box.seal('mật khẩu', 'row 1');
  expect(box.open(sealed, 'row 1')).toBe('mật khẩu');
  expect(box.seal('mật khẩu', 'row 1')).not.toBe(sealed);
  expect(sealed).not.toContain('mật');
});

test('a value moved to another row, changed, or of another key does not open', () => {
  const box = createSecretBox(oldKey);
  const sealed = box.seal('x', 'row 1');
  expect(() => box.open(sealed, 'row 2')).toThrow(/changed/);
  expect(() => box.open(`${sealed.slice(0, -2)}AA`, 'row 1')).toThrow(/cannot be read/);
  const shortTag = sealed
    .split('.')
    .map((part, index) => (index === 3 ? part.slice(0, 6) : part))
    .join('.');
  expect(() => box.open(shortTag, 'row 1')).toThrow(/cannot be read/);
  expect(() => createSecretBox(newKey).open(sealed, 'row 1')).toThrow(/SECRET_KEY_PREVIOUS/);
  expect(() => box.open('plain text', 'row 1')).toThrow(/unknown format/);
});

test('with the previous key old values open and are known to be stale', () => {
  const sealed = createSecretBox(oldKey).seal('x', 'row 1');
  const box = createSecretBox(newKey, oldKey);
  expect(box.open(sealed, 'row 1')).toBe('x');
  expect(box.isStale(sealed)).toBe(true);
  expect(box.isStale(box.seal('x', 'row 1'))).toBe(false);
});
