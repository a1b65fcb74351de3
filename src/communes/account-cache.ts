import { sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { AppError, errorText } from '../errors.ts';
import type { AccountSecrets, ChannelAccount, UnreadableAccount } from './accounts.ts';
import { channelAccounts } from './communes.schema.ts';

export type AccountRow = typeof channelAccounts.$inferSelect;

/** All accounts of the installation in memory: a webhook costs no query, and a change of one opens one row's secrets. */
export interface AccountCache {
  all(): Promise<ChannelAccount[]>;
  list(channel: ChannelAccount['channel']): Promise<ChannelAccount[]>;
  unreadable(): Promise<UnreadableAccount[]>;
  /** @throws {AppError} `secret_unreadable`: it is ours, but its secrets cannot be read */
  byId(id: string): Promise<ChannelAccount | undefined>;
  /** @throws {AppError} `secret_unreadable` */
  byExternalId(channel: ChannelAccount['channel'], externalId: string): Promise<ChannelAccount | undefined>;
  /** Looks for changes now. @returns true when there were any */
  refresh(): Promise<boolean>;
  /** Something changed: the next read looks. */
  expire(): void;
}

interface View {
  version: string;
  /** `stamp`: `updated_at` as the database writes it, to the microsecond. */
  rows: Map<string, { stamp: string; row: AccountRow; account: ChannelAccount | UnreadableAccount }>;
  all: ChannelAccount[];
  unreadable: UnreadableAccount[];
  channels: Map<string, ChannelAccount[]>;
  byExternalId: Map<string, ChannelAccount | UnreadableAccount>;
}

const isBroken = (account: ChannelAccount | UnreadableAccount): account is UnreadableAccount => 'reason' in account;
const key = (channel: string, externalId: string) => `${channel} ${externalId}`;

/** @param open the account of a row, with secrets already opened or to be opened; throws when it cannot */
export function createAccountCache(
  db: Db,
  open: (row: AccountRow, secrets?: AccountSecrets) => ChannelAccount,
  cacheMs: number,
): AccountCache {
  let view: View | null = null;
  let checkedAt = Number.NEGATIVE_INFINITY;
  /** A look that began before a change may not have seen it. */
  let changes = 0;
  let refreshing: Promise<boolean> | null = null;

  const opened = (row: AccountRow, before?: { row: AccountRow; account: ChannelAccount | UnreadableAccount }) => {
    const { id, communeId, channel, externalId } = row;
    const known = before?.row.secrets === row.secrets && !isBroken(before.account) ? before.account.secrets : undefined;
    try {
      return { row, account: open(row, known) };
    } catch (error) {
      return { row, account: { id, communeId, channel, externalId, reason: errorText(error) } };
    }
  };

  const lookOnce = async (): Promise<boolean> => {
    const startedAt = Date.now();
    const changesBefore = changes;
    const isLooked = () => {
      if (changes === changesBefore) checkedAt = startedAt;
    };
    // The sum shows a change whose clock was behind another's.
    const [state] = await db
      .select({
        version: sql<string>`concat_ws(' ', count(*), max(${channelAccounts.updatedAt}),
          sum((extract(epoch from ${channelAccounts.updatedAt}) * 1000000)::bigint))`,
      })
      .from(channelAccounts);
    const { version } = state!;
    if (view?.version === version) {
      isLooked();
      return false;
    }
    const stamps = await db
      .select({ id: channelAccounts.id, stamp: sql<string>`${channelAccounts.updatedAt}::text` })
      .from(channelAccounts);
    const changed = stamps.filter(({ id, stamp }) => view?.rows.get(id)?.stamp !== stamp).map(({ id }) => id);
    const rows: View['rows'] = new Map();
    for (const { id } of stamps) {
      const known = view?.rows.get(id);
      if (known) rows.set(id, known);
    }
    if (changed.length > 0) {
      const read = await db
        .select({ row: channelAccounts, stamp: sql<string>`${channelAccounts.updatedAt}::text` })
        .from(channelAccounts)
        .where(sql`${channelAccounts.id} = any(${sql.param(`{${changed.join(',')}}`)}::uuid[])`);
      for (const { row, stamp } of read) rows.set(row.id, { stamp, ...opened(row, rows.get(row.id)) });
    }
    view = arrange(version, rows);
    isLooked();
    return true;
  };
  const refresh = () => {
    refreshing ??= lookOnce().finally(() => {
      refreshing = null;
    });
    return refreshing;
  };
  const current = async (): Promise<View> => {
    // twice, since the first may be a look that began before the last change
    for (let looks = 0; looks < 2 && (!view || Date.now() - checkedAt > cacheMs); looks++) await refresh();
    return view!;
  };
  const readable = (account: ChannelAccount | UnreadableAccount | undefined): ChannelAccount | undefined => {
    if (account && isBroken(account)) {
      throw new AppError('secret_unreadable', `${account.channel} ${account.externalId}: ${account.reason}`);
    }
    return account;
  };

  return {
    all: async () => (await current()).all,
    list: async (channel) => (await current()).channels.get(channel) ?? [],
    unreadable: async () => (await current()).unreadable,
    byId: async (id) => readable((await current()).rows.get(id)?.account),
    byExternalId: async (channel, externalId) => readable((await current()).byExternalId.get(key(channel, externalId))),
    refresh,
    expire() {
      changes += 1;
      checkedAt = Number.NEGATIVE_INFINITY;
    },
  };
}

function arrange(version: string, rows: View['rows']): View {
  const view: View = { version, rows, all: [], unreadable: [], channels: new Map(), byExternalId: new Map() };
  for (const { account } of rows.values()) {
    view.byExternalId.set(key(account.channel, account.externalId), account);
    if (isBroken(account)) {
      view.unreadable.push(account);
      continue;
    }
    view.all.push(account);
    const channel = view.channels.get(account.channel);
    if (channel) channel.push(account);
    else view.channels.set(account.channel, [account]);
  }
  return view;
}
