import { isAscii } from 'node:buffer';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** How the body must be read for its signature to fit; see `matchSignature`. */
export type SignatureBranch = 'raw' | 'escaped';

const headerPattern = /^sha256=([0-9a-f]{64})$/i;
const hmac = (secret: string, data: Buffer) => createHmac('sha256', secret).update(data).digest();

/**
 * The digest in `X-Hub-Signature-256`.
 * @returns null when the header is missing, repeated or not `sha256=` and 64 hex digits
 */
export function readSignature(header: string | string[] | undefined): Buffer | null {
  const digest = typeof header === 'string' ? headerPattern.exec(header.trim())?.[1] : undefined;
  return digest === undefined ? null : Buffer.from(digest, 'hex');
}

/** The body with every UTF-16 unit from U+0080 written as `\uXXXX`, or null when it is plain ASCII already. */
export function escapedForm(body: Buffer): Buffer | null {
  if (isAscii(body)) return null;
  const escaped = body
    .toString('utf8')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Buffer.from(escaped, 'latin1');
}

/**
 * Meta documents a signature over the escaped form, and usually sends that form. A proxy or a newer delivery may carry
 * real UTF-8: then the escaped form is made here. Both branches need the secret.
 * @param escaped `escapedForm(body)`, made once by the caller because several secrets may be tried
 */
export function matchSignature(
  body: Buffer,
  escaped: Buffer | null,
  signature: Buffer,
  secret: string,
): SignatureBranch | null {
  if (timingSafeEqual(hmac(secret, body), signature)) return 'raw';
  if (escaped && timingSafeEqual(hmac(secret, escaped), signature)) return 'escaped';
  return null;
}

/** Value of the `X-Hub-Signature-256` header for a body sent as it is; stands beside the verifier for tests. */
export function signBody(body: Buffer, secret: string): string {
  return `sha256=${hmac(secret, body).toString('hex')}`;
}

/** Proves to the Graph API that a call with this token comes from the app's own server. */
export function appSecretProof(accessToken: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(accessToken).digest('hex');
}

/** Equality in a time that tells nothing about the content or the length. */
export function isSameSecret(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
