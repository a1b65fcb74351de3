import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';
import { listCommunes } from '../../src/communes/communes.ts';
import { openEmbedded, openPostgres } from '../../src/db/client.ts';
import { MIGRATIONS_DIR, migrate } from '../../src/db/migrate.ts';
import { seed } from '../support/db.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe.each(['embedded', 'postgres'] as const)('%s database', (kind) => {
  const open = async () => (kind === 'embedded' ? openEmbedded(null) : openPostgres(await postgres.createDatabase()));

  test('migrations apply once, from empty, and seed a commune', async () => {
    const database = await open();
    expect((await migrate(database))[0]).toBe('0000_init.sql');
    expect(await migrate(database)).toEqual([]);
    await seed(database, ['bat-xat']);
    expect((await listCommunes(database.orm)).map((commune) => commune.slug)).toEqual(['bat-xat']);
    await database.close();
  });

  test('int8, timestamptz and jsonb come back alike', async () => {
    const database = await open();
    const [row] = await database.run<Record<string, unknown>>(
      't',
      `select 9007199254740991::int8 as big, '2026-11-21T00:00:00Z'::timestamptz as at, $1::jsonb as json`,
      [JSON.stringify({ text: 'Xã "A" \\ é' })],
    );
    expect(row).toEqual({ big: 9007199254740991, at: new Date('2026-11-21T00:00:00Z'), json: { text: 'Xã "A" \\ é' } });
    await database.close();
  });
});

test('several processes that migrate at once apply each file once', async () => {
  const url = await postgres.createDatabase();
  const databases = Array.from({ length: 4 }, () => openPostgres(url));
  const applied = await Promise.all(databases.map((database) => migrate(database)));
  expect(applied.flat()).toEqual(applied.find((names) => names.length > 0));
  await Promise.all(databases.map((database) => database.close()));
});

test('a changed migration and a newer database are refused', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hoixa-mig-'));
  const database = await openEmbedded(null);
  await writeFile(join(dir, '0000_a.sql'), 'create table a (id int)');
  await migrate(database, dir);
  await writeFile(join(dir, '0000_a.sql'), 'create table b (id int)');
  await expect(migrate(database, dir)).rejects.toThrow(/changed after/);
  await rm(join(dir, '0000_a.sql'));
  await expect(migrate(database, dir)).rejects.toThrow(/newer version/);
  await database.close();
});

test('a failing migration leaves nothing of itself', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hoixa-mig-'));
  await writeFile(join(dir, '0000_a.sql'), 'create table a (id int); select broken');
  const database = await openEmbedded(null);
  await expect(migrate(database, dir)).rejects.toThrow();
  expect(await database.run('t', `select to_regclass('a')::text as name`)).toEqual([{ name: null }]);
  await database.close();
});

test('every migration is plain SQL that the runner can wrap in a transaction', () => {
  expect(readFileSync(join(MIGRATIONS_DIR, '0000_init.sql'), 'utf8')).not.toMatch(/\b(begin|commit)\s*;/i);
});

describe('DATA_DIR', () => {
  test('a second service is refused, a command reaches the first, a restart keeps the data', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hoixa-data-'));
    const first = await openEmbedded(dir);
    await seed(first, ['a']);
    await writeFile(join(dir, 'hoixa.pid'), '1');
    await expect(openEmbedded(dir)).rejects.toThrow(/in use by process/);
    for (const slug of ['b', 'c']) {
      const command = await openEmbedded(dir, { mayAttach: true });
      await seed(command, [slug]);
      await command.close();
    }
    expect(await listCommunes(first.orm)).toHaveLength(3);
    await first.close();
    const again = await openEmbedded(dir);
    expect(await listCommunes(again.orm)).toHaveLength(3);
    await again.close();
    await rm(dir, { recursive: true });
  });

  test('a first start that died half-way is begun anew, and what it left is kept aside', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hoixa-data-'));
    await mkdir(join(dir, 'db'));
    await writeFile(join(dir, 'db', 'PG_VERSION'), '17');
    const database = await openEmbedded(dir);
    expect(await migrate(database)).not.toEqual([]);
    await database.close();
    expect((await readdir(dir)).some((name) => name.startsWith('db-unfinished-'))).toBe(true);
    await rm(dir, { recursive: true });
  });

  test('a folder that cannot be written says so', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'hoixa-data-')), 'a-file');
    await writeFile(file, '');
    for (const dir of ['/proc/nowhere/deeper', join(file, 'below')]) {
      await expect(openEmbedded(dir)).rejects.toThrow(/cannot be written/);
    }
  });
});
