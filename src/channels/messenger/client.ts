import http from 'node:http';
import https from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import type { ChannelAccount } from '../../communes/accounts.ts';
import { ChannelSendError } from '../channel.ts';
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

/** Calls the Graph API for an account. The token travels in a header because URLs get logged. */
export type GraphClient = (account: ChannelAccount, call: GraphCall, signal: AbortSignal) => Promise<GraphResponse>;

/** @throws {ChannelSendError} (from the returned function) when no answer came */
export function createGraphClient(graphUrl: string, graphVersion: string, timeoutMs = 10_000): GraphClient {
  const client = axios.create({
    baseURL: `${graphUrl}/${graphVersion}/`,
    httpAgent: new http.Agent({ keepAlive: true, maxSockets: 128 }),
    httpsAgent: new https.Agent({ keepAlive: true, maxSockets: 128 }),
    maxRedirects: 0,
    maxContentLength: 2_000_000,
    maxBodyLength: 200_000,
    responseType: 'arraybuffer',
    validateStatus: () => true,
    headers: { 'content-type': 'application/json' },
  });

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
      const response: AxiosResponse<Buffer> = await client.request({
        method,
        url: path,
        ...(method === 'GET' ? { params: proven } : { data: JSON.stringify(proven) }),
        headers: { authorization: `Bearer ${accessToken}` },
        signal: ending.signal,
      });
      return { status: response.status, headers: { ...response.headers }, body: parseWebhookJson(response.data) };
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
