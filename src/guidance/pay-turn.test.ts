import { expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { createGuidance } from './engine.ts';
import type { DeskQuestion, Memory, PayQuestion, Question } from './guidance.ts';

const commune = communeSettings.parse({ officeName: 'UBND xã Thử', address: 'số 1 đường Thử' });
const now = new Date('2026-11-18T03:00:00Z');
const asker = { communeId: 'c', conversationId: 'k', citizenId: 'p', turnId: 't' };
const CODE = 'H26.15-250701-0001';
const DETAIL = `hx:desk:detail:${CODE}`;

const ask = (text: string, change: Partial<Question> = {}) =>
  createGuidance().answer({ text, memory: null, commune, isWaitingForOfficer: false, now, ...change });
const first = async (text: string) => {
  const { reading, messages } = await ask(text);
  return { intent: reading.intent, text: messages[0]!.text };
};

test('an owner who wants to pay is asked for the proof in the same breath, and the digits typed next are that proof', async () => {
  const asked: DeskQuestion[] = [];
  const paid: PayQuestion[] = [];
  const guidance = createGuidance({
    pay: {
      async answer(question) {
        paid.push(question);
        if (question.codes.length === 0) return null;
        return { messages: [{ text: 'chỉ cho người nộp' }], outcome: 'asked_back', thread: {}, goesOn: DETAIL };
      },
    },
    desk: {
      async answer(question) {
        asked.push(question);
        const text = question.payload === DETAIL ? 'nhắn 4 số cuối' : 'mở rồi';
        return { messages: [{ text }], outcome: 'asked_back', thread: { code: CODE, asksUntil: 1 } };
      },
    },
  });
  const question = { commune, asker, isWaitingForOfficer: false, now };
  const given = await guidance.answer({
    ...question,
    text: `nộp lệ phí hồ sơ ${CODE}`,
    memory: { version: 1, at: now.getTime(), greeted: true } as Memory,
  });
  expect(given.messages.map(({ text }) => text)).toEqual(['chỉ cho người nộp', 'nhắn 4 số cuối']);
  const next = await guidance.answer({ ...question, text: '1234', memory: given.memory });
  expect(asked.at(-1)).toMatchObject({ text: '1234', thread: { code: CODE, asksUntil: 1 } });
  expect(next.messages[0]!.text).toBe('mở rồi');
});

test.each([
  'nộp phí',
  'nop le phi',
  'em muốn đóng tiền',
  'đóng lệ phí sao ạ',
  'thanh toán',
  'trả phí ở đâu',
])('"%s" is paying', async (text) => {
  expect((await first(text)).intent).toBe('payment');
});

test.each([
  ['nộp tiền điện', 'điện lực'],
  ['dong tien dien o dau', 'điện lực'],
  ['nộp tiền nước', 'công ty cấp nước'],
  ['đóng học phí cho con', 'nhà trường'],
  ['viện phí đóng ở đâu', 'bệnh viện'],
  ['đóng tiền mạng ở đâu', 'nhà cung cấp'],
])('"%s" is told whose it is and never collected', async (text, whose) => {
  const answer = await first(text);
  expect(answer.text).toContain(whose);
  expect(answer.text).toContain('ủy ban xã');
});

test.each([
  'hộ nghèo được hỗ trợ tiền điện không',
  'xin miễn học phí cho con',
])('"%s" is a benefit, no bill', async (text) => {
  expect((await ask(text)).reading.procedureCode).not.toBeNull();
});

test.each([
  'dia chi o dau',
  'địa chỉ',
  'nộp hồ sơ ở đâu',
  'trả kết quả ở đâu',
  'nộp giấy tờ chỗ nào vậy ad',
])('"%s" is where the office is', async (text) => {
  expect((await first(text)).text).toContain('số 1 đường Thử');
});

test.each([
  'How do I register my marriage here? I am from France',
  'what time does the office open?',
  'help me please, I need a birth certificate for my son',
])('English is answered, not scolded: %s', async (text) => {
  expect((await first(text)).text).toContain('I answer in Vietnamese only');
});

test('Vietnamese without marks is no English', async () => {
  expect((await first('em can dang ky ket hon voi nguoi Phap can giay to gi')).intent).toBe('procedure_question');
});
