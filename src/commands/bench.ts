import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { benchRoad } from '../bench/bench.ts';
import { benchColdStart } from '../bench/cold-start.ts';
import { benchConsole } from '../bench/console.ts';
import { benchInbox } from '../bench/inbox.ts';
import { benchReader, distinctQuestions } from '../bench/reader.ts';

/**
 * The benchmarks as a table; `false` when a target was missed. In a checkout they are built first: what is measured is
 * what is deployed, without a compiler in the process.
 */
export async function bench(
  options: { seconds: number; stored: number; kills: number },
  print: (line: string) => void,
): Promise<boolean> {
  if (import.meta.url.endsWith('.ts')) return benchBuilt();
  const progress = (text: string) => void process.stderr.write(`${text}\n`);
  const lines = [
    ...(await benchColdStart(progress)),
    ...(await benchReader()),
    ...(await benchInbox(progress)),
    ...(await benchConsole(progress)),
    ...(await benchRoad({ ...options, questions: distinctQuestions(), progress })),
  ];
  const width = Math.max(...lines.map(({ what }) => what.length));
  const wide = Math.max(...lines.map(({ figure }) => figure.length));
  for (const { what, figure, target, isReached } of lines) {
    print(
      `${what.padEnd(width)}  ${figure.padStart(wide)}  ${target.padEnd(10)}${isReached === false ? '  NOT REACHED' : ''}`,
    );
  }
  return lines.every(({ isReached }) => isReached !== false);
}

/** Builds the checkout and runs the same command with the result. */
async function benchBuilt(): Promise<boolean> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  if ((await run('npm', ['run', '-s', 'build'], root)) !== 0) throw new Error('the build failed');
  return (await run(process.execPath, ['dist/main.js', ...process.argv.slice(2)], root)) === 0;
}

const run = (command: string, args: string[], cwd: string) =>
  new Promise<number | null>((done, fail) => {
    const child = spawn(command, args, { cwd, stdio: 'inherit' });
    child.once('error', fail);
    child.once('exit', done);
  });
