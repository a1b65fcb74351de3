import { PGlite } from '@electric-sql/pglite';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import pg from 'pg';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import { attachToEmbedded, claimDataDir, type DataDirClaim } from './data-dir.ts';
import { readyDatabase, unpackReadyDatabase } from './ready-database.ts';

/** Drizzle over either database: for everything that is not on the hot road. */
export type Db = PgDatabase<PgQueryResultHKT>;

/** One PostgreSQL dialect, two carriers: a server (pg) or the embedded database (PGlite). */
export interface Database {
  readonly kind: 'postgres' | 'embedded';
  readonly orm: Db;
  /**
   * Runs one prepared statement: its own transaction. `name` identifies `text` for ever.
   * jsonb parameters are passed as JSON strings; int8 comes back as a number, timestamptz as a Date.
   */
  run<Row>(name: string, text: string, params?: unknown[]): Promise<Row[]>;
  /** Runs a script of several statements (migrations). */
  script(text: string): Promise<void>;
  /** Runs `work` while no other process is inside `exclusively`. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Wakes workers in other processes. */
  notify(): Promise<void>;
  /** Calls back when another process notified; returns an unsubscribe function. */
  onNotify(callback: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const WAKE_CHANNEL = 'hoixa_work';
const MIGRATION_LOCK = 4_859_203_117;
/** No statement of ours takes this long: a server that is silent so long is gone, the connection is given up. */
const SILENCE_MS = 12_000;
/** The usual 128 MB are laid out at start: half a second and a hundred megabytes that one commune does not need. */
const EMBEDDED_BUFFERS = '16MB';
/** Migrations and the lock before them may take hours. */
const PATIENT = { query_timeout: 24 * 3_600_000 };

/** @param url postgres:// URL */
export function openPostgres(
  url: string,
  { max = 8, log, silenceMs }: { max?: number; log?: Log; silenceMs?: number } = {},
): Database {
  return overPool({ connectionString: url }, max, log, { silenceMs });
}

function overPool(
  connection: pg.PoolConfig,
  max: number,
  log?: Log,
  { hasNames = true, silenceMs = SILENCE_MS }: { hasNames?: boolean; silenceMs?: number } = {},
): Database {
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid, format) => (oid === 20 ? Number : pg.types.getTypeParser(oid, format as 'text')),
  };
  const settings: pg.PoolConfig = {
    ...connection,
    types,
    max,
    application_name: 'hoixa',
    connectionTimeoutMillis: 5_000,
    query_timeout: silenceMs,
    keepAlive: true,
  };
  const pool = new pg.Pool(settings);
  // An idle connection that breaks must not end the process: the next query opens another.
  pool.on('error', (error) => log?.warn('db.connection_lost', { error: errorText(error) }));
  return {
    kind: 'postgres',
    orm: drizzlePg(pool) as unknown as Db,
    run: async (name, text, params = []) =>
      (await pool.query({ ...(hasNames ? { name } : {}), text, values: params })).rows,
    script: async (text) => void (await pool.query({ text, ...PATIENT })),
    async exclusively(work) {
      const client = await pool.connect();
      try {
        await client.query({ text: 'select pg_advisory_lock($1)', values: [MIGRATION_LOCK], ...PATIENT });
        return await work();
      } finally {
        await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => {});
        client.release();
      }
    },
    notify: async () => void (await pool.query(`notify ${WAKE_CHANNEL}`)),
    onNotify: (callback) => listen(settings, callback, log),
    close: () => pool.end(),
  };
}

/** A connection of its own that listens, and comes back after a break. */
async function listen(settings: pg.PoolConfig, callback: () => void, log?: Log): Promise<() => Promise<void>> {
  let isStopped = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  const connect = async () => {
    const next = new pg.Client({ ...settings, types: undefined });
    client = next;
    next.on('notification', callback);
    next.on('error', (error) => log?.warn('db.listen_lost', { error: errorText(error) }));
    next.on('end', () => {
      if (!isStopped) timer = setTimeout(() => void connect().catch(() => {}), 1_000);
    });
    await next.connect();
    await next.query(`listen ${WAKE_CHANNEL}`);
    callback();
  };
  await connect();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await client?.end();
  };
}

/**
 * The embedded database in `dataDir`; `null` keeps it in memory (tests). Only one process may hold the files: a second
 * one that asks with `mayAttach` (commands beside a running service) speaks to the first over a socket in the folder.
 * One in memory may start from the packed files of another (PGlite's dump).
 * `onStarting`: its files are there, and it is compiled beside this thread for about a second.
 * @throws {ConfigError} folder not writable, or in use and not attachable
 */
export async function openEmbedded(
  dataDir: string | null,
  {
    mayAttach = false,
    log,
    startFrom,
    onStarting,
  }: { mayAttach?: boolean; log?: Log; startFrom?: Blob; onStarting?: () => void } = {},
): Promise<Database> {
  let claim: DataDirClaim | null = null;
  if (dataDir !== null) {
    if (mayAttach) {
      const socket = await attachToEmbedded(dataDir);
      if (socket) return sharedEmbedded(socket, log);
    }
    claim = await claimDataDir(dataDir);
  }
  let lite: PGlite;
  try {
    // A new database starts from a ready one: making it anew takes seconds and twice the memory.
    if (claim?.isNew) await unpackReadyDatabase(claim.filesDir);
    const starting = PGlite.create({
      ...(claim ? { dataDir: claim.filesDir } : { loadDataDir: startFrom ?? (await readyDatabase()) }),
      startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${EMBEDDED_BUFFERS}`],
    });
    onStarting?.();
    lite = await starting;
  } catch (error) {
    await claim?.release();
    throw error;
  }
  await claim?.setReady();
  await claim?.share(lite, log);
  return overPglite(lite, async () => {
    await claim?.stopSharing();
    await lite.close();
    await claim?.release();
  });
}

/**
 * The embedded database of another process. All clients share its one session: statements have no names that could
 * meet, and nothing waits for a lock, for the holder has migrated already.
 */
function sharedEmbedded(socket: { host: string; port: number }, log?: Log): Database {
  const database = overPool({ ...socket, user: 'postgres', database: 'postgres' }, 1, log, { hasNames: false });
  return { ...database, exclusively: (work) => work() };
}

/** Over a PGlite that is open already. */
export function overPglite(lite: PGlite, close: () => Promise<void>): Database {
  const listeners = new Set<() => void>();
  return {
    kind: 'embedded',
    orm: drizzlePglite(lite) as unknown as Db,
    run: async <Row>(_name: string, text: string, params: unknown[] = []) => (await lite.query<Row>(text, params)).rows,
    script: async (text) => void (await lite.exec(text)),
    exclusively: (work) => work(),
    async notify() {
      for (const listener of listeners) listener();
    },
    async onNotify(callback) {
      listeners.add(callback);
      return async () => void listeners.delete(callback);
    },
    close,
  };
}
