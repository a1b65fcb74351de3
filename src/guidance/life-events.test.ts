import { expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { findAmbiguity, loadLifeEvents } from './ambiguities.ts';
import { createGuidance } from './engine.ts';
import { lineOf, normalise } from './normalise.ts';

const guidance = createGuidance();
const commune = communeSettings.parse({ officeName: 'UBND xã Thử' });
const now = new Date('2026-11-20T03:00:00Z');
const ask = (text: string) => guidance.answer({ text, memory: null, commune, isWaitingForOfficer: false, now });
const events = loadLifeEvents(loadCatalogue());
const eventOf = (text: string) => findAmbiguity(events, lineOf(normalise(text)))?.id ?? null;

test.each([
  ['bố em mất hôm qua giờ cần làm những giấy tờ gì', '1.000656'],
  ['ba tui mới mất', '1.000656'],
  ['vợ tôi mới đẻ', '1.001193'],
  ['hai đứa em sắp cưới', '1.000894'],
  ['tui em tinh cuoi nam cuoi', '1.000894'],
  ['em gái lấy chồng Hàn Quốc', '2.000806'],
  ['tôi chuyển về xã này ở với con', '1.004222'],
  ['tôi muốn mở quán phở', '1.001612'],
  ['nhà tôi sắp cất nhà mới', '1.013225'],
  ['nhà cháy hết giấy tờ rồi', '1.014064'],
  ['tôi muốn cho con nuôi', '2.001263'],
  ['thủ tục ủy quyền cho con bán đất', '2.000884'],
  ['con tôi bị khuyết tật thì được hỗ trợ gì', '1.001699'],
  ['đẻ con thứ hai có được tiền không', '2.000693'],
  ['sinh be thu 2 duoc ho tro gi khong', '2.000693'],
])('"%s" leads to its procedures', async (text, code) => {
  const answer = await ask(text);
  expect(answer.reading.procedureCode).toBe(code);
  expect(answer.messages[0]!.buttons!.length).toBeGreaterThan(1);
});

test('a death is met with sympathy first', async () => {
  expect((await ask('bố em mất hôm qua giờ cần làm những giấy tờ gì')).messages[0]!.text).toMatch(/^Xin chia buồn/);
});

test.each([
  'mất giấy phép lái xe rồi',
  'con chó nhà em chết',
  'làm thơ tặng vợ giùm cái',
  'mất bao lâu thì có',
  'xây nhà hướng nào thì hợp tuổi',
  'quán phở nào ngon',
  'em mất việc rồi',
  'cho hỏi đường về nhà',
])('"%s" is no event of a life we know', (text) => {
  expect(eventOf(text)).toBeNull();
});
