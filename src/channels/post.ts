import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface PostAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface PostOptions {
  headers: Record<string, string>;
  body: string;
  /** Of the whole call: an answer can drip in. */
  timeoutMs: number;
  /** A bigger answer is not the platform's. */
  maxAnswerBytes: number;
  signal?: AbortSignal | undefined;
}

/** One POST, any status accepted, redirects not followed. */
export type Post = (url: string, options: PostOptions) => Promise<PostAnswer>;

const coded = (code: string, message: string) => Object.assign(new Error(message), { code });

/**
 * The call every answer to a citizen makes, over connections kept alive: with an HTTP library it costs three times as
 * much. Knows no proxies.
 * @throws an error with the `code` of node:net or node:tls; ECONNABORTED: out of time, ERR_CANCELED: called off
 */
export function createPost({ maxSockets = 128, maxFreeSockets = 256 } = {}): Post {
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets, maxFreeSockets }),
    https: new HttpsAgent({ keepAlive: true, maxSockets, maxFreeSockets }),
  };
  return (url, { headers, body, timeoutMs, maxAnswerBytes, signal }) =>
    new Promise((done, fail) => {
      const isTls = url.startsWith('https:');
      const call = (isTls ? httpsRequest : httpRequest)(url, {
        agent: isTls ? agents.https : agents.http,
        method: 'POST',
        headers: {
          accept: 'application/json, text/plain, */*',
          'accept-encoding': 'identity',
          'user-agent': 'hoixa',
          ...headers,
          'content-length': Buffer.byteLength(body),
        },
      });
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
      };
      const refuse = (error: Error) => {
        end();
        fail(error);
        call.destroy();
      };
      const cancel = () => refuse(coded('ERR_CANCELED', 'called off'));
      const timer = setTimeout(() => refuse(coded('ECONNABORTED', `no answer within ${timeoutMs} ms`)), timeoutMs);
      signal?.addEventListener('abort', cancel, { once: true });
      call.on('error', refuse);
      call.once('response', (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('error', refuse);
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > maxAnswerBytes) refuse(coded('ERR_BAD_RESPONSE', 'the answer is too long'));
          else parts.push(part);
        });
        response.once('end', () => {
          end();
          done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
        });
      });
      call.end(body);
    });
}
