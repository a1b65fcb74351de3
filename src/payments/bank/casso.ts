import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isObject, parseWebhookJson } from '../../channels/webhook-json.ts';
import type { BankCredit, BankNotifierKind, NotificationResult } from '../bank.ts';
import { hmacHex, isSameHex } from '../gateways/signing.ts';
import { fromGmt7 } from '../gmt7.ts';
import type { CallbackInput } from '../provider.ts';
import { accountNumberOf, headerOf, replyOf } from './replies.ts';

/** It tells again for hours; the same credit told twice is known by its number. */
const DRIFT_MS = 24 * 3_600_000;
const DEMO_KEYS = new Set(['mgExMrjj4i7a1p8Cs6LmFbpCd8lbw4sSX4LZXPag7TKazeIogtR90tvWYTkwQbvs']);

const secretsSchema = z
  .object({
    /** Webhook v2. */
    key: z.string().min(16).max(512).optional(),
    /** Webhook v1. */
    secureToken: z.string().min(16).max(512).optional(),
  })
  .refine(
    ({ key, secureToken }) => key !== undefined || secureToken !== undefined,
    'a key or a secure token is needed',
  );
type Secrets = z.output<typeof secretsSchema>;

const id = z.union([z.number(), z.string()]).transform(String);
const text = z.union([z.string(), z.number()]).transform(String).nullish();
const amount = z.number().refine(Number.isSafeInteger);
const v2Schema = z.object({
  id,
  reference: text,
  description: z.string(),
  amount,
  transactionDateTime: z.string().nullish(),
  accountNumber: text,
  virtualAccountNumber: text,
  counterAccountName: z.string().nullish(),
});
const v1Schema = z.object({
  id,
  tid: text,
  description: z.string(),
  amount,
  when: z.string().nullish(),
  bank_sub_acc_id: text,
  subAccId: text,
  virtualAccount: text,
});

/** Casso's webhook: v2 signed over the sorted body, v1 with a token in a header and several transactions at once. */
export const casso: BankNotifierKind<Secrets> = {
  name: 'casso',
  secrets: secretsSchema,
  faultsOf: ({ secrets, isDemo }) =>
    !isDemo && DEMO_KEYS.has(secrets.key ?? '') ? ["the key is Casso's published sample"] : [],
  accountOf(input) {
    const body = parseWebhookJson(input.rawBody);
    const data = isObject(body) ? (Array.isArray(body.data) ? body.data[0] : body.data) : null;
    if (!isObject(data)) return null;
    const number = data.accountNumber ?? data.bank_sub_acc_id ?? data.subAccId;
    return typeof number === 'string' || typeof number === 'number' ? accountNumberOf(String(number)) : null;
  },
  create: ({ secrets, now }) => ({
    name: 'casso',
    reply: replyOf,
    verify(input): NotificationResult {
      if (!isSigned(input, secrets, now())) return { ok: false, reason: 'bad_signature' };
      const body = parseWebhookJson(input.rawBody);
      if (!isObject(body)) return { ok: false, reason: 'malformed' };
      const parsed = Array.isArray(body.data)
        ? z.array(v1Schema).safeParse(body.data)
        : z.tuple([v2Schema]).safeParse([body.data]);
      if (!parsed.success) return { ok: false, reason: 'malformed' };
      const credits = parsed.data.filter((row) => row.amount > 0 && row.id !== '0').map((row) => creditOf(row, now()));
      return { ok: true, credits };
    },
  }),
};

function creditOf(row: z.output<typeof v1Schema> | z.output<typeof v2Schema>, now: Date): BankCredit {
  const isFirst = 'tid' in row || 'when' in row || 'bank_sub_acc_id' in row;
  const { v1, v2 } = isFirst
    ? { v1: row as z.output<typeof v1Schema>, v2: undefined }
    : { v1: undefined, v2: row as z.output<typeof v2Schema> };
  const bankRef = (v1 ? v1.tid : v2?.reference) || null;
  const when = (v1 ? v1.when : v2?.transactionDateTime) ?? '';
  return {
    // of v1 the bank's own number is the one to know a transaction by
    bankTxnId: v1 && bankRef ? bankRef : row.id,
    bankRef,
    source: 'casso',
    accountNumber: accountNumberOf((v1 ? (v1.bank_sub_acc_id ?? v1.subAccId) : v2?.accountNumber) ?? ''),
    virtualAccount: (v1 ? v1.virtualAccount : v2?.virtualAccountNumber) || null,
    amountVnd: row.amount,
    at: fromGmt7(when) ?? now,
    words: row.description,
    payer: v2?.counterAccountName || null,
  };
}

function isSigned({ headers, rawBody }: CallbackInput, { key, secureToken }: Secrets, now: Date): boolean {
  if (key === undefined) {
    const digest = (text: string) => createHash('sha256').update(text).digest('hex');
    return isSameHex(digest(headerOf(headers, 'secure-token') ?? ''), digest(secureToken!));
  }
  const parts = /^t=(\d{13}),\s*v1=([0-9a-fA-F]+)$/.exec(headerOf(headers, 'x-casso-signature') ?? '');
  if (!parts || Math.abs(now.getTime() - Number(parts[1])) > DRIFT_MS) return false;
  const sorted = sortedJson(rawBody);
  return sorted !== null && isSameHex(parts[2], hmacHex('sha512', key, `${parts[1]}.${sorted}`));
}

/** As Casso writes it before signing: keys in order at every depth, nothing between. */
function sortedJson(bytes: Buffer): string | null {
  try {
    return JSON.stringify(JSON.parse(bytes.toString('utf8')), (_, value) =>
      isObject(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
        : value,
    );
  } catch {
    return null;
  }
}
