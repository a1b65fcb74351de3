import { expect, test } from 'vitest';
import { roadOf } from './road.ts';
import type { WebhookSeen } from './traffic.ts';

const at = (ms: number) => new Date(1_000_000 + ms);
const act: WebhookSeen = {
  device: 'zalo',
  person: '1',
  messageId: 'm1',
  name: 'user_send_text',
  isAct: true,
  status: 200,
  ms: 12,
  attempt: 0,
  startedAt: at(0).getTime(),
  body: { event_name: 'user_send_text' },
};
const event = { turn_id: 't', raw: {}, received_at: at(8), done_at: at(20) };
const answer = {
  source: 'record',
  reading: {
    intent: 'procedure_question',
    intentScore: 0.98,
    procedureCode: '1.001193',
    candidates: [{ code: '1.001193', score: 0.9 }],
    aspects: ['documents'],
  },
};
const call = {
  status: 'sent' as const,
  attempts: 1,
  error_code: null,
  call: { body: { text: 'x' } },
  created_at: at(20),
  first_sending_at: at(23),
  sent_at: at(30),
  delivered_at: at(41),
  seen_at: null,
};
const facts = { act, event, answer, outcome: 'answered', calls: [call], owner: 'bot' as const };
const states = (road: ReturnType<typeof roadOf>) => road.steps.map(({ state }) => state).join(' ');

test('a message that arrived shows six steps with their times and what was read', () => {
  const road = roadOf(facts, []);
  expect(road.steps.map(({ ms }) => ms)).toEqual([12, 8, 12, 3, 7, 11]);
  expect(road.steps[2]!.details.map(({ value }) => value)).toEqual([
    'hỏi thủ tục (98 %)',
    '1.001193 (90 %)',
    'giấy tờ',
    'đã trả lời',
  ]);
  expect(road).toMatchObject({ totalMs: 30, isFinished: true, raw: { webhook: act.body } });
});

test('a refused webhook is where the road ends', () => {
  const road = roadOf({ ...facts, act: { ...act, status: 401 }, event: undefined, answer: undefined, calls: [] }, []);
  expect(states(road)).toBe('failed waiting waiting waiting waiting waiting');
  expect(road.steps[0]!.details.at(-1)!.value).toContain('Chữ ký không đúng');
});

test('a 200 without a stored event was a signature that did not fit', () => {
  const road = roadOf({ ...facts, event: undefined, answer: undefined, calls: [] }, []);
  expect(road.steps[0]).toMatchObject({ state: 'failed' });
});

test('while an officer answers the assistant is silent and nothing is sent', () => {
  const road = roadOf({ ...facts, answer: undefined, outcome: null, calls: [], owner: 'officer' }, []);
  expect(states(road)).toBe('done done done skipped skipped skipped');
  expect(road.isFinished).toBe(true);
});

test('a refused send says why', () => {
  const failed = { ...call, status: 'failed' as const, error_code: 'window_closed', sent_at: null, delivered_at: null };
  const road = roadOf({ ...facts, calls: [failed] }, []);
  expect(states(road)).toBe('done done done done failed waiting');
  expect(road.steps[4]!.details[0]!.value).toBe('đã hết thời gian được trả lời');
});

test('a person who has said nothing has no road', () => {
  expect(roadOf({ ...facts, act: undefined, event: undefined, calls: [] }, [])).toMatchObject({ steps: [], raw: null });
});
