import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ExcelJS from 'exceljs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../../test/support/db.ts';
import { workbookOf } from '../../../test/support/workbook.ts';
import { createSecretBox } from '../../communes/secrets.ts';
import { importReport, listImports, listRejects, sourcesOverview } from '../desk-admin.ts';
import { dossierImportRejects, dossierImports, dossierSources, importedDossiers } from '../dossiers.schema.ts';
import { createFactors, type Factors } from '../factors.ts';
import { type StoredSource, saveSource, sourceByName } from '../source-store.ts';
import { createImportedSource } from '../sources/imported.ts';
import {
  createListeningLog,
  describeDossierSource,
  OFFICER,
  OWNER,
  REMARK,
  SAMPLES,
  UNKNOWN_WORD,
} from '../testing/source-contract.ts';
import { listUnknownStates, mapState } from '../unknown-states.ts';
import { type ImportOptions, importDossiers } from './import.ts';
import { beginImport, stage } from './staging.ts';

const NOW = new Date('2026-07-10T03:00:00Z');
const box = createSecretBox('a'.repeat(64));
let database: TestDb;
let factors: Factors;
let folder = '';
let count = 0;
let log = createListeningLog();
let source: StoredSource;

beforeAll(async () => {
  database = await createTestDb({ communes: ['mot', 'hai'] });
  factors = createFactors(database, box);
  folder = await mkdtemp(join(tmpdir(), 'hoixa-import-'));
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await database.orm.delete(dossierSources);
  await database.orm.delete(dossierImports);
  await database.orm.delete(importedDossiers);
  log = createListeningLog();
  source = await addSource();
});

afterEach(() => expect(log.lines.join('\n')).not.toContain('clear_failed'));

const addSource = (name = 'danh sách của xã', communeId = database.communes[0]!.id) =>
  saveSource(database.orm, box, communeId, { kind: 'import', name, settings: {}, secrets: {} });
const saved = async (bytes: Buffer | string, name = `${count++}.csv`) => {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
};
const load = async (bytes: Buffer | string, more: Partial<ImportOptions> = {}, into = source) => {
  const fresh = await sourceByName(database.orm, into.communeId, into.name);
  return importDossiers({ database, factors, log }, fresh, {
    path: await saved(bytes),
    asOf: NOW,
    now: NOW,
    ...more,
  });
};
const build = async (of = source) => {
  const { communeId, id, name, stateMap } = await sourceByName(database.orm, of.communeId, of.name);
  return createImportedSource(
    { communeId, id, name, stateMap, settings: { lookupsPerSecond: 100 } },
    { database, log },
  );
};
const look = async (code: string, of = source) =>
  (await build(of)).lookup(code, { signal: AbortSignal.timeout(9_000), now: NOW });
const viewOf = async (code: string) => {
  const result = await look(code);
  if (result.kind !== 'found') throw new Error(`${code}: ${result.kind}`);
  return result.dossier;
};
const rowsStored = async () =>
  (await database.run<{ n: number }>('n', 'select count(*)::int as n from imported_dossiers'))[0]!.n;
const code = (n: number) => `H99.15-260701-${String(n).padStart(4, '0')}`;
const list = (from: number, to: number, state = 'Đang xử lý') =>
  `Mã hồ sơ,Trạng thái\n${Array.from({ length: to - from + 1 }, (_, n) => `${code(from + n)},${state}\n`).join('')}`;
const date = (at: Date) => {
  const [year, month, day] = new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 10).split('-');
  return `${day}/${month}/${year} ${new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(11, 16)}`;
};

describe('a file as a source', () => {
  beforeEach(async () => {
    const head =
      'STT;Chủ hồ sơ;CCCD;Số điện thoại;Mã hồ sơ;Trạng thái;Ngày tiếp nhận;Ngày hẹn trả;Cán bộ thụ lý;Ghi chú\n';
    const rows = SAMPLES.map(({ code, state, receivedAt, dueAt }, index) =>
      [
        index + 1,
        OWNER.name,
        OWNER.personalId,
        OWNER.phone,
        code,
        state === 'unknown' ? UNKNOWN_WORD : state,
        date(receivedAt),
        date(dueAt),
        OFFICER,
        REMARK,
      ].join(';'),
    );
    await load(head + rows.join('\n'));
    under = await build();
  });
  let under: Awaited<ReturnType<typeof build>>;
  describeDossierSource('import', () => ({
    source: under,
    communeId: source.communeId,
    factors,
    log,
    samples: SAMPLES,
    owner: { idLast4: '1234', phone: OWNER.phone },
    missing: code(8_888),
  }));

  test('no table holds a personal number, a name or a remark', async () => {
    for (const table of ['imported_dossiers', 'dossier_imports', 'dossier_import_rejects', 'dossier_unknown_states']) {
      const text = JSON.stringify(await database.run(table, `select * from ${table}`));
      for (const word of [OWNER.name, OWNER.personalId, OWNER.phone, OFFICER, REMARK]) expect(text).not.toContain(word);
    }
  });
});

test('before the first import nothing is set up, which is not "not found"', async () => {
  expect(await look(code(1))).toMatchObject({ kind: 'unavailable', reason: 'not_set_up' });
});

test('titles above, a header of two rows in another order, numbers of columns and a sum below are understood', async () => {
  const workbook = new ExcelJS.Workbook();
  workbook.addWorksheet('Bìa').addRow(['Báo cáo']);
  const sheet = workbook.addWorksheet('Danh sách');
  sheet.addRow(['UBND XÃ THỬ NGHIỆM']);
  sheet.addRow([]);
  sheet.addRow(['DANH SÁCH HỒ SƠ', null, 'Từ ngày 01/07/2026']);
  sheet.addRow([
    'STT',
    'Thời gian',
    null,
    'TRẠNG THÁI\nHỒ SƠ',
    'Mã hồ sơ (*)',
    'Số CMND/CCCD',
    'ĐIỆN THOẠI',
    'Phí, lệ phí',
    'Mã TTHC',
  ]);
  sheet.addRow([null, 'Ngày tiếp nhận', 'Ngày hẹn trả (dd/mm/yyyy)']);
  sheet.addRow(['(1)', '(2)', '(3)', '(4)', '(5)', '(6)', '(7)', '(8)', '(9)']);
  sheet.addRow([
    1,
    new Date(Date.UTC(2026, 6, 1, 8)),
    '20/07/2026',
    'Chờ thanh toán',
    code(1),
    36_085_001_234,
    900_000_001,
    '25.000 đ',
    1.01144,
  ]);
  sheet.addRow([
    2,
    46_204.5,
    46_223,
    'Đang xử lý',
    ` ${code(2).toLowerCase()} `,
    '036085001234',
    '0900 000 001',
    0,
    '2.000815.000.00.00.H38',
  ]);
  sheet.addRow(['Tổng cộng', null, null, 2]);
  const path = join(folder, 'danh-sach.xlsx');
  await workbook.xlsx.writeFile(path);
  const { report } = await load('', { path });
  expect(report).toMatchObject({ accepted: 2, rejected: 0, skipped: 2, sheet: 'Danh sách', format: 'xlsx' });
  expect(report.ignoredColumns).toContain('STT');
  const [one, two] = [await viewOf(code(1)), await viewOf(code(2))];
  expect(one).toMatchObject({
    state: 6,
    procedureCode: '1.011440',
    receivedAt: new Date('2026-07-01T01:00:00Z'),
    dueAt: new Date('2026-07-20T16:59:59Z'),
    fees: [{ name: 'Phí, lệ phí', amountVnd: 25_000, isPaid: null }],
  });
  expect(two).toMatchObject({ procedureCode: '2.000815', receivedAt: new Date('2026-07-01T05:00:00Z') });
  expect(two.dueAt).toEqual(new Date('2026-07-20T16:59:59Z'));
  expect(two.fees).toBeUndefined();
  expect(two.ownerHints).toEqual(one.ownerHints);
  expect(Object.keys(one.ownerHints)).toHaveLength(2);
});

test('broken rows are listed with their number and why; the rest is taken', async () => {
  const { report, rejects, importId } = await load(
    [
      'Mã hồ sơ,Trạng thái,Ngày tiếp nhận,Ngày hẹn trả,Lệ phí,CCCD',
      `${code(1)},Đang xử lý,01/07/2026,20/07/2026,8000,036085001234`,
      'HS-2026-001,Đang xử lý,01/07/2026,,,',
      ',Đang xử lý,01/07/2026,20/07/2026,8000,036085001234',
      `${code(4)},,32/07/2026,20/07/2026,,`,
      '',
      `${code(5)},Đang xử lý,01/07/2026,01/06/2026,,`,
      `${code(6)},Đang xử lý,01/12/2026,20/12/2026,,`,
      `${code(7)},Đang xử lý,01/07/2026,20/07/2026,theo quy định,`,
      `${code(8)},Đang xử lý,01/07/2026,20/07/2026,,3.6E+10`,
    ].join('\n'),
  );
  expect(report).toMatchObject({ accepted: 2, rejected: 6, skipped: 1, unreadableFactors: 1 });
  expect(rejects).toEqual([
    { rowNumber: 3, reasons: ['Mã hồ sơ: không đúng dạng mã của Cổng Dịch vụ công'] },
    { rowNumber: 4, reasons: ['Mã hồ sơ: thiếu'] },
    { rowNumber: 5, reasons: ['Trạng thái hồ sơ: thiếu', 'Ngày tiếp nhận: không phải ngày tháng đọc được'] },
    { rowNumber: 7, reasons: ['Ngày hẹn trả: trước ngày tiếp nhận'] },
    { rowNumber: 8, reasons: ['Ngày tiếp nhận: ở tương lai'] },
    { rowNumber: 9, reasons: ['Lệ phí: không phải số tiền'] },
  ]);
  const stored = await database.orm.select().from(dossierImportRejects).orderBy(dossierImportRejects.rowNumber);
  expect(stored.filter((row) => row.importId === importId).map(({ rowNumber }) => rowNumber)).toEqual([
    3, 4, 5, 7, 8, 9,
  ]);
});

test('staff of another commune see neither the import nor its rows', async () => {
  const { importId } = await load(`Mã hồ sơ,Trạng thái\n${code(1)},Đang xử lý\nHS-1,x\n`);
  const [ours, theirs] = database.communes.map(({ id }) => id) as [string, string];
  expect(await importReport(database, ours, importId!)).toMatchObject({ status: 'live', report: { rejected: 1 } });
  expect(await listRejects(database, ours, importId!)).toHaveLength(1);
  expect(await sourcesOverview(database, ours)).toMatchObject([{ kind: 'import', live: { accepted: 1 } }]);
  expect(await importReport(database, theirs, importId!)).toBeNull();
  expect(await listRejects(database, theirs, importId!)).toEqual([]);
  expect(await listImports(database, theirs)).toEqual([]);
  expect(await sourcesOverview(database, theirs)).toEqual([]);
});

test('a row repeated counts once; rows that contradict each other are all refused', async () => {
  const { report, rejects } = await load(
    `Mã hồ sơ,Trạng thái\n${code(1)},Đang xử lý\n${code(2)},Đang xử lý\n${code(1)},Đang xử lý\n${code(2)},Đã trả kết quả\n${code(3)},Đang xử lý\n`,
  );
  expect(report).toMatchObject({ accepted: 2, repeated: 1, rejected: 2 });
  expect(rejects.map(({ rowNumber }) => rowNumber)).toEqual([3, 5]);
  expect(rejects[0]!.reasons[0]).toMatch(/các hàng 3, 5 ghi khác nhau/);
  expect((await look(code(2))).kind).toBe('not_found');
  expect((await look(code(1))).kind).toBe('found');
});

test('the old data answers until the new is whole, then goes', async () => {
  await load(list(1, 3), { asOf: new Date('2026-07-08T10:00:00Z') });
  expect(await look(code(1))).toMatchObject({ kind: 'found', asOf: new Date('2026-07-08T10:00:00Z') });
  await load(list(2, 4, 'Đã trả kết quả'));
  expect(await look(code(1))).toEqual({ kind: 'not_found', source: 'danh sách của xã', asOf: NOW });
  expect(await viewOf(code(2))).toMatchObject({ state: 10 });
  expect(await rowsStored()).toBe(3);
  const statuses = await database.orm.select({ status: dossierImports.status }).from(dossierImports);
  expect(statuses.map(({ status }) => status).sort()).toEqual(['live', 'replaced']);
});

test('a dry run reads and reports and changes nothing', async () => {
  await load(list(1, 3));
  const { importId, report } = await load(list(1, 9), { isDryRun: true });
  expect(importId).toBeNull();
  expect(report.accepted).toBe(9);
  expect(await rowsStored()).toBe(3);
  expect(await database.orm.select().from(dossierImports)).toHaveLength(1);
});

test('a file that shrinks the data by more than half, or is older, waits for somebody to say so', async () => {
  await load(list(1, 10));
  await expect(load(list(1, 4))).rejects.toThrow(/4 dossiers, the data in use 10.*--force/);
  expect(await rowsStored()).toBe(10);
  expect((await look(code(9))).kind).toBe('found');
  await load(list(1, 4), { isForced: true });
  expect((await look(code(9))).kind).toBe('not_found');
  await expect(load(list(1, 4), { asOf: new Date('2026-07-01T00:00:00Z') })).rejects.toThrow(/--force to go back/);
  await expect(load(list(1, 4), { asOf: new Date('2026-07-12T00:00:00Z') })).rejects.toThrow(/future/);
  await expect(load('Mã hồ sơ,Trạng thái\nx,y\n', { isForced: true })).rejects.toThrow(
    /no row could be taken, 1 rejected/,
  );
  expect(await rowsStored()).toBe(4);
});

test('an import that died on the way is cleared by the next; one that is only slow stops', async () => {
  await load(list(1, 3));
  const slow = await beginImport(
    database,
    { communeId: source.communeId, sourceId: source.id },
    { fileName: 'a', asOf: NOW, now: NOW },
  );
  const row = JSON.stringify({ code: code(7), state: 4, view: { rawState: '4' }, idLast4Hash: null, phoneHash: null });
  await stage(database, slow, [row]);
  expect((await look(code(7))).kind).toBe('not_found');
  expect(await rowsStored()).toBe(4);
  await load(list(1, 5));
  expect(await rowsStored()).toBe(5);
  await expect(stage(database, slow, [row])).rejects.toThrow(/another import of this source began/);
  expect(await rowsStored()).toBe(5);
});

test('a source removed while a file is read takes nothing in', async () => {
  const slow = await beginImport(
    database,
    { communeId: source.communeId, sourceId: source.id },
    { fileName: 'a', asOf: NOW, now: NOW },
  );
  await database.orm.delete(dossierSources);
  const { swapIn } = await import('./staging.ts');
  await expect(swapIn(database, slow, { accepted: 1, rejected: 0, report: {}, now: NOW })).rejects.toThrow(
    /changed nothing/,
  );
});

test('months before days in a column: the whole file is refused, for the other rows were read wrongly too', async () => {
  const text = (dates: string[]) =>
    `Mã hồ sơ,Trạng thái,Ngày tiếp nhận\n${dates.map((day, n) => `${code(n + 1)},Đang xử lý,${day}\n`).join('')}`;
  await expect(load(text(['07/01/2026', '06/25/2026', '06/30/2026']))).rejects.toThrow(/tháng trước ngày \(2 hàng\)/);
  expect(await rowsStored()).toBe(0);
  const { report } = await load(text(['25/06/2026', '30/06/2026', '28/06/2026', '06/25/2026', '06/26/2026']));
  expect(report).toMatchObject({ accepted: 3, rejected: 2 });
});

test('words of states are counted for staff and can be mapped without importing again', async () => {
  await load(
    `Mã hồ sơ,Trạng thái\n${code(1)},Chờ ký số\n${code(2)},chờ ký số\n${code(3)},Đang xử lý\n${code(4)},Lạ 0912345678\n`,
  );
  const words = await listUnknownStates(database, source.communeId);
  expect(Object.fromEntries(words.map(({ word, seen }) => [word, seen]))).toEqual({
    'chờ ký số': 1,
    'Chờ ký số': 1,
    'Lạ …': 1,
  });
  expect(await viewOf(code(1))).toMatchObject({ state: 'unknown' });
  await mapState(database, source, 'Chờ ký số', 4);
  expect(await viewOf(code(2))).toMatchObject({ state: 4, rawState: 'chờ ký số' });
  expect(await listUnknownStates(database, source.communeId)).toHaveLength(1);
  await load(list(1, 4));
  expect(await listUnknownStates(database, source.communeId)).toEqual([]);
});

test('two communes and two sources never see each other', async () => {
  const [second, other] = [await addSource('thứ hai'), await addSource('danh sách của xã', database.communes[1]!.id)];
  await load(list(1, 3));
  await load(list(4, 6), {}, second);
  await load(list(7, 9), {}, other);
  expect((await look(code(4))).kind).toBe('not_found');
  expect((await look(code(4), second)).kind).toBe('found');
  expect((await look(code(1), other)).kind).toBe('not_found');
  const hash = (communeId: string) => factors.hashPhone(communeId, OWNER.phone);
  expect(await hash(source.communeId)).not.toBe(await hash(other.communeId));
});

test.each<[string, Buffer | string, RegExp]>([
  ['an empty file', '', /Tệp trống/],
  ['an old workbook or one with a password', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /\.xls cũ hoặc có mật khẩu/],
  ['a web page', '<html><body><table><tr><td>Mã hồ sơ</td></tr></table>', /trang web/],
  ['a file without the columns', 'a,b\n1,2\n', /Không thấy cột “Mã hồ sơ” và “Trạng thái hồ sơ”/],
  ['a file without a state', 'Mã hồ sơ,Tên thủ tục\nx,y\n', /Không thấy cột “Trạng thái hồ sơ”/],
  ['a workbook without rows', workbookOf('<worksheet><sheetData/></worksheet>'), /Không thấy/],
])('%s is refused in words that help, and nothing is stored', async (_, bytes, message) => {
  await expect(load(bytes)).rejects.toThrow(message);
  expect(await database.orm.select().from(dossierImports)).toEqual([]);
});

test('progress is told every five thousand rows', async () => {
  const told: number[] = [];
  const { report } = await load(list(1, 9_999).concat(`${code(1)},Đang xử lý\n`), {
    onProgress: (rows) => told.push(rows),
  });
  expect(told).toEqual([5_000, 10_000]);
  expect(report).toMatchObject({ accepted: 9_999, repeated: 1 });
});
