import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export const hmacHex = (algorithm: 'sha256' | 'sha512', secret: string, text: string | Buffer): string =>
  createHmac(algorithm, secret).update(text).digest('hex');

/** In constant time; `expected` is ours, lower case. Whatever else is given is wrong, not an error. */
export function isSameHex(given: unknown, expected: string): boolean {
  if (typeof given !== 'string' || given.length !== expected.length || !/^[0-9a-f]+$/i.test(given)) return false;
  return timingSafeEqual(Buffer.from(given, 'hex'), Buffer.from(expected, 'hex'));
}

/** A value holds the mark that divides values: signed so, two different messages would look alike. */
export class BarInValue extends Error {}

/**
 * The signature of VNPT Pay and of the portal's platform: SHA-256 over the values and the secret, divided by bars.
 * @throws {BarInValue}
 */
export function pipeHash(values: readonly string[], secret: string): string {
  if (values.some((value) => value.includes('|'))) throw new BarInValue('a value to sign holds "|"');
  return createHash('sha256')
    .update([...values, secret].join('|'), 'utf8')
    .digest('hex');
}
