import type { createZaloPlatform } from '../demo/zalo-platform.ts';
import { type LoadTarget, postText } from './load.ts';

const CITIZENS_IN_FLIGHT = 96;
const USERS_PER_LANE = 24;
/** A machine that does other work beside must not fail a measurement. */
const PATIENCE_MS = 60_000;

export type Citizens = ReturnType<typeof createCitizens>;

/** People who ask on the stand-in platform and see what the subject answers there. */
export function createCitizens(platform: ReturnType<typeof createZaloPlatform>, questions: string[]) {
  const waiting = new Map<string, () => void>();
  platform.events.on('message', ({ userId, message }) => {
    if (message.from !== 'oa') return;
    waiting.get(userId)?.();
    waiting.delete(userId);
  });
  let serial = 0;
  /** One citizen asks; resolves when the platform accepted the reply. */
  const turn = async (target: LoadTarget, userId: string) => {
    serial += 1;
    platform.person(target.oaId, userId).lastInteraction = platform.now();
    const startedAt = performance.now();
    const replied = new Promise<number>((done, fail) => {
      const timer = setTimeout(() => fail(new Error('no reply within a minute')), PATIENCE_MS);
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
    /** As many turns as it takes: each citizen asks again when answered. */
    async closed(targets: LoadTarget[], seconds: number): Promise<{ turns: number; perSecond: number }> {
      const end = performance.now() + seconds * 1_000;
      const startedAt = performance.now();
      let turns = 0;
      await Promise.all(
        Array.from({ length: CITIZENS_IN_FLIGHT }, async (_, index) => {
          const target = targets[index % targets.length]!;
          // Several citizens take turns, so that the last bubbles of one answer are there before the next question.
          const users = Array.from({ length: USERS_PER_LANE }, newUser);
          for (let round = 0; performance.now() < end; round++) {
            await turn(target, users[round % USERS_PER_LANE]!);
            turns += 1;
          }
        }),
      );
      return { turns, perSecond: turns / ((performance.now() - startedAt) / 1_000) };
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
    async open(targets: LoadTarget[], perSecond: number, seconds: number) {
      const ackMs: number[] = [];
      const replyMs: number[] = [];
      const asked: Promise<void>[] = [];
      const startedAt = performance.now();
      for (let count = 0; count < perSecond * seconds; count++) {
        const due = startedAt + (count / perSecond) * 1_000;
        const ahead = due - performance.now();
        if (ahead > 1) await new Promise((done) => setTimeout(done, ahead));
        const target = targets[count % targets.length]!;
        asked.push(
          turn(target, newUser()).then((figures) => {
            ackMs.push(figures.ackMs);
            replyMs.push(figures.replyMs);
          }),
        );
      }
      await Promise.all(asked);
      return { ackMs, replyMs };
    },
  };
}
