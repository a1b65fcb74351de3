import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { PaymentAccounts } from './accounts.ts';
import type { PaymentMetrics } from './metrics.ts';
import type { CallbackInput, GatewayName, HttpReply, ProviderKind, StoreResult } from './provider.ts';
import type { RawCallback, Settler } from './settle.ts';

export interface CallbackDeps {
  settler: Settler;
  accounts: PaymentAccounts;
  kinds: readonly ProviderKind[];
  log: Log;
  metrics?: PaymentMetrics;
}

/** Longer than any gateway's message; the rest of a longer one tells nothing. */
const KEPT_LENGTH = 16_000;

/**
 * Takes a gateway's message: whose attempt it is, whether that contract's secret signed it, then one statement that
 * keeps it and does what it says. The answer is made only after that was committed.
 */
export type Callbacks = ReturnType<typeof createCallbacks>;

export function createCallbacks({ settler, accounts, kinds, log, metrics }: CallbackDeps) {
  /** Also for what names no attempt of ours: somebody's secret must have signed it before it is answered as known. */
  const unknown = async (method: GatewayName, input: CallbackInput, ref: string | null): Promise<HttpReply | null> => {
    const callback = rawOf(method, input);
    let refusal: HttpReply | null = null;
    for (const account of await accounts.ofMethod(method)) {
      const provider = accounts.providerOf(account);
      const read = provider.verifyCallback(input, 'ipn');
      if (!read.ok && read.reason !== 'other_account') {
        refusal ??= provider.reply(read.reason, { input, ...(ref ? { ref } : {}) });
        continue;
      }
      await settler.keep(callback, { ref, communeId: account.communeId, result: 'not_found' });
      count(method, 'not_found');
      return provider.reply('not_found', { input, ...(ref ? { ref } : {}) });
    }
    await settler.keep(callback, { ref, result: 'bad_signature' });
    count(method, 'bad_signature');
    return refusal;
  };

  const count = (source: string, result: StoreResult) => metrics?.callbacks.inc({ source, result });

  return {
    /** @returns null when no contract of this gateway exists: there is nobody whose words to answer in */
    async receive(method: GatewayName, input: CallbackInput): Promise<HttpReply | null> {
      const kind = kinds.find((one) => one.method === method);
      const ref = kind?.refOf(input) ?? null;
      const attempt = ref === null ? null : await settler.find(ref);
      if (!attempt || attempt.method !== method || attempt.accountId === null) return unknown(method, input, ref);
      const account = await accounts.byId(attempt.accountId);
      if (!account) return unknown(method, input, ref);
      const provider = accounts.providerOf(account);
      const callback = rawOf(method, input);
      const about = { communeId: attempt.communeId, attemptId: attempt.id, ref: attempt.ref };
      try {
        const read = provider.verifyCallback(input, 'ipn');
        if (!read.ok) {
          const result = read.reason === 'other_account' ? 'not_found' : read.reason;
          await settler.keep(callback, { ...about, result });
          count(method, result);
          return provider.reply(result, { input, ref: attempt.ref });
        }
        const { payment } = read;
        const { result } = await settler.settle(attempt, { ...payment, source: 'ipn' }, callback);
        count(method, result);
        return provider.reply(result, { input, ref: attempt.ref });
      } catch (error) {
        log.error('payments.callback_failed', { communeId: attempt.communeId, method, error: errorText(error) });
        count(method, 'error');
        return provider.reply('error', { input, ref: attempt.ref });
      }
    },
  };
}

const rawOf = (source: string, { rawQuery, rawBody }: CallbackInput): RawCallback => ({
  source,
  raw: [rawQuery, rawBody.toString('utf8')].filter(Boolean).join('\n').replaceAll('\u0000', '').slice(0, KEPT_LENGTH),
});
