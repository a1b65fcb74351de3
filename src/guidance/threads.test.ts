import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadLinked } from '../procedures/linked.ts';
import { loadAmbiguities } from './ambiguities.ts';
import { createGuidance } from './engine.ts';
import { type Dialogue, evaluateDialogues } from './evaluate.ts';
import type { Answer, Memory } from './guidance.ts';

/** Portions, simple words, checklists and what comes next: over several turns. */

const guidance = createGuidance();
const commune = communeSettings.parse({ officeName: 'UBND xã Bát Xát', province: 'Lào Cai' });
const start = new Date('2026-11-18T03:00:00Z');

/** Texts in order; "hx:…" presses a button, "+25h" lets time pass. */
async function talk(...lines: string[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  let memory: Memory | null = null;
  let now = start;
  for (const line of lines) {
    const hours = /^\+(\d+)h$/.exec(line)?.[1];
    now = new Date(now.getTime() + (hours ? Number(hours) * 3_600_000 : 20_000));
    if (hours) continue;
    const isPressed = line.startsWith('hx:');
    const given: Answer = await guidance.answer({
      text: isPressed ? '' : line,
      ...(isPressed && { payload: line }),
      memory,
      commune,
      communeId: 'commune-1',
      isWaitingForOfficer: false,
      now,
    } as Parameters<typeof guidance.answer>[0]);
    memory = JSON.parse(JSON.stringify(given.memory)) as Memory;
    answers.push(given);
  }
  return answers;
}
const textOf = (given: Answer | undefined) => (given?.messages ?? []).map(({ text }) => text).join('\n');
const titles = (given: Answer | undefined) => given?.messages.at(-1)?.buttons?.map(({ title }) => title) ?? [];

describe('portions', () => {
  test('"tiếp" goes on where the last message stopped, until all is told', async () => {
    const [first, second, third] = await talk('sổ đỏ lần đầu làm thế nào', 'xem tiếp', 'tiếp đi');
    expect(textOf(first)).toContain('Còn nữa, nhắn "tiếp"');
    expect(titles(first)[0]).toBe('Xem tiếp');
    expect(textOf(second)).toContain('Đủ điều kiện');
    expect(textOf(second)).not.toContain('Còn nữa');
    expect(textOf(third)).toContain('đã nói hết');
  });

  test('"tiếp" still goes on after a word in between', async () => {
    const [, , rest] = await talk('sổ đỏ lần đầu làm thế nào', 'cảm ơn nhé', 'xem tiếp');
    expect(textOf(rest)).toContain('Đủ điều kiện');
  });

  test('"gửi hết" sends what is left, five messages at most', async () => {
    const [, all] = await talk('xin giấy phép xây dựng nhà ở cần chuẩn bị gì', 'gửi hết cho tôi');
    expect(all!.messages.length).toBeGreaterThan(1);
    expect(all!.messages.length).toBeLessThanOrEqual(5);
    expect(textOf(all)).toContain('Làm tiếp: nộp ở');
  });

  test('several facts asked at once come in the order asked', async () => {
    const [, several] = await talk('đăng ký kết hôn cần giấy tờ gì', 'hết bao nhiêu, mất mấy ngày, làm ở đâu');
    const text = textOf(several);
    expect(text.indexOf('8.000 đồng')).toBeLessThan(text.indexOf('Trong ngày'));
    expect(text.indexOf('Trong ngày')).toBeLessThan(text.indexOf('Nộp ở Trung tâm'));
  });
});

test('a case told after it was asked for is no emergency', async () => {
  const [, left] = await talk('cần chuẩn bị gì để làm khai sinh cho con', 'cháu bị bỏ rơi');
  expect(left!.handOff).toBeUndefined();
  expect(textOf(left)).toContain('bỏ rơi');
});

test('two procedures side by side: the usual papers of both, no question between them, each a press away', async () => {
  const [both] = await talk('làm khai sinh với đăng ký thường trú cho bé cần giấy tờ gì');
  expect(textOf(both)).toMatch(/^Khai sinh cho con:\n/);
  expect(textOf(both)).toContain('Giấy chứng sinh');
  expect(textOf(both)).toContain('CT01');
  expect(textOf(both)).not.toContain('Trường hợp riêng');
  expect(titles(both)).toEqual(['Khai sinh cho con', 'Đăng ký thường trú', 'Gặp cán bộ']);
});

test('two words that name nothing are about the matter at hand', async () => {
  const [, , fee] = await talk('mất giấy khai sinh giờ làm lại sao', 'sổ gốc còn', 'hết bao nhiêu');
  expect(textOf(fee)).toContain('8.000 đồng');
});

describe('said simply', () => {
  test('one step at a time, kept until it is switched off', async () => {
    const answers = await talk(
      'nói đơn giản thôi, già rồi',
      'làm khai sinh thế nào',
      'tiếp',
      'phí bao nhiêu',
      'nói bình thường đi',
    );
    expect(textOf(answers[1])).toMatch(/^Bước một\. /);
    expect(textOf(answers[2])).toMatch(/^Bước hai\. /);
    expect(textOf(answers[3])).toContain('Việc cần làm:');
    expect(textOf(answers[4])).not.toContain('Việc cần làm:');
  });

  test.each([
    'không hiểu',
    'nói gì khó hiểu quá',
    'già rồi không hiểu',
  ])('%s: the same in short sentences', async (words) => {
    const [, again] = await talk('đăng ký tạm trú cần giấy tờ gì', words);
    expect(textOf(again)).toMatch(/^Nói đơn giản thế này:/);
    expect(again!.memory).toMatchObject({ simple: true, procedureCode: '1.004194' });
  });

  test('twice not understood: a person is offered; three times: a person comes', async () => {
    const answers = await talk('khai sinh làm thế nào', 'không hiểu', 'vẫn không hiểu', 'không hiểu gì hết');
    expect(titles(answers[2])[0]).toBe('Gặp cán bộ');
    expect(answers[3]!.handOff).toEqual({ reason: 'not_understood' });
  });
});

describe('what to prepare', () => {
  test('the papers of the case told, how each is handed in, what is looked up, what comes next', async () => {
    const [, list] = await talk('cần chuẩn bị những gì để làm khai sinh cho con', 'bé sinh ở nhà', 'gửi hết');
    expect(textOf(list)).toMatch(/^Danh sách chuẩn bị \(sinh ở nhà\):/);
    expect(textOf(list)).toContain('người làm chứng');
    expect(textOf(list)).not.toContain('Giấy chứng sinh');
    expect(textOf(list)).toContain('để cho xem');
  });

  test('an original or a copy is named only where the record counts them', async () => {
    const text = textOf((await talk('hx:next:1.013225:checklist:0:0'))[0]);
    expect(text).toContain('02 bộ bản vẽ thiết kế (2 bản chính)');
    expect(text).toContain('Sổ đỏ, sổ hồng hoặc giấy hợp pháp khác về đất (1 bản sao)');
  });
});

describe('what comes next', () => {
  test('every link names procedures we have and the record that tells it', () => {
    const catalogue = loadCatalogue();
    const groups = loadAmbiguities(catalogue).map(({ id }) => id);
    for (const [code, { next, source, quote, say, offer }] of loadLinked()) {
      expect(catalogue.byCode(code), code).toBeDefined();
      expect(catalogue.byCode(source)?.code, `${code}: ${source}`).toBe(source);
      expect(JSON.stringify(catalogue.byCode(source)), code).toContain(quote);
      for (const step of next) {
        if ('code' in step) expect(catalogue.byCode(step.code)?.code, step.code).toBe(step.code);
        else expect(groups).toContain(step.group);
      }
      expect(`${say}${offer ?? ''}`).not.toMatch(/\d/);
    }
  });

  test('asked for: birth, then residence and health card', async () => {
    const [given] = await talk('khai sinh cho con xong rồi phải làm gì nữa');
    expect(titles(given)).toEqual(expect.arrayContaining(['Đăng ký thường trú cho bé', 'Thẻ bảo hiểm y tế cho bé']));
  });

  test('a death: said plainly, funeral money is asked back by who died', async () => {
    const [, , after, money] = await talk(
      'bố em mới mất làm khai tử cần gì',
      'mất ở bệnh viện',
      'hx:after:1.000656',
      'hx:which:funeral-money',
    );
    expect(textOf(after)).toContain('xóa đăng ký thường trú');
    expect(money!.outcome).toBe('offered_choices');
  });

  test('offered once, never beside an open question', async () => {
    const answers = await talk('bố em mới mất làm khai tử cần gì', 'mất ở bệnh viện', 'làm thế nào');
    expect(titles(answers[0])).not.toContain('Xong rồi làm gì nữa');
    expect(titles(answers[1])).toContain('Xong rồi làm gì nữa');
    expect(titles(answers[2])).not.toContain('Xong rồi làm gì nữa');
  });
});

test('own dialogues: several questions, corrections, returns, simple words, a day between, other offices', async () => {
  const file = new URL('../../test/eval/dialogues-own.jsonl', import.meta.url);
  const dialogues = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Dialogue);
  expect(dialogues.length).toBeGreaterThanOrEqual(40);
  const { met, faults } = await evaluateDialogues(guidance, dialogues, { commune, now: start });
  expect(met.right / met.of, faults.join('\n')).toBeGreaterThanOrEqual(0.96);
});

describe('what people tell of themselves while a procedure is spoken of', () => {
  const BIRTH = 'làm khai sinh cho con cần giấy gì';
  const WEDDING = 'đăng ký kết hôn cần giấy tờ gì';
  test.each([
    [WEDDING, 'người kia đang ở Hàn', '1.000894', /^Cả hai phải có mặt[\s\S]*trên mạng/],
    [WEDDING, 'bố không đồng ý có được không', '1.000894', /tự nguyện/],
    [WEDDING, 'không biết chữ thì điền sao', '1.000894', /dữ liệu của tôi không ghi/],
    [WEDDING, 'bận đi làm, nhờ người khác nộp được không', '1.000894', /không nhờ người khác ký thay/],
    [BIRTH, 'mẹ bé chưa đủ tuổi', '1.001193', /dữ liệu của tôi không ghi/],
    [BIRTH, 'giấy chứng sinh mất rồi', '1.001193', /người làm chứng/],
    [BIRTH, 'bố bé đang đi xuất khẩu lao động', '1.001193', /không cần giấy ủy quyền/],
    [BIRTH, 'ở xa không về được', '1.001193', /bưu điện/],
    ['chứng thực chữ ký sơ yếu lý lịch', 'mắt kém không viết được', '2.000884', /điểm chỉ/],
    ['chứng thực chữ ký sơ yếu lý lịch', 'em đang ở Hà Nội không về được', '2.000884', /phải có mặt/],
    ['khai tử cho ông nội cần gì', 'cháu ở trong Nam không về được', '1.000656', /người thân thích/],
    ['đăng ký thường trú cho vợ cần gì', 'bố không đồng ý có được không', '1.004222', /ý kiến đồng ý của chủ hộ/],
    ['đăng ký thường trú cho vợ cần gì', 'nhà chưa có sổ đỏ', '1.004222', /dữ liệu của tôi không ghi/],
    ['giấy kết hôn của tôi mất lâu rồi giờ làm lại sao', 'bác cưới trước giải phóng lận', '2.000635', /cán bộ/],
  ])('%s / %s', async (asked, told, code, says) => {
    const [, given] = await talk(asked, told);
    expect(given!.reading.procedureCode).toBe(code);
    expect(textOf(given)).toMatch(says);
    expect(given!.outcome).not.toMatch(/declined|other_agency|handed_off/);
    expect(titles(given)).toContain('Gặp cán bộ');
  });

  test('the second half of a message is answered too', async () => {
    const [, given] = await talk(BIRTH, 'mẹ bé đang ở Nhật không về được, mà làm thì mất bao lâu');
    expect(textOf(given)).toMatch(/không cần giấy ủy quyền[\s\S]*trước 15 giờ/);
  });

  test('a question about the world stays out of scope', async () => {
    const [, given] = await talk(BIRTH, 'hôm nay trời có mưa không');
    expect(given!.outcome).toBe('declined');
  });

  test('a bare fact about a matter named by its everyday name is about that matter', async () => {
    const [given] = await talk('thôi vậy khai sinh mất bao lâu');
    expect(given!.reading.procedureCode).toBe('1.001193');
    const [lost] = await talk('khai sinh mất rồi làm lại sao');
    expect(lost!.outcome).toBe('offered_choices');
  });
});

describe('what is done is said, the thing it is done to is the one spoken of', () => {
  test.each([
    [['làm căn cước cho người lớn cần gì', 'bị rơi mất rồi'], '1.014064'],
    [['xin giấy phép xây nhà ở riêng lẻ cần giấy gì', 'gia hạn được mấy lần'], '1.013227'],
    [['đăng ký tạm trú cần giấy gì', 'gia hạn thì sao'], '1.002755'],
    [['làm căn cước cho bé 6 tuổi cần gì', 'ủa nhầm, là bé lớn 15t'], '1.014061'],
    [
      [
        'em lấy chồng Đài Loan, muốn làm khai sinh Việt Nam cho bé',
        'bé chỉ có giấy khai sinh tiếng Hoa thôi, còn cần gì nữa',
      ],
      '2.000528',
    ],
    [['ông tôi mất hôm qua, làm giấy khai tử cần gì', 'có phải đóng tiền không'], '1.000656'],
    [['xin hỗ trợ mai táng cho cựu chiến binh cần giấy gì', 'mất bao lâu thì có trả lời'], '2.002307'],
  ])('%j', async (lines, code) => {
    expect((await talk(...lines)).at(-1)!.reading.procedureCode).toBe(code);
  });

  test('a matter named anew is that matter', async () => {
    const given = await talk('xin giấy phép xây nhà ở riêng lẻ cần giấy gì', 'thế còn khai sinh cho cháu cần gì');
    expect(given.at(-1)!.reading.procedureCode).toBe('1.001193');
  });
});

test('details asked for again, when all are open, are said to be all', async () => {
  const [, open, again] = await talk('đăng ký kết hôn cần giấy tờ gì', 'xem chi tiết', 'xem chi tiết');
  expect(textOf(open)).toContain('Từng giấy');
  expect(textOf(again)).toMatch(/nói hết|Tiếp theo/);
  expect(textOf(again)).not.toBe(textOf(open));
});

test('whoever wants to die and finds no one who understands is not passed on like a question', async () => {
  const [, again] = await talk('em không muốn sống nữa', 'không ai hiểu em hết');
  expect(again!.reading.intent).toBe('emergency');
});

test('a complaint made while an officer is awaited is taken as one', async () => {
  const keeper = createGuidance({
    petitions: { record: async () => ({ number: 'PA-261118-AAAAA' }), find: async () => null },
  });
  const given = await keeper.answer({
    text: 'tôi phản ánh đường thôn bị xe tải cày nát mấy tháng nay',
    memory: { version: 1, at: start.getTime(), greeted: true },
    commune,
    isWaitingForOfficer: true,
    asker: { communeId: 'c', conversationId: 'x', citizenId: 'u', turnId: 't' },
    now: start,
  });
  expect(textOf(given)).toContain('Mã phản ánh: PA-261118-AAAAA.');
  expect(given.handOff).toBeUndefined();
});

test('a paper that is lost is no matter that is done: its lack is asked about', async () => {
  const [given] = await talk('sinh ở trạm xá mà mất giấy chứng sinh rồi thì làm sao khai sinh cho cháu');
  expect(given!.reading.aspects).toEqual(['documents']);
  expect(textOf(given)).not.toContain('còn hai việc');
});
