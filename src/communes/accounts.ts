import { and, eq, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { ConfigError } from '../errors.ts';
import { type AccountRow, createAccountCache } from './account-cache.ts';
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
  /**
   * Stores the new pair and ends the refresh claim, in one statement, before anybody uses it.
   * @param usedRefreshToken what the pair was got with: an account connected anew meanwhile keeps what it has
   * @returns the account as it is stored now
   */
  saveTokens(
    accountId: string,
    tokens: { accessToken: string; refreshToken?: string; expiresAt: Date | null },
    usedRefreshToken?: string,
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

export function createAccountStore(db: Db, box: SecretBox, { cacheMs = 1_000 } = {}): AccountStore {
  const context = (row: { communeId: string; id: string }) => `${row.communeId}/${row.id}`;
  const open = (
    row: AccountRow,
    secrets: AccountSecrets = secretsSchema.parse(JSON.parse(box.open(row.secrets, context(row)))),
  ): ChannelAccount => ({
    id: row.id,
    communeId: row.communeId,
    channel: row.channel,
    externalId: row.externalId,
    appId: row.appId,
    name: row.name,
    secrets,
    tokenExpiresAt: row.tokenExpiresAt,
    status: row.status,
    statusReason: row.statusReason,
    pausedUntil: row.pausedUntil,
  });
  const readable = (row: AccountRow): ChannelAccount | undefined => {
    try {
      return open(row);
    } catch {
      return undefined;
    }
  };
  const cache = createAccountCache(db, open, cacheMs);
  const fresh = async (accountId: string) => {
    const [row] = await db.select().from(channelAccounts).where(eq(channelAccounts.id, accountId));
    if (!row) throw new Error(`channel account ${accountId} is gone`);
    cache.expire();
    return open(row);
  };

  return {
    all: cache.all,
    list: cache.list,
    unreadable: cache.unreadable,
    byId: cache.byId,
    find: cache.byExternalId,
    refresh: cache.refresh,
    fresh,

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
      const before = rows[0] && readable(rows[0]);
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
      cache.expire();
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

    async saveTokens(accountId, tokens, usedRefreshToken) {
      for (;;) {
        const [row] = await db.select().from(channelAccounts).where(eq(channelAccounts.id, accountId));
        if (!row) throw new Error(`channel account ${accountId} is gone`);
        const account = open(row);
        const isConnectedAnew = usedRefreshToken !== undefined && account.secrets.refreshToken !== usedRefreshToken;
        if (isConnectedAnew) return account;
        const secrets: AccountSecrets = {
          ...account.secrets,
          accessToken: tokens.accessToken,
          // One platform answer without a refresh token must not wipe a working one.
          ...(tokens.refreshToken ? { refreshToken: tokens.refreshToken } : {}),
        };
        const saved = await db
          .update(channelAccounts)
          .set({
            secrets: box.seal(JSON.stringify(secrets), context(account)),
            tokenExpiresAt: tokens.expiresAt,
            status: 'active',
            statusReason: null,
            refreshLeaseUntil: null,
            updatedAt: sql`clock_timestamp()`,
          })
          // Whoever replaced the secrets meanwhile must be read first.
          .where(and(eq(channelAccounts.id, accountId), eq(channelAccounts.secrets, row.secrets)))
          .returning({ id: channelAccounts.id });
        cache.expire();
        if (saved.length > 0) {
          return { ...account, secrets, tokenExpiresAt: tokens.expiresAt, status: 'active', statusReason: null };
        }
      }
    },

    async releaseRefresh(accountId) {
      await db.update(channelAccounts).set({ refreshLeaseUntil: null }).where(eq(channelAccounts.id, accountId));
    },

    async setStatus(accountId, status, reason) {
      await db
        .update(channelAccounts)
        .set({ status, statusReason: reason, refreshLeaseUntil: null, updatedAt: sql`clock_timestamp()` })
        .where(eq(channelAccounts.id, accountId));
      cache.expire();
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
      cache.expire();
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
      cache.expire();
      return stale.length;
    },
  };
}
