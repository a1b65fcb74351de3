import { expect, test } from 'vitest';
import { createTestDb } from '../../test/support/db.ts';
import { communeSettings } from '../communes/communes.ts';
import type { DossierView } from './dossier.ts';
import { createWatches } from './watches.ts';

const NOW = new Date('2026-11-23T02:00:00Z');
const TEXT = 'Tôi đồng ý nhận tin khi hồ sơ có thay đổi.';
const view = (code: string, change: Partial<DossierView> = {}): DossierView => ({
  code,
  state: 4,
  rawState: 'Đang xử lý',
  ownerHints: {},
  ...change,
});
const code = (serial: number) => `H26.15-261120-${String(serial).padStart(4, '0')}`;
const uuid = (serial: number) => `00000000-0000-8000-8000-${String(serial).padStart(12, '0')}`;

async function setUp() {
  const database = await createTestDb();
  const [commune] = database.communes;
  const settings = communeSettings.parse({ ...commune!.settings, notices: { perCitizen: 3 } });
  const watches = createWatches({ database, commune: async () => ({ ...commune!, settings }), random: () => 0.5 });
  const watcher = (turn: number, conversation = 1) => ({
    communeId: commune!.id,
    conversationId: uuid(conversation),
    citizenId: uuid(conversation),
    turnId: uuid(1_000 + turn),
  });
  return { database, watches, watcher };
}

test('consent is kept with its wording, turn and time; the turn repeated after a crash changes nothing', async () => {
  const { database, watches, watcher } = await setUp();
  for (let repeat = 0; repeat < 3; repeat++) {
    expect(await watches.subscribe(watcher(1), code(1), view(code(1)), TEXT, NOW)).toEqual({ kind: 'subscribed' });
  }
  expect(await watches.subscribe(watcher(2), code(1), view(code(1)), TEXT, NOW)).toEqual({ kind: 'already' });
  const rows = await database.run<Record<string, unknown>>(
    'rows',
    'select consent_text, consent_turn_id, consented_at, poll_at, last_seen from dossier_watches',
  );
  expect(rows).toEqual([
    {
      consent_text: TEXT,
      consent_turn_id: uuid(1_001),
      consented_at: NOW,
      poll_at: new Date('2026-11-23T02:45:00Z'),
      last_seen: { version: 1, state: 4, stateSince: NOW.toISOString() },
    },
  ]);
  await database.close();
});

test('a citizen may have only so many dossiers watched, and nothing that is over', async () => {
  const { database, watches, watcher } = await setUp();
  for (const serial of [1, 2, 3]) {
    await watches.subscribe(watcher(serial), code(serial), view(code(serial)), TEXT, NOW);
  }
  expect(await watches.subscribe(watcher(4), code(4), view(code(4)), TEXT, NOW)).toEqual({ kind: 'limit', limit: 3 });
  expect(await watches.subscribe(watcher(5, 2), code(4), view(code(4)), TEXT, NOW)).toEqual({ kind: 'subscribed' });
  for (const state of [3, 7, 10] as const) {
    expect(await watches.subscribe(watcher(6, 2), code(5), view(code(5), { state }), TEXT, NOW)).toEqual({
      kind: 'over',
    });
  }
  await database.close();
});

test('consent taken back ends one watch or all of the conversation, and may be given anew', async () => {
  const { database, watches, watcher } = await setUp();
  for (const serial of [1, 2, 3]) {
    await watches.subscribe(watcher(serial), code(serial), view(code(serial)), TEXT, NOW);
  }
  await watches.subscribe(watcher(4, 2), code(1), view(code(1)), TEXT, NOW);
  for (let repeat = 0; repeat < 2; repeat++) {
    expect(await watches.withdraw(watcher(5), code(2), NOW)).toEqual([code(2)]);
  }
  expect((await watches.list(watcher(0))).map((watch) => watch.code)).toEqual([code(1), code(3)]);
  expect(await watches.withdraw(watcher(6), 'all', NOW)).toEqual([code(1), code(3)]);
  expect(await watches.list(watcher(0))).toEqual([]);
  expect(await watches.list(watcher(0, 2))).toEqual([{ code: code(1), since: NOW, state: 4 }]);
  expect(await watches.withdraw(watcher(7), 'all', NOW)).toEqual([]);
  expect(await watches.subscribe(watcher(8), code(1), view(code(1)), TEXT, NOW)).toEqual({ kind: 'subscribed' });
  await database.close();
});
