import type { Channel, OutgoingMessage } from '../channels/channel.ts';
import type { Commune, CommuneSettings } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { derivedFrom, timeOrdered } from '../db/ids.ts';
import { createWorkLoop, type WorkLoop } from '../db/work-loop.ts';
import { errorText } from '../errors.ts';
import { citizenIdOf, conversationIdOf } from '../inbox/inbox.ts';
import type { Log } from '../log.ts';
import { type Saying, sayingSql } from '../outbox/enqueue.ts';
import type { HandOffMetrics } from './handoff-metrics.ts';

/** What the assistant would answer; null: no question, or it is not sure. Never personal: anybody may have written it. */
export type CommentAnswer = (
  text: string,
  commune: CommuneSettings,
  now: Date,
) => Promise<{ text: string } | 'no_question' | 'not_sure'>;

export interface PageCommentsDeps {
  database: Database;
  channel: (name: Channel['name']) => Channel;
  commune: (id: string) => Promise<Commune>;
  answer: CommentAnswer;
  log: Log;
  metrics?: HandOffMetrics;
  onQueued: () => void;
  now?: () => Date;
}

const BATCH = 100;
const IDLE_MS = 2_000;
/** The platform allows seven days; a question answered after a day answers nothing any more. */
const MAX_AGE_MS = 24 * 3_600_000;

interface CommentRow {
  commune_id: string;
  account_id: string;
  comment_id: string;
  text: string;
  kind: 'comment' | 'post';
  post_id: string | null;
  commented_at: Date;
  is_removed: boolean;
}

/**
 * Answers a question under a page's post once, in private, where the commune wants it; everything else is left to staff.
 * Nothing is written in public. Any number of processes may do so: a comment's own row decides who answers.
 */
export function createPageComments(deps: PageCommentsDeps): WorkLoop & { round(): Promise<number> } {
  const { database, channel, commune, answer, log, metrics, now = () => new Date() } = deps;

  const round = async (): Promise<number> => {
    const at = now();
    const rows = await database.run<CommentRow>('comments.new', NEW, [
      new Date(at.getTime() - 2 * MAX_AGE_MS).toISOString(),
      BATCH,
    ]);
    let hasQueued = false;
    for (const row of rows) {
      try {
        const { settings } = await commune(row.commune_id);
        const said = await judge(row, settings, at);
        const result = typeof said === 'string' ? said : 'replied';
        if (!(await settle(row, result, typeof said === 'string' ? null : said, at))) continue;
        metrics?.comments.inc({ result });
        hasQueued ||= result === 'replied';
      } catch (error) {
        log.error('comments.one_failed', { communeId: row.commune_id, error: errorText(error) });
      }
    }
    if (hasQueued) deps.onQueued();
    return rows.length;
  };

  const judge = async (row: CommentRow, settings: CommuneSettings, at: Date) => {
    if (row.is_removed) return 'removed';
    if (at.getTime() - row.commented_at.getTime() > MAX_AGE_MS) return 'too_old';
    const said = await answer(row.text, settings, at);
    if (typeof said === 'string') return said;
    const bubble: OutgoingMessage = {
      text: `Trả lời câu hỏi dưới bài viết của trang:\n${said.text}\nNhắn lại ở đây để hỏi tiếp.`,
    };
    const calls = channel('messenger').render(bubble);
    // one message per comment is all the platform takes
    return calls.length === 1 ? { bubble, calls } : 'not_sure';
  };

  const settle = async (
    row: CommentRow,
    result: string,
    said: { bubble: OutgoingMessage; calls: ReturnType<Channel['render']> } | null,
    at: Date,
  ): Promise<boolean> => {
    const chatId = `${row.kind}:${row.comment_id}`;
    const causeId = derivedFrom('comment', row.account_id, row.comment_id);
    const saying: Saying[] = said
      ? [
          {
            causeId,
            messageId: timeOrdered(),
            author: 'bot',
            text: said.bubble.text,
            content: { privateReply: true },
            occurredAt: at,
            calls: said.calls,
          },
        ]
      : [];
    const rows = await database.run('comments.settle', SETTLE, [
      row.commune_id,
      row.account_id,
      row.comment_id,
      result,
      row.text,
      row.post_id,
      row.commented_at.toISOString(),
      at.toISOString(),
      conversationIdOf(row.account_id, chatId),
      citizenIdOf(row.account_id, chatId),
      chatId,
      causeId,
      JSON.stringify(saying),
      timeOrdered(),
    ]);
    return rows.length > 0;
  };

  const loop = createWorkLoop(async () => (await round()) === BATCH, {
    idleMs: IDLE_MS,
    onError: (error) => log.error('comments.failed', { error }),
  });
  return { ...loop, round };
}

// The first event of each comment; the page's own are no questions.
const NEW = `
select distinct on (e.account_id, e.event ->> 'messageId') e.commune_id, e.account_id, e.event ->> 'messageId' as comment_id,
  coalesce(e.event ->> 'text', '') as text, e.occurred_at as commented_at,
  case when e.name = 'feed.post' then 'post' else 'comment' end as kind, e.event -> 'detail' ->> 'postId' as post_id,
  exists (select 1 from inbox_events r where r.kind = 'comment' and r.received_at >= $1::timestamptz
    and r.account_id = e.account_id and r.event ->> 'messageId' = e.event ->> 'messageId'
    and r.event -> 'detail' ->> 'verb' = 'remove') as is_removed
from inbox_events e join communes c on c.id = e.commune_id
where e.kind = 'comment' and e.received_at >= $1::timestamptz
  and (c.settings -> 'handoff' ->> 'answersPageComments')::boolean
  and e.event -> 'detail' ->> 'verb' = 'add' and (e.event -> 'detail' ->> 'isOurs')::boolean is not true
  and not exists (select 1 from page_comments p where p.commune_id = e.commune_id and p.account_id = e.account_id
    and p.comment_id = e.event ->> 'messageId')
order by e.account_id, e.event ->> 'messageId', e.id limit $2`;

const SETTLE = `
with seen as (
  insert into page_comments (commune_id, account_id, comment_id, status, text, post_id, commented_at, seen_at)
  values ($1, $2::uuid, $3, $4, $5, $6, $7::timestamptz, $8::timestamptz)
  on conflict do nothing
  returning commune_id
), person as (
  insert into citizens (commune_id, id, account_id, chat_id)
  select commune_id, $10::uuid, $2::uuid, $11 from seen where $4 = 'replied' on conflict do nothing
), place as (
  insert into conversations (commune_id, id, account_id, citizen_id, channel, chat_id, last_user_at)
  select commune_id, $9::uuid, $2::uuid, $10::uuid, 'messenger', $11, $7::timestamptz from seen where $4 = 'replied'
  on conflict do nothing
), asked as (
  insert into messages (commune_id, id, conversation_id, author, text, content, occurred_at)
  select commune_id, $14::uuid, $9::uuid, 'citizen', $5, jsonb_build_object('commentId', $3::text), $7::timestamptz
  from seen where $4 = 'replied'
), cause as (
  select commune_id, $9::uuid as conversation_id, $2::uuid as account_id, $12::uuid as cause_id from seen
), ${sayingSql('cause', 13)}
select commune_id from seen`;
