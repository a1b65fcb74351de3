import { createHmac, randomBytes } from 'node:crypto';
import { createPlatformServer, type Outcome, type Request } from '../zalo/http.ts';
import { createDeliveries, type Spoiling } from './deliveries.ts';
import { createApiFaults } from './faults.ts';
import { errorPage } from './page.ts';
import { createTill, type Order } from './till.ts';
import { clock, instant, objectOf, reportOf as reportTable, textsOf } from './wire.ts';

export interface VnpayTerminal {
  tmnCode: string;
  secret: string;
  /** As the page names who gets the money. */
  payee: string;
  /** Told to VNPAY beforehand, not with each order. */
  ipnUrl: string;
}

const TITLE = 'Cổng thanh toán mô phỏng (kiểu VNPAY)';
const MINUTE_MS = 60_000;
const MAX_TELLINGS = 10;

/** What the browser is shown for a wrong request. */
const ERRORS: Record<string, string> = {
  '01': 'mã đơn đã dùng rồi',
  '03': 'dữ liệu gửi sang không đúng dạng',
  '15': 'đơn đã hết hạn',
  '32': 'số tiền ngoài mức cổng nhận',
  '70': 'sai chữ ký',
  '72': 'không có mã website này',
};
const MANDATORY =
  'vnp_Version vnp_Command vnp_TmnCode vnp_Amount vnp_CreateDate vnp_CurrCode vnp_IpAddr vnp_Locale vnp_OrderInfo vnp_OrderType vnp_ReturnUrl vnp_ExpireDate vnp_TxnRef'.split(
    ' ',
  );

/**
 * A local stand-in for VNPAY 2.1.0: page, reports to the merchant, querydr and refund. It refuses what VNPAY refuses.
 * @see src/payments/gateways/vnpay.ts for the merchant's side, which shares no code with this one
 */
export function createVnpayPlatform({ now = Date.now }: { now?: () => number } = {}) {
  const terminals = new Map<string, VnpayTerminal>();
  const payments = new Map<string, { tmnCode: string; createDate: string; query: string }>();
  const requestIds = new Set<string>();
  const refunds = new Map<string, { type: string; amountVnd: number; status: string; txn: string }>();
  const reversed = new Set<string>();
  let serial = 14_270_000;
  const faults = createApiFaults();
  const deliveries = createDeliveries({ now, waitsMs: Array.from({ length: MAX_TELLINGS }, () => 5 * MINUTE_MS) });
  const till = createTill({
    title: TITLE,
    now,
    newTxn: () => String(++serial),
    tell: (order) => deliveries.send(callbackOf(order)),
    backOf: (order) => {
      const { search } = new URL(order.returnUrl);
      return `${order.returnUrl}${search ? '&' : '?'}${reportOf(order, null)}`;
    },
  });

  /** Signed and encoded: what goes to the merchant and what the browser carries. */
  function reportOf(order: Order, spoilt: Spoiling | null): string {
    const { tmnCode } = payments.get(order.ref)!;
    const [code, status] = CODES[order.end ?? 'expired'];
    const isDebited = order.txn !== null;
    const fields: Record<string, string> = {
      vnp_Amount: String((order.amountVnd + (spoilt === 'wrong_amount' ? 1_000 : 0)) * 100),
      vnp_BankCode: 'NCB',
      vnp_CardType: 'ATM',
      vnp_OrderInfo: order.words,
      vnp_PayDate: clock(order.endedAt ?? now()),
      vnp_ResponseCode: code,
      vnp_TmnCode: spoilt === 'other_unit' ? 'OTHER001' : tmnCode,
      vnp_TransactionNo: order.txn ?? '0',
      vnp_TransactionStatus: status,
      vnp_TxnRef: spoilt === 'unknown_ref' ? `${order.ref}X` : order.ref,
      ...(isDebited ? { vnp_BankTranNo: `VNP${order.txn}` } : {}),
    };
    const text = sorted(fields);
    const hash = hmac(terminals.get(tmnCode)!.secret, text);
    return `${spoilt === 'tampered' ? text.replace(/vnp_Amount=\d+/, 'vnp_Amount=99900') : text}&vnp_SecureHash=${hash}`;
  }
  const callbackOf = (order: Order) => ({
    ref: order.ref,
    build: (spoilt: Spoiling | null) => {
      const { ipnUrl } = terminals.get(payments.get(order.ref)!.tmnCode)!;
      const report = reportOf(order, spoilt);
      return { method: 'GET' as const, url: `${ipnUrl}${ipnUrl.includes('?') ? '&' : '?'}${report}`, headers: {} };
    },
    isAccepted(status: number, body: string) {
      const code = status === 200 ? rspCode(body) : null;
      return code === '00' || code === '02';
    },
  });

  function open(request: Request): Outcome {
    const given = Object.fromEntries(request.query);
    const wrong = (code: string): Outcome => ({
      status: 302,
      headers: { Location: `Payment/Error.html?code=${code}` },
      body: '',
    });
    const { vnp_SecureHash: hash = '', ...rest } = given;
    if (MANDATORY.some((name) => !rest[name]) || 'vnp_SecureHashType' in rest) return wrong('03');
    const terminal = terminals.get(rest.vnp_TmnCode!);
    if (!terminal) return wrong('72');
    const signed = Object.fromEntries(Object.entries(rest).filter(([name]) => name.startsWith('vnp_')));
    if (hash.toLowerCase() !== hmac(terminal.secret, sorted(signed))) return wrong('70');
    const isForm =
      rest.vnp_Version === '2.1.0' &&
      rest.vnp_Command === 'pay' &&
      rest.vnp_CurrCode === 'VND' &&
      /^\d{1,12}$/.test(rest.vnp_Amount!) &&
      /^[\w-]{1,100}$/.test(rest.vnp_TxnRef!) &&
      /^[A-Za-z0-9 .,:/_-]{1,255}$/.test(rest.vnp_OrderInfo!) &&
      /^[\da-fA-F.:]{7,45}$/.test(rest.vnp_IpAddr!) &&
      URL.canParse(rest.vnp_ReturnUrl!);
    const expiresAt = instant(rest.vnp_ExpireDate!);
    if (!isForm || expiresAt === null || instant(rest.vnp_CreateDate!) === null) return wrong('03');
    const amount = Number(rest.vnp_Amount);
    if (amount < 500_000 || amount >= 1e11 || amount % 100 !== 0) return wrong('32');
    if (expiresAt <= now()) return wrong('15');
    const ref = rest.vnp_TxnRef!;
    const before = payments.get(ref);
    // the same request again is a browser going back; another order under the same number is refused
    const isSame = before?.query === hash;
    if (before && !isSame) return wrong('01');
    const order =
      till.order(ref) ??
      till.open({
        ref,
        payee: terminal.payee,
        amountVnd: amount / 100,
        words: rest.vnp_OrderInfo!,
        expiresAt,
        returnUrl: rest.vnp_ReturnUrl!,
      })!;
    payments.set(ref, { tmnCode: terminal.tmnCode, createDate: rest.vnp_CreateDate!, query: hash });
    return { status: 302, headers: { Location: `Transaction/PaymentMethod.html?token=${order.token}` }, body: '' };
  }

  function api(request: Request, fault: 'unsigned' | 'wrong_signature' | null): Outcome {
    const body = textsOf(request.body);
    const command = body?.vnp_Command;
    const bare = (code: string, message: string): Outcome => ({
      status: 200,
      body: {
        vnp_ResponseId: randomBytes(8).toString('hex'),
        vnp_Command: String(command ?? ''),
        vnp_ResponseCode: code,
        vnp_Message: message,
      },
    });
    if (!body || (command !== 'querydr' && command !== 'refund')) return bare('03', 'Invalid data format');
    const terminal = terminals.get(body.vnp_TmnCode ?? '');
    if (!terminal) return bare('02', 'Invalid TmnCode');
    const order = command === 'querydr' ? QUERY : REFUND;
    if (hmac(terminal.secret, bars(order, body)) !== body.vnp_SecureHash?.toLowerCase()) {
      return bare('97', 'Invalid checksum');
    }
    const answer = (code: string, message: string, more: Record<string, string> = {}): Outcome => {
      const fields: Record<string, string> = {
        vnp_ResponseId: randomBytes(8).toString('hex'),
        vnp_Command: command,
        vnp_ResponseCode: code,
        vnp_Message: message,
        vnp_TmnCode: terminal.tmnCode,
        vnp_TxnRef: body.vnp_TxnRef ?? '',
        vnp_OrderInfo: body.vnp_OrderInfo ?? '',
        ...more,
      };
      const hash = hmac(terminal.secret, bars(command === 'querydr' ? QUERY_ANSWER : REFUND_ANSWER, fields));
      const shown = fault === 'wrong_signature' ? hash.replace(/^./, (first) => (first === '0' ? '1' : '0')) : hash;
      return { status: 200, body: { ...fields, ...(fault === 'unsigned' ? {} : { vnp_SecureHash: shown }) } };
    };
    const requestId = `${clock(now()).slice(0, 8)} ${terminal.tmnCode} ${body.vnp_RequestId}`;
    if (!/^[A-Za-z0-9]{1,32}$/.test(body.vnp_RequestId ?? '')) return answer('03', 'Invalid data format');
    if (requestIds.has(requestId)) return answer('94', 'Duplicate request');
    requestIds.add(requestId);
    const ref = body.vnp_TxnRef ?? '';
    const payment = payments.get(ref);
    const paid = till.order(ref);
    if (!payment || !paid || payment.tmnCode !== terminal.tmnCode || payment.createDate !== body.vnp_TransactionDate) {
      return answer('91', 'Transaction not found');
    }
    return command === 'querydr' ? answer('00', 'QueryDR Success', stateOf(paid)) : refund(paid, body, answer);
  }

  function stateOf(order: Order): Record<string, string> {
    const refund = refunds.get(order.ref);
    const status = reversed.has(order.ref) ? '04' : order.end === null ? '01' : CODES[order.end][1];
    const isBack = refund !== undefined && refund.status === '00';
    return {
      vnp_Amount: String((isBack ? refund.amountVnd : order.amountVnd) * 100),
      vnp_BankCode: 'NCB',
      vnp_PayDate: order.endedAt === null ? '' : clock(order.endedAt),
      vnp_TransactionNo: order.txn ?? '0',
      vnp_TransactionType: isBack ? refund.type : '01',
      vnp_TransactionStatus: refund && !isBack ? refund.status : status,
    };
  }

  function refund(
    order: Order,
    body: Record<string, string>,
    answer: (code: string, message: string, more?: Record<string, string>) => Outcome,
  ): Outcome {
    const amount = Number(body.vnp_Amount) / 100;
    const isWhole = body.vnp_TransactionType === '02';
    if (!Number.isSafeInteger(amount) || amount <= 0 || !/^0[23]$/.test(body.vnp_TransactionType ?? '')) {
      return answer('03', 'Invalid data format');
    }
    if (order.txn === null || (order.end !== 'paid' && order.end !== 'late')) return answer('95', 'Not successful');
    if (body.vnp_TransactionNo !== order.txn) return answer('91', 'Transaction not found');
    if (refunds.get(order.ref)?.status === '05') return answer('94', 'Refund in progress');
    if (isWhole ? amount !== order.amountVnd : amount + order.refundedVnd > order.amountVnd) {
      return answer('99', 'Invalid amount');
    }
    const txn = String(++serial);
    refunds.set(order.ref, { type: body.vnp_TransactionType!, amountVnd: amount, status: '05', txn });
    order.refundedVnd += amount;
    return answer('00', 'Refund success', {
      vnp_Amount: body.vnp_Amount!,
      vnp_BankCode: 'NCB',
      vnp_PayDate: clock(now()),
      vnp_TransactionNo: txn,
      vnp_TransactionType: body.vnp_TransactionType!,
      vnp_TransactionStatus: '05',
    });
  }

  const report = () =>
    reportTable(
      ',',
      names('TmnCode TxnRef TransactionNo Amount PayDate TransactionType TransactionStatus'),
      till.ended().flatMap((order) => {
        const [tmnCode, day] = [payments.get(order.ref)!.tmnCode, clock(order.endedAt!)];
        const refund = refunds.get(order.ref);
        const paid = [tmnCode, order.ref, order.txn ?? '0', order.amountVnd * 100, day, '01', CODES[order.end!][1]];
        const back = refund && [
          tmnCode,
          order.ref,
          refund.txn,
          refund.amountVnd * 100,
          day,
          refund.type,
          refund.status,
        ];
        return back ? [paid, back] : [paid];
      }),
    );

  async function handle(request: Request): Promise<Outcome> {
    if (request.path === '/report.csv') return report();
    if (request.path === '/paymentv2/vpcpay.html') return open(request);
    if (request.path === '/paymentv2/Payment/Error.html') {
      const code = request.query.get('code') ?? '';
      return { status: 200, body: errorPage(TITLE, code, ERRORS[code] ?? 'cổng không nói vì sao') };
    }
    if (request.path === '/paymentv2/Transaction/PaymentMethod.html') return till.page(request);
    if (request.path === '/merchant_webapi/api/transaction' && request.method === 'POST') {
      return faults.through((fault) => api(request, fault));
    }
    return { status: 404, body: errorPage(TITLE, '404', 'không có trang này') };
  }

  const server = createPlatformServer(handle);
  let url = '';
  return {
    handle,
    registerTerminal: (terminal: VnpayTerminal) => void terminals.set(terminal.tmnCode, terminal),
    till,
    ipn: deliveries as Omit<typeof deliveries, 'send'>,
    api: faults,
    /** The bank takes the money back after all. */
    reverse: (ref: string) => void reversed.add(ref),
    /** A refund being worked on is done or refused. */
    finishRefund(ref: string, how: 'done' | 'refused') {
      refunds.get(ref)!.status = how === 'done' ? '00' : '09';
    },
    get payUrl() {
      return `${url}/paymentv2/vpcpay.html`;
    },
    get apiUrl() {
      return `${url}/merchant_webapi/api/transaction`;
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
export type VnpayPlatform = ReturnType<typeof createVnpayPlatform>;

/** vnp_ResponseCode and vnp_TransactionStatus of each way to end. */
const CODES: Record<NonNullable<Order['end']>, [code: string, status: string]> = {
  paid: ['00', '00'],
  late: ['00', '00'],
  cancelled: ['24', '02'],
  wrong_otp: ['13', '02'],
  expired: ['11', '02'],
  suspect: ['07', '07'],
};

const names = (text: string) => text.split(' ').map((name) => `vnp_${name}`);
const QUERY = names('RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr OrderInfo');
const QUERY_ANSWER = names(
  'ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo TransactionType TransactionStatus OrderInfo PromotionCode PromotionAmount',
);
const REFUND = names(
  'RequestId Version Command TmnCode TransactionType TxnRef Amount TransactionNo TransactionDate CreateBy CreateDate IpAddr OrderInfo',
);
const REFUND_ANSWER = QUERY_ANSWER.slice(0, -2);

/** As PHP's urlencode writes it. */
const encode = (text: string) =>
  encodeURIComponent(text)
    .replace(/%20/g, '+')
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function sorted(fields: Record<string, string>): string {
  let text = '';
  for (const name of Object.keys(fields).sort()) {
    const value = fields[name]!;
    if (value !== '') text += `${text === '' ? '' : '&'}${encode(name)}=${encode(value)}`;
  }
  return text;
}

const bars = (order: string[], fields: Record<string, string>) =>
  order.reduce((text, name, at) => text + (at === 0 ? '' : '|') + (fields[name] ?? ''), '');

const hmac = (key: string, text: string) => createHmac('sha512', key).update(Buffer.from(text, 'utf8')).digest('hex');

const rspCode = (body: string) => objectOf(body)?.RspCode;
