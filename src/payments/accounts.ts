import { and, asc, eq, sql } from 'drizzle-orm';
import type { SecretBox } from '../communes/secrets.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { AppError, ConfigError } from '../errors.ts';
import type { BankNotifier, BankNotifierKind, BankNotifierName } from './bank.ts';
import { paymentAccounts, paymentMethods } from './payments.schema.ts';
import type { GatewayName, PaymentMethod, PaymentProvider, ProviderKind, ProviderUrls } from './provider.ts';

/** Where transfers go: what a VietQR is made of. */
export interface BankAccount {
  /** Six digits, of the bank. */
  bin: string;
  bankName: string;
  accountNumber: string;
  accountName: string;
}

/** A way to pay as a commune offers it. */
export interface OfferedMethod {
  method: PaymentMethod;
  accountId: string;
  payee: string;
}

export type StoredAccount = typeof paymentAccounts.$inferSelect;

export interface AccountInput {
  method: PaymentMethod;
  name: string;
  payee: string;
  settings: unknown;
  secrets?: unknown;
  notifier?: { name: BankNotifierName; secrets: unknown };
}

export interface PaymentAccountsDeps {
  database: Database;
  box: SecretBox;
  kinds: readonly ProviderKind[];
  notifierKinds: readonly BankNotifierKind[];
  urls: ProviderUrls;
  /** In the demo the published sample secrets may be used. */
  isDemo?: boolean;
  now?: () => Date;
}

const sealedAs = (row: { communeId: string; id: string }) => `payment account/${row.communeId}/${row.id}`;
const notifierAs = (row: { communeId: string; id: string }) => `payment notifier/${row.communeId}/${row.id}`;

export type PaymentAccounts = ReturnType<typeof createPaymentAccounts>;

/**
 * Contracts with gateways and accounts at banks: stored sealed, opened into providers, which are kept until their row
 * changes. Several communes may use one.
 */
export function createPaymentAccounts(deps: PaymentAccountsDeps) {
  const { database, box, kinds, notifierKinds, urls, isDemo = false, now = () => new Date() } = deps;
  const { orm } = database;
  const opened = new Map<string, { stamp: number; provider?: PaymentProvider; notifier?: BankNotifier }>();

  const kindOf = (method: PaymentMethod) => kinds.find((kind) => kind.method === method);
  const entryOf = (row: StoredAccount) => {
    const stamp = row.updatedAt.getTime();
    const known = opened.get(row.id);
    if (known?.stamp === stamp) return known;
    const entry = { stamp };
    opened.set(row.id, entry);
    return entry as NonNullable<typeof known>;
  };

  const checked = (input: AccountInput) => {
    const faults: string[] = [];
    const kind = kindOf(input.method);
    let settings: unknown = input.settings;
    let secrets: unknown = input.secrets;
    if (kind) {
      const readSettings = kind.settings.safeParse(input.settings);
      const readSecrets = kind.secrets.safeParse(input.secrets);
      for (const issue of [...(readSettings.error?.issues ?? []), ...(readSecrets.error?.issues ?? [])])
        faults.push(`${issue.path.join('.') || input.method}: ${issue.message}`);
      if (faults.length === 0) {
        settings = readSettings.data;
        secrets = readSecrets.data;
        faults.push(...kind.faultsOf({ settings: readSettings.data, secrets: readSecrets.data, urls }));
      }
    } else if (input.method === 'vietqr') {
      const bank = input.settings as Partial<BankAccount> | undefined;
      if (!/^\d{6}$/.test(bank?.bin ?? '')) faults.push('bin: must be six digits');
      if (!/^[0-9A-Z]{6,19}$/.test(bank?.accountNumber ?? '')) faults.push('accountNumber: 6 to 19 letters and digits');
      if (!bank?.accountName?.trim()) faults.push('accountName: must be given');
      settings = { bankName: '', ...bank };
      secrets = undefined;
    } else faults.push(`${input.method}: is not a way to pay that needs an account`);
    const notifier = input.notifier && notifierKinds.find(({ name }) => name === input.notifier!.name);
    if (input.notifier && input.method !== 'vietqr') faults.push('notifier: only for a bank account');
    if (input.notifier && !notifier) faults.push(`notifier: there is none called "${input.notifier.name}"`);
    let notifierSecrets: unknown;
    if (notifier && input.notifier) {
      const read = notifier.secrets.safeParse(input.notifier.secrets);
      for (const issue of read.error?.issues ?? []) faults.push(`notifier ${issue.path.join('.')}: ${issue.message}`);
      if (read.success) {
        notifierSecrets = read.data;
        faults.push(...notifier.faultsOf({ secrets: read.data, isDemo }));
      }
    }
    if (!input.name.trim()) faults.push('name: must be given');
    if (!input.payee.trim()) faults.push('payee: must be given, as citizens read it');
    if (faults.length > 0) throw new ConfigError(`payment account to correct:\n  ${faults.join('\n  ')}`);
    return { settings, secrets, notifierSecrets };
  };

  /** @throws {AppError} `secret_unreadable`; {ConfigError} when its kind is not part of this program */
  const providerOf = (row: StoredAccount): PaymentProvider => {
    const entry = entryOf(row);
    if (entry.provider) return entry.provider;
    const kind = kindOf(row.method);
    if (!kind) throw new ConfigError(`no gateway called "${row.method}"`);
    const secrets = JSON.parse(box.open(row.secrets ?? '', sealedAs(row)));
    const config = { settings: kind.settings.parse(row.settings), secrets: kind.secrets.parse(secrets), urls };
    entry.provider = kind.create({ ...config, now });
    return entry.provider;
  };

  const notifierOf = (row: StoredAccount): BankNotifier | null => {
    const entry = entryOf(row);
    if (entry.notifier) return entry.notifier;
    const kind = notifierKinds.find(({ name }) => name === row.notifier);
    if (!kind || row.notifierSecrets === null) return null;
    const secrets = kind.secrets.parse(JSON.parse(box.open(row.notifierSecrets, notifierAs(row))));
    entry.notifier = kind.create({ secrets, now });
    return entry.notifier;
  };

  const accounts = {
    providerOf,
    notifierOf,
    /**
     * Stores a contract and offers it; one of the same method and name gets its settings and secrets replaced.
     * @throws {ConfigError} naming every fault
     */
    async connect(communeId: string, input: AccountInput): Promise<StoredAccount> {
      const { settings, secrets, notifierSecrets } = checked(input);
      const name = input.name.normalize('NFC').trim();
      const [known] = await orm
        .select()
        .from(paymentAccounts)
        .where(
          and(
            eq(paymentAccounts.communeId, communeId),
            eq(paymentAccounts.method, input.method),
            eq(paymentAccounts.name, name),
          ),
        );
      const row = { communeId, id: known?.id ?? timeOrdered() };
      const values = {
        payee: input.payee.normalize('NFC').trim(),
        settings: settings as Record<string, unknown>,
        secrets: secrets === undefined ? null : box.seal(JSON.stringify(secrets), sealedAs(row)),
        notifier: input.notifier?.name ?? null,
        notifierSecrets:
          notifierSecrets === undefined ? null : box.seal(JSON.stringify(notifierSecrets), notifierAs(row)),
        updatedAt: sql`clock_timestamp()`,
      };
      const [stored] = await orm
        .insert(paymentAccounts)
        .values({ ...row, method: input.method, name, ...values })
        .onConflictDoUpdate({ target: [paymentAccounts.communeId, paymentAccounts.id], set: values })
        .returning();
      await accounts.offer(communeId, stored!);
      return stored!;
    },

    /** Lets a commune use an account, its own or a province's, behind the ways it offers already. */
    async offer(communeId: string, account: Pick<StoredAccount, 'id' | 'method'>): Promise<void> {
      const position = sql`(select coalesce(max(position), 0) + 1 from payment_methods where commune_id = ${communeId})`;
      await orm
        .insert(paymentMethods)
        .values({ communeId, method: account.method, accountId: account.id, position })
        .onConflictDoUpdate({
          target: [paymentMethods.communeId, paymentMethods.method],
          set: { accountId: account.id, isActive: true },
        });
    },

    /** Stops or resumes offering a way. What was begun by it goes on. @returns false when the commune has none */
    async setActive(communeId: string, method: PaymentMethod, isActive: boolean): Promise<boolean> {
      const rows = await orm
        .update(paymentMethods)
        .set({ isActive })
        .where(and(eq(paymentMethods.communeId, communeId), eq(paymentMethods.method, method)))
        .returning();
      return rows.length > 0;
    },

    /** The ways a commune offers now, in order. */
    async offered(communeId: string): Promise<(OfferedMethod & { account: StoredAccount })[]> {
      const rows = await orm
        .select({ way: paymentMethods, account: paymentAccounts })
        .from(paymentMethods)
        .innerJoin(paymentAccounts, eq(paymentAccounts.id, paymentMethods.accountId))
        .where(and(eq(paymentMethods.communeId, communeId), eq(paymentMethods.isActive, true)))
        .orderBy(asc(paymentMethods.position));
      return rows.map(({ way, account }) => ({
        method: way.method,
        accountId: way.accountId,
        payee: account.payee,
        account,
      }));
    },

    /** All ways of a commune, also those not offered, for lists. No secret. */
    async list(communeId: string) {
      const rows = await orm
        .select({ way: paymentMethods, account: paymentAccounts })
        .from(paymentMethods)
        .innerJoin(paymentAccounts, eq(paymentAccounts.id, paymentMethods.accountId))
        .where(eq(paymentMethods.communeId, communeId))
        .orderBy(asc(paymentMethods.position));
      return rows.map(({ way, account }) => ({
        method: way.method,
        isActive: way.isActive,
        name: account.name,
        payee: account.payee,
        notifier: account.notifier,
        isShared: account.communeId !== communeId,
        settings: account.settings,
      }));
    },

    async byId(id: string): Promise<StoredAccount | undefined> {
      const [row] = await orm.select().from(paymentAccounts).where(eq(paymentAccounts.id, id));
      return row;
    },

    ofMethod: (method: GatewayName | 'vietqr'): Promise<StoredAccount[]> =>
      orm.select().from(paymentAccounts).where(eq(paymentAccounts.method, method)),

    /** Communes whose money comes to an account. */
    async usersOf(accountId: string): Promise<string[]> {
      const rows = await orm
        .select({ communeId: paymentMethods.communeId })
        .from(paymentMethods)
        .where(eq(paymentMethods.accountId, accountId));
      return rows.map(({ communeId }) => communeId);
    },

    /** An account by the name an operator gave it, at whichever commune it stands. @throws {ConfigError} */
    async byName(communeId: string, method: PaymentMethod, name?: string): Promise<StoredAccount> {
      const rows = await orm
        .select()
        .from(paymentAccounts)
        .where(and(eq(paymentAccounts.communeId, communeId), eq(paymentAccounts.method, method)));
      const found = name === undefined ? rows[0] : rows.find((row) => row.name === name.normalize('NFC').trim());
      if (!found) throw new ConfigError(`no ${method} account${name ? ` "${name}"` : ''} (hoixa payments list)`);
      return found;
    },

    /** Why stored contracts, all or a commune's own, may not run with this configuration: checked when a process starts. */
    async faults(communeId?: string): Promise<string[]> {
      const rows = await orm
        .select()
        .from(paymentAccounts)
        .where(communeId ? eq(paymentAccounts.communeId, communeId) : undefined);
      return rows.flatMap((row) => {
        const kind = kindOf(row.method);
        if (!kind) return [];
        try {
          const secrets = kind.secrets.parse(JSON.parse(box.open(row.secrets ?? '', sealedAs(row))));
          const settings = kind.settings.parse(row.settings);
          return kind.faultsOf({ settings, secrets, urls }).map((fault) => `${row.method} "${row.name}": ${fault}`);
        } catch (error) {
          if (error instanceof AppError) return [`${row.method} "${row.name}": ${error.message}`];
          return [`${row.method} "${row.name}": stored settings are not valid any more: connect it again`];
        }
      });
    },
  };
  return accounts;
}

export const bankAccountOf = (account: Pick<StoredAccount, 'settings'>) => account.settings as unknown as BankAccount;

/** Seals the secrets of contracts and notifiers with today's key again. @returns how many rows changed */
export async function resealPaymentSecrets(orm: Database['orm'], box: SecretBox): Promise<number> {
  let count = 0;
  for (const row of await orm.select().from(paymentAccounts)) {
    const again = (sealed: string | null, context: string) =>
      sealed !== null && box.isStale(sealed) ? box.seal(box.open(sealed, context), context) : sealed;
    const secrets = again(row.secrets, sealedAs(row));
    const notifierSecrets = again(row.notifierSecrets, notifierAs(row));
    if (secrets === row.secrets && notifierSecrets === row.notifierSecrets) continue;
    await orm
      .update(paymentAccounts)
      .set({ secrets, notifierSecrets })
      .where(and(eq(paymentAccounts.communeId, row.communeId), eq(paymentAccounts.id, row.id)));
    count++;
  }
  return count;
}
