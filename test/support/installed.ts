import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/**
 * The program as it is installed, compiled into a folder of its own: what a process takes in memory or time is not that of
 * the compiler beside it. @returns the path of its `main.js`
 */
export async function installCopy(): Promise<{ main: string; remove(): Promise<void> }> {
  const cache = resolve('node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'hoixa-'));
  const dist = join(folder, 'dist');
  const args = [resolve('node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', dist];
  await promisify(execFile)(process.execPath, args);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(resolve('migrations'), join(folder, 'migrations'));
  for (const data of ['guidance/data', 'procedures/data']) {
    await cp(join('src', data), join(dist, data), { recursive: true });
  }
  return { main: join(dist, 'main.js'), remove: () => rm(folder, { recursive: true, force: true }) };
}
