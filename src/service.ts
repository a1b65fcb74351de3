import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Router } from 'express';
import { createApp, withoutPageHeaders } from './app.ts';
import type { Channel } from './channels/channel.ts';
import { type ChannelDeps, createChannels } from './channels/index.ts';
import type { AccountStore } from './communes/accounts.ts';
import { createCommuneCache } from './communes/communes.ts';
import type { Database } from './db/client.ts';
import type { DossierDirectory } from './dossiers/dossier.ts';
import { createNoticeMetrics } from './dossiers/notice-metrics.ts';
import { countNotices, tidyNotices } from './dossiers/notice-upkeep.ts';
import { createNotices } from './dossiers/notices.ts';
import { createPoller } from './dossiers/poller.ts';
import { createSharedPhones } from './dossiers/shared-phone.ts';
import { ConfigError, errorText } from './errors.ts';
import type { AttachmentReaders } from './guidance/attachments.ts';
import type { Guidance } from './guidance/guidance.ts';
import type { ActsDeps } from './handoff/create-acts.ts';
import { createHandOffMetrics } from './handoff/handoff-metrics.ts';
import { type CommentAnswer, createPageComments } from './handoff/page-comments.ts';
import { keepRating } from './handoff/rating.ts';
import { createStaffDesk, type StaffDesk } from './handoff/staff-desk.ts';
import { createStaffing } from './handoff/staffing.ts';
import type { WriteSummary } from './handoff/summary-writer.ts';
import { createInbox } from './inbox/inbox.ts';
import { webhookRoutes } from './inbox/webhook.routes.ts';
import type { Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createOutbox } from './outbox/outbox.ts';
import { createReceipts } from './outbox/receipts.ts';
import { createSender } from './outbox/sender.ts';
import { assetRoutes } from './pages/assets.routes.ts';
import type { Payments, StaffPayments } from './payments/payments.ts';
import { createLeases } from './turn/leases.ts';
import { createTurn } from './turn/turn.ts';
import { createWorker } from './turn/worker.ts';

export type Role = 'web' | 'worker';

export interface ServiceDeps {
  config: ChannelDeps['config'];
  database: Database;
  accounts: AccountStore;
  guidance: Guidance;
  /** Who makes words of voice notes and the like. */
  readers?: AttachmentReaders;
  /** Who retells a conversation to the officer it is handed to. */
  writeSummary?: WriteSummary | undefined;
  log: Log;
  roles?: Role[];
  /** Where watched dossiers are looked up; without it nobody is told of changes. */
  directory?: DossierDirectory;
  /** Obligations, gateways and their pages; without it nobody pays here. */
  payments?: Payments;
  /** Pages beside the webhooks (demo, console). */
  routers?: Router[];
  /** The staff's pages, made of what this process does for staff. */
  staffPages?: (desk: StaffDesk, payments?: StaffPayments) => Router[];
  now?: () => Date;
  channels?: Channel[];
}

export interface Service {
  metrics: Metrics;
  /** Who writes outcomes of payments, for officers' acts; undefined without payments. */
  payments: ReturnType<Payments['serve']> | undefined;
  channels: Channel[];
  staff: StaffDesk;
  /** @returns the port listened on; @throws {ConfigError} when it cannot be had */
  start(port: number, host?: string): Promise<number>;
  /** Ends within about five seconds: finishes what is under way, begins nothing. */
  stop(): Promise<void>;
}

const REFRESH_EVERY_MS = 10 * 60_000;
const UPKEEP_EVERY_MS = 60_000;
const SUBSCRIPTIONS_EVERY_MS = 60 * 60_000;

/** Puts the rooms together for one process. Several processes may share a database. */
export function createService(deps: ServiceDeps): Service {
  const { database, accounts, guidance, log, roles = ['web', 'worker'], now = () => new Date() } = deps;
  const metrics = createMetrics();
  const channels = deps.channels ?? createChannels({ config: deps.config, accounts, log, now });
  const byName = (name: Channel['name']) => channels.find((channel) => channel.name === name)!;
  const commune = createCommuneCache(database.orm);
  const isWorker = roles.includes('worker');

  const leases = createLeases(database);
  const outbox = createOutbox(database);
  const phoneOf = createSharedPhones(database);
  const sender = createSender({ outbox, channels, accounts, log, metrics, phoneOf, now });
  const receipts = createReceipts(database, log);
  const noticeMetrics = createNoticeMetrics(metrics.registry);
  const notices = createNotices({
    database,
    channel: byName,
    commune,
    phoneOf,
    log,
    metrics: noticeMetrics,
    onQueued: sender.wake,
    now,
  });
  const poller =
    deps.directory &&
    createPoller({
      database,
      directory: deps.directory,
      commune,
      log,
      metrics: noticeMetrics,
      onNotice: notices.wake,
      now,
    });
  const handOffMetrics = createHandOffMetrics(metrics.registry);
  const comments = createPageComments({
    database,
    channel: byName,
    commune,
    answer: commentAnswers(guidance),
    log,
    metrics: handOffMetrics,
    onQueued: sender.wake,
    now,
  });
  const payments = deps.payments?.serve({
    channel: byName,
    registry: metrics.registry,
    onQueued: () => (isWorker ? sender.wake() : wakeOthers()),
  });
  const { clerk, ...staff } = createStaffDesk({
    database,
    channel: byName,
    commune,
    log,
    metrics: handOffMetrics,
    writeSummary: deps.writeSummary,
    officialAnswer: officialAnswers(guidance),
    ...(payments && { requestPayment: payments.requestPayment }),
    onQueued: isWorker ? sender.wake : () => wakeOthers(),
    now,
  });
  const worker = createWorker({
    leases,
    decide: createTurn({
      guidance,
      channel: byName,
      commune,
      readers: deps.readers,
      staffing: createStaffing(database),
      keepRating: (asker, given, at) => keepRating(database, asker, given, at),
      now,
    }),
    guidance,
    channel: byName,
    accounts,
    sender,
    onCommitted: (conversation) => notices.citizenActed([conversation]),
    log,
    metrics,
  });
  const wakeOthers = () => void database.notify().catch(() => {}); // workers also look by themselves
  const inbox = createInbox(database, isWorker ? { onStored: worker.wake, turns: worker } : { onStored: wakeOthers });
  const app = createApp({
    routers: roles.includes('web')
      ? [
          withoutPageHeaders(webhookRoutes({ channels, accounts, commune, inbox, log, metrics })),
          ...(payments ? [withoutPageHeaders(payments.hooks), payments.pages] : []),
          assetRoutes(),
          ...(deps.routers ?? []),
          ...(deps.staffPages?.(staff, payments?.staff) ?? []),
        ]
      : [],
    database,
    accounts,
    metrics,
    log,
  });

  let server: Server | undefined;
  let stopListening: (() => Promise<void>) | undefined;
  let refreshTimer: NodeJS.Timeout | undefined;
  let subscriptionTimer: NodeJS.Timeout | undefined;
  let upkeepTimer: NodeJS.Timeout | undefined;
  const refreshTokens = async () => {
    for (const account of await accounts.all()) {
      await byName(account.channel)
        .refreshIfDue?.(account)
        .catch((error) => log.warn('channel.refresh_failed', { accountId: account.id, error: errorText(error) }));
    }
  };
  /** A platform that found the webhook unreachable takes the app off the account without a word. */
  const checkSubscriptions = async () => {
    for (const account of await accounts.all()) {
      if (account.status !== 'active') continue;
      const missing = await byName(account.channel)
        .ensureSubscribed?.(account, AbortSignal.timeout(15_000))
        .catch((error) => void log.warn('channel.check_failed', { accountId: account.id, error: errorText(error) }));
      if (missing?.length) log.warn('channel.subscribed_again', { accountId: account.id, fields: missing.join(',') });
    }
  };

  const keepUp = () =>
    Promise.all([tidyNotices(database, now()), countNotices(database, noticeMetrics)]).catch((error) =>
      log.warn('notices.upkeep_failed', { error: errorText(error) }),
    );

  return {
    metrics,
    channels,
    staff,
    payments,
    async start(port, host = '0.0.0.0') {
      server = await new Promise<Server>((done, fail) => {
        const listening = app.listen(port, host);
        listening.once('listening', () => done(listening));
        listening.once('error', (error: NodeJS.ErrnoException) =>
          fail(
            new ConfigError(
              error.code === 'EADDRINUSE'
                ? `port ${port} is in use: set PORT to a free one`
                : `cannot listen on ${host}:${port}: ${error.message}`,
            ),
          ),
        );
      });
      server.keepAliveTimeout = 65_000;
      if (roles.includes('web')) staff.live.start();
      if (isWorker) {
        stopListening = await database.onNotify(() => {
          worker.wake();
          sender.wake();
        });
        worker.start();
        sender.start();
        receipts.start();
        refreshTimer = setInterval(() => void refreshTokens().catch(() => {}), REFRESH_EVERY_MS);
        notices.start();
        clerk.start();
        comments.start();
        poller?.start();
        payments?.start();
        upkeepTimer = setInterval(() => void keepUp(), UPKEEP_EVERY_MS);
        subscriptionTimer = setInterval(() => void checkSubscriptions().catch(() => {}), SUBSCRIPTIONS_EVERY_MS);
      }
      return (server.address() as AddressInfo).port;
    },
    async stop() {
      clearInterval(refreshTimer);
      clearInterval(subscriptionTimer);
      clearInterval(upkeepTimer);
      await within(
        4_000,
        Promise.all([
          server && drain(server),
          worker.stop(),
          sender.stop(),
          receipts.stop(),
          notices.stop(),
          clerk.stop(),
          comments.stop(),
          staff.live.stop(),
          poller?.stop(),
          payments?.stop(),
        ]),
      );
      server?.closeAllConnections();
      await stopListening?.();
    },
  };
}

/** What the assistant says about one fact of a procedure, for an officer to send on. */
function officialAnswers(guidance: Guidance): NonNullable<ActsDeps['officialAnswer']> {
  return async ({ settings }, code, aspect, now) => {
    const answer = await guidance.answer({
      text: '',
      payload: `hx:ask:${code}:${aspect}`,
      memory: { version: 1, at: now.getTime(), greeted: true },
      commune: settings,
      isWaitingForOfficer: false,
      now,
    });
    return answer.records.length > 0 ? answer.messages.map(({ text }) => text).join('\n') : null;
  };
}

/** Only what stands in a record or the commune's own settings, and only when the question is clear. */
function commentAnswers(guidance: Guidance): CommentAnswer {
  return async (text, commune, now) => {
    const answer = await guidance.answer({ text, memory: null, commune, isWaitingForOfficer: false, now });
    const { intent } = answer.reading;
    if (intent !== 'procedure_question' && intent !== 'office_info') return 'no_question';
    if (answer.outcome !== 'answered' || answer.source === 'none' || answer.handOff) return 'not_sure';
    return { text: answer.messages.map((message) => message.text).join('\n') };
  };
}

/** Takes no further connection and lets requests under way have their answer: some platforms deliver only once. */
function drain(server: Server): Promise<void> {
  return new Promise((done) => {
    // A connection kept alive counts as open until somebody closes it.
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    server.close(() => {
      clearInterval(sweep);
      done();
    });
  });
}

const within = (ms: number, work: Promise<unknown>) =>
  Promise.race([work, new Promise((done) => setTimeout(done, ms).unref())]);
