import type { ChildProcess } from 'node:child_process';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';
import { prepare, startService } from '../../src/bench/subjects.ts';
import { openPostgres } from '../../src/db/client.ts';
import { createZaloPlatform } from '../../src/demo/zalo-platform.ts';
import { until } from '../support/rooms.ts';

const KILLS = 20;
const PROCESSES = 3;
const QUESTIONS = [
  'làm giấy khai sinh cho bé cần giấy tờ gì',
  'thế mất bao lâu',
  'dang ky ket hon le phi bao nhieu',
  'chứng thực bản sao nộp ở đâu',
];

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

test(
  `${KILLS} times kill -9 under load: nothing lost, nothing sent twice, order kept`,
  {
    timeout: 400_000,
  },
  async () => {
    const platform = createZaloPlatform({ echoes: 'mixed', requestsPerMinute: Number.POSITIVE_INFINITY });
    await platform.start();
    // The balancer below delivers again; a platform that switches the webhook off would only hide what was lost.
    platform.delivery.retry = 'off';
    const url = await postgres.createDatabase();
    const accounts = await prepare(url, platform, 6);
    const database = openPostgres(url);
    const started: { stop(): Promise<void> }[] = [];
    const start = async () => {
      const service = await startService(url, platform, accounts);
      started.push(service);
      return service;
    };
    onTestFinished(async () => {
      await Promise.all(started.map(({ stop }) => stop()));
      await database.close();
      await platform.stop();
    });
    const processes = await Promise.all(Array.from({ length: PROCESSES }, start));
    const balancer = await createBalancer(() =>
      processes.map(({ child, targets }) => ({ child, url: targets[0]!.url })),
    );
    for (const { appId } of accounts)
      expect(await platform.setWebhook(appId, `${balancer.url}/webhooks/zalo`)).toBe(true);

    const people: { oaId: string; userId: string }[] = [];
    let isLoading = true;
    const load = (async () => {
      for (let index = 0; isLoading; index++) {
        const { oaId } = accounts[index % accounts.length]!;
        const person = { oaId, userId: platform.newUserId() };
        people.push(person);
        void (async () => {
          for (const text of QUESTIONS.slice(0, 1 + (index % QUESTIONS.length))) {
            await platform.personSends(oaId, person.userId, { text });
          }
        })();
        await new Promise((done) => setTimeout(done, 60));
      }
    })();

    const comingBack: Promise<void>[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      await new Promise((done) => setTimeout(done, 200 + Math.random() * 600));
      // The last one standing is left alone until another is up: somebody must be there to be killed at work.
      await until(() => processes.filter(isUp).length > 1, 60_000);
      const index = processes.findIndex((_, at) => isUp(processes[(kill + at) % PROCESSES]!));
      const victim = (kill + index) % PROCESSES;
      processes[victim]!.child.kill('SIGKILL');
      comingBack.push(
        start().then((service) => {
          processes[victim] = service;
        }),
      );
    }
    await Promise.all(comingBack);
    isLoading = false;
    await load;
    const open = async () =>
      (
        await database.run<{ open: number }>(
          'open',
          `select (select count(*) from inbox_events where status = 'pending')
          + (select count(*) from outbox where status in ('queued', 'sending')) as open`,
        )
      )[0]!.open;
    await until(async () => (await open()) === 0 && balancer.open() === 0, 120_000);

    const rows = await database.run<{ oa: string; chat_id: string; status: string; text: string }>(
      'rows',
      `select a.external_id as oa, c.chat_id, o.status, o.call ->> 'text' as text
     from outbox o join conversations c on c.id = o.conversation_id join channel_accounts a on a.id = o.account_id
     order by o.id`,
    );
    expect(rows.filter(({ status }) => status !== 'sent')).toEqual([]);
    const planned = groupBy(rows);
    const wrong: unknown[] = [];
    for (const { oaId, userId } of people) {
      const expected = (planned.get(`${oaId} ${userId}`) ?? []).map(({ text }) => text);
      const transcript = platform.person(oaId, userId).transcript;
      const received = transcript.filter(({ from }) => from === 'oa').map(({ text }) => text);
      if (expected.length === 0 || JSON.stringify(received) !== JSON.stringify(expected))
        wrong.push({ expected, received });
    }
    expect(wrong).toEqual([]);
    const [asked] = await database.run<{ events: number; heard: number }>(
      'asked',
      `select (select count(*) from inbox_events where kind = 'message')::int as events,
       (select count(*) from messages where author = 'citizen')::int as heard`,
    );
    expect(asked!.heard).toBe(asked!.events);
    expect(asked!.events).toBe(
      people
        .flatMap(({ oaId, userId }) => platform.person(oaId, userId).transcript)
        .filter(({ from }) => from === 'citizen').length,
    );
  },
);

const isUp = ({ child }: { child: ChildProcess }) => child.exitCode === null && child.signalCode === null;

type Row = { oa: string; chat_id: string; status: string; text: string };
function groupBy(rows: Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows)
    groups.set(`${row.oa} ${row.chat_id}`, [...(groups.get(`${row.oa} ${row.chat_id}`) ?? []), row]);
  return groups;
}

/**
 * Stands before the processes as a reverse proxy and the platform's redelivery together: what a dying process did not
 * answer goes to the next one, so the same event arrives twice whenever it was stored but not acknowledged.
 */
async function createBalancer(targets: () => { child: ChildProcess; url: string }[]) {
  let turn = 0;
  let open = 0;
  const forward = (url: string, incoming: IncomingMessage, body: Buffer) =>
    new Promise<number>((done, fail) => {
      const call = httpRequest(url, { method: 'POST', headers: incoming.headers }, (response) => {
        response.resume();
        response.once('end', () => done(response.statusCode ?? 500));
        response.once('error', fail);
      });
      call.once('error', fail);
      call.end(body);
    });
  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    open += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    // The platform waits two seconds only; what it gave up on is delivered here all the same.
    for (let tries = 0; tries < 400; tries++) {
      const alive = targets().filter(isUp);
      const target = alive[turn++ % Math.max(alive.length, 1)];
      const status = target ? await forward(target.url, incoming, Buffer.concat(chunks)).catch(() => 0) : 0;
      if (status === 200) break;
      await new Promise((done) => setTimeout(done, 50));
    }
    open -= 1;
    response.end('ok');
  };
  const server = createServer((incoming, response) => void handle(incoming, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => open,
  };
}
