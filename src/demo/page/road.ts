import { z } from 'zod';
import type { Database } from '../../db/client.ts';
import { conversationIdOf } from '../../inbox/inbox.ts';
import type { Device } from './bubble.ts';
import { ASPECT_NAMES, INTENT_NAMES, label, OUTCOME_NAMES, SEND_ERROR_NAMES, webhookFault } from './labels.ts';
import type { CallSeen, Traffic, WebhookSeen } from './traffic.ts';

export interface RoadStep {
  key: 'webhook' | 'stored' | 'turn' | 'outbox' | 'sent' | 'delivered';
  title: string;
  state: 'done' | 'running' | 'failed' | 'skipped' | 'waiting';
  /** How long this step took; null while unknown. */
  ms: number | null;
  /** Facts worth a line each. */
  details: { name: string; value: string }[];
}

/** What became of the person's last act, step by step. */
export interface Road {
  owner: 'bot' | 'waiting' | 'officer' | null;
  steps: RoadStep[];
  /** From the platform's POST until the platform took the last bubble. */
  totalMs: number | null;
  isFinished: boolean;
  raw: { webhook: unknown; calls: RawCall[] } | null;
}

type RawCall = Pick<CallSeen, 'method' | 'path' | 'status' | 'ms' | 'request' | 'response'>;

export interface RoadDeps {
  database: Database;
  traffic: Traffic;
  /** The demo's account on that platform. */
  account: (device: Device) => { id: string; communeId: string };
}

interface EventRow {
  turn_id: string | null;
  raw: unknown;
  received_at: Date;
  done_at: Date | null;
}
interface CallRow {
  status: 'queued' | 'sending' | 'sent' | 'failed' | 'held' | 'cancelled';
  attempts: number;
  error_code: string | null;
  call: { body?: unknown };
  created_at: Date;
  first_sending_at: Date | null;
  sent_at: Date | null;
  delivered_at: Date | null;
  seen_at: Date | null;
}
interface Facts {
  act: WebhookSeen | undefined;
  event: EventRow | undefined;
  answer: Answer | undefined;
  outcome: string | null;
  calls: CallRow[];
  owner: Road['owner'];
}

const answerSchema = z.object({
  source: z.string().optional(),
  reading: z.object({
    intent: z.string(),
    intentScore: z.number(),
    procedureCode: z.string().nullable(),
    candidates: z.array(z.object({ code: z.string(), score: z.number() })),
    aspects: z.array(z.string()),
  }),
});
type Answer = z.output<typeof answerSchema>;

export async function readRoad(deps: RoadDeps, device: Device, person: string): Promise<Road> {
  const account = deps.account(device);
  const key = [account.communeId, conversationIdOf(account.id, person)];
  const act = deps.traffic.lastAct(device, person);
  const { database } = deps;
  const [conversations, events] = await Promise.all([
    database.run<{ owner: Road['owner'] }>('demo.owner', OWNER, key),
    database.run<EventRow>('demo.event', LAST_EVENT, [
      ...key,
      act?.messageId ?? null,
      act && !act.messageId ? new Date(act.startedAt - 1_000).toISOString() : null,
    ]),
  ]);
  const event = events[0];
  const turn = event?.turn_id ? [...key, event.turn_id] : null;
  const [answers, calls] = turn
    ? await Promise.all([
        database.run<{ answer: unknown; outcome: string }>('demo.answer', ANSWER, turn),
        database.run<CallRow>('demo.calls', CALLS, turn),
      ])
    : [[], []];
  const facts: Facts = {
    act,
    event,
    answer: answerSchema.safeParse(answers[0]?.answer).data,
    outcome: answers[0]?.outcome ?? null,
    calls,
    owner: conversations[0]?.owner ?? null,
  };
  const seen = act ? deps.traffic.callsSince(device, person, act.startedAt - 5) : [];
  return roadOf(facts, seen);
}

/** Pure: the six steps from what is known. */
export function roadOf(facts: Facts, seen: CallSeen[]): Road {
  const { act, event, calls, owner } = facts;
  const steps = [webhookStep(facts), storedStep(facts), turnStep(facts), ...sendingSteps(facts)];
  const isStuck = steps.some(({ state }) => state === 'failed');
  const lastSent = Math.max(...calls.map(({ sent_at }) => sent_at?.getTime() ?? Number.NaN));
  const startedAt = act?.startedAt ?? event?.received_at.getTime();
  const isAnything = act !== undefined || event !== undefined;
  return {
    owner,
    steps: isAnything ? steps : [],
    totalMs: startedAt !== undefined && Number.isFinite(lastSent) ? Math.max(0, lastSent - startedAt) : null,
    isFinished: isAnything && (isStuck || steps.every(({ state }) => state === 'done' || state === 'skipped')),
    raw: isAnything
      ? { webhook: act?.body ?? event?.raw ?? null, calls: seen.length > 0 ? seen.map(rawCall) : calls.map(storedCall) }
      : null,
  };
}

const rawCall = ({ method, path, status, ms, request, response }: CallSeen): RawCall => ({
  method,
  path,
  status,
  ms,
  request,
  response,
});
/** After a restart only our own half is known. */
const storedCall = ({ call, status }: CallRow): RawCall => ({
  method: 'POST',
  path: '',
  status: status === 'sent' ? 200 : 0,
  ms: 0,
  request: call.body ?? null,
  response: null,
});

const between = (from: Date | number | null | undefined, to: Date | null | undefined) =>
  from === null || from === undefined || !to ? null : Math.max(0, to.getTime() - Number(from));
const line = (name: string, value: string) => ({ name, value });

function webhookStep({ act, event }: Facts): RoadStep {
  const title = 'Nền tảng gọi webhook, chữ ký được kiểm tra';
  const shared = { key: 'webhook', title } as const;
  if (!act) return { ...shared, state: event ? 'done' : 'waiting', ms: null, details: [] };
  const details = [line('Sự kiện', act.name), ...(act.attempt > 0 ? [line('Lần gửi lại', String(act.attempt))] : [])];
  if (act.status !== 200) {
    return { ...shared, state: 'failed', ms: act.ms, details: [...details, line('Lý do', webhookFault(act.status))] };
  }
  if (!event) {
    // Zalo wants a 200 even for a wrong signature: what was not stored was refused.
    const reason = line('Lý do', 'Máy chủ trả 200 nhưng không lưu: chữ ký không đúng, hoặc tài khoản lạ.');
    return { ...shared, state: 'failed', ms: act.ms, details: [...details, reason] };
  }
  return { ...shared, state: 'done', ms: act.ms, details: [...details, line('Trả lời nền tảng', '200')] };
}

function storedStep({ act, event }: Facts): RoadStep {
  const ms = between(act?.startedAt, event?.received_at);
  return { key: 'stored', title: 'Lưu vào hộp thư đến', state: event ? 'done' : 'waiting', ms, details: [] };
}

function turnStep({ event, answer, outcome, owner }: Facts): RoadStep {
  const shared = { key: 'turn', title: 'Đọc hiểu và soạn câu trả lời' } as const;
  if (!event) return { ...shared, state: 'waiting', ms: null, details: [] };
  if (!event.done_at) return { ...shared, state: 'running', ms: null, details: [] };
  const ms = between(event.received_at, event.done_at);
  if (!answer) {
    const why =
      owner === 'officer'
        ? 'Cán bộ đang trả lời nên trợ lý im lặng.'
        : outcome
          ? label(OUTCOME_NAMES, outcome)
          : 'Không cần trả lời.';
    return { ...shared, state: 'done', ms, details: [line('Kết quả', why)] };
  }
  const { reading } = answer;
  const best = reading.candidates.find(({ code }) => code === reading.procedureCode);
  const aspects = reading.aspects.map((aspect) => label(ASPECT_NAMES, aspect)).join(', ');
  return {
    ...shared,
    state: 'done',
    ms,
    details: [
      line('Ý định', `${label(INTENT_NAMES, reading.intent)} (${percent(reading.intentScore)})`),
      ...(reading.procedureCode
        ? [line('Thủ tục', `${reading.procedureCode}${best ? ` (${percent(best.score)})` : ''}`)]
        : []),
      ...(aspects ? [line('Hỏi về', aspects)] : []),
      ...(outcome ? [line('Kết quả', label(OUTCOME_NAMES, outcome))] : []),
    ],
  };
}

const percent = (score: number) => `${Math.round(Math.min(1, Math.max(0, score)) * 100)} %`;

function sendingSteps({ event, calls }: Facts): RoadStep[] {
  const outbox = { key: 'outbox', title: 'Xếp vào hộp thư đi' } as const;
  const sent = { key: 'sent', title: 'Gọi API gửi tin của nền tảng' } as const;
  const delivered = { key: 'delivered', title: 'Đến điện thoại' } as const;
  const empty = { ms: null, details: [] };
  const first = calls[0];
  if (!first) {
    const state = event?.done_at ? 'skipped' : 'waiting';
    return [outbox, sent, delivered].map((step) => ({ ...step, ...empty, state }));
  }
  const has = (status: CallRow['status']) => calls.some((call) => call.status === status);
  const fault = calls.find(({ status }) => status === 'failed' || status === 'held' || status === 'cancelled');
  const sentAt = latest(calls.map((call) => call.sent_at));
  const deliveredAt = latest(calls.map((call) => call.delivered_at));
  const areAllSent = calls.every(({ status }) => status === 'sent');
  const areAllThere = calls.every((call) => call.delivered_at !== null);
  const attempts = Math.max(...calls.map((call) => call.attempts));
  return [
    {
      ...outbox,
      state: 'done',
      ms: between(first.created_at, first.first_sending_at),
      details: [line('Số tin', String(calls.length))],
    },
    {
      ...sent,
      state: fault ? 'failed' : areAllSent ? 'done' : 'running',
      ms: areAllSent ? between(first.first_sending_at, sentAt) : null,
      details: [
        ...(attempts > 1 ? [line('Số lần thử', String(attempts))] : []),
        ...(fault ? [line('Lý do', label(SEND_ERROR_NAMES, fault.error_code ?? fault.status))] : []),
      ],
    },
    {
      ...delivered,
      state: areAllThere ? 'done' : fault || has('queued') || !areAllSent ? 'waiting' : 'running',
      ms: areAllThere ? between(sentAt, deliveredAt) : null,
      details: calls.every((call) => call.seen_at !== null) ? [line('Trạng thái', 'đã xem')] : [],
    },
  ];
}

const latest = (times: (Date | null)[]) =>
  times.reduce((last, time) => (time && (!last || time > last) ? time : last), null);

const OWNER = 'select owner from conversations where commune_id = $1 and id = $2';
const LAST_EVENT = `
select turn_id, raw, received_at, done_at from inbox_events
where commune_id = $1 and conversation_id = $2 and lane = 'turn' and kind in ('message', 'postback', 'start', 'referral')
  and ($3::text is null or event ->> 'messageId' = $3) and ($4::timestamptz is null or received_at >= $4)
order by id desc limit 1`;
const ANSWER = `
select answer, outcome from messages
where commune_id = $1 and conversation_id = $2 and turn_id = $3 and outcome is not null order by id limit 1`;
const CALLS = `
select status, attempts, error_code, call, created_at, first_sending_at, sent_at, delivered_at, seen_at from outbox
where commune_id = $1 and conversation_id = $2 and cause_id = $3 order by seq`;
