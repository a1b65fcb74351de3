import { expect, test } from 'vitest';
import { loadCatalogue, type Procedure, procedureRecord } from '../procedures/catalogue.ts';
import { checkFacts, citedText, guardExplanation, guardQuestion } from './guard.ts';
import { findFacts } from './guard-facts.ts';

const record: Procedure = procedureRecord.parse({
  ...loadCatalogue().byCode('1.001193')!,
  eligibility:
    'Cha hoặc mẹ đi đăng ký trong 60 ngày từ ngày sinh con; nếu không đi được thì ông, bà, người thân thích khác',
  steps: ['Điền tờ khai', 'Nộp ở Trung tâm Phục vụ hành chính công trước ngày 01/9/2026'],
  notes:
    'Lệ phí quá hạn 10.000 đồng. Theo Nghị định 123/2015/NĐ-CP. Mẫu CT01. Không cần chứng thực bản sao. Nhận trước 15h30.',
  channels: [
    { kind: 'online', days: 3, daysUnit: 'working_day', feeVnd: 8000, feeNote: 'x', timeNote: null },
    { kind: 'counter', days: 5, daysUnit: 'day', feeVnd: 0, feeNote: null, timeNote: null },
  ],
  confidence: 'high',
  scope: undefined,
});
const isFine = (text: string, ...cites: string[]) => checkFacts(text, record, cites).ok;
const keys = (text: string) => findFacts(text).map(({ key, unit }) => (unit ? `${key} ${unit}` : key));

test('one value, many spellings', () => {
  for (const text of ['10.000 đồng', '10000đ', '10k', '10 nghìn đồng', 'mười nghìn đồng', '10,000 VND', 'mười ngàn'])
    expect(keys(text)[0], text).toMatch(/^10000( đồng)?$/);
  expect(keys('hai mươi lăm ngày')).toEqual(['25 ngày']);
  expect(keys('một trăm linh năm ngày')).toEqual(['105 ngày']);
  expect(keys('một triệu hai trăm nghìn')).toEqual(['1200000']);
  expect(keys('1,5 triệu')).toEqual(['1500000']);
  expect(keys('hai năm')).toEqual(['2 năm']);
  for (const text of ['01/9/2026', 'ngày 1 tháng 9 năm 2026', '2026-09-01', '1-9-2026'])
    expect(keys(text), text).toEqual(['2026-9-1']);
});

test('a father, a year and an article are no numbers', () => {
  expect(findFacts('ba mẹ, một đứa con, năm sinh của cháu tư')).toEqual([]);
});

test.each([
  ['Cha hoặc mẹ đi đăng ký trong 60 ngày từ ngày sinh con.', ['eligibility']],
  ['Cha hoặc mẹ đi đăng ký trong sáu mươi ngày từ ngày sinh con', ['record.eligibility']],
  ['Nếu cha, mẹ không đi được thì ông, bà đi đăng ký.', ['eligibility']],
  ['Nộp ở Trung tâm Phục vụ hành chính công trước ngày 1 tháng 9 năm 2026.', ['steps[1]']],
  ['Theo Nghị định 123/2015/NĐ-CP.', ['notes']],
])('%s: stands in the record', (text, cites) => {
  expect(checkFacts(text, record, cites)).toEqual({ ok: true });
});

test.each([
  ['Cha hoặc mẹ đi đăng ký trong 90 ngày từ ngày sinh con.', 'eligibility'],
  ['Cha hoặc mẹ đi đăng ký trong 60 tháng từ ngày sinh con.', 'eligibility'],
  ['Cha hoặc mẹ đi đăng ký trong ba mươi ngày từ ngày sinh con.', 'eligibility'],
  ['Cha hoặc mẹ không phải đi đăng ký.', 'eligibility'],
  ['Nộp ở Trung tâm trước ngày 02/9/2026.', 'steps[1]'],
  ['Nộp ở Phòng Tư pháp.', 'steps[1]'],
  ['Nộp tờ khai và phiếu lý lịch tư pháp.', 'steps[0]'],
  ['Theo Nghị định 124/2015/NĐ-CP.', 'notes'],
  ['Dùng mẫu CT02.', 'notes'],
  ['Nhận trước 16h30.', 'notes'],
  ['Phải chứng thực bản sao.', 'notes'],
  ['Xem tại dichvucong-quocgia.com.', 'notes'],
  ['Gọi 0912345678.', 'notes'],
  ['Trẻ sinh ở nước ngoài do Bộ Ngoại giao làm.', 'eligibility'],
  ['Theo Nghị định 123/2015/NĐ-CP.', 'steps[0]'],
  ['Điền tờ khai', 'steps[7]'],
  ['Điền tờ khai', '__proto__'],
  ['Điền tờ khai', 'sources'],
])('%s: does not', (text, cite) => {
  expect(isFine(text, cite)).toBe(false);
});

test('a sentence that cites nothing is not believed', () => {
  expect(checkFacts('Điền tờ khai', record, []).ok).toBe(false);
});

test('times are cited with their unit; fees cannot be cited', () => {
  expect(citedText(record, 'channels[0].days')).toBe('3 ngày làm việc');
  expect(citedText(record, 'channels[0]')).not.toMatch(/8000/);
  expect(citedText(record, 'channels[0].feeVnd')).toBeNull();
  expect(isFine('Trong 5 ngày làm việc', 'channels[1]')).toBe(false);
});

test('true or not, money, links and accounts are never a model’s to tell', () => {
  const say = (text: string, cite = 'notes') => guardExplanation([{ text, cites: [cite] }], record);
  for (const text of [
    'Lệ phí quá hạn 10.000 đồng.',
    'Quá hạn 10k.',
    'Mười nghìn.',
    'Không mất tiền.',
    'Được miễn.',
    'Xem https://dichvucong.gov.vn.',
    'Số 19034567890123.',
    'Quét 00020101021238540010A00000072701240006970436011010123456780208QRIBFTTA.',
    'Mở hoixa.example.vn/pay/Xk3mQ9ZtYw0aBcDeFgHiJkLmNoPqRsTu để nộp.',
    'Chuyển vào 970436 số 1012345678.',
    '**Điền tờ khai**',
  ])
    expect(say(text), text).toHaveProperty('why');
  expect(say('Điền tờ khai', 'steps[0]')).toEqual({ text: 'Điền tờ khai.' });
});

test('one bad sentence takes the others with it', () => {
  const good = { text: 'Điền tờ khai', cites: ['steps[0]'] };
  expect(guardExplanation([good, { text: 'Chờ 9 ngày', cites: ['steps[0]'] }], record)).toHaveProperty('why');
});

const CHANGES: [name: string, change: (text: string) => string][] = [
  ['another number', (text) => text.replace(/\d+/, (digits) => String(Number(digits) + 1))],
  ['another unit', (text) => text.replace(/(\d+) ngày( làm việc)?/, '$1 tháng')],
  ['working days', (text) => text.replace(/(\d+) ngày(?! làm việc)/, '$1 ngày làm việc')],
  ['a duty taken away', (text) => text.replace(/(?<!không )phải /, 'không phải ')],
  ['an exemption taken away', (text) => text.replace(/không (cần|phải|được) /, '$1 ')],
  ['another paper', (text) => text.replace(/(tờ khai|giấy|đơn) \p{L}+ \p{L}+/u, '$1 lý lịch')],
  ['another office', (text) => text.replace(/cấp xã|xã/, 'tỉnh')],
  ['a deadline added', (text) => text.replace(/\.?$/, ' trong 12 ngày')],
  ['both for either', (text) => text.replace(' hoặc ', ' và ')],
  ['half a clause', (text) => text.split(/ (?=không|trừ|nếu|nhưng)/)[1] ?? text],
];

test('true sentences of all records pass; changed by a word they do not', () => {
  let passed = 0;
  let changed = 0;
  for (const one of loadCatalogue().all) {
    const fields = [
      ...one.steps.map((text, at) => [text, `steps[${at}]`] as const),
      [one.eligibility ?? '', 'eligibility'],
    ];
    for (const [field = '', cite = ''] of fields) {
      for (const text of field.split(/[.;] /)) {
        if (text.length < 15 || !('text' in guardExplanation([{ text, cites: [cite] }], one))) continue;
        passed++;
        for (const [name, change] of CHANGES) {
          const wrong = change(text);
          if (wrong === text) continue;
          changed++;
          expect(guardExplanation([{ text: wrong, cites: [cite] }], one), `${name}: ${wrong}`).toHaveProperty('why');
        }
      }
    }
  }
  expect(passed).toBeGreaterThan(400);
  expect(changed).toBeGreaterThan(1_000);
});

test('placeholders are no facts', () => {
  expect(isFine('⟦TEN1⟧ điền tờ khai', 'steps[0]')).toBe(true);
});

test('a question may be shown when it states nothing', () => {
  expect(guardQuestion('Cha mẹ của bé đã đăng ký kết hôn chưa?')).not.toBeNull();
  for (const text of [
    'Đã nộp 50.000 đồng chưa?',
    'Có đơn xin xác nhận chưa?',
    'Đã ra Phòng Tư pháp chưa?',
    'Vào abc.vn xem chưa?',
    'Việc này không cần giấy. Đúng không?',
    'Có?',
    'Cần hỏi việc gì',
  ])
    expect(guardQuestion(text), text).toBeNull();
});
