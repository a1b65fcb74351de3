import { type Channel, ChannelSendError, type OutboundCall } from '../channels/channel.ts';
import type { AccountStore, ChannelAccount } from '../communes/accounts.ts';
import { createWorkLoop, type WorkLoop } from '../db/work-loop.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type ClaimedRow, type Outbox, SEND_TIMEOUT_MS, type SendResult } from './outbox.ts';

/** With the backoff about half an hour: an outage is sat out, one message nobody takes does not block its line longer. */
const MAX_ATTEMPTS = 14;
/** A message nobody could deliver for a day answers nothing any more. */
const MAX_AGE_MS = 24 * 3_600_000;
const IN_FLIGHT = 64;
const IN_FLIGHT_PER_ACCOUNT = 24;
const IDLE_POLL_MS = 250;
const RECOVER_EVERY_MS = 2_000;
/** A process kept from working for longer gives its rows back: others must find a late send in the platform's history. */
const WORTH_BEGINNING_MS = 6_000;
/** The same after a look-up, which may take its time. */
const WORTH_SENDING_MS = 2_000;
/** How long an echo may take before the platform's silence about a message counts as "not there". */
const ECHO_GRACE_MS = 10_000;
/**
 * No history shows a template's words as we know them, and each may cost money: one whose sending nobody saw end is not
 * sent again. Its echo or delivery event is awaited for so long.
 */
const TEMPLATE_PROOF_MS = 30_000;
/** Clocks of platform and server may differ by this much. */
const CLOCK_SKEW_MS = 60_000;

export interface SenderDeps {
  outbox: Outbox;
  channels: Channel[];
  accounts: AccountStore;
  log: Log;
  metrics: Metrics;
  /** The telephone number ("84…") a citizen shared, for carriers that need one. */
  phoneOf?: (row: Pick<ClaimedRow, 'communeId' | 'conversationId'>) => Promise<string | undefined>;
  now?: () => Date;
}

export interface Sender extends WorkLoop {
  /** Keeps a place for one send of this account, if it may have one now and nobody waits for it. */
  reserve(accountId: string): boolean;
  /** Gives the place back. */
  release(accountId: string): void;
  /** Sends a row claimed for this process, in the place kept for it. */
  take(row: ClaimedRow): void;
}

export function createSender({
  outbox,
  channels,
  accounts,
  log,
  metrics,
  phoneOf = async () => undefined,
  now = () => new Date(),
}: SenderDeps): Sender {
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  const inFlight = new Map<string, number>();
  const buckets = new Map<string, { tokens: number; at: number; perSecond: number }>();
  let busy = 0;
  let recoverTimer: NodeJS.Timeout | undefined;

  const rateOf = createRates(byName);
  /** What an account nobody sent for lately may have at once. */
  const fresh = Math.min(IN_FLIGHT_PER_ACCOUNT, ...channels.map(({ limits }) => limits.sendsPerSecond));

  let isRunning = false;
  let rates = new Map<string, number>();
  /** More may wait than the last look could take: whoever ends looks again, and nobody goes before those. */
  let isFull = false;
  let full = new Set<string>();

  const refill = (bucket: { tokens: number; at: number; perSecond: number }, at = Date.now()) => {
    bucket.tokens = Math.min(bucket.perSecond, bucket.tokens + ((at - bucket.at) / 1_000) * bucket.perSecond);
    bucket.at = at;
  };

  /** Sends each account in use may begin now: its rate limit and its share of the connections. The others are fresh. */
  const budgetsNow = () => {
    const budgets: Record<string, number> = {};
    const at = Date.now();
    for (const [accountId, bucket] of buckets) {
      refill(bucket, at);
      const own = inFlight.get(accountId) ?? 0;
      if (own === 0 && bucket.tokens === bucket.perSecond) buckets.delete(accountId);
      else budgets[accountId] = Math.max(0, Math.min(Math.floor(bucket.tokens), IN_FLIGHT_PER_ACCOUNT - own));
    }
    return budgets;
  };

  const loop = createWorkLoop(
    async () => {
      const free = IN_FLIGHT - busy;
      isFull = free <= 0;
      if (isFull) return false;
      rates = rateOf(await accounts.all());
      const budgets = budgetsNow();
      const rows = await outbox.claim(free, budgets, fresh, Object.fromEntries(inFlight));
      for (const row of rows) {
        occupy(row.accountId);
        begin(row);
      }
      isFull = rows.length === free;
      full = spent(rows, budgets, fresh);
      return isFull;
    },
    { idleMs: IDLE_POLL_MS, onError: (error) => log.error('outbox.claim_failed', { error }) },
  );

  const bucketOf = (accountId: string) => {
    const perSecond = rates.get(accountId) ?? fresh;
    const bucket = buckets.get(accountId) ?? { tokens: perSecond, at: Date.now(), perSecond };
    buckets.set(accountId, bucket);
    return bucket;
  };
  const occupy = (accountId: string) => {
    busy += 1;
    inFlight.set(accountId, (inFlight.get(accountId) ?? 0) + 1);
    bucketOf(accountId).tokens -= 1;
  };
  const vacate = (accountId: string) => {
    busy -= 1;
    const left = (inFlight.get(accountId) ?? 1) - 1;
    if (left > 0) inFlight.set(accountId, left);
    else inFlight.delete(accountId);
    if (isFull || full.has(accountId)) loop.wake();
  };

  const begin = (row: ClaimedRow) => {
    void settle(row)
      .then((hasNext) => {
        if (hasNext) loop.wake();
      })
      .finally(() => vacate(row.accountId));
  };

  /** @returns whether others stand behind it in its conversation's line */
  const settle = async (row: ClaimedRow): Promise<boolean> => {
    const account = await accountOf(row);
    const channel = account && byName.get(account.channel);
    const result = account && channel ? await attempt(row, account, channel) : withoutAccount(row);
    metrics.sends.inc({
      channel: channel?.name ?? 'unknown',
      result: result.status === 'sent' ? 'sent' : result.errorCode,
    });
    if (result.status !== 'sent') {
      log[result.status === 'again' || result.status === 'cancelled' ? 'warn' : 'error']('outbox.not_sent', {
        communeId: row.communeId,
        conversationId: row.conversationId,
        outboxId: row.id,
        result: result.status,
        code: result.errorCode,
        detail: result.errorDetail,
        attempts: row.attempts,
      });
    }
    try {
      return await outbox.finish(row, result);
    } catch (error) {
      // The row stays "sending": when its lease ends it is looked up before it is sent again.
      log.error('outbox.not_recorded', { outboxId: row.id, error: errorText(error) });
      return false;
    }
  };

  /** Also one that was connected by another process a moment ago. */
  const accountOf = async (row: ClaimedRow) => {
    try {
      return (await accounts.byId(row.accountId)) ?? (await accounts.fresh(row.accountId));
    } catch (error) {
      log.warn('outbox.account_unreadable', { accountId: row.accountId, error: errorText(error) });
      return undefined;
    }
  };

  /** A database that was away for a moment looks the same as an account that is gone: only time tells them apart. */
  const withoutAccount = (row: ClaimedRow): SendResult =>
    row.attempts + 1 < MAX_ATTEMPTS
      ? again('no_account', 'channel account cannot be read', backoffMs(row), row.mustCheck, true)
      : { status: 'failed', errorCode: 'no_account', errorDetail: 'channel account is gone' };

  const attempt = async (row: ClaimedRow, account: ChannelAccount, channel: Channel): Promise<SendResult> => {
    const age = now().getTime() - row.createdAt.getTime();
    if (age > MAX_AGE_MS) return { status: 'failed', errorCode: 'too_old', errorDetail: 'not deliverable for a day' };
    // The lease counts from the claim, however long this process was kept from working since.
    const left = row.sendBefore - performance.now();
    if (left < WORTH_BEGINNING_MS) return again('out_of_time', 'the lease is nearly over', 250, row.mustCheck, false);
    const signal = AbortSignal.timeout(Math.min(SEND_TIMEOUT_MS, Math.round(left)));
    try {
      if (row.mustCheck && row.call.kind === 'template') {
        const isPatient = now().getTime() - row.firstSendingAt.getTime() < TEMPLATE_PROOF_MS;
        if (isPatient) return again('not_sure_yet', 'waiting for proof of delivery', 2_000, true, false);
        return { status: 'failed', errorCode: 'maybe_sent', errorDetail: 'nobody knows whether it arrived' };
      }
      if (row.mustCheck) {
        const platformMessageId = await findSent(row, account, channel, signal);
        if (platformMessageId === 'wait') return again('not_sure_yet', 'waiting for an echo', 1_000, true, false);
        if (platformMessageId !== null) return { status: 'sent', platformMessageId };
        // Looking took its time, and the line of a conversation that a person took is looked through all the same.
        if (!(await outbox.mayStillLeave(row))) {
          return { status: 'cancelled', errorCode: 'taken_over', errorDetail: 'a person answers now' };
        }
      }
      if (row.sendBefore - performance.now() < WORTH_SENDING_MS) {
        return again('out_of_time', 'the lease is nearly over', 250, row.mustCheck, false);
      }
      if (row.call.kind !== 'template' && isWindowClosed(row, channel)) {
        return { status: 'held', errorCode: 'window_closed', errorDetail: 'waits for the citizen to write again' };
      }
      const carrier = channel.templateCarriers.find(({ name }) => name === row.call.carrier);
      const phone = carrier?.needsPhone ? await phoneOf(row) : undefined;
      const stop = metrics.sendSeconds.startTimer({ channel: channel.name });
      const sent = await channel
        .send(account, row.chatId, row.call, {
          reference: `hx:${row.id}`,
          signal,
          isFromOfficer: row.author === 'officer',
          lastUserAt: row.lastUserAt,
          ...(phone ? { phone } : {}),
          mayStillLeave: () => outbox.mayStillLeave(row),
        })
        .finally(stop);
      return { status: 'sent', platformMessageId: sent.platformMessageId };
    } catch (error) {
      return afterError(error, row, account);
    }
  };

  const isWindowClosed = (row: ClaimedRow, channel: Channel) => {
    const { replyWindowMs, officerWindowMs } = channel.limits;
    const window = row.author === 'officer' ? Math.max(replyWindowMs, officerWindowMs ?? 0) : replyWindowMs;
    return row.lastUserAt === null || now().getTime() - row.lastUserAt.getTime() > window;
  };

  /** The platform's id when it has the message; null when it certainly has not; 'wait' when that is not known yet. */
  const findSent = async (
    row: ClaimedRow,
    account: ChannelAccount,
    channel: Channel,
    signal: AbortSignal,
  ): Promise<string | null | 'wait'> => {
    const sinceFirst = now().getTime() - row.firstSendingAt.getTime();
    try {
      const recent = await channel.recentlySent(account, row.chatId, signal);
      const same = recent.filter(
        (message) =>
          textsOf(row.call).includes(comparable(message.text)) &&
          message.sentAt.getTime() >= row.firstSendingAt.getTime() - CLOCK_SKEW_MS,
      );
      const known = await outbox.known(
        row.accountId,
        same.map((message) => message.platformMessageId),
      );
      return same.find((message) => !known.has(message.platformMessageId))?.platformMessageId ?? null;
    } catch (error) {
      log.warn('outbox.history_unavailable', { outboxId: row.id, error: errorText(error) });
      return sinceFirst < LEASE_AND_GRACE_MS ? 'wait' : null;
    }
  };

  const afterError = async (error: unknown, row: ClaimedRow, account: ChannelAccount): Promise<SendResult> => {
    if (!(error instanceof ChannelSendError)) {
      // The database did not say whether it may leave: nothing was sent.
      if (row.mustCheck && row.attempts + 1 < MAX_ATTEMPTS)
        return again('not_sure_yet', errorText(error), backoffMs(row), true, true);
      // Not the platform's word but our fault: the row is kept for staff, the log has the reason.
      return { status: 'failed', errorCode: 'internal', errorDetail: errorText(error) };
    }
    if (error.pausesAccountMs !== undefined) {
      await accounts.pause(account.id, new Date(now().getTime() + error.pausesAccountMs)).catch(() => {});
    }
    if (error.code === 'window_closed') return { status: 'held', errorCode: error.code, errorDetail: detailOf(error) };
    const waitsForOthers = WAITS_FOR_OTHERS.has(error.code);
    if (error.retryAfterMs === undefined && !error.isUncertain) {
      return { status: 'failed', errorCode: error.code, errorDetail: detailOf(error) };
    }
    if (!waitsForOthers && row.attempts + 1 >= MAX_ATTEMPTS) {
      return { status: 'failed', errorCode: error.code, errorDetail: `gave up: ${detailOf(error)}` };
    }
    const afterMs = waitsForOthers ? (error.retryAfterMs ?? 5_000) : Math.max(error.retryAfterMs ?? 0, backoffMs(row));
    return again(error.code, detailOf(error), afterMs, error.isUncertain || row.mustCheck, !waitsForOthers);
  };

  return {
    start() {
      isRunning = true;
      loop.start();
      recoverTimer = setInterval(() => {
        outbox.recover().then(
          (count) => {
            if (count === 0) return;
            log.warn('outbox.recovered', { count });
            loop.wake();
          },
          (error) => log.error('outbox.recover_failed', { error: errorText(error) }),
        );
      }, RECOVER_EVERY_MS);
    },
    wake: loop.wake,
    reserve(accountId) {
      if (!isRunning || isFull || full.has(accountId) || busy >= IN_FLIGHT) return false;
      if ((inFlight.get(accountId) ?? 0) >= IN_FLIGHT_PER_ACCOUNT) return false;
      const bucket = bucketOf(accountId);
      refill(bucket);
      if (bucket.tokens < 1) return false;
      occupy(accountId);
      return true;
    },
    release(accountId) {
      bucketOf(accountId).tokens += 1;
      vacate(accountId);
    },
    take: begin,
    async stop() {
      isRunning = false;
      clearInterval(recoverTimer);
      await loop.stop();
      while (busy > 0) await new Promise((done) => setTimeout(done, 10));
      await outbox.idle();
    },
  };
}

/** Accounts that got all they may have: more of theirs may wait. */
function spent(rows: ClaimedRow[], budgets: Record<string, number>, fallback: number): Set<string> {
  const got = new Map<string, number>();
  for (const { accountId } of rows) got.set(accountId, (got.get(accountId) ?? 0) + 1);
  const accountIds = [...Object.keys(budgets), ...got.keys()];
  return new Set(accountIds.filter((id) => (got.get(id) ?? 0) >= (budgets[id] ?? fallback)));
}

/** Sends per second of each account, read anew only when accounts changed: a province has thousands. */
function createRates(byName: Map<Channel['name'], Channel>) {
  let known: { list: ChannelAccount[]; rates: Map<string, number> } | undefined;
  return (list: ChannelAccount[]) => {
    if (known?.list !== list) {
      const rates = list.map(({ id, channel }) => [id, byName.get(channel)?.limits.sendsPerSecond ?? 1] as const);
      known = { list, rates: new Map(rates) };
    }
    return known.rates;
  };
}

const LEASE_AND_GRACE_MS = SEND_TIMEOUT_MS + 2_000 + ECHO_GRACE_MS;
const WAITS_FOR_OTHERS = new Set(['rate_limited', 'needs_reauthorisation', 'account_restricted', 'token_expired']);
const backoffMs = ({ attempts }: ClaimedRow) =>
  Math.round(Math.min(300_000, 1_000 * 2 ** attempts) * (0.75 + Math.random() / 2));
/** What the platform's history may show: the message, or the plainer one that went in its place. */
const textsOf = ({ text, fallbackBody }: OutboundCall) =>
  [text, fallbackBody?.text].filter((one) => typeof one === 'string').map(comparable);
const comparable = (text: string) => text.normalize('NFC').replace(/\s+/g, ' ').trim();
const detailOf = (error: ChannelSendError) =>
  error.platformCode ? `${error.platformCode}: ${error.message}` : error.message;
const again = (
  errorCode: string,
  errorDetail: string,
  afterMs: number,
  mustCheck: boolean,
  counts: boolean,
): SendResult => ({ status: 'again', afterMs, counts, mustCheck, errorCode, errorDetail });
