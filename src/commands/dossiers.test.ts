import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../config.ts';
import { createRestPlatform } from '../dossiers/testing/rest-platform.ts';
import { silentLog } from '../log.ts';
import { communeAdd } from './commune.ts';
import {
  dossiersImport,
  dossiersImports,
  dossiersStates,
  sourceAdd,
  sourceList,
  sourceOrder,
  sourceRemove,
  sourceTest,
} from './dossiers.ts';

let folder = '';
let config = loadConfig({});
let lines: string[] = [];
const print = (line: string) => void lines.push(line);
const told = () => lines.join('\n');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoixa-dossiers-'));
  config = loadConfig({ DATA_DIR: join(folder, 'data'), SECRET_KEY: 'a'.repeat(64) });
  await communeAdd(config, silentLog, 'thu', { name: 'UBND xã Thử' }, print);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  lines = [];
});

test('a file is imported, its faults listed, its unknown words mapped, its data looked up', async () => {
  const path = join(folder, 'ho-so.csv');
  const row = (serial: string, state: string) => `H99.15-260701-${serial};${state};01/07/2026;036085001234\n`;
  const bad = 'HS-1;x;;\n'.repeat(25);
  await writeFile(
    path,
    `Mã hồ sơ;Trạng thái;Ngày tiếp nhận;CCCD\n${row('0001', 'Đang xử lý')}${row('0002', 'Chờ ký số')}${bad}`,
  );
  await utimes(path, new Date('2026-07-02T10:00:00Z'), new Date('2026-07-02T10:00:00Z'));

  await dossiersImport(config, silentLog, path, { commune: 'thu', dryRun: true }, print);
  expect(told()).toContain('Nothing was stored');
  await dossiersImports(config, silentLog, 'thu', {}, print);
  expect(told()).toContain('Nothing was imported yet');

  lines = [];
  await dossiersImport(config, silentLog, path, { commune: 'thu' }, print);
  expect(told()).toContain('2 dossiers taken, 25 rows rejected');
  expect(told()).toContain('row 4: Mã hồ sơ: không đúng dạng');
  expect(told()).toContain('5 more: hoixa dossiers imports --commune thu --rejects');
  expect(told()).toContain("as of 2026-07-02T10:00:00.000Z (the file's time");
  expect(told()).toContain('"Chờ ký số" (1)');
  expect(told()).not.toContain('036085001234');

  lines = [];
  await dossiersImports(config, silentLog, 'thu', { rejects: true }, print);
  expect(lines).toHaveLength(25);
  const name = 'danh sách hồ sơ của xã';
  await dossiersStates(config, silentLog, { commune: 'thu', map: 'Chờ ký số', to: '4' }, print);
  await dossiersStates(config, silentLog, { commune: 'thu' }, print);
  expect(told()).toContain('No unknown word.');
  expect(await sourceTest(config, silentLog, 'thu', { name, code: 'h99.15 260701 0002' }, print)).toBe(true);
  expect(told()).toContain('state 4 ("Chờ ký số"), data as of 2026-07-02T10:00:00.000Z');
  expect(told()).toContain('recognised by: CCCD.');
});

test('a system is added, asked, put first and taken away', async () => {
  const platform = createRestPlatform();
  await platform.start();
  const { baseUrl, tokenUrl } = platform;
  const settings = { baseUrl, tokenUrl, clientId: 'hoixa' };
  const add = (clientSecret: string) =>
    sourceAdd(config, silentLog, 'thu', { kind: 'rest', name: 'một cửa', settings, secrets: { clientSecret } }, print);
  await add('wrong');
  expect(await sourceTest(config, silentLog, 'thu', { name: 'một cửa' }, print)).toBe(false);
  expect(told()).toContain('No answer (auth)');
  await add('stand-in-secret');
  expect(await sourceTest(config, silentLog, 'thu', { name: 'một cửa' }, print)).toBe(true);
  await platform.stop();

  await sourceOrder(config, silentLog, 'thu', ['một cửa', 'danh sách hồ sơ của xã'], print);
  lines = [];
  await sourceList(config, silentLog, 'thu', print);
  expect(lines.map((line) => line.split('\t')[0])).toEqual(['một cửa', 'danh sách hồ sơ của xã']);
  expect(told()).not.toContain('stand-in-secret');
  await sourceRemove(config, silentLog, 'thu', 'một cửa', print);
  await expect(sourceTest(config, silentLog, 'thu', { name: 'một cửa' }, print)).rejects.toThrow(/no dossier source/);
});

test.each([
  [{ commune: 'nowhere' }, 'x.csv', /cannot be read/],
  [{ commune: 'nowhere' }, 'ho-so.csv', /no commune "nowhere"/],
  [{ commune: 'thu', asOf: 'hôm qua' }, 'ho-so.csv', /--as-of: "hôm qua" is no time/],
  [{ commune: 'thu', asOf: '01/07/2099' }, 'ho-so.csv', /future/],
])('%j with %s is refused by name', async (flags, file, message) => {
  await expect(dossiersImport(config, silentLog, join(folder, file), flags, print)).rejects.toThrow(message);
});
