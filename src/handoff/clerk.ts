import type { Channel, ChannelName, OutgoingMessage } from '../channels/channel.ts';
import { addOpenMinutes, localTime } from '../communes/calendar.ts';
import type { Commune, CommuneSettings } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { createWorkLoop, type WorkLoop } from '../db/work-loop.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Saying } from '../outbox/enqueue.ts';
import type { Catalogue } from '../procedures/catalogue.ts';
import type { Hint } from '../procedures/hints.ts';
import { HERE_TTL_MS } from './acts.ts';
import * as sql from './clerk-sql.ts';
import type { HandOffReason } from './handoff.ts';
import type { HandOffMetrics } from './handoff-metrics.ts';
import { SILENCE_ALL } from './ownership.ts';
import { officerWindowOf } from './reply-window.ts';
import { type Colleague, suggestOfficer } from './routing.ts';
import * as say from './say-officer.ts';
import { type SaidMessage, summarise } from './summary.ts';
import { createSummaryWriter, type WriteSummary } from './summary-writer.ts';

export interface ClerkDeps {
  database: Database;
  channel: (name: Channel['name']) => Channel;
  commune: (id: string) => Promise<Commune>;
  catalogue: Pick<Catalogue, 'byCode'>;
  hints: Map<string, Hint>;
  log: Log;
  metrics?: HandOffMetrics;
  /** Retells a conversation after the rules did; left out without a model. */
  writeSummary?: WriteSummary | undefined;
  /** Something was put in line. */
  onQueued: () => void;
  now?: () => Date;
}

export interface Clerk extends WorkLoop {
  /** One look at everything whose time has come. @returns how many episodes were looked at */
  round(): Promise<number>;
  /** Resolves when no summary is being written. */
  written(): Promise<void>;
}

const BATCH = 200;
const IDLE_MS = 1_000;
/** Nothing is near: what officers and citizens do meanwhile moves times, so it is looked at again. */
const LOOK_AGAIN_MS = 5 * 60_000;
const FIGURES_EVERY_MS = 15_000;
/** Nobody is woken by a line that says that a talk is over. */
const DAY = { from: 7 * 60, until: 21 * 60 };

interface DueRow {
  commune_id: string;
  id: string;
  conversation_id: string;
  reason: HandOffReason;
  field: string | null;
  is_prepared: boolean;
  officer_id: string | null;
  queued_at: Date;
  taken_at: Date | null;
  first_reply_at: Date | null;
  last_reply_at: Date | null;
  promised_at: Date | null;
  is_promise_kept: boolean | null;
  escalated_at: Date | null;
  window_warned_at: Date | null;
  owner: 'bot' | 'waiting' | 'officer';
  holder_id: string | null;
  owner_since: Date;
  owner_version: number;
  officer_until: Date | null;
  last_user_at: Date | null;
  channel: ChannelName;
  /** The citizen's first word since the officer's last, or since the officer took it. */
  wrote_at: Date | null;
}

/**
 * Keeps the line: writes each new episode's summary, suggests an officer, and acts when a time is up (nobody took it, a
 * promise, the platform's window, an officer's or a citizen's silence). Any number of processes may do so: rows are
 * claimed, and every step is one statement that finds the episode as it was judged, or does nothing.
 */
export function createClerk(deps: ClerkDeps): Clerk {
  const { database, channel, commune, catalogue, hints, log, metrics, now = () => new Date() } = deps;
  const writer = createSummaryWriter({ database, write: deps.writeSummary, log });
  let figuresAt = 0;

  const round = async (): Promise<number> => {
    const at = now();
    const rows = await database.run<DueRow>('clerk.due', sql.DUE, [at.toISOString(), BATCH]);
    const teams = new Map<string, Promise<Colleague[]>>();
    const teamOf = (communeId: string) => {
      const known = teams.get(communeId) ?? colleagues(communeId, at);
      teams.set(communeId, known);
      return known;
    };
    let hasQueued = false;
    const next: { commune_id: string; id: string; check_at: string }[] = [];
    for (const row of rows) {
      try {
        const { settings } = await commune(row.commune_id);
        if (!row.is_prepared) await prepare(row, await teamOf(row.commune_id));
        const { said, checkAt } = await judge(row, settings, await teamOf(row.commune_id), at);
        hasQueued ||= said;
        next.push({ commune_id: row.commune_id, id: row.id, check_at: checkAt.toISOString() });
      } catch (error) {
        // one that cannot be judged holds up nobody else's; it is claimed for a minute
        log.error('clerk.one_failed', { communeId: row.commune_id, handoffId: row.id, error: errorText(error) });
      }
    }
    if (next.length > 0) await database.run('clerk.next', sql.NEXT_CHECK, [JSON.stringify(next)]);
    if (hasQueued) deps.onQueued();
    if (at.getTime() >= figuresAt) {
      figuresAt = at.getTime() + FIGURES_EVERY_MS;
      await upkeep(at);
    }
    return rows.length;
  };

  const upkeep = async (at: Date) => {
    await database.run('handoff.silence_all', SILENCE_ALL);
    const [figures] = await database.run<{ waiting: number; late: number; oldest: number }>(
      'clerk.figures',
      sql.FIGURES,
      [at.toISOString()],
    );
    metrics?.waiting.set(figures!.waiting);
    metrics?.late.set(figures!.late);
    metrics?.oldestSeconds.set(Math.max(0, figures!.oldest));
  };

  const colleagues = (communeId: string, at: Date) =>
    database.run<Colleague>('clerk.colleagues', sql.COLLEAGUES, [
      communeId,
      new Date(at.getTime() - HERE_TTL_MS).toISOString(),
    ]);

  const prepare = async (row: DueRow, team: Colleague[]) => {
    const messages = await database.run<SaidMessage>('clerk.said', sql.SAID, [
      row.commune_id,
      row.conversation_id,
      row.queued_at.toISOString(),
    ]);
    const summary = summarise(messages, row.reason, catalogue, hints);
    const field = row.field ?? summary.procedure?.field ?? null;
    const suggested = row.owner === 'waiting' ? suggestOfficer(team, field) : null;
    if (suggested) suggested.load += 1;
    row.field = field;
    row.officer_id ??= suggested?.id ?? null;
    await database.run('clerk.prepare', sql.PREPARE, [
      row.commune_id,
      row.id,
      JSON.stringify(summary),
      summary.procedure?.field ?? null,
      summary.procedure?.code ?? null,
      suggested?.id ?? null,
    ]);
    writer.add({ communeId: row.commune_id, handoffId: row.id, reason: summary.reason, messages });
  };

  const count = (kind: string, row: DueRow) => {
    metrics?.timers.inc({ kind });
    log.info(`handoff.${kind}`, { communeId: row.commune_id, conversationId: row.conversation_id, handoffId: row.id });
  };

  /** What cannot leave now is not said. */
  const sayings = (row: DueRow, causeId: string, at: Date, kind: string, bubble: OutgoingMessage): string => {
    const { limits, render } = channel(row.channel);
    const { minutes } = localTime(at);
    const mayLeave =
      row.last_user_at !== null &&
      at.getTime() - row.last_user_at.getTime() < limits.replyWindowMs &&
      (kind !== 'silence' || (minutes >= DAY.from && minutes < DAY.until));
    const saying: Saying = {
      causeId,
      messageId: timeOrdered(),
      author: 'system',
      text: bubble.text,
      content: { announcement: kind },
      occurredAt: at,
      calls: mayLeave ? render(bubble) : [],
    };
    return JSON.stringify(mayLeave ? [saying] : []);
  };

  const judge = async (row: DueRow, settings: CommuneSettings, team: Colleague[], at: Date) => {
    const times: (Date | null)[] = [new Date(at.getTime() + LOOK_AGAIN_MS)];
    let said = false;
    if (row.owner === 'bot') {
      await database.run('clerk.left_open', sql.CLOSE_LEFT_OPEN, [row.commune_id, row.id, at.toISOString()]);
    } else if (row.owner === 'waiting') {
      said = await judgeWaiting(row, settings, team, at, times);
    } else {
      said = await judgeHeld(row, settings, at, times);
    }
    await judgeWindow(row, settings, at, times);
    const checkAt = times.reduce<Date>((first, time) => (time && time < first && time > at ? time : first), times[0]!);
    return { said, checkAt };
  };

  const judgeWaiting = async (
    row: DueRow,
    settings: CommuneSettings,
    team: Colleague[],
    at: Date,
    times: (Date | null)[],
  ): Promise<boolean> => {
    const isGone = row.officer_id !== null && !team.some(({ id, isHere }) => id === row.officer_id && isHere);
    if (row.officer_id === null || isGone) {
      const suggested = suggestOfficer(team, row.field);
      if (suggested) {
        suggested.load += 1;
        await database.run('clerk.suggest', sql.SUGGEST, [row.commune_id, row.id, suggested.id]);
      }
    }
    const escalateAt = addOpenMinutes(settings, row.owner_since, settings.handoff.escalateAfterMinutes);
    if (row.escalated_at === null && escalateAt && escalateAt <= at) {
      const done = await database.run('clerk.escalate', sql.ESCALATE, [row.commune_id, row.id, at.toISOString()]);
      if (done.length > 0) count('escalated', row);
    }
    times.push(escalateAt);
    if (row.promised_at === null || row.is_promise_kept !== null || row.first_reply_at !== null) return false;
    if (row.promised_at >= at) {
      times.push(new Date(row.promised_at.getTime() + 1));
      return false;
    }
    const causeId = timeOrdered();
    const broken = await database.run('clerk.break_promise', sql.BREAK_PROMISE, [
      row.commune_id,
      row.id,
      at.toISOString(),
      causeId,
      sayings(row, causeId, at, 'promise', say.sayPromiseBroken(settings.hotline ?? settings.phone)),
    ]);
    if (broken.length === 0) return false;
    count('promise_broken', row);
    return true;
  };

  const judgeHeld = async (
    row: DueRow,
    settings: CommuneSettings,
    at: Date,
    times: (Date | null)[],
  ): Promise<boolean> => {
    const isInbox = row.holder_id === null;
    // in the platform's own inbox we see neither who is there nor who only reads
    if (isInbox) {
      times.push(row.officer_until);
      return row.officer_until !== null && row.officer_until <= at && closeForSilence(row, at);
    }
    const wasAsked = row.reason !== 'officer' && row.reason !== 'reopened';
    const awaitedSince = row.wrote_at ?? (row.last_reply_at === null && wasAsked ? row.taken_at : null);
    if (awaitedSince) {
      const until = addOpenMinutes(settings, awaitedSince, settings.handoff.officerSilenceMinutes);
      times.push(until);
      return until !== null && until <= at && backInLine(row, settings, at);
    }
    const silentSince = row.last_reply_at ?? row.taken_at ?? row.owner_since;
    const until = new Date(silentSince.getTime() + settings.handoff.closeAfterSilenceHours * 3_600_000);
    times.push(until);
    return until <= at && closeForSilence(row, at);
  };

  const backInLine = async (row: DueRow, settings: CommuneSettings, at: Date): Promise<boolean> => {
    const causeId = timeOrdered();
    const done = await database.run('clerk.back_in_line', sql.BACK_IN_LINE, [
      row.commune_id,
      row.conversation_id,
      row.owner_version,
      at.toISOString(),
      causeId,
      row.last_reply_at?.toISOString() ?? null,
      addOpenMinutes(settings, at, settings.officerReplyMinutes)?.toISOString() ?? null,
      sayings(row, causeId, at, 'requeued', say.sayBackInLine()),
    ]);
    if (done.length > 0) count('back_in_line', row);
    return done.length > 0;
  };

  const closeForSilence = async (row: DueRow, at: Date): Promise<boolean> => {
    const causeId = timeOrdered();
    const done = await database.run('clerk.close_for_silence', sql.CLOSE_FOR_SILENCE, [
      row.commune_id,
      row.conversation_id,
      row.owner_version,
      at.toISOString(),
      causeId,
      row.last_reply_at?.toISOString() ?? null,
      sayings(row, causeId, at, 'silence', say.sayClosedForSilence()),
    ]);
    if (done.length > 0) count('closed', row);
    return done.length > 0;
  };

  const judgeWindow = async (row: DueRow, settings: CommuneSettings, at: Date, times: (Date | null)[]) => {
    const isAwaited = row.owner === 'waiting' || (row.owner === 'officer' && row.wrote_at !== null);
    if (!isAwaited || !row.last_user_at) return;
    const end = row.last_user_at.getTime() + officerWindowOf(channel(row.channel).limits);
    const warnAt = new Date(end - settings.handoff.warnBeforeWindowMinutes * 60_000);
    times.push(warnAt);
    const isWarned = row.window_warned_at !== null && row.window_warned_at > row.last_user_at;
    if (isWarned || warnAt > at || end <= at.getTime()) return;
    const done = await database.run('clerk.warn_window', sql.WARN_WINDOW, [row.commune_id, row.id, at.toISOString()]);
    if (done.length > 0) count('window_warned', row);
  };

  const loop = createWorkLoop(async () => (await round()) === BATCH, {
    idleMs: IDLE_MS,
    onError: (error) => log.error('clerk.failed', { error }),
  });
  return {
    ...loop,
    round,
    written: writer.idle,
    stop() {
      writer.stop();
      return loop.stop();
    },
  };
}
