import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { BankAccount, PaymentAccounts } from './accounts.ts';
import type { Attempts } from './attempts.ts';
import { BANK_NOTIFIERS, type BankNotifierName } from './bank.ts';
import type { BankCredits } from './bank-credits.ts';
import type { Callbacks } from './callbacks.ts';
import { GATEWAYS } from './gateways/index.ts';
import { readLink } from './links.ts';
import { isGateway, isOnline, type Way, waysFor } from './offer.ts';
import { type Order, orderById, PaymentRefused } from './orders.ts';
import * as pages from './pay-page.ts';
import { type CallbackInput, type GatewayName, PaymentGatewayError, type ProviderUrls } from './provider.ts';
import { isReference } from './reference.ts';
import type { KnownAttempt, Settler } from './settle.ts';

export interface PaymentRoutesDeps {
  database: Database;
  accounts: PaymentAccounts;
  attempts: Attempts;
  settler: Settler;
  callbacks: Callbacks;
  bankCredits: BankCredits;
  commune: (id: string) => Promise<Commune>;
  urls: ProviderUrls;
  /** @returns data: address of a PNG */
  drawQr: (account: BankAccount, amountVnd: number, words: string) => Promise<string>;
  log: Log;
  now?: () => Date;
}

const GATEWAY_NAMES: readonly string[] = ['vnpay', 'momo', 'vnptpay', 'pp'] satisfies GatewayName[];
/** No gateway's message is near it. */
const MESSAGE_LIMIT = '64kb';

/** What gateways and banks call: their own bytes in, their own words out. No limit per address: they send from few. */
export function paymentHooks(deps: PaymentRoutesDeps): Router {
  const { callbacks, bankCredits, log } = deps;
  const router = Router();
  const body = express.raw({ type: () => true, limit: MESSAGE_LIMIT });
  router.all('/payments/:gateway/ipn', body, async (request: Request, response: Response, next: NextFunction) => {
    const { gateway } = request.params as { gateway: string };
    if (!GATEWAY_NAMES.includes(gateway) || !isCall(request)) return next();
    try {
      const reply = await callbacks.receive(gateway as GatewayName, inputOf(request));
      if (!reply) return void response.status(404).type('text/plain').send('not found');
      response.status(reply.status).set(reply.headers).end(reply.body);
    } catch (error) {
      // Not stored, so not acknowledged: whoever called will call again.
      log.error('payments.callback_failed', { method: gateway, error: errorText(error) });
      response.status(500).type('text/plain').send('error');
    }
  });
  router.post('/payments/bank/:name', body, async (request: Request, response: Response, next: NextFunction) => {
    const { name } = request.params as { name: string };
    if (!(BANK_NOTIFIERS as readonly string[]).includes(name)) return next();
    try {
      const reply = await bankCredits.receive(name as BankNotifierName, inputOf(request));
      if (!reply) return void response.status(404).type('text/plain').send('not found');
      response.status(reply.status).set(reply.headers).end(reply.body);
    } catch (error) {
      log.error('payments.notification_failed', { source: name, error: errorText(error) });
      response.status(500).type('text/plain').send('error');
    }
  });
  return router;
}

const isCall = ({ method }: Request) => method === 'GET' || method === 'POST';

function inputOf(request: Request): CallbackInput {
  const at = request.originalUrl.indexOf('?');
  return {
    method: request.method as 'GET' | 'POST',
    rawQuery: at < 0 ? '' : request.originalUrl.slice(at + 1),
    rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    headers: request.headers,
  };
}

const choice = z.object({ method: z.enum(['vnpay', 'momo', 'vnptpay', 'pp', 'vietqr']) });

/** What citizens open: the page of an obligation, and where a gateway sends them back to. */
export function paymentPages(deps: PaymentRoutesDeps): Router {
  const { database, accounts, attempts, settler, commune, urls, drawQr, log, now = () => new Date() } = deps;
  const router = Router();
  const { host } = new URL(urls.PUBLIC_URL);
  const send = (response: Response, status: number, page: string) =>
    // The address is the key to the page: it is kept nowhere and told to nobody.
    void response
      .status(status)
      .set({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
      .type('html')
      .send(page);
  const groundOf = async (communeId: string): Promise<pages.PageGround> => {
    const { settings } = await commune(communeId);
    return { office: settings.officeName, phone: settings.hotline ?? settings.phone ?? null };
  };
  const nobody: pages.PageGround = { office: 'Hỏi Xã', phone: null };

  /** The obligation a page is for; null when it was answered already. */
  const opened = async (request: Request, response: Response) => {
    const { token } = request.params as { token: string };
    const link = await readLink(database, token);
    const order = link && (await orderById(database, link.communeId, link.orderId));
    if (!link || !order) {
      send(response, 404, pages.endedPage(nobody, 'unknown'));
      return null;
    }
    const ground = await groundOf(link.communeId);
    const isOver = order.status !== 'open' || (order.payBy !== null && order.payBy <= now());
    if (isOver) {
      send(response, 200, pages.endedPage(ground, order.status === 'open' ? 'expired' : 'done', order));
      return null;
    }
    if (link.expiresAt <= now()) {
      send(response, 410, pages.endedPage(ground, 'expired'));
      return null;
    }
    const ways = await waysFor(order, { accounts, urls, officeName: ground.office });
    return { link, order, ground, ways, token };
  };

  router.get('/pay/:token', async (request, response) => {
    const found = await opened(request, response);
    if (!found) return;
    const { ground, order, ways, token, link } = found;
    send(response, 200, pages.choicePage(ground, { order, ways, token, host, expiresAt: link.expiresAt }));
  });

  router.post('/pay/:token', express.urlencoded({ extended: false, limit: '2kb' }), async (request, response) => {
    const found = await opened(request, response);
    if (!found) return;
    const { ground, order, ways, token, link } = found;
    const { method } = choice.safeParse(request.body).data ?? {};
    const way = ways.filter(isOnline).find((one) => one.method === method);
    if (!way) {
      const fault = 'Cách nộp này hiện không dùng được. Chọn cách khác.';
      return send(
        response,
        400,
        pages.choicePage(ground, { order, ways, token, host, expiresAt: link.expiresAt, fault }),
      );
    }
    try {
      send(response, 200, await begin(ground, order, way, request.ip ?? ''));
    } catch (error) {
      if (!(error instanceof PaymentRefused || error instanceof PaymentGatewayError)) throw error;
      log.warn('payments.not_begun', {
        communeId: order.communeId,
        method: way.method,
        code: error.code,
        detail: error.message,
      });
      const kind = error.code === 'too_many_attempts' ? 'busy' : error.code === 'not_open' ? 'done' : 'unavailable';
      send(response, kind === 'unavailable' ? 502 : kind === 'busy' ? 429 : 409, pages.endedPage(ground, kind));
    }
  });

  const begin = async (ground: pages.PageGround, order: Order, way: Way, payerIp: string): Promise<string> => {
    if (isGateway(way.method)) {
      const begun = await attempts.beginAtGateway(order, way.method, payerIp.replace(/^::ffff:/, ''));
      if (!isWebAddress(begun.url!)) throw new PaymentGatewayError('misconfigured', 'the gateway gave no web address');
      return pages.leavingPage(ground, { order, begun, payee: way.payee });
    }
    const begun = await attempts.beginTransfer(order);
    const qr = await drawQr(begun.account!.settings as unknown as BankAccount, begun.amountVnd, begun.words!);
    return pages.transferPage(ground, { order, begun, qr });
  };

  router.get('/payments/return', async (request, response) => {
    const ref = refOfReturn(inputOf(request));
    const attempt = ref && isReference(ref) ? await settler.find(ref) : null;
    if (!attempt) return send(response, 404, pages.endedPage(nobody, 'unknown'));
    const ground = await groundOf(attempt.communeId);
    const toldFailed = await saysFailed(attempt, inputOf(request));
    const standing = standingOf(attempt, toldFailed, now());
    if (standing === 'waiting') await askSoon(database, attempt, now());
    const order = standing === 'paid' ? await orderById(database, attempt.communeId, attempt.orderId) : null;
    const { amountVnd, purpose, method } = attempt;
    send(
      response,
      200,
      pages.standingPage(ground, {
        ...{ standing, ref: attempt.ref, amountVnd, purpose, method },
        mayChange: standing === 'waiting' && now().getTime() - attempt.createdAt.getTime() < 30 * 60_000,
        ...(order && { order }),
      }),
    );
  });

  /** A rightly signed "not paid" is shown at once. It settles nothing, and neither does a "paid". */
  const saysFailed = async (attempt: KnownAttempt, input: CallbackInput): Promise<boolean> => {
    const account = attempt.accountId === null ? undefined : await accounts.byId(attempt.accountId);
    if (!account || !isGateway(attempt.method)) return false;
    const read = accounts.providerOf(account).verifyCallback(withoutOurs(input), 'return');
    return read.ok && read.payment.ref === attempt.ref && read.payment.outcome === 'failed';
  };
  return router;
}

/** Some gateways send browsers to one address agreed beforehand: they name the order in their own words. */
function refOfReturn(input: CallbackInput): string | null {
  const ours = new URLSearchParams(input.rawQuery).getAll('hx');
  if (ours.length > 0) return ours.length === 1 ? ours[0]! : null;
  for (const kind of Object.values(GATEWAYS)) {
    const ref = kind.refOf(input);
    if (ref) return ref;
  }
  return null;
}

/** Our own parameter stands first in the address we gave; gateways sign theirs. */
const withoutOurs = (input: CallbackInput): CallbackInput => ({
  ...input,
  rawQuery: input.rawQuery
    .split('&')
    .filter((part) => !part.startsWith('hx='))
    .join('&'),
});

function standingOf(attempt: KnownAttempt, toldFailed: boolean, now: Date): pages.Standing {
  if (attempt.orderStatus === 'paid' || attempt.status === 'paid') return 'paid';
  if (attempt.status === 'under_review' || attempt.orderStatus === 'review') return 'review';
  if (attempt.status === 'failed' || (toldFailed && attempt.status !== 'expired')) return 'failed';
  if (attempt.status === 'expired' || attempt.expiresAt.getTime() + 15 * 60_000 < now.getTime()) return 'late';
  return 'waiting';
}

/** Half a minute for the gateway's own message, then it is asked. */
async function askSoon(database: Database, { communeId, id }: KnownAttempt, now: Date): Promise<void> {
  await database.run('pay.ask_soon', ASK_SOON, [communeId, id, now.toISOString()]);
}

const ASK_SOON = `
update payment_attempts set check_at = $3::timestamptz + interval '30 seconds'
where commune_id = $1 and id = $2 and status in ('created', 'pending') and checks = 0
  and check_at > $3::timestamptz + interval '30 seconds'`;

/** https, or this machine (the demo). */
function isWebAddress(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}
