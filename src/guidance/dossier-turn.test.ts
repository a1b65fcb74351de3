import { beforeEach, expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { createGuidance } from './engine.ts';
import type { DeskAnswer, DeskQuestion, Memory, Question } from './guidance.ts';

const commune = communeSettings.parse({ officeName: 'UBND xã Thử' });
const now = new Date('2026-11-18T03:00:00Z');
const asker = { communeId: 'c', conversationId: 'k', citizenId: 'p', turnId: 't' };
const CODE = 'H26.15-250701-0001';

let asked: DeskQuestion[] = [];
let answers: (DeskAnswer | null)[] = [];
const guidance = createGuidance({
  desk: {
    async answer(question) {
      asked.push(question);
      return answers.shift() ?? null;
    },
  },
});
let memory: Memory | null = null;
const say = async (text: string, change: Partial<Question> = {}) => {
  const given = await guidance.answer({ text, memory, commune, asker, isWaitingForOfficer: false, now, ...change });
  memory = JSON.parse(JSON.stringify(given.memory));
  return given;
};
const told = (text: string, thread: unknown = { code: CODE }): DeskAnswer => ({
  messages: [{ text, buttons: [{ title: 'Xem chi tiết', kind: 'reply', value: `hx:desk:detail:${CODE}` }] }],
  outcome: 'looked_up',
  thread,
});

beforeEach(() => {
  [asked, answers, memory] = [[], [], { version: 1, at: now.getTime(), greeted: true }];
});

test('a code goes to the desk with what it kept; its answer is the turn’s', async () => {
  answers = [told('đang giải quyết'), told('chi tiết')];
  const given = await say(`hồ sơ ${CODE} tới đâu rồi`);
  expect(given).toMatchObject({ outcome: 'looked_up', reading: { intent: 'status_check', dossierNumbers: [CODE] } });
  expect(given.messages[0]!.text).toContain('đang giải quyết');
  await say('xem chi tiết');
  expect(asked[0]).toMatchObject({ codes: [CODE], intent: 'status_check', thread: null });
  expect(asked[1]).toMatchObject({ payload: `hx:desk:detail:${CODE}`, thread: { code: CODE } });
});

test('the desk knows whether its dossier was spoken of last', async () => {
  answers = [told('cần nộp thêm giấy tờ'), told('mang đến quầy'), null, null];
  await say(CODE);
  expect((await say('nộp thêm ở đâu')).messages[0]!.text).toContain('mang đến quầy');
  await say('làm khai sinh cần giấy tờ gì');
  await say('nộp ở đâu');
  expect(asked.map(({ isAtHand }) => isAtHand)).toEqual([false, true, true, false]);
});

test('the code just spoken of is not asked for again', async () => {
  answers = [told('đã trả kết quả'), null, told('đã trả kết quả. Chưa nhận được thì gặp cán bộ')];
  await say(CODE);
  const given = await say('chưa nhận được kết quả mà ghi đã trả');
  expect(given.messages[0]!.text).toContain('Chưa nhận được thì');
  expect(asked.at(-1)).toMatchObject({ payload: `hx:desk:status:${CODE}` });
  memory = { version: 1, at: now.getTime(), greeted: true };
  expect((await say('hồ sơ của tôi đâu rồi')).messages[0]!.text).toContain('Cho tôi mã hồ sơ');
});

test('where the desk has nothing to say the rules answer as before, and so where nobody stands behind the words', async () => {
  expect((await say(`hồ sơ ${CODE} tới đâu rồi`)).messages[0]!.text).toContain('dichvucong.gov.vn/tra-cuu-ho-so');
  expect(asked).toHaveLength(1);
  await say(`hồ sơ ${CODE} tới đâu rồi`, { asker: undefined });
  expect(asked).toHaveLength(1);
});

test('a code that may be two is asked about, by button, number or a word; then looked up', async () => {
  const one = await say('hs h2615 250701 0001 toi dau roi');
  expect(one.messages[0]!.text).toContain(`Có phải mã hồ sơ ${CODE} không?`);
  expect(one.messages[0]!.buttons![0]).toMatchObject({ title: 'Đúng mã này', value: `hx:code:${CODE}` });
  expect(asked).toEqual([]);
  answers = [told('a')];
  await say('đúng rồi');
  expect(asked[0]).toMatchObject({ codes: [CODE], intent: 'status_check' });

  const two = await say('J26.15-250701-0001');
  expect(two.messages[0]!.text).toMatch(/1\. H26\.15-250701-0001\n2\. J26/);
  answers = [told('b')];
  await say('2');
  expect(asked[1]!.codes).toEqual(['J26.15-250701-0001']);
  answers = [told('c')];
  await say('', { payload: `hx:code:${CODE}` });
  expect(asked[2]!.codes).toEqual([CODE]);
  await say('', { payload: 'hx:code:H26.15-999999-0001' });
  expect(asked).toHaveLength(3);
});

test('an answer to "is it this one?" with another code is that other code', async () => {
  await say('H2615-250701-0001');
  answers = [told('x')];
  await say('không, H34.12-250915-0007');
  expect(asked.at(-1)!.codes).toEqual(['H34.12-250915-0007']);
});

test.each([
  ['03706/2026/07906', 'bảo hiểm xã hội'],
  ['tra hồ sơ số 03706/2026/07906 giúp em', 'bảo hiểm xã hội'],
  ['EB123456789VN', 'bưu điện'],
  ['kiểm tra hồ sơ biển số 29A1-234.56', 'công an'],
])('%s is sent to its owner', async (text, owner) => {
  const given = await say(text);
  expect(given.messages[0]!.text).toContain(owner);
  expect(given.outcome).toBe('other_agency');
  expect(asked).toEqual([]);
});

test('digits asked for go to the desk whatever they look like; a shared phone too, thanked where it opens nothing', async () => {
  memory = { ...memory!, desk: { code: CODE, asksUntil: now.getTime() + 60_000 } };
  answers = [told('mở rồi')];
  expect((await say('5678')).messages[0]!.text).toContain('mở rồi');
  await say('', { sharedPhone: '84912345678' });
  expect(asked[1]).toMatchObject({ sharedPhone: '84912345678' });
  expect((await say('', { sharedPhone: '84912345678' })).messages[0]!.text).toContain('Cảm ơn');
});

test('somebody in danger, a person asked for and other people’s buttons do not go to the desk', async () => {
  await say('cháy nhà cứu với');
  await say('gặp cán bộ');
  await say('', { payload: 'hx:ask:1.001193:documents' });
  await say('xem giùm hồ sơ của ông hàng xóm');
  expect(asked).toEqual([]);
});

test('while an officer is awaited the desk still answers, and the officer still comes', async () => {
  answers = [told('đang giải quyết')];
  const given = await say('', { payload: `hx:desk:status:${CODE}`, isWaitingForOfficer: true });
  expect(given.messages[0]!.text).toContain('đang giải quyết');
  expect(given.resumesAssistant).toBeUndefined();
});
