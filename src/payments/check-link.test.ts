import { expect, test } from 'vitest';
import { checkAddress, findAddresses } from './check-link.ts';

const own = { publicUrl: 'https://hoixa.example.vn', website: 'https://batxat.laocai.gov.vn/trang-chu' };
const kindOf = (address: string) => checkAddress(address, own)?.kind;

test.each([
  'dichvucong.gov.vn',
  'https://dichvucong.gov.vn/p/home/dvc-trang-chu.html?a=1',
  'HTTPS://DichVuCong.GOV.VN.',
  'http://dichvucong.gov.vn:80/',
  'batxat.laocai.gov.vn',
])('%s is official', (address) => {
  expect(kindOf(address)).toBe('official');
});

test.each([
  'https://dichvucong.gov.vn.abc.top/nop-phat',
  'dichvucongs.top',
  'dichvucongg.top',
  'https://dichvucong-gov.vn',
  'https://abcdichvucong.gov.vn',
  'https://dichvucong.gov.vn@abc.top/',
  'https://dichvucong.gov.vn:8443@abc.top',
  'https://dichvucong.gov.vn:8443/',
  'https://dіchvucong.gov.vn', // Cyrillic і
  'https://xn--dchvucong-8uh.gov.vn',
  'ftp://dichvucong.gov.vn',
  'https://hoixa.example.vn.abc.top/pay/x',
  'https://user@hoixa.example.vn/pay/x',
  'bit.ly/3xyz',
  'https://laocai.gov.vn',
  'http://103.1.2.3/vneid',
])('%s is not recognised', (address) => {
  expect(kindOf(address)).toBe('unknown');
});

test('what looks like the portal is named, letters of another script are shown for what they are', () => {
  expect(checkAddress('https://dіchvucong.gov.vn', own)).toMatchObject({
    looksLike: 'dichvucong.gov.vn',
    host: expect.stringMatching(/thật ra là xn--/),
  });
  expect(checkAddress('https://d1chvuc0ng.top', own)).toMatchObject({ looksLike: 'dichvucong.gov.vn' });
  expect(checkAddress('bit.ly/3xyz', own)).toMatchObject({ looksLike: null });
});

test("a gateway's host is a gateway's, our own is ours", () => {
  expect(kindOf('https://pay.vnpay.vn/vpcpay.html?x=1')).toBe('gateway');
  expect(checkAddress('https://hoixa.example.vn/pay/abc', own)).toEqual({
    kind: 'ours',
    host: 'hoixa.example.vn',
    path: '/pay/abc',
  });
});

test('addresses are found in words; codes, sums and file names of ours are none', () => {
  expect(findAddresses('xem giúp link này: https://dichvucongs.top/a?b=c, với lại dichvucong.gov.vn nhé')).toEqual([
    'https://dichvucongs.top/a?b=c',
    'dichvucong.gov.vn',
  ]);
  expect(findAddresses('hồ sơ H26.15-250701-0001 thủ tục 1.001193 phí 10.000đ ngày 21.11.2026')).toEqual([]);
});
