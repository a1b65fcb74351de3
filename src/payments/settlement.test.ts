import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GatewayName } from './provider.ts';
import { readSettlement } from './settlement.ts';

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoixa-settlement-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const read = async (method: GatewayName, lines: string[]) => {
  const path = join(folder, `${count++}.csv`);
  await writeFile(path, `\ufeff${lines.join('\n')}`);
  return readSettlement(path, method);
};

it('VNPAY: amounts times 100 where named so, refunds, states by code and by word', async () => {
  const { rows, rejected } = await read('vnpay', [
    'BÁO CÁO GIAO DỊCH',
    'STT,vnp_TmnCode,vnp_TxnRef,vnp_TransactionNo,vnp_Amount,Phí giao dịch,vnp_PayDate,vnp_TransactionType,vnp_TransactionStatus',
    '1,HOIXA001,HX261121K7N00001A,14271027,2500000,"1.650",20261121093512,01,00',
    '2,HOIXA001,hx261121k7n00002b,14271028,800000,,20261121094512,01,07',
    '3,HOIXA001,HX261121K7N00001A,14271099,2500000,,20261122080001,02,00',
    '4,HOIXA002,HX261121K7P00001C,14271030,800000,,20261121094512,01,Đang xử lý',
    '5,HOIXA001,HX261121K7N00003C,14271031,800000,,20261121094512,01,88',
    '6,HOIXA001,HX261121K7N00004D,14271032,800050,,20261121094512,01,00',
    'Tổng cộng,,,,7400050,,,,',
  ]);
  expect(rows).toEqual([
    {
      method: 'vnpay',
      kind: 'payment',
      ref: 'HX261121K7N00001A',
      gatewayTxn: '14271027',
      amountVnd: 25_000,
      feeVnd: 1_650,
      at: new Date('2026-11-21T02:35:12Z'),
      state: 'paid',
      unit: 'HOIXA001',
      line: 3,
    },
    expect.objectContaining({ ref: 'HX261121K7N00002B', state: 'under_review', feeVnd: null, line: 4 }),
    expect.objectContaining({ kind: 'refund', amountVnd: 25_000, state: 'paid' }),
    expect.objectContaining({ unit: 'HOIXA002', state: 'pending' }),
  ]);
  expect(rejected.map(({ line, reason }) => [line, reason])).toEqual([
    [7, 'Trạng thái: chưa rõ nghĩa “88”'],
    [8, 'Số tiền: thiếu hoặc không phải số tiền đồng chẵn'],
  ]);
});

it('the portal of a gateway in Vietnamese; no column of states means money that came', async () => {
  const { rows } = await read('momo', [
    'Mã đơn hàng;Mã giao dịch;Số tiền;Thời gian giao dịch;Loại giao dịch',
    'HX261121K7N00001A;4088878653;25.000;21/11/2026 09:35:12;Thanh toán',
    'HX261121K7N00001A;4088878700;25.000;22/11/2026 08:00:00;Hoàn tiền',
  ]);
  expect(rows).toMatchObject([
    { kind: 'payment', gatewayTxn: '4088878653', amountVnd: 25_000, state: 'paid', unit: null },
    { kind: 'refund', at: new Date('2026-11-22T01:00:00Z') },
  ]);
});

it.each<[GatewayName, string, string, string]>([
  ['momo', 'orderId,transId,amount,responseTime,resultCode', 'HX1,1,8000,1795228512345,1006', 'failed'],
  ['momo', 'orderId,transId,amount,responseTime,resultCode', 'HX1,1,8000,1795228512345,0', 'paid'],
  ['vnptpay', 'MERCHANT_ORDER_ID,AMOUNT,PAY_DATE,RESPONSE_CODE', 'HX1,8000,20261121093512,00', 'paid'],
  ['vnptpay', 'MERCHANT_ORDER_ID,AMOUNT,PAY_DATE,Trạng thái', 'HX1,8000,20261121093512,Thất bại', 'failed'],
  ['pp', 'MaThamChieu,SoTien,ThoiGianGD,TrangThaiGD,MaDonVi', 'HX1,8000,20261121093512,3,H99.15', 'pending'],
  ['pp', 'MaThamChieu,SoTien,ThoiGianGD,Trạng thái', 'HX1,8000,20261121093512,Đã hoàn phí', 'reversed'],
])('%s: the names and codes of its messages (%s)', async (method, header, line, state) => {
  const { rows, rejected } = await read(method, [header, line]);
  expect(rejected).toEqual([]);
  expect(rows).toMatchObject([{ method, ref: 'HX1', amountVnd: 8_000, state }]);
  expect(rows[0]!.at.toISOString().slice(0, 10)).toBe('2026-11-21');
});

it('a file that is none is refused', async () => {
  await expect(read('vnpay', ['a,b', '1,2'])).rejects.toThrow('“Mã đơn hàng” và “Thời gian giao dịch”');
  await expect(read('vnpay', ['Mã đơn hàng,Thời gian giao dịch', 'HX1,21/11/2026'])).rejects.toThrow('“Số tiền”');
});
