import type { Unanswered } from '../../handoff/quality.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { FrameOf } from '../frame.ts';
import { csrfField, emptyState } from '../layout.ts';
import { masked } from '../mask.ts';
import { ago, time } from '../say.ts';
import { asked, type ConsoleRoute, done, field, notHere, Stop, type Visit } from '../visit.ts';

const DAYS = [7, 30, 90];

/** What citizens asked and the assistant could not answer, or answered wrongly, the most asked first. */
export function unansweredRoutes({ quality, catalogue }: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  return [
    {
      method: 'get',
      path: '/unanswered',
      role: 'officer',
      async handle(visit) {
        const days = DAYS.find((one) => String(one) === asked(visit, 'days')) ?? 30;
        const groups = await quality.unanswered(visit.staff, { days });
        const nameOf = (code: string | null) => (code && catalogue.byCode(code)?.name) || code;
        const body = html`<section class="page"><header><h1>Câu hỏi chưa trả lời được</h1><p class="lead">Bổ sung dữ liệu cho các câu này thì lần sau trợ lý trả lời được.</p></header>
<nav class="sub" aria-label="Khoảng thời gian">${DAYS.map((one) => html`<a href="${visit.base}/unanswered?days=${one}"${one === days ? raw(' aria-current="page"') : ''}>${one} ngày</a>`)}</nav>
${
  groups.length === 0
    ? emptyState(
        'Không có câu nào.',
        'Câu trợ lý không hiểu, không có trong dữ liệu, hoặc cán bộ chấm sai sẽ hiện ở đây.',
      )
    : html`<div class="items">${groups.map((group) => card(visit, group, nameOf(group.procedureCode)))}</div>`
}</section>`;
        return frame(visit, { title: 'Câu hỏi chưa trả lời được', section: 'unanswered', body });
      },
    },
    {
      method: 'post',
      path: '/unanswered/settle',
      role: 'officer',
      async handle(visit) {
        const result = await quality.settle(visit.staff, field(visit, 'key', 500));
        if (!result.ok) throw result.why === 'unknown' ? notHere() : new Stop(409, result.text);
        await visit.audit('answer_reviewed', undefined, { isSettled: true });
        return done(visit, '/unanswered', 'Đã xử lý.');
      },
    },
  ];
}

function card(
  visit: Visit,
  { key, why, whyText, aspect, examples, count, lastAt, betterText }: Unanswered,
  procedure: string | null,
): Html {
  const { base, now } = visit;
  return html`<article class="item"><header><h2>${procedure ?? 'Chưa rõ thủ tục'}</h2><span class="state ${why === 'wrong' ? 'bad' : 'warn'}">${whyText}</span>${aspect && html`<span class="quiet">${aspect}</span>`}<span class="quiet">${count} lần, gần nhất ${time(lastAt, ago(lastAt, now))}</span></header>
<ul class="plain">${examples.slice(0, 4).map(({ conversationId, text, at }) => html`<li>“${masked(text, now).text}” <a class="quiet" href="${base}/conversations/${conversationId}">mở hội thoại, ${ago(at, now)}</a></li>`)}</ul>
${betterText && html`<div><p class="quiet">Cán bộ viết lại</p><blockquote>${betterText}</blockquote></div>`}
${!visit.isGuest && html`<form method="post" action="${base}/unanswered/settle">${csrfField(visit)}<input type="hidden" name="key" value="${key}"><button type="submit">Đã xử lý</button></form>`}</article>`;
}
