import type { Database } from '../db/client.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { BudgetStore, Usage } from './model-limits.ts';

/** A database that takes longer is in trouble: the question goes on without the model. */
const PATIENCE_MS = 1_000;
const RECORD_EVERY_MS = 1_000;

export interface UsageStore extends BudgetStore {
  /** Writes what is not written yet. */
  flush(): Promise<void>;
}

/**
 * The budget of all processes and of what was before a restart, in the database. Taking from it is one short statement
 * of its own before a request that takes a hundred times as long; what the request cost is written later, together.
 * @param database asked for at the first request: a command may still be opening it
 */
export function createUsageStore(database: () => Promise<Database>, log: Log): UsageStore {
  let waiting = new Map<string, { communeId: string; day: string } & Usage>();
  let timer: NodeJS.Timeout | undefined;

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0) return;
    const rows = [...waiting.values()].map(({ communeId, day, inputTokens, outputTokens, audioSeconds }) => ({
      commune_id: communeId,
      day,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      audio_seconds: Math.ceil(audioSeconds),
    }));
    waiting = new Map();
    try {
      await (await database()).run('model.record', RECORD, [JSON.stringify(rows)]);
    } catch (error) {
      log.warn('model.usage_not_recorded', { error: errorText(error) });
    }
  };

  return {
    async take({ communeId, day, units, perDay }) {
      let late: NodeJS.Timeout | undefined;
      try {
        const taken = (async () => (await database()).run('model.take', TAKE, [communeId, day, units, perDay]))();
        const patience = new Promise<never>((_, reject) => {
          late = setTimeout(() => reject(new Error('the database took too long')), PATIENCE_MS);
        });
        return (await Promise.race([taken, patience])).length > 0;
      } catch (error) {
        // nobody knows what is left: money is not spent on a guess
        log.warn('model.budget_unknown', { communeId, error: errorText(error) });
        return false;
      } finally {
        clearTimeout(late);
      }
    },
    record(communeId, day, usage) {
      const key = `${day} ${communeId}`;
      const known = waiting.get(key) ?? { communeId, day, inputTokens: 0, outputTokens: 0, audioSeconds: 0 };
      known.inputTokens += usage.inputTokens;
      known.outputTokens += usage.outputTokens;
      known.audioSeconds += usage.audioSeconds;
      waiting.set(key, known);
      timer ??= setTimeout(() => void flush(), RECORD_EVERY_MS).unref();
    },
    flush,
  };
}

const TAKE = `
insert into model_usage as u (commune_id, day, requests) select $1::uuid, $2::date, $3::int where $3::int <= $4::int
on conflict (commune_id, day) do update set requests = u.requests + excluded.requests
  where u.requests + excluded.requests <= $4::int
returning requests`;

const RECORD = `
insert into model_usage as u (commune_id, day, input_tokens, output_tokens, audio_seconds)
select commune_id, day, input_tokens, output_tokens, audio_seconds from jsonb_to_recordset($1::jsonb)
  as t(commune_id uuid, day date, input_tokens bigint, output_tokens bigint, audio_seconds int)
on conflict (commune_id, day) do update set input_tokens = u.input_tokens + excluded.input_tokens,
  output_tokens = u.output_tokens + excluded.output_tokens, audio_seconds = u.audio_seconds + excluded.audio_seconds`;
