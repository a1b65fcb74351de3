import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCommune } from '../communes/communes.ts';
import { createSecretBox } from '../communes/secrets.ts';
import { loadConfig } from '../config.ts';
import type { Database } from '../db/client.ts';
import { silentLog } from '../log.ts';
import { createPaymentAccounts, resealPaymentSecrets } from '../payments/accounts.ts';
import { feesFor } from '../payments/fees.ts';
import { GATEWAYS } from '../payments/gateways/index.ts';
import { openDatabase } from './context.ts';
import {
  feesImport,
  feesList,
  paymentsActive,
  paymentsConnect,
  paymentsExport,
  paymentsIssues,
  paymentsList,
  paymentsReconcile,
  paymentsShare,
} from './payments.ts';

const KEY = 'a'.repeat(64);
let folder: string;
let config: ReturnType<typeof loadConfig>;
/** Of the running service, to which the commands attach. */
let database: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoixa-pay-'));
  config = loadConfig({
    DATA_DIR: join(folder, 'data'),
    SECRET_KEY: KEY,
    PUBLIC_URL: 'https://hoixa.example.vn',
    VNPAY_PAY_URL: 'https://sandbox.vnpayment.vn/paymentv2/vpcpay.html',
    VNPAY_API_URL: 'https://sandbox.vnpayment.vn/merchant_webapi/api/transaction',
  });
  database = await openDatabase(config, { mayAttach: false, log: silentLog });
  for (const slug of ['tinh', 'xa-mot'])
    await addCommune(database.orm, { slug, name: `UBND ${slug}`, settings: { province: 'Tỉnh Thử' } });
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a command prints. */
async function printed(command: (print: (line: string) => void) => Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  await command((line) => lines.push(line));
  return lines.join('\n');
}
const vnpay = (change = {}) => ({
  ...{ commune: 'tinh', name: 'chính', set: ['environment=test', 'tmnCode=HOIXA001'] },
  ...{ secret: [`hashSecret=${'S'.repeat(32)}`], notifierSecret: [], ...change },
});

test('a contract is stored sealed, listed without secrets, shared, stopped and offered again', async () => {
  const said = await printed((print) => paymentsConnect(config, silentLog, 'vnpay', vnpay(), print));
  expect(said).toContain('https://hoixa.example.vn/payments/vnpay/ipn');
  await printed((print) => paymentsShare(config, silentLog, 'vnpay', { from: 'tinh', commune: 'xa-mot' }, print));
  const list = await printed((print) => paymentsList(config, silentLog, 'xa-mot', print));
  expect(list).toBe('vnpay\tchính\tUBND tinh\tHOIXA001\toffered,shared');
  await printed((print) => paymentsActive(config, silentLog, 'vnpay', 'xa-mot', false, print));
  expect(await printed((print) => paymentsList(config, silentLog, 'xa-mot', print))).toContain('stopped,shared');
  await printed((print) => paymentsActive(config, silentLog, 'vnpay', 'xa-mot', true, print));
  const [row] = await database.run<{ secrets: string }>('row', 'select secrets from payment_accounts');
  expect(row!.secrets).toMatch(/^v1\./);
  const acts = await database.run<{ act: string }>('acts', 'select act from payment_audit order by id');
  expect(acts.map(({ act }) => act)).toEqual([
    'account_connected',
    'account_shared',
    'method_stopped',
    'method_resumed',
  ]);
});

test('every fault of a contract is named at once, and nothing is stored', async () => {
  const wrong = vnpay({ set: ['environment=production', 'tmnCode=X'], secret: [] });
  await expect(printed((print) => paymentsConnect(config, silentLog, 'vnpay', wrong, print))).rejects.toThrow(
    /tmnCode[\s\S]*hashSecret/,
  );
  const real = vnpay({ set: ['environment=production', 'tmnCode=HOIXA001'] });
  await expect(printed((print) => paymentsConnect(config, silentLog, 'vnpay', real, print))).rejects.toThrow(
    /VNPAY_PAY_URL is a test address/,
  );
  for (const method of ['counter', 'bitcoin'])
    await expect(printed((print) => paymentsConnect(config, silentLog, method, vnpay(), print))).rejects.toThrow(
      method,
    );
});

test('a process does not start with a contract that does not fit its addresses', async () => {
  const make = (urls: typeof config, key = KEY) =>
    createPaymentAccounts({
      database,
      box: createSecretBox(key),
      kinds: Object.values(GATEWAYS),
      notifierKinds: [],
      urls,
    });
  expect(await make(config).faults()).toEqual([]);
  const live = loadConfig({ PUBLIC_URL: 'https://hoixa.example.vn' });
  expect((await make(live).faults()).join()).toMatch(/vnpay "chính": VNPAY_PAY_URL is a production address/);
  expect((await make(config, 'b'.repeat(64)).faults()).join()).toMatch(/vnpay "chính": stored secret cannot be read/);
  expect(await resealPaymentSecrets(database.orm, createSecretBox('b'.repeat(64), KEY))).toBe(1);
  expect(await make(config, 'b'.repeat(64)).faults()).toEqual([]);
  expect(await resealPaymentSecrets(database.orm, createSecretBox(KEY, 'b'.repeat(64)))).toBe(1);
});

const FEES = `Mã thủ tục,Tên khoản thu,Cấp quy định,Hình thức nộp,Mức thu,Đơn vị tính,Căn cứ,Áp dụng từ,Đến ngày,"Miễn, giảm"
1.001193,Lệ phí đăng ký khai sinh,Trung ương,mọi hình thức,8.000,hồ sơ,Thông tư mẫu,01/01/2026,,
1.001193,Lệ phí khai sinh của tỉnh,Tỉnh,trực tuyến,0,hồ sơ,Nghị quyết mẫu,01/07/2026,31/12/2026,hộ nghèo: 100% (sổ hộ nghèo); người cao tuổi: 50%
1.001193,Lệ phí khai sinh của tỉnh,Tỉnh,trực tiếp,5.000,hồ sơ,Nghị quyết mẫu,01/07/2026,31/12/2026,
2.000815,Phí chứng thực bản sao,Trung ương,,2.000,trang,Thông tư mẫu 2,01/01/2026,,
`;

test('a fee table: read, reported, stored for a province; the nearest rule of the day answers', async () => {
  const path = join(folder, 'bieu-phi.csv');
  await writeFile(path, FEES);
  expect(await printed((print) => feesImport(config, silentLog, path, { dryRun: true }, print))).toBe(
    '4 line(s) could be stored.',
  );
  const said = await printed((print) => feesImport(config, silentLog, path, { province: 'Tỉnh Thử' }, print));
  expect(said).toBe('4 line(s) are in force at tinh, xa-mot.');
  await printed((print) => feesImport(config, silentLog, path, { commune: 'xa-mot' }, print));
  const list = await printed((print) => feesList(config, silentLog, 'xa-mot', print));
  expect(list.split('\n')).toHaveLength(4);
  expect(list).toContain(
    '2.000815\tPhí chứng thực bản sao\tany\t2.000 đồng/trang\tnation\tfrom 2026-01-01\tThông tư mẫu 2',
  );
  const [commune] = await database.run<{ id: string }>('c', "select id from communes where slug = 'xa-mot'");
  const on = async (day: string, channel?: 'online' | 'counter') =>
    (
      await feesFor(database.orm, commune!.id, '1.001193', {
        now: new Date(`${day}T12:00:00+07:00`),
        ...(channel && { channel }),
      })
    ).map(({ amountVnd }) => amountVnd);
  expect(await on('2025-12-31', 'online')).toEqual([]);
  expect(await on('2026-06-30', 'online')).toEqual([8_000]);
  expect(await on('2026-07-01', 'online')).toEqual([0]);
  expect(await on('2026-07-01', 'counter')).toEqual([5_000]);
  expect((await on('2026-07-01')).sort()).toEqual([0, 5_000]);
  expect(await on('2026-12-31', 'online')).toEqual([0]);
  expect(await on('2027-01-01', 'online')).toEqual([8_000]);
});

test('one doubtful line, and nothing of a fee table is stored', async () => {
  const path = join(folder, 'sai.csv');
  await writeFile(path, `${FEES}1.000001,Lệ phí thử,Tỉnh,,tám nghìn,hồ sơ,Nghị quyết mẫu,01/01/2026,,\n`);
  const lines: string[] = [];
  await expect(feesImport(config, silentLog, path, { commune: 'xa-mot' }, (line) => lines.push(line))).rejects.toThrow(
    'nothing was stored',
  );
  expect(lines).toEqual(['line 6 is left out: Mức thu: không đọc được']);
});

test('a report is reconciled, what waits is listed, what moved is exported', async () => {
  const report = join(folder, 'vnpay.csv');
  await writeFile(
    report,
    'vnp_TxnRef,vnp_TransactionNo,vnp_Amount,vnp_PayDate,vnp_TransactionStatus\nKHONGRO,14271027,800000,20261121093512,00\n',
  );
  const flags = { commune: 'tinh', method: 'vnpay', day: '2026-11-21' };
  const said = await printed((print) => paymentsReconcile(config, silentLog, report, flags, print));
  expect(said).toContain('UNKNOWN_REF 1 (8.000 đồng)');
  expect(await printed((print) => paymentsIssues(config, silentLog, 'tinh', print))).toContain(
    'reconciled\t2026-11-21\tvnpay',
  );
  const out = join(folder, 'thu.csv');
  await printed((print) =>
    paymentsExport(config, silentLog, out, { commune: 'tinh', from: '2026-11-21', to: '2026-11-21' }, print),
  );
  expect(await readFile(out, 'utf8')).toMatch(/^\ufeffMã tham chiếu,/);
});
