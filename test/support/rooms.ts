import { randomBytes } from 'node:crypto';
import { type AccountStore, type ChannelAccount, createAccountStore } from '../../src/communes/accounts.ts';
import { createCommuneCache } from '../../src/communes/communes.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import type { Database } from '../../src/db/client.ts';
import type { Guidance } from '../../src/guidance/guidance.ts';
import { createInbox, type Inbox } from '../../src/inbox/inbox.ts';
import { silentLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createOutbox } from '../../src/outbox/outbox.ts';
import { createReceipts } from '../../src/outbox/receipts.ts';
import { createSender } from '../../src/outbox/sender.ts';
import { createLeases } from '../../src/turn/leases.ts';
import { createTurn } from '../../src/turn/turn.ts';
import { createWorker } from '../../src/turn/worker.ts';
import type { TestDb } from './db.ts';
import { createEchoGuidance } from './echo-guidance.ts';
import { createLoopbackChannel, type LoopbackChannel } from './loopback-channel.ts';

export interface Rooms {
  inbox: Inbox;
  accounts: AccountStore;
  account: ChannelAccount;
  channel: LoopbackChannel;
  start(): void;
  stop(): Promise<void>;
  applyReceipts(): Promise<number>;
}

const box = createSecretBox(randomBytes(32).toString('hex'));

/** Connects one account of a commune. */
export const connectTestAccount = (accounts: AccountStore, communeId: string, externalId = '3886000000000000001') =>
  accounts.connect({
    communeId,
    channel: 'zalo',
    externalId,
    appId: '1',
    secrets: { appSecret: 's', oaSecret: 'o', accessToken: 'a', refreshToken: 'r' },
  });

/** Inbox, turn and outbox of one process, over a channel without a platform. */
export async function createRooms(
  database: TestDb | Database,
  communeId: string,
  {
    guidance = createEchoGuidance(),
    channel = createLoopbackChannel(),
    now = () => new Date(),
    phoneOf,
  }: {
    guidance?: Guidance;
    channel?: LoopbackChannel;
    now?: () => Date;
    phoneOf?: () => Promise<string | undefined>;
  } = {},
): Promise<Rooms> {
  const accounts = createAccountStore(database.orm, box, { cacheMs: 200 });
  const account =
    (await accounts.list('zalo')).find((known) => known.communeId === communeId) ??
    (await connectTestAccount(accounts, communeId));
  const metrics = createMetrics();
  const leases = createLeases(database);
  const outbox = createOutbox(database);
  const log = silentLog;
  const sender = createSender({ outbox, channels: [channel], accounts, log, metrics, phoneOf, now });
  const receipts = createReceipts(database, log);
  const worker = createWorker({
    leases,
    decide: createTurn({ guidance, channel: () => channel, commune: createCommuneCache(database.orm), now }),
    guidance,
    channel: () => channel,
    accounts,
    sender,
    log,
    metrics,
  });
  return {
    accounts,
    account,
    channel,
    inbox: createInbox(database, { onStored: worker.wake, turns: worker }),
    start() {
      worker.start();
      sender.start();
      receipts.start();
    },
    async stop() {
      await Promise.all([worker.stop(), sender.stop(), receipts.stop()]);
    },
    applyReceipts: receipts.apply,
  };
}

/** Waits until `probe` holds. @throws when it does not within `ms` */
export async function until(probe: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await probe())) {
    if (Date.now() > end) throw new Error(`still not so after ${ms} ms`);
    await new Promise((done) => setTimeout(done, 15));
  }
}
