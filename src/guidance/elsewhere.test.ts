import { expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { createGuidance } from './engine.ts';
import type { Memory } from './guidance.ts';

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
  expect(district!.text).toMatch(/không còn từ 01\/07\/2025/);
  expect(commune!.text).toMatch(/Cốc Mỳ/);
  expect(commune!.reading.intent).toBe('office_info');
  expect(fee!.reading.procedureCode).toBe('1.000894');
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
