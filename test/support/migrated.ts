import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { dataDir } from '@electric-sql/pglite-prepopulatedfs';
import type { TestProject } from 'vitest/node';
import { overPglite } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** File with a migrated empty database. */
    migrated: string;
  }
}

/** Migrates one embedded database for all test files: each would spend two seconds on it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'hoixa-migrated-'));
  const lite = await PGlite.create({ loadDataDir: await dataDir() });
  await migrate(overPglite(lite, () => lite.close()));
  const file = join(folder, 'database.tar');
  await writeFile(file, new Uint8Array(await (await lite.dumpDataDir('none')).arrayBuffer()));
  await lite.close();
  project.provide('migrated', file);
  return () => rm(folder, { recursive: true, force: true });
}
