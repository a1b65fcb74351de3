import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type PortalFault = 'hang' | 'error_500' | 'html_200' | 'truncated' | 'wrong_types' | 'error_code' | 'no_result';

export interface PortalPlatformOptions {
  username?: string;
  password?: string;
  madonvi?: string;
  dstcode?: string;
  /** The same success is written in three ways by different systems. */
  success?: 0 | '0' | '00';
}

export interface PortalPlatform {
  readonly url: string;
  readonly authEndpoint: string;
  readonly integrationEndpoint: string;
  readonly requests: { path: string; service?: string }[];
  /** A dossier with the fields of the exchange format, as its sender wrote them. */
  put(dossier: Record<string, unknown> & { MaHoSo: string }): void;
  once(...faults: PortalFault[]): void;
  always(fault: PortalFault | null): void;
  expireSessions(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A local stand-in for the national portal's exchange interface behind an adapter: login gives a session, every call names
 * session, unit, service and destination, and is refused without one of them.
 */
export function createPortalPlatform(options: PortalPlatformOptions = {}): PortalPlatform {
  const { username = 'xa-thu', password = 'stand-in', madonvi = 'H99.15', dstcode = 'VN:GOV:1:dvcqg' } = options;
  const success = options.success ?? '00';
  const dossiers = new Map<string, Record<string, unknown>>();
  const requests: { path: string; service?: string }[] = [];
  const queue: PortalFault[] = [];
  let standing: PortalFault | null = null;
  let sessions = new Set<string>();
  let given = 0;
  let url = '';
  const authEndpoint = '/mapi/login';
  const integrationEndpoint = '/mapi/g';

  const answer = (path: string, headers: IncomingMessage['headers'], body: Record<string, unknown>): unknown => {
    const refuse = (error_code: number, message: string) => ({ error_code, message, result: null });
    if (headers.dstcode !== dstcode) return refuse(3, 'unknown destination');
    if (path === authEndpoint) {
      if (body.username !== username || body.password !== password) return refuse(1, 'wrong user or password');
      const session = `session-${++given}`;
      sessions.add(session);
      return { session };
    }
    if (!sessions.has(String(body.session))) return refuse(-1, 'session is over');
    if (body.madonvi !== madonvi) return refuse(4, 'another unit');
    if (body.service !== 'TraCuuHoSo') return refuse(5, 'unknown service');
    const dossier = dossiers.get(String(body.mahoso));
    return { error_code: success, message: 'Thành công', result: dossier ? [dossier] : [] };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/';
    const body = JSON.parse(await text(request)) as Record<string, unknown>;
    requests.push({ path, ...(body.service ? { service: String(body.service) } : {}) });
    if (request.method !== 'POST' || (path !== authEndpoint && path !== integrationEndpoint)) {
      return void response.writeHead(404).end();
    }
    const send = (value: string, status = 200, type = 'application/json;charset=utf-8') =>
      void response.writeHead(status, { 'content-type': type }).end(value);
    const fault = path === integrationEndpoint ? (queue.shift() ?? standing) : null;
    const dossier = dossiers.get(String(body.mahoso));
    switch (fault) {
      case 'hang':
        return;
      case 'error_500':
        return send('{"error":"internal"}', 500);
      case 'html_200':
        return send('<html><title>Request Rejected</title></html>', 200, 'text/html');
      case 'truncated':
        return send('{"error_code": 0, "result": [{"MaHoSo": "H99');
      case 'wrong_types':
        return send(JSON.stringify({ error_code: success, result: [{ ...dossier, TrangThaiHoSo: ['4'] }] }));
      case 'error_code':
        return send(JSON.stringify({ error_code: 500, message: 'Lỗi hệ thống', result: null }));
      case 'no_result':
        return send(JSON.stringify({ error_code: success, message: '' }));
      default:
        return send(JSON.stringify(answer(path, request.headers, body)));
    }
  };
  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()));
  return {
    get url() {
      return url;
    },
    authEndpoint,
    integrationEndpoint,
    requests,
    put: (dossier) => void dossiers.set(dossier.MaHoSo, dossier),
    once: (...faults) => void queue.push(...faults),
    always(fault) {
      standing = fault;
    },
    expireSessions() {
      sessions = new Set();
    },
    async start() {
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
