import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { fromGmt7, toGmt7 } from '../gmt7.ts';
import type {
  CallbackInput,
  CallbackResult,
  HttpReply,
  PaymentAttempt,
  PaymentOutcome,
  PaymentProvider,
  ProviderKind,
  StoreResult,
  VerifiedPayment,
} from '../provider.ts';
import { asciiWords } from './ascii.ts';
import { callGateway, misconfigured, refused, unavailable } from './call.ts';
import { environment, environmentFaults } from './environment.ts';
import { hmacHex, isSameHex } from './signing.ts';

const VERSION = '2.1.0';
const TIMEOUT_MS = 15_000;
/** An order unknown to VNPAY was never opened: nobody can open it this long after its end. */
const NEVER_OPENED_AFTER_MS = 15 * 60_000;
/** Of VNPAY's published samples. */
const DEMO_SECRETS = new Set(['RAOEXHYVSDDIIENYWSLDIIZTANXUXZFJ']);

const settingsSchema = z.object({
  environment,
  tmnCode: z.string().regex(/^[A-Za-z0-9]{8}$/, 'must be the 8 characters of vnp_TmnCode'),
  /** Of our server, told in queries and refunds. */
  serverIp: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
  orderType: z
    .string()
    .regex(/^[a-z0-9]{1,100}$/)
    .default('other'),
});
const secretsSchema = z.object({ hashSecret: z.string().min(32, 'must be the whole vnp_HashSecret').max(256) });

type Settings = z.output<typeof settingsSchema>;
type Secrets = z.output<typeof secretsSchema>;

/**
 * What is signed and sent as it is: sorted by code point, form encoded, `+` for a space, no empty values.
 * @see VNPAY "Thanh toán PAY", "Cách tạo checksum"
 */
export function signedQuery(params: Record<string, string>): string {
  const names = Object.keys(params).filter((name) => params[name] !== '' && !/^vnp_SecureHash(Type)?$/.test(name));
  return new URLSearchParams(names.sort().map((name): [string, string] => [name, params[name]!])).toString();
}

export const signVnpay = (text: string, secret: string): string => hmacHex('sha512', secret, text);

/** VNPAY 2.1.0, one terminal. */
export const vnpay: ProviderKind<Settings, Secrets> = {
  method: 'vnpay',
  settings: settingsSchema,
  secrets: secretsSchema,
  faultsOf({ settings, secrets, urls }) {
    const { VNPAY_PAY_URL, VNPAY_API_URL, PUBLIC_URL } = urls;
    return environmentFaults(
      settings.environment,
      { VNPAY_PAY_URL, VNPAY_API_URL },
      { publicUrl: PUBLIC_URL, isDemoKey: DEMO_SECRETS.has(secrets.hashSecret) },
    );
  },
  refOf: (input) => new URLSearchParams(input.rawQuery).get('vnp_TxnRef'),
  create({ settings, secrets: { hashSecret }, urls, now }) {
    const { tmnCode } = settings;
    const ask = createAsk(urls.VNPAY_API_URL, hashSecret);
    const common = (command: 'querydr' | 'refund', requestId: string) => ({
      vnp_RequestId: requestId,
      vnp_Version: VERSION,
      vnp_Command: command,
      vnp_TmnCode: tmnCode,
      vnp_CreateDate: toGmt7(now()),
      vnp_IpAddr: settings.serverIp,
    });

    const provider: PaymentProvider = {
      method: 'vnpay',
      limits: { minVnd: 5_000, maxVnd: 999_999_999 },

      async create(attempt) {
        if (attempt.amountVnd < provider.limits.minVnd || attempt.amountVnd > provider.limits.maxVnd) {
          throw refused('the amount is outside what VNPAY takes', '32');
        }
        // libraries disagree on how "*" is encoded, so VNPAY would find another signature
        if (attempt.returnUrl.length > 255 || attempt.returnUrl.includes('*')) {
          throw misconfigured('the return address is longer than 255 characters or holds "*"');
        }
        const query = signedQuery({
          vnp_Version: VERSION,
          vnp_Command: 'pay',
          vnp_TmnCode: tmnCode,
          vnp_Amount: String(attempt.amountVnd * 100),
          vnp_CreateDate: toGmt7(attempt.createdAt),
          vnp_ExpireDate: toGmt7(attempt.expiresAt),
          vnp_CurrCode: 'VND',
          vnp_IpAddr: attempt.payerIp,
          vnp_Locale: 'vn',
          vnp_OrderInfo: asciiWords(attempt.description, 255),
          vnp_OrderType: settings.orderType,
          vnp_ReturnUrl: attempt.returnUrl,
          vnp_TxnRef: attempt.ref,
        });
        return { url: `${urls.VNPAY_PAY_URL}?${query}&vnp_SecureHash=${signVnpay(query, hashSecret)}` };
      },

      verifyCallback: (input) => verify(input, tmnCode, hashSecret),
      reply,

      async query(attempt, signal) {
        const fields = {
          ...common('querydr', randomBytes(15).toString('hex')),
          vnp_TxnRef: attempt.ref,
          vnp_OrderInfo: `Truy van GD ${attempt.ref}`,
          ...(attempt.gatewayTxn ? { vnp_TransactionNo: attempt.gatewayTxn } : {}),
          vnp_TransactionDate: toGmt7(attempt.createdAt),
        };
        const answer = await ask(fields, QUERY_ORDER, QUERY_ANSWER_ORDER, signal);
        return paymentOf(answer, attempt, now());
      },

      async refund(attempt, request, signal) {
        const isWhole = request.amountVnd === attempt.amountVnd;
        const fields = {
          ...common('refund', request.requestId),
          vnp_TransactionType: isWhole ? '02' : '03',
          vnp_TxnRef: attempt.ref,
          vnp_Amount: String(request.amountVnd * 100),
          vnp_OrderInfo: asciiWords(request.reason, 255),
          vnp_TransactionNo: request.gatewayTxn,
          vnp_TransactionDate: toGmt7(attempt.createdAt),
          vnp_CreateBy: asciiWords(request.officer, 245),
        };
        const answer = await ask(fields, REFUND_ORDER, REFUND_ANSWER_ORDER, signal);
        const { vnp_ResponseCode: code, vnp_TransactionStatus: status } = answer;
        if (code === '94') return { outcome: 'pending', code, raw: answer };
        if (code === '91' || code === '95') return { outcome: 'refused', code, raw: answer };
        if (code !== '00') throw unavailable(`a refund was answered with code ${code}`, code);
        const outcome = status === '00' ? 'refunded' : status === '09' || status === '02' ? 'refused' : 'pending';
        return { outcome, code: `${code}/${status ?? ''}`, raw: answer };
      },
    };
    return provider;
  },
};

const amount = z.string().regex(/^[1-9]\d{0,13}00$/);
const callbackSchema = z.object({
  vnp_TmnCode: z.string(),
  vnp_Amount: amount,
  vnp_TxnRef: z.string().min(1).max(100),
  vnp_ResponseCode: z.string().regex(/^\d\d$/),
  vnp_TransactionStatus: z.string().regex(/^\d\d$/),
  vnp_TransactionNo: z.string().max(20).optional(),
  vnp_PayDate: z.string().optional(),
});

function verify({ method, rawQuery }: CallbackInput, tmnCode: string, secret: string): CallbackResult {
  const given = new URLSearchParams(rawQuery);
  const params: Record<string, string> = {};
  let isPlain = method === 'GET';
  for (const [name, value] of given) {
    // the return address may have a query of its own, which is not signed
    if (!name.startsWith('vnp_')) continue;
    if (!/^vnp_[A-Za-z0-9]+$/.test(name) || Object.hasOwn(params, name)) isPlain = false;
    params[name] = value;
  }
  if (!isPlain) return { ok: false, reason: 'malformed' };
  if (!isSameHex(params.vnp_SecureHash, signVnpay(signedQuery(params), secret))) {
    return { ok: false, reason: 'bad_signature' };
  }
  const ref = params.vnp_TxnRef ? { ref: params.vnp_TxnRef } : {};
  const parsed = callbackSchema.safeParse(params);
  if (!parsed.success) return { ok: false, reason: 'malformed', ...ref };
  const { data } = parsed;
  if (data.vnp_TmnCode !== tmnCode) return { ok: false, reason: 'other_account', ...ref };
  const { vnp_ResponseCode: code, vnp_TransactionStatus: status } = data;
  return {
    ok: true,
    payment: {
      ref: data.vnp_TxnRef,
      outcome: code === '00' ? outcomeOf(status) : code === '07' || status === '00' ? 'under_review' : failed(status),
      amountVnd: Number(data.vnp_Amount) / 100,
      gatewayTxn: transactionNo(data.vnp_TransactionNo),
      paidAt: data.vnp_PayDate ? fromGmt7(data.vnp_PayDate) : null,
      code: `${code}/${status}`,
      raw: params,
    },
  };
}

/** `vnp_TransactionStatus` of a payment. */
function outcomeOf(status: string): PaymentOutcome {
  if (status === '00') return 'paid';
  if (status === '01') return 'pending';
  if (status === '04') return 'reversed';
  return status === '07' ? 'under_review' : 'failed';
}
const failed = (status: string): PaymentOutcome => (status === '04' || status === '07' ? outcomeOf(status) : 'failed');
const transactionNo = (no: string | undefined) => (no === undefined || /^0*$/.test(no) ? null : no);

const REPLIES: Record<StoreResult, [code: string, message: string]> = {
  stored: ['00', 'Confirm Success'],
  already_final: ['02', 'Order already confirmed'],
  not_found: ['01', 'Order not found'],
  amount_mismatch: ['04', 'Invalid amount'],
  bad_signature: ['97', 'Invalid checksum'],
  malformed: ['99', 'Unknown error'],
  error: ['99', 'Unknown error'],
};

/** VNPAY reads the body only where the status is 200. */
function reply(result: StoreResult): HttpReply {
  const [RspCode, Message] = REPLIES[result];
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ RspCode, Message }),
  };
}

const order = (names: string) => names.split('|').map((name) => `vnp_${name}`);
const QUERY_ORDER = order('RequestId|Version|Command|TmnCode|TxnRef|TransactionDate|CreateDate|IpAddr|OrderInfo');
const QUERY_ANSWER_ORDER = order(
  'ResponseId|Command|ResponseCode|Message|TmnCode|TxnRef|Amount|BankCode|PayDate|TransactionNo|TransactionType|TransactionStatus|OrderInfo|PromotionCode|PromotionAmount',
);
const REFUND_ORDER = order(
  'RequestId|Version|Command|TmnCode|TransactionType|TxnRef|Amount|TransactionNo|TransactionDate|CreateBy|CreateDate|IpAddr|OrderInfo',
);
const REFUND_ANSWER_ORDER = order(
  'ResponseId|Command|ResponseCode|Message|TmnCode|TxnRef|Amount|BankCode|PayDate|TransactionNo|TransactionType|TransactionStatus|OrderInfo',
);
/** The fields each bar-divided message signs, in order. */
export const VNPAY_SIGNED = {
  query: QUERY_ORDER,
  queryAnswer: QUERY_ANSWER_ORDER,
  refund: REFUND_ORDER,
  refundAnswer: REFUND_ANSWER_ORDER,
};

const text = z.union([z.string(), z.number()]).transform(String).optional();
const answerSchema = z.object({
  vnp_ResponseId: text,
  vnp_Command: text,
  vnp_ResponseCode: z.string().regex(/^\d\d$/),
  vnp_Message: text,
  vnp_TmnCode: text,
  vnp_TxnRef: text,
  vnp_Amount: text,
  vnp_OrderInfo: text,
  vnp_BankCode: text,
  vnp_PayDate: text,
  vnp_TransactionNo: text,
  vnp_TransactionType: text,
  vnp_TransactionStatus: text,
  vnp_PromotionCode: text,
  vnp_PromotionAmount: text,
  vnp_SecureHash: text,
});
type Answer = z.output<typeof answerSchema>;

export const barString = (names: readonly string[], values: Record<string, string | undefined>): string =>
  names.map((name) => values[name] ?? '').join('|');

function createAsk(url: string, secret: string) {
  return async (
    fields: Record<string, string>,
    requestOrder: readonly string[],
    answerOrder: readonly string[],
    signal: AbortSignal,
  ): Promise<Answer> => {
    const body = { ...fields, vnp_SecureHash: signVnpay(barString(requestOrder, fields), secret) };
    const { body: given } = await callGateway({ url, body, timeoutMs: TIMEOUT_MS, signal });
    const parsed = answerSchema.safeParse(given);
    if (!parsed.success) throw unavailable('the answer is not one of VNPAY');
    const answer = parsed.data;
    const code = answer.vnp_ResponseCode;
    // wrong terminal, form or signature of ours: VNPAY has no secret to sign the answer with
    if (code === '02' || code === '03' || code === '97') throw misconfigured(`VNPAY answered code ${code}`, code);
    if (!isSameHex(answer.vnp_SecureHash, signVnpay(barString(answerOrder, answer), secret))) {
      throw unavailable('the answer is not signed by VNPAY', code);
    }
    if (answer.vnp_TxnRef !== undefined && answer.vnp_TxnRef !== '' && answer.vnp_TxnRef !== fields.vnp_TxnRef) {
      throw unavailable('the answer is about another order', code);
    }
    return answer;
  };
}

/** What a querydr says of the payment: its own code only says that the query worked. */
function paymentOf(answer: Answer, attempt: PaymentAttempt, now: Date): VerifiedPayment {
  const { vnp_ResponseCode: code, vnp_TransactionStatus: status = '', vnp_TransactionType: type = '01' } = answer;
  const of = (outcome: PaymentOutcome): VerifiedPayment => ({
    ref: attempt.ref,
    outcome,
    // of a refund's line it is what was given back
    amountVnd: type === '01' && amount.safeParse(answer.vnp_Amount).success ? Number(answer.vnp_Amount) / 100 : null,
    gatewayTxn: transactionNo(answer.vnp_TransactionNo),
    paidAt: answer.vnp_PayDate ? fromGmt7(answer.vnp_PayDate) : null,
    code: `${code}/${status}`,
    raw: answer,
  });
  if (code === '91') {
    return of(now.getTime() > attempt.expiresAt.getTime() + NEVER_OPENED_AFTER_MS ? 'failed' : 'pending');
  }
  if (code !== '00' || !/^\d\d$/.test(status)) throw unavailable(`a query was answered with code ${code}`, code);
  // a refund begun or refused leaves the money with the commune until it is done
  if (type !== '01' || status === '05' || status === '06' || status === '09') {
    return of(type === '02' && status === '00' ? 'reversed' : 'paid');
  }
  return of(outcomeOf(status));
}
