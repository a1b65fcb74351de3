import { expect, test } from 'vitest';
import { loadConfig } from '../config.ts';
import { silentLog } from '../log.ts';
import { migrateDatabase } from './context.ts';

test('a database that does not answer is said so, for migrations alone as well', async () => {
  const config = loadConfig({ DATABASE_URL: 'postgres://hoixa:secret@127.0.0.1:1/hoixa' });
  const migrating = migrateDatabase(config, silentLog);
  await expect(migrating).rejects.toThrow(/^DATABASE_URL: the database does not answer: (?!.*secret)/);
});
