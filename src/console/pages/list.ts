import { createHash } from 'node:crypto';
import { type HandOffReason, REASON_WORDS } from '../../handoff/handoff.ts';
import type { Counts, ListItem, ListPage, ListQuery, Tab } from '../../handoff/inbox-view.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import { icon } from '../../pages/icons.ts';
import { emptyState } from '../layout.ts';
import { masked } from '../mask.ts';
import { ago, CHANNEL_WORDS, clock, moment, span, time } from '../say.ts';
import { asked, type Visit } from '../visit.ts';

export const TABS: { tab: Tab; words: string }[] = [
  { tab: 'waiting', words: 'Đang chờ' },
  { tab: 'mine', words: 'Của tôi' },
  { tab: 'all', words: 'Tất cả' },
  { tab: 'closed', words: 'Đã xong' },
];

/** Lets the live page see whether a piece has changed since it was drawn. */
export const version = (piece: Html): string =>
  createHash('sha1').update(piece.toString()).digest('base64url').slice(0, 10);

/** What the address asks the list for. */
export function listQuery(visit: Visit): ListQuery {
  const text = (name: string) => asked(visit, name);
  const tab = TABS.find(({ tab }) => tab === text('tab'))?.tab ?? 'waiting';
  const reason = text('reason');
  const channel = text('channel');
  return {
    tab,
    ...(text('search') ? { search: text('search').slice(0, 100) } : {}),
    ...(channel === 'zalo' || channel === 'messenger' ? { channel } : {}),
    ...(Object.hasOwn(REASON_WORDS, reason) ? { reason: reason as HandOffReason } : {}),
    ...(text('field') ? { field: text('field') } : {}),
    ...(text('tag') ? { tag: text('tag') } : {}),
    ...(/^[0-9a-f-]{36}$/.test(text('officer')) ? { officerId: text('officer') } : {}),
    ...(text('unread') ? { isUnread: true } : {}),
    ...(text('late') ? { isLate: true } : {}),
    ...(text('cursor') ? { cursor: text('cursor') } : {}),
    limit: 50,
  };
}

/** The same question as an address. */
export function listAddress(query: ListQuery, change: Partial<ListQuery> = {}): string {
  const { tab, search, channel, reason, field, tag, officerId, isUnread, isLate, cursor } = { ...query, ...change };
  const parameters = new URLSearchParams({ tab });
  const values = { search, channel, reason, field, tag, officer: officerId, cursor };
  for (const [name, value] of Object.entries(values)) if (value) parameters.set(name, value);
  if (isUnread) parameters.set('unread', '1');
  if (isLate) parameters.set('late', '1');
  return parameters.toString();
}

const hasFilter = ({ search, channel, reason, field, tag, officerId, isUnread, isLate }: ListQuery) =>
  Boolean(search || channel || reason || field || tag || officerId || isUnread || isLate);

export interface ListPane {
  query: ListQuery;
  page: ListPage;
  counts: Counts;
  /** Id of the conversation on the page. */
  open: string | null;
  colleagues: { id: string; name: string }[];
}

/** Left: tabs, filters, the lines. */
export function listPane(visit: Visit, pane: ListPane): Html {
  const { query, counts, colleagues } = pane;
  const { base } = visit;
  const number = (tab: Tab) => (tab === 'waiting' ? counts.waiting : tab === 'mine' ? counts.mine : null);
  const reason = (value: string, words: string) =>
    html`<option value="${value}"${query.reason === value ? raw(' selected') : ''}>${words}</option>`;
  const on = (name: keyof ListQuery) => (query[name] ? raw(' checked') : '');
  return html`<section class="lines" aria-label="Danh sách hội thoại">
<nav class="tabs" aria-label="Nhóm hội thoại">${TABS.map(
    ({ tab, words }) =>
      html`<a href="${base}/inbox?tab=${tab}"${tab === query.tab ? raw(' aria-current="page"') : ''}>${words}${number(tab) !== null && html` <span class="number" id="tab-${tab}" data-v="${number(tab)}">${number(tab)}</span>`}</a>`,
  )}</nav>
<details class="filters"${hasFilter(query) ? raw(' open') : ''}>
  <summary>Lọc${hasFilter(query) ? html` <span class="badge">đang lọc</span>` : ''}</summary>
  <form action="${base}/inbox" class="filter-form">
    <input type="hidden" name="tab" value="${query.tab}">
    <label>Có chữ<input type="search" name="search" maxlength="100" value="${query.search ?? ''}"></label>
    <label>Kênh<select name="channel"><option value="">Mọi kênh</option>${(['zalo', 'messenger'] as const).map((one) => html`<option value="${one}"${query.channel === one ? raw(' selected') : ''}>${CHANNEL_WORDS[one]}</option>`)}</select></label>
    <label>Lý do<select name="reason"><option value="">Mọi lý do</option>${Object.entries(REASON_WORDS).map(([value, words]) => reason(value, words))}</select></label>
    <label>Người giữ<select name="officer"><option value="">Bất kỳ ai</option>${colleagues.map(({ id, name }) => html`<option value="${id}"${query.officerId === id ? raw(' selected') : ''}>${name}</option>`)}</select></label>
    <label>Nhãn<input name="tag" maxlength="30" value="${query.tag ?? ''}"></label>
    <label class="tick"><input type="checkbox" name="unread" value="1"${on('isUnread')}>Chưa đọc</label>
    <label class="tick"><input type="checkbox" name="late" value="1"${on('isLate')}>Quá hạn trả lời</label>
    <p class="filter-acts"><button type="submit">Lọc</button> <a href="${base}/inbox?tab=${query.tab}">Bỏ lọc</a></p>
  </form>
</details>
${listRows(visit, pane)}
</section>`;
}

/** The lines alone: also what the live page asks for. */
export function listRows(visit: Visit, { query, page, open }: Pick<ListPane, 'query' | 'page' | 'open'>): Html {
  const { base } = visit;
  const next =
    page.nextCursor &&
    html`${base}/inbox?${raw(listAddress(query, { cursor: page.nextCursor }).replaceAll('&', '&amp;'))}`;
  return html`<ol id="list" class="rows" data-keyed="sync">${page.items.map((item) => row(visit, query, item, open))}${
    page.items.length === 0 && html`<li id="r-none" data-v="${query.tab}">${nothing(query, base)}</li>`
  }${next && html`<li id="r-next" class="next" data-v="${page.nextCursor}"><a href="${next}">Trang sau</a></li>`}</ol>`;
}

/** Those whose platform gives no name are told apart by a sign of ours. */
export const nameOf = (name: string | null, conversationId: string): string =>
  name ?? `Người dân ${conversationId.slice(-4).toUpperCase()}`;

function nothing(query: ListQuery, base: string): Html {
  if (hasFilter(query)) {
    return emptyState(
      'Không có hội thoại nào khớp.',
      'Thử bỏ bớt điều kiện lọc.',
      html`<p><a href="${base}/inbox?tab=${query.tab}">Bỏ lọc</a></p>`,
    );
  }
  const words: Record<Tab, [string, string]> = {
    waiting: [
      'Không ai đang chờ.',
      'Khi người dân xin gặp cán bộ, hoặc trợ lý không trả lời được, hội thoại hiện ở đây.',
    ],
    mine: ['Bạn chưa giữ hội thoại nào.', 'Mở một hội thoại đang chờ và bấm “Nhận hội thoại”.'],
    all: ['Chưa có hội thoại nào.', 'Mọi người nhắn cho xã đều hiện ở đây, kể cả khi trợ lý trả lời.'],
    closed: ['Chưa có hội thoại nào đã xong.', 'Hội thoại cán bộ đã kết thúc hiện ở đây cùng đánh giá của người dân.'],
  };
  return emptyState(...words[query.tab]);
}

/** An item is of one look at one list, which many officers share: its line is drawn once. */
const drawn = new WeakMap<ListItem, { body: Html; mark: string }>();

function row(visit: Visit, query: ListQuery, item: ListItem, open: string | null): Html {
  const isMine = item.episode?.officer?.id === visit.me.id;
  let line = isMine ? undefined : drawn.get(item);
  if (!line) {
    const body = rowBody(visit, query, item);
    line = { body, mark: version(body) };
    if (!isMine) drawn.set(item, line);
  }
  const isOpen = open === item.conversationId;
  return html`<li id="r-${item.conversationId}" data-v="${line.mark}${isOpen && 'o'}"${isOpen && raw(' class="open"')}>${line.body}</li>`;
}

function rowBody({ base, now, me }: Visit, query: ListQuery, item: ListItem): Html {
  const { episode, lastWords, conversationId: id } = item;
  const name = nameOf(item.citizenName, id);
  const last = lastWords && masked(lastWords.text, now).text;
  const who = {
    citizen: '',
    assistant: 'Trợ lý: ',
    officer: 'Cán bộ: ',
    other_app: 'Ứng dụng khác: ',
    system: '',
    note: 'Ghi chú: ',
  };
  return html`<a href="${base}/conversations/${id}?${raw(listAddress(query).replaceAll('&', '&amp;'))}" class="row">
  <span class="row-top"><span class="row-name">${item.isUnread && html`<span class="unread-dot" aria-hidden="true"></span>`}${name}</span>
  ${
    item.waitingSince
      ? html`<span class="wait ${item.wait}" title="Chờ từ ${moment(item.waitingSince)}">${icon('clock')}<span class="unseen">chờ </span>${span(now.getTime() - item.waitingSince.getTime())}</span>`
      : lastWords && html`<span class="row-time">${time(lastWords.at, ago(lastWords.at, now))}</span>`
  }</span>
  <span class="row-words">${lastWords ? html`${who[lastWords.author]}${last}` : 'Chưa có lời nào'}</span>
  <span class="row-foot"><span class="channel ${item.channel}">${CHANNEL_WORDS[item.channel]}</span>${episode && html`<span class="reason">${episode.reasonText}</span>`}${
    item.owner === 'officer' &&
    html`<span class="holder">${episode?.officer ? (episode.officer.id === me.id ? 'Bạn giữ' : episode.officer.name) : (episode?.inboxText ?? 'Cán bộ')}</span>`
  }${item.window.isEnding && html`<span class="chip warn">sắp hết giờ trả lời</span>`}${item.hasFailedSend && html`<span class="chip bad">có tin chưa gửi được</span>`}${
    item.wait === 'late' && episode?.promisedAt && html`<span class="chip bad">hẹn ${clock(episode.promisedAt)}</span>`
  }${item.tags.map((tag) => html`<span class="chip">${tag}</span>`)}${item.isUnread && html`<span class="unseen">chưa đọc</span>`}</span>
</a>`;
}
