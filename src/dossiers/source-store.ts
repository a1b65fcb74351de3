import { and, asc, eq, sql } from 'drizzle-orm';
import type { SecretBox } from '../communes/secrets.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { ConfigError } from '../errors.ts';
import { dossierImports, dossierKeys, dossierSources } from './dossiers.schema.ts';
import { parseSource, type SourceKind } from './sources/settings.ts';

/** A row of `dossier_sources`, still sealed. */
export type StoredSource = typeof dossierSources.$inferSelect;

export interface SourceInput {
  kind: SourceKind;
  /** As citizens may read it. */
  name: string;
  settings: unknown;
  secrets: unknown;
}

const sealedAs = (source: { communeId: string; id: string }) => `dossier source/${source.communeId}/${source.id}`;

/** In the order they are asked. */
export function listSources(orm: Database['orm'], communeId: string): Promise<StoredSource[]> {
  return orm
    .select()
    .from(dossierSources)
    .where(eq(dossierSources.communeId, communeId))
    .orderBy(asc(dossierSources.position), asc(dossierSources.id));
}

/** @throws {ConfigError} when the commune has none of that name */
export async function sourceByName(orm: Database['orm'], communeId: string, name: string): Promise<StoredSource> {
  const all = await listSources(orm, communeId);
  const found = all.find((source) => source.name === name.normalize('NFC').trim());
  if (found) return found;
  const names = all.map((source) => `"${source.name}"`).join(', ') || 'none';
  throw new ConfigError(`no dossier source "${name}"; there are: ${names}`);
}

/**
 * Adds a source behind the others, or replaces the settings and secrets of the one of that name.
 * @throws {ConfigError} naming every faulty setting
 */
export async function saveSource(
  orm: Database['orm'],
  box: SecretBox,
  communeId: string,
  input: SourceInput,
): Promise<StoredSource> {
  const name = input.name.normalize('NFC').trim();
  if (name === '' || name.length > 80) throw new ConfigError('a dossier source needs a name of at most 80 characters');
  const { settings, secrets } = parseSource(input.kind, input);
  const known = (await listSources(orm, communeId)).find((source) => source.name === name);
  if (known && known.kind !== input.kind) {
    throw new ConfigError(`"${name}" is a source of kind ${known.kind} already: remove it first, or use another name`);
  }
  const id = known?.id ?? timeOrdered();
  const hasSecrets = Object.values(secrets).some((value) => value !== undefined);
  const values = {
    settings,
    secrets: hasSecrets ? box.seal(JSON.stringify(secrets), sealedAs({ communeId, id })) : null,
    updatedAt: sql`clock_timestamp()`,
  };
  const next = sql`(select coalesce(max(position), 0) + 1 from dossier_sources where commune_id = ${communeId})`;
  const [row] = await orm
    .insert(dossierSources)
    .values({ communeId, id, kind: input.kind, name, position: next, ...values })
    .onConflictDoUpdate({ target: [dossierSources.communeId, dossierSources.name], set: values })
    .returning();
  return row!;
}

/** The simulator, behind whatever the commune has; again changes nothing. It has no secrets. */
export async function addSimulator(orm: Database['orm'], communeId: string, name: string): Promise<void> {
  const position = sql`(select coalesce(max(position), 0) + 1 from dossier_sources where commune_id = ${communeId})`;
  const source = { communeId, id: timeOrdered(), position, kind: 'simulator' as const, name, settings: {} };
  await orm.insert(dossierSources).values(source).onConflictDoNothing();
}

/** Settings and secrets in clear: keep them in memory only. @throws {AppError} `secret_unreadable` */
export function openSource(row: StoredSource, box: SecretBox) {
  const secrets = row.secrets === null ? {} : JSON.parse(box.open(row.secrets, sealedAs(row)));
  return parseSource(row.kind, { settings: row.settings, secrets });
}

/** Takes the source away; what was imported for it goes when its imports are cleared. @throws {ConfigError} */
export async function removeSource(orm: Database['orm'], communeId: string, name: string): Promise<StoredSource> {
  const source = await sourceByName(orm, communeId, name);
  const isIt = and(eq(dossierSources.communeId, communeId), eq(dossierSources.id, source.id));
  await orm.delete(dossierSources).where(isIt);
  await orm
    .update(dossierImports)
    .set({ status: 'replaced' })
    .where(and(eq(dossierImports.communeId, communeId), eq(dossierImports.sourceId, source.id)));
  return source;
}

/** Puts the sources in this order. @throws {ConfigError} when a name is missing or unknown */
export async function orderSources(orm: Database['orm'], communeId: string, names: string[]): Promise<void> {
  const all = await listSources(orm, communeId);
  const isSame = names.length === all.length && all.every(({ name }) => names.includes(name));
  if (!isSame) throw new ConfigError(`name each source once: ${all.map(({ name }) => `"${name}"`).join(', ')}`);
  for (const [index, name] of names.entries()) {
    await orm
      .update(dossierSources)
      .set({ position: index + 1, updatedAt: sql`clock_timestamp()` })
      .where(and(eq(dossierSources.communeId, communeId), eq(dossierSources.name, name)));
  }
}

/** Seals keys and credentials of dossiers with today's key again. @returns how many rows changed */
export async function resealDossierSecrets(orm: Database['orm'], box: SecretBox): Promise<number> {
  let count = 0;
  for (const row of await orm.select().from(dossierSources)) {
    if (row.secrets === null || !box.isStale(row.secrets)) continue;
    const secrets = box.seal(box.open(row.secrets, sealedAs(row)), sealedAs(row));
    const isIt = and(eq(dossierSources.communeId, row.communeId), eq(dossierSources.id, row.id));
    await orm.update(dossierSources).set({ secrets }).where(isIt);
    count++;
  }
  for (const { communeId, sealedKey } of await orm.select().from(dossierKeys)) {
    if (!box.isStale(sealedKey)) continue;
    const context = `dossier key/${communeId}`;
    const isIt = eq(dossierKeys.communeId, communeId);
    await orm
      .update(dossierKeys)
      .set({ sealedKey: box.seal(box.open(sealedKey, context), context) })
      .where(isIt);
    count++;
  }
  return count;
}

/** The name a commune's file has when nobody gave it one; citizens may read it. */
const FILE_SOURCE = 'danh sách hồ sơ của xã';

/**
 * The source for spreadsheets that is named; without a name the commune's only one, which is made at the first import.
 * @throws {ConfigError} when it must be said which
 */
export async function fileSource(
  orm: Database['orm'],
  box: SecretBox,
  communeId: string,
  name?: string,
): Promise<StoredSource> {
  const add = (name: string) => saveSource(orm, box, communeId, { kind: 'import', name, settings: {}, secrets: {} });
  const all = (await listSources(orm, communeId)).filter(({ kind }) => kind === 'import');
  if (name !== undefined) return all.find((source) => source.name === name.normalize('NFC').trim()) ?? add(name);
  if (all.length > 1) {
    throw new ConfigError(`--source: say which one: ${all.map((source) => `"${source.name}"`).join(', ')}`);
  }
  return all[0] ?? add(FILE_SOURCE);
}
