import { words } from '../app.ts';
import { createChannels } from '../channels/index.ts';
import type { AccountSecrets } from '../communes/accounts.ts';
import { communeBySlug, listCommunes } from '../communes/communes.ts';
import { type Config, isChosen } from '../config.ts';
import { ConfigError, errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import { releaseWaiting } from '../outbox/outbox.ts';
import { openContext } from './context.ts';

/** A pasted Zalo access token lives at most 25 hours from when it was made: renew it well before. */
const PASTED_TOKEN_MS = 6 * 3_600_000;

export interface ConnectOptions {
  commune: string;
  channel: 'zalo' | 'messenger';
  externalId: string;
  appId: string;
  secrets: AccountSecrets;
  /** Ask the platform whether the tokens work. */
  check: boolean;
}

const withOtherKey = (count: number) =>
  `${count} account(s) cannot be read with this SECRET_KEY: use the key the service runs with, set SECRET_KEY_PREVIOUS to the one before, or connect them again`;

const OPTION_OF: Record<ConnectOptions['channel'], Record<string, string>> = {
  zalo: { externalId: '--oa-id', accessToken: '--access-token' },
  messenger: { externalId: '--page-id', accessToken: '--page-token' },
};
const optionOf = (channel: ConnectOptions['channel'], name: string) =>
  OPTION_OF[channel][name] ?? `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * What is pasted brings spaces along. A wrong id would be stored without a word, and all its events dropped as a stranger's.
 * @throws {ConfigError} naming every fault
 */
export function checkedConnection(options: ConnectOptions): ConnectOptions {
  const { channel } = options;
  const ids = { externalId: options.externalId.trim(), appId: options.appId.trim() };
  const secrets = Object.entries(options.secrets).map(([name, value]) => [name, value.trim()] as const);
  const faults = [
    ...Object.entries(ids)
      .filter(([, id]) => !/^\d{1,25}$/.test(id))
      .map(([name]) => `  ${optionOf(channel, name)}: digits only, as the platform's console shows it`),
    ...secrets.filter(([, secret]) => secret === '').map(([name]) => `  ${optionOf(channel, name)}: is empty`),
  ];
  if (faults.length > 0) throw new ConfigError(`Options to correct:\n${faults.join('\n')}`);
  return { ...options, ...ids, secrets: Object.fromEntries(secrets) as unknown as AccountSecrets };
}

/**
 * Stores an OA or page with its tokens, again if it is known: its waiting messages then leave.
 * @throws {ConfigError} an id that is no number, an empty secret
 */
export async function connectChannel(
  config: Config,
  log: Log,
  given: ConnectOptions,
  print: (line: string) => void,
): Promise<void> {
  const options = checkedConnection(given);
  const { database, accounts } = await openContext(config, { mayAttach: true, log });
  try {
    const commune = await communeBySlug(database.orm, options.commune);
    const account = await accounts.connect({
      communeId: commune.id,
      channel: options.channel,
      externalId: options.externalId,
      appId: options.appId,
      secrets: options.secrets,
      tokenExpiresAt: options.channel === 'zalo' ? new Date(Date.now() + PASTED_TOKEN_MS) : null,
    });
    await releaseWaiting(database, account);
    print(`${options.channel} ${options.externalId} is connected to ${commune.slug}.`);
    const unreadable = await accounts.unreadable();
    if (unreadable.length > 0) print(`Warning: ${withOtherKey(unreadable.length)}`);
    print(`Webhook address for the platform's console: ${config.PUBLIC_URL}/webhooks/${options.channel}`);
    if (!isChosen('PUBLIC_URL')) print('Warning: PUBLIC_URL is not set; the platform cannot reach this address.');
    if (!options.check) return;
    const channel = createChannels({ config, accounts, log }).find(({ name }) => name === options.channel)!;
    try {
      const { name } = await channel.checkAccount(account, AbortSignal.timeout(10_000));
      print(`The platform accepts the token; it calls this account "${name}".`);
      const added = await channel.ensureSubscribed?.(account, AbortSignal.timeout(10_000)).catch((error) => {
        print(`Warning: the page could not be subscribed to the app's webhook: ${errorText(error)}`);
        return [];
      });
      if (added?.length) print(`The page now sends: ${added.join(', ')}.`);
    } catch (error) {
      print(`Warning: the platform did not accept the token: ${errorText(error)}`);
      print(
        'The account is stored. Correct the values and run the command again, or use --no-check to skip this test.',
      );
    }
  } finally {
    await database.close();
  }
}

export async function listChannels(config: Config, log: Log, print: (line: string) => void): Promise<void> {
  const { database, accounts } = await openContext(config, { mayAttach: true, isDemo: true, log });
  try {
    const slugs = new Map((await listCommunes(database.orm)).map(({ id, slug }) => [id, slug]));
    const all = await accounts.all();
    const unreadable = await accounts.unreadable();
    if (all.length + unreadable.length === 0) print('No channel is connected (hoixa channel connect --help).');
    for (const { communeId, channel, externalId, name, status, statusReason, tokenExpiresAt } of all) {
      const expiry = tokenExpiresAt ? `token until ${tokenExpiresAt.toISOString()}` : 'token without end';
      const fields = [slugs.get(communeId), channel, externalId, name || '-', words(status), statusReason, expiry];
      print(fields.filter(Boolean).join('\t'));
    }
    for (const { communeId, channel, externalId, reason } of unreadable) {
      print([slugs.get(communeId), channel, externalId, '-', 'unreadable', reason].join('\t'));
    }
    if (unreadable.length > 0) throw new ConfigError(withOtherKey(unreadable.length));
  } finally {
    await database.close();
  }
}
