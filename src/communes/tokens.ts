import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A secret somebody carries: 256 bits. Only its hash is stored. */
export const newToken = (): string => randomBytes(32).toString('base64url');

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** A value only the holder of `token` and we can make, different for each `use`. */
export const derivedToken = (token: string, use: string): string =>
  createHmac('sha256', token).update(use).digest('base64url');

export function isSameToken(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
