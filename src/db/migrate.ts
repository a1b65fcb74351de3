import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../errors.ts';
import type { Database } from './client.ts';

/** Beside `src/` in a checkout and beside `dist/` when installed. */
export const MIGRATIONS_DIR = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'migrations');

/**
 * Applies the migrations that are missing, in order, each in one transaction, while other starting processes wait.
 * @returns names of those applied now
 * @throws {ConfigError} when an applied file was changed, or the database is newer than this program
 */
export async function migrate(database: Database, dir = MIGRATIONS_DIR): Promise<string[]> {
  const files = (await readdir(dir)).filter((file) => file.endsWith('.sql')).sort();
  return database.exclusively(async () => {
    await database.script(
      'create table if not exists migrations (name text primary key, hash text not null, applied_at timestamptz not null default now())',
    );
    const rows = await database.run<{ name: string; hash: string }>('migrations', 'select name, hash from migrations');
    const applied = new Map(rows.map((row) => [row.name, row.hash]));
    const unknown = [...applied.keys()].filter((name) => !files.includes(name));
    if (unknown.length > 0) {
      throw new ConfigError(
        `the database was migrated by a newer version (${unknown.join(', ')}); upgrade this program`,
      );
    }
    const added: string[] = [];
    for (const file of files) {
      const text = await readFile(join(dir, file), 'utf8');
      const hash = createHash('sha256').update(text).digest('hex');
      const known = applied.get(file);
      if (known !== undefined && known !== hash)
        throw new ConfigError(`migration ${file} was changed after it was applied`);
      if (known !== undefined) continue;
      const record = `insert into migrations (name, hash) values ('${file.replaceAll("'", "''")}', '${hash}')`;
      await database.script(`begin;\n${text}\n;${record};\ncommit;`).catch(async (error) => {
        await database.script('rollback').catch(() => {});
        throw error;
      });
      added.push(file);
    }
    return added;
  });
}
