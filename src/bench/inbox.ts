import { createZaloChannel } from '../channels/zalo/zalo.ts';
import { createAccountStore } from '../communes/accounts.ts';
import { addCommune, createCommuneCache } from '../communes/communes.ts';
import { officers } from '../communes/officers.schema.ts';
import { createSecretBox } from '../communes/secrets.ts';
import { openPostgres } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { migrate } from '../db/migrate.ts';
import { createHandOffMetrics } from '../handoff/handoff-metrics.ts';
import { createStaffDesk } from '../handoff/staff-desk.ts';
import { silentLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { BenchLine } from './bench.ts';
import { percentile } from './load.ts';
import { fillCommune } from './many-conversations.ts';
import { startPostgres } from './postgres.ts';

const OPEN = 5_000;
const STREAMS = 100;
const OFFICERS = 100;
const LOOKS = 60;

/** The staff's lists and the feed of changes of one commune with many open conversations, on PostgreSQL. */
export async function benchInbox(progress: (line: string) => void): Promise<BenchLine[]> {
  progress(`${OPEN} open conversations, ${STREAMS} open pages`);
  const postgres = await startPostgres();
  const database = openPostgres(await postgres.createDatabase());
  try {
    await migrate(database);
    const { id: communeId } = await addCommune(database.orm, { slug: 'xa-dong', name: 'UBND xã đông' });
    const staff = Array.from({ length: OFFICERS }, () => ({ communeId, officerId: timeOrdered() }));
    await database.orm.insert(officers).values(
      staff.map(({ officerId }, at) => ({
        communeId,
        id: officerId,
        email: `${at}@example.vn`,
        name: `Cán bộ ${at}`,
        role: 'officer' as const,
        lastSeenAt: new Date(),
      })),
    );
    await fillCommune(database, {
      communeId,
      accountId: timeOrdered(),
      officerIds: staff.map(({ officerId }) => officerId),
      conversations: OPEN,
      messagesEach: 20,
      now: new Date(),
    });
    const accounts = createAccountStore(database.orm, createSecretBox('0'.repeat(64)));
    const zalo = createZaloChannel({
      openapiUrl: 'http://127.0.0.1:9',
      businessUrl: 'http://127.0.0.1:9',
      oauthUrl: 'http://127.0.0.1:9',
      accounts,
      log: silentLog,
    });
    const { live, view, acts } = createStaffDesk({
      database,
      channel: () => zalo,
      commune: createCommuneCache(database.orm),
      log: silentLog,
      metrics: createHandOffMetrics(createMetrics().registry),
      onQueued: () => {},
    });
    const [officer] = staff;
    const timed = async (work: () => Promise<unknown>) => {
      const taken: number[] = [];
      for (let look = 0; look < LOOKS; look++) {
        const at = performance.now();
        await work();
        taken.push(performance.now() - at);
      }
      return percentile(taken, 0.95);
    };
    const list = await timed(() => view.list(officer!, { tab: 'waiting' }));
    const search = await timed(() => view.list(officer!, { tab: 'all', search: 'so 20 cua many-4321' }));
    const { items } = await view.list(officer!, { tab: 'waiting', limit: LOOKS });
    const detail = await timed(() => view.detail(officer!, items[0]!.conversationId));

    let changedAt = 0;
    let heard = 0;
    const delays: number[] = [];
    const pages = Array.from({ length: STREAMS }, () =>
      live.watch({ communeId, conversationId: items[0]!.conversationId }, ({ conversationIds }) => {
        if (changedAt === 0 || conversationIds.length === 0) return;
        heard += 1;
        delays.push(performance.now() - changedAt);
      }),
    );
    live.start();
    // what the filling wrote is told first
    await new Promise((done) => setTimeout(done, 2_000));
    for (const { conversationId } of items) {
      heard = 0;
      changedAt = performance.now();
      // by another process: this one is not woken
      await database.run(
        'bench.said',
        `insert into messages (commune_id, id, conversation_id, author, text, occurred_at)
         values ($1, $2, $3, 'citizen', 'còn lệ phí?', now())`,
        [communeId, timeOrdered(), conversationId],
      );
      while (heard < STREAMS) await new Promise((done) => setTimeout(done, 5));
    }
    for (const page of pages) page.leave();
    await live.stop();
    const taken = await timed(async () => {
      const next = items.pop();
      if (next) await acts.take(officer!, next.conversationId);
    });
    return [
      line(`list of ${OPEN} open conversations, a page of 50, p95`, list),
      line('one conversation with its transcript, p95', detail),
      line('search in 50,000 messages, p95', search),
      line('"Nhận", p95', taken),
      {
        ...line(`change → told to ${STREAMS} open pages, slowest`, Math.max(...delays)),
        target: '≤ 1000 ms',
        isReached: Math.max(...delays) <= 1_000,
      },
    ];
  } finally {
    await database.close();
    await postgres.stop();
  }
}

const line = (what: string, ms: number): BenchLine => ({
  what,
  figure: `${ms.toFixed(0)} ms`,
  target: '',
  isReached: null,
});
