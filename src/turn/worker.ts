import type { Channel } from '../channels/channel.ts';
import type { AccountStore } from '../communes/accounts.ts';
import { isAboutData } from '../db/batcher.ts';
import { createWorkLoop, type WorkLoop } from '../db/work-loop.ts';
import { errorText } from '../errors.ts';
import type { Guidance } from '../guidance/guidance.ts';
import type { TurnTaker } from '../inbox/inbox.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Sender } from '../outbox/sender.ts';
import { createFairLine } from './fair-line.ts';
import type { LeasedConversation, Leases } from './leases.ts';
import type { DecidedTurn } from './turn.ts';

const MAX_TURNS = 64;
/** One account's slow questions leave places free for those of others. */
const PER_ACCOUNT = 48;
/** From here on an account's questions are a crowd: those of others are thought about, stored and written first. */
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
  /** Sends what a turn says; without it whoever looks into the outbox does. */
  sender?: Pick<Sender, 'reserve' | 'release' | 'take' | 'wake'>;
  /** A turn is written: the citizen has done something. */
  onCommitted?: (conversation: LeasedConversation) => void;
  log: Log;
  metrics: Metrics;
}

/** Takes conversations with waiting events and works on each alone, many side by side. */
export function createWorker(deps: WorkerDeps): WorkLoop & TurnTaker {
  const { leases, decide, guidance, sender, log, metrics } = deps;
  const held = new Set<LeasedConversation>();
  /** Turns under way and places kept, per account. */
  const counts = new Map<string, number>();
  let places = 0;
  const line = createFairLine();
  let renewTimer: NodeJS.Timeout | undefined;
  let isRunning = false;
  /** More may wait than the last look could take: whoever ends looks again, and nobody goes before those. */
  let isFull = false;
  let full = new Set<string>();

  const occupy = (accountId: string) => {
    places += 1;
    counts.set(accountId, (counts.get(accountId) ?? 0) + 1);
  };
  const vacate = (accountId: string) => {
    places -= 1;
    const left = (counts.get(accountId) ?? 1) - 1;
    if (left > 0) counts.set(accountId, left);
    else counts.delete(accountId);
    if (isFull || full.has(accountId)) loop.wake();
  };

  const loop = createWorkLoop(
    async () => {
      const free = MAX_TURNS - places;
      isFull = free <= 0;
      if (isFull) return false;
      const taken = await leases.claim(free, PER_ACCOUNT, Object.fromEntries(counts));
      isFull = taken.length === free;
      for (const conversation of taken) {
        occupy(conversation.accountId);
        begin(conversation);
      }
      full = new Set([...counts].flatMap(([accountId, count]) => (count >= PER_ACCOUNT ? [accountId] : [])));
      return false;
    },
    { idleMs: IDLE_POLL_MS, onError: (error) => log.error('turn.claim_failed', { error }) },
  );

  const begin = (conversation: LeasedConversation) => {
    held.add(conversation);
    const isCrowded = (counts.get(conversation.accountId) ?? 0) > CROWD;
    void work(conversation, isCrowded).finally(() => {
      held.delete(conversation);
      vacate(conversation.accountId);
    });
  };

  const work = async (conversation: LeasedConversation, isCrowded: boolean) => {
    const fields = { communeId: conversation.communeId, conversationId: conversation.id };
    const stopTimer = metrics.turnSeconds.startTimer();
    let typing: NodeJS.Timeout | undefined;
    let isDecided = false;
    try {
      await line.wait(conversation.accountId, isCrowded);
      const wait = unfinishedFor(conversation);
      if (wait > 0) {
        void showTyping(conversation);
        await leases.giveBack(conversation, wait, { countsAsFailure: false });
        return;
      }
      typing = setTimeout(() => void showTyping(conversation), TYPING_AFTER_MS);
      const turn = await withinTime(decide(conversation));
      isDecided = true;
      if (await write(turn, isCrowded)) {
        metrics.turns.inc({ outcome: turn.outcome ?? 'silent' });
        stopTimer();
        deps.onCommitted?.(conversation);
        return;
      }
      // An officer took over, or the lease ran out: nothing was written, the events are read again.
      log.info('turn.not_written', fields);
      await leases.giveBack(conversation, 0, { countsAsFailure: false });
      loop.wake();
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

  /** @returns false when nothing was written */
  const write = async (turn: DecidedTurn, isCrowded: boolean): Promise<boolean> => {
    const { accountId } = turn.conversation;
    const sendsFirst = turn.calls.length > 0 && (sender?.reserve(accountId) ?? false);
    let isTaken = false;
    try {
      const committed = await leases.commit(turn, { sendsFirst, isCrowded });
      if (!committed) return false;
      if (committed.firstSend) {
        isTaken = true;
        sender?.take(committed.firstSend);
      } else if (committed.hasQueued) sender?.wake();
      if (committed.isAwake) loop.wake();
      return true;
    } finally {
      if (sendsFirst && !isTaken) sender?.release(accountId);
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
      isRunning = true;
      loop.start();
      renewTimer = setInterval(() => {
        leases.renew([...held]).catch((error) => log.warn('turn.renew_failed', { error: errorText(error) }));
      }, RENEW_EVERY_MS);
    },
    wake: loop.wake,
    reserve(accountId) {
      const isFree = isRunning && !isFull && !full.has(accountId) && places < MAX_TURNS;
      if (!isFree || (counts.get(accountId) ?? 0) >= CROWD) return false;
      occupy(accountId);
      return true;
    },
    release: vacate,
    take: begin,
    isCrowded: (accountId) => (counts.get(accountId) ?? 0) >= CROWD,
    async stop() {
      isRunning = false;
      await loop.stop();
      while (places > 0) await new Promise((done) => setTimeout(done, 10));
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
