import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountStore, ChannelAccount } from '../../communes/accounts.ts';
import type { Log } from '../../log.ts';
import { ChannelSendError } from '../channel.ts';
import { numberOf, textOf } from '../webhook-json.ts';
import type { Answer, ZaloClient } from './client.ts';
import { errorCodeOf } from './send-errors.ts';

/** Longer than the HTTP timeout of the refresh: no second process may use the token while the first one waits. */
const LEASE_MS = 25_000;
/** How long a send waits for a refresh that runs elsewhere, before it goes back to the outbox. */
const WAIT_MS = 12_000;
const POLL_MS = 150;
const ACCESS_TOKEN_LIFE_S = 90_000;
const REFRESH_BEFORE_MS = 5 * 3_600_000;
/** A token refused right after it was renewed is not cured by renewing it again. */
const LEAST_INTERVAL_MS = 5_000;

export interface ZaloTokens {
  /** The newest tokens this process knows for the account. */
  current(account: ChannelAccount): ChannelAccount;
  /**
   * A token other than `account.secrets.accessToken`, which Zalo refused or which has expired. However many sends and
   * processes ask at once, the refresh token, which works once, is used once.
   * @throws {ChannelSendError} `needs_reauthorisation` when the grant is dead, `temporary` when it may work later,
   *   `token_expired` when even the renewed token is refused
   */
  renew(account: ChannelAccount): Promise<ChannelAccount>;
  /** Renews when the token ends within 5 hours or its end is not known; for a timer. */
  refreshIfDue(account: ChannelAccount): Promise<void>;
}

type TokenPair = Parameters<AccountStore['saveTokens']>[1];

export function createZaloTokens({
  client,
  oauthUrl,
  accounts,
  log,
  now,
}: {
  client: ZaloClient;
  oauthUrl: string;
  accounts: AccountStore;
  log: Log;
  now: () => Date;
}): ZaloTokens {
  const running = new Map<string, Promise<ChannelAccount>>();
  const renewed = new Map<string, { retired: string; account: ChannelAccount; at: number }>();
  const answerLost = new Set<string>();
  /** Issued, but the database did not take it: the only copy of a working pair. */
  const unsaved = new Map<string, { used: string; pair: TokenPair }>();

  const current = (account: ChannelAccount) => {
    const known = renewed.get(account.id);
    return known && known.retired === account.secrets.accessToken ? known.account : account;
  };

  async function renew(account: ChannelAccount): Promise<ChannelAccount> {
    const refused = account.secrets.accessToken;
    const known = renewed.get(account.id);
    if (known?.retired === refused) return known.account;
    if (known?.account.secrets.accessToken === refused && now().getTime() - known.at < LEAST_INTERVAL_MS) {
      throw new ChannelSendError('token_expired', 'Zalo refuses the token it has just issued', {
        retryAfterMs: 15_000,
        pausesAccountMs: 15_000,
      });
    }
    let flight = running.get(account.id);
    if (!flight) {
      flight = renewOnce(account.id, refused)
        .catch(asSendError)
        .finally(() => running.delete(account.id));
      running.set(account.id, flight);
    }
    const result = await flight;
    renewed.set(account.id, { retired: refused, account: result, at: now().getTime() });
    return result;
  }

  /** Under the claim, or after another process has done it. */
  async function renewOnce(accountId: string, refused: string): Promise<ChannelAccount> {
    const giveUpAt = Date.now() + WAIT_MS;
    for (;;) {
      if (await accounts.claimRefresh(accountId, LEASE_MS)) return underClaim(accountId, refused);
      const account = await accounts.fresh(accountId);
      if (account.status === 'needs_reauthorisation') throw needsReauthorisation(account);
      if (account.secrets.accessToken !== refused) return account;
      if (Date.now() > giveUpAt) {
        throw new ChannelSendError('temporary', 'another process is renewing the token', { retryAfterMs: 3_000 });
      }
      await sleep(POLL_MS);
    }
  }

  async function underClaim(accountId: string, refused: string): Promise<ChannelAccount> {
    let isClaimed = true;
    try {
      // Only what is read under the claim is certain to be the newest.
      const account = await accounts.fresh(accountId);
      if (account.status === 'needs_reauthorisation') throw needsReauthorisation(account);
      if (account.secrets.accessToken !== refused) return account;
      const { refreshToken } = account.secrets;
      if (!refreshToken) {
        isClaimed = false;
        return await giveUp(account, 'the access token has ended and no refresh token is stored');
      }
      const waiting = unsaved.get(accountId);
      const answer = waiting?.used === refreshToken ? undefined : await exchange(account, refreshToken);
      const pair = answer ? pairOf(answer, now()) : waiting?.pair;
      if (pair) {
        unsaved.set(accountId, { used: refreshToken, pair });
        // Committed before anybody uses it: a crash in between would lose the only valid pair.
        const saved = await accounts.saveTokens(accountId, pair, refreshToken);
        isClaimed = false;
        unsaved.delete(accountId);
        answerLost.delete(accountId);
        log.info('zalo.token_renewed', { communeId: saved.communeId, accountId });
        return saved;
      }
      if (!answer) throw new Error('no pair and no answer');
      refuseTemporary(answer);
      const latest = await accounts.fresh(accountId);
      if (latest.secrets.refreshToken !== refreshToken && latest.secrets.accessToken !== refused) return latest;
      isClaimed = false;
      return await giveUp(account, `Zalo refuses the refresh token (${oauthErrorOf(answer)})${lostHint(accountId)}`);
    } finally {
      if (isClaimed) await accounts.releaseRefresh(accountId);
    }
  }

  async function exchange(account: ChannelAccount, refreshToken: string): Promise<Answer> {
    try {
      return await client({
        method: 'POST',
        url: `${oauthUrl}/v4/oa/access_token`,
        headers: { secret_key: account.secrets.appSecret },
        data: new URLSearchParams({ grant_type: 'refresh_token', app_id: account.appId, refresh_token: refreshToken }),
      });
    } catch (cause) {
      if (cause instanceof ChannelSendError && cause.isUncertain) {
        answerLost.add(account.id);
        log.warn('zalo.token_answer_lost', { communeId: account.communeId, accountId: account.id });
      }
      // The message itself was not sent, whatever became of the refresh.
      throw new ChannelSendError('temporary', 'the token could not be renewed', { retryAfterMs: 10_000, cause });
    }
  }

  const lostHint = (accountId: string) =>
    answerLost.has(accountId) ? '; the answer to an earlier refresh was lost on the way' : '';

  async function giveUp(account: ChannelAccount, why: string): Promise<never> {
    const reason = `${why}. An OA admin must grant the app again: hoixa channel connect zalo`;
    await accounts.setStatus(account.id, 'needs_reauthorisation', reason);
    log.error('zalo.needs_reauthorisation', { communeId: account.communeId, accountId: account.id });
    throw needsReauthorisation({ ...account, statusReason: reason });
  }

  return {
    current,
    renew,
    async refreshIfDue(account) {
      const newest = current(account);
      if (newest.status === 'needs_reauthorisation' || !newest.secrets.refreshToken) return;
      const leftMs = (newest.tokenExpiresAt?.getTime() ?? 0) - now().getTime();
      if (leftMs <= REFRESH_BEFORE_MS) await renew(newest);
    },
  };
}

/** Waiting messages try again soon, so that connecting the account anew releases them within seconds. */
export function needsReauthorisation(account: ChannelAccount): ChannelSendError {
  return new ChannelSendError('needs_reauthorisation', account.statusReason ?? 'an OA admin must grant the app again', {
    retryAfterMs: 5_000,
  });
}

/** A database that is away must not make the outbox give a message up. */
function asSendError(cause: unknown): never {
  if (cause instanceof ChannelSendError) throw cause;
  throw new ChannelSendError('temporary', 'the stored token could not be read or replaced', {
    retryAfterMs: 5_000,
    cause,
  });
}

/** Success is a token in the answer, nothing else. `expires_in` is seconds, as text or number. */
function pairOf({ body }: Answer, now: Date): TokenPair | undefined {
  const accessToken = textOf(body?.access_token);
  if (!accessToken) return undefined;
  const lifeMs = 1000 * (numberOf(body?.expires_in) ?? ACCESS_TOKEN_LIFE_S);
  return { accessToken, refreshToken: textOf(body?.refresh_token), expiresAt: new Date(now.getTime() + lifeMs) };
}

/** Errors of the token endpoint come with HTTP 200 and in several shapes; these three do not concern the grant. */
function refuseTemporary(answer: Answer): void {
  const isTemporary = answer.status >= 500 || answer.status === 429 || !answer.body || errorCodeOf(answer.body) === -32;
  if (!isTemporary) return;
  throw new ChannelSendError('temporary', `the token endpoint answered ${oauthErrorOf(answer)}`, {
    retryAfterMs: 30_000,
  });
}

function oauthErrorOf({ status, body }: Answer): string {
  const words =
    textOf(body?.message) ?? textOf(body?.error_description) ?? textOf(body?.error_reason) ?? textOf(body?.error_name);
  return [textOf(body?.error) ?? `HTTP ${status}`, words?.slice(0, 200)].filter(Boolean).join(' ');
}
