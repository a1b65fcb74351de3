import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';
import { prepare, startService } from '../../src/bench/subjects.ts';
import { openPostgres } from '../../src/db/client.ts';
import { createZaloPlatform } from '../../src/demo/zalo-platform.ts';
import { createTestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { until } from '../support/rooms.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

test('a database that falls silent is given up on, and used again when it speaks', async () => {
  const proxy = await createProxy(await postgres.createDatabase());
  const database = openPostgres(proxy.url, { silenceMs: 2_000 });
  onTestFinished(() => database.close());
  const ask = () => database.run('one', 'select 1 as one');
  await Promise.all([ask(), ask(), ask()]);
  proxy.freeze();
  await expect(ask()).rejects.toThrow();
  proxy.thaw();
  await until(() => ask().then(Boolean, () => false));
});

test(
  'SIGTERM ends a process within five seconds while the platform and the database are silent',
  { timeout: 60_000 },
  async () => {
    const platform = createZaloPlatform();
    await platform.start();
    onTestFinished(() => platform.stop());
    const proxy = await createProxy(await postgres.createDatabase());
    const accounts = await prepare(proxy.url, platform, 1);
    const silent = createServer(() => {});
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    onTestFinished(() => void silent.close());
    const silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const service = await startService(proxy.url, platform, accounts, {
      ZALO_OPENAPI_URL: silentUrl,
      ZALO_BUSINESS_URL: silentUrl,
      LOG_LEVEL: 'error',
    });
    await platform.setWebhook(accounts[0]!.appId, service.targets[0]!.url);
    const person = platform.newUserId();
    await platform.personSends(accounts[0]!.oaId, person, { text: 'làm giấy khai sinh cần giấy tờ gì' });
    const database = openPostgres(proxy.url);
    await until(async () => (await database.run('s', `select 1 from outbox where status = 'sending'`)).length > 0);
    await database.close();
    proxy.freeze();
    const start = Date.now();
    const ended = once(service.child, 'exit');
    service.child.kill('SIGTERM');
    const [code] = await ended;
    expect(Date.now() - start).toBeLessThan(10_000);
    expect(code).toBe(0);
  },
);

test('a request that is under way when the service stops gets its answer', async () => {
  const house = await startHouse(await createTestDb());
  const { port } = new URL(house.url);
  const socket = connect(Number(port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.write('POST /webhooks/zalo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n');
  await until(() => answer.startsWith('HTTP/1.1 100'));
  socket.write('{');
  const stopped = house.stop();
  await new Promise((done) => setTimeout(done, 300));
  socket.write('}');
  await stopped;
  await until(() => answer.includes('HTTP/1.1 200'));
});

/** Stands before a PostgreSQL server; frozen, it passes nothing on and closes nothing, as a lost machine does. */
async function createProxy(url: string) {
  const target = new URL(url);
  const port = Number(target.port);
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((near) => {
    if (isFrozen) return;
    const far = connect(port, target.hostname);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  target.port = String((server.address() as AddressInfo).port);
  return {
    url: target.href,
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.unpipe().pause();
      sockets.clear();
    },
    thaw() {
      isFrozen = false;
    },
  };
}
