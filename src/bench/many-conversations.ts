import type { Database } from '../db/client.ts';
import type { Summary } from '../handoff/handoff.ts';

const SUMMARY: Summary = {
  headline: 'Khai sinh cho con',
  asked: ['Tôi muốn hỏi giấy tờ đăng ký khai sinh cho con'],
  procedure: null,
  dossierNumbers: [],
  told: [],
  open: 'Chưa trả lời người dân.',
  reason: 'Người dân muốn nói chuyện với cán bộ.',
};

/**
 * Fills one commune with open conversations: a fifth wait, the others are held by the officers in turn; each has
 * `messagesEach` messages of which the citizen's last is newest.
 */
export async function fillCommune(
  database: Database,
  {
    communeId,
    accountId,
    officerIds,
    conversations,
    messagesEach,
    now,
  }: {
    communeId: string;
    accountId: string;
    officerIds: string[];
    conversations: number;
    messagesEach: number;
    now: Date;
  },
): Promise<void> {
  const officers = JSON.stringify(officerIds);
  await database.script(`
    insert into conversations (commune_id, id, account_id, citizen_id, channel, chat_id, owner, officer_id, owner_since,
      last_user_at, tags)
    select '${communeId}', gen_random_uuid(), '${accountId}', gen_random_uuid(), 'zalo', 'many-' || n,
      case when n % 5 = 0 then 'waiting' else 'officer' end,
      case when n % 5 <> 0 then ('${officers}'::jsonb ->> (n % ${officerIds.length}))::uuid end,
      '${now.toISOString()}'::timestamptz - n * interval '7 seconds',
      '${now.toISOString()}'::timestamptz - n * interval '5 seconds',
      case when n % 50 = 0 then '["gấp"]'::jsonb else '[]'::jsonb end
    from generate_series(1, ${conversations}) n;
    insert into citizens (commune_id, id, account_id, chat_id, display_name)
    select commune_id, citizen_id, account_id, chat_id, 'Người Thử ' || chat_id from conversations
    where commune_id = '${communeId}' and chat_id like 'many-%';
    insert into handoffs (commune_id, id, conversation_id, reason, asked_by, field, officer_id, queued_at, taken_at, due_at,
      summary, check_at)
    select commune_id, gen_random_uuid(), id, (array['asked', 'not_understood', 'complaint'])[1 + length(chat_id) % 3],
      'citizen', 'Hộ tịch', officer_id, owner_since, case when owner = 'officer' then owner_since end,
      owner_since + interval '30 minutes', '${JSON.stringify(SUMMARY)}',
      '${now.toISOString()}'::timestamptz + interval '1 hour'
    from conversations where commune_id = '${communeId}' and chat_id like 'many-%';
    insert into messages (commune_id, id, conversation_id, author, text, occurred_at)
    select c.commune_id, gen_random_uuid(), c.id, case when m % 2 = 0 then 'citizen' else 'bot' end,
      'Tôi muốn hỏi giấy tờ đăng ký khai sinh cho con, số ' || m || ' của ' || c.chat_id,
      c.last_user_at - (${messagesEach} - m) * interval '1 minute'
    from conversations c, generate_series(1, ${messagesEach}) m
    where c.commune_id = '${communeId}' and c.chat_id like 'many-%';
    analyze`);
}
