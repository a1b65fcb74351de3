import { availableParallelism } from 'node:os';
import type { createZaloPlatform } from '../demo/zalo-platform.ts';
import type { BenchLine } from './bench.ts';
import type { Citizens } from './citizens.ts';
import { cpuMs } from './cpu.ts';
import type { TestPostgres } from './postgres.ts';
import { prepare, type Subject, startService } from './subjects.ts';

const OAS = 60;
/** Load, platform, database and two processes each want one. */
const CORES_WANTED = 5;

/** Two processes beside one on the same database, the same load on both. */
export async function benchProcesses(
  platform: ReturnType<typeof createZaloPlatform>,
  postgres: TestPostgres,
  citizens: Citizens,
  seconds: number,
): Promise<BenchLine[]> {
  const url = await postgres.createDatabase();
  const accounts = await prepare(url, platform, OAS);
  const running: Subject[] = [];
  try {
    const measure = async (targets: Subject['targets']) => {
      const work = () => running.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
      const before = work();
      const { turns, perSecond } = await citizens.closed(targets, seconds);
      return { perSecond, ms: (work() - before) / turns };
    };
    running.push(await startService(url, platform, accounts));
    await citizens.closed(running[0]!.targets, 3);
    const one = await measure(running[0]!.targets);
    running.push(await startService(url, platform, accounts));
    const half = running.flatMap(({ targets }, index) => targets.filter((_, at) => at % 2 === index));
    await citizens.closed(half, 3);
    const two = await measure(half);
    const ratio = two.perSecond / one.perSecond;
    const cores = availableParallelism();
    return [
      {
        what: `two processes on one database beside one, ${cores} cores for everything`,
        figure: `${two.perSecond.toFixed(0)} : ${one.perSecond.toFixed(0)} = ${ratio.toFixed(2)} ×; ${one.ms.toFixed(2)} → ${two.ms.toFixed(2)} ms a turn`,
        target: cores >= CORES_WANTED ? '≥ 1.6 ×' : '',
        isReached: cores >= CORES_WANTED ? ratio >= 1.6 : null,
      },
    ];
  } finally {
    await Promise.all(running.map((subject) => subject.stop()));
  }
}
