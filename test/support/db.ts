import { openAsBlob } from 'node:fs';
import { inject } from 'vitest';
import { addCommune, type Commune } from '../../src/communes/communes.ts';
import { type Database, openEmbedded } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';

export interface TestDb extends Database {
  communes: Commune[];
}

/** All migrations on an in-memory database, with one commune per slug. */
export async function createTestDb({ communes = ['xa-thu'] }: { communes?: string[] } = {}): Promise<TestDb> {
  return seed(await openMigrated(), communes);
}

/** An empty in-memory database that was migrated once for all tests. */
export const openMigrated = async (): Promise<Database> =>
  openEmbedded(null, { startFrom: await openAsBlob(inject('migrated')) });

/** The same on any database, for instance one of `startPostgres`. */
export async function seed(database: Database, slugs: string[]): Promise<TestDb> {
  await migrate(database);
  const communes: Commune[] = [];
  for (const slug of slugs) communes.push(await addCommune(database.orm, { slug, name: `UBND ${slug}` }));
  return Object.assign(database, { communes });
}
