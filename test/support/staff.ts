import type { Channel } from '../../src/channels/channel.ts';
import { createCommuneCache } from '../../src/communes/communes.ts';
import { officers } from '../../src/communes/officers.schema.ts';
import type { Database } from '../../src/db/client.ts';
import { timeOrdered } from '../../src/db/ids.ts';
import { type ActsDeps, createActs } from '../../src/handoff/create-acts.ts';
import { createInboxView } from '../../src/handoff/create-view.ts';
import type { Staff } from '../../src/handoff/handoff.ts';
import { loadCatalogue } from '../../src/procedures/catalogue.ts';

let serial = 0;

/** Somebody who works at a commune's console. */
export async function addOfficer(
  database: Database,
  communeId: string,
  change: Partial<typeof officers.$inferInsert> = {},
): Promise<Staff & { name: string }> {
  serial += 1;
  const id = timeOrdered();
  const name = change.name ?? `Cán bộ Thử ${serial}`;
  await database.orm.insert(officers).values({
    communeId,
    id,
    email: `thu${serial}@example.vn`,
    title: 'công chức một cửa',
    role: 'officer',
    lastSeenAt: new Date(),
    ...change,
    name,
  });
  return { communeId, officerId: id, name };
}

/** Acts and views over a channel. */
export function createStaffRooms(
  database: Database,
  channel: Channel,
  { now = () => new Date(), onDone = () => {}, ...rest }: Partial<ActsDeps> = {},
) {
  const commune = createCommuneCache(database.orm, { cacheMs: 0 });
  const shared = { database, channel: () => channel, commune, now };
  return {
    commune,
    acts: createActs({ ...shared, catalogue: loadCatalogue(), onDone, ...rest }),
    view: createInboxView(shared),
  };
}
