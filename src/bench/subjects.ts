import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAccountStore } from '../communes/accounts.ts';
import { addCommune } from '../communes/communes.ts';
import { createSecretBox } from '../communes/secrets.ts';
import { openPostgres } from '../db/client.ts';
import { migrate } from '../db/migrate.ts';
import type { createZaloPlatform } from '../demo/zalo-platform.ts';
import type { LoadTarget } from './load.ts';

type ZaloPlatform = ReturnType<typeof createZaloPlatform>;

const here = fileURLToPath(import.meta.url);
const source = extname(here);
/** In a checkout the bare bot runs TypeScript as this process does. */
const nodeFlags = source === '.ts' ? ['--import', 'tsx'] : [];
const ROOT = join(dirname(here), '../..');
let bundled: string | null = null;

/** The service itself: as built, in a checkout (tests) the bundle of `npm start`, which starts in a third of the time. */
function serviceMain(): string {
  if (source !== '.ts') return join(dirname(here), '..', 'main.js');
  if (bundled === null) {
    execFileSync(process.execPath, ['src/start.mjs', '--prepare'], { cwd: ROOT, stdio: 'inherit' });
    bundled = join(ROOT, 'node_modules/.cache/hoixa/main.js');
  }
  return bundled;
}
const PEER = join(dirname(here), `peer${source}`);

export interface Subject {
  /** Where to post events, one target per OA. */
  targets: LoadTarget[];
  pid: number;
  /** Megabytes resident now. */
  memoryMb(): number;
  stop(): Promise<void>;
}

/** A second, on a machine that does nothing else. */
const STARTS_WITHIN_MS = 60_000;

export const SECRET_KEY = randomBytes(32).toString('hex');

/** Prepares a database with `count` OAs, each of an app of its own (platforms limit calls per app). */
export async function prepare(url: string, platform: ZaloPlatform, count: number): Promise<Omit<LoadTarget, 'url'>[]> {
  const database = openPostgres(url);
  await migrate(database);
  const accounts = createAccountStore(database.orm, createSecretBox(SECRET_KEY));
  const targets: Omit<LoadTarget, 'url'>[] = [];
  for (let index = 0; index < count; index++) {
    const commune = await addCommune(database.orm, { slug: `xa-${index}`, name: `UBND xã số ${index}` });
    const oa = platform.registerOa(platform.registerApp().appId);
    const { appId, oaId, appSecret, oaSecret, accessToken, refreshToken, accessExpiresAt } = oa;
    await accounts.connect({
      communeId: commune.id,
      channel: 'zalo',
      externalId: oaId,
      appId,
      secrets: { appSecret, oaSecret, accessToken, refreshToken },
      tokenExpiresAt: accessExpiresAt,
    });
    targets.push({ appId, oaId, oaSecret });
  }
  await database.close();
  return targets;
}

/** `hoixa serve` as a process of its own. */
export async function startService(
  databaseUrl: string,
  platform: Pick<ZaloPlatform, 'url'>,
  accounts: Omit<LoadTarget, 'url'>[],
  env: Record<string, string> = {},
): Promise<Subject & { child: ChildProcess }> {
  const port = await freePort();
  const child = spawn(process.execPath, [serviceMain(), 'serve'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: '/usr/bin:/bin',
      PORT: String(port),
      HOST: '127.0.0.1',
      DATABASE_URL: databaseUrl,
      SECRET_KEY,
      ZALO_OPENAPI_URL: platform.url,
      ZALO_OAUTH_URL: platform.url,
      ZALO_BUSINESS_URL: platform.url,
      LOG_LEVEL: 'error',
      NODE_ENV: 'production',
      ...env,
    },
  });
  await answers(`http://127.0.0.1:${port}/healthz`, child);
  return { ...subject(child, `http://127.0.0.1:${port}/webhooks/zalo`, accounts), child };
}

/** The bare Express bot as a process of its own. */
export async function startPeer(platform: ZaloPlatform, accounts: Omit<LoadTarget, 'url'>[], accessToken: string) {
  const child = fork(PEER, [platform.url, accessToken], { execArgv: nodeFlags, env: { NODE_ENV: 'production' } });
  const { port } = await new Promise<{ port: number }>((done, fail) => {
    child.once('message', (message) => done(message as { port: number }));
    child.once('exit', () => fail(new Error('the bare bot did not start')));
  });
  return subject(child, `http://127.0.0.1:${port}/webhooks/zalo`, accounts);
}

function subject(child: ChildProcess, url: string, accounts: Omit<LoadTarget, 'url'>[]): Subject {
  return {
    targets: accounts.map((account) => ({ ...account, url })),
    pid: child.pid!,
    memoryMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024,
    stop: () =>
      new Promise((done) => {
        if (child.exitCode !== null || child.signalCode !== null) return done();
        child.once('exit', () => done());
        child.kill('SIGTERM');
      }),
  };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (const end = performance.now() + STARTS_WITHIN_MS; performance.now() < end; ) {
    if (child.exitCode !== null) throw new Error(`the service ended with code ${child.exitCode}`);
    const isUp = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('the service does not answer');
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
