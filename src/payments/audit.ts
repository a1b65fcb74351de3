import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';

/**
 * The part of a statement that writes down who did it, in the transaction that does it.
 * @param from an earlier part that returns order_id and attempt_id of what was changed; no row, no audit
 */
export const auditSql = (parts: {
  from: string;
  id: string;
  officer: string;
  act: string;
  at: string;
  detail: string;
}): string => `
audited as (
  insert into payment_audit (commune_id, id, officer_id, act, order_id, attempt_id, detail, at)
  select $1::uuid, ${parts.id}, ${parts.officer}, '${parts.act}', f.order_id, f.attempt_id, ${parts.detail}, ${parts.at}
  from ${parts.from} f limit 1
)`;

/** For what is no statement of its own (a reconciliation, an export). */
export async function writeAudit(
  database: Database,
  row: {
    communeId: string;
    officerId: string | null;
    act: string;
    orderId?: string | null;
    attemptId?: string | null;
    detail?: Record<string, unknown>;
  },
  now: Date,
): Promise<void> {
  await database.run(
    'pay.audit',
    `insert into payment_audit (commune_id, id, officer_id, act, order_id, attempt_id, detail, at)
     values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::timestamptz)`,
    [
      row.communeId,
      timeOrdered(now.getTime()),
      row.officerId,
      row.act,
      row.orderId ?? null,
      row.attemptId ?? null,
      JSON.stringify(row.detail ?? {}),
      now.toISOString(),
    ],
  );
}
