import { and, count, countDistinct, eq, gt, inArray, type SQL } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { dossierAudit } from './dossiers.schema.ts';

export type AuditRow = typeof dossierAudit.$inferInsert;
export type Act = AuditRow['act'];

/** What is counted: rows of one act with one of these results since a moment, of a citizen, a code, a series. */
interface Counted {
  communeId: string;
  act: Act;
  results: string[];
  since: Date;
  citizenId?: string;
  codeHash?: string;
  seriesHash?: string;
}

const where = ({ communeId, act, results, since, citizenId, codeHash, seriesHash }: Counted): SQL | undefined =>
  and(
    eq(dossierAudit.communeId, communeId),
    eq(dossierAudit.act, act),
    inArray(dossierAudit.result, results),
    gt(dossierAudit.at, since),
    citizenId === undefined ? undefined : eq(dossierAudit.citizenId, citizenId),
    codeHash === undefined ? undefined : eq(dossierAudit.codeHash, codeHash),
    seriesHash === undefined ? undefined : eq(dossierAudit.seriesHash, seriesHash),
  );

export async function countActs(db: Db, counted: Counted): Promise<number> {
  const [row] = await db.select({ many: count() }).from(dossierAudit).where(where(counted));
  return Number(row!.many);
}

/** How many different dossiers. */
export async function countCodes(db: Db, counted: Counted): Promise<number> {
  const [row] = await db
    .select({ many: countDistinct(dossierAudit.codeHash) })
    .from(dossierAudit)
    .where(where(counted));
  return Number(row!.many);
}

/** Writes the row, or gives back what was written under its id: a repeated turn has the answer of the first time. */
export async function record(db: Db, row: AuditRow): Promise<string> {
  const [written] = await db.insert(dossierAudit).values(row).onConflictDoNothing().returning();
  return written?.result ?? (await recorded(db, row.communeId, row.id)) ?? row.result;
}

export async function recorded(db: Db, communeId: string, id: string): Promise<string | null> {
  const [row] = await db
    .select({ result: dossierAudit.result })
    .from(dossierAudit)
    .where(and(eq(dossierAudit.communeId, communeId), eq(dossierAudit.id, id)));
  return row?.result ?? null;
}
