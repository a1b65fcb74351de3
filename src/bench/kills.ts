import type { ChildProcess } from 'node:child_process';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Database, openPostgres } from '../db/client.ts';
import { createZaloPlatform } from '../demo/zalo-platform.ts';
import type { TestPostgres } from './postgres.ts';
import { prepare, startService } from './subjects.ts';

const PROCESSES = 3;
const OAS = 6;
const QUESTIONS = [
  'làm giấy khai sinh cho bé cần giấy tờ gì',
  'thế mất bao lâu',
  'dang ky ket hon le phi bao nhieu',
  'chứng thực bản sao nộp ở đâu',
];
const ENDS_WITHIN_MS = 120_000;

export interface CrashReport {
  people: number;
  /** Questions that reached the balancer, were stored, and found in the transcript. */
  asked: number;
  stored: number;
  heard: number;
  /** Questions the stand-in gave up on before they left it: this process was too busy for its two seconds. */
  unreached: number;
  /** Rows that did not end as sent. */
  unsent: unknown[];
  /** People who did not get exactly what was planned for them, in that order. */
  wrong: { expected: string[]; received: string[] }[];
}

/**
 * Kills processes with `kill -9` while citizens ask, starts them again, waits for the end of all work and compares what
 * each person got with what was planned.
 * @throws when work is left two minutes after the last kill
 */
export async function crashRun(postgres: TestPostgres, kills: number): Promise<CrashReport> {
  const platform = createZaloPlatform({ echoes: 'mixed', requestsPerMinute: Number.POSITIVE_INFINITY });
  await platform.start();
  // The balancer below delivers again; a platform that switches the webhook off would only hide what was lost.
  platform.delivery.retry = 'off';
  const url = await postgres.createDatabase();
  const accounts = await prepare(url, platform, OAS);
  const database = openPostgres(url);
  const started: { stop(): Promise<void> }[] = [];
  const start = async () => {
    const service = await startService(url, platform, accounts);
    started.push(service);
    return service;
  };
  const processes = await Promise.all(Array.from({ length: PROCESSES }, start));
  const balancer = await createBalancer(() => processes.map(({ child, targets }) => ({ child, url: targets[0]!.url })));
  try {
    for (const { appId } of accounts) await platform.setWebhook(appId, `${balancer.url}/webhooks/zalo`);
    const people: { oaId: string; userId: string }[] = [];
    const asking: Promise<void>[] = [];
    let isLoading = true;
    const load = (async () => {
      for (let index = 0; isLoading; index++) {
        const { oaId } = accounts[index % accounts.length]!;
        const person = { oaId, userId: platform.newUserId() };
        people.push(person);
        asking.push(
          (async () => {
            for (const text of QUESTIONS.slice(0, 1 + (index % QUESTIONS.length))) {
              await platform.personSends(oaId, person.userId, { text });
            }
          })(),
        );
        await new Promise((done) => setTimeout(done, 60));
      }
    })();
    const comingBack: Promise<void>[] = [];
    for (let kill = 0; kill < kills; kill++) {
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
    await Promise.all(asking);
    await until(async () => (await openWork(database)) === 0 && balancer.open() === 0, ENDS_WITHIN_MS);
    const transcript = (oaId: string, userId: string) => platform.person(oaId, userId).transcript;
    return { people: people.length, ...(await compare(database, people, transcript, balancer.taken)) };
  } finally {
    await Promise.all(started.map(({ stop }) => stop()));
    balancer.close();
    await database.close();
    await platform.stop();
  }
}

async function openWork(database: Database): Promise<number> {
  const [row] = await database.run<{ open: number }>(
    'open',
    `select (select count(*) from inbox_events where status = 'pending')
      + (select count(*) from outbox where status in ('queued', 'sending')) as open`,
  );
  return row!.open;
}

function groupBy<Row extends { oa: string; chat_id: string }>(rows: Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.oa} ${row.chat_id}`;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

async function compare(
  database: Database,
  people: { oaId: string; userId: string }[],
  transcriptOf: (oaId: string, userId: string) => { id: string; from: string; text: string }[],
  taken: ReadonlySet<string>,
): Promise<Omit<CrashReport, 'people'>> {
  const rows = await database.run<{ oa: string; chat_id: string; status: string; text: string }>(
    'rows',
    `select a.external_id as oa, c.chat_id, o.status, o.call ->> 'text' as text
     from outbox o join conversations c on c.id = o.conversation_id join channel_accounts a on a.id = o.account_id
     order by o.id`,
  );
  const planned = groupBy(rows);
  const wrong: CrashReport['wrong'] = [];
  for (const { oaId, userId } of people) {
    const expected = (planned.get(`${oaId} ${userId}`) ?? []).map(({ text }) => text);
    const transcript = transcriptOf(oaId, userId);
    const received = transcript.flatMap(({ from, text }) => (from === 'oa' ? [text] : []));
    const isHeard = transcript.some(({ id }) => taken.has(id));
    if (isHeard && (expected.length === 0 || JSON.stringify(received) !== JSON.stringify(expected))) {
      wrong.push({ expected, received });
    }
  }
  const [counts] = await database.run<{ stored: number; heard: number }>(
    'counts',
    `select (select count(*) from inbox_events where kind = 'message')::int as stored,
       (select count(*) from messages where author = 'citizen')::int as heard`,
  );
  const written = people
    .flatMap(({ oaId, userId }) => transcriptOf(oaId, userId))
    .filter(({ from }) => from === 'citizen');
  const asked = written.filter(({ id }) => taken.has(id)).length;
  return {
    asked,
    unreached: written.length - asked,
    ...counts!,
    unsent: rows.filter(({ status }) => status !== 'sent'),
    wrong,
  };
}

const isUp = ({ child }: { child: ChildProcess }) => child.exitCode === null && child.signalCode === null;

async function until(probe: () => boolean | Promise<boolean>, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!(await probe())) {
    if (performance.now() > end) throw new Error(`work is left after ${ms} ms`);
    await new Promise((done) => setTimeout(done, 15));
  }
}

/**
 * Stands before the processes as a reverse proxy and the platform's redelivery together: what a dying process did not
 * answer goes to the next one, so the same event arrives twice whenever it was stored but not acknowledged.
 */
async function createBalancer(targets: () => { child: ChildProcess; url: string }[]) {
  let turn = 0;
  let open = 0;
  const taken = new Set<string>();
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
    const { message } = JSON.parse(Buffer.concat(chunks).toString()) as { message?: { msg_id?: string } };
    if (message?.msg_id) taken.add(message.msg_id);
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
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => open,
    /** Ids of the messages that came through. */
    taken,
    close: () => void server.close(),
  };
}
