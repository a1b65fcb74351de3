import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startPostgres } from '../../src/bench/postgres.ts';
import { freePort } from '../../src/bench/subjects.ts';

test('the demo starts on a PostgreSQL server too', async () => {
  const postgres = await startPostgres();
  const folder = await mkdtemp(join(tmpdir(), 'hoixa-demo-'));
  const port = await freePort();
  const child = spawn(process.execPath, ['src/start.mjs'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: 'ignore',
    env: {
      PATH: '/usr/bin:/bin',
      PORT: String(port),
      DATA_DIR: folder,
      DATABASE_URL: await postgres.createDatabase(),
    },
  });
  const ended = new Promise((done) => child.once('exit', done));
  try {
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/demo`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(answers, { timeout: 40_000, interval: 200 }).toBe(200);
  } finally {
    child.kill('SIGTERM');
    await ended;
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
