import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import type { PaymentAccounts, StoredAccount } from './accounts.ts';
import { bankAccountOf } from './accounts.ts';
import type { BankCredit, BankNotifierKind, BankNotifierName } from './bank.ts';
import type { PaymentMetrics } from './metrics.ts';
import type { TransactionClass } from './payments.schema.ts';
import type { CallbackInput, HttpReply, StoreResult } from './provider.ts';
import { findReferences, unitOf } from './reference.ts';
import type { KnownAttempt, Settler } from './settle.ts';

export interface BankCreditDeps {
  database: Database;
  settler: Settler;
  accounts: PaymentAccounts;
  notifierKinds: readonly BankNotifierKind[];
  metrics?: PaymentMetrics;
}

const KEPT_LENGTH = 16_000;

export interface CreditOutcome {
  class: TransactionClass | 'known';
  ref: string | null;
}

export type BankCredits = ReturnType<typeof createBankCredits>;

/** Money on a bank account: to whose attempt it belongs, or to nobody's, in which case staff find it. */
export function createBankCredits({ database, settler, accounts, notifierKinds, metrics }: BankCreditDeps) {
  /** Who in this installation a reference belongs to, as far as its letters tell. */
  const isOfOtherUnit = async (ref: string, users: string[]): Promise<boolean> => {
    const [row] = await database.run<{ commune_id: string }>(
      'pay.unit_owner',
      'select commune_id from payment_units where code = $1',
      [unitOf(ref)],
    );
    return row === undefined || !users.includes(row.commune_id);
  };

  /**
   * Applies one credit. The same credit told again, also by another source with the bank's own number, changes nothing.
   * Right reference and amount: paid. Everything else is kept as what it is, and waits for an officer.
   */
  const apply = async (credit: BankCredit, account: StoredAccount): Promise<CreditOutcome> => {
    const refs = findReferences(credit.words);
    let attempt: KnownAttempt | null = null;
    for (const ref of refs) attempt ??= await settler.find(ref);
    const gatewayTxn = `${credit.source}:${credit.bankTxnId}`;
    if (attempt && attempt.accountId === account.id) {
      const settled = await settler.settle(attempt, {
        outcome: 'paid',
        amountVnd: credit.amountVnd,
        gatewayTxn,
        bankRef: credit.bankRef,
        paidAt: credit.at,
        code: credit.source,
        source: credit.source === 'statement' ? 'statement' : 'bank',
        words: credit.words,
      });
      return { class: settled.class ?? 'known', ref: attempt.ref };
    }
    const users = await accounts.usersOf(account.id);
    const [ref = null] = refs;
    const isElsewhere =
      ref !== null && (attempt !== null ? !users.includes(attempt.communeId) : await isOfOtherUnit(ref, users));
    const kind: TransactionClass = isElsewhere ? 'wrong_unit' : 'unknown_ref';
    const [row] = await database.run<{ class: TransactionClass }>('pay.credit', STRAY, [
      account.communeId,
      timeOrdered(),
      account.id,
      gatewayTxn,
      credit.bankRef,
      ref,
      credit.amountVnd,
      credit.at.toISOString(),
      credit.source === 'statement' ? 'statement' : 'bank',
      kind,
      credit.words.slice(0, 500),
    ]);
    metrics?.settled.inc({ method: 'vietqr', result: row ? kind : 'already_final' });
    return { class: row ? kind : 'known', ref };
  };

  return {
    apply,

    /** @returns null when nobody here has such an account */
    async receive(name: BankNotifierName, input: CallbackInput): Promise<HttpReply | null> {
      const kind = notifierKinds.find((one) => one.name === name);
      const number = kind?.accountOf(input) ?? null;
      const candidates = (await accounts.ofMethod('vietqr')).filter(({ notifier }) => notifier === name);
      const callback = {
        source: name,
        raw: input.rawBody.toString('utf8').replaceAll('\u0000', '').slice(0, KEPT_LENGTH),
      };
      const finish = async (
        result: Exclude<StoreResult, 'not_found' | 'amount_mismatch' | 'already_final'>,
        of?: StoredAccount,
      ) => {
        await settler.keep(callback, { communeId: of?.communeId ?? null, result });
        metrics?.callbacks.inc({ source: name, result });
      };
      // a test call names no account, or one nobody has: whoever's secret signed it is answered
      const named = candidates.filter((account) => bankAccountOf(account).accountNumber === number);
      let refusal: HttpReply | null = null;
      for (const account of named.length > 0 ? named : candidates) {
        const notifier = accounts.notifierOf(account);
        const read = notifier?.verify(input);
        if (!notifier || !read) continue;
        if (!read.ok) {
          refusal ??= notifier.reply(read.reason);
          continue;
        }
        await finish('stored', account);
        for (const credit of read.credits)
          if (credit.accountNumber === bankAccountOf(account).accountNumber) await apply(credit, account);
        return notifier.reply('stored');
      }
      await finish('bad_signature');
      return refusal;
    },
  };
}

const STRAY = `
insert into payment_transactions (commune_id, id, account_id, method, gateway_txn, bank_ref, ref, amount_vnd, at, source,
  class, words)
values ($1::uuid, $2::uuid, $3::uuid, 'vietqr', $4, $5, $6, $7::bigint, $8::timestamptz, $9, $10, $11)
on conflict do nothing
returning class`;
