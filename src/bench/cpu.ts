import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts the time of processes in hundredths of a second, whatever the kernel's own clock. */
const MS_PER_TICK = 10;

/** Parent and milliseconds on a processor (its own, and of children that ended) of one process; null: it is gone. */
function stat(pid: number): { parent: number; ms: number } | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name in parentheses may hold anything
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    return { parent: Number(fields[1]), ms: ticks * MS_PER_TICK };
  } catch {
    return null;
  }
}

/**
 * Milliseconds a process and its children were on a processor since they began; differences count. Unlike a clock it
 * does not see what else the machine does.
 * @see proc_pid_stat(5)
 */
export function cpuMs(pid: number): number {
  let sum = stat(pid)?.ms ?? 0;
  for (const name of readdirSync('/proc')) {
    const child = /^\d+$/.test(name) ? stat(Number(name)) : null;
    if (child?.parent === pid) sum += child.ms;
  }
  return sum;
}
