import { and, asc, desc, eq } from 'drizzle-orm';
import type { Database } from '../db/client.ts';
import type { SourceHealth } from './directory.ts';
import type { DossierSource } from './dossier.ts';
import { dossierImportRejects, dossierImports, dossierSources } from './dossiers.schema.ts';
import type { ImportReport, Reject } from './import/import.ts';
import { listSources } from './source-store.ts';

type Db = Pick<Database, 'orm'>;

/** An import as staff see it in a list. */
export interface ImportSummary {
  id: string;
  source: string;
  fileName: string;
  status: 'reading' | 'live' | 'replaced' | 'failed';
  asOf: Date;
  accepted: number;
  rejected: number;
  startedAt: Date;
  endedAt: Date | null;
}

const summary = {
  id: dossierImports.id,
  source: dossierSources.name,
  fileName: dossierImports.fileName,
  status: dossierImports.status,
  asOf: dossierImports.asOf,
  accepted: dossierImports.accepted,
  rejected: dossierImports.rejected,
  startedAt: dossierImports.startedAt,
  endedAt: dossierImports.endedAt,
};
const ofSource = and(
  eq(dossierSources.communeId, dossierImports.communeId),
  eq(dossierSources.id, dossierImports.sourceId),
);

/** Newest first. */
export function listImports({ orm }: Db, communeId: string, { limit = 30 } = {}): Promise<ImportSummary[]> {
  return orm
    .select(summary)
    .from(dossierImports)
    .innerJoin(dossierSources, ofSource)
    .where(eq(dossierImports.communeId, communeId))
    .orderBy(desc(dossierImports.startedAt), desc(dossierImports.id))
    .limit(limit);
}

/** `error`: why it failed. What a failed import counted is in the report too. */
export async function importReport(
  { orm }: Db,
  communeId: string,
  importId: string,
): Promise<(ImportSummary & { report: (Partial<ImportReport> & { error?: string }) | null }) | null> {
  const [row] = await orm
    .select({ ...summary, report: dossierImports.report })
    .from(dossierImports)
    .innerJoin(dossierSources, ofSource)
    .where(and(eq(dossierImports.communeId, communeId), eq(dossierImports.id, importId)));
  return row ? { ...row, report: row.report as (Partial<ImportReport> & { error?: string }) | null } : null;
}

/** By row number, in pages. */
export function listRejects(
  { orm }: Db,
  communeId: string,
  importId: string,
  { limit = 100, offset = 0 } = {},
): Promise<Reject[]> {
  return orm
    .select({ rowNumber: dossierImportRejects.rowNumber, reasons: dossierImportRejects.reasons })
    .from(dossierImportRejects)
    .where(and(eq(dossierImportRejects.communeId, communeId), eq(dossierImportRejects.importId, importId)))
    .orderBy(asc(dossierImportRejects.rowNumber))
    .limit(limit)
    .offset(offset);
}

/** A source with what answers for it now. */
export interface SourceOverview {
  name: string;
  kind: DossierSource['kind'];
  /** Addresses and limits, no secret. */
  settings: Record<string, unknown>;
  mappedStates: Record<string, number>;
  /** Kind `import`: the file in use. */
  live: { fileName: string; asOf: Date; accepted: number } | null;
  /** In this process; null when nobody was asked here. */
  health: SourceHealth | null;
}

/** In the order they are asked. */
export async function sourcesOverview(
  database: Db,
  communeId: string,
  directory?: { health(communeId: string): Promise<SourceHealth[]> },
): Promise<SourceOverview[]> {
  const health = new Map((await directory?.health(communeId))?.map((one) => [one.name, one]));
  const live = await database.orm
    .select({
      id: dossierImports.id,
      fileName: dossierImports.fileName,
      asOf: dossierImports.asOf,
      accepted: dossierImports.accepted,
    })
    .from(dossierImports)
    .where(and(eq(dossierImports.communeId, communeId), eq(dossierImports.status, 'live')));
  const byId = new Map(live.map(({ id, ...rest }) => [id, rest]));
  return (await listSources(database.orm, communeId)).map((source) => ({
    name: source.name,
    kind: source.kind,
    settings: source.settings as Record<string, unknown>,
    mappedStates: source.stateMap,
    live: byId.get(source.liveImportId ?? '') ?? null,
    health: health.get(source.name) ?? null,
  }));
}
