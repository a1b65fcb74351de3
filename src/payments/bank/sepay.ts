import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isObject, parseWebhookJson } from '../../channels/webhook-json.ts';
import type { BankNotifierKind, NotificationResult } from '../bank.ts';
import { hmacHex, isSameHex } from '../gateways/signing.ts';
import { fromGmt7 } from '../gmt7.ts';
import type { CallbackInput } from '../provider.ts';
import { accountNumberOf, headerOf, replyOf } from './replies.ts';

/** A message older or newer than this is an old one sent again. */
const DRIFT_MS = 5 * 60_000;

const secretsSchema = z
  .object({ apiKey: z.string().min(16).max(512).optional(), secret: z.string().min(16).max(512).optional() })
  .refine(
    ({ apiKey, secret }) => apiKey !== undefined || secret !== undefined,
    'an API key or a signing secret is needed',
  );
type Secrets = z.output<typeof secretsSchema>;

const bodySchema = z.object({
  id: z.union([z.number(), z.string()]).transform(String),
  transactionDate: z.string(),
  accountNumber: z.string().min(1),
  code: z.string().nullish(),
  content: z.string(),
  transferType: z.enum(['in', 'out']),
  transferAmount: z.int().positive(),
  subAccount: z.string().nullish(),
  referenceCode: z.string().nullish(),
});

/** SePay's webhook per transaction: signed with a secret, or with an API key in the header. */
export const sepay: BankNotifierKind<Secrets> = {
  name: 'sepay',
  secrets: secretsSchema,
  faultsOf: () => [],
  accountOf(input) {
    const body = parseWebhookJson(input.rawBody);
    return isObject(body) && typeof body.accountNumber === 'string' ? accountNumberOf(body.accountNumber) : null;
  },
  create: ({ secrets, now }) => ({
    name: 'sepay',
    reply: replyOf,
    verify(input): NotificationResult {
      if (!isSigned(input, secrets, now())) return { ok: false, reason: 'bad_signature' };
      const parsed = bodySchema.safeParse(parseWebhookJson(input.rawBody));
      if (!parsed.success) return { ok: false, reason: 'malformed' };
      const body = parsed.data;
      if (body.transferType !== 'in') return { ok: true, credits: [] };
      const found = body.code && !body.content.includes(body.code) ? `${body.code} ` : '';
      return {
        ok: true,
        credits: [
          {
            bankTxnId: body.id,
            bankRef: body.referenceCode || null,
            source: 'sepay',
            accountNumber: accountNumberOf(body.accountNumber),
            virtualAccount: body.subAccount || null,
            amountVnd: body.transferAmount,
            at: fromGmt7(body.transactionDate) ?? now(),
            words: `${found}${body.content}`,
            payer: null,
          },
        ],
      };
    },
  }),
};

function isSigned({ headers, rawBody }: CallbackInput, { apiKey, secret }: Secrets, now: Date): boolean {
  if (secret === undefined) {
    // hashes of both are compared: they have one length
    const digest = (text: string) => createHash('sha256').update(text).digest('hex');
    return isSameHex(digest(headerOf(headers, 'authorization') ?? ''), digest(`Apikey ${apiKey}`));
  }
  const timestamp = headerOf(headers, 'x-sepay-timestamp') ?? '';
  if (!/^\d{10}$/.test(timestamp) || Math.abs(now.getTime() - Number(timestamp) * 1000) > DRIFT_MS) return false;
  const expected = hmacHex('sha256', secret, Buffer.concat([Buffer.from(`${timestamp}.`), rawBody]));
  return isSameHex(headerOf(headers, 'x-sepay-signature')?.replace(/^sha256=/, ''), expected);
}
