import { z } from 'zod';
import { isObject, parseWebhookJson } from '../../channels/webhook-json.ts';
import type { BankNotifierKind, NotificationResult } from '../bank.ts';
import { hmacHex, isSameHex } from '../gateways/signing.ts';
import { fromGmt7 } from '../gmt7.ts';
import { accountNumberOf, replyOf } from './replies.ts';

const DEMO_KEYS = new Set(['1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675']);
/** Sent once to try the address. */
const TEST_ORDER = '123';

const secretsSchema = z.object({ checksumKey: z.string().min(16).max(512) });

const text = z.union([z.string(), z.number()]).transform(String);
const dataSchema = z.object({
  orderCode: text,
  amount: z.int().positive(),
  description: z.string(),
  accountNumber: text,
  reference: text,
  transactionDateTime: z.string().nullish(),
  currency: z.string().nullish(),
  paymentLinkId: text,
  code: z.string(),
  counterAccountName: z.string().nullish(),
  virtualAccountNumber: text.nullish(),
});

/** payOS's webhook per paid link, signed within its body. */
export const payos: BankNotifierKind<z.output<typeof secretsSchema>> = {
  name: 'payos',
  secrets: secretsSchema,
  faultsOf: ({ secrets, isDemo }) =>
    !isDemo && DEMO_KEYS.has(secrets.checksumKey) ? ["the checksum key is payOS's published sample"] : [],
  accountOf(input) {
    const body = parseWebhookJson(input.rawBody);
    const number = isObject(body) && isObject(body.data) ? body.data.accountNumber : null;
    return typeof number === 'string' || typeof number === 'number' ? accountNumberOf(String(number)) : null;
  },
  create: ({ secrets, now }) => ({
    name: 'payos',
    reply: replyOf,
    verify(input): NotificationResult {
      const body = parseWebhookJson(input.rawBody);
      if (!isObject(body) || !isObject(body.data)) return { ok: false, reason: 'malformed' };
      const signed = signedText(body.data);
      if (signed === null || !isSameHex(body.signature, hmacHex('sha256', secrets.checksumKey, signed))) {
        return { ok: false, reason: 'bad_signature' };
      }
      const parsed = dataSchema.safeParse(body.data);
      if (!parsed.success) return { ok: false, reason: 'malformed' };
      const data = parsed.data;
      const isPaid = data.code === '00' && (data.currency ?? 'VND') === 'VND' && data.orderCode !== TEST_ORDER;
      if (!isPaid) return { ok: true, credits: [] };
      return {
        ok: true,
        credits: [
          {
            bankTxnId: `${data.reference}/${data.paymentLinkId}`,
            bankRef: data.reference,
            source: 'payos',
            accountNumber: accountNumberOf(data.accountNumber),
            virtualAccount: data.virtualAccountNumber || null,
            amountVnd: data.amount,
            at: fromGmt7(data.transactionDateTime ?? '') ?? now(),
            words: data.description,
            payer: data.counterAccountName || null,
          },
        ],
      };
    },
  }),
};

/** `name=value&…` in the alphabet's order, nothing encoded. Null: a value that is no text. */
function signedText(data: Record<string, unknown>): string | null {
  const pairs = Object.keys(data)
    .sort()
    .map((name) => {
      const value = data[name] ?? '';
      return typeof value === 'object' ? null : `${name}=${value}`;
    });
  return pairs.includes(null) ? null : pairs.join('&');
}
