import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';
import { addCommune, type Commune, communeBySlug } from '../../src/communes/communes.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import { type Database, openPostgres } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import { listImports, listRejects } from '../../src/dossiers/desk-admin.ts';
import { createDossierDirectory } from '../../src/dossiers/directory.ts';
import { createFactors } from '../../src/dossiers/factors.ts';
import { silentLog } from '../../src/log.ts';
import { installCopy } from '../support/installed.ts';
import { brokenAmong, csvOfDossiers, workbookOfDossiers } from '../support/many-dossiers.ts';

const ROWS = 100_000;
const MEMORY_MB = 300;
const KEY = 'a'.repeat(64);
const TELL_MEMORY =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS+" kB "))';

let postgres: TestPostgres;
let folder = '';
let installed: Awaited<ReturnType<typeof installCopy>>;
let url = '';
let database: Database;
let commune: Commune;

beforeAll(async () => {
  [postgres, installed] = await Promise.all([startPostgres(), installCopy()]);
  folder = await mkdtemp(join(tmpdir(), 'hoixa-import-'));
  await writeFile(join(folder, 'old.csv'), 'Mã hồ sơ,Trạng thái\nH99.15-260601-0000001,Đang xử lý\n');
  await writeFile(join(folder, 'new.xlsx'), workbookOfDossiers(ROWS));
  await writeFile(join(folder, 'new.csv'), csvOfDossiers(ROWS));
});
afterAll(async () => {
  await postgres.stop();
  await installed.remove();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  url = await postgres.createDatabase();
  database = openPostgres(url);
  await migrate(database);
  await addCommune(database.orm, { slug: 'thu', name: 'UBND xã Thử' });
  commune = await communeBySlug(database.orm, 'thu');
  return () => database.close();
});

interface Run {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

function importing(file: string): Run {
  const args = ['--import', TELL_MEMORY, installed.main, 'dossiers', 'import', join(folder, file)];
  const child = spawn(process.execPath, [...args, '--commune', 'thu'], {
    env: { ...process.env, DATABASE_URL: url, SECRET_KEY: KEY, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  return { child, output: () => output, ended: new Promise((done) => child.once('exit', (code) => done(code))) };
}

const look = (code: string) => {
  const box = createSecretBox(KEY);
  const directory = createDossierDirectory({ database, box, factors: createFactors(database, box), log: silentLog });
  return directory.lookup(commune.id, code, { now: new Date() });
};
const count = async (from: string) =>
  (await database.run<{ n: number }>(from, `select count(*)::int as n from ${from}`))[0]!.n;

test.each(['new.xlsx', 'new.csv'])(
  `${ROWS} rows of %s with three broken in a hundred: the rest is taken, each broken one listed, within ${MEMORY_MB} MB`,
  { timeout: 300_000 },
  async (file) => {
    const run = importing(file);
    expect(await run.ended, run.output()).toBe(0);
    const broken = brokenAmong(ROWS);
    expect(await count('imported_dossiers')).toBe(ROWS - broken.length);
    const [done] = await listImports(database, commune.id);
    expect(done).toMatchObject({ status: 'live', accepted: ROWS - broken.length, rejected: broken.length });
    const rejects = await listRejects(database, commune.id, done!.id, { limit: ROWS });
    expect(rejects.map(({ rowNumber }) => rowNumber)).toEqual(broken.map((n) => n + 1));
    expect(run.output()).toContain('100,000 rows read');
    const peakMb = Number(/peak (\d+) kB/.exec(run.output())![1]) / 1024;
    process.stderr.write(`import of ${ROWS} rows of ${file}: peak memory ${Math.round(peakMb)} MB\n`);
    expect(peakMb).toBeLessThan(MEMORY_MB);
  },
);

test(
  'an import killed half-way leaves the old data whole; the next one clears what it left and takes its place',
  { timeout: 300_000 },
  async () => {
    expect(await importing('old.csv').ended).toBe(0);
    for (const rows of ['5,000', '40,000']) {
      const run = importing('new.xlsx');
      await expect.poll(run.output, { timeout: 60_000 }).toContain(`${rows} rows read`);
      run.child.kill('SIGKILL');
      await run.ended;
      expect(await count('imported_dossiers')).toBeGreaterThan(1_000);
      expect((await look('H99.15-260601-0000001')).kind).toBe('found');
      expect((await look('H99.15-260602-0000001')).kind).toBe('not_found');
    }
    const last = importing('new.csv');
    expect(await last.ended, last.output()).toBe(0);
    expect(await count('imported_dossiers')).toBe(ROWS - brokenAmong(ROWS).length);
    expect((await look('H99.15-260602-0000001')).kind).toBe('found');
    expect((await look('H99.15-260601-0000001')).kind).toBe('not_found');
    const statuses = (await listImports(database, commune.id)).map(({ status }) => status);
    expect(statuses).toEqual(['live', 'failed', 'failed', 'replaced']);
  },
);
