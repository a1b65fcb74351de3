import { afterAll, beforeAll, expect, test } from 'vitest';
import { crashRun } from '../../src/bench/kills.ts';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';

const KILLS = 20;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

test(
  `${KILLS} times kill -9 under load: nothing lost, nothing sent twice, order kept`,
  {
    timeout: 400_000,
  },
  async () => {
    const report = await crashRun(postgres, KILLS);
    expect(report.unsent).toEqual([]);
    expect(report.wrong).toEqual([]);
    expect(report.heard).toBe(report.stored);
    expect(report.stored).toBe(report.asked);
  },
);
