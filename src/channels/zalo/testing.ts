import { randomBytes } from 'node:crypto';
import { type AccountStore, type ChannelAccount, createAccountStore } from '../../communes/accounts.ts';
import { createSecretBox } from '../../communes/secrets.ts';
import type { Db } from '../../db/client.ts';
import { createZaloPlatform, type OaCredentials, type ZaloPlatform } from '../../demo/zalo-platform.ts';
import { silentLog } from '../../log.ts';
import type { SendContext } from '../channel.ts';
import { createZaloChannel, type ZaloChannel } from './zalo.ts';

const box = createSecretBox(randomBytes(32).toString('hex'));
export const CITIZEN = '2468000000000000001';

/** A stand-in with one connected OA and one citizen whose reply window is open. */
export interface ZaloWorld {
  platform: ZaloPlatform;
  store: AccountStore;
  channel: ZaloChannel;
  oa: OaCredentials;
  account: ChannelAccount;
  connect(oa: OaCredentials): Promise<ChannelAccount>;
  /** Another process: its own store, cache and HTTP client. */
  createProcess(options?: { accounts?: (store: AccountStore) => AccountStore; timeoutMs?: number }): ZaloProcess;
}

export interface ZaloProcess {
  store: AccountStore;
  channel: ZaloChannel;
  send(text: string): Promise<{ platformMessageId: string }>;
}

export const sendContext = (): SendContext => ({
  reference: 'hx:1',
  signal: new AbortController().signal,
  isFromOfficer: false,
  lastUserAt: null,
});

export async function createZaloWorld(db: { orm: Db; communes: { id: string }[] }): Promise<ZaloWorld> {
  const platform = createZaloPlatform({ echoes: 'off' });
  const url = await platform.start();
  const oa = platform.registerOa(platform.registerApp().appId);
  platform.person(oa.oaId, CITIZEN).lastInteraction = platform.now();

  const createProcess: ZaloWorld['createProcess'] = ({
    accounts = (store: AccountStore) => store,
    timeoutMs = 30_000,
  } = {}) => {
    const store = createAccountStore(db.orm, box);
    const now = () => new Date(platform.now());
    const options = {
      openapiUrl: url,
      oauthUrl: url,
      businessUrl: url,
      accounts: accounts(store),
      log: silentLog,
      now,
      timeoutMs,
    };
    const channel = createZaloChannel(options);
    const send = async (text: string) => {
      const account = (await store.find('zalo', oa.oaId))!;
      return channel.send(account, CITIZEN, { kind: 'text', text, body: { text } }, sendContext());
    };
    return { store, channel, send };
  };
  const { store, channel } = createProcess();
  const connect = (credentials: OaCredentials) =>
    store.connect({
      communeId: db.communes[0]!.id,
      channel: 'zalo',
      externalId: credentials.oaId,
      appId: credentials.appId,
      secrets: credentials,
      tokenExpiresAt: credentials.accessExpiresAt,
    });
  return { platform, store, channel, oa, account: await connect(oa), connect, createProcess };
}
