import { createZaloPlatform } from '../demo/zalo-platform.ts';
import { createCitizens } from './citizens.ts';
import { cpuMs } from './cpu.ts';
import { crashRun } from './kills.ts';
import { percentile } from './load.ts';
import { startPostgres } from './postgres.ts';
import { benchProcesses } from './processes.ts';
import { benchStored } from './stored.ts';
import { prepare, type Subject, startPeer, startService } from './subjects.ts';

export interface BenchLine {
  what: string;
  figure: string;
  target: string;
  isReached: boolean | null;
}

export interface BenchOptions {
  /** Seconds of each measurement. */
  seconds: number;
  questions: string[];
  /** Messages stored before the turns beside an empty database are measured. */
  stored: number;
  /** Processes killed in the crash run; 0 leaves it out. */
  kills: number;
  progress: (line: string) => void;
}

const OAS = 60;
const ROUNDS = 3;
/** What the last answers still cost belongs to their round. */
const SETTLE_MS = 200;

/** Turns per second, and milliseconds on a processor for each turn. */
interface Round {
  perSecond: number;
  ownMs: number;
  databaseMs: number;
}

/**
 * Measures the main road over loopback: a real PostgreSQL with default durability, a stand-in platform and the load in
 * this process, the service and the bare bot each in one of their own. Figures compare within one run only.
 */
export async function benchRoad({ seconds, questions, stored, kills, progress }: BenchOptions): Promise<BenchLine[]> {
  const platform = createZaloPlatform({ echoes: 'off', requestsPerMinute: Number.POSITIVE_INFINITY });
  await platform.start();
  const postgres = await startPostgres();
  const citizens = createCitizens(platform, questions);
  const lines: BenchLine[] = [];
  const subjects: Subject[] = [];
  try {
    const url = await postgres.createDatabase();
    const accounts = await prepare(url, platform, OAS);
    const peerOa = platform.registerOa(platform.registerApp({ checksSecretProof: false }).appId);
    const peerAccount = { appId: peerOa.appId, oaId: peerOa.oaId, oaSecret: peerOa.oaSecret };
    const service = await startService(url, platform, accounts);
    subjects.push(service);
    const peer = await startPeer(platform, [peerAccount], peerOa.accessToken);
    subjects.push(peer);

    progress('warming up');
    await citizens.closed(service.targets, 3);
    await citizens.closed(peer.targets, 2);
    const figures = { service: [] as Round[], peer: [] as Round[] };
    const measure = async (subject: Subject): Promise<Round> => {
      const before = [cpuMs(subject.pid), cpuMs(postgres.pid)] as const;
      const { turns, perSecond } = await citizens.closed(subject.targets, seconds);
      await new Promise((done) => setTimeout(done, SETTLE_MS));
      return {
        perSecond,
        ownMs: (cpuMs(subject.pid) - before[0]) / turns,
        databaseMs: (cpuMs(postgres.pid) - before[1]) / turns,
      };
    };
    const typical = (rounds: Round[], figure: keyof Round) => median(rounds.map((round) => round[figure]));
    for (let round = 1; round <= ROUNDS; round++) {
      figures.service.push(await measure(service));
      figures.peer.push(await measure(peer));
      progress(
        `round ${round}: service ${figures.service.at(-1)!.perSecond.toFixed(0)}, bare bot ${figures.peer.at(-1)!.perSecond.toFixed(0)} turns/s`,
      );
    }
    const rate = typical(figures.service, 'perSecond');
    const peerRate = typical(figures.peer, 'perSecond');
    lines.push({
      what: 'turns per second, all stored, beside a bare Express bot that stores nothing',
      figure: `${rate.toFixed(0)} : ${peerRate.toFixed(0)} = ${(rate / peerRate).toFixed(2)} ×`,
      target: '≥ 0.7 ×',
      isReached: rate / peerRate >= 0.7,
    });
    lines.push({
      what: 'processor time of a turn: service + database, bare bot',
      figure: `${typical(figures.service, 'ownMs').toFixed(2)} + ${typical(figures.service, 'databaseMs').toFixed(2)}, ${typical(figures.peer, 'ownMs').toFixed(2)} ms`,
      target: '',
      isReached: null,
    });

    progress('200 events/s');
    const acks = await citizens.open(service.targets, 200, seconds);
    lines.push(line('webhook answered at 200 events/s, p99', percentile(acks.ackMs, 0.99), 50));
    progress('100 turns/s');
    const replies = await citizens.open(service.targets, 100, seconds);
    lines.push(line('event in → reply accepted at 100 turns/s, p95', percentile(replies.replyMs, 0.95), 150));
    progress('50 turns/s, then the same beside a flood of 500 events/s at one commune');
    const others = service.targets.slice(1);
    const calm = percentile((await citizens.open(others, 50, seconds)).replyMs, 0.95);
    const flood = citizens.flood(service.targets[0]!, 500, seconds);
    const flooded = percentile((await citizens.open(others, 50, seconds)).replyMs, 0.95);
    await flood;
    lines.push({
      what: 'reply p95 of other communes while one is flooded with 500 events/s',
      figure: `${calm.toFixed(1)} → ${flooded.toFixed(1)} ms = ${(flooded / calm).toFixed(2)} ×`,
      target: '< 1.2 ×',
      isReached: flooded / calm < 1.2,
    });
    lines.push({
      what: 'memory of the serving process',
      figure: `${service.memoryMb().toFixed(0)} MB`,
      target: '≤ 300 MB',
      isReached: service.memoryMb() <= 300,
    });
    await Promise.all(subjects.splice(0).map((subject) => subject.stop()));
    progress('two processes on one database');
    lines.push(...(await benchProcesses(platform, postgres, citizens, seconds)));
    lines.push(...(await benchStored(platform, postgres, citizens, { seconds, messages: stored, progress })));
    if (kills > 0) {
      progress(`${kills} times kill -9 under load`);
      const { people, asked, unreached, stored: kept, heard, unsent, wrong } = await crashRun(postgres, kills);
      if (unreached > 0) progress(`${unreached} questions never left the stand-in`);
      const lost = asked - Math.min(kept, heard) + unsent.length;
      lines.push({
        what: `kill -9, ${kills} times under load: questions lost, people with a reply missing, twice or out of order`,
        figure: `${lost} of ${asked}, ${wrong.length} of ${people}`,
        target: '0, 0',
        isReached: lost === 0 && wrong.length === 0,
      });
    }
  } finally {
    await Promise.all(subjects.map((subject) => subject.stop()));
    await postgres.stop();
    await platform.stop();
  }
  return lines;
}

const line = (what: string, ms: number, limit: number): BenchLine => ({
  what,
  figure: `${ms.toFixed(1)} ms`,
  target: `≤ ${limit} ms`,
  isReached: ms <= limit,
});

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
