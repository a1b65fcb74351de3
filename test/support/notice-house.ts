import { createHash, randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import type { Channel } from '../../src/channels/channel.ts';
import { type CommuneSettings, communeSettings } from '../../src/communes/communes.ts';
import type { Database } from '../../src/db/client.ts';
import type { DossierDirectory, DossierView, LookupResult } from '../../src/dossiers/dossier.ts';
import { createNoticeMetrics } from '../../src/dossiers/notice-metrics.ts';
import { createNotices } from '../../src/dossiers/notices.ts';
import { createPoller } from '../../src/dossiers/poller.ts';
import { createSharedPhones } from '../../src/dossiers/shared-phone.ts';
import { createWatches } from '../../src/dossiers/watches.ts';
import { silentLog } from '../../src/log.ts';
import type { TestDb } from './db.ts';
import { createLoopbackChannel } from './loopback-channel.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Local time, Vietnam. */
export const at = (local: string) => new Date(`${local}:00+07:00`);
export const dossierCode = (serial: number) => `H26.15-261120-${String(serial).padStart(4, '0')}`;

/** What sources say, by code; each look-up is written down with its moment. */
export function createFakeDirectory({ lookupsPerSecond = 1_000 } = {}) {
  const views = new Map<string, DossierView>();
  const lookups: { code: string; at: number }[] = [];
  const directory: DossierDirectory & {
    views: typeof views;
    lookups: typeof lookups;
    answer: ((code: string, now: Date) => LookupResult | undefined) | null;
  } = {
    views,
    lookups,
    answer: null,
    async lookup(_communeId, code, { now }) {
      lookups.push({ code, at: now.getTime() });
      const forced = directory.answer?.(code, now);
      if (forced) return forced;
      const dossier = views.get(code);
      return dossier
        ? { kind: 'found', dossier, source: 'hệ thống một cửa của xã', asOf: now }
        : { kind: 'not_found', source: 'hệ thống một cửa của xã', asOf: now };
    },
    sources: async () => [{ name: 'hệ thống một cửa của xã', kind: 'simulator', lookupsPerSecond }],
  };
  return directory;
}

/** Watches, poller and notices of one process, on a clock that only the test moves; several may share a database. */
export function createNoticeHouse(
  database: TestDb,
  {
    clock = { now: at('2026-11-23T09:00') },
    directory = createFakeDirectory(),
    settings = {},
    throughout = (inner) => inner,
  }: {
    clock?: { now: Date };
    directory?: ReturnType<typeof createFakeDirectory>;
    settings?: Partial<CommuneSettings['notices']>;
    /** Wraps the database of poller and notices, for instance to let the process die. */
    throughout?: (inner: Database) => Database;
  } = {},
) {
  const [known] = database.communes;
  const commune = {
    ...known!,
    settings: communeSettings.parse({ ...known!.settings, hotline: '02143000000', notices: settings }),
  };
  const communeId = commune.id;
  const loopback = createLoopbackChannel('zalo');
  const zalo: Channel = { ...loopback, limits: { ...loopback.limits, freeReplyMs: 48 * HOUR_MS } };
  const messenger: Channel = {
    ...loopback,
    name: 'messenger',
    limits: { ...loopback.limits, replyWindowMs: DAY_MS },
    templateCarriers: [{ name: 'utility', needsPhone: false, faultsOf: () => [] }],
  };
  const channel = (name: Channel['name']) => (name === 'zalo' ? zalo : messenger);
  const now = () => clock.now;
  const metrics = createNoticeMetrics(new Registry());
  const deps = {
    database: throughout(database),
    commune: async () => commune,
    log: silentLog,
    metrics,
    now,
  };
  const poller = createPoller({ ...deps, directory, onNotice: () => {}, random: () => 0.5 });
  const notices = createNotices({ ...deps, channel, phoneOf: createSharedPhones(database), onQueued: () => {} });
  const watches = createWatches({ database, commune: async () => commune, random: () => 0.5 });
  const pass = (ms: number) => {
    clock.now = new Date(clock.now.getTime() + ms);
  };
  const run = <Row = Record<string, unknown>>(text: string, params: unknown[] = []) =>
    database.run<Row>(createHash('sha256').update(text).digest('hex').slice(0, 20), text, params);

  return {
    database,
    communeId,
    clock,
    directory,
    metrics,
    poller,
    notices,
    watches,
    channel,
    pass,
    run,
    async conversation({
      channel: name = 'zalo' as Channel['name'],
      lastUserAt = clock.now as Date | null,
      accountId = randomUUID() as string,
    } = {}) {
      const id = randomUUID();
      await run(
        `insert into conversations (commune_id, id, account_id, citizen_id, channel, chat_id, last_user_at)
         values ($1, $2, $3, $2, $4, $5, $6::timestamptz)`,
        [communeId, id, accountId, name, id, lastUserAt?.toISOString() ?? null],
      );
      return { id, accountId, communeId, conversationId: id, citizenId: id, turnId: randomUUID() };
    },
    citizenActs: (id: string) =>
      run('update conversations set last_user_at = $2::timestamptz where id = $1', [id, clock.now.toISOString()]),
    setOwner: (id: string, owner: string, officerUntil: Date | null = null) =>
      run('update conversations set owner = $2, officer_until = $3::timestamptz where id = $1', [
        id,
        owner,
        officerUntil?.toISOString() ?? null,
      ]),
    subscribe: (asker: Parameters<typeof watches.subscribe>[0], view: DossierView) =>
      watches.subscribe(asker, view.code, view, 'Báo tôi khi hồ sơ có thay đổi', clock.now),
    /** Sets what the sources say. */
    put(view: Partial<DossierView> & { code: string }) {
      const whole: DossierView = { state: 4, rawState: 'Đang xử lý', ownerHints: {}, ...view };
      directory.views.set(view.code, whole);
      return whole;
    },
    /** Polls and tells, `ms` later. */
    async later(ms: number) {
      pass(ms);
      await poller.round();
      await notices.round();
    },
    noticeRows: () =>
      run<{
        kind: string;
        status: string;
        carrier: string | null;
        why_waiting: string | null;
        cost_vnd: number | null;
        tried: string[];
        send_at: Date;
      }>(
        'select kind, status, carrier, why_waiting, cost_vnd::int as cost_vnd, tried, send_at from dossier_notices order by created_at, id',
      ),
    outboxRows: () =>
      run<{
        id: number;
        status: string;
        call: { kind: string; carrier?: string; text: string; body: unknown };
        cause_id: string;
        seq: number;
      }>('select id::int as id, status, call, cause_id, seq from outbox order by id'),
    /** What the sender would write down. */
    settleOutbox: (status: string, errorCode: string | null = null, errorDetail: string | null = null) =>
      run(`update outbox set status = $1, error_code = $2, error_detail = $3 where status = 'queued'`, [
        status,
        errorCode,
        errorDetail,
      ]),
  };
}
export type NoticeHouse = ReturnType<typeof createNoticeHouse>;
