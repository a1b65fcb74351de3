import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export type Json = Record<string, unknown>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How webhooks are written and signed. `escaped` is what Meta's own samples show. */
export type SigningMode = 'escaped' | 'utf8' | 'utf8_signed_escaped' | 'bad' | 'missing' | 'sha1_only';

const escapeUnicode = (json: string) =>
  json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Bytes and headers of a webhook POST. */
export function signedWebhook(payload: unknown, secret: string, mode: SigningMode) {
  const json = JSON.stringify(payload);
  const escaped = Buffer.from(escapeUnicode(json).replaceAll('/', '\\/'), 'latin1');
  const body = mode.startsWith('utf8') ? Buffer.from(json, 'utf8') : escaped;
  const signed = mode === 'utf8_signed_escaped' ? Buffer.from(escapeUnicode(json), 'latin1') : body;
  const digest = (algorithm: string, key: string) => createHmac(algorithm, key).update(signed).digest('hex');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'user-agent': 'facebookexternalua',
    'x-hub-signature': `sha1=${digest('sha1', secret)}`,
  };
  if (mode !== 'missing' && mode !== 'sha1_only') {
    headers['x-hub-signature-256'] = `sha256=${digest('sha256', mode === 'bad' ? `${secret}?` : secret)}`;
  }
  return { body, headers };
}

export const proofOf = (token: string, secret: string) => createHmac('sha256', secret).update(token).digest('hex');

/** An answer of the Graph API that is not a success. */
export class GraphRefusal extends Error {
  readonly code: number;
  readonly subcode: number | undefined;
  readonly status: number;

  constructor(code: number, subcode: number | undefined, message: string, status = 400) {
    super(message);
    this.code = code;
    this.subcode = subcode;
    this.status = status;
  }

  toJson(): Json {
    return {
      error: {
        message: `(#${this.code}) ${this.message}`,
        type: 'OAuthException',
        code: this.code,
        ...(this.subcode === undefined ? {} : { error_subcode: this.subcode }),
        fbtrace_id: 'AStandInTraceId',
      },
    };
  }
}

/** Query and body fields of a call in one object, and where its token was. Urlencoded objects are JSON in strings. */
export async function readParameters(request: IncomingMessage, query: URLSearchParams): Promise<Json> {
  const fields: Json = Object.fromEntries(query);
  if (request.method === 'GET') return fields;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return fields;
  if (request.headers['content-type']?.includes('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(text)) fields[name] = /^[{[]/.test(value) ? parsed(value) : value;
    return fields;
  }
  const body = parsed(text);
  if (!isJson(body)) throw new GraphRefusal(100, undefined, 'the body is no JSON object');
  return { ...fields, ...body };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GraphRefusal(100, undefined, 'a parameter is no valid JSON');
  }
}
