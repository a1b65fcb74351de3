import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signBody } from '../../src/channels/messenger/signature.ts';
import { createRandom, damage, randomJson } from '../../src/channels/testing/fuzz.ts';
import { zaloMac } from '../../src/channels/zalo/signature.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { until } from '../support/rooms.ts';

const QUESTION = 'lam giay khai sinh cho be can giay to gi';
const FIXTURE = { phone: '0912345678', personalId: '036085012345', name: 'Nguyễn Thị Kín' };

let database: TestDb;
let house: Awaited<ReturnType<typeof startHouse>>;
beforeAll(async () => {
  database = await createTestDb();
  house = await startHouse(database);
  expect(await house.openWebhooks()).toBe(true);
});
afterAll(async () => {
  await house.stop();
  await database.close();
});

const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(`${house.url}${path}`, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers });
const count = async (sql: string) =>
  (await database.run<{ n: number }>(sql, `select count(*)::int as n from ${sql}`))[0]!.n;

test('the newcomer’s question is answered on both phones, with code and official page', async () => {
  const [userId, psid] = [house.zalo.newUserId(), '7000000000000001'];
  await house.zalo.personSends(house.oa.oaId, userId, { text: QUESTION });
  await house.graph.personSends(house.page.id, psid, { text: QUESTION });
  await until(() => house.zaloBubbles(userId).length > 0 && house.pageBubbles(psid).length > 0);
  for (const bubbles of [house.zaloBubbles(userId), house.pageBubbles(psid)]) {
    const text = bubbles.map((bubble) => bubble.text).join('\n');
    expect(text).toContain('1.001193');
    expect(text).toMatch(/https:\/\/dichvucong\.gov\.vn\/thu-tuc-hanh-chinh\//);
    expect(text).toMatch(/giấy chứng sinh/i);
    expect(bubbles.length).toBeLessThanOrEqual(5);
    expect(bubbles.at(-1)!.buttons.length).toBeGreaterThan(0);
  }
});

test('a pressed button and a typed number follow up; the transcript keeps both sides', async () => {
  const psid = '7000000000000002';
  await house.graph.personSends(house.page.id, psid, { text: 'đăng ký kết hôn cần giấy tờ gì' });
  await until(() => house.pageBubbles(psid).length > 0);
  const before = house.pageBubbles(psid).length;
  const fee = house
    .pageBubbles(psid)
    .at(-1)!
    .buttons.find(({ title }) => /phí/i.test(title));
  await house.graph.personSends(house.page.id, psid, fee ? { tap: fee.title } : { text: 'còn lệ phí?' });
  await until(() => house.pageBubbles(psid).length > before);
  expect(
    house
      .pageBubbles(psid)
      .slice(before)
      .map(({ text }) => text)
      .join('\n'),
  ).toMatch(/phí|miễn/i);
  expect(await count(`messages where author = 'citizen' and turn_id is not null`)).toBeGreaterThan(1);
  expect(await count(`messages where author = 'bot' and outcome = 'answered' and answer ? 'records'`)).toBeGreaterThan(
    1,
  );
});

test('"gặp cán bộ" changes the owner and says when staff are there; staff’s own answer silences the assistant', async () => {
  const userId = house.zalo.newUserId();
  await house.zalo.personSends(house.oa.oaId, userId, { text: 'cho tôi gặp cán bộ' });
  await until(() => house.zaloBubbles(userId).length > 0);
  expect(house.zaloBubbles(userId)[0]!.text).toMatch(/cán bộ/);
  expect(
    await count(`conversations where chat_id = '${userId}' and owner = 'waiting' and hand_off_reason = 'asked'`),
  ).toBe(1);
  await house.zalo.staffWrites(house.oa.oaId, userId, 'Chào bác, tôi là cán bộ một cửa.');
  expect(await count(`conversations where chat_id = '${userId}' and owner = 'officer'`)).toBe(1);
  const before = house.zaloBubbles(userId).length;
  await house.zalo.personSends(house.oa.oaId, userId, { text: 'lệ phí kết hôn bao nhiêu' });
  await until(async () => (await count(`inbox_events where status = 'pending' and lane = 'turn'`)) === 0);
  expect(house.zaloBubbles(userId)).toHaveLength(before);
  expect(await count(`messages where author = 'officer' and text like 'Chào bác%'`)).toBe(1);
});

test('our own echoes, receipts and a redelivered event change nothing but times', async () => {
  const psid = '7000000000000003';
  house.graph.webhooks.duplicateNext(1);
  await house.graph.personSends(house.page.id, psid, { text: 'tách hộ mất bao lâu' });
  await until(() => house.pageBubbles(psid).length > 0);
  await house.graph.settled();
  await until(async () => (await count(`inbox_events where status = 'pending'`)) === 0);
  expect(await count(`conversations where chat_id = '${psid}' and owner = 'bot'`)).toBe(1);
  expect(
    await count(`messages m join conversations c on c.id = m.conversation_id
    where c.chat_id = '${psid}' and m.author = 'citizen'`),
  ).toBe(1);
  await until(
    async () =>
      (await count(`outbox o join conversations c on c.id = o.conversation_id
    where c.chat_id = '${psid}' and o.seen_at is null`)) === 0,
  );
});

test('refusals: bad signatures, unknown accounts, broken JSON, large and compressed bodies', async () => {
  const { appId, oaSecret } = house.oa;
  const signed = (body: string, timestamp: string) => ({
    'x-zevent-signature': `mac=${zaloMac(appId, Buffer.from(body), timestamp, oaSecret)}`,
  });
  const before = await count('inbox_events');
  const foreign = JSON.stringify({
    app_id: appId,
    event_name: 'user_send_text',
    timestamp: '1',
    recipient: { id: '1' },
    sender: { id: '2' },
    message: { msg_id: 'x', text: 'y' },
  });
  expect((await post('/webhooks/zalo', foreign, signed(foreign, '1'))).status).toBe(200);
  expect((await post('/webhooks/zalo', '{}')).status).toBe(200);
  expect((await post('/webhooks/zalo', foreign, { 'x-zevent-signature': `mac=${'0'.repeat(64)}` })).status).toBe(200);
  expect((await post('/webhooks/zalo', '{"a":')).status).toBe(400);
  expect((await post('/webhooks/messenger', '{}')).status).toBe(401);
  expect((await post('/webhooks/messenger', '{}', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })).status).toBe(
    401,
  );
  const unknownPage = JSON.stringify({ object: 'page', entry: [{ id: '5', time: 1, messaging: [] }] });
  const hub = (body: string) => ({ 'x-hub-signature-256': signBody(Buffer.from(body), house.metaApp.secret) });
  expect((await post('/webhooks/messenger', unknownPage, hub(unknownPage))).status).toBe(200);
  expect((await post('/webhooks/messenger', '{"a":', hub('{"a":'))).status).toBe(400);
  const large = JSON.stringify({ text: 'x'.repeat(1_100_000) });
  for (const path of ['/webhooks/zalo', '/webhooks/messenger']) {
    expect((await post(path, large)).status).toBe(413);
    expect((await post(path, 'x', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await fetch(`${house.url}${path}`, { method: 'PUT' })).status).toBe(404);
  }
  expect(await count('inbox_events')).toBe(before);
  const figures = await (await fetch(`${house.url}/metrics`)).text();
  expect(figures).toMatch(/hoixa_webhooks_total\{channel="messenger",result="bad_signature"\} [1-9]/);
  expect(figures).toMatch(/hoixa_webhooks_total\{channel="zalo",result="unknown_account"\} [1-9]/);
});

test('the GET of the platform’s console', async () => {
  const ask = (token: string) =>
    fetch(
      `${house.url}/webhooks/messenger?hub.mode=subscribe&hub.verify_token=${encodeURIComponent(token)}&hub.challenge=1158201444`,
    );
  const right = await ask(house.metaApp.verifyToken);
  expect([right.status, await right.text()]).toEqual([200, '1158201444']);
  expect((await ask('wrong')).status).toBe(403);
  expect((await fetch(`${house.url}/webhooks/zalo`)).status).toBe(200);
});

test(
  'a thousand malformed bodies: no 5xx, no crash, and the next question is answered',
  {
    timeout: 60_000,
  },
  async () => {
    const random = createRandom(20_261_121);
    const { appId, oaId, oaSecret } = house.oa;
    const statuses = new Map<number, number>();
    const samples = [
      JSON.stringify({
        app_id: appId,
        sender: { id: '1' },
        recipient: { id: oaId },
        event_name: 'user_send_text',
        message: { text: 'Xin chào', msg_id: 'm' },
        timestamp: '1795168800123',
      }),
      JSON.stringify({
        object: 'page',
        entry: [
          {
            id: house.page.id,
            time: 1,
            messaging: [
              {
                sender: { id: '7' },
                recipient: { id: house.page.id },
                timestamp: 1,
                message: { mid: 'm', text: 'Xin chào' },
              },
            ],
          },
        ],
      }),
    ];
    for (let round = 0; round < 1_000; round++) {
      const isZalo = round % 2 === 0;
      const body =
        round % 4 < 2
          ? damage(random, Buffer.from(samples[isZalo ? 0 : 1]!))
          : Buffer.from(
              JSON.stringify(
                isZalo
                  ? { app_id: appId, recipient: { id: oaId }, ...(randomJson(random, 4) as object) }
                  : { object: 'page', entry: randomJson(random, 5) },
              ),
            );
      const timestamp = /"timestamp":"?(\d+)/.exec(body.toString('utf8'))?.[1] ?? '';
      const response = await send(
        isZalo ? '/webhooks/zalo' : '/webhooks/messenger',
        body,
        isZalo
          ? { 'x-zevent-signature': `mac=${zaloMac(appId, body, timestamp, oaSecret)}` }
          : { 'x-hub-signature-256': signBody(body, house.metaApp.secret) },
      );
      statuses.set(response, (statuses.get(response) ?? 0) + 1);
    }
    expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
    const userId = house.zalo.newUserId();
    await house.zalo.personSends(house.oa.oaId, userId, { text: QUESTION });
    await until(() => house.zaloBubbles(userId).length > 0, 15_000);
  },
);

test(
  'an account whose grant died is shown, waits, and answers when it is connected again',
  {
    timeout: 40_000,
  },
  async () => {
    const userId = house.zalo.newUserId();
    house.zalo.revokeGrant(house.oa.oaId);
    const grant = house.zalo.grantAgain(house.oa.oaId);
    await house.zalo.personSends(house.oa.oaId, userId, { text: QUESTION });
    await until(
      async () => (await house.accounts.find('zalo', house.oa.oaId))?.status === 'needs_reauthorisation',
      15_000,
    );
    const ready = (await (await fetch(`${house.url}/readyz`)).json()) as { accounts: { status: string }[] };
    expect(ready.accounts[0]!.status).toBe('needs re-authorisation');
    expect(await (await fetch(`${house.url}/metrics`)).text()).toMatch(
      /hoixa_account_status\{[^}]*status="needs re-authorisation"\} 1/,
    );
    await house.connectZalo(grant);
    await until(() => house.zaloBubbles(userId).length > 0, 10_000);
  },
);

test('the first message to an account connected by another process a moment ago is not dropped', async () => {
  await house.accounts.list('zalo');
  const late = house.zalo.registerOa(house.oa.appId);
  const elsewhere = house.otherProcess();
  await elsewhere.connect({
    communeId: database.communes[0]!.id,
    channel: 'zalo',
    externalId: late.oaId,
    appId: late.appId,
    secrets: {
      appSecret: late.appSecret,
      oaSecret: late.oaSecret,
      accessToken: late.accessToken,
      refreshToken: late.refreshToken,
    },
  });
  const userId = house.zalo.newUserId();
  await house.zalo.personSends(late.oaId, userId, { text: QUESTION });
  await until(() => house.zalo.transcript(late.oaId, userId).some(({ from }) => from === 'oa'));
});

test('what citizens write, and tokens, never reach the log', async () => {
  const userId = house.zalo.newUserId();
  const secretText = `Tôi là ${FIXTURE.name}, cccd ${FIXTURE.personalId}, sđt ${FIXTURE.phone}, hồ sơ khai sinh đến đâu rồi`;
  house.zalo.failNext({ kind: -201, times: 1 });
  await house.zalo.personSends(house.oa.oaId, userId, { text: secretText });
  await until(async () => (await count(`inbox_events where status = 'pending' and lane = 'turn'`)) === 0);
  await until(async () => (await count(`outbox where status in ('queued', 'sending')`)) === 0, 15_000);
  const log = house.logLines.join('\n');
  expect(log).toContain('webhook.bad_signature');
  for (const secret of [
    ...Object.values(FIXTURE),
    userId,
    house.oa.oaSecret,
    house.oa.appSecret,
    house.page.token,
    'khai sinh',
  ]) {
    expect(log).not.toContain(secret);
  }
  const said = house
    .zaloBubbles(userId)
    .map(({ text }) => text)
    .join('\n');
  for (const secret of Object.values(FIXTURE)) expect(said).not.toContain(secret);
});

test('health, and pages that are not there', async () => {
  expect((await fetch(`${house.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${house.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${house.url}/demo`)).status).toBe(404);
});

test('however many ask for readiness at once, the database is asked once', async () => {
  const { all } = house.accounts;
  let asked = 0;
  let open = () => {};
  const gate = new Promise<void>((done) => {
    open = done;
  });
  // as slow as a busy machine: nobody is answered before all have asked
  house.accounts.all = async () => {
    asked += 1;
    await gate;
    return all();
  };
  const asking = Array.from({ length: 50 }, () => fetch(`${house.url}/readyz`));
  await until(() => asked > 0);
  await fetch(`${house.url}/healthz`);
  open();
  const answers = await Promise.all(asking);
  house.accounts.all = all;
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  // The sender asks as well.
  expect(asked).toBeLessThan(10);
});

test('a stranger’s spelling of the address does not become a label', async () => {
  const { status } = await fetch(`${house.url}/webhooks/zAlO/`, { method: 'POST', body: Buffer.alloc(1_100_000) });
  expect(status).toBe(413);
  expect(await (await fetch(`${house.url}/metrics`)).text()).not.toContain('zAlO');
});

/** fetch refuses some bodies that a socket may send. */
function send(path: string, body: Buffer, headers: Record<string, string>): Promise<number> {
  return new Promise((done, fail) => {
    const call = httpRequest(
      `${house.url}${path}`,
      { method: 'POST', headers: { ...headers, 'content-length': body.length } },
      (response) => {
        response.resume();
        response.once('end', () => done(response.statusCode ?? 0));
      },
    );
    call.once('error', fail);
    call.end(body);
  });
}
