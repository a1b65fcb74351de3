import { createHmac } from 'node:crypto';
import { createPlatformServer, type Outcome, type Request } from '../zalo/http.ts';
import { createDeliveries, type Spoiling } from './deliveries.ts';
import { createApiFaults } from './faults.ts';
import { errorPage } from './page.ts';
import { createTill, type Order } from './till.ts';
import { objectOf, reportOf as reportTable } from './wire.ts';

export interface MomoPartner {
  partnerCode: string;
  accessKey: string;
  secretKey: string;
  payee: string;
}

const TITLE = 'Cổng thanh toán mô phỏng (kiểu MoMo)';
/** How long a page stands; real ones say only that it ended. */
const LIFE_MS = 15 * 60_000;
/** MoMo publishes no rule; a few more tellings, so that a merchant must bear them. */
const WAITS_MS = [60_000, 5 * 60_000, 15 * 60_000];

interface Made {
  partner: MomoPartner;
  requestId: string;
  ipnUrl: string;
  extraData: string;
  requestType: string;
  answer: Record<string, unknown>;
}
interface Refund {
  orderId: string;
  of: string;
  amount: number;
  transId: number;
  resultCode: number;
}

/** A local stand-in for MoMo's payment gateway v2. It refuses what MoMo refuses. */
export function createMomoPlatform({ now = Date.now }: { now?: () => number } = {}) {
  const partners = new Map<string, MomoPartner>();
  const made = new Map<string, Made>();
  const requests = new Map<string, { orderId: string; answer: Record<string, unknown> }>();
  const refunds = new Map<string, Refund>();
  const processing = new Set<string>();
  let serial = 4_088_878_000;
  let url = '';
  let pageBase = () => url;
  let nextRefund = 0;
  const faults = createApiFaults();
  const deliveries = createDeliveries({ now, waitsMs: WAITS_MS });
  const till = createTill({
    title: TITLE,
    now,
    newTxn: () => String(++serial),
    tell: (order) => deliveries.send(callbackOf(order)),
    backOf: (order) => {
      const fields = Object.entries(reportOf(order, null)).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]);
      return `${order.returnUrl}${order.returnUrl.includes('?') ? '&' : '?'}${new URLSearchParams(fields)}`;
    },
  });

  function reportOf(order: Order, spoilt: Spoiling | null): Record<string, string | number> {
    const { partner, requestId, extraData } = made.get(order.ref)!;
    const [resultCode, message] = CODES[order.end ?? 'expired'];
    const fields = {
      partnerCode: spoilt === 'other_unit' ? 'MOMOOTHER' : partner.partnerCode,
      orderId: spoilt === 'unknown_ref' ? `${order.ref}X` : order.ref,
      requestId,
      amount: order.amountVnd + (spoilt === 'wrong_amount' ? 1_000 : 0),
      orderInfo: order.words,
      orderType: 'momo_wallet',
      transId: Number(order.txn ?? 0),
      resultCode,
      message,
      payType: 'qr',
      responseTime: order.endedAt ?? now(),
      extraData,
    };
    const signature = seal(partner.secretKey, {
      accessKey: partner.accessKey,
      amount: fields.amount,
      extraData,
      message,
      orderId: fields.orderId,
      orderInfo: fields.orderInfo,
      orderType: fields.orderType,
      partnerCode: fields.partnerCode,
      payType: fields.payType,
      requestId,
      responseTime: fields.responseTime,
      resultCode,
      transId: fields.transId,
    });
    return { ...fields, ...(spoilt === 'tampered' ? { amount: 1_000 } : {}), signature };
  }
  const callbackOf = (order: Order) => ({
    ref: order.ref,
    build: (spoilt: Spoiling | null) => ({
      method: 'POST' as const,
      url: made.get(order.ref)!.ipnUrl,
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: JSON.stringify(reportOf(order, spoilt)),
    }),
    isAccepted: (status: number) => status === 204,
  });

  function create(body: Record<string, unknown>, partner: MomoPartner): Outcome {
    const { orderId, requestId, amount, orderInfo, redirectUrl, ipnUrl, requestType, extraData } = body;
    const no = (resultCode: number, message: string, status = 200): Outcome => ({
      status,
      body: { partnerCode: partner.partnerCode, orderId, requestId, responseTime: now(), resultCode, message },
    });
    const isForm =
      typeof orderId === 'string' &&
      /^[0-9a-zA-Z]([-_.]*[0-9a-zA-Z]+)*$/.test(orderId) &&
      orderId.length <= 200 &&
      typeof requestId === 'string' &&
      requestId.length >= 1 &&
      requestId.length <= 50 &&
      typeof orderInfo === 'string' &&
      orderInfo !== '' &&
      orderInfo.length <= 255 &&
      typeof redirectUrl === 'string' &&
      typeof ipnUrl === 'string' &&
      URL.canParse(ipnUrl) &&
      !/[?#]|[^\x21-\x7e]/.test(ipnUrl) &&
      typeof requestType === 'string' &&
      /^(captureWallet|payWithMethod|payWithATM|payWithCC)$/.test(requestType) &&
      typeof extraData === 'string' &&
      Number.isSafeInteger(amount);
    if (!isForm) return no(20, 'Bad format');
    const vnd = amount as number;
    if (vnd < (requestType === 'payWithATM' ? 10_000 : 1_000) || vnd > (requestType === 'payWithCC' ? 1e7 : 5e7)) {
      return no(22, 'Out of range');
    }
    const before = requests.get(`${partner.partnerCode} ${requestId}`);
    if (before) {
      const isOver = till.order(before.orderId)?.end !== null;
      return before.orderId === orderId && isOver
        ? { status: 200, body: before.answer }
        : no(40, 'Duplicated requestId');
    }
    const order = till.open({
      ref: orderId,
      payee: partner.payee,
      amountVnd: vnd,
      words: orderInfo,
      expiresAt: now() + LIFE_MS,
      returnUrl: redirectUrl,
    });
    if (!order) return no(41, 'Duplicated orderId');
    const payUrl = `${pageBase()}/v2/gateway/pay?token=${order.token}`;
    const answer = {
      partnerCode: partner.partnerCode,
      requestId,
      orderId,
      amount: vnd,
      responseTime: now(),
      message: 'Thành công.',
      resultCode: 0,
      payUrl,
      deeplink: `momo://app?action=payWithApp&sid=${order.token}`,
      qrCodeUrl: payUrl,
    };
    made.set(orderId, { partner, requestId, ipnUrl, extraData, requestType, answer });
    requests.set(`${partner.partnerCode} ${requestId}`, { orderId, answer });
    return { status: 200, body: answer };
  }

  function query(body: Record<string, unknown>, partner: MomoPartner): Outcome {
    const orderId = String(body.orderId);
    const common = { partnerCode: partner.partnerCode, orderId, requestId: body.requestId, responseTime: now() };
    const order = till.order(orderId);
    if (!order || made.get(orderId)?.partner !== partner) {
      return { status: 200, body: { ...common, resultCode: 42, message: 'OrderId not found' } };
    }
    const isOver = order.end === null && now() > order.expiresAt && order.lateAt === null;
    const [resultCode, message] = processing.has(orderId)
      ? ([7000, 'Processing'] as const)
      : isOver
        ? CODES.expired
        : order.end === null
          ? ([1000, 'Initiated, waiting for user'] as const)
          : CODES[order.end];
    const refundTrans = [...refunds.values()]
      .filter(({ of }) => of === orderId)
      .map(({ of: _, ...refund }) => ({ ...refund, createdTime: now() }));
    return {
      status: 200,
      body: {
        ...common,
        extraData: made.get(orderId)!.extraData,
        amount: order.amountVnd,
        transId: Number(order.txn ?? 0),
        payType: 'qr',
        resultCode,
        refundTrans,
        message,
      },
    };
  }

  function refund(body: Record<string, unknown>, partner: MomoPartner): Outcome {
    const { orderId, requestId, amount, transId } = body;
    const answer = (resultCode: number, message: string, more: Record<string, unknown> = {}): Outcome => ({
      status: resultCode === 7000 ? 422 : 200,
      body: {
        partnerCode: partner.partnerCode,
        orderId,
        requestId,
        amount,
        resultCode,
        message,
        responseTime: now(),
        ...more,
      },
    });
    if (typeof orderId !== 'string' || !/^[0-9a-zA-Z]([-_.]*[0-9a-zA-Z]+)*$/.test(orderId) || orderId.length >= 64) {
      return answer(20, 'Bad format');
    }
    const known = refunds.get(orderId);
    if (known) return answer(known.resultCode, 'As answered before', { transId: known.transId });
    if (made.has(orderId)) return answer(41, 'Duplicated orderId');
    const vnd = Number(amount);
    if (!Number.isSafeInteger(vnd) || vnd < 1_000 || vnd > 5e7) return answer(22, 'Out of range');
    const paid = [...made.keys()]
      .map((ref) => till.order(ref)!)
      .find(({ txn }) => txn !== null && txn === String(transId));
    if (!paid) return answer(42, 'Transaction not found');
    if (vnd + paid.refundedVnd > paid.amountVnd) return answer(1088, 'Not refundable');
    const resultCode = nextRefund;
    nextRefund = 0;
    if (resultCode === 0) paid.refundedVnd += vnd;
    const made_ = { orderId, of: paid.ref, amount: vnd, transId: ++serial, resultCode };
    refunds.set(orderId, made_);
    return answer(resultCode, resultCode === 0 ? 'Successful.' : 'Refund not done', { transId: made_.transId });
  }

  function api(request: Request, path: string): Outcome {
    const body = objectOf(request.body);
    if (!body) return { status: 400, body: { resultCode: 20, message: 'Bad format' } };
    const partner = partners.get(String(body.partnerCode));
    const order = SIGNED[path]!;
    const given = { ...body, accessKey: partner?.accessKey };
    const text = Object.fromEntries(order.map((name) => [name, (given as Record<string, unknown>)[name] ?? '']));
    if (!partner || body.signature !== seal(partner.secretKey, text as Record<string, string>)) {
      return { status: 400, body: { resultCode: 13, message: 'Merchant authentication failed' } };
    }
    return path === 'create' ? create(body, partner) : path === 'query' ? query(body, partner) : refund(body, partner);
  }

  const report = () =>
    reportTable(
      ';',
      ['partnerCode', 'orderId', 'transId', 'amount', 'responseTime', 'resultCode', 'Loại giao dịch'],
      [
        ...till.ended().map((order) => {
          const { partnerCode } = made.get(order.ref)!.partner;
          return [
            partnerCode,
            order.ref,
            order.txn ?? '0',
            order.amountVnd,
            order.endedAt!,
            CODES[order.end!][0],
            'Thanh toán',
          ];
        }),
        ...[...refunds.values()].map(({ of, transId, amount, resultCode }) => {
          const { partnerCode } = made.get(of)!.partner;
          return [partnerCode, of, transId, amount, now(), resultCode, 'Hoàn tiền'];
        }),
      ],
    );

  async function handle(request: Request): Promise<Outcome> {
    const path = /^\/v2\/gateway\/api\/(create|query|refund)$/.exec(request.path)?.[1];
    if (path && request.method === 'POST') {
      // MoMo signs none of these answers
      return faults.through(() => api(request, path));
    }
    if (request.path === '/report.csv') return report();
    if (request.path === '/v2/gateway/pay') return till.page(request);
    return { status: 404, body: errorPage(TITLE, '404', 'không có trang này') };
  }

  const server = createPlatformServer(handle);
  return {
    handle,
    registerPartner: (partner: MomoPartner) => void partners.set(partner.partnerCode, partner),
    till,
    ipn: deliveries as Omit<typeof deliveries, 'send'>,
    api: faults,
    /** The wallet's provider works on it: queries say 7000. */
    setProcessing: (ref: string, isOn: boolean) => void (isOn ? processing.add(ref) : processing.delete(ref)),
    /** How the next refund ends. */
    nextRefund(resultCode: 0 | 1080 | 1081 | 1088 | 7002) {
      nextRefund = resultCode;
    },
    /** Where people reach the page, if not at `url`. */
    servePagesAt(base: () => string) {
      pageBase = base;
    },
    get url() {
      return url;
    },
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
export type MomoPlatform = ReturnType<typeof createMomoPlatform>;

const CODES: Record<NonNullable<Order['end']>, readonly [code: number, message: string]> = {
  paid: [0, 'Successful.'],
  late: [0, 'Successful.'],
  cancelled: [1006, 'Transaction denied by user.'],
  wrong_otp: [1002, 'Transaction rejected by the issuers.'],
  expired: [1005, 'The url or QR code expired.'],
  suspect: [7002, 'Transaction is being processed by the provider.'],
};

const SIGNED: Record<string, string[]> = {
  create: [
    'accessKey',
    'amount',
    'extraData',
    'ipnUrl',
    'orderId',
    'orderInfo',
    'partnerCode',
    'redirectUrl',
    'requestId',
    'requestType',
  ],
  query: ['accessKey', 'orderId', 'partnerCode', 'requestId'],
  refund: ['accessKey', 'amount', 'description', 'orderId', 'partnerCode', 'requestId', 'transId'],
};

/** HMAC over `name=value` pairs in the order given. */
function seal(key: string, fields: Record<string, string | number>): string {
  const pairs: string[] = [];
  for (const name in fields) pairs.push(`${name}=${fields[name]}`);
  const mac = createHmac('sha256', Buffer.from(key, 'utf8'));
  mac.update(pairs.join('&'), 'utf8');
  return mac.digest('hex');
}
