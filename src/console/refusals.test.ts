import { expect, test } from 'vitest';
import { environmentFaults } from '../payments/gateways/environment.ts';
import { contractFault } from './refusals.ts';

test('every reason a contract cannot run has a sentence for staff that says whom to ask', () => {
  const hosts = [
    '',
    'http://pay.example.vn',
    'https://pay.example.vn',
    'https://sandbox.vnpayment.vn',
    'http://127.0.0.1:1',
  ];
  const faults = (['production', 'test'] as const).flatMap((wanted) =>
    hosts.flatMap((VNPAY_PAY_URL) =>
      ['http://xa.example.vn', 'https://xa.example.vn'].flatMap((publicUrl) =>
        [true, false].flatMap((isDemoKey) => environmentFaults(wanted, { VNPAY_PAY_URL }, { publicUrl, isDemoKey })),
      ),
    ),
  );
  faults.push(
    'stored secret cannot be read: SECRET_KEY differs from the one it was stored with (set SECRET_KEY_PREVIOUS)',
    'stored settings are not valid any more: connect it again',
  );
  expect(new Set(faults).size).toBeGreaterThan(7);
  for (const fault of faults) {
    const said = contractFault(`vnpay "cửa "A"": ${fault}`);
    expect(said).toMatchObject({ method: 'vnpay', name: 'cửa "A"' });
    expect([fault, said.words]).toEqual([fault, expect.stringMatching(/Nhờ người vận hành (?!xem dòng)/)]);
    expect(said.words).not.toMatch(/[A-Z]+_[A-Z]+/);
  }
});

test('a reason nobody foresaw still says what to do', () => {
  expect(contractFault('something else').words).toMatch(/người vận hành/);
});
