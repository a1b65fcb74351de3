import { describe, expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadCaseQuestions } from './cases.ts';
import { eligibilityRules } from './eligibility-rules.ts';
import { createGuidance } from './engine.ts';
import type { Answer, Memory, Question } from './guidance.ts';

/** How answers speak: the fact first, the usual papers, calm words. */

const guidance = createGuidance();
const commune = communeSettings.parse({ officeName: 'UBND xã Bát Xát', province: 'Lào Cai' });
const now = new Date('2026-11-18T03:00:00Z');

async function talk(...lines: (string | Partial<Question>)[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  let memory: Memory | null = null;
  for (const line of lines) {
    const rest = typeof line === 'string' ? { text: line } : line;
    const given: Answer = await guidance.answer({
      text: '',
      memory,
      commune,
      isWaitingForOfficer: false,
      now,
      ...rest,
    });
    memory = JSON.parse(JSON.stringify(given.memory)) as Memory;
    answers.push(given);
  }
  return answers;
}
const textOf = (given: Answer | undefined) => (given?.messages ?? []).map(({ text }) => text).join('\n');
const answer = async (text: string) => textOf((await talk(text))[0]);
const firstLine = async (text: string) => (await answer(text)).split('\n')[0]!;

describe('dangers: the number that stops the harm comes first', () => {
  test.each([
    ['chồng đang đánh tôi chảy máu', ['113', '115']],
    ['cháu bé hàng xóm bị dượng đánh bầm tím', ['113', '111']],
    ['có đứa bé rơi xuống ao rồi', ['114', '115']],
    ['có người đuối nước ngoài sông', ['114', '115']],
    ['dây điện đứt rơi trước nhà tôi', ['114', '115']],
    ['bình gas nổ cháy có người bị bỏng', ['114', '115']],
    ['hàng xóm cầm dao chém nhau chảy máu', ['113', '115']],
    ['bố em bị đột quỵ ngất xỉu', ['115']],
    ['em không muốn sống nữa', ['115', '111']],
  ])('%s', async (text, expected) => {
    const line = await firstLine(text);
    expect(line.match(/\b11\d\b/g)?.slice(0, expected.length)).toEqual(expected);
    expect(line).toMatch(new RegExp(`^Gọi ${expected[0]} ngay`));
  });
});

describe('papers', () => {
  test('the usual case is shown at once, the question comes after', async () => {
    const birth = await answer('làm giấy khai sinh cho bé cần giấy tờ gì');
    expect(birth).toContain('• Giấy chứng sinh (bệnh viện');
    expect(birth.indexOf('• Căn cước')).toBeLessThan(birth.indexOf('Bé sinh ở bệnh viện phải không?'));
    expect(await answer('khai tử cần giấy tờ gì')).toContain('• Giấy báo tử');
  });

  test.each(loadCatalogue().all.map(({ code }) => code))('%s: papers and question are read at once', async (code) => {
    const [given] = await talk({ payload: `hx:ask:${code}:documents` });
    const buttons = given!.messages.at(-1)?.buttons ?? [];
    const asks = buttons.filter(({ value }) => /^hx:(case|group):/.test(value));
    for (const { title } of asks) {
      expect([...title].length).toBeLessThanOrEqual(20);
      expect(title).not.toMatch(/^(Trường hợp [ABC]|Đúng trường hợp này)$/);
    }
    const told = given!.messages.map(({ text }) => text).join('\n');
    const own = told
      .split('\n')
      .filter((line) => !/^\(Tôi là|· mã|mã \d\.\d{6}/.test(line) && !line.includes('https://'));
    if (asks.length > 0) expect(own.join(' ').split(/\s+/).length).toBeLessThanOrEqual(76);
  });

  test('a case told adds to the common papers and takes the place of the usual one', async () => {
    const home = await answer('sinh con ở nhà làm khai sinh cần giấy gì');
    expect(home).toContain('người làm chứng');
    expect(home).toContain('• Căn cước');
    expect(home).not.toContain('• Giấy chứng sinh');
    expect(await answer('con tôi sinh ở Nhật giờ làm khai sinh ở xã cần gì')).toContain('nhập cảnh');
    expect((await talk('chồng tôi người Đài Loan làm khai sinh cho con cần gì'))[0]!.reading.procedureCode).toBe(
      '2.000528',
    );
  });

  test.each([
    ['con tôi đủ 14 tuổi rồi làm căn cước ở đâu', '1.014061'],
    ['sổ gốc cũng mất rồi làm lại khai sinh cần gì', '1.004884'],
  ])('what was told is not asked again: %s', async (text, code) => {
    expect((await talk(text))[0]!.reading.procedureCode).toBe(code);
  });

  test('two choices of one case keep their own words', async () => {
    const [, home] = await talk('khai tử cho bố cần gì', 'mất ở nhà');
    expect(textOf(home)).not.toContain('ở bệnh viện');
    expect(textOf(home)).toContain('hỏi xã');
  });

  test('every usual case is one of its record', () => {
    for (const [code, { usual }] of loadCaseQuestions()) {
      const names = loadCatalogue()
        .byCode(code)!
        .cases.map(({ name }) => name);
      for (const name of usual.flat()) expect(names).toContain(name);
    }
  });
});

describe('may I, must I', () => {
  test.each([
    ['con sinh quá hạn 3 tháng còn làm khai sinh được không', /^Được\./],
    ['mẹ tôi 72 tuổi có được trợ cấp hưu trí xã hội không', /^Tùy:/],
    ['bà nội 80 tuổi có được trợ cấp hưu trí xã hội không', /^Đủ tuổi rồi/],
    ['ông 60 tuổi có được trợ cấp hưu trí xã hội không', /^Chưa đủ tuổi/],
    ['con gái 17 tuổi có được đăng ký kết hôn không', /^Chưa đủ tuổi/],
    ['em mười chín tuổi bạn trai hai mươi tuổi đăng ký kết hôn được chưa', /^Tùy:/],
    ['sổ gốc cũng mất thì có đăng ký lại khai sinh được không', /^Ai đúng như thế này thì làm được/],
    ['mẹ tôi không ký được thì điểm chỉ có chứng thực chữ ký được không', /^Được/],
    ['không có bản chính thì có sao y được không', /^Không\./],
  ])('%s', async (text, expected) => {
    expect(await firstLine(text)).toMatch(expected);
  });

  const fieldOf = (code: string, field: 'name' | 'eligibility' | 'notes' | 'steps' | 'cases' | 'result') => {
    const record = loadCatalogue().byCode(code)!;
    if (field !== 'cases') return [record[field] ?? ''].flat().join(' ');
    return record.cases
      .flatMap(({ name, documents }) => [name, ...documents.flatMap((paper) => [paper.name, paper.note ?? ''])])
      .join(' ');
  };
  const reviewed = [...eligibilityRules()].flatMap(([code, { ages, rules }]) => [
    ...ages.map(({ rule, below, basis }) => ({ code, text: `${rule} ${below ?? ''}`, basis })),
    ...rules.map(({ say, also, basis }) => ({ code, text: `${say} ${also ?? ''}`, basis })),
  ]);

  test.each(reviewed)('$code: "$text" rests on words of a record', ({ code, text, basis }) => {
    for (const { field, quote, code: other } of basis) expect(fieldOf(other ?? code, field)).toContain(quote);
    const quoted: string[] = basis.flatMap(({ quote }) => quote.match(/\d+/g) ?? []);
    for (const number of text.match(/\d+/g) ?? []) expect(quoted).toContain(number);
    expect(text).not.toMatch(/Luật|Nghị định|Thông tư/);
  });

  test.each([
    ['hộ nghèo làm khai tử có được miễn phí không', /^Được miễn lệ phí: hộ nghèo/],
    ['người khuyết tật đăng ký tạm trú có được miễn lệ phí không', /không ghi rõ/],
    ['độc thân có được nhận con nuôi không', /dữ liệu của tôi không ghi/],
    ['con 13 tuổi làm căn cước được không', /dưới 14 tuổi/],
    ['con mới sinh bao nhiêu ngày phải nhập hộ khẩu', /60 ngày/],
    ['đất tranh chấp có bắt buộc hòa giải ở xã không', /dữ liệu của tôi không ghi/],
    ['ở trọ dưới 30 ngày có phải đăng ký tạm trú không', /không ghi/],
  ])('%s', async (text, expected) => {
    expect(await firstLine(text)).toMatch(expected);
  });

  test('undecided is said plainly, with a person first', async () => {
    const [given] = await talk('xây chuồng heo có phải xin giấy phép xây dựng không');
    expect(textOf(given).split('\n')[0]).toMatch(/không nói rõ|Tùy/);
    expect(textOf(given)).not.toContain('Ai làm được:');
  });
});

describe('money', () => {
  test('what is received is not what is paid', async () => {
    const text = await answer('trợ cấp khuyết tật mỗi tháng được bao nhiêu');
    expect(text).toContain('chưa có con số');
    expect(text).not.toMatch(/lệ phí|khoản phải nộp/);
  });
  test('an age is no amount', async () => {
    expect(await firstLine('trợ cấp hưu trí xã hội mỗi tháng được bao nhiêu tiền')).toContain('chưa có con số');
  });
  test('a death told in time', async () => {
    expect(await answer('khai tử có mất tiền không')).toContain('Đúng hạn 15 ngày được miễn lệ phí.');
  });
});

describe('condolence: once, and only when a death is told', () => {
  test.each([
    'bố em vừa mất giờ phải làm giấy tờ gì',
    'U em mất',
    'bố em vừa mất có được tiền mai táng không',
  ])('%s', async (text) => {
    const answers = await talk(text, 'mất bao lâu');
    expect(textOf(answers[0])).toMatch(/^Xin chia buồn cùng gia đình\.\n/);
    expect(textOf(answers[1])).not.toContain('chia buồn');
  });
  test.each([
    'khai tử có mất tiền không',
    'con em mất giấy khai sinh',
    'khai tử mất bao lâu',
    'tôi mới mất căn cước',
  ])('not: %s', async (text) => {
    expect(await answer(text)).not.toContain('chia buồn');
  });
});

describe('the thread', () => {
  test('not understood: simpler, then a person', async () => {
    const answers = await talk('làm khai sinh cho con cần gì', 'không hiểu', 'vẫn không hiểu', 'dạ');
    expect(textOf(answers[1])).toContain('Nói đơn giản thế này');
    expect(answers[2]!.messages.at(-1)!.buttons![0]!.title).toBe('Gặp cán bộ');
    expect(answers[3]!.outcome).toBe('handed_off');
  });
  test('"ok" ends it kindly', async () => {
    const [, closing] = await talk('làm khai sinh cho con cần gì', 'dạ vâng');
    expect(closing!.outcome).toBe('small_talk');
    expect(textOf(closing)).toContain('Cần gì thêm cứ nhắn');
  });
  test('a short question stays with the matter', async () => {
    const answers = await talk('đăng ký kết hôn cần gì', 'mất mấy ngày', 'phí', 'nộp ở đâu');
    expect(answers.map(({ reading }) => reading.procedureCode)).toEqual(Array(4).fill('1.000894'));
  });
  test('a lost slip and a code given are about the dossier', async () => {
    expect((await talk('em làm mất giấy hẹn rồi'))[0]!.reading.intent).toBe('status_check');
    const [, later] = await talk('H26.15-250701-0001', 'bao giờ xong');
    expect(later).toMatchObject({ outcome: 'looked_up' });
  });
  test('waiting: a second question is acknowledged, a third is left to the officer', async () => {
    const waiting = { isWaitingForOfficer: true };
    const answers = await talk(
      'cho tôi gặp cán bộ',
      { text: 'nhà tôi ở thôn 3', ...waiting },
      { text: 'phí bao nhiêu vậy?', ...waiting },
      { text: 'cần giấy gì?', ...waiting },
    );
    expect(answers.map(({ messages }) => messages.length)).toEqual([1, 1, 1, 0]);
  });
  test('waiting at the counter is no question about hours', async () => {
    const [given] = await talk('ngồi chờ từ sáng tới giờ chưa ai gọi');
    expect(textOf(given)).toContain('Xin lỗi');
    expect(given!.handOff).toEqual({ reason: 'complaint' });
  });
  test('a forgotten password', async () => {
    const [given] = await talk('quên mật khẩu cổng dịch vụ công');
    expect(given!.reading.intent).toBe('account_help');
    expect(textOf(given)).toContain('Quên mật khẩu');
  });
});

test.each([
  'muốn làm visa đi Hàn cần gì',
  'mở công ty tnhh cần gì',
  'thăm tù cần giấy gì',
])("not the commune's: %s", async (text) => {
  const [given] = await talk(text);
  expect(given!.outcome).toBe('other_agency');
  expect(given!.reading.procedureCode).toBeNull();
});

test('a record replaced elsewhere says so', async () => {
  const [given] = await talk({ payload: 'hx:ask:2.001023:online' });
  expect(textOf(given)).toContain('3.000722');
  expect(textOf(given)).not.toContain('chưa làm trên mạng');
});

describe('what the record does not know is not made of what it does', () => {
  test.each([
    'con tôi đi nghĩa vụ quân sự được hoãn không',
    'đang học đại học thì có được miễn nghĩa vụ không',
  ])('"%s": being spared is no question of who registers', async (text) => {
    const said = await answer(text);
    expect(said).toContain('dữ liệu của tôi không ghi');
    expect(said).toContain('Ban Chỉ huy quân sự xã');
    expect(said).not.toContain('làm được');
  });

  test('papers not copied whole are not none', async () => {
    const said = await answer('nhan nuoi con nuoi');
    expect(said).toContain('chưa có đủ');
    expect(said).not.toContain('không ghi giấy nào');
  });

  test('the code of another province is not told here; whose figures they are is', async () => {
    const here = await answer('chuyển đất vườn sang đất ở cần giấy gì');
    expect(here).toMatch(/mã 1\.013949 · dữ liệu Hải Phòng /);
    expect(here).not.toContain('1.115645');
    const there = await guidance.answer({
      text: 'chuyển đất vườn sang đất ở cần giấy gì',
      memory: null,
      commune: communeSettings.parse({ officeName: 'UBND xã Thử', province: 'Hải Phòng' }),
      isWaitingForOfficer: false,
      now,
    });
    expect(textOf(there)).toContain('mã 1.115645 · dữ liệu 18');
  });

  test.each(['nộp phí môi trường', 'phí rác tháng này đóng ở đâu'])('"%s" is sent where it belongs', async (text) => {
    expect((await talk(text))[0]!.outcome).toBe('other_agency');
  });
});

describe('money asked for over the telephone', () => {
  test.each([
    'người ta gọi bảo tôi chuyển 2 triệu phí làm căn cước',
    'co nguoi goi keu em nop 500k le phi doi can cuoc',
  ])('"%s" is warned of', async (text) => {
    expect(await firstLine(text)).toMatch(/^Đừng chuyển/);
  });

  test('who has not paid is told so', async () => {
    const [, calm] = await talk('người ta gọi bảo tôi chuyển 2 triệu phí làm căn cước', 'tôi chưa chuyển');
    expect(textOf(calm)).toContain('không mất gì');
  });
});

test('where to complain is told, a delay goes on with the code given', async () => {
  expect(await answer('tôi phản ánh ở đâu')).toContain('Nhắn luôn ở đây');
  const [, late] = await talk('H26.15-261101-0001', 'chậm quá');
  expect(textOf(late)).toContain('cùng mã H26.15-261101-0001');
});

test('whether the office comes to the house is not made up', async () => {
  expect(await answer('chứng thực chữ ký có đến nhà làm không')).toContain('dữ liệu của tôi không ghi');
});

test('land taken for a road is no joke', async () => {
  expect(await answer('đất nhà em bị thu hồi làm đường được đền bù bao nhiêu')).toContain('thu hồi đất');
});
