import { randomBytes } from 'node:crypto';
import express, { Router } from 'express';
import type { AccountInput } from '../../payments/accounts.ts';
import type { ProviderUrls } from '../../payments/provider.ts';
import type { Outcome, Request } from '../zalo/http.ts';
import { type BankPlatformOptions, createBankPlatform } from './bank.ts';
import { createMomoPlatform } from './momo.ts';
import { createPpPlatform } from './pp.ts';
import { createVnpayPlatform } from './vnpay.ts';
import { createVnptPlatform } from './vnptpay.ts';

const PREFIX = '/demo/gateways';
const TICK_MS = 1_000;

/** No bank has these six digits: nobody can send real money by a code of the demo. */
const BANK = {
  bin: '999999',
  bankName: 'Ngân hàng mô phỏng',
  accountNumber: '0000123456',
  accountName: 'UBND XA THU NGHIEM',
};

export interface DemoGatewaysOptions {
  /** Where the demo is served on this machine, without a path. */
  origin: string;
  /** As citizens read it. */
  payee: string;
  codes?: BankPlatformOptions['codes'];
  now?: () => number;
}

/** All stand-ins of whoever takes money, under one address of the demo, with a contract for its commune at each. */
export function createDemoGateways({ origin, payee, codes, now = Date.now }: DemoGatewaysOptions) {
  const base = `${origin}${PREFIX}`;
  const secret = () => randomBytes(24).toString('hex');
  const vnpay = createVnpayPlatform({ now });
  const momo = createMomoPlatform({ now });
  const vnptpay = createVnptPlatform({ now });
  const pp = createPpPlatform({ now });
  const bank = createBankPlatform({ now, ...(codes && { codes }) });
  const platforms = { vnpay, momo, vnptpay, pp, bank };
  momo.servePagesAt(() => `${base}/momo`);
  vnptpay.servePagesAt(() => `${base}/vnptpay`);
  pp.servePagesAt(() => `${base}/pp`);

  const hookOf = (method: string) => `${origin}/payments/${method}/ipn`;
  const returnUrl = `${origin}/payments/return`;
  const terminal = { tmnCode: 'HOIXA001', secret: secret(), payee, ipnUrl: hookOf('vnpay') };
  const partner = { partnerCode: 'MOMOTHUNGHIEM', accessKey: secret(), secretKey: secret(), payee };
  const service = {
    merchantServiceId: '6901',
    apiKey: secret(),
    secret: secret(),
    payee,
    ipnUrl: hookOf('vnptpay'),
    returnUrl,
  };
  const member = { partnerCode: 'HOIXATHUNGHIEM', secret: secret(), token: secret(), ipnUrl: hookOf('pp'), returnUrl };
  const notifier = secret();
  vnpay.registerTerminal(terminal);
  momo.registerPartner(partner);
  vnptpay.registerService(service);
  pp.registerPartner(member);
  bank.openAccount({
    bin: BANK.bin,
    number: BANK.accountNumber,
    name: BANK.accountName,
    notify: { url: `${origin}/payments/bank/sepay`, secret: notifier },
  });

  const common = { name: 'trang chạy thử', payee };
  const environment = 'test';
  /** What an operator would enter, in the order citizens are offered it. */
  const contracts: AccountInput[] = [
    { ...common, method: 'vietqr', settings: BANK, notifier: { name: 'sepay', secrets: { secret: notifier } } },
    {
      ...common,
      method: 'vnpay',
      settings: { environment, tmnCode: terminal.tmnCode },
      secrets: { hashSecret: terminal.secret },
    },
    {
      ...common,
      method: 'momo',
      settings: { environment, partnerCode: partner.partnerCode },
      secrets: { accessKey: partner.accessKey, secretKey: partner.secretKey },
    },
    {
      ...common,
      method: 'vnptpay',
      settings: { environment, merchantServiceId: service.merchantServiceId },
      secrets: { apiKey: service.apiKey, secret: service.secret },
    },
    {
      ...common,
      method: 'pp',
      settings: {
        environment,
        partnerCode: member.partnerCode,
        unitCode: 'H99.15',
        unitName: payee,
        beneficiary: { account: BANK.accountNumber, bankCode: 'MOPHONG', name: BANK.accountName },
      },
      secrets: { secret: member.secret, token: member.token },
    },
  ];

  let timer: NodeJS.Timeout | undefined;
  return {
    platforms,
    contracts,
    /** Where people transfer money without a telephone. */
    bankApp: `${PREFIX}/bank/app`,
    urls: {
      VNPAY_PAY_URL: `${base}/vnpay/paymentv2/vpcpay.html`,
      VNPAY_API_URL: `${base}/vnpay/merchant_webapi/api/transaction`,
      MOMO_API_URL: `${base}/momo`,
      VNPTPAY_API_URL: `${base}/vnptpay/rest/payment/v1.0.6`,
      PP_API_URL: `${base}/pp/pp`,
    } satisfies Omit<ProviderUrls, 'PUBLIC_URL'>,
    router: () => gatewayRoutes(platforms),
    /** Late money and further tellings come by themselves. */
    start() {
      timer = setInterval(() => {
        for (const platform of Object.values(platforms)) void platform.tick().catch(() => {});
      }, TICK_MS).unref();
    },
    stop: () => clearInterval(timer),
  };
}
export type DemoGateways = ReturnType<typeof createDemoGateways>;

/** Their pages and interfaces, each as if it had a host of its own. */
function gatewayRoutes(platforms: Record<string, { handle(request: Request): Promise<Outcome> }>): Router {
  const router = Router();
  const body = express.raw({ type: () => true, limit: '64kb' });
  router.all(`${PREFIX}/:name/*path`, body, async (request, response, next) => {
    const platform = platforms[String(request.params.name)];
    if (!platform || !Object.hasOwn(platforms, String(request.params.name))) return next();
    const url = new URL(request.originalUrl, 'http://localhost');
    const outcome = await platform.handle({
      method: request.method,
      path: url.pathname.slice(`${PREFIX}/${request.params.name}`.length),
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    });
    if (typeof outcome === 'string') return void request.socket.destroy();
    const isPage = typeof outcome.body === 'string';
    response
      .status(outcome.status)
      .type(isPage ? 'html' : 'json')
      .set(outcome.headers ?? {})
      .send(isPage ? outcome.body : JSON.stringify(outcome.body));
  });
  return router;
}
