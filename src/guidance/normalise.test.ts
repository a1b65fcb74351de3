import { expect, test } from 'vitest';
import { normalise } from './normalise.ts';

const words = (text: string) =>
  normalise(text)
    .words.map(({ text: word }) => word)
    .join(' ');
const bare = (text: string) =>
  normalise(text)
    .words.map((word) => word.bare)
    .join(' ');

test.each([
  ['e muốn lm gks cho bé thì cần j v ạ', 'em muốn làm giấy khai sinh cho bé thì cần gì vậy ạ'],
  ['đk kh cần j', 'đăng ký kết hôn cần gì'],
  ['xin sđt ub', 'xin số điện thoại ủy ban'],
  ['cần gif', 'cần gì'],
  ['đăng kys', 'đăng ký'],
  ['thuowngf trus', 'thường trú'],
  ['so hong bi sai ten', 'so hong bi sai ten'],
  ['can cuoc bi hong', 'can cuoc bi hong'],
  ['lam ton tien hong', 'lam ton tien không'],
  ['tui hong biết', 'tôi không biết'],
  ['17t làm đc blx k', '17 tuổi làm được bằng lái xe không'],
  ['với lại cho hỏi', 'và cho hỏi'],
])('%s', (typed, read) => {
  expect(words(typed)).toBe(read);
});

test('VNI left-overs, glued and twisted words', () => {
  expect(bare('d9ang ky1 ta5m tru1')).toBe('dang ki tam tru');
  expect(bare('dang ki khai sinhcho con canmang gi')).toBe('dang ki khai sinh cho con can mang gi');
  expect(bare('đăng ký khia sinh')).toBe('dang ki khai sinh');
});

test('composed and decomposed text, tone placement and i/y read alike', () => {
  expect(normalise('hoà giải'.normalize('NFD')).words).toEqual(normalise('hoà giải').words);
  expect(normalise('hoà').words[0]!.marked).toBe(normalise('hòa').words[0]!.marked);
  expect(bare('đăng kí')).toBe(bare('đăng ký'));
});

test('dialect words', () => {
  expect(words('tải ở mô rứa')).toBe('tải ở đâu vậy');
  expect(words('mần răng')).toBe('làm sao');
});

test('nothing makes it throw', () => {
  for (const text of [
    '',
    ' ',
    '\n\n',
    '👍👋🏽',
    '\u0000\u200b',
    'a'.repeat(10_000),
    '0'.repeat(10_000),
    '́́́',
    '\ud800',
    'ĐĐĐĐ!!!',
    '١٢٣',
    '中文',
  ]) {
    expect(() => normalise(text)).not.toThrow();
  }
});

test('Telex tones struck inside a word, or after a mark', () => {
  expect(words('mấy ngafy')).toBe('mấy ngày');
  expect(words('caanf giaays tờ')).toBe('cần giấy tờ');
  expect(words('đăng kýs')).toBe('đăng ký');
});

test('a word one slip away from what stands between its neighbours is meant', () => {
  expect(bare('giấy kha sinh cho con')).toBe('giay khai sinh cho con');
  expect(bare('dang ky ket hn can giy to gi')).toBe('dang ki ket hon can giay to gi');
});

test('names and rare words stay as they were typed', () => {
  expect(words('ba em là Trần Văn Khởi ở Mường Lống')).toBe('ba em là trần văn khởi ở mường lống');
  expect(words('nhà tui nghèo rớt mồng tơi')).toBe('nhà tôi nghèo rớt mồng tơi');
});
