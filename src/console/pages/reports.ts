import { localTime } from '../../communes/calendar.ts';
import type { Figures } from '../../handoff/quality.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import type { ConsoleDeps } from '../deps.ts';
import { type Cell, csv, sendFile, xlsx } from '../export.ts';
import type { FrameOf } from '../frame.ts';
import { emptyState } from '../layout.ts';
import { day } from '../say.ts';
import { asked, type ConsoleRoute, type Visit } from '../visit.ts';

const DAY_MS = 86_400_000;
const OUTCOMES: Record<string, string> = {
  answered: 'Đã trả lời',
  asked_back: 'Hỏi lại một câu',
  offered_choices: 'Đưa lựa chọn',
  looked_up: 'Tra cứu hồ sơ',
  small_talk: 'Chào hỏi',
  other_agency: 'Chỉ sang nơi khác',
  handed_off: 'Chuyển cán bộ',
  not_in_catalogue: 'Không có trong dữ liệu',
  record_lacks_fact: 'Dữ liệu thiếu điều được hỏi',
  declined: 'Từ chối',
  failed: 'Gặp sự cố',
};
interface Outcome {
  words: string;
  count: number;
}

/** Figures for leads: how long people waited, what was promised and kept, how it was, what was asked. */
export function reportRoutes({ quality, database }: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  const read = async (visit: Visit) => {
    const { from, to } = rangeOf(visit);
    const [figures, outcomes] = await Promise.all([
      quality.figures(visit.staff, from, to),
      database.run<{ outcome: string; count: number }>(
        'console.outcomes',
        `select outcome, count(*)::int as count from messages
         where commune_id = $1 and outcome is not null and occurred_at >= $2::timestamptz and occurred_at < $3::timestamptz
         group by outcome order by 2 desc, 1`,
        [visit.commune.id, from.toISOString(), to.toISOString()],
      ),
    ]);
    return {
      from,
      to,
      figures,
      outcomes: outcomes.map(({ outcome, count }) => ({ words: OUTCOMES[outcome] ?? outcome, count })),
    };
  };
  return [
    {
      method: 'get',
      path: '/reports',
      role: 'lead',
      async handle(visit) {
        const { from, to, figures, outcomes } = await read(visit);
        const range = `from=${dateOf(from)}&amp;to=${dateOf(new Date(to.getTime() - DAY_MS))}`;
        const body = html`<section class="page"><header><h1>Báo cáo</h1><p class="lead">${visit.commune.name}, từ ${day(from)} đến ${day(new Date(to.getTime() - 1))}</p></header>
<form class="bar-form" action="${visit.base}/reports"><label>Từ ngày<input type="date" name="from" value="${dateOf(from)}"></label><label>Đến ngày<input type="date" name="to" value="${dateOf(new Date(to.getTime() - DAY_MS))}"></label><button type="submit">Xem</button><a href="${visit.base}/reports.xlsx?${raw(range)}">Tải về (Excel)</a><a href="${visit.base}/reports.csv?${raw(range)}">Tải về (CSV)</a></form>
${figures.episodes === 0 && outcomes.length === 0 ? emptyState('Chưa có số liệu trong những ngày này.', 'Chọn khoảng ngày khác, hoặc chờ người dân nhắn cho xã.') : pageOf(figures, outcomes)}</section>`;
        return frame(visit, { title: 'Báo cáo', section: 'reports', body });
      },
    },
    {
      method: 'get',
      path: '/reports.xlsx',
      role: 'lead',
      async handle(visit) {
        const { from, to, figures, outcomes } = await read(visit);
        await visit.audit('exported', undefined, { what: 'report' });
        const sheets = tables(figures, outcomes).map(({ title, rows }) => ({ name: title.slice(0, 31), rows }));
        const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
        return sendFile(
          visit,
          `bao-cao-${dateOf(from)}-${dateOf(new Date(to.getTime() - DAY_MS))}.xlsx`,
          type,
          await xlsx(sheets),
        );
      },
    },
    {
      method: 'get',
      path: '/reports.csv',
      role: 'lead',
      async handle(visit) {
        const { from, to, figures, outcomes } = await read(visit);
        await visit.audit('exported', undefined, { what: 'report' });
        const rows = tables(figures, outcomes).flatMap(({ title, rows }) => [[title], ...rows, []]);
        return sendFile(
          visit,
          `bao-cao-${dateOf(from)}-${dateOf(new Date(to.getTime() - DAY_MS))}.csv`,
          'text/csv; charset=utf-8',
          csv(rows),
        );
      },
    },
  ];
}

const dateOf = (at: Date) => localTime(at).date;

/** Local days, both with; the last thirty without any. */
function rangeOf(visit: Visit): { from: Date; to: Date } {
  const start = (date: string) => Date.parse(`${date}T00:00:00+07:00`);
  const today = start(dateOf(visit.now));
  const to = start(asked(visit, 'to')) || today;
  const from = start(asked(visit, 'from')) || to - 29 * DAY_MS;
  const first = Math.min(from, to);
  // A year and a day at most: one question to the database.
  return { from: new Date(Math.max(first, to - 366 * DAY_MS)), to: new Date(Math.max(from, to) + DAY_MS) };
}

const minutes = (value: number | null) =>
  value === null ? 'chưa có' : value < 1 ? 'dưới 1 phút' : `${Math.round(value)} phút`;
const spread = ({ p90 }: { p90: number | null }) =>
  p90 === null ? '' : `một nửa nhanh hơn mức này; 9 trên 10 lần: ${minutes(p90)}`;
const share = (part: number, whole: number) => (whole === 0 ? '' : ` (${Math.round((100 * part) / whole)} %)`);

function pageOf(figures: Figures, outcomes: Outcome[]): Html {
  const { episodes, firstReply, resolution, withinTarget, promises, ratings } = figures;
  const card = (words: string, value: string, more = '') =>
    html`<div class="figure-card"><span class="quiet">${words}</span><b>${value}</b><span class="quiet">${more}</span></div>`;
  return html`<div class="cards">
${card('Lần cần cán bộ', String(episodes))}
${card('Trả lời lần đầu', minutes(firstReply.median), spread(firstReply))}
${card('Xong việc', minutes(resolution.median), spread(resolution))}
${card('Đúng mục tiêu', `${withinTarget}${share(withinTarget, episodes)}`)}
${card('Lời hẹn giữ được', `${promises.kept}${share(promises.kept, promises.kept + promises.broken)}`, `lỡ ${promises.broken}`)}
${card('Hài lòng', ratings.average === null ? 'chưa có' : `${ratings.average.toFixed(1).replace('.', ',')} / 5`, `${ratings.count} lượt đánh giá`)}
</div>
${tables(figures, outcomes)
  .slice(1)
  .map(({ title, rows, chart }) => {
    const [head, ...lines] = rows;
    return html`<div class="panel"><h2>${title}</h2>${chart && bars(chart)}${
      lines.length === 0
        ? html`<p class="quiet">Chưa có số liệu.</p>`
        : html`<div class="table" tabindex="0" role="region" aria-label="${title}"><table><thead><tr>${head!.map((cell, at) => html`<th scope="col"${at > 0 ? raw(' class="figure"') : ''}>${cell}</th>`)}</tr></thead><tbody>${lines.map((row) => html`<tr>${row.map((cell, at) => html`<td${at > 0 ? raw(' class="figure"') : ''}>${cell ?? ''}</td>`)}</tr>`)}</tbody></table></div>`
    }</div>`;
  })}
<p class="quiet">Thời gian chỉ tính trong giờ làm việc của xã.</p>`;
}

function tables(figures: Figures, outcomes: Outcome[]): { title: string; rows: Cell[][]; chart?: Outcome[] }[] {
  const { episodes, firstReply, resolution, withinTarget, promises, ratings, byOfficer } = figures;
  const stars = ratings.byStars.map((count, at) => ({ words: `${at + 1} sao`, count })).reverse();
  return [
    {
      title: 'Tổng hợp',
      rows: [
        ['Chỉ tiêu', 'Giá trị'],
        ['Lần cần cán bộ', episodes],
        ['Trả lời lần đầu, trung vị (phút)', firstReply.median],
        ['Trả lời lần đầu, 9 trên 10 (phút)', firstReply.p90],
        ['Xong việc, trung vị (phút)', resolution.median],
        ['Xong việc, 9 trên 10 (phút)', resolution.p90],
        ['Đúng mục tiêu', withinTarget],
        ['Lời hẹn giữ được', promises.kept],
        ['Lời hẹn lỡ', promises.broken],
        ['Lượt đánh giá', ratings.count],
        ['Điểm hài lòng trung bình', ratings.average],
      ],
    },
    {
      title: 'Trợ lý trả lời ra sao',
      rows: [['Kết quả', 'Số câu'], ...outcomes.map(({ words, count }) => [words, count])],
      chart: outcomes,
    },
    {
      title: 'Người dân đánh giá',
      rows: [['Mức', 'Số lượt'], ...stars.map(({ words, count }) => [words, count])],
      chart: stars,
    },
    {
      title: 'Theo cán bộ',
      rows: [
        ['Cán bộ', 'Số lần', 'Trả lời lần đầu (phút)', 'Hài lòng'],
        ...byOfficer.map(({ officer, episodes, firstReplyMedian, rating }) => [
          officer.name || officer.title || 'Cán bộ',
          episodes,
          firstReplyMedian === null ? null : Math.round(firstReplyMedian),
          rating === null ? null : Math.round(rating * 10) / 10,
        ]),
      ],
    },
  ];
}

/** Lying bars, drawn here; the table beside says the same. */
function bars(rows: Outcome[]): Html {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const [line, left, width] = [26, 210, 330];
  return html`<svg class="chart" viewBox="0 0 600 ${rows.length * line + 4}" role="img" aria-label="Biểu đồ; số liệu ở bảng dưới">${rows.map(
    ({ words, count }, at) =>
      html`<text x="${left - 10}" y="${at * line + 18}" text-anchor="end">${words}</text><rect x="${left}" y="${at * line + 5}" width="${Math.max(count > 0 ? 2 : 0, Math.round((width * count) / most))}" height="16" rx="3"></rect><text class="value" x="${left + Math.round((width * count) / most) + 8}" y="${at * line + 18}">${count}</text>`,
  )}</svg>`;
}
