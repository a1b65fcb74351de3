import type { Database } from '../db/client.ts';
import { normalisePhone } from './factors.ts';

/** The number a citizen last shared through the platform's own function, "84…"; not one that was merely typed. */
export function createSharedPhones(database: Database) {
  return async ({
    communeId,
    conversationId,
  }: {
    communeId: string;
    conversationId: string;
  }): Promise<string | undefined> => {
    const [row] = await database.run<{ phone: string | null }>('phones.shared', SHARED, [communeId, conversationId]);
    return (row?.phone && normalisePhone(row.phone)) || undefined;
  };
}
export type SharedPhones = ReturnType<typeof createSharedPhones>;

const SHARED = `
select event -> 'detail' ->> 'phone' as phone from inbox_events
where commune_id = $1 and conversation_id = $2 and kind = 'contact' and event -> 'detail' ->> 'phone' is not null
order by id desc limit 1`;
