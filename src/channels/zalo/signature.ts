import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The signature Zalo puts into `X-ZEvent-Signature`: a plain SHA-256 (not an HMAC) of the app id, the body's bytes, the
 * body's `timestamp` as text, and the OA Secret Key (not the App Secret Key).
 * @returns 64 lower-case hex characters, without the `mac=` before them
 * @see reference: Zalo OA "Webhook", section on X-ZEvent-Signature
 */
export function zaloMac(appId: string, rawBody: Buffer, timestamp: string, oaSecret: string): string {
  return createHash('sha256').update(appId).update(rawBody).update(timestamp).update(oaSecret).digest('hex');
}

/** The header value for `mac`, as Zalo writes it. */
export const zaloSignatureHeader = (mac: string) => `mac=${mac}`;

/** @returns the 32 bytes of the header's MAC; undefined when it does not hold one */
export function readSignatureHeader(value: string | string[] | undefined): Buffer | undefined {
  const header = Array.isArray(value) ? value[0] : value;
  const hex = header?.slice(0, 200).match(/^\s*(?:mac\s*=\s*)?([0-9a-f]{64})\s*$/i)?.[1];
  return hex ? Buffer.from(hex, 'hex') : undefined;
}

/** Compares in constant time. */
export function macEquals(given: Buffer, mac: string): boolean {
  return timingSafeEqual(given, Buffer.from(mac, 'hex'));
}

/**
 * Header `appsecret_proof` of API calls, needed when the app's setting "check app secret proof" is on. This one is an HMAC.
 * @returns hex
 */
export function appSecretProof(appSecret: string, accessToken: string): string {
  return createHmac('sha256', appSecret).update(accessToken).digest('hex');
}

/** PKCE challenge of the consent page: base64url without padding of the verifier's SHA-256. */
export function codeChallenge(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('base64url');
}
