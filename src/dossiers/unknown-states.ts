import { and, asc, desc, eq, sql } from 'drizzle-orm';
import type { Database } from '../db/client.ts';
import { ConfigError } from '../errors.ts';
import { dossierSources } from './dossiers.schema.ts';
import { STATE_LABELS, stateKey, tellableWord } from './state-map.ts';
import { dossierUnknownStates as unknown } from './unknown-states.schema.ts';

/** A word for a state that nobody has mapped yet. */
export interface UnknownState {
  source: string;
  word: string;
  /** Look-ups that met it; for a file: its rows. */
  seen: number;
  lastSeenAt: Date;
}

/** Counts a word no map knows. */
export async function noteUnknownState(
  { orm }: Pick<Database, 'orm'>,
  communeId: string,
  sourceId: string,
  rawState: string,
  now: Date,
): Promise<void> {
  const word = tellableWord(rawState);
  await orm
    .insert(unknown)
    .values({ communeId, sourceId, word, seen: 1, lastSeenAt: now })
    .onConflictDoUpdate({
      target: [unknown.communeId, unknown.sourceId, unknown.word],
      set: { seen: sql`${unknown.seen} + 1`, lastSeenAt: now },
    });
}

/** A new file says anew which words are unknown. */
export async function replaceUnknownStates(
  { orm }: Pick<Database, 'orm'>,
  communeId: string,
  sourceId: string,
  words: Record<string, number>,
  now: Date,
): Promise<void> {
  await orm.delete(unknown).where(and(eq(unknown.communeId, communeId), eq(unknown.sourceId, sourceId)));
  const rows = Object.entries(words).map(([word, seen]) => ({ communeId, sourceId, word, seen, lastSeenAt: now }));
  if (rows.length > 0) await orm.insert(unknown).values(rows).onConflictDoNothing();
}

/** Most frequent first. */
export function listUnknownStates({ orm }: Pick<Database, 'orm'>, communeId: string): Promise<UnknownState[]> {
  return orm
    .select({ source: dossierSources.name, word: unknown.word, seen: unknown.seen, lastSeenAt: unknown.lastSeenAt })
    .from(unknown)
    .innerJoin(
      dossierSources,
      and(eq(dossierSources.communeId, unknown.communeId), eq(dossierSources.id, unknown.sourceId)),
    )
    .where(eq(unknown.communeId, communeId))
    .orderBy(desc(unknown.seen), asc(unknown.word));
}

/**
 * Says what a source's word means; dossiers already imported follow at once.
 * @param state 1…10 @throws {ConfigError}
 */
export async function mapState(
  { orm }: Pick<Database, 'orm'>,
  source: { communeId: string; id: string },
  word: string,
  state: number,
): Promise<void> {
  if (!(state in STATE_LABELS)) throw new ConfigError(`"${state}" is no national state; they are 1 to 10`);
  const written = word.normalize('NFC').trim();
  if (stateKey(written) === '') throw new ConfigError('the word to map is empty');
  await orm
    .update(dossierSources)
    .set({
      stateMap: sql`${dossierSources.stateMap} || ${JSON.stringify({ [written]: state })}::jsonb`,
      updatedAt: sql`clock_timestamp()`,
    })
    .where(and(eq(dossierSources.communeId, source.communeId), eq(dossierSources.id, source.id)));
  const rows = await orm
    .select({ word: unknown.word })
    .from(unknown)
    .where(and(eq(unknown.communeId, source.communeId), eq(unknown.sourceId, source.id)));
  for (const row of rows.filter((one) => stateKey(one.word) === stateKey(tellableWord(written)))) {
    const isIt = and(
      eq(unknown.communeId, source.communeId),
      eq(unknown.sourceId, source.id),
      eq(unknown.word, row.word),
    );
    await orm.delete(unknown).where(isIt);
  }
}
