import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../../test/support/db.ts';
import { createSecretBox } from '../../communes/secrets.ts';
import { loadCatalogue } from '../../procedures/catalogue.ts';
import { createFactors, type Factors } from '../factors.ts';
import { createListeningLog, describeDossierSource } from '../testing/source-contract.ts';
import { createSimulatedSource, createSimulator, SIMULATED_OWNER, simulatedCodes } from './simulator.ts';

const DAY = new Date('2026-07-01T02:00:00Z');
const NOW = new Date('2026-07-10T03:00:00Z');
let database: TestDb;
let factors: Factors;
beforeAll(async () => {
  database = await createTestDb();
  factors = createFactors(database, createSecretBox('a'.repeat(64)));
});
afterAll(() => database.close());

const build = (simulator = createSimulator(factors)) => {
  const communeId = database.communes[0]!.id;
  return createSimulatedSource({ communeId, id: 's', name: 'mẫu', settings: { lookupsPerSecond: 100 } }, simulator);
};
const options = { signal: AbortSignal.timeout(20_000), now: NOW };
const viewOf = async (code: string, source = build()) => {
  const result = await source.lookup(code, options);
  if (result.kind !== 'found') throw new Error(`${code}: ${result.kind}`);
  return result.dossier;
};

describeDossierSource('simulator', () => ({
  source: build(),
  communeId: database.communes[0]!.id,
  factors,
  log: createListeningLog(),
  samples: simulatedCodes(DAY),
  owner: SIMULATED_OWNER,
  missing: 'H99.15-260701-0099',
}));

test('every state is there late and in time, sensitive and not, the same on every look', async () => {
  const views = await Promise.all(simulatedCodes(DAY).map(({ code }) => viewOf(code)));
  expect(await Promise.all(simulatedCodes(DAY).map(({ code }) => viewOf(code)))).toEqual(views);
  for (const state of [2, 4, 5, 6] as const) {
    const due = views.filter((view) => view.state === state).map(({ newDueAt, dueAt }) => (newDueAt ?? dueAt)! < NOW);
    expect(due).toEqual([false, true, false, true, false, false]);
  }
  expect(views.filter(({ procedureCode }) => procedureCode === '1.001022')).toHaveLength(20);
  expect(views.every(({ dueAt }) => !dueAt || (dueAt.getUTCDay() > 0 && dueAt.getUTCDay() < 6))).toBe(true);
});

test('its procedures are those of the catalogue', async () => {
  const { byCode } = loadCatalogue();
  for (const { code } of simulatedCodes(DAY)) {
    const { procedureCode, procedureName } = await viewOf(code);
    expect(byCode(procedureCode!)?.name).toBe(procedureName);
  }
});

test('a change is seen from then on; a system that is down can be tried too', async () => {
  const simulator = createSimulator(factors);
  const source = build(simulator);
  simulator.change('H99.15-260701-0401', { state: 9, rawState: '9' });
  expect((await viewOf('H99.15-260701-0401', source)).state).toBe(9);
  expect(await source.lookup('H99.15-260701-9901', options)).toMatchObject({ kind: 'unavailable', reason: 'timeout' });
});
