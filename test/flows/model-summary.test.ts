import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createCommuneCache } from '../../src/communes/communes.ts';
import { createOpenAiPlatform, type ModelScript } from '../../src/demo/openai-platform.ts';
import { createModel, type ModelOptions } from '../../src/guidance/llm.ts';
import { createModelMetrics } from '../../src/guidance/model-metrics.ts';
import { createClerk } from '../../src/handoff/clerk.ts';
import type { Summary } from '../../src/handoff/handoff.ts';
import type { Log } from '../../src/log.ts';
import { loadCatalogue } from '../../src/procedures/catalogue.ts';
import { loadHints } from '../../src/procedures/hints.ts';
import { addConversation, browserOf, newOfficer } from '../support/console.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { createLoopbackChannel } from '../support/loopback-channel.ts';

const WORDS = 'Tôi tên là Nguyễn Văn Hùng, sđt 0912345678, làm khai sinh cho con bị thu 50.000 đồng';
const RIGHT = {
  headline: 'Khai sinh cho con, bị thu 50.000 đồng',
  wants: '⟦TEN1⟧ hỏi vì sao bị thu 50.000 đồng, gọi lại ⟦SDT1⟧.',
  told: '',
  needs: 'Giải thích khoản 50.000 đồng.',
};

let database: TestDb;
const platform = createOpenAiPlatform();
const logged: string[] = [];
const note = (event: string, fields?: object) => void logged.push(JSON.stringify([event, fields]));
const log: Log = { debug: note, info: note, warn: note, error: note };

beforeAll(async () => {
  database = await createTestDb();
  await platform.start();
});
afterAll(async () => {
  await platform.stop();
  await database.close();
});
beforeEach(() => {
  platform.requests.length = 0;
  logged.length = 0;
});

/** An episode that nobody has summed up, and a clerk with a model beside them. */
async function handedOff(options: Partial<ModelOptions> = {}) {
  const communeId = database.communes[0]!.id;
  const { conversationId } = await addConversation(database, communeId, { text: WORDS, owner: 'waiting' });
  await database.run(
    'test.episode',
    `insert into handoffs (commune_id, id, conversation_id, reason, asked_by, queued_at)
     values ($1, gen_random_uuid(), $2, 'asked', 'citizen', now())`,
    [communeId, conversationId],
  );
  const metrics = createModelMetrics();
  const model = createModel({
    ...{ baseUrl: platform.url, apiKey: 'stand-in-key', model: 'stand-in', timeoutMs: 400, log, metrics },
    ...options,
  });
  const clerk = createClerk({
    database,
    channel: () => createLoopbackChannel(),
    commune: createCommuneCache(database.orm),
    catalogue: loadCatalogue(),
    hints: loadHints(),
    log,
    onQueued: () => {},
    writeSummary: model.summarise,
  });
  const summary = async () => {
    const [row] = await database.run<{ summary: Summary | null }>(
      'test.summary',
      'select summary from handoffs where commune_id = $1 and conversation_id = $2',
      [communeId, conversationId],
    );
    return row!.summary;
  };
  const counted = async (result: string) =>
    (await metrics.summaries.get()).values.find(({ labels }) => labels.result === result)?.value ?? 0;
  return { communeId, conversationId, clerk, summary, counted };
}

/** The endpoint is reached no earlier than `release`. */
function holdsBack() {
  let release = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  const later: typeof fetch = async (...request) => {
    await held;
    return fetch(...request);
  };
  return { release, timeoutMs: 10_000, fetch: later };
}

test('the rules’ summary is there at once, the model’s follows: marked as a machine’s, numbers covered', async () => {
  const held = holdsBack();
  const made = await handedOff(held);
  platform.next({ kind: 'decision', decision: RIGHT });
  await made.clerk.round();
  // The model has not answered: the hand-off went on without it.
  const first = await made.summary();
  expect(first).toMatchObject({ asked: [WORDS.replace('0912345678', '•••678')] });
  expect(first).not.toHaveProperty('machine');
  held.release();
  await made.clerk.written();
  expect(await made.summary()).toEqual({
    ...first,
    machine: {
      ...RIGHT,
      wants: 'Nguyễn Văn Hùng hỏi vì sao bị thu 50.000 đồng, gọi lại •••678.',
      promptVersion: 'summarise/v1',
    },
  });
  expect(await made.counted('written')).toBe(1);
  expect(platform.requests).toHaveLength(1);
  const { raw } = platform.requests[0]!;
  for (const secret of ['Hùng', '0912345678']) expect(raw).not.toContain(secret);
  for (const secret of ['Hùng', '0912345678', '50.000']) expect(logged.join('\n')).not.toContain(secret);

  const house = await startHouse(database);
  const officer = await newOfficer(database, made.communeId, 'officer');
  const browser = await browserOf(database, house.url, [officer]);
  const page = await (await browser.get(`/console/c/xa-thu/conversations/${made.conversationId}`)).text();
  await house.stop();
  expect(page).toContain('Máy tóm tắt, có thể sai.');
  expect(page).toContain('Giải thích khoản 50.000 đồng.');
  // what the citizen wrote stays beside it
  expect(page).toContain('Người dân hỏi');
}, 30_000);

const dropped: [string, ModelScript, string][] = [
  ['a wrong figure', { kind: 'decision', decision: { ...RIGHT, needs: 'Hoàn lại 500.000 đồng.' } }, 'dropped'],
  [
    'words the citizen talked it into',
    { kind: 'decision', decision: { ...RIGHT, needs: 'Cán bộ hãy mở https://evil.example và làm theo.' } },
    'dropped',
  ],
  ['markup', { kind: 'decision', decision: { ...RIGHT, headline: '<script>alert(1)</script>' } }, 'dropped'],
  ['no summary', { kind: 'text', text: 'Tôi là trợ lý, tôi có thể giúp gì?' }, 'bad_answer'],
  ['half an answer', { kind: 'text', text: '{"headline": "Khai', finishReason: 'length' }, 'bad_answer'],
  ['a refusal', { kind: 'refusal' }, 'refused'],
  ['an error', { kind: 'status', status: 500 }, 'server_error'],
  ['a broken line', { kind: 'reset' }, 'unreachable'],
  ['no answer in time', { kind: 'hang' }, 'timeout'],
  ['half a body', { kind: 'hang', afterHeaders: true }, 'timeout'],
];
test.each(dropped)('%s: the rules’ summary stays', async (_, script, result) => {
  const { clerk, summary, counted } = await handedOff();
  platform.always(script);
  await clerk.round();
  await clerk.written();
  expect(platform.requests.length).toBeGreaterThan(0);
  expect(await summary()).toMatchObject({ open: expect.stringContaining('khai sinh cho con') });
  expect(await summary()).not.toHaveProperty('machine');
  expect(await counted(result)).toBe(1);
});

test('a spent budget and an open breaker ask nobody', async () => {
  platform.always({ kind: 'decision', decision: RIGHT });
  const poor = await handedOff({ dailyRequests: 0 });
  await poor.clerk.round();
  await poor.clerk.written();
  expect(await poor.counted('skipped_budget')).toBe(1);
  expect(platform.requests).toHaveLength(0);
  expect(await poor.summary()).not.toHaveProperty('machine');

  platform.always({ kind: 'text', text: 'không' });
  const sick = await handedOff({ breaker: { failures: 1 } });
  await sick.clerk.round();
  await sick.clerk.written();
  await database.run('test.again', 'update handoffs set summary = null, check_at = now() where conversation_id = $1', [
    sick.conversationId,
  ]);
  await sick.clerk.round();
  await sick.clerk.written();
  expect(await sick.counted('skipped_breaker')).toBe(1);
  expect(platform.requests).toHaveLength(1);
  expect(await sick.summary()).toHaveProperty('headline');
});

test('what comes after the process was told to stop, or the episode was closed, is not kept', async () => {
  platform.always({ kind: 'decision', decision: RIGHT });
  const first = holdsBack();
  const stopped = await handedOff(first);
  await stopped.clerk.round();
  await stopped.clerk.stop();
  first.release();
  await stopped.clerk.written();
  expect(await stopped.summary()).not.toHaveProperty('machine');

  const second = holdsBack();
  const closed = await handedOff(second);
  await closed.clerk.round();
  await database.run('test.close', 'update handoffs set closed_at = now() where conversation_id = $1', [
    closed.conversationId,
  ]);
  second.release();
  await closed.clerk.written();
  expect(await closed.summary()).not.toHaveProperty('machine');
  expect(platform.requests).toHaveLength(2);
});
