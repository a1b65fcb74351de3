import { createHash, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

const PERIOD_S = 30;
const RECOVERY_CODES = 8;
/** Letters nobody mixes up when copying by hand. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

const totp = (secret: string, label = '') =>
  new TOTP({ issuer: 'Hỏi Xã', label, secret: Secret.fromBase32(secret), period: PERIOD_S, digits: 6 });

/** @returns base32 */
export const newTotpSecret = (): string => new Secret({ size: 20 }).base32;

/** What an authenticator app reads from the QR code. */
export const totpUri = (secret: string, email: string): string => totp(secret, email).toString();

/**
 * The half minute a code belongs to, one to either side being taken for clocks that differ; null: no such code.
 * @param after a code of this half minute or an older one was used already
 */
export function totpStep(secret: string, code: string, now: Date, after = 0): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const delta = totp(secret).validate({ token: code, timestamp: now.getTime(), window: 1 });
  if (delta === null) return null;
  const step = Math.floor(now.getTime() / 1_000 / PERIOD_S) + delta;
  return step > after ? step : null;
}

/** Codes for the day the telephone is gone: `abcd-efgh`. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () => {
    const letters = [...randomBytes(8)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
    return `${letters.slice(0, 4)}-${letters.slice(4)}`;
  });

/** They are as random as a key: a plain hash is enough. */
export const hashRecoveryCode = (code: string): string =>
  createHash('sha256')
    .update(code.toLowerCase().replace(/[^a-z0-9]/g, ''))
    .digest('base64url');
