import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';
import type { CarrierName } from '../../src/channels/channel.ts';
import { type Database, openPostgres } from '../../src/db/client.ts';
import { listDueDossiers, listOpenNotices, noticeCosts, retryNotices } from '../../src/dossiers/notice-admin.ts';
import { addTemplate, type TemplateInput } from '../../src/dossiers/notice-templates.ts';
import { tidyNotices } from '../../src/dossiers/notice-upkeep.ts';
import { openMigrated, seed, type TestDb } from '../support/db.ts';
import {
  at,
  createFakeDirectory,
  createNoticeHouse,
  DAY_MS,
  dossierCode,
  HOUR_MS,
  type NoticeHouse,
} from '../support/notice-house.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const CODE = dossierCode(1);
const template = (carrier: CarrierName, change: Partial<TemplateInput> = {}): TemplateInput => ({
  carrier,
  templateId: '617976',
  kinds: ['state', 'due_soon'],
  parameters: [
    { name: 'ma_ho_so', fact: 'code' },
    { name: 'trang_thai', fact: 'state' },
  ],
  priceVnd: 100,
  ...change,
});
const configure = (house: NoticeHouse, accountId: string, input: TemplateInput, name: 'zalo' | 'messenger' = 'zalo') =>
  addTemplate(house.database.orm, { id: accountId, communeId: house.communeId }, house.channel(name), input);

describe.each(['embedded', 'postgres'] as const)('notices on the %s database', (kind) => {
  let database: TestDb;
  beforeEach(async () => {
    const opened = kind === 'embedded' ? await openMigrated() : openPostgres(await postgres.createDatabase());
    database = await seed(opened, ['xa-thu']);
    return () => database.close();
  });
  const onlyStates = async (house: NoticeHouse) => (await house.noticeRows()).map(({ status }) => status);

  test('a change is told within the window as an ordinary answer, to all who asked, by one look-up', async () => {
    const house = createNoticeHouse(database);
    const watchers = [await house.conversation(), await house.conversation(), await house.conversation()];
    for (const watcher of watchers) await house.subscribe(watcher, house.put({ code: CODE }));
    await house.later(HOUR_MS);
    expect(house.directory.lookups).toHaveLength(1);
    expect(await house.noticeRows()).toEqual([]);

    house.put({ code: CODE, state: 9 });
    await house.later(2 * HOUR_MS);
    expect(house.directory.lookups).toHaveLength(2);
    const rows = await house.outboxRows();
    expect(rows.map(({ call, seq }) => [call.kind, seq])).toEqual([
      ['text', 0],
      ['text', 0],
      ['text', 0],
    ]);
    expect(rows[0]!.call.text).toMatch(/^Hồ sơ H26\.15-261120-0001 đã có kết quả, chờ đến nhận\./);
    expect(
      await database.run('m', `select author, text = $1::text as same from messages`, [rows[0]!.call.text]),
    ).toEqual(Array(3).fill({ author: 'bot', same: true }));
    for (let repeat = 0; repeat < 3; repeat++) await house.later(2 * HOUR_MS);
    expect(await house.outboxRows()).toHaveLength(3);
    await house.settleOutbox('sent');
    await house.later(1_000);
    expect(new Set(await onlyStates(house))).toEqual(new Set(['sent']));
    expect((await house.metrics.notices.get()).values).toMatchObject([{ labels: { carrier: 'window' }, value: 3 }]);
  });

  test('a source that does not answer, and a dossier it does not know for a while, are no change', async () => {
    const house = createNoticeHouse(database);
    await house.subscribe(await house.conversation(), house.put({ code: CODE }));
    house.directory.answer = () => ({ kind: 'unavailable', source: 'một cửa', reason: 'timeout' });
    for (let hour = 0; hour < 40; hour++) await house.later(HOUR_MS);
    const tries = house.directory.lookups.length;
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(20);
    house.directory.answer = () => ({ kind: 'not_found', source: 'một cửa', asOf: house.clock.now });
    for (let day = 0; day < 3; day++) await house.later(DAY_MS);
    house.directory.answer = null;
    for (let day = 0; day < 2; day++) await house.later(DAY_MS);
    expect(await house.noticeRows()).toEqual([]);
    house.put({ code: CODE, state: 5 });
    await house.later(DAY_MS);
    expect(await house.noticeRows()).toMatchObject([{ kind: 'state' }]);
  });

  test('a watch ends with the dossier, after a year, and when the sources have long forgotten it', async () => {
    const house = createNoticeHouse(database);
    const watcher = await house.conversation();
    for (const serial of [1, 2, 3]) await house.subscribe(watcher, house.put({ code: dossierCode(serial) }));
    house.put({ code: dossierCode(1), state: 10 });
    house.directory.views.delete(dossierCode(2));
    for (let day = 0; day < 400; day += 2) await house.later(2 * DAY_MS);
    expect(await database.run('w', 'select code, ended_reason, poll_at from dossier_watches order by code')).toEqual([
      { code: dossierCode(1), ended_reason: 'returned', poll_at: null },
      { code: dossierCode(2), ended_reason: 'never_found', poll_at: null },
      { code: dossierCode(3), ended_reason: 'too_old', poll_at: null },
    ]);
    await tidyNotices(database, new Date(house.clock.now.getTime() + 366 * DAY_MS));
    expect(await database.run('w2', 'select 1 from dossier_watches')).toEqual([]);
    expect(await house.noticeRows()).toEqual([]);
  });

  test('two processes at once look once and write once', async () => {
    const clock = { now: at('2026-11-23T09:00') };
    const directory = createFakeDirectory();
    const houses = [1, 2].map(() => createNoticeHouse(database, { clock, directory }));
    for (let serial = 1; serial <= 20; serial++) {
      await houses[0]!.subscribe(await houses[0]!.conversation(), houses[0]!.put({ code: dossierCode(serial) }));
    }
    for (let serial = 1; serial <= 20; serial++) houses[0]!.put({ code: dossierCode(serial), state: 9 });
    clock.now = new Date(clock.now.getTime() + 2 * HOUR_MS);
    await Promise.all(houses.map((house) => house.poller.round()));
    expect(directory.lookups).toHaveLength(20);
    expect(await houses[0]!.noticeRows()).toHaveLength(20);
    await Promise.all([...houses, ...houses].map((house) => house.notices.round()));
    expect(await houses[0]!.outboxRows()).toHaveLength(20);
    expect(await database.run('m', 'select 1 from messages')).toHaveLength(20);
  });

  test('a process that dies at any statement, before or after it, loses no change and tells none twice', async () => {
    const clock = { now: at('2026-11-23T09:00') };
    const directory = createFakeDirectory();
    const sound = createNoticeHouse(database, { clock, directory });
    const codes: string[] = [];
    let deaths = 0;
    for (let step = 0; step < 24; step++) {
      const code = dossierCode(100 + step);
      codes.push(code);
      await sound.subscribe(await sound.conversation(), sound.put({ code }));
      sound.put({ code, state: 9 });
      clock.now = new Date(clock.now.getTime() + 2 * HOUR_MS);
      if (clock.now.getTime() % DAY_MS > 12 * HOUR_MS) clock.now = new Date(clock.now.getTime() + 14 * HOUR_MS);
      const dying = createNoticeHouse(database, {
        clock,
        directory,
        throughout: diesAt(Math.floor(step / 2), step % 2 === 1),
      });
      const isDead = await dying.poller
        .round()
        .then(() => dying.notices.round())
        .then(
          () => false,
          () => true,
        );
      if (isDead) deaths += 1;
      // Another process, after the lease of the dead one.
      clock.now = new Date(clock.now.getTime() + 2 * 60_000);
      for (let look = 0; look < 2; look++) {
        await sound.poller.round();
        await sound.notices.round();
      }
    }
    expect(deaths).toBeGreaterThan(6);
    const told = (await sound.outboxRows()).map(({ call }) => call.text.split(' ')[2]);
    expect(told.toSorted()).toEqual(codes);
  });

  test('quiet hours hold a notice until morning, but not from somebody who is writing', async () => {
    const house = createNoticeHouse(database, { clock: { now: at('2026-11-23T21:30') } });
    const [asleep, awake] = [await house.conversation(), await house.conversation()];
    for (const one of [asleep, awake]) await house.subscribe(one, house.put({ code: CODE }));
    house.put({ code: CODE, state: 9 });
    house.pass(2 * HOUR_MS);
    await house.citizenActs(awake.id);
    await house.later(60_000);
    expect(await house.outboxRows()).toHaveLength(1);
    expect((await house.noticeRows()).map(({ send_at }) => send_at)).toContainEqual(at('2026-11-24T07:00'));
    house.clock.now = at('2026-11-24T06:59');
    await house.notices.round();
    expect(await house.outboxRows()).toHaveLength(1);
    house.clock.now = at('2026-11-24T07:00');
    await house.notices.round();
    expect(await house.outboxRows()).toHaveLength(2);
  });

  test('a newer change takes the place of an older one that has not left', async () => {
    const house = createNoticeHouse(database, { clock: { now: at('2026-11-23T22:00') } });
    const watcher = await house.conversation();
    await house.subscribe(watcher, house.put({ code: CODE, state: 1 }));
    house.put({ code: CODE, state: 2 });
    await house.later(2 * HOUR_MS);
    house.put({ code: CODE, state: 5 });
    await house.later(2 * HOUR_MS);
    expect(await house.noticeRows()).toMatchObject([
      { status: 'dropped', why_waiting: 'superseded' },
      { status: 'due' },
    ]);
    await house.later(6 * HOUR_MS);
    expect((await house.outboxRows()).map(({ call }) => call.text.split('\n')[0])).toEqual([
      `Hồ sơ ${CODE} cần nộp thêm giấy tờ.`,
    ]);
  });

  describe('outside the window', () => {
    const change = async (house: NoticeHouse) => {
      house.put({ code: CODE, state: 9 });
      await house.later(9 * DAY_MS);
    };

    test('a template by user id, by number when one was shared, else the notice waits for the next message', async () => {
      const house = createNoticeHouse(database);
      const [byUid, byPhone, noPhone, none] = [
        await house.conversation(),
        await house.conversation(),
        await house.conversation(),
        await house.conversation(),
      ];
      await configure(house, byUid.accountId, template('template_uid'));
      await configure(house, byUid.accountId, template('template_phone', { priceVnd: 200 }));
      for (const one of [byPhone, noPhone])
        await configure(house, one.accountId, template('template_phone', { priceVnd: 200 }));
      await sharePhone(database, byPhone, '0912 345 678');
      for (const one of [byUid, byPhone, noPhone, none]) await house.subscribe(one, house.put({ code: CODE }));
      await change(house);
      const rows = await house.outboxRows();
      expect(rows.map(({ call }) => call.carrier).toSorted()).toEqual(['template_phone', 'template_uid']);
      expect(rows[0]!.call.body).toEqual({
        template: '617976',
        values: { ma_ho_so: CODE, trang_thai: 'đã có kết quả, chờ đến nhận' },
      });
      expect(JSON.stringify(rows)).not.toMatch(/912345678|912 345/);
      expect(
        (await listOpenNotices(database, house.communeId)).map(({ status, why }) => `${status} ${why}`).toSorted(),
      ).toEqual([
        'queued null',
        'queued null',
        'waiting no_carrier',
        'waiting template_phone: no telephone number was shared',
      ]);
      await house.settleOutbox('sent');
      await house.later(1_000);
      expect(await noticeCosts(database, house.communeId, at('2026-11-01T00:00'), at('2027-01-01T00:00'))).toEqual([
        { carrier: 'template_phone', sent: 1, costVnd: 200 },
        { carrier: 'template_uid', sent: 1, costVnd: 100 },
      ]);
      expect((await house.metrics.costVnd.get()).values.reduce((sum, { value }) => sum + value, 0)).toBe(300);

      house.pass(HOUR_MS);
      await house.citizenActs(none.id);
      house.notices.citizenActed([none]);
      await house.notices.round();
      expect((await house.outboxRows()).at(-1)!.call.kind).toBe('text');
    });

    test('messenger: a utility template after 24 hours', async () => {
      const house = createNoticeHouse(database);
      const watcher = await house.conversation({ channel: 'messenger' });
      await configure(house, watcher.accountId, template('utility', { templateId: 'ho_so' }), 'messenger');
      await house.subscribe(watcher, house.put({ code: CODE }));
      house.put({ code: CODE, state: 5 });
      await house.later(25 * HOUR_MS);
      expect((await house.outboxRows()).map(({ call }) => call.carrier)).toEqual(['utility']);
    });

    test('between the free hours and the end of the window the answer costs what the commune says', async () => {
      const house = createNoticeHouse(database, { settings: { paidMessageVnd: 55 } });
      await house.subscribe(await house.conversation(), house.put({ code: CODE }));
      house.put({ code: CODE, state: 9 });
      await house.later(3 * DAY_MS);
      expect(await house.noticeRows()).toMatchObject([{ carrier: 'window', cost_vnd: 55 }]);
    });

    test('a value that is missing or too long for its gap holds the notice and says so', async () => {
      const house = createNoticeHouse(database);
      const [short, missing] = [await house.conversation(), await house.conversation()];
      const gap = (fact: 'state' | 'due_date', maxLength: number) =>
        template('template_uid', {
          parameters: [
            { name: 'ma', fact: 'code' },
            { name: 'gi', fact, maxLength },
          ],
        });
      await configure(house, short.accountId, gap('state', 10));
      await configure(house, missing.accountId, gap('due_date', 30));
      for (const one of [short, missing]) await house.subscribe(one, house.put({ code: CODE }));
      await change(house);
      expect(await house.outboxRows()).toEqual([]);
      expect((await listOpenNotices(database, house.communeId)).map(({ why }) => why).toSorted()).toEqual([
        'template_uid 617976: parameter gi: 27 characters, 10 allowed',
        'template_uid 617976: parameter gi: due_date is not known',
      ]);
    });

    test('a refused carrier gives way to the next; after the last the notice waits with the reason, and may be retried', async () => {
      const house = createNoticeHouse(database);
      const watcher = await house.conversation();
      await configure(house, watcher.accountId, template('template_uid'));
      await configure(house, watcher.accountId, template('template_phone'));
      await sharePhone(database, watcher, '0912345678');
      await house.subscribe(watcher, house.put({ code: CODE }));
      await change(house);
      await house.settleOutbox('failed', 'rejected', '-131: Zalo refused');
      await house.later(1_000);
      expect((await house.outboxRows()).map(({ call, seq }) => [call.carrier, seq])).toEqual([
        ['template_uid', 0],
        ['template_phone', 1],
      ]);
      await house.settleOutbox('failed', 'account_restricted', '-115: Zalo refused');
      for (let look = 0; look < 3; look++) await house.later(60_000);
      expect(await house.outboxRows()).toHaveLength(2);
      expect(await house.noticeRows()).toMatchObject([
        { status: 'waiting', why_waiting: 'template_phone: -115: Zalo refused', cost_vnd: null },
      ]);
      expect(await retryNotices(database, house.communeId, house.clock.now)).toBe(1);
      await house.later(1_000);
      expect((await house.outboxRows()).map(({ call }) => call.carrier)).toEqual([
        'template_uid',
        'template_phone',
        'template_uid',
      ]);
    });

    test('a window that the platform found closed is left for a template, and nothing leaves twice', async () => {
      const house = createNoticeHouse(database);
      const watcher = await house.conversation();
      await configure(house, watcher.accountId, template('template_uid'));
      await house.subscribe(watcher, house.put({ code: CODE }));
      house.put({ code: CODE, state: 9 });
      await house.later(HOUR_MS * 2);
      await house.settleOutbox('held', 'window_closed');
      await house.later(1_000);
      expect((await house.outboxRows()).map(({ status, call }) => [status, call.carrier ?? 'window'])).toEqual([
        ['cancelled', 'window'],
        ['queued', 'template_uid'],
      ]);
    });
  });

  test('consent taken back stops what waits, what is in line, and what comes', async () => {
    const house = createNoticeHouse(database);
    const [inLine, waiting, later] = [
      await house.conversation(),
      await house.conversation({ lastUserAt: null }),
      await house.conversation(),
    ];
    for (const one of [inLine, waiting, later]) await house.subscribe(one, house.put({ code: CODE }));
    expect(await house.watches.withdraw(later, 'all', house.clock.now)).toEqual([CODE]);
    house.put({ code: CODE, state: 9 });
    await house.later(2 * HOUR_MS);
    expect((await onlyStates(house)).toSorted()).toEqual(['queued', 'waiting']);
    for (const one of [inLine, waiting]) {
      expect(await house.watches.withdraw(one, CODE, house.clock.now)).toEqual([CODE]);
    }
    expect((await house.outboxRows()).map(({ status }) => status)).toEqual(['cancelled']);
    await house.citizenActs(waiting.id);
    house.put({ code: CODE, state: 10 });
    for (let look = 0; look < 3; look++) await house.later(2 * HOUR_MS);
    expect(await onlyStates(house)).toEqual(['dropped', 'dropped']);
    expect(await house.outboxRows()).toHaveLength(1);
  });

  test('while a person answers the notice waits where staff see it; it leaves when the assistant has the conversation back', async () => {
    const house = createNoticeHouse(database);
    const [given, silent, taken] = [await house.conversation(), await house.conversation(), await house.conversation()];
    for (const one of [given, silent, taken]) await house.subscribe(one, house.put({ code: CODE }));
    await house.setOwner(given.id, 'officer');
    await house.setOwner(silent.id, 'officer', new Date(house.clock.now.getTime() + 6 * HOUR_MS));
    house.put({ code: CODE, state: 9 });
    await house.later(2 * HOUR_MS);
    expect((await listOpenNotices(database, house.communeId)).filter(({ why }) => why === 'officer')).toHaveLength(2);
    // Taken over while its notice stood in line: inbox and outbox cancel it.
    await house.setOwner(taken.id, 'officer');
    await house.settleOutbox('cancelled', 'taken_over');
    await house.later(60_000);
    expect((await house.noticeRows()).map(({ status, why_waiting }) => `${status} ${why_waiting}`)).toEqual(
      Array(3).fill('waiting officer'),
    );
    await house.citizenActs(given.id);
    await house.later(60_000);
    expect((await house.outboxRows()).filter(({ status }) => status === 'queued')).toEqual([]);

    await house.setOwner(given.id, 'bot');
    await house.setOwner(taken.id, 'waiting');
    await house.later(60_000);
    expect((await house.outboxRows()).filter(({ status }) => status === 'queued')).toHaveLength(2);
    await house.later(6 * HOUR_MS);
    expect((await house.outboxRows()).filter(({ status }) => status === 'queued')).toHaveLength(3);
    expect(
      await database.run('o', 'select owner, owner_version from conversations where id = $1', [silent.id]),
    ).toEqual([{ owner: 'bot', owner_version: 1 }]);
  });

  test('due days: citizens and staff are reminded, lateness is told, each once', async () => {
    const house = createNoticeHouse(database);
    const watcher = await house.conversation();
    const view = house.put({ code: CODE, dueAt: at('2026-11-27T17:00') });
    await house.subscribe(watcher, view);
    expect(await listDueDossiers(database, house.communeId, settingsOf(house), house.clock.now)).toEqual([]);
    for (let day = 0; day < 8; day++) {
      await house.later(DAY_MS);
      await house.citizenActs(watcher.id);
    }
    expect((await house.noticeRows()).map(({ kind }) => kind)).toEqual(['due_soon', 'overdue']);
    expect((await house.outboxRows()).map(({ call }) => call.text.split('\n')[0])).toEqual([
      `Hồ sơ ${CODE} hẹn trả ngày mai, thứ Sáu 27/11/2026.`,
      `Hồ sơ ${CODE} đã quá ngày hẹn trả (thứ Sáu 27/11/2026) mà chưa có kết quả.`,
    ]);
    expect(await listDueDossiers(database, house.communeId, settingsOf(house), at('2026-11-26T10:00'))).toEqual([
      { code: CODE, state: 4, dueDate: '2026-11-27', isOverdue: false, watchers: 1 },
    ]);
    expect(await listDueDossiers(database, house.communeId, settingsOf(house), house.clock.now)).toMatchObject([
      { isOverdue: true },
    ]);
  });

  test('a notice that cannot be decided on holds up no other, and is taken up again', async () => {
    const house = createNoticeHouse(database);
    const [broken, whole] = [await house.conversation(), await house.conversation()];
    for (const one of [broken, whole]) await house.subscribe(one, house.put({ code: CODE }));
    house.put({ code: CODE, state: 9 });
    house.pass(2 * HOUR_MS);
    await house.poller.round();
    await house.run(
      `update dossier_watches set last_seen = last_seen || '{"asOf": "no time"}' where conversation_id = $1`,
      [broken.id],
    );
    await house.notices.round();
    expect((await onlyStates(house)).sort()).toEqual(['due', 'queued']);
    await house.run(`update dossier_watches set last_seen = last_seen - 'asOf' where conversation_id = $1`, [
      broken.id,
    ]);
    await house.notices.round();
    expect(await house.outboxRows()).toHaveLength(1);
    house.pass(6 * 60_000);
    await house.notices.round();
    expect(await house.outboxRows()).toHaveLength(2);
  });

  test('one commune sees nothing of another', async () => {
    const house = createNoticeHouse(database);
    await house.subscribe(
      await house.conversation({ lastUserAt: null }),
      house.put({ code: CODE, dueAt: at('2026-11-24T17:00') }),
    );
    house.put({ code: CODE, state: 9 });
    await house.later(2 * HOUR_MS);
    const other = randomUUID();
    expect(await listOpenNotices(database, house.communeId)).toHaveLength(1);
    expect(await listOpenNotices(database, other)).toEqual([]);
    expect(await retryNotices(database, other, house.clock.now)).toBe(0);
    expect(await listDueDossiers(database, other, settingsOf(house), house.clock.now)).toEqual([]);
  });
});

test('10,000 watches are polled within half of what the source allows, each once, on a clock of its own', async () => {
  const database = await seed(openPostgres(await postgres.createDatabase()), ['xa-thu']);
  const perSecond = 100;
  const house = createNoticeHouse(database, { directory: createFakeDirectory({ lookupsPerSecond: perSecond }) });
  const count = 10_000;
  await database.run(
    'fill',
    `with made as (
       insert into conversations (commune_id, id, account_id, citizen_id, channel, chat_id, last_user_at)
       select $1::uuid, gen_random_uuid(), $1::uuid, gen_random_uuid(), 'zalo', 'u' || n, $2::timestamptz
       from generate_series(1, $3::int) n returning id, chat_id)
     insert into dossier_watches (commune_id, id, conversation_id, citizen_id, code, consent_text, consented_at,
       last_seen, poll_at)
     select $1::uuid, gen_random_uuid(), id, id, 'H26.15-261120-' || lpad(substr(chat_id, 2), 5, '0'), '', $2::timestamptz,
       '{"version":1,"state":4,"stateSince":"2026-11-01T00:00:00Z"}', $2::timestamptz
     from made`,
    [house.communeId, house.clock.now.toISOString(), count],
  );
  house.directory.answer = (code, now) => ({
    kind: 'found',
    dossier: { code, state: 9, rawState: '', ownerHints: {} },
    source: 'một cửa',
    asOf: now,
  });
  const startedAt = house.clock.now.getTime();
  let seconds = 0;
  while (house.directory.lookups.length < count && seconds < 1_000) {
    await house.poller.round();
    house.pass(1_000);
    seconds += 1;
  }
  const { lookups } = house.directory;
  expect(new Set(lookups.map(({ code }) => code)).size).toBe(count);
  expect(lookups).toHaveLength(count);
  const bySecond = new Map<number, number>();
  for (const { at } of lookups) bySecond.set(at - startedAt, (bySecond.get(at - startedAt) ?? 0) + 1);
  expect(Math.max(...bySecond.values())).toBeLessThanOrEqual(perSecond / 2);
  expect(seconds).toBeLessThanOrEqual(count / (perSecond / 2) + 2);
  const [row] = await database.run<{ notices: number }>('n', 'select count(*)::int as notices from dossier_notices');
  expect(row!.notices).toBe(count);
  // all of them due at once: which leave first is found without reading the commune's watches for each
  expect(await house.notices.round()).toBe(200);
  await database.close();
}, 120_000);

const settingsOf = (house: NoticeHouse) => house.database.communes[0]!.settings;

async function sharePhone(
  database: Database,
  asker: { communeId: string; id: string; accountId: string },
  phone: string,
) {
  await database.run(
    'share',
    `insert into inbox_events (commune_id, account_id, platform_event_id, conversation_id, kind, name, lane, event,
       occurred_at, arrival, status)
     values ($1, $2, $3, $4, 'contact', 'user_submit_info', 'turn', $5::jsonb, now(), 1, 'done')`,
    [asker.communeId, asker.accountId, randomUUID(), asker.id, JSON.stringify({ detail: { phone } })],
  );
}

/** A database that is cut off at the given statement of poller and notices, before or after it took effect. */
const diesAt =
  (statement: number, isAfter: boolean) =>
  (inner: Database): Database => {
    let count = 0;
    let isDead = false;
    return {
      ...inner,
      async run<Row>(name: string, text: string, params?: unknown[]): Promise<Row[]> {
        if (isDead) throw new Error('dead');
        if (count++ < statement) return inner.run<Row>(name, text, params);
        isDead = true;
        if (isAfter) await inner.run<Row>(name, text, params);
        throw new Error('dead');
      },
    };
  };
