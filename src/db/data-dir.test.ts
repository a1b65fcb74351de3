import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { claimDataDir } from './data-dir.ts';

test.skipIf(!existsSync('/proc/self/stat'))(
  'a number left by a dead process that another has today holds no folder',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hoixa-dir-'));
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    onTestFinished(async () => {
      other.kill();
      await rm(dir, { recursive: true });
    });
    const claim = await claimDataDir(dir);
    const pidFile = join(dir, 'hoixa.pid');
    const [, start] = (await readFile(pidFile, 'utf8')).split(' ');
    await claim.release();

    await writeFile(pidFile, String(other.pid));
    await expect(claimDataDir(dir)).rejects.toThrow(/in use by process/);
    await writeFile(pidFile, `${other.pid} ${start}`);
    await (await claimDataDir(dir)).release();
  },
);
