import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { QRPay } from 'vietnam-qr-pay';
import { expect, it } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { BANKS, bankOf } from './banks.ts';
import { crc16, drawVietQr, qrPng, type Transfer, vietQrText } from './vietqr.ts';

const vcb = { bin: '970436', accountNumber: '1012345678' };
const ctg = { bin: '970415', accountNumber: '113366668888' };
const Q1 =
  '00020101021238540010A00000072701240006970436011010123456780208QRIBFTTA5303704540480005802VN62240820HX2611210007A LE PHI6304247D';

it.each<[string, Transfer, string]>([
  ['Q1: amount and words', { ...vcb, amountVnd: 8_000, words: 'HX2611210007A LE PHI' }, Q1],
  [
    'Q2: without amount',
    vcb,
    '00020101021138540010A00000072701240006970436011010123456780208QRIBFTTA53037045802VN6304497A',
  ],
  [
    'Q5: name and bill number',
    { ...ctg, amountVnd: 150_000, words: 'HX2611210008B', payeeName: 'UBND XA HOA BINH', billNumber: 'HX2611210008B' },
    '00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA530370454061500005802VN5916UBND XA HOA BINH62340113HX2611210008B0813HX2611210008B6304EE26',
  ],
])('%s', (_, transfer, text) => {
  expect(vietQrText(transfer)).toBe(text);
});

it("Q3 and Q4: another bank's published code, and a sum that begins with 0", () => {
  const q3 =
    '00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA53037045405790005802VN62220818Ung Ho Quy Vac Xin63043ACF';
  expect(crc16(q3.slice(0, -4))).toBe('3ACF');
  // the same but for the case of the words, which ours writes in capitals
  expect(
    vietQrText({ ...ctg, amountVnd: 79_000, words: 'UNG HO QUY VAC XIN' })
      .slice(0, -4)
      .toLowerCase(),
  ).toBe(q3.slice(0, -4).toLowerCase());
  expect(vietQrText({ ...vcb, amountVnd: 8_001, words: 'HX2611210007A LE PHI' })).toMatch(/630402D7$/);
});

it('Q6 and the check value of the algorithm', () => {
  const acb = { bankBin: '970416', bankNumber: '257678859' };
  expect(QRPay.initVietQR(acb).build()).toMatch(/6304AE9F$/);
  expect(vietQrText({ bin: '970416', accountNumber: '257678859' })).toMatch(/6304AE9F$/);
  expect(
    crc16(
      QRPay.initVietQR({ ...acb, amount: '10000', purpose: 'Chuyen tien' })
        .build()
        .slice(0, -4),
    ),
  ).toBe('53E6');
  expect(crc16('123456789')).toBe('29B1');
});

it('a second library writes the same and reads it back, for every bank and many amounts', () => {
  for (const [at, { bin }] of BANKS.entries()) {
    const amountVnd = 1_000 + at * 7_919 ** 2;
    const words = `HX261121K7N${String(at).padStart(5, '0')}A LE PHI`;
    const text = vietQrText({ bin, accountNumber: `19${bin}00${at}`, amountVnd, words });
    const theirs = QRPay.initVietQR({
      bankBin: bin,
      bankNumber: `19${bin}00${at}`,
      amount: String(amountVnd),
      purpose: words,
    });
    expect(theirs.build()).toBe(text);
    expect(new QRPay(text)).toMatchObject({
      isValid: true,
      amount: String(amountVnd),
      consumer: { bankBin: bin, bankNumber: `19${bin}00${at}` },
      additionalData: { purpose: words },
    });
  }
});

it('the picture is read by a reader of its own', async () => {
  const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
  await prepareZXingModule({
    overrides: { wasmBinary: readFileSync(wasm).buffer as ArrayBuffer },
    fireImmediately: true,
  });
  const [found, ...more] = await readBarcodes(await qrPng(Q1), { formats: ['QRCode'] });
  expect([found!.text, more.length]).toEqual([Q1, 0]);
  const drawn = await drawVietQr({ ...vcb }, 8_000, 'HX2611210007A LE PHI');
  expect(drawn).toMatch(/^data:image\/png;base64,/);
  const again = await readBarcodes(Buffer.from(drawn.slice(drawn.indexOf(',') + 1), 'base64'), { formats: ['QRCode'] });
  expect(again[0]!.text).toBe(Q1);
});

it.each<[string, object]>([
  ['diacritics', { words: 'LỆ PHÍ' }],
  ['marks banks drop', { words: 'HX2611210007A-LE-PHI' }],
  ['words too long', { words: 'HX2611210007A LE PHI HO TICH' }],
  ['no words', { words: '' }],
  ['a fraction', { amountVnd: 8_000.5 }],
  ['nothing to pay', { amountVnd: 0 }],
  ['too much', { amountVnd: 1e13 }],
  ['no bank', { bin: '9704' }],
  ['no account', { accountNumber: '12 34' }],
  ['a name with diacritics', { payeeName: 'UBND XÃ' }],
])('takes no %s', (_, wrong) => {
  expect(() => vietQrText({ ...vcb, amountVnd: 8_000, words: 'HX2611210007A', ...wrong })).toThrow(/^no VietQR/);
});

it('finds a bank by whatever it is called', () => {
  expect(['970436', 'vcb', ' Vietcombank '].map((text) => bankOf(text)?.bin)).toEqual(['970436', '970436', '970436']);
  expect(bankOf('VBSP')).toBeNull();
  expect(new Set(BANKS.map(({ bin }) => bin)).size).toBe(BANKS.length);
});
