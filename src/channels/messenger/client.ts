import http from 'node:http';
import https from 'node:https';
import axios from 'axios';
import type { ChannelAccount } from '../../communes/accounts.ts';
import { hasProxy } from '../../config.ts';
import { ChannelSendError } from '../channel.ts';
import { createPost, type PostAnswer } from '../post.ts';
import { parseWebhookJson } from '../webhook-json.ts';
import { type GraphResponse, toNetworkError } from './errors.ts';
import { appSecretProof } from './signature.ts';

export interface GraphCall {
  method: 'GET' | 'POST';
  /** Below the version, without a slash in front. */
  path: string;
  /** JSON body of a POST, query of a GET. */
  parameters: Record<string, unknown>;
}

const MAX_ANSWER_BYTES = 2_000_000;

/** Calls the Graph API for an account. The token travels in a header because URLs get logged. */
export type GraphClient = (account: ChannelAccount, call: GraphCall, signal: AbortSignal) => Promise<GraphResponse>;

/** @throws {ChannelSendError} (from the returned function) when no answer came */
export function createGraphClient(graphUrl: string, graphVersion: string, timeoutMs = 10_000): GraphClient {
  const baseURL = `${graphUrl}/${graphVersion}/`;
  const client = axios.create({
    baseURL,
    httpAgent: new http.Agent({ keepAlive: true, maxSockets: 128 }),
    httpsAgent: new https.Agent({ keepAlive: true, maxSockets: 128 }),
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    maxBodyLength: 200_000,
    responseType: 'arraybuffer',
    validateStatus: () => true,
    headers: { 'content-type': 'application/json' },
  });

  const post = createPost();
  const isDirect = !hasProxy();
  const send = async (
    method: GraphCall['method'],
    path: string,
    parameters: object,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<PostAnswer> => {
    if (method === 'POST' && isDirect) {
      const body = JSON.stringify(parameters);
      const typed = { 'content-type': 'application/json', ...headers };
      return post(`${baseURL}${path}`, {
        ...{ headers: typed, body, timeoutMs, signal },
        maxAnswerBytes: MAX_ANSWER_BYTES,
      });
    }
    const response = await client.request<Buffer>({
      method,
      url: path,
      ...(method === 'GET' ? { params: parameters } : { data: JSON.stringify(parameters) }),
      headers,
      signal,
    });
    return { status: response.status, headers: { ...response.headers } as PostAnswer['headers'], body: response.data };
  };

  return async (account, { method, path, parameters }, signal) => {
    if (signal.aborted) throw calledOff();
    const { accessToken, appSecret } = account.secrets;
    const proven = { ...parameters, appsecret_proof: appSecretProof(accessToken, appSecret) };
    // Our own clock, over the whole call: a socket's timeout counts silence only, and an answer can drip in.
    const ending = new AbortController();
    const end = () => ending.abort();
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end, { once: true });
    try {
      const headers = { authorization: `Bearer ${accessToken}` };
      const answer = await send(method, path, proven, headers, ending.signal);
      return { status: answer.status, headers: { ...answer.headers }, body: parseWebhookJson(answer.body) };
    } catch (error) {
      throw toNetworkError(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  };
}

const calledOff = () =>
  new ChannelSendError('temporary', 'the call was called off before it began', { retryAfterMs: 1_000 });
