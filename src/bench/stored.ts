import { openPostgres } from '../db/client.ts';
import type { createZaloPlatform } from '../demo/zalo-platform.ts';
import type { BenchLine } from './bench.ts';
import type { Citizens } from './citizens.ts';
import { cpuMs } from './cpu.ts';
import type { TestPostgres } from './postgres.ts';
import { prepare, type Subject, startService } from './subjects.ts';

/** As many as the country has since 2025. */
const COMMUNES = 3_321;
const OAS = 60;
const MESSAGES_PER_CONVERSATION = 20;
const ROUNDS = 3;
const IDS = `select k.commune_id, k.id as account_id, md5(k.id::text || n)::uuid as id, n
  from (select commune_id, id, row_number() over (order by id) - 1 as place from channel_accounts) k
  join generate_series(0, $1::int / ${MESSAGES_PER_CONVERSATION} - 1) n on n % (select count(*) from channel_accounts) = k.place`;
/** What years of service leave behind: citizens, conversations, and for each question an event, an answer and its sending. */
const FILL = [
  `insert into citizens (commune_id, id, account_id, chat_id) select commune_id, id, account_id, n::text from (${IDS}) c`,
  `insert into conversations (commune_id, id, account_id, citizen_id, channel, chat_id, last_user_at)
   select commune_id, id, account_id, id, 'zalo', n::text, now() - interval '40 days' from (${IDS}) c`,
  `insert into messages (commune_id, id, conversation_id, author, text, occurred_at)
   select commune_id, gen_random_uuid(), id, case i % 2 when 0 then 'citizen' else 'bot' end,
     repeat('một câu dài như thường gặp ', case i % 2 when 0 then 2 else 12 end), now() - interval '40 days'
   from (${IDS}) c, generate_series(1, ${MESSAGES_PER_CONVERSATION}) i`,
  `insert into inbox_events (commune_id, account_id, platform_event_id, conversation_id, kind, name, lane, event,
     occurred_at, arrival, received_at, status, done_at)
   select commune_id, account_id, 'filled-' || n || '-' || i, id, 'message', 'user_send_text', 'turn',
     jsonb_build_object('text', repeat('một câu dài ', 4)), now() - interval '40 days', i, now() - interval '40 days',
     'done', now() - interval '40 days'
   from (${IDS}) c, generate_series(1, ${MESSAGES_PER_CONVERSATION / 2}) i`,
  `insert into outbox (commune_id, account_id, conversation_id, message_id, cause_id, seq, author, call, status,
     platform_message_id, sent_at)
   select commune_id, account_id, id, gen_random_uuid(), gen_random_uuid(), 0, 'bot',
     jsonb_build_object('text', repeat('một câu dài như thường gặp ', 12)), 'sent', 'filled-' || n || '-' || i, now()
   from (${IDS}) c, generate_series(1, ${MESSAGES_PER_CONVERSATION / 2}) i`,
];

/**
 * What a turn takes on processors of service and database with `messages` stored over all communes of the country,
 * beside an empty database with the same accounts in use: the same service code, in turns.
 */
export async function benchStored(
  platform: ReturnType<typeof createZaloPlatform>,
  postgres: TestPostgres,
  citizens: Citizens,
  { seconds, messages, progress }: { seconds: number; messages: number; progress: (line: string) => void },
): Promise<BenchLine[]> {
  const running: Subject[] = [];
  try {
    const begin = async (communes: number, stored: number) => {
      const url = await postgres.createDatabase();
      const accounts = await prepare(url, platform, communes);
      if (stored > 0) await fill(url, stored, progress);
      const service = await startService(url, platform, accounts.slice(0, OAS));
      running.push(service);
      await citizens.closed(service.targets, 3);
      return { service, own: [] as number[], database: [] as number[] };
    };
    const empty = await begin(OAS, 0);
    const full = await begin(COMMUNES, messages);
    for (let round = 0; round < ROUNDS; round++) {
      for (const { service, own, database } of round % 2 ? [full, empty] : [empty, full]) {
        const before = [cpuMs(service.pid), cpuMs(postgres.pid)] as const;
        const { turns } = await citizens.closed(service.targets, seconds);
        own.push((cpuMs(service.pid) - before[0]) / turns);
        database.push((cpuMs(postgres.pid) - before[1]) / turns);
      }
    }
    const of = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
    const ratio = (of(full.own) + of(full.database)) / (of(empty.own) + of(empty.database));
    const show = ({ own, database }: typeof full) => `${of(own).toFixed(2)} + ${of(database).toFixed(2)}`;
    return [
      {
        what: `processor time of a turn with ${COMMUNES.toLocaleString('en')} communes and ${messages.toLocaleString('en')} messages stored, beside empty`,
        figure: `${show(full)} : ${show(empty)} ms = ${ratio.toFixed(2)} ×`,
        target: '≤ 1.2 ×',
        isReached: ratio <= 1.2,
      },
    ];
  } finally {
    await Promise.all(running.map((subject) => subject.stop()));
  }
}

async function fill(url: string, messages: number, progress: (line: string) => void): Promise<void> {
  // minutes, for ten millions: no statement of the service may take so long
  const database = openPostgres(url, { silenceMs: 3_600_000 });
  try {
    progress(`storing ${messages.toLocaleString('en')} messages`);
    for (const [at, statement] of FILL.entries()) await database.run(`fill.${at}`, statement, [messages]);
    await database.script('vacuum analyze');
  } finally {
    await database.close();
  }
}
