import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMomoPlatform } from '../../demo/gateways/momo.ts';
import type { PaymentAttempt, PaymentProvider } from '../provider.ts';
import { createMerchant } from '../testing/merchant.ts';
import { momo } from './momo.ts';

const SECRETS = { accessKey: 'ACCESSKEYTEST', secretKey: 'HOIXATESTSECRET0123456789ABCDEF0' };
const signal = new AbortController().signal;
const merchant = createMerchant();
const at = Date.parse('2026-11-21T02:30:00Z');
const platform = createMomoPlatform({ now: () => at });
let provider: PaymentProvider;
let serial = 0;

beforeAll(async () => {
  await platform.start();
  provider = momo.create({
    settings: momo.settings.parse({ environment: 'test', partnerCode: 'MOMOTEST' }),
    secrets: SECRETS,
    urls: { PUBLIC_URL: 'http://localhost:3000', VNPAY_PAY_URL: '', VNPAY_API_URL: '', MOMO_API_URL: platform.url },
    now: () => new Date(at),
  });
  await merchant.start(provider);
  platform.registerPartner({ partnerCode: 'MOMOTEST', ...SECRETS, payee: 'UBND xã Thử Nghiệm' });
});
afterAll(() => Promise.all([merchant.stop(), platform.stop()]));

async function pay() {
  const attempt: PaymentAttempt = {
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
  await provider.create(attempt, signal);
  await platform.till.act(attempt.ref, 'pay');
  return { attempt, gatewayTxn: platform.till.order(attempt.ref)!.txn! };
}
const refundOf = (gatewayTxn: string, amountVnd = 25_000) => ({
  requestId: `0d5f6f2b-7c11-4b0f-9f0e-${String(++serial).padStart(12, '0')}`,
  amountVnd,
  gatewayTxn,
  paidAt: new Date(at),
  reason: 'Nộp hai lần',
  officer: 'ketoan.xa',
});

it('money given back: asked twice with the same number it goes back once, and a query shows it', async () => {
  const { attempt, gatewayTxn } = await pay();
  const request = refundOf(gatewayTxn, 10_000);
  expect(await provider.refund!(attempt, request, signal)).toMatchObject({ outcome: 'refunded', code: '0' });
  expect(await provider.refund!(attempt, request, signal)).toMatchObject({ outcome: 'refunded' });
  expect(platform.till.order(attempt.ref)!.refundedVnd).toBe(10_000);
  expect((await provider.query(attempt, signal)).outcome).toBe('paid');
  await provider.refund!(attempt, refundOf(gatewayTxn, 15_000), signal);
  expect((await provider.query(attempt, signal)).outcome).toBe('reversed');
  // there is nothing left
  expect(await provider.refund!(attempt, refundOf(gatewayTxn, 1_000), signal)).toMatchObject({
    outcome: 'refused',
    code: '1088',
  });
});

it.each([
  [1080, 'refused'],
  [1081, 'refused'],
  [7002, 'pending'],
] as const)('money not given back, code %d: %s', async (code, outcome) => {
  const { attempt, gatewayTxn } = await pay();
  platform.nextRefund(code);
  expect(await provider.refund!(attempt, refundOf(gatewayTxn), signal)).toMatchObject({ outcome, code: String(code) });
  expect((await provider.query(attempt, signal)).outcome).toBe('paid');
});

it('an order being worked on is neither paid nor failed', async () => {
  const { attempt } = await pay();
  platform.setProcessing(attempt.ref, true);
  expect(await provider.query(attempt, signal)).toMatchObject({ outcome: 'pending', code: '7000', amountVnd: null });
  platform.setProcessing(attempt.ref, false);
  expect(await provider.query(attempt, signal)).toMatchObject({ outcome: 'paid', amountVnd: 25_000 });
});

it('a number asked for again while its page is open is refused, afterwards answered alike', async () => {
  const { attempt } = await pay();
  const again = await provider.create(attempt, signal);
  expect(again.url).toContain('/v2/gateway/pay?token=');
});
