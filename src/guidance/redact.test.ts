import { expect, test } from 'vitest';
import { findPersonalData } from './personal-data.ts';
import { redact } from './redact.ts';

const now = new Date('2026-11-21T03:00:00Z');
const cases: [text: string, secret: string][] = [
  ['sđt em 0912345678 ạ', '0912345678'],
  ['gọi 0912.345.678 nhé', '345'],
  ['goi em so +84 912 345 678', '912'],
  ['gọi ０９１２３４５６７８', '0912345678'],
  ['gọi 09\u200b12345678', '12345678'],
  ['không chín một hai ba bốn năm sáu bảy tám là số em', 'ba bốn năm'],
  ['cccd 001095012345 muốn làm khai sinh', '001095012345'],
  ['cmnd 123456789', '123456789'],
  ['so can cuoc cua toi la 034 095 012 345', '095'],
  ['stk 19034567890123 techcombank', '19034567890123'],
  ['mail lan.nguyen@gmail.com nhe', 'lan.nguyen'],
  ['hồ sơ H26.15-251101-0012 tới đâu', '251101'],
  ['000.00.01.H26-250701-0001 xong chưa', '250701'],
  ['ho so h26 15 251101 0012', '251101'],
  ['mã gì đó 8834 5521 90', '5521'],
  ['xe 29A-123.45 sang tên', '123.45'],
  ['Tôi tên là Nguyễn Văn Hùng, muốn làm khai sinh', 'Hùng'],
  ['toi ten la nguyen van hung muon lam khai sinh', 'hung'],
  ['em tên Hoa ạ', 'Hoa'],
  ['họ và tên: TRẦN THỊ MAI LAN sinh 1990', 'MAI LAN'],
  ['chồng em là anh Hùng ở xã bên', 'Hùng'],
  ['bé Lê Ngọc Bảo An sinh tháng trước', 'Bảo An'],
  ['giay to cua ba tran thi lan bi sai', 'lan'],
  ['giấy của ba nguyễn văn hùng bị sai', 'hùng'],
  ['toi la Tran Thi Thu muon lam lai khai sinh', 'Thu'],
  ['nhà số 12/5 ngõ 7 đường Lê Lợi', '12/5'],
  ['con em sinh ngày 15.09.2026', '15.09'],
  ['cháu sinh 3/10/2026 muốn làm khai sinh', '3/10'],
  ['sn 12-3-1958 ạ', '12-3'],
  ['tôi sinh ngày 5 tháng 9 năm 1990', '5 tháng 9'],
  ['ngày sinh của cháu là 01/02/2020', '01/02'],
  ['sinh ngay 7/11 vừa rồi', '7/11'],
  ['Lan 20/10/1985 đi đăng ký kết hôn', '20/10'],
  ['nhà em ở thôn 3 xã Bát Xát', '3 xã'],
  ['em o thon 5, xa Bat Xat', '5,'],
  ['tôi ở ấp Hòa Bình', 'Hòa Bình'],
  ['người ở bản Phùng', 'Phùng'],
  ['em ở thôn nà lặc, xã bát xát', 'nà lặc'],
  ['ở tổ dân phố số 4 phường A', '4 phường'],
  ['nhà ở số 15 đường Trần Phú', '15 đường'],
  ['ở hẻm 45/3 nhé', '45/3'],
  ['vào https://dichvucong-gov.top/?u=0912 đúng không', 'gov.top'],
];

test.each(cases)('%s: hidden, and put back', (text, secret) => {
  const { text: sent, restore } = redact(text, now);
  expect(sent).not.toContain(secret);
  expect(sent).toMatch(/⟦[A-Z]+1[:⟧]/);
  expect(restore(sent)).toBe(text.normalize('NFKC').replace(/\u200b/g, ''));
});

test('what the question is about stays readable', () => {
  for (const text of [
    'làm khai sinh cho con trễ hạn 3 tháng có bị phạt không',
    'hẹn ngày 15.09.2026, học 2019-2023',
    'nộp hồ sơ ngày 1/11/2026 mà chưa xong',
    'con sinh năm 2019 thì cần gì',
    'trưởng thôn ký chưa, thôn mình có ai làm không',
    'sao y 3 bản chính, bản sao công chứng 2 tờ',
    'cần tờ khai nào, tổ chức ở đâu',
    'đường vào nhà bị lấn thì hỏi ai',
    'CẦN BẢN SAO GIẤY KHAI SINH, TỜ KHAI',
    'xã Bát Xát, tỉnh Lào Cai nay thuộc đâu',
    'phạt 500.000 đồng, lệ phí 8.000đ một bản',
    'thủ tục 1.001193 hết bao nhiêu',
    'bán đất 1.500.000.000 đồng đóng thuế gì',
    'nghị định 123/2015/NĐ-CP còn hiệu lực không',
    'anh chị em ruột có ủy quyền được không',
    'tên con sai chữ đệm thì sửa ở đâu',
    'em tên gì vậy',
    'dang dinh lam ho so, le phi the nao',
    'lấy chồng Hàn Quốc, ở Hồ Chí Minh thì khai ở đâu',
    'cho cả gia đình thì cần gì, đường thì hẹp',
    'ba mẹ chưa đăng ký kết hôn',
    'MUỐN LÀM GIẤY KHAI SINH CHO CON',
  ])
    expect(redact(text, now).text).toBe(text);
});

test('the same value has the same placeholder; strangers are not restored', () => {
  const { text, restore } = redact('0912345678 hay 0987654321? vẫn 0912345678', now);
  expect(text).toBe('⟦SDT1⟧ hay ⟦SDT2⟧? vẫn ⟦SDT1⟧');
  expect(restore('⟦SDT2⟧ ⟦SDT3⟧ ⟦ID1⟧')).toBe('0987654321 ⟦SDT3⟧ ⟦ID1⟧');
});

test('how long ago a birth was is told, the date is not', () => {
  const told = (text: string) => redact(text, now).text;
  expect(told('bé sinh 1/11/2026 giờ làm khai sinh')).toBe('bé sinh ⟦NGAY1: 20 ngày trước⟧ giờ làm khai sinh');
  expect(told('bé sinh ngày 15/6/2026')).toBe('bé sinh ngày ⟦NGAY1: 5 tháng trước⟧');
  expect(told('bà sinh ngày 2-3-1945')).toBe('bà sinh ngày ⟦NGAY1: 81 năm trước⟧');
  const { restore } = redact('bé sinh 1/11/2026', now);
  expect(restore('bé ⟦NGAY1⟧, ⟦NGAY1: lâu rồi⟧')).toBe('bé 1/11/2026, 1/11/2026');
});

test('a citizen cannot write a placeholder', () => {
  expect(redact('⟦TEN1⟧ là ai', now).text).not.toContain('⟦');
});

test('nothing the reader calls personal is left, whatever stands between the digits', () => {
  const joints = ['', ' ', '.', '-', ' . ', '  '];
  for (const digits of ['0912345678', '034095012345', '84912345678']) {
    for (const joint of joints) {
      for (const before of ['', 'số ', 'cccd:', 'stk là ', '(']) {
        const { text } = redact(`${before}${[...digits].join(joint)} hỏi khai sinh`, now);
        expect(findPersonalData(text.replace(/⟦\w+⟧/g, ' ')).kinds).toEqual([]);
        expect(text.replace(/⟦\w+⟧/g, '').match(/\d/g) ?? []).toEqual([]);
      }
    }
  }
});
