import express, { type NextFunction, type Request, type Response, Router } from 'express';
import type { Channel, VerifyResult } from '../channels/channel.ts';
import type { AccountStore } from '../communes/accounts.ts';
import type { Commune } from '../communes/communes.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Inbox } from './inbox.ts';

export const WEBHOOK_BODY_LIMIT = 1_048_576;

export interface WebhookDeps {
  channels: Channel[];
  accounts: AccountStore;
  commune: (id: string) => Promise<Commune>;
  inbox: Inbox;
  log: Log;
  metrics: Metrics;
}

/**
 * Platforms' events: verify the raw bytes, store, answer 200. Nothing is thought about here. A platform that cannot be
 * served now gets 503 and delivers again.
 */
export function webhookRoutes(deps: WebhookDeps): Router {
  const router = Router();
  // Content types are not to be trusted, and compression would let a small body grow.
  const rawBody = express.raw({ type: () => true, limit: WEBHOOK_BODY_LIMIT, inflate: false });
  for (const channel of deps.channels) {
    const path = `/webhooks/${channel.name}`;
    router.get(path, async (request, response) => {
      const answer = await channel.answerGet(request.query, deps.accounts);
      response.status(answer.status).type('text/plain').send(answer.body);
    });
    router.post(path, rawBody, async (request, response) => {
      const stop = deps.metrics.webhookSeconds.startTimer({ channel: channel.name });
      const { status, result } = await accept(channel, request, deps);
      deps.metrics.webhooks.inc({ channel: channel.name, result });
      stop();
      // no `send`: a platform has no use for an entity tag
      response.statusCode = status;
      response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.end(status === 200 ? 'EVENT_RECEIVED' : result);
    });
  }
  router.use('/webhooks', (error: unknown, request: Request, response: Response, next: NextFunction) => {
    const status = (error as { status?: unknown }).status;
    if (response.headersSent || typeof status !== 'number' || status >= 500) return next(error);
    // The path is a stranger's word: only names we know become labels.
    const channel = deps.channels.find(({ name }) => request.path === `/${name}`)?.name ?? 'unknown';
    deps.metrics.webhooks.inc({ channel, result: `refused_${status}` });
    response
      .status(status)
      .type('text/plain')
      .send(status === 413 ? 'body over 1 MB' : 'body unreadable');
  });
  return router;
}

const REFUSALS: Record<Exclude<VerifyResult, { ok: true }>['reason'], number> = {
  probe: 200,
  unknown_account: 200,
  bad_json: 400,
  bad_signature: 401,
};

async function accept(
  channel: Channel,
  request: Request,
  { accounts, commune, inbox, log, metrics }: WebhookDeps,
): Promise<{ status: number; result: string }> {
  try {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const read = () => channel.receive({ body, headers: request.headers }, accounts);
    let verified = await read();
    // An account connected a moment ago by another process: what it gets must not be dropped as a stranger's.
    const isStranger = verified.ok
      ? verified.unknownAccounts
      : verified.reason === 'unknown_account' || verified.reason === 'bad_signature';
    if (isStranger && (await accounts.refresh())) verified = await read();
    if (verified.unknownAccounts) {
      metrics.events.inc({ channel: channel.name, kind: 'unknown_account' }, verified.unknownAccounts);
    }
    if (!verified.ok) {
      if (verified.reason === 'bad_signature') log.warn('webhook.bad_signature', { channel: channel.name });
      const dropped = verified.reason === 'bad_signature' && !channel.limits.refusesBadSignature;
      return { status: dropped ? 200 : REFUSALS[verified.reason], result: verified.reason };
    }
    const received = [];
    for (const event of verified.events) {
      const account = await accounts.find(channel.name, event.accountExternalId);
      if (!account) continue;
      const { settings } = await commune(account.communeId);
      received.push({ account, event, officerPauseHours: settings.officerPauseHours });
    }
    const stored = received.length > 0 ? await inbox.store(received) : 0;
    for (const { event } of received) metrics.events.inc({ channel: channel.name, kind: event.kind });
    if (stored < received.length) {
      metrics.events.inc({ channel: channel.name, kind: 'duplicate' }, received.length - stored);
    }
    return { status: 200, result: 'stored' };
  } catch (error) {
    log.error('webhook.not_stored', { channel: channel.name, error: errorText(error) });
    return { status: 503, result: 'not_stored' };
  }
}
