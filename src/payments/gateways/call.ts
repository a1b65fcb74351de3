import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { isAxiosError } from 'axios';
import { parseWebhookJson } from '../../channels/webhook-json.ts';
import { PaymentGatewayError } from '../provider.ts';

export interface GatewayAnswer {
  status: number;
  /** Undefined: not JSON. Integers too long for a number are strings. */
  body: unknown;
  bytes: Buffer;
}

export interface GatewayCall {
  url: string;
  body: Record<string, unknown>;
  headers?: Record<string, string>;
  timeoutMs: number;
  signal: AbortSignal;
}

/** A receipt has some hundred kilobytes, an answer a few. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

const pool = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4 };
const http = axios.create({
  method: 'POST',
  // a redirect would carry a signed order to another address
  maxRedirects: 0,
  maxContentLength: MAX_ANSWER_BYTES,
  responseType: 'arraybuffer',
  transformRequest: [],
  transformResponse: [],
  validateStatus: () => true,
  httpAgent: new HttpAgent(pool),
  httpsAgent: new HttpsAgent({ ...pool, minVersion: 'TLSv1.2' }),
});

/**
 * POSTs JSON. Statuses below 500 are returned, for gateways put their refusals there; 401 and 403 are ours to mend.
 * @throws {PaymentGatewayError} its text names no address, body or header
 */
export async function callGateway({ url, body, headers, timeoutMs, signal }: GatewayCall): Promise<GatewayAnswer> {
  // the proxy of the environment, if any, cannot reach this machine
  const proxy = /^http:/.test(url) ? { proxy: false as const } : {};
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const response = await http
    .request<Buffer>({
      url,
      ...proxy,
      signal: limit,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json; charset=utf-8', ...headers },
      data: JSON.stringify(body),
    })
    .catch((error: unknown) => {
      // the axios error itself holds headers and body: only its code goes on
      const code = isAxiosError(error) ? (error.code ?? 'unknown') : 'unknown';
      throw unavailable(limit.aborted ? 'no answer in time' : `HTTP client: ${code}`);
    });
  const bytes = Buffer.from(response.data);
  const { status } = response;
  if (status === 401 || status === 403) throw new PaymentGatewayError('misconfigured', `refused with HTTP ${status}`);
  if (status >= 500 || (status >= 300 && status < 400)) throw unavailable(`answered HTTP ${status}`);
  return { status, body: parseWebhookJson(bytes), bytes };
}

/** Nobody knows what became of the call. */
export const unavailable = (message: string, gatewayCode?: string): PaymentGatewayError =>
  new PaymentGatewayError('unavailable', message, gatewayCode === undefined ? {} : { gatewayCode });

export const refused = (message: string, gatewayCode?: string): PaymentGatewayError =>
  new PaymentGatewayError('refused', message, gatewayCode === undefined ? {} : { gatewayCode });

export const misconfigured = (message: string, gatewayCode?: string): PaymentGatewayError =>
  new PaymentGatewayError('misconfigured', message, gatewayCode === undefined ? {} : { gatewayCode });
