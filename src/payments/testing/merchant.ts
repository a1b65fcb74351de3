import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallbackInput, CallbackResult, PaymentAttempt, PaymentProvider, StoreResult } from '../provider.ts';

/** The least a merchant does with reports: which order, is the amount right, is it over. */
export interface Merchant {
  readonly origin: string;
  readonly ipnUrl: string;
  readonly returnUrl: string;
  /** Reports as they came, and what was made of them. */
  readonly received: { input: CallbackInput; read: CallbackResult; answered: StoreResult }[];
  /** The browser coming back, as it came. */
  readonly returned: CallbackInput[];
  /** Knows the attempt from now on. */
  expect(attempt: PaymentAttempt): void;
  start(provider: PaymentProvider): Promise<void>;
  /** Answers the next reports like this instead: a database that is down, a process that died. */
  answerNext(...how: ('error' | 'hang_up' | 'http_503')[]): void;
  stop(): Promise<void>;
}

export function createMerchant(): Merchant {
  const received: Merchant['received'] = [];
  const returned: CallbackInput[] = [];
  const attempts = new Map<string, { amountVnd: number; isFinal: boolean }>();
  const broken: ('error' | 'hang_up' | 'http_503')[] = [];
  let origin = '';
  let provider: PaymentProvider;

  const store = (read: CallbackResult): StoreResult => {
    if (!read.ok) return read.reason === 'other_account' ? 'not_found' : read.reason;
    const attempt = attempts.get(read.payment.ref);
    if (!attempt) return 'not_found';
    if (read.payment.amountVnd !== attempt.amountVnd) return 'amount_mismatch';
    if (attempt.isFinal) return 'already_final';
    attempt.isFinal = read.payment.outcome !== 'pending';
    return 'stored';
  };
  const server = createServer(async (request, response) => {
    const input = await inputOf(request);
    if (request.url?.startsWith('/return')) {
      returned.push(input);
      return void response.end('ok');
    }
    const fault = broken.shift();
    if (fault === 'hang_up') return void request.socket.destroy();
    if (fault === 'http_503') return void response.writeHead(503).end('<h1>503</h1>');
    const read = provider.verifyCallback(input, 'ipn');
    const answered = fault ?? store(read);
    received.push({ input, read, answered });
    const { status, headers, body } = provider.reply(answered, {
      input,
      ...(read.ok ? { ref: read.payment.ref } : read.ref ? { ref: read.ref } : {}),
    });
    response.writeHead(status, headers).end(body);
  });
  return {
    get origin() {
      return origin;
    },
    get ipnUrl() {
      return `${origin}/ipn`;
    },
    get returnUrl() {
      return `${origin}/return?src=zalo`;
    },
    received,
    returned,
    expect: ({ ref, amountVnd }) => void attempts.set(ref, { amountVnd, isFinal: false }),
    answerNext: (...how) => void broken.push(...how),
    async start(given) {
      provider = given;
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function inputOf(request: IncomingMessage): Promise<CallbackInput> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = request.url ?? '/';
  return {
    method: request.method === 'POST' ? 'POST' : 'GET',
    rawQuery: url.includes('?') ? url.slice(url.indexOf('?') + 1) : '',
    rawBody: Buffer.concat(chunks),
    headers: request.headers,
  };
}
