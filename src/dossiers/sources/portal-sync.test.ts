import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../../test/support/db.ts';
import { createSecretBox } from '../../communes/secrets.ts';
import { createFactors, type Factors } from '../factors.ts';
import { createPortalPlatform, type PortalFault, type PortalPlatform } from '../testing/portal-platform.ts';
import {
  createListeningLog,
  describeDossierSource,
  OFFICER,
  OWNER,
  REMARK,
  SAMPLES,
  UNKNOWN_WORD,
} from '../testing/source-contract.ts';
import { createPortalSource } from './portal-sync.ts';
import { parseSource } from './settings.ts';

const NOW = new Date('2026-07-10T03:00:00Z');
let database: TestDb;
let platform: PortalPlatform;
let factors: Factors;
let log = createListeningLog();

/** As the exchange format writes local time. */
const compact = (at: Date) => new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 19).replace(/[-T:]/g, '');
const written = {
  compact,
  spaced: (at: Date) => new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 19).replace('T', ' '),
  iso: (at: Date) => new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 19),
};

function put(to: PortalPlatform) {
  for (const { code, state, receivedAt, dueAt } of SAMPLES) {
    to.put({
      MaHoSo: code,
      MaTTHC: '1.001193.000.00.00.H38',
      TenTTHC: 'Đăng ký khai sinh',
      ChuHoSo: OWNER.name,
      MaDoiTuong: OWNER.personalId,
      SoDienThoai: OWNER.phone,
      NgayTiepNhan: compact(receivedAt),
      NgayHenTra: compact(dueAt),
      NgayTra: '',
      TrangThaiHoSo: state === 'unknown' ? UNKNOWN_WORD : String(state),
      HinhThuc: '0',
      DonViXuLy: 'Trung tâm Phục vụ hành chính công',
      GhiChu: REMARK,
      ThongTinTra: OWNER.name,
      NguoiXuLy: OFFICER,
      NoiDungXuLy: REMARK,
    });
  }
}
const build = (settings: Record<string, unknown> = {}, password = 'stand-in', to = platform) => {
  const { url: adapterUrl, authEndpoint, integrationEndpoint } = to;
  const common = { adapterUrl, authEndpoint, integrationEndpoint, madonvi: 'H99.15', username: 'xa-thu' };
  const parsed = parseSource('portal_sync', {
    settings: { ...common, dstcode: 'VN:GOV:1:dvcqg', ...settings },
    secrets: { password },
  });
  const communeId = database.communes[0]!.id;
  return createPortalSource({ communeId, id: 's', name: 'Cổng quốc gia', stateMap: {}, ...parsed }, { factors, log });
};
const ask = (source: ReturnType<typeof build>, code = SAMPLES[3]!.code) =>
  source.lookup(code, { signal: AbortSignal.timeout(20_000), now: NOW });
const viewOf = async (fields: Record<string, unknown>) => {
  platform.put({ MaHoSo: 'H99.15-260701-5555', TrangThaiHoSo: '4', ...fields });
  const result = await ask(build(), 'H99.15-260701-5555');
  if (result.kind !== 'found') throw new Error(JSON.stringify(result));
  return result.dossier;
};

beforeAll(async () => {
  database = await createTestDb();
  factors = createFactors(database, createSecretBox('a'.repeat(64)));
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = createPortalPlatform();
  await platform.start();
  put(platform);
  log = createListeningLog();
  return () => platform.stop();
});

describeDossierSource('national portal', () => ({
  source: build(),
  communeId: database.communes[0]!.id,
  factors,
  log,
  samples: SAMPLES,
  owner: { idLast4: '1234', phone: OWNER.phone },
  missing: 'H99.15-260701-8888',
}));

test.each([0, '0', '00'] as const)('success may be written %j', async (success) => {
  const other = createPortalPlatform({ success });
  await other.start();
  put(other);
  expect((await ask(build({}, 'stand-in', other))).kind).toBe('found');
  await other.stop();
});

test.each(Object.entries(written))('dates written %s are the same instant', async (_, write) => {
  const [receivedAt, dueAt] = [new Date('2026-06-08T07:07:53Z'), new Date('2026-06-18T10:00:00Z')];
  const view = await viewOf({ NgayTiepNhan: write(receivedAt), NgayHenTra: write(dueAt) });
  expect(view).toMatchObject({ receivedAt, dueAt });
});

test('absent, empty, null and unreadable fields are left out, the state is told', async () => {
  const view = await viewOf({
    NgayTiepNhan: '',
    NgayHenTra: 'chưa rõ',
    NgayTra: null,
    TrangThaiHoSo: 9,
    MaTTHC: 'null',
  });
  expect(view).toEqual({ code: 'H99.15-260701-5555', state: 9, rawState: '9', ownerHints: {} });
});

test('papers asked for and still open are told with the moved date; those handed in or deleted are not', async () => {
  const request = (NoiDungBoSung: string, more: Record<string, unknown> = {}) => ({
    NoiDungBoSung,
    NguoiYeuCauBoSung: OFFICER,
    NgayTiepNhanBoSung: '',
    IsDeleted: 'False',
    ...more,
  });
  const view = await viewOf({
    TrangThaiHoSo: '5',
    DanhSachHoSoBoSung: [
      request('Giấy chứng sinh', { NgayHenTraMoi: '20260725170000' }),
      request('Tờ khai', { NgayTiepNhanBoSung: '20260705090000', NgayHenTraMoi: '20260722170000' }),
      request('Gửi nhầm', { IsDeleted: 'True' }),
    ],
  });
  expect(view.missing).toEqual(['Giấy chứng sinh']);
  expect(view.newDueAt).toEqual(new Date('2026-07-25T10:00:00Z'));
  expect(JSON.stringify(view)).not.toContain(OFFICER);
});

test('an amount is told exactly or not at all; paid or not comes as text', async () => {
  const view = await viewOf({
    DanhSachLePhi: [
      { TenPhiLePhi: 'Lệ phí', Gia: '8000', TrangThaiThanhToan: '1' },
      { TenPhiLePhi: 'Phí', Gia: 20_000, TrangThaiThanhToan: 'False' },
      { TenPhiLePhi: 'Lạ', Gia: 'theo quy định' },
    ],
  });
  expect(view.fees).toEqual([
    { name: 'Lệ phí', amountVnd: 8_000, isPaid: true },
    { name: 'Phí', amountVnd: 20_000, isPaid: false },
  ]);
});

test('a number of an account is not taken for a personal number', async () => {
  expect((await viewOf({ MaDoiTuong: '20260701', SoDienThoai: 'không có' })).ownerHints).toEqual({});
});

test('one session serves many; when it is over it is renewed once and the look-up goes on', async () => {
  const source = build();
  await Promise.all(SAMPLES.map(({ code }) => ask(source, code)));
  const logins = () => platform.requests.filter(({ path }) => path === platform.authEndpoint).length;
  expect(logins()).toBe(1);
  platform.expireSessions();
  const results = await Promise.all(SAMPLES.slice(0, 4).map(({ code }) => ask(source, code)));
  expect(results.map(({ kind }) => kind)).toEqual(Array(4).fill('found'));
  expect(logins()).toBe(2);
});

test.each([
  [{}, 'wrong', 'auth'],
  [{ dstcode: 'elsewhere' }, 'stand-in', 'auth'],
  [{ madonvi: 'H26.1' }, 'stand-in', 'http'],
  [{ integrationEndpoint: '/nowhere' }, 'stand-in', 'http'],
] as const)('what the portal refuses (%j, password "%s") is "%s"', async (settings, password, reason) => {
  expect(await ask(build(settings, password))).toMatchObject({ kind: 'unavailable', reason });
});

test.each<[PortalFault, string]>([
  ['hang', 'timeout'],
  ['error_500', 'http'],
  ['html_200', 'schema'],
  ['truncated', 'schema'],
  ['wrong_types', 'schema'],
  ['error_code', 'http'],
])('%s is "%s", and never "not found"', async (fault, reason) => {
  platform.always(fault);
  expect(await ask(build({ timeoutMs: reason === 'timeout' ? 300 : 20_000 }))).toMatchObject({
    kind: 'unavailable',
    reason,
  });
  expect(log.lines).toHaveLength(1);
  // ids may hold any digits
  expect(log.lines[0]!.replace(database.communes[0]!.id, '')).not.toMatch(/H99|036085|0900|http:/);
});

test('success without a result is "not found"', async () => {
  platform.always('no_result');
  expect((await ask(build())).kind).toBe('not_found');
});
