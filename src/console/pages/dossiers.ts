import { mayAs } from '../../communes/officers.ts';
import { importReport, listImports, listRejects, sourcesOverview } from '../../dossiers/desk-admin.ts';
import { importDossiers } from '../../dossiers/import/import.ts';
import { listDueDossiers, listOpenNotices, markNoticesSeen, retryNotices } from '../../dossiers/notice-admin.ts';
import { fileSource, listSources } from '../../dossiers/source-store.ts';
import { STATE_LABELS } from '../../dossiers/state-map.ts';
import { type Html, html } from '../../pages/html.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { FrameOf } from '../frame.ts';
import { csrfField, emptyState } from '../layout.ts';
import { receiveFile, sentField } from '../receive-file.ts';
import { importFault } from '../refusals.ts';
import { ago, localInput, moment, time } from '../say.ts';
import { type ConsoleRoute, done, idOf, notHere, Stop, type Visit } from '../visit.ts';

/** As large as a commune's export of years; the reader has limits of its own for what is packed inside. */
const FILE_MAX = 60 * 1024 * 1024;
const STATUS = {
  reading: ['warn', 'Đang đọc'],
  live: ['good', 'Đang dùng'],
  replaced: ['', 'Đã thay'],
  failed: ['bad', 'Không dùng được'],
} as const;
const NOTICES: Record<string, string> = {
  state: 'Đổi tình trạng',
  due_moved: 'Lùi ngày hẹn',
  due_soon: 'Sắp đến hẹn',
  overdue: 'Quá hẹn',
  ready_reminder: 'Nhắc nhận kết quả',
};
const WHY: Record<string, string> = {
  officer: 'Cán bộ đang trả lời trong hội thoại',
  no_carrier: 'Hết giờ trả lời và chưa có mẫu tin trả phí',
};
const SHOWN_REJECTS = 200;

/** Lists of dossiers that were read in, and news of dossiers that did not reach their citizens. */
export function dossierRoutes({ database, box, dossiers, log }: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  const { orm } = database;
  return [
    {
      method: 'get',
      path: '/dossiers',
      role: 'officer',
      async handle(visit) {
        const { commune, now, base } = visit;
        const isLead = !visit.isGuest && mayAs(visit.me.role, 'lead');
        const [imports, sources, notices, due] = await Promise.all([
          listImports(database, commune.id, { limit: 15 }),
          sourcesOverview(database, commune.id),
          listOpenNotices(database, commune.id, { limit: 100 }),
          listDueDossiers(database, commune.id, commune.settings, now),
        ]);
        if (notices.length > 0) {
          await visit.audit('notices_read', undefined, { rows: notices.length });
          const unseen = notices.filter(({ isSeenByStaff }) => !isSeenByStaff).map(({ id }) => id);
          if (unseen.length > 0 && !visit.isGuest) await markNoticesSeen(database, commune.id, unseen);
        }
        const files = (await listSources(orm, commune.id)).filter(({ kind }) => kind === 'import');
        const body = html`<section class="page"><header><h1>Hồ sơ</h1><p class="lead">Trợ lý tra cứu ở các nguồn này, theo thứ tự.</p></header>
<div class="panel"><h2>Nguồn hồ sơ</h2>${
          sources.length === 0
            ? html`<p class="quiet">Chưa có nguồn nào. Người phụ trách nạp danh sách ở trang này, hoặc nhờ người vận hành nối hệ thống một cửa.</p>`
            : html`<ul class="plain">${sources.map(({ name, live }) => html`<li><strong>${name}</strong> <span class="quiet">${live && `${live.fileName}, ${live.accepted} hồ sơ, dữ liệu lúc ${moment(live.asOf)}`}</span></li>`)}</ul>`
        }</div>
${isLead && upload(base, files, now)}
<div class="panel"><h2>Những lần nạp</h2>${
          imports.length === 0
            ? html`<p class="quiet">Chưa nạp lần nào.</p>`
            : html`<div class="table" tabindex="0" role="region" aria-label="Những lần nạp"><table><thead><tr><th scope="col">Lúc</th><th scope="col">Tệp</th><th scope="col">Tình trạng</th><th scope="col" class="figure">Nhận</th><th scope="col" class="figure">Lỗi</th></tr></thead><tbody>${imports.map(
                ({ id, startedAt, fileName, status, accepted, rejected }) =>
                  html`<tr><td>${time(startedAt, ago(startedAt, now))}</td><td><a href="${base}/dossiers/imports/${id}">${fileName}</a></td><td><span class="state ${STATUS[status][0]}">${STATUS[status][1]}</span></td><td class="figure">${accepted}</td><td class="figure">${rejected}</td></tr>`,
              )}</tbody></table></div>`
        }</div>
<div class="panel"><h2>Tin báo chưa tới người dân</h2>${
          notices.length === 0
            ? html`<p class="quiet">Mọi tin báo đã tới nơi.</p>`
            : html`${isLead && html`<form method="post" action="${base}/dossiers/notices/retry">${csrfField(visit)}<button type="submit">Thử gửi lại tất cả</button></form>`}<div class="table" tabindex="0" role="region" aria-label="Tin báo chưa tới"><table><thead><tr><th scope="col">Hồ sơ</th><th scope="col">Tin</th><th scope="col">Viết lúc</th><th scope="col">Vì sao chưa tới</th><th scope="col"></th></tr></thead><tbody>${notices.map(
                ({ code, kind, writtenAt, why, conversationId }) =>
                  html`<tr><td><code>${code}</code></td><td>${NOTICES[kind] ?? kind}</td><td>${time(writtenAt, ago(writtenAt, now))}</td><td>${why ? (WHY[why] ?? why) : 'Đang chờ gửi'}</td><td><a href="${base}/conversations/${conversationId}">Hội thoại</a></td></tr>`,
              )}</tbody></table></div>`
        }</div>
<div class="panel"><h2>Hồ sơ người dân đang theo dõi, sắp đến hẹn hoặc quá hẹn</h2>${
          due.length === 0
            ? html`<p class="quiet">Không có hồ sơ nào.</p>`
            : html`<ul class="plain">${due.slice(0, 100).map(({ code, state, dueDate, isOverdue, watchers }) => html`<li><code>${code}</code> <span class="state ${isOverdue ? 'bad' : 'warn'}">${isOverdue ? 'Quá hẹn' : 'Sắp đến hẹn'} ${dueDate.split('-').reverse().join('/')}</span> <span class="quiet">${state === 'unknown' ? 'chưa rõ tình trạng' : STATE_LABELS[state]}, ${watchers} người theo dõi</span></li>`)}</ul>`
        }</div></section>`;
        return frame(visit, { title: 'Hồ sơ', section: 'dossiers', body });
      },
    },
    {
      method: 'get',
      path: '/dossiers/imports/:id',
      role: 'officer',
      objects: { id: 'import' },
      async handle(visit) {
        const found = await importReport(database, visit.commune.id, idOf(visit));
        if (!found) throw notHere();
        const rejects = await listRejects(database, visit.commune.id, found.id, { limit: SHOWN_REJECTS });
        return frame(visit, { title: found.fileName, section: 'dossiers', body: reportPage(visit, found, rejects) });
      },
    },
    {
      method: 'post',
      path: '/dossiers/import',
      role: 'lead',
      isUpload: true,
      async handle(visit) {
        const { commune, now } = visit;
        await receiveFile(visit, FILE_MAX, async ({ path, fileName }) => {
          const source = await fileSource(orm, box, commune.id, sentField(visit, 'source') || undefined);
          const asOf = asOfField(sentField(visit, 'as-of'), now);
          const options = { path, fileName, asOf, now, isForced: sentField(visit, 'forced') === '1' };
          const { importId, report } = await importDossiers(
            { database, factors: dossiers.factors, log },
            source,
            options,
          );
          await visit.audit(
            'dossiers_imported',
            { kind: 'import', id: importId! },
            { accepted: report.accepted, rejected: report.rejected },
          );
          visit.response.json({ url: `${visit.base}/dossiers/imports/${importId}` });
        });
        return undefined;
      },
    },
    {
      method: 'post',
      path: '/dossiers/notices/retry',
      role: 'lead',
      async handle(visit) {
        await retryNotices(database, visit.commune.id, visit.now);
        await visit.audit('send_retried', undefined, { what: 'notices' });
        return done(visit, '/dossiers', 'Đang thử gửi lại.');
      },
    },
  ];
}

/** When the file was drawn from the desk's own system: what citizens are told as the time of the data. @throws {Stop} */
function asOfField(text: string, now: Date): Date {
  const at = new Date(`${text}:00+07:00`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) || Number.isNaN(at.getTime()))
    throw new Stop(422, 'Chọn ngày giờ xuất tệp từ phần mềm một cửa.');
  if (at.getTime() > now.getTime() + 60_000) throw new Stop(422, 'Dữ liệu không thể của ngày giờ chưa tới.');
  return at;
}

const upload = (
  base: string,
  files: { name: string }[],
  now: Date,
) => html`<form class="panel stack" data-upload="${base}/dossiers/import"><h2>Nạp danh sách hồ sơ</h2><p class="hint">Tệp .xlsx hoặc .csv xuất từ phần mềm một cửa. Tên người dân và cán bộ không được đọc; số giấy tờ chỉ giữ dạng mã hóa.</p>
<div class="grid-2"><label>Tệp<input type="file" name="file" accept=".xlsx,.csv" required></label>${files.length > 1 && html`<label>Nguồn<select name="source">${files.map(({ name }) => html`<option>${name}</option>`)}</select></label>`}<label>Xuất từ phần mềm lúc<input type="datetime-local" name="as-of" value="${localInput(now)}" required></label></div>
<p class="hint">Người dân được nói dữ liệu là của lúc này. Tệp xuất từ hôm trước thì ghi đúng hôm đó.</p>
<label class="tick"><input type="checkbox" name="forced" value="1">Vẫn nạp dù khác nhiều so với dữ liệu đang dùng</label><p class="fault" role="alert"></p><p><button type="submit" class="primary">Nạp</button></p></form>`;

function reportPage(
  { base, now }: Visit,
  {
    fileName,
    status,
    accepted,
    rejected,
    asOf,
    startedAt,
    report,
  }: NonNullable<Awaited<ReturnType<typeof importReport>>>,
  rejects: Awaited<ReturnType<typeof listRejects>>,
): Html {
  const unknown = Object.entries(report?.unknownStates ?? {});
  return html`<section class="page"><header><h1>${fileName}</h1><span class="state ${STATUS[status][0]}">${STATUS[status][1]}</span><p class="lead">Nạp ${time(startedAt, ago(startedAt, now))}, dữ liệu lúc ${moment(asOf)}. <a href="${base}/dossiers">Về trang hồ sơ</a></p></header>
${report?.error && html`<p class="fault" role="alert">${importFault(report.error)}</p>`}
<div class="cards"><div class="figure-card"><span class="quiet">Hồ sơ nhận</span><b>${accepted}</b></div><div class="figure-card"><span class="quiet">Hàng lỗi</span><b>${rejected}</b></div><div class="figure-card"><span class="quiet">Cột đọc được</span><b>${report?.columns?.length ?? 0}</b><span class="quiet">${report?.columns?.join(', ')}</span></div></div>
${(report?.warnings?.length ?? 0) > 0 && html`<div class="panel"><h2>Cần để ý</h2><ul class="plain">${report!.warnings!.map((words) => html`<li>${words}</li>`)}</ul></div>`}
${unknown.length > 0 && html`<div class="panel"><h2>Tình trạng chưa hiểu</h2><p class="quiet">Người dân được nói là chưa rõ. Nhờ người vận hành ghi nghĩa của các từ này.</p><ul class="plain">${unknown.map(([word, count]) => html`<li>${word} <span class="quiet">${count} hàng</span></li>`)}</ul></div>`}
<div class="panel"><h2>Hàng không nhận</h2>${rejects.length === 0 ? emptyState('Mọi hàng đều đọc được.', '') : html`<div class="table" tabindex="0" role="region" aria-label="Hàng không nhận"><table><thead><tr><th scope="col" class="figure">Hàng</th><th scope="col">Vì sao</th></tr></thead><tbody>${rejects.map(({ rowNumber, reasons }) => html`<tr><td class="figure">${rowNumber}</td><td>${reasons.join('; ')}</td></tr>`)}</tbody></table></div>`}</div></section>`;
}
