import { ConfigError } from '../errors.ts';
import { bankAccountOf, type StoredAccount } from './accounts.ts';
import { readStatement } from './bank/statement.ts';
import { isGateway } from './offer.ts';
import { type ReconcileDeps, type ReconciliationReport, reconcile, reconcileStatement } from './reconcile.ts';
import { readSettlement } from './settlement.ts';

interface FileInput {
  account: StoredAccount;
  /** Day in Vietnam, "2026-11-21". */
  day: string;
  path: string;
  fileName: string;
  officerId: string | null;
}

/**
 * Reads a gateway's report or a bank statement, as the account is one or the other, and compares its day with our books.
 * Lines that could not be read stand in the report.
 * @throws {UnreadableFile} with a sentence for staff; {ConfigError} for an account no file speaks of
 */
export function createReconciliation(deps: ReconcileDeps) {
  return async ({ path, ...about }: FileInput): Promise<ReconciliationReport> => {
    const { account } = about;
    if (isGateway(account.method)) {
      const { rows, rejected } = await readSettlement(path, account.method);
      return reconcile(deps, { ...about, rejected }, rows);
    }
    if (account.method !== 'vietqr') throw new ConfigError(`${account.method} has no file to reconcile with`);
    const { credits, rejected } = await readStatement(path, bankAccountOf(account));
    return reconcileStatement(deps, { ...about, rejected }, credits);
  };
}
