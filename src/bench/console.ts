import { get } from 'node:http';
import { addCommune } from '../communes/communes.ts';
import { addOfficer } from '../communes/officers.ts';
import { startSession } from '../communes/sessions.ts';
import { SESSION_COOKIE } from '../console/cookies.ts';
import { openPostgres } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { migrate } from '../db/migrate.ts';
import type { BenchLine } from './bench.ts';
import { percentile } from './load.ts';
import { fillCommune } from './many-conversations.ts';
import { startPostgres } from './postgres.ts';
import { startService } from './subjects.ts';

const OPEN = 5_000;
const PAGES = 100;
const CHANGES = 20;
const LINES = 50;
const PATIENCE_MS = 10_000;
const QUIET_MS = 2_000;
const LETTERS = 'abcdefghijklmnop';

/**
 * A hundred officers with the console open at one process of the service: from a citizen's words in the database to
 * the line on every page, as browsers do it (told by the stream, then asking for what they show).
 */
export async function benchConsole(progress: (line: string) => void): Promise<BenchLine[]> {
  progress(`${PAGES} consoles at one process, ${OPEN} open conversations`);
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const database = openPostgres(url);
  try {
    await migrate(database);
    const commune = await addCommune(database.orm, { slug: 'xa-dong', name: 'UBND xã đông' });
    const staff = await Promise.all(
      Array.from({ length: PAGES }, (_, at) =>
        addOfficer(database.orm, commune.id, {
          email: `${at}@example.vn`,
          role: at % 10 === 0 ? 'lead' : 'officer',
          name: `Cán bộ ${at}`,
        }),
      ),
    );
    await fillCommune(database, {
      ...{ communeId: commune.id, accountId: timeOrdered(), conversations: OPEN, messagesEach: 20, now: new Date() },
      officerIds: staff.map(({ id }) => id),
    });
    const service = await startService(url, { url: 'http://127.0.0.1:9' }, [{ appId: '', oaId: '', oaSecret: '' }]);
    const { origin } = new URL(service.targets[0]!.url);
    let marker = '';
    let changedAt = 0;
    let drawn = 0;
    let lookedAt = performance.now();
    let megabytes = 0;
    const delays: number[] = [];
    const pages = await Promise.all(
      staff.map(async (officer) => {
        const cookie = `${SESSION_COOKIE}=${await startSession(database, [officer], 'password', new Date())}`;
        const [held] = await database.run<{ id: string }>(
          'bench.held',
          'select conversation_id as id from handoffs where commune_id = $1 and officer_id = $2 limit 1',
          [commune.id, officer.id],
        );
        const open = held?.id ?? '';
        let isLooking = false;
        let wanted: 'all' | 'list' | null = null;
        let shown = '';
        const look = async (part: 'all' | 'list') => {
          if (wanted !== 'all') wanted = part;
          if (isLooking) return;
          isLooking = true;
          while (wanted) {
            const query = `tab=waiting&open=${open}&visible=1${wanted === 'list' ? '&part=list' : ''}`;
            wanted = null;
            const response = await fetch(`${origin}/console/c/xa-dong/live?${query}`, {
              headers: { cookie, 'hx-request': 'true', 'x-watching': 'true' },
            });
            const page = await response.text();
            if (marker && shown !== marker && page.includes(marker)) {
              shown = marker;
              drawn += 1;
              delays.push(performance.now() - changedAt);
            }
          }
          isLooking = false;
          lookedAt = performance.now();
        };
        const stream = `${origin}/console/c/xa-dong/stream?open=${open}`;
        return get(stream, { headers: { cookie }, agent: false }, (stream) => {
          stream.on('data', (text) => {
            for (const [, event, data] of String(text).matchAll(/event: (\w+)\ndata: (.*)\n/g)) {
              look(event === 'look' || JSON.parse(data!).open ? 'all' : 'list');
            }
          });
        });
      }),
    );
    // Everybody opens the console at once, and is told what the filling wrote: that is over when nobody looked for a while.
    while (performance.now() - lookedAt < QUIET_MS) await new Promise((done) => setTimeout(done, 50));
    const shownFirst = await database.run<{ id: string }>(
      'bench.first',
      `select id from conversations where commune_id = $1 and owner = 'waiting' order by owner_since limit ${LINES}`,
      [commune.id],
    );
    for (const { id } of shownFirst.slice(0, CHANGES)) {
      drawn = 0;
      // Letters only: a number might be covered as somebody's.
      marker = `lời thứ ${[...timeOrdered()].map((sign) => LETTERS['0123456789abcdef'.indexOf(sign)] ?? '').join('')}`;
      changedAt = performance.now();
      await database.run(
        'bench.said',
        `insert into messages (commune_id, id, conversation_id, author, text, occurred_at)
         values ($1, $2, $3, 'citizen', $4, now())`,
        [commune.id, timeOrdered(), id, marker],
      );
      megabytes = Math.max(megabytes, service.memoryMb());
      while (drawn < PAGES && performance.now() - changedAt < PATIENCE_MS)
        await new Promise((done) => setTimeout(done, 5));
    }
    for (const page of pages) page.destroy();
    await service.stop();
    const missed = PAGES * CHANGES - delays.length;
    const slowest = missed > 0 ? PATIENCE_MS : Math.max(...delays);
    return [
      {
        what: `citizen's words → line on ${PAGES} consoles, p95 / slowest`,
        figure: `${percentile(delays, 0.95).toFixed(0)} / ${slowest.toFixed(0)} ms`,
        target: '≤ 1000 ms',
        isReached: slowest <= 1_000,
      },
      {
        what: `memory of that process at most`,
        figure: `${megabytes.toFixed(0)} MB`,
        target: '≤ 300 MB',
        isReached: megabytes <= 300,
      },
    ];
  } finally {
    await database.close();
    await postgres.stop();
  }
}
