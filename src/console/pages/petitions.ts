import { PETITION_WORDS, type Petition, type PetitionStatus } from '../../handoff/petitions.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { FrameOf } from '../frame.ts';
import { csrfField, emptyState } from '../layout.ts';
import { masked } from '../mask.ts';
import { ago, day, time } from '../say.ts';
import { asked, type ConsoleRoute, done, field, notHere, Stop, type Visit } from '../visit.ts';

const STATUSES = Object.keys(PETITION_WORDS) as PetitionStatus[];
const upper = (words: string) => words[0]!.toUpperCase() + words.slice(1);
const TONE: Record<PetitionStatus, string> = {
  received: 'warn',
  in_progress: 'warn',
  answered: 'good',
  forwarded: '',
  closed: '',
};

/** Complaints and proposals, with the numbers citizens ask by. */
export function petitionRoutes({ petitions, live }: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  const petitionOf = async (visit: Visit): Promise<Petition> => {
    const found = await petitions.byNumber(visit.staff, String(visit.request.params.number).slice(0, 40));
    if (!found) throw notHere();
    return found;
  };
  return [
    {
      method: 'get',
      path: '/petitions',
      role: 'officer',
      async handle(visit) {
        const status = STATUSES.find((one) => one === asked(visit, 'status'));
        const cursor = asked(visit, 'cursor');
        const { items, nextCursor } = await petitions.list(visit.staff, {
          ...(status ? { status } : {}),
          ...(cursor ? { cursor } : {}),
        });
        const { base } = visit;
        const tab = (value: PetitionStatus | undefined, words: string) =>
          html`<a href="${base}/petitions${value ? `?status=${value}` : ''}"${value === status ? raw(' aria-current="page"') : ''}>${words}</a>`;
        const body = html`<section class="page"><header><h1>Phản ánh, kiến nghị</h1><p class="lead">Mỗi phản ánh có một số. Người dân nhắn số đó để hỏi đã tới đâu.</p></header>
<nav class="sub" aria-label="Tình trạng">${tab(undefined, 'Tất cả')}${STATUSES.map((one) => tab(one, upper(PETITION_WORDS[one])))}</nav>
${
  items.length === 0
    ? emptyState(
        'Chưa có phản ánh nào ở đây.',
        'Khi người dân gửi phản ánh, hoặc cán bộ ghi nhận trong hội thoại, phản ánh hiện ở đây.',
      )
    : html`<div class="items">${items.map((item) => card(visit, item))}</div>`
}${nextCursor && html`<p><a href="${base}/petitions?${status ? `status=${status}&` : ''}cursor=${encodeURIComponent(nextCursor)}">Trang sau</a></p>`}</section>`;
        return frame(visit, { title: 'Phản ánh, kiến nghị', section: 'petitions', body });
      },
    },
    {
      method: 'get',
      path: '/petitions/:number',
      role: 'officer',
      objects: { number: 'petition' },
      async handle(visit) {
        const petition = await petitionOf(visit);
        await visit.audit('petition_opened', { kind: 'petition', id: petition.number });
        const path = `${visit.base}/petitions/${petition.number}`;
        const body = html`<section class="page"><header><h1>Phản ánh ${petition.number}</h1>${state(petition)}<p class="lead">Nhận ${time(petition.receivedAt, ago(petition.receivedAt, visit.now))}${petition.dueAt && html`, trả lời trước ngày ${day(petition.dueAt)}`}${petition.officer && html`, người xử lý: ${petition.officer.name}`}</p></header>
<div class="panel"><h2>Nội dung</h2><blockquote>${petition.text}</blockquote><p><a href="${visit.base}/conversations/${petition.conversationId}">Mở hội thoại</a></p></div>
${petition.answer && html`<div class="panel"><h2>Đã trả lời người dân</h2><blockquote>${petition.answer}</blockquote></div>`}
${
  !visit.isGuest &&
  html`<form class="panel stack" method="post" action="${path}">${csrfField(visit)}<h2>Xử lý</h2>
<label>Tình trạng<select name="status">${STATUSES.map((one) => html`<option value="${one}"${one === petition.status ? raw(' selected') : ''}>${upper(PETITION_WORDS[one])}</option>`)}</select></label>
<label>Lời gửi người dân, khi đã trả lời<textarea name="answer" rows="5" maxlength="3000"></textarea></label>
<p><button type="submit" class="primary">Lưu</button></p></form>`
}</section>`;
        return frame(visit, { title: `Phản ánh ${petition.number}`, section: 'petitions', body });
      },
    },
    {
      method: 'post',
      path: '/petitions/:number',
      role: 'officer',
      objects: { number: 'petition' },
      async handle(visit) {
        const { number } = await petitionOf(visit);
        const status = STATUSES.find((one) => one === field(visit, 'status', 20));
        if (!status) throw new Stop(422, 'Chọn tình trạng.');
        const answer = field(visit, 'answer', 3_000);
        const result = await petitions.update(visit.staff, number, { status, ...(answer ? { answer } : {}) });
        if (!result.ok) throw result.why === 'unknown' ? notHere() : new Stop(409, result.text);
        await visit.audit('petition_changed', { kind: 'petition', id: number }, { status });
        live.wake();
        return done(visit, `/petitions/${number}`, 'Đã lưu.');
      },
    },
  ];
}

const state = ({ status, statusText }: Petition) =>
  html`<span class="state ${TONE[status]}">${upper(statusText)}</span>`;

function card({ base, now }: Visit, petition: Petition): Html {
  const isLate = petition.dueAt && petition.dueAt < now && ['received', 'in_progress'].includes(petition.status);
  return html`<article class="item"><header><h2><a href="${base}/petitions/${petition.number}">${petition.number}</a></h2>${state(petition)}${isLate && html`<span class="state bad">Quá hạn</span>`}<span class="quiet">${time(petition.receivedAt, ago(petition.receivedAt, now))}${petition.dueAt && html` · trước ngày ${day(petition.dueAt)}`}</span></header><blockquote>${[...masked(petition.text, now).text].slice(0, 400).join('')}</blockquote></article>`;
}
