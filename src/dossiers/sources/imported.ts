import { z } from 'zod';
import type { Database } from '../../db/client.ts';
import type { Log } from '../../log.ts';
import type { DossierSource, DossierView } from '../dossier.ts';
import { stateOf } from '../state-map.ts';
import { answered, filled, type SourceName } from './answer.ts';

const at = z.coerce.date().optional();
/** `imported_dossiers.view`: what is kept of a row of a file. */
export const importedView = z.object({
  rawState: z.string(),
  procedureCode: z.string().optional(),
  procedureName: z.string().optional(),
  receivedAt: at,
  dueAt: at,
  newDueAt: at,
  finishedAt: at,
  returnedAt: at,
  supplementDueAt: at,
  unitCode: z.string().optional(),
  unitName: z.string().optional(),
  channel: z.enum(['direct', 'online', 'post']).optional(),
  fees: z.array(z.object({ name: z.string(), amountVnd: z.number(), isPaid: z.boolean().nullable() })).optional(),
  missing: z.array(z.string()).optional(),
  reason: z.string().optional(),
});
export type ImportedView = z.output<typeof importedView>;

interface Row {
  asOf: Date | string;
  code: string | null;
  state: number | null;
  view: unknown;
  idLast4Hash: string | null;
  phoneHash: string | null;
}

/** One statement reads the live import and the row: a swap in between cannot mix two files. */
const LOOKUP = `
  select i.as_of as "asOf", d.code, d.state, d.view, d.id_last4_hash as "idLast4Hash", d.phone_hash as "phoneHash"
  from dossier_sources s
  join dossier_imports i on i.commune_id = s.commune_id and i.id = s.live_import_id
  left join imported_dossiers d on d.commune_id = s.commune_id and d.import_id = s.live_import_id and d.code = $3
  where s.commune_id = $1 and s.id = $2`;

/** The file a commune imported last. Before the first one it is "not set up", which is not "not found". */
export function createImportedSource(
  source: SourceName & { settings: { lookupsPerSecond: number }; stateMap: Record<string, number> },
  { database, log }: { database: Pick<Database, 'run'>; log: Log },
): DossierSource {
  return {
    name: source.name,
    kind: 'import',
    lookupsPerSecond: source.settings.lookupsPerSecond,
    lookup: (code) =>
      answered(source, log, async () => {
        const [row] = await database.run<Row>('imported_dossier', LOOKUP, [source.communeId, source.id, code]);
        if (!row) return { kind: 'unavailable', source: source.name, reason: 'not_set_up' };
        const asOf = new Date(row.asOf);
        if (row.code === null) return { kind: 'not_found', source: source.name, asOf };
        const view = importedView.parse(row.view);
        const dossier = filled<DossierView>({
          ...view,
          code: row.code,
          // a word mapped after the import counts from then on
          state: (row.state as DossierView['state'] | null) ?? stateOf(view.rawState, source.stateMap),
          ownerHints: filled<DossierView['ownerHints']>({
            idLast4Hash: row.idLast4Hash ?? undefined,
            phoneHash: row.phoneHash ?? undefined,
          }),
        });
        return { kind: 'found', dossier, source: source.name, asOf };
      }),
  };
}
