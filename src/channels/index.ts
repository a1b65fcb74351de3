import type { AccountStore } from '../communes/accounts.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Channel } from './channel.ts';
import { createMessengerChannel } from './messenger/messenger.ts';
import { createZaloChannel } from './zalo/zalo.ts';

export interface ChannelDeps {
  config: Pick<
    Config,
    'ZALO_OPENAPI_URL' | 'ZALO_OAUTH_URL' | 'ZALO_BUSINESS_URL' | 'GRAPH_API_URL' | 'GRAPH_API_VERSION'
  > &
    Partial<Pick<Config, 'ZALO_MEDIA_HOSTS' | 'MESSENGER_MEDIA_HOSTS'>>;
  accounts: AccountStore;
  log: Log;
  now?: () => Date;
}

/** Every platform this program speaks: one line each. */
export function createChannels({ config, ...deps }: ChannelDeps): Channel[] {
  return [
    createZaloChannel({
      openapiUrl: config.ZALO_OPENAPI_URL,
      oauthUrl: config.ZALO_OAUTH_URL,
      businessUrl: config.ZALO_BUSINESS_URL,
      mediaHosts: config.ZALO_MEDIA_HOSTS,
      ...deps,
    }),
    createMessengerChannel({
      graphUrl: config.GRAPH_API_URL,
      graphVersion: config.GRAPH_API_VERSION,
      mediaHosts: config.MESSENGER_MEDIA_HOSTS,
      ...deps,
    }),
  ];
}
