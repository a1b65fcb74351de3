import { benchRoad } from '../bench/bench.ts';
import { benchConsole } from '../bench/console.ts';
import { benchInbox } from '../bench/inbox.ts';
import { benchReader, distinctQuestions } from '../bench/reader.ts';

/** The benchmarks as a table; `false` when a target was missed. */
export async function bench(
  options: { seconds: number; stored: number; kills: number },
  print: (line: string) => void,
): Promise<boolean> {
  const progress = (text: string) => void process.stderr.write(`${text}\n`);
  const lines = [
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
