import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCommuneCache, updateCommune } from '../../src/communes/communes.ts';
import { mayAs, type Officer, ROLES, type Role } from '../../src/communes/officers.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import type { ConsoleDeps } from '../../src/console/deps.ts';
import { routeTable } from '../../src/console/route-table.ts';
import type { ConsoleRoute, ObjectKind } from '../../src/console/visit.ts';
import { timeOrdered } from '../../src/db/ids.ts';
import { newPetitionNumber } from '../../src/handoff/petition-number.ts';
import { silentLog } from '../../src/log.ts';
import { openPayments } from '../../src/payments/payments.ts';
import { addConversation, browserOf, newOfficer } from '../support/console.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { URLS } from '../support/pay-house.ts';

// Made of the table the router is made of: a route nobody thought of is in here the day it is written.
const ROUTES = routeTable({ database: {}, dossiers: {} } as ConsoleDeps, async () => undefined as never);
const nameOf = ({ method, path }: ConsoleRoute) => `${method} ${path}`;

let database: TestDb;
let house: Awaited<ReturnType<typeof startHouse>>;
/** Ids of each kind, per commune: ours, and those of the other one. */
let objects: Record<ObjectKind, string>[];

async function furnish(communeId: string): Promise<Record<ObjectKind, string>> {
  const { conversationId, answerId } = await addConversation(database, communeId, { text: 'Gọi tôi số 0912 345 678' });
  const officer = await newOfficer(database, communeId, 'officer');
  const [canned, petition, source, importId] = Array.from({ length: 4 }, () => timeOrdered());
  const number = newPetitionNumber(new Date());
  await database.run(
    'canned',
    `insert into canned_answers (commune_id, id, officer_id, shortcut, title, text) values ($1, $2, null, 'x', 'x', 'x')`,
    [communeId, canned],
  );
  await database.run(
    'petition',
    `insert into petitions (commune_id, id, number, cause_id, conversation_id, text, received_at, changed_at)
     values ($1, $2, $3, $2, $4, 'Đèn đường hỏng', now(), now())`,
    [communeId, petition, number, conversationId],
  );
  await database.run(
    'source',
    `insert into dossier_sources (commune_id, id, name, kind, settings, state_map, position) values ($1, $2, 'tệp', 'import', '{}', '{}', 1)`,
    [communeId, source],
  );
  await database.run(
    'import',
    `insert into dossier_imports (commune_id, id, source_id, file_name, status, as_of, accepted, rejected, started_at)
     values ($1, $2, $3, 'a.csv', 'failed', now(), 0, 0, now())`,
    [communeId, importId, source],
  );
  const [obligation, attempt, movement, refund, reconciliation] = Array.from({ length: 5 }, () => timeOrdered());
  await database.run(
    'obligation',
    `with o as (
       insert into payment_orders (commune_id, id, purpose, amount_vnd, status, source)
       values ($1, $2, 'Lệ phí thử', 8000, 'paid', 'officer')
     ), i as (
       insert into payment_items (commune_id, order_id, position, kind, name, unit_vnd)
       values ($1, $2, 0, 'le_phi', 'Lệ phí thử', 8000)
     ), a as (
       insert into payment_attempts (commune_id, id, ref, order_id, method, amount_vnd, description, status, issue, expires_at)
       values ($1, $3::uuid, 'HX' || $3::uuid, $2, 'vnpay', 8000, '', 'paid', 'duplicate', now())
     ), m as (
       insert into payment_transactions (commune_id, id, method, gateway_txn, attempt_id, order_id, amount_vnd, at, source,
         class, words)
       values ($1, $4::uuid, 'vietqr', $4::uuid::text, $3::uuid, $2, 8000, now(), 'statement', 'duplicate', 'NGUYEN VAN A chuyen tien')
     ), r as (
       insert into payment_refunds (commune_id, id, transaction_id, order_id, amount_vnd, reason, way, status, requested_by,
         requested_at)
       values ($1, $5, $4::uuid, $2, 8000, 'nộp hai lần', 'by_hand', 'requested', $7, now())
     )
     insert into reconciliation_runs (commune_id, id, method, day, file_name, totals, ours_vnd, theirs_vnd, at)
     values ($1, $6, 'vnpay', '2026-11-21', 'a.csv', '{}', 0, 0, now())`,
    [communeId, obligation, attempt, movement, refund, reconciliation, officer.id],
  );
  return {
    ...{ obligation: obligation!, attempt: attempt!, movement: movement!, refund: refund! },
    reconciliation: reconciliation!,
    ...{ conversation: conversationId, message: answerId, officer: officer.id, canned: canned!, petition: number },
    ...{ import: importId!, none: '' },
  };
}

beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-mot', 'xa-hai', 'xa-xa'] });
  // The first two lie in one province, the third in another.
  for (const [slug, province] of [
    ['xa-mot', 'Tỉnh A'],
    ['xa-hai', 'Tỉnh A'],
    ['xa-xa', 'Tỉnh B'],
  ] as const) {
    await updateCommune(database.orm, slug, { settings: { province } });
  }
  const payments = openPayments({
    database,
    box: createSecretBox('e'.repeat(64)),
    urls: URLS,
    commune: createCommuneCache(database.orm),
    log: silentLog,
  });
  house = await startHouse(database, { payments });
  objects = await Promise.all(database.communes.slice(0, 2).map(({ id }) => furnish(id)));
});
afterAll(async () => {
  await house.stop();
  await database.close();
});

/** A path with ids in it. */
const filled = (route: ConsoleRoute, ids: Record<ObjectKind, string>) =>
  route.path.replace(/:(\w+)/g, (_all, name: string) => ids[route.objects?.[name] ?? 'none']);
async function call(
  officers: Officer[],
  route: ConsoleRoute,
  slug: string,
  ids: Record<ObjectKind, string>,
  change: { csrf?: string } = {},
) {
  const browser = await browserOf(database, house.url, officers);
  const path = `/console/c/${slug}${filled(route, ids)}`;
  const stop = new AbortController();
  const response = await browser.ask(path, {
    method: route.method.toUpperCase(),
    headers: route.method === 'post' ? { 'x-csrf-token': change.csrf ?? browser.csrf } : {},
    ...(route.method === 'post' ? { body: new URLSearchParams({ presence: 'here' }) } : {}),
    signal: stop.signal,
  });
  // The stream never ends by itself.
  const body = response.headers.get('content-type')?.startsWith('text/event-stream') ? '' : await response.text();
  stop.abort();
  return { status: response.status, location: response.headers.get('location'), body };
}
const staff = new Map<Role, Promise<Officer>>();
/** A fresh one for acts that end a session or switch somebody off. */
const somebody = (role: Role, index = 0) => newOfficer(database, database.communes[index]!.id, role);
const known = (role: Role) => {
  if (!staff.has(role)) staff.set(role, somebody(role));
  return staff.get(role)!;
};

test('every route names what its ids are, each once', () => {
  for (const route of ROUTES) {
    const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
    expect(Object.keys(route.objects ?? {}).sort(), nameOf(route)).toEqual(names.sort());
  }
  expect(new Set(ROUTES.map(nameOf)).size).toBe(ROUTES.length);
});

describe.each(ROUTES.map((route) => [nameOf(route), route] as const))('%s', (_name, route) => {
  test('is open from the role it names, and to nobody below', async () => {
    // From the highest down: what one took away the next finds gone.
    for (const role of ROLES.toReversed()) {
      const { status } = await call([await known(role)], route, 'xa-mot', objects[0]!);
      expect([role, status === 403]).toEqual([role, !mayAs(role, route.role)]);
      expect([role, status < 500]).toEqual([role, true]);
      if (role === 'province') expect(status).not.toBe(404);
    }
  });

  test('is shut to nobody in particular', async () => {
    const stranger = await fetch(`${house.url}/console/c/xa-mot${filled(route, objects[0]!)}`, {
      method: route.method.toUpperCase(),
      redirect: 'manual',
    });
    expect([stranger.status, stranger.headers.get('location')?.split('?')[0]]).toEqual([303, '/console/sign-in']);
  });

  test('of another commune is as if it were not there, whatever the role', async () => {
    const nowhere = await call([await known('admin')], route, 'khong-co', objects[1]!);
    for (const role of ROLES) {
      const foreign = await call([await known(role)], route, 'xa-xa', objects[1]!);
      expect([role, foreign.status, foreign.body === nowhere.body]).toEqual([role, 404, true]);
    }
    expect((await call([await known('admin')], route, 'xa-hai', objects[1]!)).status).toBe(404);
  });

  if (route.method === 'post')
    test('is refused without the session’s own token', async () => {
      const admin = await known('admin');
      expect((await call([admin], route, 'xa-mot', objects[0]!, { csrf: 'x'.repeat(43) })).status).toBe(403);
    });

  if (route.method === 'post')
    test('is not done by the province in another commune of it', async () => {
      expect((await call([await known('province')], route, 'xa-hai', objects[1]!)).status).toBe(403);
    });

  if (route.objects)
    test('gives ids of another commune the answer of ids nobody has', async () => {
      const admin = await known('admin');
      const nobodys = Object.fromEntries(Object.keys(objects[0]!).map((kind) => [kind, timeOrdered()]));
      for (const kind of Object.values(route.objects ?? {})) {
        const foreign = await call([admin], route, 'xa-mot', { ...objects[0]!, [kind]: objects[1]![kind] });
        const unknown = await call([admin], route, 'xa-mot', { ...objects[0]!, [kind]: nobodys[kind]! });
        expect([kind, foreign.status, unknown.status]).toEqual([kind, 404, 404]);
        expect(withoutNumbers(foreign.body)).toBe(withoutNumbers(unknown.body));
      }
    });
});

/** Two answers of one page differ in the session they belong to. */
const withoutNumbers = (page: string) =>
  page.replace(/[\w-]{43}/g, '').replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '');

test('an officer of two communes sees each with its own eyes', async () => {
  const both = [await somebody('officer'), await somebody('admin', 2)];
  const browser = await browserOf(database, house.url, both);
  expect((await browser.get('/console/c/xa-mot/settings/hours')).status).toBe(403);
  expect((await browser.get('/console/c/xa-xa/settings/hours')).status).toBe(200);
  expect((await browser.get('/console/c/xa-hai/inbox')).status).toBe(404);
});

test('the province sees the communes of its province, and no other', async () => {
  const browser = await browserOf(database, house.url, [await known('province')]);
  const page = await (await browser.get('/console/c/xa-hai/inbox')).text();
  expect(page).toContain('UBND xa-hai');
  expect(page).toContain('UBND xa-mot');
  expect(page).not.toContain('xa-xa');
});
