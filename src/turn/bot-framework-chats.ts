import { createHash } from 'node:crypto';
import type { Database } from '../db/client.ts';

/** Talks nobody came back to for so long are forgotten. */
const KEPT_DAYS = 30;

export interface KnownChat {
  memory: unknown;
  /** 0: never talked. */
  version: number;
  lastActivity: string | null;
}

/** Memory of talks with Bot Framework clients, one row each. */
export function createChats(database: Database) {
  return {
    /** @param names what tells one person's talk from all others, from the client's activity */
    of(communeId: string, names: string[]) {
      const id = createHash('sha256').update(JSON.stringify(names)).digest('base64url');
      return {
        async read(): Promise<KnownChat> {
          const [row] = await database.run<KnownChat>('chat.read', READ, [communeId, id]);
          return row ?? { memory: null, version: 0, lastActivity: null };
        },
        /** @returns false when another turn was written since `version` was read */
        async write(version: number, memory: unknown, lastActivity: string, at: Date): Promise<boolean> {
          const rows = await database.run('chat.write', WRITE, [
            ...[communeId, id, JSON.stringify(memory), version],
            ...[lastActivity, at.toISOString(), KEPT_DAYS],
          ]);
          return rows.length > 0;
        },
      };
    },
  };
}

const READ = `
select memory, version, last_activity as "lastActivity" from bot_framework_chats where commune_id = $1 and id = $2`;

const WRITE = `
with forgotten as (
  delete from bot_framework_chats where (commune_id, id) in (
    select commune_id, id from bot_framework_chats
    where commune_id = $1::uuid and id <> $2 and updated_at < $6::timestamptz - make_interval(days => $7::int) limit 20)
)
insert into bot_framework_chats as c (commune_id, id, memory, version, last_activity, updated_at)
values ($1::uuid, $2, $3::jsonb, $4::int + 1, $5, $6::timestamptz)
on conflict (commune_id, id) do update
  set memory = excluded.memory, version = excluded.version, last_activity = excluded.last_activity,
    updated_at = excluded.updated_at
  where c.version = $4::int
returning version`;
