import type { Channel } from '../channels/channel.ts';
import type { AccountStore } from '../communes/accounts.ts';
import { isAboutData } from '../db/batcher.ts';
import { createWorkLoop, type WorkLoop } from '../db/work-loop.ts';
import { errorText } from '../errors.ts';
import type { Guidance } from '../guidance/guidance.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { createFairLine } from './fair-line.ts';
import type { LeasedConversation, Leases } from './leases.ts';
import type { DecidedTurn } from './turn.ts';

const MAX_TURNS = 64;
/** One account's slow questions leave places free for those of others. */
const PER_ACCOUNT = 48;
/** From here on an account's questions stand in line, so that those of others are thought about first. */
const CROWD = 8;
const IDLE_POLL_MS = 250;
const RENEW_EVERY_MS = 3_000;
/** A turn that thinks longer shows "is typing". */
const TYPING_AFTER_MS = 400;
/** A voice note, a photo and a model each have their own limit; together they end before this. */
const TURN_MS = 60_000;
/** How long a bubble that looks unfinished may wait for its rest. */
export const UNFINISHED_WAIT_MS = 1_200;

export interface WorkerDeps {
  leases: Leases;
  decide: (conversation: LeasedConversation) => Promise<DecidedTurn>;
  guidance: Pick<Guidance, 'looksUnfinished'>;
  channel: (name: Channel['name']) => Channel;
  accounts: AccountStore;
  /** A turn is written: there may be something to send, and the citizen has done something. */
  onCommitted: (conversation: LeasedConversation) => void;
  log: Log;
  metrics: Metrics;
}

/** Takes conversations with waiting events and works on each alone, many side by side. */
export function createWorker(deps: WorkerDeps): WorkLoop {
  const { leases, decide, guidance, log, metrics } = deps;
  const held = new Set<LeasedConversation>();
  const line = createFairLine();
  let renewTimer: NodeJS.Timeout | undefined;

  const loop = createWorkLoop(
    async () => {
      const free = MAX_TURNS - held.size;
      if (free <= 0) return false;
      const counts = heldPerAccount();
      for (const conversation of await leases.claim(free, PER_ACCOUNT, counts)) {
        held.add(conversation);
        const count = (counts[conversation.accountId] ?? 0) + 1;
        counts[conversation.accountId] = count;
        void work(conversation, count > CROWD).finally(() => {
          held.delete(conversation);
          loop.wake();
        });
      }
      return false;
    },
    { idleMs: IDLE_POLL_MS, onError: (error) => log.error('turn.claim_failed', { error }) },
  );

  const heldPerAccount = () => {
    const counts: Record<string, number> = {};
    for (const { accountId } of held) counts[accountId] = (counts[accountId] ?? 0) + 1;
    return counts;
  };

  const work = async (conversation: LeasedConversation, isCrowded: boolean) => {
    const fields = { communeId: conversation.communeId, conversationId: conversation.id };
    const stopTimer = metrics.turnSeconds.startTimer();
    let typing: NodeJS.Timeout | undefined;
    let isDecided = false;
    try {
      if (isCrowded) await line.wait(conversation.accountId);
      const wait = unfinishedFor(conversation);
      if (wait > 0) {
        void showTyping(conversation);
        await leases.giveBack(conversation, wait, { countsAsFailure: false });
        return;
      }
      typing = setTimeout(() => void showTyping(conversation), TYPING_AFTER_MS);
      const turn = await withinTime(decide(conversation));
      isDecided = true;
      if (await leases.commit(turn)) {
        metrics.turns.inc({ outcome: turn.outcome ?? 'silent' });
        stopTimer();
        deps.onCommitted(conversation);
        return;
      }
      // An officer took over, or the lease ran out: nothing was written, the events are read again.
      log.info('turn.not_written', fields);
      await leases.giveBack(conversation, 0, { countsAsFailure: false });
    } catch (error) {
      log.error('turn.failed', { ...fields, attempts: conversation.attempts + 1, error: errorText(error) });
      await leases
        // A database that is away is no reason to give the question up; an answer that it cannot store is one.
        .giveBack(conversation, 1_000 * 2 ** Math.min(conversation.attempts, 6), {
          countsAsFailure: !isDecided || isAboutData(error),
        })
        // The lease runs out by itself.
        .catch(() => {});
    } finally {
      clearTimeout(typing);
    }
  };

  /** Milliseconds to wait for the rest of a message that looks unfinished; 0 to answer now. */
  const unfinishedFor = ({ events, owner, attempts, claimedAt }: LeasedConversation) => {
    const first = events[0];
    const last = events.at(-1);
    if (!first || !last || owner === 'officer' || attempts > 0) return 0;
    const isPlain = events.every((event) => event.kind === 'message' && event.text && !event.attachments?.length);
    if (!isPlain || !guidance.looksUnfinished(events.map((event) => event.text).join('\n'))) return 0;
    const left = first.receivedAt.getTime() + UNFINISHED_WAIT_MS - claimedAt.getTime();
    return left > 20 ? left : 0;
  };

  const showTyping = async (conversation: LeasedConversation) => {
    const channel = deps.channel(conversation.channel);
    if (!channel.limits.hasTyping || conversation.owner === 'officer') return;
    const account = await deps.accounts.byId(conversation.accountId).catch(() => undefined);
    if (account?.status !== 'active') return;
    // Decoration: nobody misses it when it fails.
    await channel.showTyping(account, conversation.chatId, AbortSignal.timeout(3_000)).catch(() => {});
  };

  return {
    start() {
      loop.start();
      renewTimer = setInterval(() => {
        leases.renew([...held]).catch((error) => log.warn('turn.renew_failed', { error: errorText(error) }));
      }, RENEW_EVERY_MS);
    },
    wake: loop.wake,
    async stop() {
      await loop.stop();
      while (held.size > 0) await new Promise((done) => setTimeout(done, 10));
      clearInterval(renewTimer);
      await leases.idle();
    },
  };
}

/** What never settles must not keep a conversation, or a place among the turns, for ever. */
function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`the turn did not end within ${TURN_MS} ms`)), TURN_MS);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
