import type { AccountStore, ChannelAccount } from '../../communes/accounts.ts';
import { type Log, silentLog } from '../../log.ts';
import type { RawRequest } from '../channel.ts';
import { createMessengerChannel } from './messenger.ts';
import { signBody } from './signature.ts';

export const pageId = '100000000000001';
export const appId = '4600000000000001';
export const psid = '7000000000000001';
export const secret = 'hoixa-test-app-secret';
export const token = 'EAATESTPAGETOKEN';

export function testAccount(changes: Partial<ChannelAccount> = {}): ChannelAccount {
  return {
    id: '019a0000-0000-7000-8000-000000000001',
    communeId: '019a0000-0000-7000-8000-0000000000c1',
    channel: 'messenger',
    externalId: pageId,
    appId,
    name: 'UBND xã thử',
    secrets: { appSecret: secret, accessToken: token, verifyToken: 'word-of-the-commune' },
    tokenExpiresAt: null,
    status: 'active',
    statusReason: null,
    pausedUntil: null,
    ...changes,
  };
}

/** The part of the account store that a channel uses, in memory. */
export function memoryAccounts(...initial: ChannelAccount[]) {
  const rows = new Map(initial.map((account) => [account.id, account]));
  const change = (accountId: string, changes: Partial<ChannelAccount>) => {
    const row = rows.get(accountId);
    if (!row) throw new Error('gone');
    rows.set(accountId, { ...row, ...changes });
  };
  const all = async () => [...rows.values()];
  const used = {
    all,
    list: all,
    find: async (_channel: string, externalId: string) =>
      [...rows.values()].find((account) => account.externalId === externalId),
    byId: async (accountId: string) => rows.get(accountId),
    async fresh(accountId: string) {
      const row = rows.get(accountId);
      if (!row) throw new Error('gone');
      return row;
    },
    setStatus: async (accountId: string, status: ChannelAccount['status'], statusReason: string | null) =>
      change(accountId, { status, statusReason }),
    pause: async (accountId: string, pausedUntil: Date) => change(accountId, { pausedUntil }),
  };
  return { rows, change, store: used as unknown as AccountStore };
}

export function signedRequest(body: Buffer | string | unknown, key = secret): RawRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { body: bytes, headers: { 'x-hub-signature-256': signBody(bytes, key) } };
}

export const envelope = (entry: Record<string, unknown>) => ({
  object: 'page',
  entry: [{ id: pageId, time: 1_763_750_000_123, ...entry }],
});

/** A messaging event from the person (or, with `fromPage`, an echo's direction). */
export const event = (content: Record<string, unknown>, { fromPage = false } = {}) => ({
  sender: { id: fromPage ? pageId : psid },
  recipient: { id: fromPage ? psid : pageId },
  timestamp: 1_763_750_000_001,
  ...content,
});

/** What the tests need of the stand-in; given by the caller because channels do not import the demo. */
interface StandIn {
  readonly url: string;
  start(): Promise<string>;
  registerApp(app: { id: string; secret: string; verifyToken: string }): void;
  registerPage(page: { id: string; name: string; token: string; appId: string }): void;
  registerPerson(pageId: string, person: { psid: string; name: string; lastUserAt: Date }): void;
}

/** The channel connected to a stand-in with one page and one person whose window is open. */
export async function connected<P extends StandIn>(
  platform: P,
  { now, log = silentLog }: { now?: () => Date; log?: Log } = {},
) {
  await platform.start();
  platform.registerApp({ id: appId, secret, verifyToken: 'word-of-the-commune' });
  platform.registerPage({ id: pageId, name: 'UBND xã thử', token, appId });
  platform.registerPerson(pageId, { psid, name: 'Nguyễn Văn Thử', lastUserAt: now?.() ?? new Date() });
  const accounts = memoryAccounts(testAccount());
  const channel = createMessengerChannel({
    graphUrl: platform.url,
    graphVersion: 'v25.0',
    accounts: accounts.store,
    log,
    ...(now ? { now } : {}),
  });
  return { platform, accounts, channel };
}
