import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillCommune } from '../../src/bench/many-conversations.ts';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';
import { type Database, openPostgres } from '../../src/db/client.ts';
import { timeOrdered } from '../../src/db/ids.ts';
import { createLiveFeed } from '../../src/handoff/live.ts';
import { silentLog } from '../../src/log.ts';
import { seed, type TestDb } from '../support/db.ts';
import { createLoopbackChannel } from '../support/loopback-channel.ts';
import { until } from '../support/rooms.ts';
import { addOfficer, createStaffRooms } from '../support/staff.ts';

const OPEN = 5_000;
const STREAMS = 100;

let postgres: TestPostgres;
let database: TestDb;
let staff: Awaited<ReturnType<typeof addOfficer>>[];
const now = new Date();
/** Statements as they were run, to be explained. */
const ran: { name: string; text: string; params: unknown[] }[] = [];
let watched: Database;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await seed(openPostgres(await postgres.createDatabase()), ['xa-dong', 'xa-khac']);
  const communeId = database.communes[0]!.id;
  staff = [];
  for (let one = 0; one < 21; one++) staff.push(await addOfficer(database, communeId));
  await fillCommune(database, {
    communeId,
    accountId: timeOrdered(),
    officerIds: staff.map(({ officerId }) => officerId),
    conversations: OPEN,
    messagesEach: 10,
    now,
  });
  watched = {
    ...database,
    run: (name, text, params = []) => {
      ran.push({ name, text, params });
      return database.run(name, text, params);
    },
  };
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

/** Rows of each table the last statement of this name looked at. */
async function rowsRead(name: string): Promise<Record<string, number>> {
  const { text, params } = ran.findLast((one) => one.name.startsWith(name))!;
  const [plan] = await database.run<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain ${name} ${ran.length}`,
    `explain (analyze, format json) ${text}`,
    params,
  );
  const sums: Record<string, number> = {};
  const walk = (node: PlanNode) => {
    const relation = node['Relation Name'];
    if (relation) {
      const looked = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
      sums[relation] = (sums[relation] ?? 0) + looked;
    }
    node.Plans?.forEach(walk);
  };
  walk(plan!['QUERY PLAN'][0].Plan);
  return sums;
}
interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

test(`a page of a list with ${OPEN} open conversations reads little more than it shows`, async () => {
  const { view } = createStaffRooms(watched, createLoopbackChannel(), { now: () => now });
  const [officer] = staff;
  for (const tab of ['waiting', 'all', 'mine', 'closed'] as const) {
    const page = await view.list(officer!, { tab, limit: 50 });
    expect(page.items).toHaveLength(tab === 'closed' ? 0 : 50);
    const read = await rowsRead(`handoff.list.${tab}`);
    // fifty lines: each its episode, its newest words, its citizen
    expect(read.messages ?? 0).toBeLessThan(51 * 45);
    expect(read.handoffs ?? 0).toBeLessThan(tab === 'mine' ? 600 : 150);
    // a table this small may be read whole to join one officer's two hundred
    if (tab !== 'mine') expect(read.conversations ?? 0).toBeLessThan(150);
  }
});

test('paging through everything shows each conversation once, in order', async () => {
  const { view } = createStaffRooms(watched, createLoopbackChannel(), { now: () => now });
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Awaited<ReturnType<typeof view.list>> = await view.list(staff[0]!, {
      tab: 'waiting',
      limit: 100,
      ...(cursor ? { cursor } : {}),
    });
    const times = page.items.map(({ waitingSince }) => waitingSince!.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    seen.push(...page.items.map(({ conversationId }) => conversationId));
    cursor = page.nextCursor;
  } while (cursor);
  expect(new Set(seen).size).toBe(OPEN / 5);
  expect(seen).toHaveLength(OPEN / 5);
});

test('filters and search narrow a list; words are found with and without marks', async () => {
  const { view } = createStaffRooms(watched, createLoopbackChannel(), { now: () => now });
  const [officer] = staff;
  expect((await view.list(officer!, { tab: 'waiting', tag: 'gấp', limit: 100 })).items).toHaveLength(100);
  expect((await view.list(officer!, { tab: 'all', search: 'nguoi thu many-77' })).items.length).toBeGreaterThan(0);
  for (const search of ['KHAI SINH CHO CON, SỐ 10 CỦA MANY-4321', 'khai sinh cho con, so 10 cua many-4321']) {
    expect((await view.list(officer!, { tab: 'all', search })).items).toHaveLength(1);
  }
  expect((await view.list(officer!, { tab: 'all', search: "x' or '1'='1 ( [ \\" })).items).toEqual([]);
});

test(`${STREAMS} open pages hear of a change by one look per tick, those of another commune do not`, async () => {
  ran.length = 0;
  const feed = createLiveFeed({ database: watched, log: silentLog });
  const heard = new Map<number, Set<string>>();
  const [officer] = staff;
  const { acts, view } = createStaffRooms(database, createLoopbackChannel());
  const [line] = (await view.list(officer!, { tab: 'waiting' })).items;
  const leave = Array.from({ length: STREAMS }, (_, at) =>
    feed.watch(
      { communeId: database.communes[at === 0 ? 1 : 0]!.id, conversationId: line!.conversationId },
      (change) => {
        const known = heard.get(at) ?? new Set();
        heard.set(at, known);
        for (const id of change.conversationIds) known.add(id);
      },
    ),
  );
  feed.start();
  await until(() => ran.length >= 2);
  // written by another process: nobody wakes this one
  await acts.take(officer!, line!.conversationId);
  await until(() => heard.size >= STREAMS - 1);
  expect([...heard].filter(([, ids]) => ids.has(line!.conversationId))).toHaveLength(STREAMS - 1);
  expect(heard.has(0)).toBe(false);
  // a colleague types; only what is open is followed so closely
  heard.clear();
  await acts.beat(staff[1]!, line!.conversationId, true);
  await until(() => heard.size >= STREAMS - 1);
  expect(ran.every(({ name }) => name === 'handoff.live')).toBe(true);
  for (const one of leave) one.leave();
  const before = ran.length;
  feed.wake();
  await feed.stop();
  expect(ran.length).toBeLessThanOrEqual(before + 1);
});
