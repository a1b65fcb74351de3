import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import {
  type CallbackInput,
  type GatewayName,
  type PaymentAttempt,
  PaymentGatewayError,
  type PaymentOutcome,
  type PaymentProvider,
  type ProviderKind,
  type StoreResult,
} from '../provider.ts';

/** What this gateway knows of an order. */
interface GatewayOrder {
  amountVnd: number;
  outcome: PaymentOutcome;
  txn: string | null;
  paidAt: Date | null;
}

const settings = z.object({ terminal: z.string() });
const secrets = z.object({ key: z.string().min(8) });

const signed = (fields: Record<string, string>, key: string) =>
  createHmac('sha256', key)
    .update(
      Object.keys(fields)
        .sort()
        .map((name) => `${name}=${fields[name]}`)
        .join('&'),
    )
    .digest('hex');

/**
 * A gateway within the process, for tests of what stands behind the port: signs, refuses, retries nothing by itself. It
 * speaks a protocol of its own; those of the real gateways are tested with their adapters.
 */
export function createTestGateway(method: GatewayName = 'vnpay', limits = { minVnd: 5_000, maxVnd: 999_999_999 }) {
  const orders = new Map<string, GatewayOrder>();
  const calls = { create: 0, query: 0, refund: 0 };
  const behaviour: { isDown: boolean; refundOutcome: 'refunded' | 'pending' | 'refused' } = {
    isDown: false,
    refundOutcome: 'refunded',
  };
  const refunds = new Map<string, number>();
  const ifUp = () => {
    if (behaviour.isDown) throw new PaymentGatewayError('unavailable', 'the test gateway is down');
  };

  const kind: ProviderKind<z.infer<typeof settings>, z.infer<typeof secrets>> = {
    method,
    settings,
    secrets,
    faultsOf: ({ secrets: { key } }) => (key.startsWith('demo-') ? ['the key is a published demo key'] : []),
    refOf: (input) => {
      const values = new URLSearchParams(input.rawQuery).getAll('ref');
      return values.length === 1 ? values[0]! : null;
    },
    create({ settings: { terminal }, secrets: { key } }): PaymentProvider {
      return {
        method,
        limits,
        async create(attempt) {
          calls.create++;
          ifUp();
          if (orders.has(attempt.ref))
            throw new PaymentGatewayError('refused', 'order number used before', { gatewayCode: '41' });
          orders.set(attempt.ref, { amountVnd: attempt.amountVnd, outcome: 'pending', txn: null, paidAt: null });
          return { url: `https://pay.test-gateway.vn/${terminal}/${attempt.ref}` };
        },
        verifyCallback({ rawQuery }) {
          const params = new URLSearchParams(rawQuery);
          const names = [...params.keys()];
          if (new Set(names).size !== names.length || names.some((name) => /[[\]]/.test(name)))
            return { ok: false, reason: 'malformed' };
          const { signature = '', ...fields } = Object.fromEntries(params);
          const ref = fields.ref ?? '';
          const expected = signed(fields, key);
          const isSigned =
            signature.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
          if (!isSigned) return { ok: false, reason: 'bad_signature', ref };
          if (fields.terminal !== terminal) return { ok: false, reason: 'other_account', ref };
          return {
            ok: true,
            payment: {
              ref,
              outcome: fields.outcome as PaymentOutcome,
              amountVnd: Number(fields.amount),
              gatewayTxn: fields.txn || null,
              paidAt: fields.at ? new Date(fields.at) : null,
              code: fields.outcome ?? '',
              raw: fields,
            },
          };
        },
        reply: (result, { ref }) => ({
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ code: CODES[result], ref: ref ?? null }),
        }),
        async query(attempt) {
          calls.query++;
          ifUp();
          const order = orders.get(attempt.ref);
          if (!order) throw new PaymentGatewayError('refused', 'no such order', { gatewayCode: '42' });
          return {
            ref: attempt.ref,
            outcome: order.outcome,
            amountVnd: order.amountVnd,
            gatewayTxn: order.txn,
            paidAt: order.paidAt,
            code: order.outcome,
            raw: order,
          };
        },
        async refund(attempt: PaymentAttempt, request) {
          calls.refund++;
          ifUp();
          // the same request again is the same refund
          if (!refunds.has(request.requestId)) {
            const order = orders.get(attempt.ref);
            if (order?.txn !== request.gatewayTxn) return { outcome: 'refused', code: '91', raw: null };
            if (behaviour.refundOutcome === 'refused') return { outcome: 'refused', code: '95', raw: null };
            refunds.set(request.requestId, request.amountVnd);
          }
          return { outcome: behaviour.refundOutcome, code: '00', raw: null };
        },
      };
    },
  };

  return {
    kind: kind as ProviderKind,
    orders,
    refunds,
    calls,
    behaviour,
    /** The citizen does something on the gateway's page; nobody is told of it yet. */
    act(ref: string, outcome: PaymentOutcome, { at = new Date(), amountVnd }: { at?: Date; amountVnd?: number } = {}) {
      const order = orders.get(ref)!;
      order.outcome = outcome;
      if (amountVnd !== undefined) order.amountVnd = amountVnd;
      if (outcome === 'paid') {
        order.txn ??= `T${randomUUID().slice(0, 12)}`;
        order.paidAt ??= at;
      }
      return order;
    },
    /** The query string the gateway would call us with now. */
    message(
      ref: string,
      account: { terminal: string; key: string },
      change: Partial<Record<'outcome' | 'amount' | 'txn' | 'terminal' | 'at', string>> = {},
    ): string {
      const order = orders.get(ref) ?? { amountVnd: 8_000, outcome: 'paid', txn: 'T0', paidAt: null };
      const fields: Record<string, string> = {
        ref,
        terminal: account.terminal,
        amount: String(order.amountVnd),
        outcome: order.outcome,
        txn: order.txn ?? '',
        at: order.paidAt?.toISOString() ?? '',
        ...change,
      };
      return new URLSearchParams({ ...fields, signature: signed(fields, account.key) }).toString();
    },
  };
}
export type TestGateway = ReturnType<typeof createTestGateway>;

const CODES: Record<StoreResult, string> = {
  stored: '00',
  already_final: '02',
  not_found: '01',
  amount_mismatch: '04',
  bad_signature: '97',
  malformed: '97',
  error: '99',
};

export const asInput = (rawQuery: string): CallbackInput => ({
  method: 'GET',
  rawQuery,
  rawBody: Buffer.alloc(0),
  headers: {},
});
