import { isObject, parseWebhookJson } from '../../channels/webhook-json.ts';
import type { CallbackInput } from '../provider.ts';
import { misconfigured } from './call.ts';
import { BarInValue, isSameHex, pipeHash } from './signing.ts';

/** VNPT Pay and the portal's platform: one protocol in two languages. */
export type PipeFields = Record<string, string>;

/**
 * The signature over the fields named.
 * @throws {PaymentGatewayError} `misconfigured`: a value of ours holds a bar
 */
export function signPipe(names: readonly string[], fields: PipeFields, secret: string): string {
  try {
    return pipeHash(
      names.map((name) => fields[name] ?? ''),
      secret,
    );
  } catch (error) {
    if (error instanceof BarInValue) throw misconfigured(error.message);
    throw error;
  }
}

export type PipeMessage =
  | { ok: true; fields: PipeFields; raw: unknown }
  | { ok: false; reason: 'malformed' | 'bad_signature'; ref?: string };

/** A report as sent: a body of JSON, or a form whose field `data` holds it. */
export function readPipe({ method, rawBody, headers }: CallbackInput): Record<string, unknown> | null {
  if (method !== 'POST') return null;
  const isForm = String(headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const data = isForm ? new URLSearchParams(rawBody.toString('utf8')).getAll('data') : null;
  if (data && data.length !== 1) return null;
  const body = parseWebhookJson(data ? Buffer.from(data[0]!) : rawBody);
  return isObject(body) ? body : null;
}

/** The signed fields of a report, as text; numbers as they were written. */
export function verifyPipe(
  input: CallbackInput,
  names: readonly string[],
  signature: string,
  refName: string,
  secret: string,
): PipeMessage {
  const raw = readPipe(input);
  if (!raw) return { ok: false, reason: 'malformed' };
  const ref = typeof raw[refName] === 'string' && raw[refName] !== '' ? { ref: raw[refName] } : {};
  const fields: PipeFields = {};
  for (const name of names) {
    const value = raw[name] ?? '';
    if (typeof value !== 'string' && typeof value !== 'number') return { ok: false, reason: 'malformed', ...ref };
    fields[name] = String(value);
  }
  // with a bar inside a value the same signature fits two messages
  if (Object.values(fields).some((value) => value.includes('|'))) return { ok: false, reason: 'malformed', ...ref };
  const expected = pipeHash(Object.values(fields), secret);
  if (!isSameHex(raw[signature], expected)) return { ok: false, reason: 'bad_signature', ...ref };
  return { ok: true, fields, raw };
}

/** Đồng of a field; null: not an amount. */
export const pipeAmount = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,13}$/.test(text) ? Number(text) : null;
