import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What the stand-in does instead of answering. `once` faults are used up in order. */
export type RestFault =
  | 'hang'
  | 'hang_after_headers'
  | 'reset'
  | 'error_500'
  | 'html_200'
  | 'html_404'
  | 'truncated'
  | 'wrong_types'
  | 'another_dossier'
  | 'huge'
  | 'redirect'
  | 'too_many'
  | 'forbidden';

export interface RestPlatformOptions {
  clientId?: string;
  clientSecret?: string;
  /** Asks for a client certificate of this authority instead of tokens. */
  tls?: { cert: string; key: string; ca: string };
  tokenSeconds?: number;
}

export interface RestPlatform {
  /** With its path, as staff would enter it. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  /** Look-ups and token requests as they arrived. */
  readonly requests: { path: string; status: number }[];
  put(dossier: Record<string, unknown> & { code: string }): void;
  once(...faults: RestFault[]): void;
  always(fault: RestFault | null): void;
  /** Every token given so far is refused from now on. */
  expireTokens(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A local stand-in for a one-stop system that offers dossiers as JSON (README, "Hồ sơ"). It refuses what such a system
 * refuses: no token or an old one, another client's secret, an unknown path, a connection without certificate.
 */
export function createRestPlatform(options: RestPlatformOptions = {}): RestPlatform {
  const { clientId = 'hoixa', clientSecret = 'stand-in-secret', tls, tokenSeconds = 300 } = options;
  const dossiers = new Map<string, Record<string, unknown>>();
  const requests: { path: string; status: number }[] = [];
  const queue: RestFault[] = [];
  let standing: RestFault | null = null;
  let tokens = new Set<string>();
  let given = 0;
  let origin = '';

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?')[0]!;
    const entry = { path, status: 0 };
    requests.push(entry);
    const send = (status: number, body: unknown) => {
      entry.status = status;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (path === '/oauth/token' && !tls) return token(request, send);
    if (!path.startsWith('/api/dossiers/')) return send(404, { error: 'unknown_path' });
    if (request.method !== 'GET') return send(405, { error: 'method_not_allowed' });
    if (!tls && !tokens.has(request.headers.authorization?.replace(/^Bearer /, '') ?? '')) {
      return send(401, { error: 'invalid_token' });
    }
    const code = decodeURIComponent(path.slice('/api/dossiers/'.length));
    const dossier = dossiers.get(code);
    const fault = queue.shift() ?? standing;
    if (fault) return misbehave(fault, response, dossier);
    return dossier ? send(200, dossier) : send(404, { error: 'not_found' });
  };
  const token = async (request: IncomingMessage, send: (status: number, body: unknown) => void) => {
    const form = new URLSearchParams(await text(request));
    const [user, secret] = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64')
      .toString()
      .split(':');
    const isClient =
      (user === clientId && secret === clientSecret) ||
      (form.get('client_id') === clientId && form.get('client_secret') === clientSecret);
    if (request.method !== 'POST' || form.get('grant_type') !== 'client_credentials') {
      return send(400, { error: 'unsupported_grant_type' });
    }
    if (!isClient) return send(401, { error: 'invalid_client' });
    const value = `token-${++given}`;
    tokens.add(value);
    send(200, { access_token: value, token_type: 'Bearer', expires_in: tokenSeconds });
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse) =>
    void handle(request, response).catch(() => response.destroy());
  const server = tls
    ? createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, onRequest)
    : createServer(onRequest);
  return {
    get baseUrl() {
      return `${origin}/api`;
    },
    get tokenUrl() {
      return `${origin}/oauth/token`;
    },
    requests,
    put: (dossier) => void dossiers.set(dossier.code, dossier),
    once: (...faults) => void queue.push(...faults),
    always(fault) {
      standing = fault;
    },
    expireTokens() {
      tokens = new Set();
    },
    async start() {
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      origin = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const PAGE = '<!doctype html><title>502 Bad Gateway</title><h1>Hệ thống đang bảo trì</h1>';

function misbehave(fault: RestFault, response: ServerResponse, dossier: Record<string, unknown> | undefined) {
  const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  const html = (status: number) => void response.writeHead(status, { 'content-type': 'text/html' }).end(PAGE);
  switch (fault) {
    case 'hang':
      return;
    case 'hang_after_headers':
      return void response.writeHead(200, { 'content-type': 'application/json' }).write('{"code":');
    case 'reset':
      return void response.destroy();
    case 'error_500':
      return json(500, { error: 'internal', dossier });
    case 'html_200':
      return html(200);
    case 'html_404':
      return html(404);
    case 'truncated':
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"code": "H99.15-2607');
    case 'wrong_types':
      return json(200, { ...dossier, state: { id: 4 }, missing: 'Giấy chứng sinh' });
    case 'another_dossier':
      return json(200, { ...dossier, code: 'H99.15-260701-7777' });
    case 'huge':
      return json(200, { ...dossier, padding: 'x'.repeat(2 * 1024 * 1024) });
    case 'redirect':
      return json(302, {}, { location: 'http://127.0.0.1:9/elsewhere' });
    case 'too_many':
      return json(429, {}, { 'retry-after': '7' });
    case 'forbidden':
      return json(403, { error: 'forbidden' });
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
