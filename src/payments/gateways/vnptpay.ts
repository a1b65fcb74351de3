import { z } from 'zod';
import { fromGmt7, toGmt7 } from '../gmt7.ts';
import type {
  CallbackInput,
  HttpReply,
  PaymentOutcome,
  PaymentProvider,
  ProviderKind,
  StoreResult,
} from '../provider.ts';
import { asciiWords } from './ascii.ts';
import { callGateway, misconfigured, refused, unavailable } from './call.ts';
import { environment, environmentFaults } from './environment.ts';
import { pipeAmount, readPipe, signPipe, verifyPipe } from './pipe.ts';

const TIMEOUT_MS = 20_000;

const settingsSchema = z.object({
  environment,
  merchantServiceId: z.string().regex(/^[\w-]{1,50}$/, 'must be the MERCHANT_SERVICE_ID of the contract'),
  /** Which edition of the interface the contract is for: 1.0.5 sends the citizen to a page, 1.0.6 to a QR page. */
  version: z.enum(['1.0.5', '1.0.6']).default('1.0.6'),
  serviceId: z
    .string()
    .regex(/^\w{1,20}$/)
    .default('1'),
  serviceCategory: z
    .string()
    .regex(/^\w{1,20}$/)
    .default('57'),
  channelId: z
    .string()
    .regex(/^\w{1,20}$/)
    .default('1'),
  device: z
    .string()
    .regex(/^\w{1,20}$/)
    .default('1'),
  minVnd: z.int().min(1).default(1_000),
  maxVnd: z.int().max(1e12).default(500_000_000),
  /** Words of TRANSACTION_STATUS: no public document lists them. Others mean that nobody knows yet. */
  statuses: z
    .object({ paid: z.array(z.string()), failed: z.array(z.string()) })
    .default({ paid: ['1'], failed: ['4'] }),
});
const secretsSchema = z.object({
  apiKey: z.string().min(8).max(4_000),
  secret: z.string().min(8, 'must be the whole secret').max(256),
});
type Settings = z.output<typeof settingsSchema>;
type Secrets = z.output<typeof secretsSchema>;

const words = (text: string) => text.split(' ');
/** What is sent and signed, in this order. */
const INIT = words(
  'ACTION VERSION MERCHANT_SERVICE_ID MERCHANT_ORDER_ID AMOUNT AMOUNT_DETAIL SERVICE_ID DEVICE LOCALE CURRENCY_CODE PAYMENT_METHOD DESCRIPTION CREATE_DATE CLIENT_IP',
);
const PAY = words(
  'ACTION VERSION MERCHANT_SERVICE_ID MERCHANT_ORDER_ID AMOUNT PAYMENT_ACTION SERVICE_CATEGORY CHANNEL_ID DEVICE LOCALE CURRENCY_CODE PAYMENT_METHOD DESCRIPTION CREATE_DATE CLIENT_IP',
);
const QUERY = words('ACTION VERSION MERCHANT_SERVICE_ID MERCHANT_ORDER_ID CREATE_DATE');
const IPN = words(
  'ACTION RESPONSE_CODE MERCHANT_SERVICE_ID MERCHANT_ORDER_ID AMOUNT CURRENCY_CODE VNPTPAY_TRANSACTION_ID PAYMENT_METHOD PAY_DATE ADDITIONAL_INFO',
);
const IPN_ANSWER = words('RESPONSE_CODE DESCRIPTION MERCHANT_SERVICE_ID MERCHANT_ORDER_ID CREATE_DATE');
const EDITIONS = {
  '1.0.5': { action: 'INIT', order: INIT, path: '/init', queryPath: '/query_transaction' },
  '1.0.6': { action: 'PAY', order: PAY, path: '/pay_qrcode', queryPath: '/query' },
} as const;

/** The fields each message signs, in order. */
export const VNPTPAY_SIGNED = { init: INIT, pay: PAY, query: QUERY, ipn: IPN, ipnAnswer: IPN_ANSWER };

/** VNPT Pay, one merchant service. It gives money back by hand only. */
export const vnptpay: ProviderKind<Settings, Secrets> = {
  method: 'vnptpay',
  settings: settingsSchema,
  secrets: secretsSchema,
  faultsOf({ settings, urls: { VNPTPAY_API_URL = '', PUBLIC_URL } }) {
    return environmentFaults(settings.environment, { VNPTPAY_API_URL }, { publicUrl: PUBLIC_URL, isDemoKey: false });
  },
  refOf: (input) => refOf(input),
  create({ settings, secrets, urls, now }) {
    const { merchantServiceId, version } = settings;
    const edition = EDITIONS[version];
    const ask = async (path: string, order: readonly string[], fields: Record<string, string>, signal: AbortSignal) => {
      if (!urls.VNPTPAY_API_URL) throw misconfigured('VNPTPAY_API_URL is not set');
      const signed = Object.fromEntries(order.map((name) => [name, fields[name] ?? '']));
      const { body } = await callGateway({
        url: `${urls.VNPTPAY_API_URL}${path}`,
        headers: { Authorization: `Bearer ${secrets.apiKey}` },
        body: { ...signed, SECURE_CODE: signPipe(order, signed, secrets.secret) },
        timeoutMs: TIMEOUT_MS,
        signal,
      });
      const parsed = answerSchema.safeParse(body);
      if (!parsed.success) throw unavailable('the answer is not one of VNPT Pay');
      const answer = parsed.data;
      if (answer.RESPONSE_CODE === '97') throw misconfigured('VNPT Pay finds the signature wrong', '97');
      if (answer.MERCHANT_ORDER_ID !== undefined && answer.MERCHANT_ORDER_ID !== fields.MERCHANT_ORDER_ID) {
        throw unavailable('the answer is about another order', answer.RESPONSE_CODE);
      }
      return answer;
    };
    const common = { VERSION: version, MERCHANT_SERVICE_ID: merchantServiceId };

    const provider: PaymentProvider = {
      method: 'vnptpay',
      limits: { minVnd: settings.minVnd, maxVnd: settings.maxVnd },

      async create(attempt, signal) {
        const { minVnd, maxVnd } = provider.limits;
        if (attempt.amountVnd < minVnd || attempt.amountVnd > maxVnd) {
          throw refused('the amount is outside what VNPT Pay takes');
        }
        const amount = String(attempt.amountVnd);
        const fields = {
          ...common,
          ACTION: edition.action,
          MERCHANT_ORDER_ID: attempt.ref,
          AMOUNT: amount,
          AMOUNT_DETAIL: amount,
          SERVICE_ID: settings.serviceId,
          PAYMENT_ACTION: 'PAY',
          SERVICE_CATEGORY: settings.serviceCategory,
          CHANNEL_ID: settings.channelId,
          DEVICE: settings.device,
          LOCALE: 'vi-VN',
          CURRENCY_CODE: 'VND',
          PAYMENT_METHOD: 'VNPTPAY',
          DESCRIPTION: asciiWords(attempt.description, 255),
          CREATE_DATE: toGmt7(attempt.createdAt),
          CLIENT_IP: attempt.payerIp,
        };
        const { RESPONSE_CODE: code, REDIRECT_URL: url } = await ask(edition.path, edition.order, fields, signal);
        if (code !== '00') throw refused(`VNPT Pay answered code ${code}`, code);
        if (!url || !URL.canParse(url)) throw unavailable('the answer has no page to pay at', code);
        return { url };
      },

      verifyCallback(input, kind) {
        // how the browser's way back is signed is nowhere published: it says which order, and proves nothing
        if (kind === 'return') return backOf(input);
        const message = verifyPipe(input, IPN, 'SECURE_CODE', 'MERCHANT_ORDER_ID', secrets.secret);
        if (!message.ok) return message;
        const { fields, raw } = message;
        const ref = fields.MERCHANT_ORDER_ID!;
        const code = fields.RESPONSE_CODE!;
        const amountVnd = pipeAmount(fields.AMOUNT);
        if (!ref || !code || amountVnd === null || fields.CURRENCY_CODE !== 'VND') {
          return { ok: false, reason: 'malformed', ...(ref ? { ref } : {}) };
        }
        if (fields.MERCHANT_SERVICE_ID !== merchantServiceId) return { ok: false, reason: 'other_account', ref };
        return {
          ok: true,
          payment: {
            ref,
            outcome: code === '00' ? 'paid' : 'failed',
            amountVnd,
            gatewayTxn: fields.VNPTPAY_TRANSACTION_ID || null,
            paidAt: fromGmt7(fields.PAY_DATE!),
            code,
            raw,
          },
        };
      },

      reply(result, { input, ref }): HttpReply {
        const [code, description] = REPLIES[result];
        const fields = {
          RESPONSE_CODE: code,
          DESCRIPTION: description,
          MERCHANT_SERVICE_ID: merchantServiceId,
          MERCHANT_ORDER_ID: (ref ?? refOf(input) ?? '').replaceAll('|', ''),
          CREATE_DATE: toGmt7(now()),
        };
        const SECURE_CODE = signPipe(IPN_ANSWER, fields, secrets.secret);
        return {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...fields, SECURE_CODE }),
        };
      },

      async query(attempt, signal) {
        const fields = {
          ...common,
          ACTION: 'QUERY',
          MERCHANT_ORDER_ID: attempt.ref,
          CREATE_DATE: toGmt7(attempt.createdAt),
        };
        const answer = await ask(edition.queryPath, QUERY, fields, signal);
        const { RESPONSE_CODE: code, TRANSACTION_STATUS: status = '' } = answer;
        if (code !== '00') throw unavailable(`VNPT Pay answered code ${code}`, code);
        const { paid, failed } = settings.statuses;
        const outcome: PaymentOutcome = paid.includes(status) ? 'paid' : failed.includes(status) ? 'failed' : 'pending';
        return {
          ref: attempt.ref,
          outcome,
          amountVnd: pipeAmount(answer.AMOUNT),
          gatewayTxn: answer.VNPTPAY_TRANSACTION_ID || null,
          paidAt: answer.PAY_DATE ? fromGmt7(answer.PAY_DATE) : null,
          code: `${code}/${status}`,
          raw: answer,
        };
      },
    };
    return provider;
  },
};

function refOf(input: CallbackInput): string | null {
  const ref =
    input.method === 'GET'
      ? new URLSearchParams(input.rawQuery).get('MERCHANT_ORDER_ID')
      : readPipe(input)?.MERCHANT_ORDER_ID;
  return typeof ref === 'string' && ref !== '' ? ref : null;
}

function backOf(input: CallbackInput): ReturnType<PaymentProvider['verifyCallback']> {
  const ref = refOf(input);
  if (input.method !== 'GET' || !ref) return { ok: false, reason: 'malformed' };
  const code = new URLSearchParams(input.rawQuery).get('RESPONSE_CODE') ?? '';
  const nothing = { amountVnd: null, gatewayTxn: null, paidAt: null };
  return { ok: true, payment: { ref, outcome: 'pending', ...nothing, code, raw: input.rawQuery } };
}

const text = z.union([z.string(), z.number()]).transform(String);
const answerSchema = z.object({
  RESPONSE_CODE: text,
  DESCRIPTION: text.nullish(),
  REDIRECT_URL: z.string().optional(),
  MERCHANT_ORDER_ID: text.optional(),
  VNPTPAY_TRANSACTION_ID: text.optional(),
  AMOUNT: text.optional(),
  PAY_DATE: text.optional(),
  TRANSACTION_STATUS: text.optional(),
});

const REPLIES: Record<StoreResult, [code: string, description: string]> = {
  stored: ['00', 'Success'],
  already_final: ['00', 'Success'],
  not_found: ['01', 'Order not found'],
  bad_signature: ['97', 'Invalid checksum'],
  amount_mismatch: ['99', 'Invalid amount'],
  malformed: ['99', 'Unknown error'],
  error: ['99', 'Unknown error'],
};
