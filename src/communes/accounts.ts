import { and, eq, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { AppError, ConfigError, errorText } from '../errors.ts';
import { channelAccounts } from './communes.schema.ts';
import type { SecretBox } from './secrets.ts';

const secretsSchema = z.object({
  /** Zalo App Secret Key, Meta app secret. */
  appSecret: z.string().min(1),
  /** Zalo OA Secret Key: signs webhooks. */
  oaSecret: z.string().optional(),
  /** Accepted beside `oaSecret` while it is being replaced. */
  oaSecretPrevious: z.string().optional(),
  /** Messenger: the word the platform repeats when the webhook address is saved. */
  verifyToken: z.string().optional(),
  /** Zalo OA access token, Messenger page token. */
  accessToken: z.string().min(1),
  /** Zalo: single use; each refresh brings the next. */
  refreshToken: z.string().optional(),
});
export type AccountSecrets = z.infer<typeof secretsSchema>;

/** An OA or page with its secrets in clear: keep it in memory only, never log it. */
export interface ChannelAccount {
  id: string;
  communeId: string;
  channel: 'zalo' | 'messenger';
  externalId: string;
  appId: string;
  name: string;
  secrets: AccountSecrets;
  tokenExpiresAt: Date | null;
  status: 'active' | 'needs_reauthorisation' | 'restricted';
  statusReason: string | null;
  pausedUntil: Date | null;
}

export interface ConnectInput {
  communeId: string;
  channel: 'zalo' | 'messenger';
  externalId: string;
  appId: string;
  name?: string;
  secrets: AccountSecrets;
  tokenExpiresAt?: Date | null;
}

/** An account whose secrets were sealed with a key this process does not have. */
export interface UnreadableAccount extends Pick<ChannelAccount, 'id' | 'communeId' | 'channel' | 'externalId'> {
  reason: string;
}

/** Channel accounts with sealed secrets. Reads are cached for `cacheMs` so that a webhook costs no query. */
export interface AccountStore {
  /** @throws {AppError} `secret_unreadable`: it is ours, but what it gets cannot be verified now */
  find(channel: 'zalo' | 'messenger', externalId: string): Promise<ChannelAccount | undefined>;
  list(channel: 'zalo' | 'messenger'): Promise<ChannelAccount[]>;
  /** Those that can be read: one with a wrong key must not stop the others. */
  all(): Promise<ChannelAccount[]>;
  unreadable(): Promise<UnreadableAccount[]>;
  /** Reads the row anew: use it when a platform refused the cached token. */
  fresh(accountId: string): Promise<ChannelAccount>;
  /** @throws {AppError} `secret_unreadable` */
  byId(accountId: string): Promise<ChannelAccount | undefined>;
  /**
   * Adds the account, or replaces its tokens and clears its faults.
   * @throws {ConfigError} when a secret is empty
   */
  connect(input: ConnectInput): Promise<ChannelAccount>;
  /** Takes the right to use the refresh token for `ms`; false: another process has it. */
  claimRefresh(accountId: string, ms: number): Promise<boolean>;
  /** Stores the new pair and ends the refresh claim, in one statement, before anybody uses it. */
  saveTokens(
    accountId: string,
    tokens: { accessToken: string; refreshToken?: string; expiresAt: Date | null },
  ): Promise<ChannelAccount>;
  releaseRefresh(accountId: string): Promise<void>;
  setStatus(accountId: string, status: ChannelAccount['status'], reason: string | null): Promise<void>;
  /** No send of this account before `until`, whatever the process. */
  pause(accountId: string, until: Date): Promise<void>;
  /** Seals every secret with today's key again; returns how many rows changed. */
  resealAll(): Promise<number>;
  /** Looks whether another process changed an account. @returns true when it did */
  refresh(): Promise<boolean>;
}

type Row = typeof channelAccounts.$inferSelect;
interface Known {
  readable: ChannelAccount[];
  unreadable: UnreadableAccount[];
}

export function createAccountStore(db: Db, box: SecretBox, { cacheMs = 1_000 } = {}): AccountStore {
  let cache: { checkedAt: number; version: string; accounts: Promise<Known> } | null = null;
  const context = (row: { communeId: string; id: string }) => `${row.communeId}/${row.id}`;
  const open = (row: Row): ChannelAccount => ({
    id: row.id,
    communeId: row.communeId,
    channel: row.channel,
    externalId: row.externalId,
    appId: row.appId,
    name: row.name,
    secrets: secretsSchema.parse(JSON.parse(box.open(row.secrets, context(row)))),
    tokenExpiresAt: row.tokenExpiresAt,
    status: row.status,
    statusReason: row.statusReason,
    pausedUntil: row.pausedUntil,
  });
  const openAll = (rows: Row[]): Known => {
    const known: Known = { readable: [], unreadable: [] };
    for (const row of rows) {
      try {
        known.readable.push(open(row));
      } catch (error) {
        const { id, communeId, channel, externalId } = row;
        known.unreadable.push({ id, communeId, channel, externalId, reason: errorText(error) });
      }
    }
    return known;
  };
  const forget = () => {
    cache = null;
  };
  const versionOf = async () => {
    const [row] = await db
      .select({ version: sql<string>`count(*) || ' ' || coalesce(max(${channelAccounts.updatedAt})::text, '')` })
      .from(channelAccounts);
    return row!.version;
  };
  const load = (version: string) => {
    const accounts = db.select().from(channelAccounts).then(openAll);
    const entry = { checkedAt: Date.now(), version, accounts };
    cache = entry;
    accounts.catch(() => {
      if (cache === entry) cache = null;
    });
    return accounts;
  };
  /** Reads the rows anew only when one changed: thousands of secrets are not opened every second. */
  const refresh = async () => {
    const version = await versionOf();
    if (cache?.version === version) {
      cache.checkedAt = Date.now();
      return false;
    }
    await load(version);
    return true;
  };
  let refreshing: Promise<boolean> | null = null;
  const refreshOnce = () => {
    refreshing ??= refresh().finally(() => {
      refreshing = null;
    });
    return refreshing;
  };
  const known = async () => {
    if (!cache || Date.now() - cache.checkedAt > cacheMs) await refreshOnce();
    return cache ? cache.accounts : load(await versionOf());
  };
  const fresh = async (accountId: string) => {
    const [row] = await db.select().from(channelAccounts).where(eq(channelAccounts.id, accountId));
    if (!row) throw new Error(`channel account ${accountId} is gone`);
    forget();
    return open(row);
  };

  const pick = async (isIt: (account: ChannelAccount | UnreadableAccount) => boolean) => {
    const { readable, unreadable } = await known();
    const broken = unreadable.find(isIt);
    if (broken) throw new AppError('secret_unreadable', `${broken.channel} ${broken.externalId}: ${broken.reason}`);
    return readable.find(isIt);
  };

  return {
    all: async () => (await known()).readable,
    unreadable: async () => (await known()).unreadable,
    fresh,
    refresh: refreshOnce,
    find: (channel, externalId) => pick((account) => account.channel === channel && account.externalId === externalId),
    list: async (channel) => (await known()).readable.filter((account) => account.channel === channel),
    byId: (accountId) => pick((account) => account.id === accountId),

    async connect(input) {
      const rows = await db
        .select()
        .from(channelAccounts)
        .where(and(eq(channelAccounts.channel, input.channel), eq(channelAccounts.externalId, input.externalId)));
      if (rows[0] && rows[0].communeId !== input.communeId) {
        throw new ConfigError(
          `${input.channel} ${input.externalId} is connected to another commune already (hoixa channel list)`,
        );
      }
      const id = rows[0]?.id ?? timeOrdered();
      // What was sealed with a lost key is replaced whole.
      const before = openAll(rows).readable[0];
      const isNewWebhookKey = before?.secrets.oaSecret && before.secrets.oaSecret !== input.secrets.oaSecret;
      const parsed = secretsSchema.safeParse({
        ...input.secrets,
        ...(isNewWebhookKey ? { oaSecretPrevious: before.secrets.oaSecret } : {}),
      });
      if (!parsed.success) {
        const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
        throw new ConfigError(`secrets of ${input.channel} ${input.externalId}:\n${faults.join('\n')}`);
      }
      const secrets = parsed.data;
      const values = {
        communeId: input.communeId,
        appId: input.appId,
        name: input.name ?? before?.name ?? '',
        secrets: box.seal(JSON.stringify(secrets), context({ communeId: input.communeId, id })),
        tokenExpiresAt: input.tokenExpiresAt ?? null,
        status: 'active' as const,
        statusReason: null,
        pausedUntil: null,
        refreshLeaseUntil: null,
        updatedAt: sql`clock_timestamp()`,
      };
      const [row] = await db
        .insert(channelAccounts)
        .values({ id, channel: input.channel, externalId: input.externalId, ...values })
        .onConflictDoUpdate({ target: [channelAccounts.channel, channelAccounts.externalId], set: values })
        .returning();
      forget();
      return open(row!);
    },

    async claimRefresh(accountId, ms) {
      const claimed = await db
        .update(channelAccounts)
        .set({ refreshLeaseUntil: sql`now() + ${`${ms} milliseconds`}::interval` })
        .where(
          and(
            eq(channelAccounts.id, accountId),
            sql`(${channelAccounts.refreshLeaseUntil} is null or ${channelAccounts.refreshLeaseUntil} <= now())`,
          ),
        )
        .returning({ id: channelAccounts.id });
      return claimed.length > 0;
    },

    async saveTokens(accountId, tokens) {
      const account = await fresh(accountId);
      const secrets: AccountSecrets = {
        ...account.secrets,
        accessToken: tokens.accessToken,
        // One platform answer without a refresh token must not wipe a working one.
        ...(tokens.refreshToken ? { refreshToken: tokens.refreshToken } : {}),
      };
      await db
        .update(channelAccounts)
        .set({
          secrets: box.seal(JSON.stringify(secrets), context(account)),
          tokenExpiresAt: tokens.expiresAt,
          status: 'active',
          statusReason: null,
          refreshLeaseUntil: null,
          updatedAt: sql`clock_timestamp()`,
        })
        .where(eq(channelAccounts.id, accountId));
      forget();
      return { ...account, secrets, tokenExpiresAt: tokens.expiresAt, status: 'active', statusReason: null };
    },

    async releaseRefresh(accountId) {
      await db.update(channelAccounts).set({ refreshLeaseUntil: null }).where(eq(channelAccounts.id, accountId));
    },

    async setStatus(accountId, status, reason) {
      await db
        .update(channelAccounts)
        .set({ status, statusReason: reason, refreshLeaseUntil: null, updatedAt: sql`clock_timestamp()` })
        .where(eq(channelAccounts.id, accountId));
      forget();
    },

    async pause(accountId, until) {
      await db
        .update(channelAccounts)
        .set({ pausedUntil: until, updatedAt: sql`clock_timestamp()` })
        .where(
          and(
            eq(channelAccounts.id, accountId),
            sql`(${channelAccounts.pausedUntil} is null or ${lt(channelAccounts.pausedUntil, until)})`,
          ),
        );
      forget();
    },

    async resealAll() {
      const rows = await db.select().from(channelAccounts);
      const stale = rows.filter((row) => box.isStale(row.secrets));
      for (const row of stale) {
        await db
          .update(channelAccounts)
          .set({
            secrets: box.seal(box.open(row.secrets, context(row)), context(row)),
            updatedAt: sql`clock_timestamp()`,
          })
          // A refresh may have replaced the secrets since they were read: then they are already sealed anew.
          .where(and(eq(channelAccounts.id, row.id), eq(channelAccounts.secrets, row.secrets)));
      }
      forget();
      return stale.length;
    },
  };
}
