import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { dataDir as readyDatabase } from '@electric-sql/pglite-prepopulatedfs';
import { parseTar } from 'nanotar';

export { readyDatabase };

/** Files written at a time: more only wait for one another. */
const AT_ONCE = 32;

/**
 * Lays an empty database's files into `folder`, which must exist and be empty. PGlite could do it, but writes each file
 * through its emulated file system: half a second more, in which nothing else of the process runs.
 */
export async function unpackReadyDatabase(folder: string): Promise<void> {
  const packed = await readyDatabase();
  const entries = parseTar(await promisify(gunzip)(await packed.arrayBuffer()));
  for (const { name } of entries.filter(({ type }) => type === 'directory'))
    await mkdir(join(folder, name), { recursive: true });
  const files = entries.filter(({ type }) => type === 'file');
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, first) => {
      for (let at = first; at < files.length; at += AT_ONCE)
        await writeFile(join(folder, files[at]!.name), files[at]!.data ?? '');
    }),
  );
}
