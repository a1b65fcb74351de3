import { expect, test } from 'vitest';
import { environmentFaults } from '../payments/gateways/environment.ts';
import { contractFault, importFault } from './refusals.ts';

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

test('why a list was not taken is said in Vietnamese with what to do; what was written for staff stays', () => {
  expect(importFault('no row could be taken, 12 rejected: the data in use stays')).toMatch(
    /^Không hàng nào .* 12 hàng lỗi/,
  );
  expect(importFault('the file holds 3 dossiers, the data in use 90: it stays. Add --force if this is right')).toMatch(
    /^Tệp có 3 hồ sơ, dữ liệu đang dùng có 90.*“Vẫn nạp”\.$/,
  );
  expect(importFault('the file is from 2026-11-20T10:00:00Z, the data in use from 2026-11-21: it stays')).toMatch(
    /^Tệp cũ hơn .*“Vẫn nạp”\.$/,
  );
  expect(importFault('bị bỏ dở')).toBe('bị bỏ dở');
  expect(importFault('something went wrong')).toMatch(/^Không nạp được/);
});
