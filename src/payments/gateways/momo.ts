import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isObject, parseWebhookJson } from '../../channels/webhook-json.ts';
import type {
  CallbackInput,
  CallbackResult,
  HttpReply,
  PaymentAttempt,
  PaymentOutcome,
  PaymentProvider,
  ProviderKind,
  StoreResult,
} from '../provider.ts';
import { callGateway, misconfigured, refused, unavailable } from './call.ts';
import { environment, environmentFaults } from './environment.ts';
import { hmacHex, isSameHex } from './signing.ts';

/** MoMo asks for at least 30 s. */
const TIMEOUT_MS = 35_000;
/** An order MoMo does not know this long after its end cannot be paid any more. */
const NEVER_OPENED_AFTER_MS = 15 * 60_000;
/** Published for everybody to try. */
const DEMO_SECRETS = new Set(['K951B6PE1waDMi640xX08PD3vg6EkVlz', 'at67qH6mk8w5Y1nAyMoYKMWACiEi2bsa']);

const REQUEST_TYPES = {
  captureWallet: { minVnd: 1_000, maxVnd: 50_000_000 },
  payWithMethod: { minVnd: 1_000, maxVnd: 50_000_000 },
  payWithATM: { minVnd: 10_000, maxVnd: 50_000_000 },
  payWithCC: { minVnd: 1_000, maxVnd: 10_000_000 },
} as const;

const settingsSchema = z.object({
  environment,
  partnerCode: z.string().regex(/^[\w-]{1,50}$/, 'must be the partnerCode of the contract'),
  requestType: z.enum(['captureWallet', 'payWithMethod', 'payWithATM', 'payWithCC']).default('captureWallet'),
  /** Shown in the wallet. */
  storeName: z.string().max(100).optional(),
});
const secretsSchema = z.object({
  accessKey: z.string().min(8).max(100),
  secretKey: z.string().min(16, 'must be the whole secretKey').max(256),
});
type Settings = z.output<typeof settingsSchema>;
type Secrets = z.output<typeof secretsSchema>;

const CREATE =
  'accessKey amount extraData ipnUrl orderId orderInfo partnerCode redirectUrl requestId requestType'.split(' ');
const IPN =
  'accessKey amount extraData message orderId orderInfo orderType partnerCode payType requestId responseTime resultCode transId'.split(
    ' ',
  );
const QUERY = 'accessKey orderId partnerCode requestId'.split(' ');
const REFUND = 'accessKey amount description orderId partnerCode requestId transId'.split(' ');

/** The fields each message signs, in order. */
export const MOMO_SIGNED = { create: CREATE, ipn: IPN, query: QUERY, refund: REFUND };

/** `name=value&…` in the alphabet's order, values as they are: MoMo encodes nothing. */
export const momoString = (names: readonly string[], values: Record<string, string | number>): string =>
  names.map((name) => `${name}=${values[name] ?? ''}`).join('&');

export const signMomo = (text: string, secretKey: string): string => hmacHex('sha256', secretKey, text);

/** MoMo payment gateway v2, one partner code. */
export const momo: ProviderKind<Settings, Secrets> = {
  method: 'momo',
  settings: settingsSchema,
  secrets: secretsSchema,
  faultsOf({ settings, secrets, urls: { MOMO_API_URL, PUBLIC_URL } }) {
    const isDemoKey = DEMO_SECRETS.has(secrets.secretKey);
    return environmentFaults(settings.environment, { MOMO_API_URL }, { publicUrl: PUBLIC_URL, isDemoKey });
  },
  refOf(input) {
    const { orderId } = fieldsOf(input) ?? {};
    return typeof orderId === 'string' ? orderId : null;
  },
  create({ settings, secrets, urls, now }) {
    const { partnerCode, requestType, storeName } = settings;
    const { accessKey, secretKey } = secrets;
    const { minVnd, maxVnd } = REQUEST_TYPES[requestType];
    const ask = async (path: string, names: readonly string[], fields: Fields, signal: AbortSignal) => {
      const signature = signMomo(momoString(names, { ...fields, accessKey }), secretKey);
      const url = `${urls.MOMO_API_URL}/v2/gateway/api/${path}`;
      const { body } = await callGateway({
        url,
        body: { ...fields, lang: 'vi', signature },
        timeoutMs: TIMEOUT_MS,
        signal,
      });
      const parsed = answerSchema.safeParse(body);
      if (!parsed.success) throw unavailable('the answer is not one of MoMo');
      const answer = parsed.data;
      if (MISCONFIGURED.has(answer.resultCode)) {
        throw misconfigured(`MoMo answered code ${answer.resultCode}`, String(answer.resultCode));
      }
      if (answer.orderId !== undefined && answer.orderId !== fields.orderId) {
        throw unavailable('the answer is about another order', String(answer.resultCode));
      }
      return answer;
    };

    const provider: PaymentProvider = {
      method: 'momo',
      limits: { minVnd, maxVnd },

      async create(attempt, signal) {
        if (attempt.amountVnd < minVnd || attempt.amountVnd > maxVnd) {
          throw refused('the amount is outside what MoMo takes', '22');
        }
        if (/[?#]/.test(attempt.ipnUrl)) throw misconfigured('MoMo takes no query in the address it reports to');
        const answer = await ask(
          'create',
          CREATE,
          {
            partnerCode,
            ...(storeName ? { storeName } : {}),
            requestId: attempt.ref,
            amount: attempt.amountVnd,
            orderId: attempt.ref,
            orderInfo: attempt.description.normalize('NFC'),
            redirectUrl: attempt.returnUrl,
            ipnUrl: attempt.ipnUrl,
            requestType,
            extraData: '',
            autoCapture: true,
          },
          signal,
        );
        const code = String(answer.resultCode);
        if (TRY_AGAIN.has(answer.resultCode)) throw unavailable(`MoMo answered code ${code}`, code);
        if (answer.resultCode !== 0) throw refused(`MoMo answered code ${code}`, code);
        if (answer.amount !== undefined && answer.amount !== attempt.amountVnd) {
          throw unavailable('the answer is about another amount', code);
        }
        if (!answer.payUrl || !isPage(answer.payUrl)) throw unavailable('the answer has no page to pay at', code);
        return { url: answer.payUrl };
      },

      verifyCallback: (input) => verify(input, partnerCode, secrets),
      reply,

      async query(attempt, signal) {
        const fields = { partnerCode, requestId: randomUUID(), orderId: attempt.ref };
        const answer = await ask('query', QUERY, fields, signal);
        const { resultCode: code, refundTrans } = answer;
        const back =
          refundTrans?.filter((one) => one.resultCode === 0).reduce((sum, { amount }) => sum + amount, 0) ?? 0;
        const isReversed = code === 0 && back > 0 && back >= (answer.amount ?? attempt.amountVnd);
        return {
          ref: attempt.ref,
          outcome: code === 42 ? unknownOrder(attempt, now()) : isReversed ? 'reversed' : outcomeOf(code),
          amountVnd: isPaid(code) ? (answer.amount ?? null) : null,
          gatewayTxn: transIdOf(answer.transId),
          paidAt: isPaid(code) && answer.responseTime ? new Date(answer.responseTime) : null,
          code: String(code),
          raw: answer,
        };
      },

      async refund(attempt, request, signal) {
        const answer = await ask(
          'refund',
          REFUND,
          {
            partnerCode,
            // an order of its own, the same however often it is asked
            orderId: `${attempt.ref}-${request.requestId}`,
            requestId: request.requestId,
            amount: request.amountVnd,
            transId: request.gatewayTxn,
            description: request.reason.normalize('NFC').slice(0, 200),
          },
          signal,
        );
        const code = String(answer.resultCode);
        if (answer.resultCode === 0) return { outcome: 'refunded', code, raw: answer };
        // asked before: MoMo still works on it, or has done it; `query` shows which
        const isAsked = [40, 41, 7000, 7002].includes(answer.resultCode);
        if (!isAsked && TRY_AGAIN.has(answer.resultCode)) throw unavailable(`MoMo answered code ${code}`, code);
        return { outcome: isAsked ? 'pending' : 'refused', code, raw: answer };
      },
    };
    return provider;
  },
};

type Fields = Record<string, string | number | boolean> & { orderId: string };

/** Access, version, signature or form: the contract's data or this code must be mended. */
const MISCONFIGURED = new Set([11, 12, 13, 20]);
/** Nothing final was said about the order. */
const TRY_AGAIN = new Set([10, 43, 98, 99, 1000, 7000, 7002]);
/** Only these end a payment without money; a code nobody has heard of does not. */
const FINAL_FAILURES = new Set([98, 99, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1017, 1026, 2019, 4001, 4002, 4100]);

/** 9000: authorised, which with automatic capture is paid. */
const isPaid = (code: number) => code === 0 || code === 9000;

function outcomeOf(code: number): PaymentOutcome {
  if (isPaid(code)) return 'paid';
  return FINAL_FAILURES.has(code) ? 'failed' : 'pending';
}

const unknownOrder = ({ expiresAt }: PaymentAttempt, now: Date): PaymentOutcome =>
  now.getTime() > expiresAt.getTime() + NEVER_OPENED_AFTER_MS ? 'failed' : 'pending';

/** https, or a stand-in on this machine. */
function isPage(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3})$/.test(hostname));
}

const transId = z.union([z.number(), z.string()]);
const transIdOf = (id: z.output<typeof transId> | undefined) =>
  id === undefined || /^(0|-1)?$/.test(String(id)) ? null : String(id);
const vnd = z.int().nonnegative();

const answerSchema = z.object({
  resultCode: z.int(),
  message: z.string().optional(),
  partnerCode: z.string().optional(),
  orderId: z.string().optional(),
  requestId: z.string().optional(),
  amount: vnd.optional(),
  payUrl: z.string().optional(),
  transId: transId.optional(),
  payType: z.string().nullish(),
  responseTime: z.int().positive().max(4e12).optional(),
  refundTrans: z.array(z.looseObject({ amount: vnd, resultCode: z.int() })).nullish(),
});

const ipnSchema = z.object({
  partnerCode: z.string(),
  orderId: z.string().min(1).max(200),
  amount: vnd,
  resultCode: z.int(),
  transId: transId.optional(),
  responseTime: z.int().positive().max(4e12),
});

/** As sent: a body of JSON, or (browser coming back) the same in the query. Null: neither, or a name repeated. */
function fieldsOf({ method, rawQuery, rawBody }: CallbackInput): Record<string, unknown> | null {
  if (method === 'POST') {
    const body = parseWebhookJson(rawBody);
    return isObject(body) ? body : null;
  }
  const given = [...new URLSearchParams(rawQuery)];
  const fields = Object.fromEntries(given);
  return Object.keys(fields).length === given.length ? fields : null;
}

const NUMBERS = ['amount', 'resultCode', 'responseTime'];

function verify(input: CallbackInput, partnerCode: string, { accessKey, secretKey }: Secrets): CallbackResult {
  const fields = fieldsOf(input);
  if (!fields) return { ok: false, reason: 'malformed' };
  const signed: Record<string, string> = {};
  for (const name of IPN) {
    const value = fields[name] ?? '';
    if (typeof value !== 'string' && typeof value !== 'number') return { ok: false, reason: 'malformed' };
    signed[name] = String(value);
  }
  // the access key is ours, whatever the message says
  if (!isSameHex(fields.signature, signMomo(momoString(IPN, { ...signed, accessKey }), secretKey))) {
    return { ok: false, reason: 'bad_signature' };
  }
  const ref = signed.orderId ? { ref: signed.orderId } : {};
  const isQuery = input.method === 'GET';
  const numbers = isQuery ? Object.fromEntries(NUMBERS.map((name) => [name, digits(signed[name])])) : {};
  const parsed = ipnSchema.safeParse({ ...fields, ...numbers });
  if (!parsed.success) return { ok: false, reason: 'malformed', ...ref };
  const { data } = parsed;
  if (data.partnerCode !== partnerCode) return { ok: false, reason: 'other_account', ...ref };
  return {
    ok: true,
    payment: {
      ref: data.orderId,
      outcome: outcomeOf(data.resultCode),
      amountVnd: data.amount,
      gatewayTxn: transIdOf(data.transId),
      paidAt: isPaid(data.resultCode) ? new Date(data.responseTime) : null,
      code: String(data.resultCode),
      raw: fields,
    },
  };
}
const digits = (value: string | undefined) => (value && /^\d{1,15}$/.test(value) ? Number(value) : value);

/** MoMo wants 204 and publishes no rule of repeating; what telling again could mend gets an error. */
const STATUS: Record<StoreResult, number> = {
  stored: 204,
  already_final: 204,
  amount_mismatch: 204,
  not_found: 404,
  bad_signature: 400,
  malformed: 400,
  error: 500,
};
const reply = (result: StoreResult): HttpReply => ({ status: STATUS[result], headers: {}, body: '' });
