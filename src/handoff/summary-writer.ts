import type { Database } from '../db/client.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { MachineSummary } from './handoff.ts';
import { hideNumbers, type SaidMessage } from './summary.ts';

/**
 * Has a conversation retold by a model, with personal data hidden on its way there and put back after.
 * @returns null when there is nothing better than the rules' summary
 */
export type WriteSummary = (conversation: {
  communeId: string;
  /** Why a person is needed, in words. */
  reason: string;
  said: { by: 'citizen' | 'assistant'; text: string }[];
}) => Promise<MachineSummary | null>;

export interface SummaryJob {
  communeId: string;
  handoffId: string;
  reason: string;
  messages: SaidMessage[];
}

const AT_ONCE = 2;
/** More than these wait for nobody: the rules' summary is there. */
const MOST_WAITING = 100;

/** Beside the line, never in its way: each episode has its rules' summary already, and keeps it whatever happens here. */
export function createSummaryWriter({
  database,
  write,
  log,
}: {
  database: Database;
  write: WriteSummary | undefined;
  log: Log;
}) {
  const waiting: SummaryJob[] = [];
  const running = new Set<Promise<void>>();
  let isStopped = false;

  const work = async ({ communeId, handoffId, reason, messages }: SummaryJob) => {
    try {
      const said = messages.flatMap(({ author, text }) =>
        text.trim() !== '' && (author === 'citizen' || author === 'bot')
          ? [{ by: author === 'bot' ? ('assistant' as const) : author, text }]
          : [],
      );
      if (!said.some(({ by }) => by === 'citizen')) return;
      const written = await write!({ communeId, reason, said });
      if (!written || isStopped) return;
      const { headline, wants, told, needs, promptVersion } = written;
      // numbers stay covered as in the rules' summary: who needs them opens the conversation, and that is recorded
      const machine: MachineSummary = {
        headline: hideNumbers(headline),
        wants: hideNumbers(wants),
        told: hideNumbers(told),
        needs: hideNumbers(needs),
        promptVersion,
      };
      await database.run('clerk.machine_summary', KEEP, [communeId, handoffId, JSON.stringify(machine)]);
    } catch (error) {
      log.warn('handoff.summary_failed', { communeId, handoffId, error: errorText(error) });
    }
  };
  const next = () => {
    while (running.size < AT_ONCE && waiting.length > 0 && !isStopped) {
      const begun: Promise<void> = work(waiting.shift()!).finally(() => {
        running.delete(begun);
        next();
      });
      running.add(begun);
    }
  };

  return {
    add(job: SummaryJob): void {
      if (!write || isStopped || waiting.length >= MOST_WAITING) return;
      waiting.push(job);
      next();
    },
    /** Resolves when nothing waits or runs. */
    async idle(): Promise<void> {
      while (running.size > 0) await Promise.all(running);
    },
    /** What is under way is not kept any more. */
    stop(): void {
      isStopped = true;
    },
  };
}

// $1 commune, $2 episode, $3 the machine's words
const KEEP = `
update handoffs set summary = summary || jsonb_build_object('machine', $3::jsonb), changed_at = now()
where commune_id = $1 and id = $2 and closed_at is null and summary is not null`;
