import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { ConfigError, errorText } from '../errors.ts';
import type { Log } from '../log.ts';

/** Longest path of a Unix socket that every system takes. */
const SOCKET_PATH_MAX = 100;
const SOCKET_PORT = 5432;

export interface DataDirClaim {
  filesDir: string;
  /** Nothing was ever stored there. */
  isNew: boolean;
  /** To be said once the files are whole: until then a start that died half-way is begun anew. */
  setReady(): Promise<void>;
  /** Lets commands of this machine's user reach the database while we hold it. */
  share(lite: PGlite, log?: Log): Promise<void>;
  stopSharing(): Promise<void>;
  release(): Promise<void>;
}

const socketPath = (dataDir: string) => join(resolve(dataDir), `.s.PGSQL.${SOCKET_PORT}`);
const readyPath = (dataDir: string) => join(resolve(dataDir), 'db-ready');
const pidPath = (dataDir: string) => join(resolve(dataDir), 'hoixa.pid');

/** Where the process that holds `dataDir` listens; null when nobody does. */
export async function attachToEmbedded(dataDir: string): Promise<{ host: string; port: number } | null> {
  return (await answers(socketPath(dataDir))) ? { host: resolve(dataDir), port: SOCKET_PORT } : null;
}

/** @throws {ConfigError} */
export async function claimDataDir(dataDir: string): Promise<DataDirClaim> {
  const filesDir = join(resolve(dataDir), 'db');
  const pidFile = pidPath(dataDir);
  try {
    await makeFolder(filesDir);
    const holder = await readHolder(pidFile);
    if (holder !== null && (isAlive(holder) || (await answers(socketPath(dataDir))))) {
      throw new ConfigError(
        `DATA_DIR ${resolve(dataDir)} is in use by process ${holder}. Stop it, choose another DATA_DIR, or set DATABASE_URL.`,
      );
    }
    await rm(pidFile, { force: true });
    if (!existsSync(readyPath(dataDir)) && (await readdir(filesDir)).length > 0) {
      await rename(filesDir, `${filesDir}-unfinished-${Date.now()}`);
      await makeFolder(filesDir);
    }
    await writeFile(pidFile, `${process.pid} ${await startOf(process.pid)}`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`DATA_DIR ${resolve(dataDir)} cannot be written: ${errorText(error)}`, { cause: error });
  }

  let server: PGLiteSocketServer | null = null;
  return {
    filesDir,
    isNew: !existsSync(readyPath(dataDir)),
    setReady: () => writeFile(readyPath(dataDir), '', { mode: 0o600 }),
    async share(lite, log) {
      const path = socketPath(dataDir);
      if (path.length > SOCKET_PATH_MAX) {
        log?.warn('db.not_shared', { reason: 'DATA_DIR path is too long for a socket' });
        return;
      }
      await rm(path, { force: true });
      server = new PGLiteSocketServer({ db: lite, path, maxConnections: 4 });
      await server.start();
    },
    async stopSharing() {
      await server?.stop();
      await rm(socketPath(dataDir), { force: true });
    },
    async release() {
      await rm(pidFile, { force: true });
    },
  };
}

/** Like mkdir -p; Node's own `recursive` never returns below /proc. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path || existsSync(dirname(path))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}

async function readHolder(pidFile: string): Promise<number | null> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const [number, start = ''] = text.trim().split(' ');
  const pid = Number.parseInt(number ?? '', 10);
  // In a container every start has the same small pid: our own number in the file is a leftover.
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return null;
  // After a power cut the number may belong to somebody else.
  return start === '' || start === (await startOf(pid)) ? pid : null;
}

/** When a process began (boot and ticks since), where the system tells; empty where it does not. */
async function startOf(pid: number): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name before may hold spaces and brackets.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return ticks ? `${boot.trim()}/${ticks}` : '';
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(path);
    socket.setTimeout(1_000);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    const no = () => {
      socket.destroy();
      done(false);
    };
    socket.once('error', no);
    socket.once('timeout', no);
  });
}
