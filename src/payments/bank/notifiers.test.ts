import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRandom, damage, randomJson } from '../../channels/testing/fuzz.ts';
import type { CallbackInput } from '../provider.ts';
import { casso } from './casso.ts';
import { NOTIFIERS } from './index.ts';
import { payos } from './payos.ts';
import { sepay } from './sepay.ts';

const call = (body: string | object, headers: Record<string, string> = {}): CallbackInput => ({
  method: 'POST',
  rawQuery: '',
  rawBody: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  headers,
});

describe('SePay', () => {
  const SECRET = 'HOIXASEPAYSECRET';
  const BODY =
    '{"id":92704,"gateway":"Vietcombank","transactionDate":"2026-11-21 09:35:12","accountNumber":"1012345678","code":"HX2611210007A","content":"HX2611210007A LE PHI HO TICH","transferType":"in","transferAmount":8000,"accumulated":19077000,"subAccount":null,"referenceCode":"MBVCB.3278907687","description":""}';
  const C3 = {
    'x-sepay-timestamp': '1795228512',
    'x-sepay-signature': 'sha256=f006d14891a2170bfab5818b50f9da166a8798d58dd81aab00b83fc4193ad06d',
  };
  const at = (now: string) => sepay.create({ secrets: { secret: SECRET }, now: () => new Date(now) });
  const onTime = at('2026-11-21T02:36:00Z');
  const sign = (body: string) => {
    const hash = createHmac('sha256', SECRET).update(`1795228512.${body}`).digest('hex');
    return call(body, { ...C3, 'x-sepay-signature': `sha256=${hash}` });
  };

  it('C3: a signed message', () => {
    expect(onTime.verify(call(BODY, C3))).toEqual({
      ok: true,
      credits: [
        {
          bankTxnId: '92704',
          bankRef: 'MBVCB.3278907687',
          source: 'sepay',
          accountNumber: '1012345678',
          virtualAccount: null,
          amountVnd: 8_000,
          at: new Date('2026-11-21T02:35:12Z'),
          words: 'HX2611210007A LE PHI HO TICH',
          payer: null,
        },
      ],
    });
    expect(sepay.accountOf(call(BODY))).toBe('1012345678');
    expect(onTime.reply('stored')).toMatchObject({ status: 200, body: '{"success":true}' });
    expect(onTime.reply('bad_signature').status).toBe(401);
  });

  it('is over the bytes as they came, and not older than five minutes', () => {
    const no = { ok: false, reason: 'bad_signature' };
    expect(onTime.verify(call(BODY.replace('8000', '8001'), C3))).toEqual(no);
    expect(onTime.verify(call(BODY.replace('":', '": '), C3))).toEqual(no);
    expect(onTime.verify(call(BODY, { 'x-sepay-signature': C3['x-sepay-signature'] }))).toEqual(no);
    expect(onTime.verify(call(BODY))).toEqual(no);
    expect(at('2026-11-21T02:40:13Z').verify(call(BODY, C3))).toEqual(no);
    expect(at('2026-11-21T02:30:11Z').verify(call(BODY, C3))).toEqual(no);
  });

  it('of money going out tells nothing; with a code cut from the words, both are looked at', () => {
    expect(onTime.verify(sign(BODY.replace('"in"', '"out"')))).toEqual({ ok: true, credits: [] });
    const cut = onTime.verify(sign(BODY.replace('HX2611210007A LE PHI HO TICH', 'CHUYEN TIEN')));
    expect(cut).toMatchObject({ credits: [{ words: 'HX2611210007A CHUYEN TIEN' }] });
    expect(onTime.verify(sign(BODY.replace('8000', '-8000')))).toEqual({ ok: false, reason: 'malformed' });
    expect(onTime.verify(sign('[]'))).toEqual({ ok: false, reason: 'malformed' });
  });

  it('with an API key: exactly that one', () => {
    const keyed = sepay.create({ secrets: { apiKey: 'KEY0123456789ABCDEF' }, now: () => new Date() });
    const said = (authorization: string) => keyed.verify(call(BODY, { authorization })).ok;
    expect(said('Apikey KEY0123456789ABCDEF')).toBe(true);
    expect(['', 'Apikey', 'Apikey KEY0123456789ABCDEG', 'Bearer KEY0123456789ABCDEF'].map(said)).not.toContain(true);
    expect(keyed.verify(call(BODY, C3)).ok).toBe(false);
    expect(sepay.secrets.safeParse({}).success).toBe(false);
  });
});

describe('Casso', () => {
  const KEY = 'mgExMrjj4i7a1p8Cs6LmFbpCd8lbw4sSX4LZXPag7TKazeIogtR90tvWYTkwQbvs';
  const C2 = {
    error: 0,
    data: {
      id: 0,
      reference: 'MA_GIAO_DICH_THU_NGHIEM',
      description: 'giao dich thu nghiem',
      amount: 599000,
      runningBalance: 25000000,
      transactionDateTime: '2024-10-03 15:06:37',
      accountNumber: '88888888',
      bankName: 'VPBank',
      bankAbbreviation: 'VPB',
      virtualAccountNumber: '',
      virtualAccountName: '',
      counterAccountName: 'NGUYEN VAN A',
      counterAccountNumber: '8888888888',
      counterAccountBankId: '970415',
      counterAccountBankName: 'VietinBank',
    },
  };
  const HEADER =
    't=1727948258788,v1=ed0a4bd2e826d5cb69988cdb141e6c1a080e21f3b57eb72cd78192220042b9e7dde0868fc667faea8e224900fa7904e7c88dfa098032fb2d6b6996856e8b7ff3';
  const notifier = casso.create({ secrets: { key: KEY }, now: () => new Date(1727948260000) });
  /** Of one level: what the test changes stays in order. */
  const sign = (data: Record<string, unknown>) => {
    const sorted = Object.fromEntries(
      Object.keys(data)
        .sort()
        .map((name) => [name, data[name]]),
    );
    const text = `1727948258788.${JSON.stringify({ data: sorted, error: 0 })}`;
    const hash = createHmac('sha512', KEY).update(text).digest('hex');
    return call({ error: 0, data }, { 'x-casso-signature': `t=1727948258788,v1=${hash}` });
  };

  it('C2: the published sample, which is a test call', () => {
    expect(notifier.verify(call(C2, { 'x-casso-signature': HEADER }))).toEqual({ ok: true, credits: [] });
    expect(notifier.verify(call({ ...C2, error: 1 }, { 'x-casso-signature': HEADER }))).toMatchObject({
      reason: 'bad_signature',
    });
    expect(notifier.verify(call(C2))).toMatchObject({ reason: 'bad_signature' });
    expect(notifier.verify(call('{', { 'x-casso-signature': HEADER }))).toMatchObject({ reason: 'bad_signature' });
  });

  it('v2: a credit; money going out tells nothing; an old message is refused', () => {
    const real = { ...C2.data, id: 55, description: 'MBVCB.1.HX261121K7N00001A LE PHI', virtualAccountNumber: 'VA01' };
    expect(notifier.verify(sign(real))).toEqual({
      ok: true,
      credits: [
        {
          bankTxnId: '55',
          bankRef: 'MA_GIAO_DICH_THU_NGHIEM',
          source: 'casso',
          accountNumber: '88888888',
          virtualAccount: 'VA01',
          amountVnd: 599_000,
          at: new Date('2024-10-03T08:06:37Z'),
          words: 'MBVCB.1.HX261121K7N00001A LE PHI',
          payer: 'NGUYEN VAN A',
        },
      ],
    });
    expect(notifier.verify(sign({ ...real, amount: -599_000 }))).toEqual({ ok: true, credits: [] });
    const late = casso.create({ secrets: { key: KEY }, now: () => new Date(1727948258788 + 25 * 3_600_000) });
    expect(late.verify(sign(real))).toMatchObject({ reason: 'bad_signature' });
  });

  it("v1: several at once, known by the bank's number", () => {
    const old = casso.create({ secrets: { secureToken: 'TOKEN0123456789ABC' }, now: () => new Date(1727948260000) });
    const row = {
      id: 7,
      tid: 'FT2430001',
      description: 'HX1',
      amount: 8_000,
      when: '2024-10-03 15:06:37',
      bank_sub_acc_id: '1012 345678',
    };
    const body = { error: 0, data: [row, { ...row, id: 8, tid: 'FT2430002', amount: -1 }] };
    expect(old.verify(call(body, { 'secure-token': 'TOKEN0123456789ABC' }))).toMatchObject({
      ok: true,
      credits: [{ bankTxnId: 'FT2430001', accountNumber: '1012345678', at: new Date('2024-10-03T08:06:37Z') }],
    });
    expect(old.verify(call(body, { 'secure-token': 'TOKEN' })).ok).toBe(false);
    expect(casso.accountOf(call(body))).toBe('1012345678');
  });
});

describe('payOS', () => {
  const KEY = '1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675';
  const data = {
    orderCode: 123,
    amount: 3000,
    description: 'VQRIO123',
    accountNumber: '12345678',
    reference: 'TF230204212323',
    transactionDateTime: '2023-02-04 18:25:00',
    currency: 'VND',
    paymentLinkId: '124c33293c43417ab7879e14c8d9eb18',
    code: '00',
    desc: 'Thành công',
    counterAccountBankId: '',
    counterAccountBankName: '',
    counterAccountName: '',
    counterAccountNumber: '',
    virtualAccountName: '',
    virtualAccountNumber: '',
  };
  const C1 = '412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03';
  const notifier = payos.create({ secrets: { checksumKey: KEY }, now: () => new Date() });
  const envelope = (given: object, signature: string) =>
    call({ code: '00', desc: 'success', success: true, data: given, signature });
  const sign = (given: Record<string, unknown>) => {
    const text = Object.keys(given)
      .sort()
      .map((name) => `${name}=${given[name] ?? ''}`)
      .join('&');
    return envelope(given, createHmac('sha256', KEY).update(text).digest('hex'));
  };

  it('C1: the published sample, which is the test of the address', () => {
    expect(notifier.verify(envelope(data, C1))).toEqual({ ok: true, credits: [] });
    expect(notifier.verify(envelope({ ...data, amount: 30_000 }, C1))).toMatchObject({ reason: 'bad_signature' });
    expect(notifier.verify(envelope({ ...data, amount: [3_000] }, C1))).toMatchObject({ reason: 'bad_signature' });
  });

  it('a paid link is a credit; another currency or code is none; empty and absent are signed alike', () => {
    const real = { ...data, orderCode: 900_001, description: 'HX261121K7N00001A', counterAccountName: null };
    expect(notifier.verify(sign(real))).toMatchObject({
      ok: true,
      credits: [
        {
          bankTxnId: 'TF230204212323/124c33293c43417ab7879e14c8d9eb18',
          amountVnd: 3_000,
          at: new Date('2023-02-04T11:25:00Z'),
          words: 'HX261121K7N00001A',
          payer: null,
        },
      ],
    });
    expect(notifier.verify(sign({ ...real, currency: 'USD' }))).toEqual({ ok: true, credits: [] });
    expect(notifier.verify(sign({ ...real, code: '01' }))).toEqual({ ok: true, credits: [] });
    expect(payos.accountOf(sign(real))).toBe('12345678');
  });
});

it('published sample keys may be used in the demo only', () => {
  const samples = {
    casso: { key: 'mgExMrjj4i7a1p8Cs6LmFbpCd8lbw4sSX4LZXPag7TKazeIogtR90tvWYTkwQbvs' },
    payos: { checksumKey: '1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675' },
  };
  for (const [name, secrets] of Object.entries(samples)) {
    const kind = NOTIFIERS[name as 'casso' | 'payos'];
    expect(kind.faultsOf({ secrets, isDemo: true })).toEqual([]);
    expect(kind.faultsOf({ secrets, isDemo: false })).toHaveLength(1);
  }
});

it.each(Object.values(NOTIFIERS))('$name believes no bytes it did not sign, and never throws', (kind) => {
  const secrets = { secret: 'S'.repeat(32), key: 'S'.repeat(32), checksumKey: 'S'.repeat(32) };
  const notifier = kind.create({ secrets, now: () => new Date(1795228512000) });
  const random = createRandom(7);
  const sample = Buffer.from(
    '{"error":0,"data":{"id":1,"accountNumber":"1","amount":1},"signature":"00","transferType":"in"}',
  );
  for (let round = 0; round < 300; round++) {
    const rawBody = round % 2 ? damage(random, sample) : Buffer.from(JSON.stringify(randomJson(random, 4)) ?? '');
    const headers = {
      'x-sepay-timestamp': '1795228512',
      'x-sepay-signature': 'sha256=00',
      'x-casso-signature': 't=1795228512000,v1=00',
    };
    const input = { method: 'POST' as const, rawQuery: '', rawBody, headers };
    expect(notifier.verify(input).ok).toBe(false);
    kind.accountOf(input);
  }
});
