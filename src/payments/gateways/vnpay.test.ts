import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VNPay } from 'vnpay';
import { createVnpayPlatform } from '../../demo/gateways/vnpay.ts';
import type { PaymentAttempt, PaymentProvider } from '../provider.ts';
import { createMerchant } from '../testing/merchant.ts';
import { signedQuery, signVnpay, vnpay } from './vnpay.ts';

const SECRET = 'HOIXATESTSECRET0123456789ABCDEF0';
const signal = new AbortController().signal;
const merchant = createMerchant();
let at = Date.parse('2026-11-21T02:30:00Z');
const platform = createVnpayPlatform({ now: () => at });
let ours: PaymentProvider;
let theirs: VNPay;
let serial = 0;

beforeAll(async () => {
  await platform.start();
  ours = vnpay.create({
    settings: vnpay.settings.parse({ environment: 'test', tmnCode: 'HOIXA001', serverIp: '203.0.113.20' }),
    secrets: { hashSecret: SECRET },
    urls: {
      PUBLIC_URL: 'http://localhost:3000',
      VNPAY_PAY_URL: platform.payUrl,
      VNPAY_API_URL: platform.apiUrl,
      MOMO_API_URL: '',
    },
    now: () => new Date(at),
  });
  await merchant.start(ours);
  platform.registerTerminal({
    tmnCode: 'HOIXA001',
    secret: SECRET,
    payee: 'UBND xã Thử Nghiệm',
    ipnUrl: merchant.ipnUrl,
  });
  const host = new URL(platform.payUrl).origin;
  theirs = new VNPay({ tmnCode: 'HOIXA001', secureSecret: SECRET, vnpayHost: host, queryDrAndRefundHost: host });
});
afterAll(() => Promise.all([merchant.stop(), platform.stop()]));

function newAttempt(): PaymentAttempt {
  const attempt = {
    ref: `HX261121K7N${String(++serial).padStart(5, '0')}B`,
    communeId: 'commune',
    amountVnd: 25_000,
    description: 'Le phi ho so H99.15-261121-0601',
    payerIp: '203.0.113.10',
    createdAt: new Date(at),
    expiresAt: new Date(at + 15 * 60_000),
    returnUrl: merchant.returnUrl,
    ipnUrl: merchant.ipnUrl,
  };
  merchant.expect(attempt);
  return attempt;
}
async function pay() {
  const attempt = newAttempt();
  await fetch((await ours.create(attempt, signal)).url);
  await platform.till.act(attempt.ref, 'pay');
  return { attempt, gatewayTxn: platform.till.order(attempt.ref)!.txn! };
}
const refundOf = (gatewayTxn: string, amountVnd = 25_000) => ({
  requestId: `r${++serial}`,
  amountVnd,
  gatewayTxn,
  paidAt: new Date(at),
  reason: 'Nop hai lan',
  officer: 'ketoan.xa',
});

describe('beside the vnpay package', () => {
  it('the address to pay at is the same', async () => {
    const attempt = newAttempt();
    const { url } = await ours.create(attempt, signal);
    const built = theirs.buildPaymentUrl({
      // multiplied by 100 inside
      vnp_Amount: attempt.amountVnd,
      vnp_IpAddr: attempt.payerIp,
      vnp_TxnRef: attempt.ref,
      vnp_OrderInfo: attempt.description,
      vnp_OrderType: 'other' as never,
      vnp_ReturnUrl: attempt.returnUrl,
      vnp_CreateDate: 20261121093000,
      vnp_ExpireDate: 20261121094500,
    });
    expect(new URL(built).searchParams.get('vnp_SecureHash')).toBe(new URL(url).searchParams.get('vnp_SecureHash'));
    expect(Object.fromEntries(new URL(built).searchParams)).toEqual(Object.fromEntries(new URL(url).searchParams));
  });

  it('a report is verified by both, and refused by both once changed', async () => {
    const { attempt } = await pay();
    const { input } = merchant.received.find(({ read }) => read.ok && read.payment.ref === attempt.ref)!;
    const query = Object.fromEntries(new URLSearchParams(input.rawQuery)) as never;
    expect(theirs.verifyIpnCall(query)).toMatchObject({ isVerified: true, isSuccess: true, vnp_Amount: 25_000 });
    const spoilt = input.rawQuery.replace('vnp_Amount=2500000', 'vnp_Amount=2600000');
    expect(theirs.verifyIpnCall(Object.fromEntries(new URLSearchParams(spoilt)) as never).isVerified).toBe(false);
    expect(ours.verifyCallback({ ...input, rawQuery: spoilt }, 'ipn').ok).toBe(false);
  });

  it('its query is signed as the stand-in wants it', async () => {
    const { attempt, gatewayTxn } = await pay();
    const answer = await theirs.queryDr({
      vnp_RequestId: `q${++serial}`,
      vnp_TxnRef: attempt.ref,
      vnp_OrderInfo: 'Truy van',
      vnp_TransactionNo: Number(gatewayTxn),
      vnp_TransactionDate: 20261121093000,
      vnp_CreateDate: 20261121093000,
      vnp_IpAddr: '203.0.113.20',
    });
    expect(answer).toMatchObject({ isVerified: true, vnp_ResponseCode: '00', vnp_TransactionStatus: '00' });
  });

  // Where it is wrong, we are not: should these change in a new version, they may be dropped.
  it('it believes an answer without signature, and none of a genuine refund; we do the reverse', async () => {
    const { attempt, gatewayTxn } = await pay();
    const query = {
      vnp_RequestId: `q${++serial}`,
      vnp_TxnRef: attempt.ref,
      vnp_OrderInfo: 'Truy van',
      vnp_TransactionNo: Number(gatewayTxn),
      vnp_TransactionDate: 20261121093000,
      vnp_CreateDate: 20261121093000,
      vnp_IpAddr: '203.0.113.20',
    };
    platform.api.next('unsigned', 'unsigned');
    expect((await theirs.queryDr(query)).isVerified).toBe(true);
    await expect(ours.query(attempt, signal)).rejects.toMatchObject({ code: 'unavailable' });

    const refunded = await theirs.refund({
      vnp_RequestId: `r${++serial}`,
      vnp_TxnRef: attempt.ref,
      vnp_Amount: attempt.amountVnd,
      vnp_OrderInfo: 'Nop hai lan',
      vnp_TransactionType: '02' as never,
      vnp_TransactionNo: Number(gatewayTxn),
      vnp_TransactionDate: 20261121093000,
      vnp_CreateBy: 'ketoan.xa',
      vnp_CreateDate: 20261121093000,
      vnp_IpAddr: '203.0.113.20',
    });
    expect(refunded).toMatchObject({ isVerified: false });
    const second = await pay();
    expect((await ours.refund!(second.attempt, refundOf(second.gatewayTxn), signal)).outcome).toBe('pending');
  });
});

describe('giving money back', () => {
  it('is pending, then done; the payment is reversed once all of it is back', async () => {
    const { attempt, gatewayTxn } = await pay();
    const request = refundOf(gatewayTxn);
    expect(await ours.refund!(attempt, request, signal)).toMatchObject({ outcome: 'pending', code: '00/05' });
    expect(await ours.query(attempt, signal)).toMatchObject({ outcome: 'paid', code: '00/05' });
    // asked again after a time-out, with the same or another number: one refund
    expect(await ours.refund!(attempt, request, signal)).toMatchObject({ outcome: 'pending', code: '94' });
    expect(await ours.refund!(attempt, refundOf(gatewayTxn), signal)).toMatchObject({ outcome: 'pending', code: '94' });
    platform.finishRefund(attempt.ref, 'done');
    expect(await ours.query(attempt, signal)).toMatchObject({ outcome: 'reversed', amountVnd: null });
  });

  it('in part leaves it paid; refused by the bank as well', async () => {
    const part = await pay();
    await ours.refund!(part.attempt, refundOf(part.gatewayTxn, 5_000), signal);
    platform.finishRefund(part.attempt.ref, 'done');
    expect(await ours.query(part.attempt, signal)).toMatchObject({ outcome: 'paid', amountVnd: null });
    const refused = await pay();
    await ours.refund!(refused.attempt, refundOf(refused.gatewayTxn), signal);
    platform.finishRefund(refused.attempt.ref, 'refused');
    expect(await ours.query(refused.attempt, signal)).toMatchObject({ outcome: 'paid', code: '00/09' });
  });

  it('of what was never paid, or is another payment, is refused', async () => {
    const attempt = newAttempt();
    await fetch((await ours.create(attempt, signal)).url);
    expect(await ours.refund!(attempt, refundOf('1'), signal)).toMatchObject({ outcome: 'refused', code: '95' });
    const { attempt: paid } = await pay();
    expect(await ours.refund!(paid, refundOf('999'), signal)).toMatchObject({ outcome: 'refused', code: '91' });
  });

  it('is never told as done by an answer we cannot trust', async () => {
    const { attempt, gatewayTxn } = await pay();
    platform.api.next('unsigned', 'wrong_signature', 'html');
    for (let round = 0; round < 3; round++) {
      await expect(ours.refund!(attempt, refundOf(gatewayTxn), signal)).rejects.toMatchObject({ code: 'unavailable' });
    }
  });
});

describe('the page', () => {
  const errorOf = async (change: (params: URLSearchParams) => void, isSigned = true) => {
    const params = new URL((await ours.create(newAttempt(), signal)).url).searchParams;
    params.delete('vnp_SecureHash');
    change(params);
    const query = signedQuery(Object.fromEntries(params));
    const hash = isSigned ? signVnpay(query, SECRET) : '0'.repeat(128);
    const response = await fetch(`${platform.payUrl}?${query}&vnp_SecureHash=${hash}`, { redirect: 'manual' });
    return /code=(\d\d)/.exec(response.headers.get('location')!)?.[1] ?? null;
  };

  it('refuses what VNPAY refuses', async () => {
    expect(await errorOf(() => {})).toBeNull();
    expect(await errorOf(() => {}, false)).toBe('70');
    expect(await errorOf((params) => params.set('vnp_Amount', '499900'))).toBe('32');
    expect(await errorOf((params) => params.set('vnp_Amount', '100000000000'))).toBe('32');
    expect(await errorOf((params) => params.set('vnp_ExpireDate', '20261121092959'))).toBe('15');
    expect(await errorOf((params) => params.set('vnp_TmnCode', 'UNKNOWN1'))).toBe('72');
    expect(await errorOf((params) => params.delete('vnp_OrderInfo'))).toBe('03');
    expect(await errorOf((params) => params.set('vnp_OrderInfo', 'Lệ phí'))).toBe('03');
  });

  it('opened again shows the same order, and debits once', async () => {
    const attempt = newAttempt();
    const { url } = await ours.create(attempt, signal);
    expect((await fetch(url)).url).toBe((await fetch(url)).url);
    await platform.till.act(attempt.ref, 'pay');
    expect(await (await fetch(url)).text()).toContain('Đã trả xong');
  });

  it('reports at most eleven times, five minutes apart', async () => {
    const { attempt } = await pay();
    platform.ipn.next('unknown_ref');
    const unknown = newAttempt();
    await fetch((await ours.create(unknown, signal)).url);
    merchant.answerNext(...Array.from({ length: 20 }, () => 'error' as const));
    await platform.till.act(unknown.ref, 'pay');
    for (let round = 0; round < 15; round++) {
      at += 5 * 60_000;
      await platform.tick();
    }
    expect(platform.ipn.deliveries.filter(({ ref }) => ref === unknown.ref)).toHaveLength(11);
    expect(platform.ipn.deliveries.filter(({ ref }) => ref === attempt.ref)).toHaveLength(1);
  });
});

it('a payment the bank takes back is reversed', async () => {
  const { attempt } = await pay();
  platform.reverse(attempt.ref);
  expect(await ours.query(attempt, signal)).toMatchObject({ outcome: 'reversed', code: '00/04' });
});
