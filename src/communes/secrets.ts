import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '../errors.ts';

/**
 * Encrypts small secrets for a database column with AES-256-GCM. Format `v1.<key id>.<iv>.<tag>.<ciphertext>`
 * (base64url). `context` is bound to the ciphertext: a value copied to another row does not decrypt.
 */
export interface SecretBox {
  seal(plain: string, context: string): string;
  /** @throws {AppError} code `secret_unreadable`: other key, other row, or changed */
  open(sealed: string, context: string): string;
  /** True when the value was sealed with another key than today's: seal it again. */
  isStale(sealed: string): boolean;
}

const keyId = (key: Buffer) => createHash('sha256').update(key).digest('hex').slice(0, 8);

/**
 * @param current 64 hex characters
 * @param previous the key before, still able to read (rotation)
 */
export function createSecretBox(current: string, previous?: string): SecretBox {
  const keys = [current, previous].filter((hex) => hex !== undefined).map((hex) => Buffer.from(hex, 'hex'));
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  const sealingKey = keys[0]!;
  const sealingId = keyId(sealingKey);
  const unreadable = (why: string, cause?: unknown) =>
    new AppError('secret_unreadable', `stored secret cannot be read: ${why}`, { cause });

  return {
    seal(plain, context) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, iv).setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return ['v1', sealingId, ...[iv, cipher.getAuthTag(), text].map((part) => part.toString('base64url'))].join('.');
    },
    open(sealed, context) {
      const [version, id, iv, tag, text, ...rest] = sealed.split('.');
      if (version !== 'v1' || !id || !iv || !tag || text === undefined || rest.length > 0)
        throw unreadable('unknown format');
      const key = byId.get(id);
      if (!key) throw unreadable('SECRET_KEY differs from the one it was stored with (set SECRET_KEY_PREVIOUS)');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: 16 });
        decipher.setAAD(Buffer.from(context)).setAuthTag(Buffer.from(tag, 'base64url'));
        return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw unreadable('wrong key or changed value', cause);
      }
    },
    isStale: (sealed) => sealed.split('.')[1] !== sealingId,
  };
}
