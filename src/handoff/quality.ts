import { openMinutesBetween } from '../communes/calendar.ts';
import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { idAt } from '../db/ids.ts';
import { tokens } from '../procedures/words.ts';
import type { Done } from './acts.ts';
import type { OfficerCard, Staff } from './handoff.ts';
import { hideNumbers } from './summary.ts';

/** Questions the assistant could not answer, grouped: same reason, same procedure or the same words. */
export interface Unanswered {
  key: string;
  why: 'not_in_catalogue' | 'record_lacks_fact' | 'failed' | 'not_understood' | 'wrong';
  whyText: string;
  procedureCode: string | null;
  aspect: string | null;
  /** Newest wordings, personal numbers hidden. */
  examples: { conversationId: string; messageId: string; text: string; at: Date }[];
  count: number;
  lastAt: Date;
  /** What an officer wrote as the better text. */
  betterText: string | null;
}

export interface Quality {
  /** An officer's word on an answer of the assistant; the newest of each officer counts. */
  review(staff: Staff, messageId: string, verdict: 'right' | 'wrong', options?: { betterText?: string }): Promise<Done>;
  /** @param days 1…365, 30 when absent */
  unanswered(staff: Staff, options?: { days?: number }): Promise<Unanswered[]>;
  /** "Đã xử lý": leaves the list until asked again. */
  settle(staff: Staff, key: string): Promise<Done>;
  /** Times are medians and 90th percentiles in minutes of opening time. */
  figures(staff: Staff, from: Date, to: Date): Promise<Figures>;
}

export interface Figures {
  episodes: number;
  firstReply: { median: number | null; p90: number | null };
  resolution: { median: number | null; p90: number | null };
  withinTarget: number;
  promises: { kept: number; broken: number };
  ratings: { count: number; average: number | null; byStars: number[] };
  byOfficer: { officer: OfficerCard; episodes: number; firstReplyMedian: number | null; rating: number | null }[];
}

const WHY_WORDS: Record<Unanswered['why'], string> = {
  not_in_catalogue: 'Không có trong danh mục',
  record_lacks_fact: 'Hồ sơ thủ tục thiếu dữ kiện này',
  failed: 'Trợ lý gặp sự cố',
  not_understood: 'Hỏi lại nhiều lần vẫn không hiểu',
  wrong: 'Cán bộ đánh giá là sai',
};
const EXAMPLES = 5;
const ROWS_MAX = 3_000;
const BETTER_MAX = 2_000;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

interface UnansweredRow {
  why: Unanswered['why'];
  procedure_code: string | null;
  aspect: string | null;
  conversation_id: string;
  message_id: string;
  text: string;
  at: Date;
  better_text: string | null;
}

interface EpisodeRow {
  queued_at: Date;
  first_reply_at: Date | null;
  closed_at: Date | null;
  is_promise_kept: boolean | null;
  due_at: Date | null;
  rating: number | null;
  f_id: string | null;
  f_name: string;
  f_title: string;
}

export function createQuality(deps: {
  database: Database;
  commune: (id: string) => Promise<Commune>;
  now?: () => Date;
}): Quality {
  const { database, commune, now = () => new Date() } = deps;
  return {
    async review({ communeId, officerId }, messageId, verdict, { betterText } = {}) {
      const better = betterText ? [...betterText.normalize('NFC').trim()].slice(0, BETTER_MAX).join('') : null;
      if (verdict !== 'right' && verdict !== 'wrong')
        return { ok: false, why: 'invalid', text: 'Đánh giá không hợp lệ.' };
      const rows = UUID.test(messageId)
        ? await database.run<{ conversation_id: string }>('quality.review', REVIEW, [
            communeId,
            messageId,
            officerId,
            verdict,
            better || null,
            now().toISOString(),
          ])
        : [];
      const [row] = rows;
      if (!row) return { ok: false, why: 'unknown', text: 'Không tìm thấy câu trả lời này.' };
      return {
        ok: true,
        audit: { act: 'answer.reviewed', conversationId: row.conversation_id, detail: { messageId, verdict } },
      };
    },

    async unanswered({ communeId }, { days = 30 } = {}) {
      const since = new Date(now().getTime() - Math.min(365, Math.max(1, days)) * 86_400_000);
      const [rows, settled] = await Promise.all([
        database.run<UnansweredRow>('quality.unanswered', UNANSWERED, [
          communeId,
          since.toISOString(),
          ROWS_MAX,
          idAt(since.getTime()),
        ]),
        database.run<{ key: string; settled_at: Date }>(
          'quality.settled',
          'select key, settled_at from settled_questions where commune_id = $1',
          [communeId],
        ),
      ]);
      const doneAt = new Map(settled.map(({ key, settled_at }) => [key, settled_at]));
      const groups = new Map<string, Unanswered>();
      for (const row of rows) {
        const key = keyOf(row);
        const group = groups.get(key) ?? {
          key,
          why: row.why,
          whyText: WHY_WORDS[row.why],
          procedureCode: row.procedure_code,
          aspect: row.aspect,
          examples: [],
          count: 0,
          lastAt: row.at,
          betterText: null,
        };
        groups.set(key, group);
        group.count += 1;
        group.betterText ??= row.better_text;
        if (group.examples.length < EXAMPLES && row.text) {
          group.examples.push({
            conversationId: row.conversation_id,
            messageId: row.message_id,
            text: hideNumbers(row.text).slice(0, 300),
            at: row.at,
          });
        }
      }
      return [...groups.values()]
        .filter(({ key, lastAt }) => {
          const at = doneAt.get(key);
          return at === undefined || lastAt > at;
        })
        .sort((a, b) => b.count - a.count || b.lastAt.getTime() - a.lastAt.getTime());
    },

    async settle({ communeId, officerId }, key) {
      if (!key || key.length > 300) return { ok: false, why: 'invalid', text: 'Không có nhóm câu hỏi này.' };
      await database.run('quality.settle', SETTLE, [communeId, key, officerId, now().toISOString()]);
      return { ok: true, audit: { act: 'question.settled', conversationId: null, detail: { key } } };
    },

    async figures({ communeId }, from, to) {
      const { settings } = await commune(communeId);
      const rows = await database.run<EpisodeRow>('quality.figures', FIGURES, [
        communeId,
        from.toISOString(),
        to.toISOString(),
      ]);
      const minutes = (a: Date, b: Date) => openMinutesBetween(settings, a, b);
      const firstReplies = rows.flatMap((row) =>
        row.first_reply_at ? [minutes(row.queued_at, row.first_reply_at)] : [],
      );
      const resolutions = rows.flatMap((row) => (row.closed_at ? [minutes(row.queued_at, row.closed_at)] : []));
      const rated = rows.flatMap(({ rating }) => rating ?? []);
      const officers = new Map<string, EpisodeRow[]>();
      for (const row of rows) {
        if (row.f_id) officers.set(row.f_id, [...(officers.get(row.f_id) ?? []), row]);
      }
      return {
        episodes: rows.length,
        firstReply: { median: quantile(firstReplies, 0.5), p90: quantile(firstReplies, 0.9) },
        resolution: { median: quantile(resolutions, 0.5), p90: quantile(resolutions, 0.9) },
        withinTarget: rows.filter((row) => row.first_reply_at && row.due_at && row.first_reply_at <= row.due_at).length,
        promises: {
          kept: rows.filter((row) => row.is_promise_kept === true).length,
          broken: rows.filter((row) => row.is_promise_kept === false).length,
        },
        ratings: {
          count: rated.length,
          average: average(rated),
          byStars: [1, 2, 3, 4, 5].map((stars) => rated.filter((one) => one === stars).length),
        },
        byOfficer: [...officers.values()].map((own) => ({
          officer: { id: own[0]!.f_id!, name: own[0]!.f_name, title: own[0]!.f_title },
          episodes: own.length,
          firstReplyMedian: quantile(
            own.flatMap((row) => (row.first_reply_at ? [minutes(row.queued_at, row.first_reply_at)] : [])),
            0.5,
          ),
          rating: average(own.flatMap(({ rating }) => rating ?? [])),
        })),
      };
    },
  };
}

/** One matter of a procedure, or the same words whatever their order, marks and case. */
function keyOf({ why, procedure_code, aspect, text }: UnansweredRow): string {
  if (procedure_code) return `${why}|${procedure_code}|${aspect ?? ''}`;
  return `${why}|${[...new Set(tokens(text.normalize('NFD').replace(/[\u0300-\u036f]/g, '')))].sort().slice(0, 12).join(' ')}`;
}

const average = (numbers: number[]) =>
  numbers.length === 0 ? null : numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** The nearest of the values, as people read "half were faster than". */
function quantile(numbers: number[], share: number): number | null {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

const REVIEW = `
insert into answer_reviews (commune_id, message_id, officer_id, verdict, better_text, reviewed_at)
select m.commune_id, m.id, $3::uuid, $4, $5, $6::timestamptz from messages m
where m.commune_id = $1 and m.id = $2 and m.author = 'bot' and m.answer is not null
on conflict (commune_id, message_id, officer_id) do update set verdict = excluded.verdict,
  better_text = excluded.better_text, reviewed_at = excluded.reviewed_at
returning (select conversation_id from messages m where m.commune_id = $1 and m.id = $2) as conversation_id`;

const UNANSWERED = `
with poor as (
  select m.outcome as why, m.commune_id, m.conversation_id, m.id, m.turn_id, m.answer, m.occurred_at, null as better_text
  from messages m
  where m.commune_id = $1 and m.author = 'bot' and m.outcome in ('not_in_catalogue', 'record_lacks_fact', 'failed')
    and m.id >= $4::uuid and m.occurred_at >= $2::timestamptz
  union all
  select 'wrong', m.commune_id, m.conversation_id, m.id, m.turn_id, m.answer, r.reviewed_at, r.better_text
  from answer_reviews r join messages m on m.commune_id = r.commune_id and m.id = r.message_id
  where r.commune_id = $1 and r.verdict = 'wrong' and r.reviewed_at >= $2::timestamptz
)
select p.why, p.answer -> 'reading' ->> 'procedureCode' as procedure_code,
  p.answer -> 'reading' -> 'aspects' ->> 0 as aspect, p.conversation_id, p.id as message_id,
  coalesce(q.text, '') as text, p.occurred_at as at, p.better_text
from poor p left join lateral (
  select string_agg(c.text, ' ' order by c.occurred_at) as text from messages c
  where c.commune_id = p.commune_id and c.conversation_id = p.conversation_id and c.turn_id = p.turn_id
    and c.author = 'citizen' and c.occurred_at > p.occurred_at - interval '2 days'
) q on true
union all
select 'not_understood', null, null, h.conversation_id, h.id, coalesce(h.summary -> 'asked' ->> 0, ''), h.queued_at, null
from handoffs h where h.commune_id = $1 and h.reason = 'not_understood' and h.queued_at >= $2::timestamptz
order by at desc limit $3`;

const SETTLE = `
insert into settled_questions (commune_id, key, officer_id, settled_at) values ($1, $2, $3, $4::timestamptz)
on conflict (commune_id, key) do update set officer_id = excluded.officer_id, settled_at = excluded.settled_at`;

const FIGURES = `
select h.queued_at, h.first_reply_at, h.closed_at, h.is_promise_kept, h.due_at, h.rating,
  f.id as f_id, f.name as f_name, f.title as f_title
from handoffs h left join officers f on f.commune_id = h.commune_id and f.id = h.officer_id
where h.commune_id = $1 and h.queued_at >= $2::timestamptz and h.queued_at < $3::timestamptz
order by h.queued_at limit 50000`;
