import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { isAxiosError } from 'axios';
import type { UnavailableReason } from '../dossier.ts';

/** What went wrong, in the words of the port. Holds no address, body or header: those may be secret or personal. */
export class SourceFault extends Error {
  readonly reason: UnavailableReason;
  readonly retryAfterMs: number | undefined;

  constructor(reason: UnavailableReason, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'SourceFault';
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** `body` undefined: not JSON (an error page, a cut-off answer). */
export interface JsonAnswer {
  status: number;
  body: unknown;
  retryAfterMs?: number;
}

export interface JsonRequest {
  method: 'GET' | 'POST';
  url: string;
  headers?: Record<string, string>;
  /** An object goes as JSON, URLSearchParams as a form. */
  data?: Record<string, unknown> | URLSearchParams;
  signal: AbortSignal;
}

/** One call, any status accepted. @throws {SourceFault} `timeout`, `network` or `schema` (an answer too long to be one) */
export type JsonClient = (request: JsonRequest) => Promise<JsonAnswer>;

/** A dossier has a few kilobytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** @param tls PEM texts of the client certificate, its key, and of who vouches for the server */
export function createJsonClient(tls: {
  cert?: string | undefined;
  key?: string | undefined;
  ca?: string | undefined;
}): JsonClient {
  const pool = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4 };
  const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  const http = axios.create({
    // A redirect would carry codes and tokens to another address.
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    responseType: 'arraybuffer',
    transformRequest: [],
    transformResponse: [],
    validateStatus: () => true,
    httpAgent: new HttpAgent(pool),
    httpsAgent: new HttpsAgent({ ...pool, minVersion: 'TLSv1.2', ...given }),
  });
  return async ({ data, headers, url, ...request }) => {
    const isForm = data instanceof URLSearchParams;
    const type = data ? { 'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' } : {};
    const body = data === undefined ? undefined : isForm ? data.toString() : JSON.stringify(data);
    // the proxy of the environment, if any, cannot reach this machine
    const proxy = /^http:/.test(url) ? { proxy: false as const } : {};
    try {
      const response = await http.request<Buffer>({
        ...request,
        url,
        ...proxy,
        headers: { Accept: 'application/json', ...type, ...headers },
        ...(body === undefined ? {} : { data: body }),
      });
      const retryAfterMs = retryAfter(response.headers['retry-after']);
      return {
        status: response.status,
        body: parse(Buffer.from(response.data)),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      };
    } catch (error) {
      throw faultOf(error, request.signal);
    }
  };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

function retryAfter(header: unknown): number | undefined {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0
    ? Math.min(seconds, 3_600) * 1_000
    : undefined;
}

function faultOf(error: unknown, signal: AbortSignal): SourceFault {
  if (signal.aborted) return new SourceFault('timeout', 'no answer in time');
  // The axios error itself holds headers with tokens: only its code goes on.
  const code = isAxiosError(error) ? (error.code ?? 'unknown') : 'unknown';
  if (code === 'ERR_BAD_RESPONSE') return new SourceFault('schema', 'the answer is too long');
  return new SourceFault('network', `HTTP client: ${code}`);
}

/** What a status that is no answer means. */
export function faultOfStatus({ status, retryAfterMs }: JsonAnswer): SourceFault {
  if (status === 401 || status === 403) return new SourceFault('auth', `refused with ${status}`);
  if (status === 429) return new SourceFault('rate_limited', 'asked too often', retryAfterMs ?? 30_000);
  return new SourceFault('http', `answered ${status}`, retryAfterMs);
}
