import type { Database } from '../db/client.ts';

/** What can be read about in the log. Words for it are the page's business. */
export const ACTS = [
  'sign_in',
  'sign_out',
  'conversation_opened',
  'personal_data_shown',
  'conversation_taken',
  'conversation_transferred',
  'conversation_returned',
  'conversation_closed',
  'reply_sent',
  'send_retried',
  'note_written',
  'tags_changed',
  'answer_reviewed',
  'payment_requested',
  'payment_read',
  'obligation_changed',
  'payment_recorded',
  'payment_matched',
  'refund_asked',
  'refund_decided',
  'reconciled',
  'petition_opened',
  'petition_changed',
  'dossiers_imported',
  'notices_read',
  'exported',
  'audit_read',
  'settings_changed',
  'officer_changed',
] as const;
export type Act = (typeof ACTS)[number];

export interface AuditEntry {
  communeId: string;
  officer: { id: string; name: string; email: string };
  act: Act;
  object?: { kind: string; id: string };
  /** Ids and figures only. */
  detail?: Record<string, string | number | boolean | null>;
  at: Date;
}

/** Writes down who did what. Written before the answer leaves: what cannot be written down does not happen. */
export async function recordAct(database: Database, entry: AuditEntry): Promise<void> {
  await database.run(
    'audit.record',
    `insert into audit_log (commune_id, at, officer_id, officer_name, act, object_kind, object_id, detail)
     values ($1, $2::timestamptz, $3, $4, $5, $6, $7, $8::jsonb)`,
    [
      entry.communeId,
      entry.at.toISOString(),
      entry.officer.id,
      entry.officer.name || entry.officer.email,
      entry.act,
      entry.object?.kind ?? null,
      entry.object?.id ?? null,
      entry.detail ? JSON.stringify(entry.detail) : null,
    ],
  );
}

export interface AuditRow {
  id: number;
  at: Date;
  officerId: string | null;
  officerName: string;
  act: string;
  objectKind: string | null;
  objectId: string | null;
  detail: Record<string, string | number | boolean | null> | null;
}

export interface AuditFilter {
  officerId?: string | undefined;
  act?: string | undefined;
  objectId?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  /** Rows older than this one: the next page. */
  before?: number | undefined;
  limit: number;
}

/** Newest first. */
export function listActs(database: Database, communeId: string, filter: AuditFilter): Promise<AuditRow[]> {
  return database.run<AuditRow>(
    'audit.list',
    `select id, at, officer_id as "officerId", officer_name as "officerName", act, object_kind as "objectKind",
       object_id as "objectId", detail
     from audit_log
     where commune_id = $1 and ($2::uuid is null or officer_id = $2::uuid) and ($3::text is null or act = $3)
       and ($4::text is null or object_id = $4) and ($5::timestamptz is null or at >= $5::timestamptz)
       and ($6::timestamptz is null or at < $6::timestamptz) and ($7::bigint is null or id < $7::bigint)
     order by id desc limit $8`,
    [
      communeId,
      filter.officerId ?? null,
      filter.act ?? null,
      filter.objectId ?? null,
      filter.from?.toISOString() ?? null,
      filter.to?.toISOString() ?? null,
      filter.before ?? null,
      filter.limit,
    ],
  );
}
