import { expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { bareAspect } from './bare-aspect.ts';
import { createGuidance } from './engine.ts';
import type { Memory } from './guidance.ts';
import { lineOf, normalise } from './normalise.ts';

const aspectOf = (text: string) => bareAspect(lineOf(normalise(text)));

test.each([
  ['thời gian giải quyết?', 'time'],
  ['thế bao lâu ạ', 'time'],
  ['ho so?', 'documents'],
  ['giay to', 'documents'],
  ['rồi cần giấy gì nữa', null],
  ['o dau', 'place'],
  ['vậy nộp ở đâu em', 'place'],
  ['phí nhiêu', 'fee'],
  ['hết bao nhiêu tiền vậy', 'fee'],
  ['nộp qua điện thoại được chớ', 'online'],
  ['mẫu đơn', 'form'],
  ['hồ sơ của tôi tới đâu rồi', null],
  ['bao lâu thì trời mưa', null],
  ['phí gửi xe ở chợ', null],
])('"%s" asks for %s', (text, aspect) => {
  expect(aspectOf(text)).toBe(aspect);
});

const guidance = createGuidance();
const commune = communeSettings.parse({ officeName: 'UBND xã Thử' });

async function talk(...texts: string[]) {
  let memory: Memory | null = null;
  const answers = [];
  for (const text of texts) {
    const now = new Date('2026-11-20T03:00:00Z');
    const answer = await guidance.answer({ text, memory, commune, isWaitingForOfficer: false, now });
    memory = answer.memory;
    answers.push(answer);
  }
  return answers.at(-1)!.reading;
}

test('a fact asked for in two words is about the procedure at hand', async () => {
  for (const [text, aspect] of [
    ['o dau', 'place'],
    ['ho so?', 'documents'],
    ['thời gian giải quyết?', 'time'],
  ] as const) {
    expect(await talk('đăng ký kết hôn lệ phí thế nào', text)).toMatchObject({
      procedureCode: '1.000894',
      aspects: [aspect],
    });
  }
});

test('what is added later may make it another procedure', async () => {
  expect((await talk('đăng ký kết hôn cần gì', 'à quên, anh ấy mang quốc tịch Hàn Quốc')).procedureCode).toBe(
    '2.000806',
  );
  expect((await talk('đóng cửa hộ kinh doanh cần gì', 'khoan, chắc chỉ nghỉ 3 tháng rồi mở lại')).procedureCode).toBe(
    '1.001570',
  );
});

test('a lost card of a child is no lost child', async () => {
  expect((await talk('ý tôi là cháu nội tôi, nó mới 10 tuổi bị mất thẻ')).intent).not.toBe('emergency');
  expect((await talk('cháu tôi 6 tuổi đi lạc từ chiều chưa về')).intent).toBe('emergency');
});

test('after the hours, where and another day are the office’s', async () => {
  expect((await talk('xã mình mấy giờ mở cửa', 'ở chỗ nào')).intent).toBe('office_info');
  expect((await talk('xã mình mấy giờ mở cửa', 'thứ 7 thì sao')).intent).toBe('office_info');
});

test('where one lives is no new matter, and papers are handed out where the matter is done', async () => {
  expect(await talk('xin bản sao giấy khai sinh cần gì', 'o tam tru xin dc k')).toMatchObject({
    procedureCode: '2.000635',
    aspects: ['place'],
  });
  expect(await talk('toi bi mat can cuoc o cho', 'lay giay o dau')).toMatchObject({
    procedureCode: '1.014064',
    aspects: ['place'],
  });
});

test('what is nothing alone is about the procedure at hand, what is nothing there too is not', async () => {
  expect(await talk('nhà tôi nghèo lắm muốn xin hộ nghèo', 'bao giờ xét')).toMatchObject({
    procedureCode: '1.011607',
    aspects: ['time'],
  });
  expect((await talk('nhà tôi nghèo lắm muốn xin hộ nghèo', 'trời mai mưa không')).intent).toBe('out_of_scope');
});
