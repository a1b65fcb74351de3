import type { Button, Channel, ChannelName } from '../channels/channel.ts';
import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { HERE_TTL_MS } from './acts.ts';
import { type AlertRow, alertsOf } from './alerts.ts';
import { readCursor, UUID, writeCursor } from './cursor.ts';
import type { OfficerCard, Staff } from './handoff.ts';
import type {
  CommuneCounts,
  Detail,
  InboxView,
  ListPage,
  ListQuery,
  PageComment,
  TranscriptEntry,
} from './inbox-view.ts';
import { petitionKey, showNumber } from './petition-number.ts';
import { PETITION_WORDS } from './petitions.ts';
import { officerWindowOf } from './reply-window.ts';
import { searchPattern } from './search-words.ts';
import { type EntryRow, toEntry } from './transcript.ts';
import { createLines, type EpisodeRow, type LineRow, toEpisode } from './view-lines.ts';
import * as sql from './view-sql.ts';

export interface ViewDeps {
  database: Database;
  channel: (name: Channel['name']) => Channel;
  commune: (id: string) => Promise<Commune>;
  now?: () => Date;
}

const PAGE = 50;
const PAGE_MAX = 100;
const ENTRIES_PAGE = 60;
/** Words are looked for in so many of the newest messages of a commune. */
const SEARCHED_MESSAGES = 50_000;

export function createInboxView({ database, channel, commune, now = () => new Date() }: ViewDeps): InboxView {
  const { windowOf, waitOf, toItem } = createLines({ channel, now });

  const found = async (communeId: string, words: string): Promise<string[] | null> => {
    const pattern = searchPattern(words);
    if (pattern === null) return null;
    const rows = await database.run<{ id: string }>('handoff.search', sql.SEARCH, [
      communeId,
      pattern,
      SEARCHED_MESSAGES,
      petitionKey(words) ?? '',
    ]);
    return rows.map(({ id }) => id);
  };

  const list = async ({ communeId, officerId }: Staff, query: ListQuery): Promise<ListPage> => {
    const { settings } = await commune(communeId);
    const limit = Math.min(PAGE_MAX, Math.max(1, Math.floor(query.limit ?? PAGE)));
    const tab = sql.TABS[query.tab];
    const params: unknown[] = [communeId, ...(query.tab === 'mine' ? [officerId] : [])];
    const where: string[] = [tab.where];
    const shape: string[] = [query.tab];
    const add = (name: keyof typeof sql.FILTERS, value?: unknown) => {
      if (value !== undefined) params.push(value);
      where.push(sql.FILTERS[name](params.length));
      shape.push(name);
    };
    if (query.channel) add('channel', query.channel);
    if (query.reason) add('reason', query.reason);
    if (query.field) add('field', query.field);
    if (query.tag) add('tag', query.tag);
    if (query.officerId) {
      if (!UUID.test(query.officerId)) return { items: [], nextCursor: null };
      add('officerId', query.officerId);
    }
    if (query.isUnread) add('isUnread');
    if (query.isLate) add('isLate', now().toISOString());
    if (query.search?.trim()) {
      const ids = await found(communeId, query.search);
      if (ids) add('found', JSON.stringify(ids));
    }
    const cursor = query.cursor ? readCursor(query.cursor) : null;
    if (cursor) {
      params.push(cursor.at, cursor.id);
      const sign = tab.direction === 'asc' ? '>' : '<';
      where.push(`(${tab.sort}, c.id) ${sign} ($${params.length - 1}::timestamptz, $${params.length}::uuid)`);
      shape.push('cursor');
    }
    params.push(limit + 1);
    const rows = `select ${sql.CHOSEN_COLUMNS(tab.sort)} ${tab.from} where ${where.join(' and ')}
      order by ${tab.sort} ${tab.direction}, c.id ${tab.direction} limit $${params.length}`;
    const read = await database.run<LineRow>(
      `handoff.list.${shape.join('.')}`,
      sql.lineSql(rows, tab.direction),
      params,
    );
    const items = read.slice(0, limit).map((row) => toItem(row, settings));
    const last = read.length > limit ? read[limit - 1] : undefined;
    return { items, nextCursor: last ? writeCursor(last.sort_key, last.conversation_id) : null };
  };

  const entriesOf = async (
    { communeId }: Staff,
    conversationId: string,
    channelName: ChannelName,
    citizenName: string | null,
    cursor: string | null,
  ) => {
    const from = cursor ? readCursor(cursor) : null;
    const rows = await database.run<EntryRow>('handoff.entries', sql.ENTRIES, [
      communeId,
      conversationId,
      from?.at ?? null,
      from?.id ?? null,
      ENTRIES_PAGE + 1,
    ]);
    const page = rows.slice(-ENTRIES_PAGE);
    const [first] = page;
    const buttons: Button[] = [];
    const entries: TranscriptEntry[] = page.map((row) => toEntry(row, { channelName, citizenName, buttons }));
    return {
      entries,
      earlierCursor: rows.length > ENTRIES_PAGE && first ? writeCursor(first.sort_key, first.id) : null,
    };
  };

  const headOf = async (staff: Staff, conversationId: string) => {
    if (!UUID.test(conversationId)) return undefined;
    const [row] = await database.run<{
      conversation_id: string;
      citizen_id: string;
      account_id: string;
      channel: ChannelName;
      owner: 'bot' | 'waiting' | 'officer';
      officer_id: string | null;
      owner_since: Date;
      last_user_at: Date | null;
      chat_id: string;
      tags: string[];
      procedure_code: string | null;
      display_name: string | null;
      first_seen_at: Date;
      draft: string | null;
    }>('handoff.conversation', sql.CONVERSATION, [staff.communeId, conversationId, staff.officerId]);
    return row;
  };

  const waitsSince = async (communeId: string, conversationId: string, after: Date) => {
    const [row] = await database.run<{ since: Date | null }>('handoff.waits_since', sql.WAITS_SINCE, [
      communeId,
      conversationId,
      after.toISOString(),
    ]);
    return row?.since ?? null;
  };

  return {
    list,

    async counts({ communeId }) {
      const [row] = await database.run<CommuneCounts>('handoff.counts', sql.COUNTS, [communeId, now().toISOString()]);
      return row!;
    },

    async detail(staff, conversationId): Promise<Detail | null> {
      const head = await headOf(staff, conversationId);
      if (!head) return null;
      const { communeId, officerId } = staff;
      const [{ settings }, episodes, page, others, petitions] = await Promise.all([
        commune(communeId),
        database.run<EpisodeRow>('handoff.episodes', sql.EPISODES, [communeId, conversationId]),
        entriesOf(staff, conversationId, head.channel, head.display_name, null),
        database.run<OfficerCard & { is_typing: boolean }>('handoff.others', sql.OTHERS, [
          communeId,
          conversationId,
          officerId,
          now().toISOString(),
        ]),
        database.run<{ number: string; status: keyof typeof PETITION_WORDS }>(
          'handoff.conversation_petitions',
          `select number, status from petitions where commune_id = $1 and conversation_id = $2
           order by received_at desc limit 10`,
          [communeId, conversationId],
        ),
      ]);
      const openRow = episodes.find(({ closed_at }) => closed_at === null);
      const episode = openRow ? toEpisode(openRow) : null;
      const history = episodes.filter((row) => row !== openRow).map(toEpisode);
      const waitingSince =
        head.owner === 'waiting'
          ? head.owner_since
          : head.owner === 'officer' && openRow
            ? await waitsSince(
                communeId,
                conversationId,
                openRow.last_reply_at ?? openRow.taken_at ?? openRow.queued_at,
              )
            : null;
      const window = windowOf(head.channel, head.last_user_at, waitingSince !== null, settings);
      const isMine = head.owner === 'officer' && head.officer_id === officerId;
      return {
        conversationId: head.conversation_id,
        channel: head.channel,
        accountId: head.account_id,
        citizen: { id: head.citizen_id, name: head.display_name, firstSeenAt: head.first_seen_at },
        owner: head.owner,
        episode,
        history,
        summary: episode?.summary ?? null,
        ...page,
        window,
        tags: head.tags,
        waitingSince,
        wait: waitOf(
          waitingSince,
          { owner: head.owner, promised_at: openRow?.promised_at ?? null, due_at: openRow?.due_at ?? null },
          settings,
        ),
        may: {
          take: head.owner !== 'officer' || head.officer_id === null,
          reply: isMine && window.state !== 'closed' && !isComment(head.chat_id),
          transfer: isMine,
          release: isMine,
          close: isMine,
          reopen: head.owner !== 'officer' && history.length > 0,
        },
        draft: head.draft ?? '',
        others: others.map(({ is_typing, ...officer }) => ({ officer, isTyping: is_typing })),
        petitions: petitions.map(({ number, status }) => ({
          number: showNumber(number),
          status,
          statusText: PETITION_WORDS[status],
        })),
        procedureCode: episode?.summary?.procedure?.code ?? head.procedure_code,
      };
    },

    async earlier(staff, conversationId, cursor) {
      const head = await headOf(staff, conversationId);
      if (!head || !readCursor(cursor)) return { entries: [], earlierCursor: null };
      return entriesOf(staff, conversationId, head.channel, head.display_name, cursor);
    },

    async colleagues({ communeId }) {
      const rows = await database.run<OfficerCard & { fields: string[]; is_here: boolean; holds: number }>(
        'handoff.colleagues',
        sql.COLLEAGUES,
        [communeId, new Date(now().getTime() - HERE_TTL_MS).toISOString()],
      );
      return rows.map(({ is_here, ...officer }) => ({ ...officer, isHere: is_here }));
    },

    async comments({ communeId }) {
      const rows = await database.run<Omit<PageComment, 'url'>>(
        'handoff.comments',
        `select comment_id as "commentId", text, commented_at as at, status from page_comments
         where commune_id = $1 order by commented_at desc limit 200`,
        [communeId],
      );
      return rows.map((row) => ({ ...row, url: `https://www.facebook.com/${encodeURIComponent(row.commentId)}` }));
    },

    async alerts({ communeId }) {
      const { settings } = await commune(communeId);
      const rows = await database.run<AlertRow>('handoff.alerts', sql.ALERTS, [communeId]);
      return rows
        .flatMap((row) => alertsOf(row, settings, officerWindowOf(channel(row.channel).limits), now()))
        .sort((a, b) => a.weight - b.weight || a.since.getTime() - b.since.getTime())
        .map(({ weight: _, ...alert }) => alert);
    },
  };
}

/** One private reply is all such a chat takes, and it has it. */
const isComment = (chatId: string) => /^(comment|post):/.test(chatId);
