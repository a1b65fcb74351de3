import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import helmet from 'helmet';
import type { AccountStore } from './communes/accounts.ts';
import type { Database } from './db/client.ts';
import { errorText } from './errors.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface AppDeps {
  routers: Router[];
  database: Database;
  accounts: AccountStore;
  metrics: Metrics;
  log: Log;
}

/** Waiting longer than this, citizens notice: an operator should look. */
const QUEUE_AGE_LIMIT_S = 120;
const READY_MS = 250;

/** Mounts what the roles of this process offer. No rules here. */
export function createApp({ routers, database, accounts, metrics, log }: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', 'loopback, linklocal, uniquelocal');
  app.set('query parser', 'simple');
  for (const router of routers.filter(isBare)) app.use(router);
  app.use(
    helmet({
      contentSecurityPolicy: {
        directives: { defaultSrc: ["'self'"], imgSrc: ["'self'", 'data:', 'https:'], upgradeInsecureRequests: null },
      },
      strictTransportSecurity: false,
    }),
  );
  const readiness = atMostEvery(READY_MS, () => readReadiness(database, accounts, metrics));
  app.get('/healthz', (_request, response) => void response.type('text/plain').send('ok'));
  app.get('/readyz', async (_request, response) => {
    const state = await readiness();
    response.status(state.isReady ? 200 : 503).json(state);
  });
  app.get('/metrics', async (_request, response) => {
    await readiness();
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  for (const router of routers.filter((router) => !isBare(router))) app.use(router);
  app.use((_request: Request, response: Response) => void response.status(404).type('text/plain').send('not found'));
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const status = (error as { status?: unknown }).status;
    const isTheirs = typeof status === 'number' && status >= 400 && status < 500;
    if (!isTheirs) log.error('http.failed', { error: errorText(error) });
    response
      .status(isTheirs ? status : 500)
      .type('text/plain')
      .send(isTheirs ? 'bad request' : 'internal error');
  });
  return app;
}

const bare = new WeakSet<Router>();
const isBare = (router: Router) => bare.has(router);

/** Marks a router that wants neither headers for browsers nor anything else in front of it (webhooks). */
export function withoutPageHeaders(router: Router): Router {
  bare.add(router);
  return router;
}

/** Whoever asks often, or from outside, gets what was read a moment ago: the connections are for citizens. */
function atMostEvery<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let last: { until: number; value: Promise<T> } | undefined;
  return () => {
    if (!last || performance.now() > last.until) {
      const entry = { until: Number.POSITIVE_INFINITY, value: read() };
      last = entry;
      const end = () => {
        entry.until = performance.now() + ms;
      };
      entry.value.then(end, end);
    }
    return last.value;
  };
}

async function readReadiness(database: Database, accounts: AccountStore, metrics: Metrics) {
  try {
    const [ages] = await database.run<{ event_s: number | null; message_s: number | null }>('ready', AGES);
    const [list, unreadable] = await Promise.all([accounts.all(), accounts.unreadable()]);
    metrics.oldestEventSeconds.set(ages?.event_s ?? 0);
    metrics.oldestMessageSeconds.set(ages?.message_s ?? 0);
    metrics.accountStatus.reset();
    for (const { channel, externalId, status } of list) {
      metrics.accountStatus.set({ channel, account: externalId, status: words(status) }, 1);
    }
    for (const { channel, externalId } of unreadable) {
      metrics.accountStatus.set({ channel, account: externalId, status: 'unreadable' }, 1);
    }
    return {
      // A late conversation is no reason to take every process out of the way: the platform's events would be lost.
      isReady: true,
      isLate: (ages?.event_s ?? 0) >= QUEUE_AGE_LIMIT_S,
      database: 'ok',
      oldestEventSeconds: ages?.event_s ?? 0,
      oldestMessageSeconds: ages?.message_s ?? 0,
      // A dead grant is for an operator to mend; it does not make this process unfit to serve the others.
      accounts: list
        .filter(({ status }) => status !== 'active')
        .map(({ channel, externalId, status, statusReason }) => ({
          channel,
          account: externalId,
          status: words(status),
          reason: statusReason,
        }))
        .concat(
          unreadable.map(({ channel, externalId, reason }) => ({
            channel,
            account: externalId,
            status: 'unreadable' as const,
            reason,
          })),
        ),
    };
  } catch (error) {
    return { isReady: false, database: errorText(error) };
  }
}

/** How an operator reads an account's state, everywhere alike. */
export const words = (status: 'active' | 'needs_reauthorisation' | 'restricted') =>
  status === 'needs_reauthorisation' ? 'needs re-authorisation' : status;

const AGES = `
select
  (select extract(epoch from now() - min(received_at))::float8 from inbox_events
    where status = 'pending' and lane = 'turn') as event_s,
  (select extract(epoch from now() - min(o.run_at))::float8 from outbox o
    join channel_accounts a on a.id = o.account_id and a.status = 'active'
      and (a.paused_until is null or a.paused_until <= now())
    where o.status = 'queued' and o.run_at <= now()) as message_s`;
