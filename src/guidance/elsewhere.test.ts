import { expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { loadNational } from '../procedures/national.ts';
import { createGuidance } from './engine.ts';
import type { Memory } from './guidance.ts';
import { loadOutside, nationalOfOutside } from './outside.ts';

const guidance = createGuidance();
const commune = communeSettings.parse({ officeName: 'UBND xã Bát Xát', province: 'Lào Cai' });

/** Plays one conversation; returns what was said at each turn. */
async function play(...turns: string[]) {
  let memory: Memory | null = null;
  const said = [];
  let now = new Date('2026-11-23T02:00:00Z');
  for (const text of turns) {
    now = new Date(now.getTime() + 20_000);
    const answer = await guidance.answer({ text, memory, commune, isWaitingForOfficer: false, now });
    memory = JSON.parse(JSON.stringify(answer.memory)) as Memory;
    said.push({ ...answer, text: answer.messages.map((message) => message.text).join('\n') });
  }
  return said;
}

test('a former district leads to today’s commune over two turns, then the matter goes on', async () => {
  const [district, commune, fee] = await play(
    'huyện Bát Xát bỏ rồi thì nộp hồ sơ ở đâu',
    'xã Cốc Mỳ',
    'lệ phí đăng ký kết hôn bao nhiêu',
  );
  expect(district!.text).toMatch(/không còn từ tháng 7 năm 2025/);
  expect(commune!.text).toMatch(/Cốc Mỳ/);
  expect(commune!.reading.intent).toBe('office_info');
  expect(fee!.reading.procedureCode).toBe('1.000894');
});

test('a divided commune is asked back, a button for each part', async () => {
  const [parts] = await play('phường Điện Biên quận Ba Đình giờ là phường nào');
  const buttons = parts!.messages.at(-1)!.buttons!;
  expect(parts!.outcome).toBe('asked_back');
  expect(buttons.map(({ title }) => title)).toContain('Phường Ba Đình');
  const pressed = await guidance.answer({
    text: '',
    payload: buttons[0]!.value,
    memory: parts!.memory,
    commune,
    isWaitingForOfficer: false,
    now: new Date('2026-11-23T02:05:00Z'),
  });
  expect(pressed.messages[0]!.text).toContain('Ba Đình');
});

test('the code of a record is that record; a code of the national list is told whose it is', async () => {
  const [ours] = await play('thủ tục 1.001193 cần giấy tờ gì');
  expect(ours!.reading.procedureCode).toBe('1.001193');
  expect(ours!.text).toContain('chứng sinh');
  const [theirs] = await play('Cấp giấy phép bưu chính');
  expect(theirs!.outcome).toBe('other_agency');
  expect(theirs!.text).toMatch(/Cấp giấy phép bưu chính[\s\S]*https:\/\/dichvucong\.gov\.vn\/thu-tuc-hanh-chinh\//);
});

test('ordinary questions and nonsense are not taken for places or national procedures', async () => {
  const [weather, birth] = await play('hôm nay trời có mưa không', 'làm giấy khai sinh ở xã cần gì');
  expect(weather!.outcome).toBe('declined');
  expect(birth!.reading.procedureCode).toBe('1.001193');
});

test('every matter of another office has an entry in the national list where one is named, and no figure of its own', () => {
  for (const told of loadOutside()) {
    expect(nationalOfOutside(told).map(({ code }) => code)).toEqual(told.codes);
    expect(told.titles.length).toBe(told.codes.length > 1 ? told.codes.length : 0);
    expect(told.say).not.toMatch(/\d/);
    expect(told.say.split(' ').length).toBeLessThan(50);
  }
});

test('whose matter it is stands in the national list, names its source, or is only said to be missing from ours', () => {
  for (const { basis, say } of loadOutside()) {
    if ('code' in basis) {
      const listed = loadNational().byCode(basis.code)!;
      const text = [...listed.agencies, listed.promulgatedBy].join(' ').toLowerCase();
      expect(text, say).toContain(basis.quote.toLowerCase());
      const [first] = basis.quote.toLowerCase().split(' ');
      expect(say.toLowerCase()).toContain(first);
    } else if ('absent' in basis) expect(say).toContain('không có trong danh mục thủ tục của xã');
    else expect(basis.date).toMatch(/^20\d\d-\d\d$/);
  }
});

test.each([
  ['muốn ly hôn thì làm sao', /tòa án/, null],
  ['thuế đất nộp ở đâu', /cơ quan thuế/, '1.007695'],
  ['thủ tục hưởng lương hưu', /bảo hiểm xã hội/, '1.014171'],
  ['tháng này chưa nhận được lương hưu hỏi ai', /bảo hiểm xã hội/, null],
  ['đóng bảo hiểm xã hội tự nguyện ở đâu', /bảo hiểm xã hội/, '1.014160'],
  ['xin lắp đồng hồ nước', /công ty cấp nước/, null],
  ['bị phạt nguội nộp ở đâu', /quyết định xử phạt/, null],
  ['đăng ký mã số thuế cá nhân', /cơ quan thuế/, '1.008498'],
  ['xin trợ giúp pháp lý miễn phí ở đâu', /trợ giúp pháp lý nhà nước/, '2.000829'],
])('whose task in everyday words: %s', async (text, who, code) => {
  const [said] = await play(text);
  expect(said!.outcome).toBe('other_agency');
  expect(said!.text).toMatch(who);
  if (code) expect(said!.text).toMatch(new RegExp(`${code}.*https://dichvucong\\.gov\\.vn/thu-tuc-hanh-chinh/`));
  expect(said!.text).not.toMatch(/\d đồng/);
});

test('our record of another office’s matter answers; a further question stays with the matter told', async () => {
  const [passport] = await play('hộ chiếu làm ở đâu hết bao nhiêu');
  expect(passport!.text).toContain('200.000 đồng');
  expect(passport!.text).toContain('công an tỉnh');
  const [, fee, birth] = await play('mở nhà thuốc cần gì', 'lệ phí bao nhiêu', 'làm khai sinh cho con cần giấy tờ gì');
  expect(fee!.text).toContain('tôi không có');
  expect(fee!.text).toContain('1.014076');
  expect(birth!.reading.procedureCode).toBe('1.001193');
});
