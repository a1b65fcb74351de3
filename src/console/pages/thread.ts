import { localTime } from '../../communes/calendar.ts';
import type { TranscriptEntry } from '../../handoff/inbox-view.ts';
import { type Html, html, safeUrl } from '../../pages/html.ts';
import { type Icon, icon } from '../../pages/icons.ts';
import { masked } from '../mask.ts';
import { clock, dayHead, moment } from '../say.ts';
import type { Visit } from '../visit.ts';
import { version } from './list.ts';

const DELIVERY: Record<NonNullable<TranscriptEntry['delivery']>['state'], string> = {
  queued: 'Đang chờ gửi',
  sending: 'Đang gửi',
  sent: 'Đã gửi',
  delivered: 'Đã nhận',
  seen: 'Đã xem',
  failed: 'Chưa gửi được',
  held: 'Giữ lại, gửi khi người dân nhắn tiếp',
  cancelled: 'Không gửi, vì cán bộ đã nhận',
};
const KINDS: Record<string, [Icon, string]> = {
  image: ['image', 'Ảnh'],
  gif: ['image', 'Ảnh động'],
  audio: ['mic', 'Tin thoại'],
  video: ['play', 'Video'],
  file: ['file', 'Tệp'],
  sticker: ['smile', 'Nhãn dán'],
  location: ['pin', 'Vị trí'],
  link: ['link', 'Liên kết'],
  contact: ['person', 'Danh thiếp'],
};

export interface Thread {
  conversationId: string;
  entries: TranscriptEntry[];
  earlierCursor: string | null;
}

/** Both sides, oldest first, with heads of days and the door to what was before. */
export function threadItems(visit: Visit, { conversationId, entries, earlierCursor }: Thread): Html {
  const path = `${visit.base}/conversations/${conversationId}`;
  let day = '';
  return html`${
    earlierCursor &&
    html`<li id="earlier" class="earlier" data-v="${earlierCursor}"><button type="button" hx-get="${path}/earlier?cursor=${encodeURIComponent(earlierCursor)}" hx-target="#earlier" hx-swap="outerHTML">Xem tin cũ hơn</button></li>`
  }${entries.map((entry) => {
    const { date } = localTime(entry.at);
    const head =
      date !== day &&
      html`<li id="d-${date}" class="day" data-v="${dayHead(entry.at, visit.now)}"><span>${dayHead(entry.at, visit.now)}</span></li>`;
    day = date;
    return html`${head}${bubble(visit, path, entry)}`;
  })}`;
}

function bubble(visit: Visit, path: string, entry: TranscriptEntry): Html {
  const shown = entry.author === 'citizen' ? masked(entry.text, visit.now) : { text: entry.text, isMasked: false };
  const { id, author, delivery } = entry;
  const content = html`${author !== 'citizen' && author !== 'system' && html`<p class="who">${author === 'assistant' && icon('robot')}${author === 'note' && icon('note')}${entry.authorText}${author === 'note' && html` <span class="quiet">· chỉ cán bộ đọc</span>`}</p>`}
<div class="bubble">${entry.isPress && html`<span class="pressed">Bấm nút</span>`}${entry.text !== '' && html`<p class="text" id="t-${id}">${shown.text}</p>`}${
    shown.isMasked &&
    !visit.isGuest &&
    html`<button type="button" class="unmask" hx-post="${path}/messages/${id}/show" hx-target="#t-${id}" hx-swap="outerHTML">${icon('eye')}Hiện số bị che</button>`
  }${entry.attachments.map(attachment)}${entry.buttons.length > 0 && html`<ul class="offered" aria-label="Nút đưa ra">${entry.buttons.map(({ title }) => html`<li>${title}</li>`)}</ul>`}</div>
<p class="meta"><time datetime="${entry.at.toISOString()}" title="${moment(entry.at)}">${clock(entry.at)}</time>${delivery && html`<span class="delivery ${delivery.state}">${DELIVERY[delivery.state]}</span>`}${entry.answer?.procedureCode && html`<span class="quiet">mã ${entry.answer.procedureCode}</span>`}${review(visit, path, entry)}</p>${
    delivery?.state === 'failed' &&
    html`<p class="failed-why" role="alert">${icon('alert')}<span>${delivery.why ?? 'Không rõ vì sao.'}</span>${delivery.canResend && !visit.isGuest && html`<button type="button" hx-post="${path}/messages/${id}/resend" hx-swap="none">Gửi lại</button>`}</p>`
  }`;
  return html`<li id="m-${id}" class="m ${author}" data-v="${version(content)}">${content}</li>`;
}

function attachment({ kind, name, url }: TranscriptEntry['attachments'][number]): Html {
  const [picture, words] = KINDS[kind] ?? ['file', 'Nội dung khác'];
  const label = html`${icon(picture)}<span>${words}${name && `: ${name}`}</span>`;
  return url
    ? html`<p class="thing"><a href="${safeUrl(url)}" target="_blank" rel="noopener noreferrer">${label}</a></p>`
    : html`<p class="thing" title="Xem trong hộp thư của nền tảng">${label}</p>`;
}

/** An officer's word on what the assistant said. */
function review(visit: Visit, path: string, { id, answer }: TranscriptEntry): Html | false {
  if (!answer || visit.isGuest) return false;
  const given = answer.review;
  if (given) {
    return html`<span class="reviewed ${given.verdict}">${icon(given.verdict === 'right' ? 'check' : 'alert')}${given.verdict === 'right' ? 'Đúng' : 'Sai'}, ${given.officer?.name || 'cán bộ'} xem${given.betterText && ' và viết lại'}</span>`;
  }
  return html`<span class="review">Trợ lý nói <button type="button" hx-post="${path}/messages/${id}/review" hx-vals="${JSON.stringify({ verdict: 'right' })}" hx-swap="none">đúng</button> / <button type="button" hx-get="${path}/messages/${id}/wrong" hx-target="#sheet-body">sai</button></span>`;
}

export const keyedThread = (items: Html): Html =>
  html`<div id="scroll" class="scroll" role="log" aria-label="Nội dung hội thoại" tabindex="0"><ol id="thread" class="thread" data-keyed="keep">${items}</ol></div>`;
