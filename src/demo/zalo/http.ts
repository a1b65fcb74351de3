import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Request {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** An object goes as JSON, a string as an HTML page. */
  body: Record<string, unknown> | string;
}

/** `hang`: never answer. `cut`: close the connection without an answer. */
export type Outcome = Reply | 'hang' | 'cut';

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const emptyQuery = new URLSearchParams();

/** A bare HTTP server on loopback; fast enough to be the platform of a benchmark. */
export function createPlatformServer(answer: (request: Request) => Outcome | Promise<Outcome>): {
  listen(port: number): Promise<string>;
  close(): Promise<void>;
} {
  const server: Server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) incoming.destroy();
      else chunks.push(chunk);
    });
    incoming.once('end', async () => {
      const [path = '/', search] = (incoming.url ?? '/').split('?', 2);
      const outcome = await answer({
        method: incoming.method ?? 'GET',
        path,
        query: search ? new URLSearchParams(search) : emptyQuery,
        headers: incoming.headers,
        body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
      });
      if (outcome === 'hang') return;
      if (outcome === 'cut') {
        incoming.socket.destroy();
        return;
      }
      const isPage = typeof outcome.body === 'string';
      const text = isPage ? String(outcome.body) : JSON.stringify(outcome.body);
      response.writeHead(outcome.status, {
        'Content-Type': isPage ? 'text/html; charset=utf-8' : 'application/json;charset=utf-8',
        'Content-Length': Buffer.byteLength(text),
        ...outcome.headers,
      });
      response.end(text);
    });
    // A client that went away in the middle of its request.
    incoming.once('error', () => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
