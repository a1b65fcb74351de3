import { randomUUID } from 'node:crypto';
import { mayAs } from '../../communes/officers.ts';
import type { Episode } from '../../handoff/handoff.ts';
import type { Detail } from '../../handoff/inbox-view.ts';
import { type Html, html, raw, safeUrl } from '../../pages/html.ts';
import { icon } from '../../pages/icons.ts';
import type { Order } from '../../payments/orders.ts';
import type { Procedure } from '../../procedures/catalogue.ts';
import { csrfField, emptyState } from '../layout.ts';
import { ago, CHANNEL_WORDS, clock, dayOf, dong, span, time } from '../say.ts';
import type { Visit } from '../visit.ts';
import { nameOf, version } from './list.ts';
import { issueMark, mark, ORDER } from './payment-words.ts';
import { keyedThread, threadItems } from './thread.ts';

export interface Conversation {
  detail: Detail;
  procedure: Procedure | null;
  hasSharedPhone: boolean;
  /** What it owes or owed, newest first. */
  orders: Order[];
  /** Back to the list it was opened from. */
  listAddress: string;
}

/** A piece the live page replaces when it has changed. */
const piece = (
  tag: 'div' | 'header' | 'aside',
  id: string,
  className: string,
  content: Html,
  more: Html = raw(''),
): Html =>
  html`<${raw(tag)} id="${id}" class="${className}" data-v="${version(content)}"${more}>${content}</${raw(tag)}>`;

/** Middle and right. */
export function conversationPane(visit: Visit, conversation: Conversation): Html {
  return html`<section class="talk" id="talk" data-conversation="${conversation.detail.conversationId}" aria-label="Hội thoại">
${talkPieces(visit, conversation)}
</section>
${beside(visit, conversation)}`;
}

export function talkPieces(visit: Visit, conversation: Conversation): Html {
  const { detail } = conversation;
  return html`${head(visit, conversation)}
${piece('div', 'summary', 'summary-slot', summary(detail))}
${keyedThread(threadItems(visit, detail))}
${piece('div', 'foot', 'foot', foot(detail))}
${composer(visit, detail)}`;
}

function head(visit: Visit, { detail, listAddress }: Conversation): Html {
  const { base, now, me, isGuest } = visit;
  const { episode, may, conversationId: id } = detail;
  const path = `${base}/conversations/${id}`;
  const act = (name: string, words: string, picture: Parameters<typeof icon>[0], className = '') =>
    html`<form method="post" action="${path}/${name}" hx-post="${path}/${name}" hx-swap="none">${csrfField(visit)}<button type="submit" class="${className}">${icon(picture)}<span>${words}</span></button></form>`;
  const sheet = (name: string, words: string, picture: Parameters<typeof icon>[0], key = '') =>
    html`<button type="button" hx-get="${path}/${name}" hx-target="#sheet-body"${key && html` data-key="${key}"`}>${icon(picture)}<span>${words}</span></button>`;
  const asLead = mayAs(me.role, 'lead') && detail.owner === 'officer';
  const state =
    detail.owner === 'bot'
      ? 'Trợ lý đang trả lời'
      : detail.owner === 'waiting'
        ? `Đang chờ cán bộ${detail.waitingSince ? ` ${span(now.getTime() - detail.waitingSince.getTime())}` : ''}`
        : episode?.officer
          ? episode.officer.id === me.id
            ? 'Bạn đang trả lời'
            : `${episode.officer.name || 'Đồng nghiệp'} đang trả lời`
          : 'Đang trả lời từ hộp thư của nền tảng';
  const content = html`<a class="back" href="${base}/inbox?${raw(listAddress.replaceAll('&', '&amp;'))}">${icon('back')}<span class="unseen">Về danh sách</span></a>
<div class="talk-title"><h1>${nameOf(detail.citizen.name, id)}</h1>
<p><span class="channel ${detail.channel}">${CHANNEL_WORDS[detail.channel]}</span> <span class="owner ${detail.owner} ${detail.wait}">${state}</span>${
    episode?.promisedAt &&
    html` <span class="promise ${detail.wait}">${icon('clock')}Đã hẹn trả lời trước ${clock(episode.promisedAt)}${ago(episode.promisedAt, now).includes('/') ? ` ngày ${ago(episode.promisedAt, now)}` : ''}</span>`
  }</p></div>
${
  !isGuest &&
  html`<div class="talk-acts">
${may.take && act('take', 'Nhận hội thoại', 'check', 'primary')}
${may.reopen && act('reopen', 'Mở lại', 'swap', 'primary')}
${(may.transfer || asLead) && sheet('transfer', 'Chuyển cho…', 'swap')}
${(may.release || asLead) && act('release', 'Trả lại trợ lý', 'robot')}
${(may.close || asLead) && sheet('close', 'Kết thúc', 'check', 'e')}
<button type="button" class="narrow" data-act="beside" aria-expanded="false" aria-controls="beside">${icon('person')}<span>Thông tin</span></button>
</div>`
}`;
  return piece('header', 'talk-head', 'talk-head', content);
}

/** What an officer needs before the first word. */
function summary(detail: Detail): Html {
  const sum = detail.summary;
  if (!sum || !detail.episode) return raw('');
  const { machine } = sum;
  return html`<details class="summary"${detail.owner === 'waiting' ? raw(' open') : ''}>
<summary><strong>${(machine ?? sum).headline}</strong> <span class="chip">${detail.episode.reasonText}</span></summary>
${machine && html`<p class="by-machine">${icon('robot')}Máy tóm tắt, có thể sai. Xem lại lời người dân trước khi trả lời.</p>`}
<dl>
${
  machine
    ? html`<div><dt>Muốn gì</dt><dd>${machine.wants}</dd></div>
${machine.told && html`<div><dt>Đã được trả lời</dt><dd>${machine.told}</dd></div>`}
<div><dt>Còn cần</dt><dd>${machine.needs || sum.open}</dd></div>`
    : html`<div><dt>Còn cần</dt><dd>${sum.open}</dd></div>`
}
${sum.asked.length > 0 && html`<div><dt>Người dân hỏi</dt><dd><ul>${sum.asked.slice(0, 4).map((words) => html`<li>“${words}”</li>`)}</ul></dd></div>`}
${sum.told.length > 0 && html`<div><dt>Trợ lý đã nói</dt><dd><ul>${sum.told.slice(0, 4).map(({ text, code, asOf }) => html`<li>${text}${code && html` <span class="quiet">(${code}${asOf && `, dữ liệu ngày ${dayOf(asOf)}`})</span>`}</li>`)}</ul></dd></div>`}
</dl></details>`;
}

/** How long one may still write, and who else looks at it. */
function foot({ window, others }: Detail): Html {
  return html`<p class="window ${window.state}${window.isEnding ? ' ending' : ''}" title="${window.afterwards}">${icon('clock')}<span>${window.text}</span> <span class="afterwards">${window.afterwards}</span></p>${others.map(
    ({ officer, isTyping }) =>
      html`<p class="other${isTyping ? ' types' : ''}">${icon('eye')}${officer.name || 'Đồng nghiệp'} ${isTyping ? 'đang viết…' : 'đang xem'}</p>`,
  )}`;
}

function composer(visit: Visit, detail: Detail): Html {
  const { base, me, isGuest } = visit;
  const { conversationId: id, may, episode, owner, window } = detail;
  const path = `${base}/conversations/${id}`;
  if (isGuest)
    return html`<div id="composer" class="composer closed" data-v="guest"><p>Bạn đang xem với tư cách cấp tỉnh.</p></div>`;
  const why =
    owner === 'officer' && episode?.officer?.id !== me.id
      ? `${episode?.officer?.name || 'Đồng nghiệp'} đang giữ hội thoại này nên bạn chỉ xem được. Muốn trả lời thì nhờ chuyển.`
      : may.reopen
        ? 'Hội thoại đã kết thúc. Bấm “Mở lại” để viết tiếp.'
        : owner === 'bot'
          ? 'Trợ lý đang trả lời. Bấm “Nhận hội thoại” để viết cho người dân.'
          : 'Bấm “Nhận hội thoại” để viết cho người dân.';
  const state = may.reply ? `reply-${window.state}` : `closed-${owner}-${episode?.officer?.id ?? ''}-${may.reopen}`;
  const sheet = (name: string, words: string, picture: Parameters<typeof icon>[0]) =>
    html`<button type="button" hx-get="${path}/${name}" hx-target="#sheet-body">${icon(picture)}<span>${words}</span></button>`;
  return html`<div id="composer" class="composer${may.reply ? '' : ' closed'}" data-v="${state}" data-path="${path}">
${
  may.reply
    ? html`<form class="reply" method="post" action="${path}/reply">${csrfField(visit)}
  <input type="hidden" name="idempotencyKey" value="${randomUUID()}">
  <label class="unseen" for="reply">Trả lời ${detail.citizen.name ?? 'người dân'}</label>
  <textarea id="reply" name="text" rows="2" maxlength="4000" placeholder="Viết cho người dân. Gõ / để chọn câu soạn sẵn" data-draft="${detail.draft}" aria-controls="ready" aria-expanded="false" role="combobox" aria-autocomplete="list" aria-haspopup="listbox"${window.state === 'closed' ? raw(' disabled') : ''}></textarea>
  <button type="submit" class="primary send"${window.state === 'closed' ? raw(' disabled') : ''}>${icon('send')}<span>Trả lời</span></button>
</form>
<ul id="ready" class="ready" role="listbox" aria-label="Câu trả lời soạn sẵn" hidden></ul>`
    : html`<p class="why">${why}</p>`
}
<div class="tools" role="group" aria-label="Việc khác">
${may.reply && html`<button type="button" data-act="ready">${icon('book')}<span>Soạn sẵn <kbd>/</kbd></span></button>${sheet('official', 'Câu trả lời chính thức', 'book')}${sheet('form', 'Gửi tờ khai', 'file')}${sheet('payment', 'Yêu cầu nộp phí', 'coin')}`}
${sheet('note', 'Ghi chú nội bộ', 'note')}
</div>
</div>`;
}

/** Right: only what helps now. */
export function beside(visit: Visit, { detail, procedure, hasSharedPhone, orders }: Conversation): Html {
  const { base, now, isGuest } = visit;
  const { conversationId: id, citizen, summary: sum, tags, petitions, history } = detail;
  const path = `${base}/conversations/${id}`;
  const content = html`<section><h2>Người dân</h2>
<dl class="facts"><div><dt>Tên trên ${CHANNEL_WORDS[detail.channel]}</dt><dd>${citizen.name ?? 'chưa biết'}</dd></div>
<div><dt>Nhắn lần đầu</dt><dd>${time(citizen.firstSeenAt, ago(citizen.firstSeenAt, now))}</dd></div>
${hasSharedPhone && html`<div><dt>Số điện thoại</dt><dd id="phone">•••••• ${!isGuest && html`<button type="button" class="unmask" hx-post="${path}/phone" hx-target="#phone">${icon('eye')}Hiện</button>`}</dd></div>`}</dl></section>
<section><h2>Hồ sơ</h2>
${(sum?.dossierNumbers.length ?? 0) === 0 && html`<p class="quiet">Chưa nói tới mã hồ sơ nào.</p>`}
<ul class="plain">${(sum?.dossierNumbers ?? []).slice(0, 5).map((code, at) => html`<li><code>${code}</code>${!isGuest && html` <button type="button" hx-post="${path}/dossier" hx-vals="${JSON.stringify({ code })}" hx-target="#dossier-${at}">Tra cứu</button>`}<div id="dossier-${at}"></div></li>`)}</ul>
${!isGuest && html`<form class="inline" hx-post="${path}/dossier" hx-target="#dossier-typed"><label class="unseen" for="code">Mã hồ sơ</label><input id="code" name="code" maxlength="60" placeholder="Mã hồ sơ" required><button type="submit">Tra cứu</button></form><div id="dossier-typed"></div>`}</section>
<section><h2>Thanh toán</h2>${
    orders.length === 0
      ? html`<p class="quiet">Chưa có khoản nào trong hội thoại này.</p>`
      : html`<ul class="plain">${orders.map((order) => html`<li><a href="${base}/payments/orders/${order.id}">${dong(order.amountVnd)}</a> ${mark(ORDER[order.status])}${issueMark(order.issue)}<br><span class="quiet">${order.purpose}</span>${order.dossierNumber && html`<br><code>${order.dossierNumber}</code>`}</li>`)}</ul>`
  }${!isGuest && detail.may.reply && html`<p><button type="button" hx-get="${path}/payment" hx-target="#sheet-body">${icon('coin')}<span>Yêu cầu nộp phí</span></button></p>`}</section>
<section><h2>Thủ tục</h2>
${
  procedure
    ? html`<p><strong>${procedure.name}</strong></p><p class="quiet">mã ${procedure.code} · dữ liệu ngày ${dayOf(procedure.asOf)}</p>${procedure.portalUrl && html`<p><a href="${safeUrl(procedure.portalUrl)}" target="_blank" rel="noopener noreferrer">Trang chính thức</a></p>`}`
    : html`<p class="quiet">Chưa rõ thủ tục nào.</p>`
}</section>
<section><h2>Nhãn</h2><p class="tags">${tags.map((tag) => html`<span class="chip">${tag}</span>`)}${tags.length === 0 && html`<span class="quiet">Chưa có nhãn.</span>`}</p>
${!isGuest && html`<form class="inline" hx-post="${path}/tags" hx-swap="none" method="post" action="${path}/tags">${csrfField(visit)}<label class="unseen" for="tags">Nhãn, cách nhau bằng dấu phẩy</label><input id="tags" name="tags" maxlength="320" value="${tags.join(', ')}" placeholder="gấp, hẹn lại"><button type="submit">Lưu</button></form>`}</section>
<section><h2>Phản ánh</h2>${
    petitions.length > 0
      ? html`<ul class="plain">${petitions.map(({ number, statusText }) => html`<li><a href="${base}/petitions/${number}">${number}</a> <span class="quiet">${statusText}</span></li>`)}</ul>`
      : html`<p class="quiet">Chưa ghi nhận phản ánh nào.</p>`
  }${!isGuest && html`<p><button type="button" hx-get="${path}/petition" hx-target="#sheet-body">${icon('plus')}<span>Ghi nhận phản ánh</span></button></p>`}</section>
<section><h2>Những lần trước</h2>${
    history.length > 0
      ? html`<ul class="plain history">${history.slice(0, 6).map((episode) => past(episode, now))}</ul>`
      : html`<p class="quiet">Chưa lần nào gặp cán bộ.</p>`
  }</section>`;
  return piece('aside', 'beside', 'beside', content, raw(' aria-label="Thông tin bên cạnh"'));
}

const CLOSED = {
  resolved: 'cán bộ kết thúc',
  released: 'trả lại trợ lý',
  resumed: 'người dân hỏi tiếp trợ lý',
  silence: 'không ai nhắn tiếp',
};

function past({ reasonText, officer, queuedAt, closeKind, rating, ratingWords }: Episode, now: Date): Html {
  return html`<li>${time(queuedAt, ago(queuedAt, now))} · ${reasonText}${officer?.name && `, ${officer.name}`}<br><span class="quiet">${closeKind ? CLOSED[closeKind] : ''}${rating && html` · đánh giá ${rating}/5`}</span>${ratingWords && html`<br>“${ratingWords}”`}</li>`;
}

/** Nothing is open yet. */
export const noConversation = (): Html =>
  html`<section class="talk none" id="talk" aria-label="Hội thoại">${emptyState(
    'Chọn một hội thoại để đọc.',
    'Mở ra xem không có nghĩa là nhận. Người chờ lâu nhất đứng đầu danh sách.',
    html`<p class="quiet"><kbd>j</kbd> <kbd>k</kbd> để đi trong danh sách, <kbd>Enter</kbd> để mở, <kbd>?</kbd> xem mọi phím.</p>`,
  )}</section>`;
