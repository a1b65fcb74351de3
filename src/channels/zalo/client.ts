import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance } from 'axios';
import { hasProxy } from '../../config.ts';
import { ChannelSendError } from '../channel.ts';
import { createPost } from '../post.ts';
import { isObject, type JsonObject, parseWebhookJson } from '../webhook-json.ts';

/** Status and JSON object of an answer; `body` undefined: not a JSON object (an error page of some gateway). */
export interface Answer {
  status: number;
  body: JsonObject | undefined;
}

export interface ZaloRequest {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  params?: Record<string, string>;
  /** An object goes as JSON, URLSearchParams as a form. */
  data?: JsonObject | URLSearchParams;
  signal?: AbortSignal;
}

export type ZaloClient = (request: ZaloRequest) => Promise<Answer>;

/** Zalo's answers have a few kilobytes; a bigger one is not Zalo's. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * One HTTP call, any status accepted. Whether Zalo took a message is in the body, not in the status.
 * @throws {ChannelSendError} `temporary` when the request certainly did not arrive, `network` when nobody knows
 */
export function createZaloClient(timeoutMs: number): ZaloClient {
  const agentOptions = { keepAlive: true, maxSockets: 128, maxFreeSockets: 32 };
  const http: AxiosInstance = axios.create({
    timeout: timeoutMs,
    // A redirect would carry the tokens to another address.
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    maxBodyLength: MAX_ANSWER_BYTES,
    responseType: 'arraybuffer',
    // Bodies are written and read here: axios' own guessing costs a third of a call.
    transformRequest: [],
    transformResponse: [],
    validateStatus: () => true,
    httpAgent: new HttpAgent(agentOptions),
    httpsAgent: new HttpsAgent(agentOptions),
  });
  const post = createPost(agentOptions);
  const isProxied = hasProxy();
  const send = async (request: ZaloRequest): Promise<{ status: number; body: Buffer }> => {
    const { data, headers } = encoded(request);
    const isDirect = !isProxied || isLocal(request.url);
    if (request.method === 'POST' && isDirect && data !== undefined && !request.params) {
      const { url, signal } = request;
      return post(url, { headers, body: data, timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES, signal });
    }
    const route = isLocal(request.url) ? { proxy: false as const } : {};
    const response = await http.request<Buffer>({ ...request, data, headers, ...route });
    return { status: response.status, body: Buffer.from(response.data) };
  };
  return async (request) => {
    if (request.signal?.aborted) throw notBegun();
    try {
      const answer = await send(request);
      const body = parseWebhookJson(answer.body);
      return { status: answer.status, body: isObject(body) ? body : undefined };
    } catch (cause) {
      throw networkError(cause);
    }
  };
}

function encoded({ data, headers }: ZaloRequest): { data?: string; headers: Record<string, string> } {
  if (!data) return { headers };
  const isForm = data instanceof URLSearchParams;
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  return { data: isForm ? data.toString() : JSON.stringify(data), headers: { ...headers, 'Content-Type': type } };
}

/** The proxy of the environment, if any, cannot reach a stand-in on this machine. */
const isLocal = (url: string) => /^http:\/\/(localhost|127\.|\[::1\])/.test(url);

const notBegun = () =>
  new ChannelSendError('temporary', 'called off before the request began', { retryAfterMs: 1_000 });

/** No connection, so no request. */
const NEVER_ARRIVED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function networkError(cause: unknown): ChannelSendError {
  const code = isObject(cause) && typeof cause.code === 'string' ? cause.code : 'unknown';
  // The client's error itself may hold headers with tokens: only its code goes on.
  const reason = new Error(`HTTP client: ${code}`);
  if (NEVER_ARRIVED.has(code)) {
    return new ChannelSendError('temporary', `Zalo cannot be reached (${code})`, {
      retryAfterMs: 10_000,
      cause: reason,
    });
  }
  return new ChannelSendError('network', `no answer from Zalo (${code})`, {
    retryAfterMs: 5_000,
    isUncertain: true,
    cause: reason,
  });
}
