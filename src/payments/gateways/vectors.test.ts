import nock from 'nock';
import { describe, expect, it } from 'vitest';
import type { GatewayName, PaymentAttempt, PaymentBill, ProviderUrls } from '../provider.ts';
import { RECORDED } from '../testing/recorded.ts';
import { GATEWAYS } from './index.ts';
import { MOMO_SIGNED, momoString, signMomo } from './momo.ts';
import { PP_SIGNED } from './pp.ts';
import { pipeHash } from './signing.ts';
import { barString, signVnpay, VNPAY_SIGNED, vnpay } from './vnpay.ts';
import { VNPTPAY_SIGNED } from './vnptpay.ts';

// Computed apart from this code, or published by the gateways: a change here means that real messages fail.

const URLS: ProviderUrls = {
  PUBLIC_URL: 'https://hoixa.example.vn',
  VNPAY_PAY_URL: 'https://sandbox.vnpayment.vn/paymentv2/vpcpay.html',
  VNPAY_API_URL: 'https://sandbox.vnpayment.vn/merchant_webapi/api/transaction',
  MOMO_API_URL: 'https://test-payment.momo.vn',
  VNPTPAY_API_URL: 'https://sandbox.vnptpay.vn/rest/payment/v1.0.6',
  PP_API_URL: 'https://pp.example.vn/payment',
};
const bill: PaymentBill = {
  payerName: 'Người nộp thử',
  payerAddress: 'xã Thử Nghiệm',
  payerPersonalId: '',
  dossierNumber: 'H29.33-261121-0007',
  procedureCode: '1.001193',
  procedureName: 'Đăng ký khai sinh',
  items: [{ kind: 'le_phi', code: 'LP01', name: 'Lệ phí hộ tịch', amountVnd: 8_000 }],
};
const attempt: PaymentAttempt = {
  ref: 'HX2611210007A',
  communeId: 'commune',
  amountVnd: 8_000,
  description: 'Le phi ho so H29.33-261121-0007',
  payerIp: '203.0.113.10',
  createdAt: new Date('2026-11-21T02:30:00Z'),
  expiresAt: new Date('2026-11-21T02:45:00Z'),
  returnUrl: 'https://hoixa.example.vn/pay/return?src=zalo',
  ipnUrl: 'https://hoixa.example.vn/pay/momo/ipn',
  bill,
};
const signal = new AbortController().signal;
const providerOf = (name: GatewayName, now = '2026-11-21T02:36:00Z', settings: object = RECORDED[name].settings) =>
  GATEWAYS[name].create({
    settings: GATEWAYS[name].settings.parse(settings),
    secrets: RECORDED[name].secrets,
    urls: URLS,
    now: () => new Date(now),
  });
const row = (values: string) => values.split('|');
/** Names and values, as one signs them. */
const zip = (names: readonly string[], values: string) =>
  Object.fromEntries(names.map((name, at) => [name, row(values)[at] ?? '']));

describe('VNPAY', () => {
  const { hashSecret } = RECORDED.vnpay.secrets;
  const V1 =
    'vnp_Amount=800000&vnp_Command=pay&vnp_CreateDate=20261121093000&vnp_CurrCode=VND&vnp_ExpireDate=20261121094500&vnp_IpAddr=203.0.113.10&vnp_Locale=vn&vnp_OrderInfo=Le+phi+ho+so+H29.33-261121-0007&vnp_OrderType=other&vnp_ReturnUrl=https%3A%2F%2Fhoixa.example.vn%2Fpay%2Freturn%3Fsrc%3Dzalo&vnp_TmnCode=HOIXA001&vnp_TxnRef=HX2611210007A&vnp_Version=2.1.0';
  const V2_HASH =
    '6a4a9cfaa13328f184965033291d2ae89a11639bdd816419109773420886f74f3882ae590fcc7a04c751d43fa886cececc6408ec4cdf8b4e57f72ee79e823da9';

  it('V1: the address to pay at', async () => {
    expect(await providerOf('vnpay').create(attempt, signal)).toEqual({
      url: `${URLS.VNPAY_PAY_URL}?${V1}&vnp_SecureHash=6056c984d6f3d82a2d90b54316cbc55c6aa487a1c8a9b9e397af8943849a9d96fb04aa5fbafcd14b9387bf773fb587c0b7eba1d2edb5ef888458b7c092bf6457`,
    });
  });

  it('V2: a hash over "%20" instead of "+" is refused', () => {
    const spaced = V1.replaceAll('+', '%20');
    expect(signVnpay(spaced, hashSecret)).toBe(V2_HASH);
    const input = { ...RECORDED.vnpay.paid, rawQuery: `${spaced}&vnp_SecureHash=${V2_HASH}` };
    expect(providerOf('vnpay').verifyCallback(input, 'ipn')).toEqual({ ok: false, reason: 'bad_signature' });
  });

  it('V3: a report, also where a proxy wrote "%20" or another order, and with an upper-case hash', () => {
    const { rawQuery } = RECORDED.vnpay.paid;
    const same = [
      rawQuery,
      rawQuery.replaceAll('+', '%20'),
      rawQuery.split('&').toReversed().join('&'),
      `src=zalo&${rawQuery}`,
      `${rawQuery}&vnp_SecureHashType=HMACSHA512`,
      rawQuery.replace(/[0-9a-f]{128}/, (hash) => hash.toUpperCase()),
    ];
    for (const query of same) {
      expect(providerOf('vnpay').verifyCallback({ ...RECORDED.vnpay.paid, rawQuery: query }, 'ipn')).toMatchObject({
        ok: true,
        payment: { outcome: 'paid', amountVnd: 8_000 },
      });
    }
  });

  it.each([
    ['a name twice', (query: string) => `${query}&vnp_Amount=800000`],
    ['a list', (query: string) => query.replace('vnp_Amount=', 'vnp_Amount[]=')],
    ['an object', (query: string) => query.replace('vnp_Amount=', 'vnp_Amount[a]=')],
    ['no signature', (query: string) => query.replace(/&vnp_SecureHash=.*/, '')],
    ['a short signature', (query: string) => query.slice(0, -1)],
    ['an amount that is none', (query: string) => query.replace('vnp_Amount=800000', 'vnp_Amount=8e5')],
    ['a further signed name', (query: string) => `${query}&vnp_PromotionAmount=1`],
  ])('refuses a report with %s', (_, spoil) => {
    const input = { ...RECORDED.vnpay.paid, rawQuery: spoil(RECORDED.vnpay.paid.rawQuery) };
    expect(providerOf('vnpay').verifyCallback(input, 'ipn').ok).toBe(false);
  });

  it('V4: a query', () => {
    const text =
      'q20261121093600001|2.1.0|querydr|HOIXA001|HX2611210007A|20261121093000|20261121093600|203.0.113.20|Truy van GD HX2611210007A';
    expect(signVnpay(barString(VNPAY_SIGNED.query, zip(VNPAY_SIGNED.query, text)), hashSecret)).toBe(
      'fc2564d2cc8c656b8f6a124dfac1055f1ac4d0b3d63aff880bec3268d26a22cbfa493b20c54cc213b966f2fe8ffd9e571dbc08cb9920757ba20783f88b6f6715',
    );
  });

  it('V5: the answer to a query', async () => {
    const fields = zip(
      VNPAY_SIGNED.queryAnswer,
      'd1f0a1b2c3d4|querydr|00|QueryDR Success|HOIXA001|HX2611210007A|800000|NCB|20261121093512|14271027|01|00|Le phi ho so H29.33-261121-0007||',
    );
    const hash =
      '77edbfbb2a2b7cf2c55a618246d69bb7cea3b9e3719f258ba8786bb65d1244eb154771954c65bacfd6e0ae5f56303944e04909aba3723836561698680c88657c';
    let asked: Record<string, string> = {};
    nock('https://sandbox.vnpayment.vn')
      .post('/merchant_webapi/api/transaction', (body) => {
        asked = body;
        return true;
      })
      .reply(200, { ...fields, vnp_SecureHash: hash });
    expect(await providerOf('vnpay').query(attempt, signal)).toMatchObject({
      outcome: 'paid',
      amountVnd: 8_000,
      gatewayTxn: '14271027',
      paidAt: new Date('2026-11-21T02:35:12Z'),
      code: '00/00',
    });
    expect(asked).toMatchObject({
      vnp_CreateDate: '20261121093600',
      vnp_TransactionDate: '20261121093000',
      vnp_SecureHash: signVnpay(barString(VNPAY_SIGNED.query, asked), hashSecret),
    });
  });

  const refundRequest = {
    requestId: 'r20261122080000001',
    amountVnd: 8_000,
    gatewayTxn: '14271027',
    paidAt: new Date('2026-11-21T02:35:12Z'),
    reason: 'Hoan le phi HX2611210007A',
    officer: 'ketoan.xa',
  };
  const refundAnswer = zip(
    VNPAY_SIGNED.refundAnswer,
    'e1|refund|00|Refund success|HOIXA001|HX2611210007A|800000|NCB|20261122080001|14271099|02|05|Hoan le phi HX2611210007A',
  );
  const V7_HASH =
    '9ff56e3db6fa9a71a20507d84c1ee4b60405f643a7d5725a87a06bf158c327c44744d14d67c82b7b19eb0dbc6792fcb1378e830b5c6d74b28467727c213b3e7d';

  it('V6 and V7: a refund, and its answer, whose amount is signed times 100', async () => {
    let asked: Record<string, string> = {};
    nock('https://sandbox.vnpayment.vn')
      .post('/merchant_webapi/api/transaction', (body) => {
        asked = body;
        return true;
      })
      .reply(200, { ...refundAnswer, vnp_SecureHash: V7_HASH });
    const provider = providerOf('vnpay', '2026-11-22T01:00:00Z');
    expect(await provider.refund!(attempt, refundRequest, signal)).toMatchObject({ outcome: 'pending', code: '00/05' });
    expect(asked).toMatchObject({
      vnp_TransactionType: '02',
      vnp_Amount: '800000',
      vnp_SecureHash:
        'f56202e78be4d64c6e338af24b69f357d090d3210d266f43e945c7a7220b15878b9a885b7457fafabeaee66be7d703efee09c957bd114295935eac6ac4584f21',
    });
  });
});

describe('MoMo', () => {
  const { accessKey, secretKey } = RECORDED.momo.secrets;
  const M1 =
    'accessKey=F8BBA842ECF85&amount=8000&extraData=eyJob1NvIjoiSDI5LjMzLTI2MTEyMS0wMDA3In0=&ipnUrl=https://hoixa.example.vn/pay/momo/ipn&orderId=HX2611210007A&orderInfo=Lệ phí hồ sơ H29.33-261121-0007&partnerCode=MOMO&redirectUrl=https://hoixa.example.vn/pay/momo/return&requestId=5b1c1a52-0f5e-4b0f-9f0e-0d5f6f2b7c11&requestType=';
  const parts = (text: string) =>
    Object.fromEntries(
      text.split('&').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );

  it.each([
    ['captureWallet', '19fa535c9a9881c5d2db0cd0a3ed361d8bec680dc88dff4bb41931acc8e4b84c'],
    ['payWithMethod', 'd55c451d2e7d4a08a34878adf817777d50ba5677888e08b8ce4ad06c621caeb9'],
  ])('M1: an order by %s', (requestType, signature) => {
    const text = `${M1}${requestType}`;
    expect(momoString(MOMO_SIGNED.create, parts(text))).toBe(text);
    expect(signMomo(text, secretKey)).toBe(signature);
  });

  it('M1: what is sent is signed so, names with diacritics in one form', async () => {
    let asked: Record<string, string | number> = {};
    nock('https://test-payment.momo.vn')
      .post('/v2/gateway/api/create', (body) => {
        asked = body;
        return true;
      })
      .reply(200, { resultCode: 0, orderId: attempt.ref, payUrl: 'https://test-payment.momo.vn/v2/gateway/pay?t=1' });
    await providerOf('momo').create({ ...attempt, description: 'Lệ phí'.normalize('NFD') }, signal);
    expect(asked.orderInfo).toBe('Lệ phí'.normalize('NFC'));
    expect(asked.signature).toBe(signMomo(momoString(MOMO_SIGNED.create, { ...asked, accessKey }), secretKey));
  });

  it('M3 and M4: a query and a refund', () => {
    const query = { accessKey, orderId: 'HX2611210007A', partnerCode: 'MOMO', requestId: 'q-0001' };
    expect(signMomo(momoString(MOMO_SIGNED.query, query), secretKey)).toBe(
      'a31804b8f5c02403c564885ecc80f8731d8a02582befd9f6c4aaebf0bc4ed58b',
    );
    const refund = {
      accessKey,
      amount: 8_000,
      description: '',
      orderId: 'HX2611210007A-R1',
      partnerCode: 'MOMO',
      requestId: 'r-0001',
      transId: 4_088_878_653,
    };
    expect(signMomo(momoString(MOMO_SIGNED.refund, refund), secretKey)).toBe(
      '7f49b8a7f81efac8eb2888dce366c0c8ca80f01af39b648ce317244866d8fd33',
    );
  });

  it('takes no address to report to that has a query', async () => {
    const asked = providerOf('momo').create({ ...attempt, ipnUrl: 'https://hoixa.example.vn/ipn?a=1' }, signal);
    await expect(asked).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it('signs its own access key, whatever a report says', () => {
    const body = JSON.parse(RECORDED.momo.paid.rawBody.toString());
    const with_ = (more: object) => ({
      ...RECORDED.momo.paid,
      rawBody: Buffer.from(JSON.stringify({ ...body, ...more })),
    });
    const provider = providerOf('momo');
    expect(provider.verifyCallback(with_({ accessKey: 'SOMEBODYELSE' }), 'ipn').ok).toBe(true);
    expect(provider.verifyCallback(with_({ amount: [8_000] }), 'ipn')).toMatchObject({ reason: 'malformed' });
    expect(provider.verifyCallback(with_({ amount: '8000' }), 'ipn')).toMatchObject({ reason: 'malformed' });
    expect(provider.verifyCallback(with_({ amount: 80_000 }), 'ipn')).toMatchObject({ reason: 'bad_signature' });
  });

  it.each([
    [0, 'paid'],
    [9000, 'paid'],
    [1000, 'pending'],
    [7000, 'pending'],
    [7002, 'pending'],
    [1001, 'failed'],
    [1005, 'failed'],
    [1006, 'failed'],
    [4002, 'failed'],
    [8888, 'pending'],
  ])('reads result code %d as %s', async (resultCode, outcome) => {
    nock('https://test-payment.momo.vn').post('/v2/gateway/api/query').reply(200, {
      resultCode,
      orderId: attempt.ref,
      amount: 8_000,
      transId: 4_088_878_653,
      responseTime: 1795228512345,
    });
    expect(await providerOf('momo').query(attempt, signal)).toMatchObject({ outcome, code: String(resultCode) });
  });
});

describe('VNPT Pay', () => {
  const { secret } = RECORDED.vnptpay.secrets;
  const ask = async (version: '1.0.5' | '1.0.6', path: string) => {
    let asked: Record<string, string> = {};
    nock('https://sandbox.vnptpay.vn', { reqheaders: { authorization: 'Bearer bearer-key' } })
      .post(`/rest/payment/v1.0.6${path}`, (body) => {
        asked = body;
        return true;
      })
      .reply(200, { RESPONSE_CODE: '00', REDIRECT_URL: 'https://sandbox.vnptpay.vn/pay/1' });
    const provider = providerOf('vnptpay', undefined, { ...RECORDED.vnptpay.settings, version });
    await provider.create({ ...attempt, description: 'Le phi H29.33-261121-0007' }, signal);
    return asked;
  };

  it('N1 and N2: an order, in both editions', async () => {
    expect(await ask('1.0.5', '/init')).toMatchObject({
      SECURE_CODE: '346b2c515c49faa5d0509d644f3584675b42a06e0fd434039b937badac028480',
    });
    expect(await ask('1.0.6', '/pay_qrcode')).toMatchObject({
      SECURE_CODE: '0a365b55c9f75df4dbbcdb04068532f51635e562d098edb2db84070de3f8d2d1',
    });
  });

  it('N4: the answer to a report, signed', () => {
    const provider = providerOf('vnptpay', '2026-11-21T02:35:13Z');
    const reply = provider.reply('stored', { input: RECORDED.vnptpay.paid });
    expect(reply).toMatchObject({ status: 200 });
    expect(JSON.parse(reply.body)).toEqual({
      RESPONSE_CODE: '00',
      DESCRIPTION: 'Success',
      MERCHANT_SERVICE_ID: '6901',
      MERCHANT_ORDER_ID: 'HX2611210007A',
      CREATE_DATE: '20261121093513',
      SECURE_CODE: 'aafaad015e7246eb1d306070aae032c5c542e28fa0838817f016b2dc1ff294d9',
    });
  });

  it('N5: a query', () => {
    expect(pipeHash(row('QUERY|1.0.6|6901|HX2611210007A|20261121093000'), secret)).toBe(
      '1dea35d206e107c5c81e87c039b78bdbc4e941150a02bc3234511fcd16c41036',
    );
    expect(VNPTPAY_SIGNED.query).toEqual(row('ACTION|VERSION|MERCHANT_SERVICE_ID|MERCHANT_ORDER_ID|CREATE_DATE'));
  });
});

describe("the portal's platform", () => {
  const { secret } = RECORDED.pp.secrets;
  const dossier = { ...attempt, ref: 'dvcH29332611210007093000', description: 'THANH TOAN HO SO H29.33-261121-0007' };

  it('P1: an order, with phí and lệ phí on lines of their own', async () => {
    let asked: Record<string, unknown> = {};
    nock('https://pp.example.vn')
      .post('/payment', (body) => {
        asked = body;
        return true;
      })
      .reply(200, { MaLoi: '00', UrlThanhToan: 'https://pp.example.vn/pay/1' });
    const items = [
      { kind: 'phi' as const, code: 'P01', name: 'Phí thẩm định', amountVnd: 5_000 },
      { kind: 'le_phi' as const, code: 'LP01', name: 'Lệ phí', amountVnd: 3_000 },
    ];
    await providerOf('pp').create({ ...dossier, bill: { ...bill, items } }, signal);
    expect(asked).toMatchObject({
      MaXacThuc: 'e979d55c0fa144e4d09ad4d2102dc791e5331a08ce31f946113876fbc8a09999',
      ThongTinBienLai: {
        MaDVC: '1.001193.01',
        SoCMNDNguoiNop: '000000000',
        PhiLePhi: [
          { LoaiPhiLePhi: 'Phi', SoTien: '5000' },
          { LoaiPhiLePhi: 'LePhi', SoTien: '3000' },
        ],
      },
    });
  });

  it.each<[string, Partial<PaymentAttempt>]>([
    ['without a bill', { bill: undefined as never }],
    ['whose fees are not the amount', { amountVnd: 9_000 }],
    ['with a bar in a name', { bill: { ...bill, payerName: 'A|B' } }],
  ])('takes no order %s', async (_, over) => {
    await expect(providerOf('pp').create({ ...dossier, ...over }, signal)).rejects.toMatchObject({
      code: 'misconfigured',
    });
  });

  it('P3 and P4: a query and a receipt', async () => {
    const asked: Record<string, string>[] = [];
    nock('https://pp.example.vn')
      .post('/payment', (body) => asked.push(body) > 0)
      .times(3)
      .reply((_, body) => {
        const kind = (body as Record<string, string>).LoaiBanTin;
        if (kind === 'QUERY') return [200, { MaLoi: '00', TrangThaiGD: 1 }];
        return [200, asked.length === 2 ? '' : '%PDF-1.7 biên lai'];
      });
    const provider = providerOf('pp');
    expect(await provider.query(dossier, signal)).toMatchObject({ outcome: 'paid', amountVnd: null, code: '00/1' });
    expect(await provider.receiptPdf!(dossier, signal)).toBeNull();
    expect((await provider.receiptPdf!(dossier, signal))!.subarray(0, 5).toString()).toBe('%PDF-');
    expect(asked.map(({ MaXacThuc }) => MaXacThuc)).toEqual([
      'bd2443cca094cd0bd1072a18a8ee2593f91427fc1300a894ffc5b4e6691a0c49',
      '37c7f912d56b67023124f779579b1894b3069dc3173f8babfdf89fdfc41b63ba',
      '37c7f912d56b67023124f779579b1894b3069dc3173f8babfdf89fdfc41b63ba',
    ]);
  });

  it('acknowledges a report with the hash received, or with one of its own', () => {
    const input = RECORDED.pp.paid;
    const echoed = JSON.parse(providerOf('pp').reply('stored', { input }).body);
    expect(echoed).toMatchObject({
      MaLoi: '00',
      MoTaLoi: 'Thành công',
      MaXacThuc: JSON.parse(input.rawBody.toString()).MaXacThuc,
    });
    const own = providerOf('pp', undefined, { ...RECORDED.pp.settings, replyHash: 'fresh' });
    const fresh = JSON.parse(own.reply('not_found', { input }).body);
    expect(fresh.MaLoi).toBe('99');
    expect(fresh.MaXacThuc).toBe(
      pipeHash(
        PP_SIGNED.confirmAnswer.map((name) => fresh[name]),
        secret,
      ),
    );
  });
});

describe.each(['vnpay', 'momo', 'vnptpay', 'pp'] as const)('a recorded report of %s', (name) => {
  const { paid, ref, gatewayTxn, paidAt } = RECORDED[name];

  it('is read', () => {
    expect(GATEWAYS[name].refOf(paid)).toBe(ref);
    expect(providerOf(name).verifyCallback(paid, 'ipn')).toMatchObject({
      ok: true,
      payment: { ref, outcome: 'paid', amountVnd: 8_000, gatewayTxn, paidAt },
    });
  });

  it('is refused with one bit of the signature changed', () => {
    const flip = (text: string) => text.replace(/[0-9a-f](?=[^0-9a-f]*$)/, (last) => (last === '0' ? '1' : '0'));
    const body = paid.rawBody.toString();
    const signature = /"(?:signature|SECURE_CODE|MaXacThuc)":"([0-9a-f]{64})"/.exec(body)?.[1];
    const input = signature
      ? { ...paid, rawBody: Buffer.from(body.replace(signature, flip(signature))) }
      : { ...paid, rawQuery: flip(paid.rawQuery) };
    expect(providerOf(name).verifyCallback(input, 'ipn')).toMatchObject({ ok: false, reason: 'bad_signature' });
  });
});

it('a value with a bar is never signed and never believed', () => {
  expect(() => pipeHash(['00', 'a|b'], 'secret')).toThrow('"|"');
  // the same signature over "…|VND|VNPT…" with the bar moved into a value
  const body = JSON.parse(RECORDED.vnptpay.paid.rawBody.toString());
  const moved = { ...body, AMOUNT: '8000|VND', CURRENCY_CODE: 'VNPT260000123', VNPTPAY_TRANSACTION_ID: 'VNPTPAY' };
  const shifted = { ...moved, PAYMENT_METHOD: '20261121093512', PAY_DATE: '' };
  delete shifted.ADDITIONAL_INFO;
  const input = { ...RECORDED.vnptpay.paid, rawBody: Buffer.from(JSON.stringify(shifted)) };
  expect(providerOf('vnptpay').verifyCallback(input, 'ipn')).toMatchObject({ ok: false, reason: 'malformed' });
});

describe('a contract that may not run', () => {
  const faults = (name: GatewayName, settings: object, secrets: object, urls: Partial<ProviderUrls> = {}) => {
    const kind = GATEWAYS[name];
    return kind.faultsOf({ settings: kind.settings.parse(settings), secrets, urls: { ...URLS, ...urls } });
  };
  const production = {
    VNPAY_PAY_URL: 'https://pay.vnpay.vn/vpcpay.html',
    VNPAY_API_URL: 'https://merchant.vnpay.vn/merchant_webapi/api/transaction',
    MOMO_API_URL: 'https://payment.momo.vn',
    VNPTPAY_API_URL: 'https://api.vnptpay.vn/rest/payment/v1.0.6',
    PP_API_URL: 'https://lgsp.example.vn/pp',
  };
  const local = 'http://127.0.0.1:4000/x';

  it.each(['vnpay', 'momo', 'vnptpay', 'pp'] as const)('%s: test and production do not meet', (name) => {
    const { settings, secrets } = RECORDED[name];
    const own = name === 'momo' ? { ...secrets, secretKey: 'OWNSECRETKEY0123456789' } : secrets;
    const real = { ...settings, environment: 'production' };
    const sandbox = name === 'pp' ? { PP_API_URL: 'https://sandbox.example.vn/pp' } : {};
    expect(faults(name, settings, own, sandbox)).toEqual([]);
    expect(faults(name, real, own, production)).toEqual([]);
    expect(faults(name, real, own, sandbox).join()).toContain('test address');
    expect(faults(name, settings, own, production).join()).toContain('production address');
    // the demo's stand-ins need no https; a real gateway does
    const allLocal = {
      VNPAY_PAY_URL: local,
      VNPAY_API_URL: local,
      MOMO_API_URL: local,
      VNPTPAY_API_URL: local,
      PP_API_URL: local,
    };
    expect(faults(name, settings, own, { ...allLocal, PUBLIC_URL: 'http://localhost:3000' })).toEqual([]);
    expect(faults(name, real, own, { ...production, PUBLIC_URL: 'http://localhost:3000' }).join()).toContain(
      'PUBLIC_URL',
    );
  });

  it('published demo keys never meet a production host, whatever the contract says', () => {
    const momo = RECORDED.momo;
    expect(faults('momo', momo.settings, momo.secrets)).toEqual([]);
    expect(faults('momo', momo.settings, momo.secrets, production).join()).toContain('published demo keys');
    expect(faults('momo', { ...momo.settings, environment: 'production' }, momo.secrets, production).join()).toContain(
      'anybody could report',
    );
    const demo = { hashSecret: 'RAOEXHYVSDDIIENYWSLDIIZTANXUXZFJ' };
    expect(faults('vnpay', { ...RECORDED.vnpay.settings, environment: 'production' }, demo, production)).not.toEqual(
      [],
    );
  });

  it('lacks an address or a secret', () => {
    expect(faults('pp', RECORDED.pp.settings, RECORDED.pp.secrets, { PP_API_URL: undefined })).toContain(
      'PP_API_URL is not set',
    );
    for (const kind of Object.values(GATEWAYS)) {
      expect(kind.secrets.safeParse({}).success).toBe(false);
      expect(kind.settings.safeParse({ environment: 'test' }).success).toBe(false);
    }
    expect(vnpay.secrets.safeParse({ hashSecret: '' }).success).toBe(false);
  });
});
