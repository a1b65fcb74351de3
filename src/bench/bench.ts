import { createZaloPlatform } from '../demo/zalo-platform.ts';
import { type LoadTarget, percentile, postText } from './load.ts';
import { startPostgres } from './postgres.ts';
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
  progress: (line: string) => void;
}

const OAS = 60;
const CITIZENS_IN_FLIGHT = 96;
const USERS_PER_LANE = 24;
const ROUNDS = 3;

/**
 * Measures the main road over loopback: a real PostgreSQL with default durability, a stand-in platform and the load in
 * this process, the service and the bare bot each in one of their own. Figures compare within one run only.
 */
export async function benchRoad({ seconds, questions, progress }: BenchOptions): Promise<BenchLine[]> {
  const platform = createZaloPlatform({ echoes: 'off', requestsPerMinute: Number.POSITIVE_INFINITY });
  await platform.start();
  const postgres = await startPostgres();
  const waiting = new Map<string, () => void>();
  platform.events.on('message', ({ userId, message }) => {
    if (message.from !== 'oa') return;
    waiting.get(userId)?.();
    waiting.delete(userId);
  });
  const load = createLoad(platform, waiting, questions);
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
    await load.closed(service, 3);
    await load.closed(peer, 2);
    const rates = { service: [] as number[], peer: [] as number[] };
    for (let round = 1; round <= ROUNDS; round++) {
      rates.service.push(await load.closed(service, seconds));
      rates.peer.push(await load.closed(peer, seconds));
      progress(
        `round ${round}: service ${rates.service.at(-1)!.toFixed(0)}, bare bot ${rates.peer.at(-1)!.toFixed(0)} turns/s`,
      );
    }
    const ratio = median(rates.service) / median(rates.peer);
    lines.push({
      what: 'turns per second, all stored, beside a bare Express bot that stores nothing',
      figure: `${median(rates.service).toFixed(0)} : ${median(rates.peer).toFixed(0)} = ${ratio.toFixed(2)} ×`,
      target: '≥ 0.7 ×',
      isReached: ratio >= 0.7,
    });

    progress('200 events/s');
    const acks = await load.open(service, 200, seconds);
    lines.push(line('webhook answered at 200 events/s, p99', percentile(acks.ackMs, 0.99), 50));
    progress('100 turns/s');
    const replies = await load.open(service, 100, seconds);
    lines.push(line('event in → reply accepted at 100 turns/s, p95', percentile(replies.replyMs, 0.95), 150));
    progress('50 turns/s, then the same beside a flood of 500 events/s at one commune');
    const others = { ...service, targets: service.targets.slice(1) };
    const calm = percentile((await load.open(others, 50, seconds)).replyMs, 0.95);
    const flood = load.flood(service.targets[0]!, 500, seconds);
    const flooded = percentile((await load.open(others, 50, seconds)).replyMs, 0.95);
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

function createLoad(
  platform: ReturnType<typeof createZaloPlatform>,
  waiting: Map<string, () => void>,
  questions: string[],
) {
  let serial = 0;
  /** One citizen asks; resolves when the platform accepted the reply. */
  const turn = async (target: LoadTarget, userId: string) => {
    serial += 1;
    platform.person(target.oaId, userId).lastInteraction = platform.now();
    const startedAt = performance.now();
    const replied = new Promise<number>((done, fail) => {
      const timer = setTimeout(() => fail(new Error('no reply within 20 s')), 20_000);
      waiting.set(userId, () => {
        clearTimeout(timer);
        done(performance.now() - startedAt);
      });
    });
    const [ack, replyMs] = await Promise.all([
      postText(target, userId, questions[serial % questions.length]!, `b${serial}`),
      replied,
    ]);
    if (ack.status !== 200) throw new Error(`webhook answered ${ack.status}`);
    return { ackMs: ack.ms, replyMs };
  };
  const newUser = () => platform.newUserId();

  return {
    /** As many turns as it takes: each citizen asks again when answered. @returns turns per second */
    async closed(subject: Subject, seconds: number): Promise<number> {
      const end = performance.now() + seconds * 1_000;
      const startedAt = performance.now();
      let done = 0;
      await Promise.all(
        Array.from({ length: CITIZENS_IN_FLIGHT }, async (_, index) => {
          const target = subject.targets[index % subject.targets.length]!;
          // Several citizens take turns, so that the last bubbles of one answer are there before the next question.
          const users = Array.from({ length: USERS_PER_LANE }, newUser);
          for (let round = 0; performance.now() < end; round++) {
            await turn(target, users[round % USERS_PER_LANE]!);
            done += 1;
          }
        }),
      );
      return done / ((performance.now() - startedAt) / 1_000);
    },
    /** Events of many citizens at one account, as fast as asked, answers not waited for. */
    async flood(target: LoadTarget, perSecond: number, seconds: number): Promise<void> {
      const startedAt = performance.now();
      for (let count = 0; count < perSecond * seconds; count++) {
        const ahead = startedAt + (count / perSecond) * 1_000 - performance.now();
        if (ahead > 1) await new Promise((done) => setTimeout(done, ahead));
        serial += 1;
        const userId = newUser();
        platform.person(target.oaId, userId).lastInteraction = platform.now();
        void postText(target, userId, questions[serial % questions.length]!, `f${serial}`).catch(() => {});
      }
    },
    /** A steady stream, whatever the answers do. */
    async open(subject: Subject, perSecond: number, seconds: number) {
      const ackMs: number[] = [];
      const replyMs: number[] = [];
      const turns: Promise<void>[] = [];
      const startedAt = performance.now();
      for (let count = 0; count < perSecond * seconds; count++) {
        const due = startedAt + (count / perSecond) * 1_000;
        const ahead = due - performance.now();
        if (ahead > 1) await new Promise((done) => setTimeout(done, ahead));
        const target = subject.targets[count % subject.targets.length]!;
        turns.push(
          turn(target, newUser()).then((figures) => {
            ackMs.push(figures.ackMs);
            replyMs.push(figures.replyMs);
          }),
        );
      }
      await Promise.all(turns);
      return { ackMs, replyMs };
    },
  };
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
