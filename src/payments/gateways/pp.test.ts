import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPpPlatform } from '../../demo/gateways/pp.ts';
import type { PaymentAttempt, PaymentProvider } from '../provider.ts';
import { pp } from './pp.ts';

const SECRET = 'HOIXATESTSECRET';
const signal = new AbortController().signal;
let at = Date.parse('2026-11-21T02:30:00Z');
const platform = createPpPlatform({ now: () => at });
let provider: PaymentProvider;
let serial = 0;

beforeAll(async () => {
  await platform.start();
  const nowhere = 'http://127.0.0.1:9/';
  platform.registerPartner({ partnerCode: 'HOIXA', secret: SECRET, ipnUrl: nowhere, returnUrl: nowhere });
  provider = pp.create({
    settings: pp.settings.parse({
      environment: 'test',
      partnerCode: 'HOIXA',
      unitCode: 'H99.15',
      unitName: 'UBND xã Thử Nghiệm',
      beneficiary: { account: '1012345678', bankCode: 'VCB', name: 'UBND XA THU NGHIEM' },
    }),
    secrets: { secret: SECRET },
    urls: {
      PUBLIC_URL: 'http://localhost:3000',
      VNPAY_PAY_URL: '',
      VNPAY_API_URL: '',
      MOMO_API_URL: '',
      PP_API_URL: platform.apiUrl,
    },
    now: () => new Date(at),
  });
});
afterAll(() => platform.stop());

const attempt = (over: Partial<PaymentAttempt['bill']> = {}): PaymentAttempt => ({
  ref: `HX261121K7N${String(++serial).padStart(5, '0')}A`,
  communeId: 'commune',
  amountVnd: 25_000,
  description: 'Le phi ho so H99.15-261121-0601',
  payerIp: '203.0.113.10',
  createdAt: new Date(at),
  expiresAt: new Date(at + 15 * 60_000),
  returnUrl: '',
  ipnUrl: '',
  bill: {
    payerName: 'Người nộp thử',
    payerAddress: 'xã Thử Nghiệm',
    payerPersonalId: '',
    dossierNumber: 'H99.15-261121-0601',
    procedureCode: '1.001193',
    procedureName: 'Đăng ký khai sinh',
    items: [{ kind: 'le_phi', code: 'LP01', name: 'Lệ phí hộ tịch', amountVnd: 25_000 }],
    ...over,
  },
});

it('a receipt is there a while after the payment, and never without one', async () => {
  const paid = attempt();
  await provider.create(paid, signal);
  expect(await provider.receiptPdf!(paid, signal)).toBeNull();
  await platform.till.act(paid.ref, 'pay');
  expect(await provider.receiptPdf!(paid, signal)).toBeNull();
  at += 60_000;
  expect((await provider.receiptPdf!(paid, signal))!.toString()).toMatch(/^%PDF-/);
  expect(platform.unitOf(paid.ref)).toBe('H99.15');
});

it.each([
  ['payer', { payerName: '' }],
  ['address', { payerAddress: '' }],
  ['dossier', { dossierNumber: '' }],
  ['procedure', { procedureCode: '', procedureName: '' }],
])('an order without %s is refused by the platform', async (_, lacking) => {
  await expect(provider.create(attempt(lacking), signal)).rejects.toMatchObject({ code: 'refused', gatewayCode: '05' });
});

it('a bus that refuses is no answer of the platform', async () => {
  platform.envelope = 'bus';
  const order = attempt();
  expect((await provider.create(order, signal)).url).toContain('/pay?token=');
  // the platform's refusal, in the envelope of the bus
  await expect(provider.create(order, signal)).rejects.toMatchObject({ code: 'refused', gatewayCode: '06' });
  platform.envelope = 'direct';
});
