import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AccountStore, createAccountStore } from '../communes/accounts.ts';
import { createSecretBox, type SecretBox } from '../communes/secrets.ts';
import type { Config } from '../config.ts';
import { type Database, openEmbedded, openPostgres } from '../db/client.ts';
import { makeFolder } from '../db/data-dir.ts';
import { migrate } from '../db/migrate.ts';
import { ConfigError, errorText } from '../errors.ts';
import type { Log } from '../log.ts';

export interface Context {
  database: Database;
  accounts: AccountStore;
  box: SecretBox;
}

interface OpenOptions {
  mayAttach: boolean;
  log: Log;
  /** See `openEmbedded`. */
  onStarting?: () => void;
}

/** Opens the database a command works on, brought up to date. */
export async function openDatabase(
  config: Config,
  { mayAttach, log, isMigrated = true, onStarting }: OpenOptions & { isMigrated?: boolean },
): Promise<Database> {
  const database = config.DATABASE_URL
    ? openPostgres(config.DATABASE_URL, { max: config.DATABASE_POOL, log })
    : await openEmbedded(config.DATA_DIR, { mayAttach, log, onStarting });
  try {
    if (isMigrated) await migrate(database);
    return database;
  } catch (error) {
    await database.close().catch(() => {});
    throw unanswered(config, error);
  }
}

/** What an operator can mend is said in their words. */
function unanswered({ DATABASE_URL }: Config, error: unknown): unknown {
  if (error instanceof ConfigError || !DATABASE_URL) return error;
  return new ConfigError(`DATABASE_URL: the database does not answer: ${errorText(error)}`, { cause: error });
}

/** @returns the migrations applied now; @throws {ConfigError} when the database does not answer */
export async function migrateDatabase(config: Config, log: Log): Promise<string[]> {
  const database = await openDatabase(config, { mayAttach: true, log, isMigrated: false });
  try {
    return await migrate(database);
  } catch (error) {
    throw unanswered(config, error);
  } finally {
    await database.close();
  }
}

/** Runs a command's work on the database, also one that a running service holds, and lets go of it whatever happens. */
export async function withDatabase<T>(config: Config, log: Log, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(config, { mayAttach: true, log });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

export async function openContext(config: Config, options: OpenOptions & { isDemo?: boolean }): Promise<Context> {
  const key = config.SECRET_KEY ?? (options.isDemo ? await demoKey(config.DATA_DIR) : undefined);
  if (!key) {
    throw new ConfigError(
      'SECRET_KEY is not set: it encrypts the tokens of your channels. Make one with "openssl rand -hex 32" and keep it safe.',
    );
  }
  const box = createSecretBox(key, config.SECRET_KEY_PREVIOUS);
  const database = await openDatabase(config, options);
  return { database, box, accounts: createAccountStore(database.orm, box) };
}

/** The demo makes its own key and keeps it beside its data. */
async function demoKey(dataDir: string): Promise<string> {
  const path = join(dataDir, 'demo-secret.key');
  try {
    const known = await readFile(path, 'utf8').catch(() => '');
    if (/^[0-9a-f]{64}$/.test(known)) return known;
    await makeFolder(dataDir);
    const key = randomBytes(32).toString('hex');
    await writeFile(path, key, { mode: 0o600 });
    return key;
  } catch (error) {
    throw new ConfigError(`DATA_DIR ${dataDir} cannot be written: ${errorText(error)}`, { cause: error });
  }
}
