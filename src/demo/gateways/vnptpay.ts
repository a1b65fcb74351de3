import { createHash } from 'node:crypto';
import { createPlatformServer, type Outcome, type Request } from '../zalo/http.ts';
import { createDeliveries, type Spoiling } from './deliveries.ts';
import { createApiFaults } from './faults.ts';
import { errorPage } from './page.ts';
import { createTill, type Order } from './till.ts';
import { clock, instant, reportOf as reportTable, textsOf } from './wire.ts';

export interface VnptService {
  merchantServiceId: string;
  apiKey: string;
  secret: string;
  payee: string;
  ipnUrl: string;
  returnUrl: string;
}

const TITLE = 'Cổng thanh toán mô phỏng (kiểu VNPT Pay)';
const LIFE_MS = 15 * 60_000;
const WAITS_MS = [60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000];

/** A local stand-in for VNPT Pay, both editions. It refuses what the public clients show it to refuse. */
export function createVnptPlatform({ now = Date.now }: { now?: () => number } = {}) {
  const services = new Map<string, VnptService>();
  const made = new Map<string, { service: VnptService; createDate: string }>();
  let serial = 260_000_000;
  let url = '';
  let pageBase = () => url;
  let ipnForm: 'json' | 'form' = 'json';
  const faults = createApiFaults();
  const deliveries = createDeliveries({ now, waitsMs: WAITS_MS });
  const till = createTill({
    title: TITLE,
    now,
    newTxn: () => `VNPT${++serial}`,
    tell: (order) => deliveries.send(callbackOf(order)),
    backOf(order) {
      const { returnUrl } = made.get(order.ref)!.service;
      const given = new URLSearchParams({ MERCHANT_ORDER_ID: order.ref, RESPONSE_CODE: CODES[order.end ?? 'expired'] });
      return `${returnUrl}${returnUrl.includes('?') ? '&' : '?'}${given}`;
    },
  });

  function reportOf(order: Order, spoilt: Spoiling | null): Record<string, string> {
    const { service } = made.get(order.ref)!;
    const values = [
      'CONFIRM',
      CODES[order.end ?? 'expired'],
      spoilt === 'other_unit' ? '9999' : service.merchantServiceId,
      spoilt === 'unknown_ref' ? `${order.ref}X` : order.ref,
      String(order.amountVnd + (spoilt === 'wrong_amount' ? 1_000 : 0)),
      'VND',
      order.txn ?? '',
      'VNPTPAY',
      clock(order.endedAt ?? now()),
      '',
    ];
    const fields = Object.fromEntries(IPN.map((name, at) => [name, values[at]!]));
    return {
      ...fields,
      ...(spoilt === 'tampered' ? { AMOUNT: '1' } : {}),
      SECURE_CODE: digest(values, service.secret),
    };
  }
  const callbackOf = (order: Order) => ({
    ref: order.ref,
    build(spoilt: Spoiling | null) {
      const json = JSON.stringify(reportOf(order, spoilt));
      const isForm = ipnForm === 'form';
      return {
        method: 'POST' as const,
        url: made.get(order.ref)!.service.ipnUrl,
        headers: { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' },
        body: isForm ? new URLSearchParams({ data: json }).toString() : json,
      };
    },
    // the answer must be signed, or anybody could end the telling
    isAccepted(status: number, text: string) {
      const answer = textsOf(Buffer.from(text));
      if (status !== 200 || answer?.RESPONSE_CODE !== '00' || answer.MERCHANT_ORDER_ID !== order.ref) return false;
      const values = ANSWER.map((name) => answer[name] ?? '');
      return answer.SECURE_CODE === digest(values, made.get(order.ref)!.service.secret);
    },
  });

  function api(request: Request): Outcome {
    const body = textsOf(request.body);
    const service = body ? services.get(body.MERCHANT_SERVICE_ID ?? '') : undefined;
    if (request.headers.authorization !== `Bearer ${service?.apiKey ?? ''}` || !body || !service) {
      return { status: 401, body: { RESPONSE_CODE: '99', DESCRIPTION: 'Unauthorized' } };
    }
    const no = (code: string, description: string): Outcome => ({
      status: 200,
      body: { RESPONSE_CODE: code, DESCRIPTION: description, MERCHANT_ORDER_ID: body.MERCHANT_ORDER_ID ?? '' },
    });
    const order = ORDERS[request.path.slice(request.path.lastIndexOf('/') + 1)]!;
    const values = order.map((name) => body[name] ?? '');
    if (values.some((value) => value.includes('|'))) return no('99', 'Invalid data');
    if (body.SECURE_CODE !== digest(values, service.secret)) return no('97', 'Invalid checksum');
    const ref = body.MERCHANT_ORDER_ID!;
    if (body.ACTION === 'QUERY') {
      const known = till.order(ref);
      if (!known || made.get(ref)?.service !== service || made.get(ref)?.createDate !== body.CREATE_DATE) {
        return no('01', 'Order not found');
      }
      return { status: 200, body: { RESPONSE_CODE: '00', DESCRIPTION: 'Success', ...stateOf(known) } };
    }
    if (!/^[1-9]\d{0,12}$/.test(body.AMOUNT ?? '') || !ref || instant(body.CREATE_DATE ?? '') === null) {
      return no('99', 'Invalid data');
    }
    const opened = till.open({
      ref,
      payee: service.payee,
      amountVnd: Number(body.AMOUNT),
      words: body.DESCRIPTION ?? '',
      expiresAt: now() + LIFE_MS,
      returnUrl: service.returnUrl,
    });
    if (!opened) return no('99', 'Order exists');
    made.set(ref, { service, createDate: body.CREATE_DATE! });
    return {
      status: 200,
      body: {
        RESPONSE_CODE: '00',
        DESCRIPTION: 'Success',
        MERCHANT_ORDER_ID: ref,
        REDIRECT_URL: `${pageBase()}/pay?token=${opened.token}`,
      },
    };
  }

  function stateOf(order: Order): Record<string, string> {
    return {
      MERCHANT_ORDER_ID: order.ref,
      VNPTPAY_TRANSACTION_ID: order.txn ?? '',
      AMOUNT: String(order.amountVnd),
      LOCALE: 'vi-VN',
      CURRENCY_CODE: 'VND',
      PAYMENT_METHOD: 'VNPTPAY',
      PAY_DATE: order.endedAt === null ? '' : clock(order.endedAt),
      TRANSACTION_STATUS: order.end === null || order.end === 'suspect' ? '3' : order.txn === null ? '4' : '1',
      ADDITIONAL_INFO: '',
    };
  }

  const report = () =>
    reportTable(
      ',',
      ['MERCHANT_SERVICE_ID', 'MERCHANT_ORDER_ID', 'VNPTPAY_TRANSACTION_ID', 'AMOUNT', 'PAY_DATE', 'RESPONSE_CODE'],
      till.ended().map(({ ref, txn, amountVnd, endedAt, end }) => {
        const { merchantServiceId } = made.get(ref)!.service;
        return [merchantServiceId, ref, txn ?? '', amountVnd, clock(endedAt!), CODES[end!]];
      }),
    );

  async function handle(request: Request): Promise<Outcome> {
    if (request.path === '/report.csv') return report();
    if (request.path === '/pay') return till.page(request);
    if (
      request.method === 'POST' &&
      /^\/rest\/payment\/v1\.0\.[56]\/(init|query_transaction|pay_qrcode|query)$/.test(request.path)
    ) {
      // answers of VNPT Pay carry no signature that is documented
      return faults.through(() => api(request));
    }
    return { status: 404, body: errorPage(TITLE, '404', 'không có trang này') };
  }

  const server = createPlatformServer(handle);
  return {
    handle,
    registerService: (service: VnptService) => void services.set(service.merchantServiceId, service),
    till,
    ipn: deliveries as Omit<typeof deliveries, 'send'>,
    api: faults,
    /** Whether reports come as JSON or as a form that holds it. */
    set ipnForm(form: 'json' | 'form') {
      ipnForm = form;
    },
    servePagesAt(base: () => string) {
      pageBase = base;
    },
    /** @param version as in the contract */
    apiUrl: (version: '1.0.5' | '1.0.6' = '1.0.6') => `${url}/rest/payment/v${version}`,
    async tick() {
      await till.tick();
      await deliveries.tick();
    },
    async start(port = 0) {
      url = await server.listen(port);
    },
    stop: () => server.close(),
  };
}
export type VnptPlatform = ReturnType<typeof createVnptPlatform>;

const CODES: Record<NonNullable<Order['end']>, string> = {
  paid: '00',
  late: '00',
  cancelled: '24',
  wrong_otp: '13',
  expired: '11',
  suspect: '07',
};

const IPN = [
  'ACTION',
  'RESPONSE_CODE',
  'MERCHANT_SERVICE_ID',
  'MERCHANT_ORDER_ID',
  'AMOUNT',
  'CURRENCY_CODE',
  'VNPTPAY_TRANSACTION_ID',
  'PAYMENT_METHOD',
  'PAY_DATE',
  'ADDITIONAL_INFO',
];
const ANSWER = ['RESPONSE_CODE', 'DESCRIPTION', 'MERCHANT_SERVICE_ID', 'MERCHANT_ORDER_ID', 'CREATE_DATE'];
const HEAD = ['ACTION', 'VERSION', 'MERCHANT_SERVICE_ID', 'MERCHANT_ORDER_ID'];
const TAIL = ['DEVICE', 'LOCALE', 'CURRENCY_CODE', 'PAYMENT_METHOD', 'DESCRIPTION', 'CREATE_DATE', 'CLIENT_IP'];
const ORDERS: Record<string, string[]> = {
  init: [...HEAD, 'AMOUNT', 'AMOUNT_DETAIL', 'SERVICE_ID', ...TAIL],
  pay_qrcode: [...HEAD, 'AMOUNT', 'PAYMENT_ACTION', 'SERVICE_CATEGORY', 'CHANNEL_ID', ...TAIL],
  query: [...HEAD, 'CREATE_DATE'],
  query_transaction: [...HEAD, 'CREATE_DATE'],
};

/** SHA-256 with every value, then the secret, behind a bar. */
function digest(values: string[], secret: string): string {
  const hash = createHash('sha256');
  for (const value of values) hash.update(`${value}|`);
  return hash.update(secret).digest('hex');
}
