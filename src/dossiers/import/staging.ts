import { and, desc, eq, inArray, ne } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { timeOrdered } from '../../db/ids.ts';
import { ConfigError } from '../../errors.ts';
import { dossierImportRejects, dossierImports, dossierSources } from '../dossiers.schema.ts';

type Db = Pick<Database, 'orm' | 'run'>;
export interface ImportKey {
  communeId: string;
  sourceId: string;
  importId: string;
}

const DELETED_AT_ONCE = 20_000;
/** Imports whose report is kept, per source. */
const KEPT_IMPORTS = 30;

/** Another import of the same source began, or the source was removed, while this one was reading. */
export class ImportSuperseded extends ConfigError {}

/**
 * Begins an import: from now on any other that still reads for this source is over, whether it died or is only slow, and
 * what it had staged is cleared.
 */
export async function beginImport(
  database: Db,
  { communeId, sourceId }: Omit<ImportKey, 'importId'>,
  file: { fileName: string; asOf: Date; now: Date },
): Promise<ImportKey> {
  const { orm } = database;
  const isOurs = and(eq(dossierImports.communeId, communeId), eq(dossierImports.sourceId, sourceId));
  await orm
    .update(dossierImports)
    .set({ status: 'failed', endedAt: file.now, report: { error: 'bị bỏ dở' } })
    .where(and(isOurs, eq(dossierImports.status, 'reading')));
  const importId = timeOrdered();
  const { fileName, asOf, now } = file;
  await orm.insert(dossierImports).values({ communeId, id: importId, sourceId, fileName, asOf, startedAt: now });
  await clearOld(database, communeId, sourceId);
  return { communeId, sourceId, importId };
}

const INSERT = `
  insert into imported_dossiers (commune_id, import_id, code, state, view, id_last4_hash, phone_hash)
  select $1::uuid, $2::uuid, code, state, view, "idLast4Hash", "phoneHash"
  from jsonb_to_recordset($3::jsonb)
    as d (code text, state smallint, view jsonb, "idLast4Hash" text, "phoneHash" text)
  where exists (select 1 from dossier_imports where commune_id = $1 and id = $2 and status = 'reading')
  returning 1 as one`;

/** @param rows each an `ImportedRow` as JSON @throws {ImportSuperseded} */
export async function stage(database: Db, { communeId, importId }: ImportKey, rows: string[]): Promise<void> {
  const stored = await database.run('stage_dossiers', INSERT, [communeId, importId, `[${rows.join(',')}]`]);
  if (stored.length < rows.length) {
    throw new ImportSuperseded('another import of this source began: this one stopped and changed nothing');
  }
}

export async function unstage(database: Db, { communeId, importId }: ImportKey, codes: string[]): Promise<void> {
  const text = `delete from imported_dossiers where commune_id = $1 and import_id = $2
    and code in (select jsonb_array_elements_text($3::jsonb))`;
  await database.run('unstage_dossiers', text, [communeId, importId, JSON.stringify(codes)]);
}

export async function storeRejects(
  database: Db,
  { communeId, importId }: ImportKey,
  rejects: { rowNumber: number; reasons: string[] }[],
): Promise<void> {
  for (let at = 0; at < rejects.length; at += 1_000) {
    const some = rejects.slice(at, at + 1_000).map((reject) => ({ communeId, importId, ...reject }));
    await database.orm.insert(dossierImportRejects).values(some).onConflictDoNothing();
  }
}

/** One statement: the new file answers from the same moment in which the old one does not. */
const SWAP = `
  with whole as (
    update dossier_imports set status = 'live', accepted = $4, rejected = $5, report = $6::jsonb, ended_at = $7
    where commune_id = $1 and id = $3 and status = 'reading' returning id
  ), old as (
    update dossier_imports set status = 'replaced'
    where commune_id = $1 and source_id = $2 and status = 'live' and id <> $3 and exists (select 1 from whole)
  )
  update dossier_sources set live_import_id = $3, updated_at = clock_timestamp()
  where commune_id = $1 and id = $2 and exists (select 1 from whole)
  returning id`;

/** @throws {ImportSuperseded} */
export async function swapIn(
  database: Db,
  { communeId, sourceId, importId }: ImportKey,
  result: { accepted: number; rejected: number; report: object; now: Date },
): Promise<void> {
  const { accepted, rejected, report, now } = result;
  const params = [communeId, sourceId, importId, accepted, rejected, JSON.stringify(report), now.toISOString()];
  const swapped = await database.run('swap_import', SWAP, params);
  if (swapped.length === 0) {
    throw new ImportSuperseded('another import of this source began: this one stopped and changed nothing');
  }
}

export async function failImport(
  { orm }: Db,
  { communeId, importId }: ImportKey,
  result: { accepted: number; rejected: number; report: object; now: Date },
): Promise<void> {
  const { now: endedAt, ...rest } = result;
  await orm
    .update(dossierImports)
    .set({ status: 'failed', endedAt, ...rest })
    .where(
      and(
        eq(dossierImports.communeId, communeId),
        eq(dossierImports.id, importId),
        eq(dossierImports.status, 'reading'),
      ),
    );
}

/** The import that answers now. */
export async function liveImport({ orm }: Db, communeId: string, sourceId: string) {
  const [row] = await orm
    .select({ id: dossierImports.id, accepted: dossierImports.accepted, asOf: dossierImports.asOf })
    .from(dossierSources)
    .innerJoin(
      dossierImports,
      and(eq(dossierImports.communeId, dossierSources.communeId), eq(dossierImports.id, dossierSources.liveImportId)),
    )
    .where(and(eq(dossierSources.communeId, communeId), eq(dossierSources.id, sourceId)));
  return row;
}

/** Deletes what answers no more, in portions: rows of replaced and failed imports, and reports beyond the last few. */
export async function clearOld(database: Db, communeId: string, sourceId: string): Promise<void> {
  const { orm } = database;
  const isOurs = and(eq(dossierImports.communeId, communeId), eq(dossierImports.sourceId, sourceId));
  const over = await orm
    .select({ id: dossierImports.id })
    .from(dossierImports)
    .where(and(isOurs, inArray(dossierImports.status, ['replaced', 'failed'])))
    .orderBy(desc(dossierImports.startedAt));
  const text = `delete from imported_dossiers where ctid = any (array(
      select ctid from imported_dossiers where commune_id = $1 and import_id = $2 limit ${DELETED_AT_ONCE}
    )) returning 1 as one`;
  for (const { id } of over) {
    while ((await database.run('clear_import', text, [communeId, id])).length === DELETED_AT_ONCE);
  }
  for (const { id } of over.slice(KEPT_IMPORTS)) {
    await orm
      .delete(dossierImportRejects)
      .where(and(eq(dossierImportRejects.communeId, communeId), eq(dossierImportRejects.importId, id)));
    await orm.delete(dossierImports).where(and(isOurs, eq(dossierImports.id, id), ne(dossierImports.status, 'live')));
  }
}

/** How many dossiers an import holds. */
export async function countStaged(database: Db, { communeId, importId }: ImportKey): Promise<number> {
  const text = 'select count(*)::int as count from imported_dossiers where commune_id = $1 and import_id = $2';
  const [row] = await database.run<{ count: number }>('count_staged', text, [communeId, importId]);
  return row!.count;
}
