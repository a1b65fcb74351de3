import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BenchLine } from './bench.ts';
import { percentile } from './load.ts';
import { freePort } from './subjects.ts';

const ROUNDS = 5;
const LIMIT_S = 8;
const GIVES_UP_MS = 60_000;
/** Looking more often takes the processor from what is looked at. */
const LOOKS_EVERY_MS = 100;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
const ASKED = { device: 'zalo', person: '7012345678901234567' };

/**
 * `npm start` as a newcomer does after `npm ci`: an empty folder for the data, until the assistant has answered a first
 * question on the page's phone. Only a checkout has `npm start`.
 */
export async function benchColdStart(progress: (line: string) => void): Promise<BenchLine[]> {
  if (!existsSync(join(ROOT, 'src/start.mjs'))) return [];
  // as installing the packages leaves it
  execFileSync('npm', ['run', '-s', 'prepare'], { cwd: ROOT });
  const seconds: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    progress(`npm start in an empty folder, ${round} of ${ROUNDS}`);
    seconds.push((await startOnce()) / 1_000);
  }
  const [least, typical, most] = [Math.min(...seconds), percentile(seconds, 0.5), Math.max(...seconds)];
  return [
    {
      what: `npm start in an empty folder to the first answer, median (least, most of ${ROUNDS})`,
      figure: `${typical.toFixed(1)} (${least.toFixed(1)}, ${most.toFixed(1)}) s`,
      target: `≤ ${LIMIT_S} s`,
      isReached: typical <= LIMIT_S,
    },
  ];
}

async function startOnce(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'hoixa-start-'));
  const port = await freePort();
  const began = performance.now();
  // A group of its own: npm's child must end with it.
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    detached: true,
    stdio: 'ignore',
    env: { PATH, HOME: folder, PORT: String(port), DATA_DIR: join(folder, 'data') },
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  try {
    const origin = `http://127.0.0.1:${port}`;
    await until(() => fetch(`${origin}/demo`).then(({ ok }) => ok), began);
    await fetch(`${origin}/demo/api/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ASKED, text: 'lam giay khai sinh cho be can giay to gi' }),
    });
    await until(async () => {
      const state = await (await fetch(`${origin}/demo/api/state?${new URLSearchParams(ASKED)}`)).text();
      return state.includes('1.001193');
    }, began);
    return performance.now() - began;
  } finally {
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

async function until(isSo: () => Promise<boolean>, began: number): Promise<void> {
  while (!(await isSo().catch(() => false))) {
    if (performance.now() - began > GIVES_UP_MS) throw new Error('npm start did not answer within a minute');
    await pause(LOOKS_EVERY_MS);
  }
}
