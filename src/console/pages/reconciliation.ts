import { localTime } from '../../communes/calendar.ts';
import type { Database } from '../../db/client.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import { writeAudit } from '../../payments/audit.ts';
import { exportCsv, exportXlsx } from '../../payments/export.ts';
import { listRuns, type RunView, runRows } from '../../payments/lists.ts';
import { PAYMENT_METHODS } from '../../payments/provider.ts';
import { yesterday } from '../../payments/reconcile.ts';
import type { ConsoleDeps } from '../deps.ts';
import { sendFile } from '../export.ts';
import type { FrameOf } from '../frame.ts';
import { receiveFile, sentField } from '../receive-file.ts';
import { ago, dong, moment, time } from '../say.ts';
import { asked, type ConsoleRoute, idOf, notHere, Stop, type Visit } from '../visit.ts';
import { figure, isTold, mark, methodWords, moneyNav, RECONCILED, staffPayments, table } from './payment-words.ts';

/** A day of a province's account; more is a mistake. */
const FILE_MAX = 60 * 1024 * 1024;
const SHOWN = 500;
const MOST_DAYS = 366;
const DAY_MS = 86_400_000;
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Their books against ours, and ours for the accountant. */
export function reconciliationRoutes({ database, payments }: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  return [
    {
      method: 'get',
      path: '/payments/reconciliation',
      role: 'lead',
      async handle(visit) {
        const runs = await listRuns(database, visit.commune.id);
        const ways = (await payments?.accounts.list(visit.commune.id)) ?? [];
        // a shared account's file speaks of other communes: it is read where the account stands
        const own = ways.filter(({ method, isShared }) => !isShared && method !== 'counter' && method !== 'portal');
        const today = localTime(visit.now).date;
        const body = html`<section class="page"><header><h1>Đối soát, sổ thu</h1><p class="lead">So từng đồng của một ngày với sổ của cổng hoặc ngân hàng. Tiền họ có mà ta thiếu được ghi và báo người dân; không khoản nào tự bị xóa.</p></header>
${moneyNav(visit, '/reconciliation', true)}
${!visit.isGuest && (own.length === 0 ? html`<div class="panel"><h2>Nạp tệp đối soát</h2><p class="quiet">Xã không có tài khoản riêng nào đối soát bằng tệp.</p></div>` : upload(visit, own))}
<div class="panel"><h2>Sổ thu cho kế toán</h2><form class="bar-form" action="${visit.base}/payments/export.xlsx"><label>Từ ngày<input type="date" name="from" value="${today.slice(0, 8)}01" required></label><label>Đến ngày<input type="date" name="to" value="${today}" required></label><button type="submit">Tải về (Excel)</button><button type="submit" formaction="${visit.base}/payments/export.csv">Tải về (CSV)</button></form></div>
<div class="panel"><h2>Những lần đối soát</h2>${runs.length === 0 ? html`<p class="quiet">Chưa đối soát lần nào.</p>` : runTable(visit, runs)}</div></section>`;
        return frame(visit, { title: 'Đối soát, sổ thu', section: 'payments', body });
      },
    },
    {
      method: 'post',
      path: '/payments/reconciliation',
      role: 'lead',
      isUpload: true,
      async handle(visit) {
        const { accounts, reconcile } = staffPayments(payments);
        const [wanted, ...name] = sentField(visit, 'account').split(' ');
        const method = PAYMENT_METHODS.find((one) => one === wanted);
        const day = sentField(visit, 'day');
        if (!method) throw new Stop(422, 'Chọn tài khoản của tệp.');
        if (!isDay(day) || day > localTime(visit.now).date)
          throw new Stop(422, 'Chọn ngày của tệp, không ở tương lai.');
        await receiveFile(visit, FILE_MAX, async ({ path, fileName }) => {
          const account = await accounts.byName(visit.commune.id, method, name.join(' '));
          const officerId = visit.me.id;
          const { id, rows } = await reconcile({ account, day, path, fileName, officerId });
          await visit.audit('reconciled', { kind: 'reconciliation', id }, { rows: rows.length, method });
          visit.response.json({ url: `${visit.base}/payments/reconciliation/${id}` });
        });
        return undefined;
      },
    },
    {
      method: 'get',
      path: '/payments/reconciliation/:id',
      role: 'lead',
      objects: { id: 'reconciliation' },
      async handle(visit) {
        const run = await runOf(database, visit, idOf(visit));
        const rows = await runRows(database, visit.commune.id, run.id);
        await visit.audit('payment_read', { kind: 'reconciliation', id: run.id }, { rows: rows.length });
        const chosen = asked(visit, 'class');
        const shown = rows.filter((row) => chosen === '' || row.class === chosen);
        const here = `${visit.base}/payments/reconciliation/${run.id}`;
        const tab = (value: string, words: string) =>
          html`<a href="${here}${value && `?class=${value}`}"${value === chosen && raw(' aria-current="page"')}>${words}</a>`;
        const body = html`<section class="page"><header><h1>${methodWords(run.method)}, ngày ${run.day.split('-').reverse().join('/')}</h1><p class="lead">${run.fileName}, đối soát ${time(run.at, ago(run.at, visit.now))}. <a href="${visit.base}/payments/reconciliation">Về trang đối soát</a></p></header>
<div class="cards"><div class="figure-card"><span class="quiet">Sổ của xã</span><b>${dong(run.oursVnd)}</b></div><div class="figure-card"><span class="quiet">Sổ của đối tác</span><b>${dong(run.theirsVnd)}</b></div><div class="figure-card"><span class="quiet">Lệch</span><b>${dong(Math.abs(run.oursVnd - run.theirsVnd))}</b></div></div>
<nav class="sub" aria-label="Phân loại">${tab('', `Tất cả (${rows.length})`)}${Object.entries(run.totals).map(([name, total]) => tab(name, `${RECONCILED[name]?.[1] ?? name} (${total.rows})`))}</nav>
<div class="panel">${
          shown.length === 0
            ? html`<p class="quiet">Không có dòng nào.</p>`
            : table(
                'Các dòng',
                [
                  'Kết quả',
                  'Mã tham chiếu',
                  'Mã giao dịch',
                  { figure: 'Của xã' },
                  { figure: 'Của đối tác' },
                  'Lúc',
                  'Dòng',
                  'Việc',
                ],
                shown
                  .slice(0, SHOWN)
                  .map(
                    (row) =>
                      html`<tr><td>${mark(RECONCILED[row.class] ?? ['', row.class])}</td><td>${row.ref && html`<a href="${visit.base}/payments/orders?q=${encodeURIComponent(row.ref)}"><code>${row.ref}</code></a>`}</td><td>${row.gatewayTxn && isTold(row.gatewayTxn) && html`<code>${row.gatewayTxn}</code>`}</td>${figure(row.oursVnd)}${figure(row.theirsVnd)}<td>${row.at && moment(row.at)}</td><td>${row.line}</td><td>${row.action}</td></tr>`,
                  ),
              )
        }${shown.length > SHOWN && html`<p class="quiet">Chỉ hiện ${SHOWN} dòng đầu, dòng phải xem đứng trước.</p>`}</div></section>`;
        return frame(visit, { title: 'Kết quả đối soát', section: 'payments', body });
      },
    },
    ...(['csv', 'xlsx'] as const).map(
      (kind): ConsoleRoute => ({
        method: 'get',
        path: `/payments/export.${kind}`,
        role: 'lead',
        async handle(visit) {
          const [from, to] = [asked(visit, 'from'), asked(visit, 'to')];
          if (!isDay(from) || !isDay(to) || from > to) throw new Stop(422, 'Chọn ngày đầu và ngày cuối.');
          if (Date.parse(to) - Date.parse(from) > MOST_DAYS * DAY_MS)
            throw new Stop(422, 'Mỗi lần tải nhiều nhất một năm.');
          const { id: communeId } = visit.commune;
          await visit.audit('exported', undefined, { what: 'payments', from, to });
          await writeAudit(
            database,
            { communeId, officerId: visit.me.id, act: 'exported', detail: { from, to } },
            visit.now,
          );
          const make = kind === 'csv' ? exportCsv : exportXlsx;
          const content = Buffer.from(await make(database, communeId, from, to));
          const type = kind === 'csv' ? 'text/csv; charset=utf-8' : XLSX;
          return sendFile(visit, `so-thu-${from}-${to}.${kind}`, type, content);
        },
      }),
    ),
  ];
}

const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

async function runOf(database: Database, visit: Visit, id: string): Promise<RunView> {
  const run = (await listRuns(database, visit.commune.id, id))[0];
  if (!run) throw notHere();
  return run;
}

const upload = (visit: Visit, own: { method: string; name: string }[]): Html =>
  html`<form class="panel stack" data-upload="${visit.base}/payments/reconciliation"><h2>Nạp tệp đối soát</h2><p class="hint">Báo cáo giao dịch của cổng, hoặc sao kê ngân hàng, dạng .xlsx hoặc .csv. Dòng nào không đọc được hiện riêng để xem.</p>
<div class="grid-2"><label>Tệp của<select name="account">${own.map(({ method, name }) => html`<option value="${method} ${name}">${methodWords(method)} · ${name}</option>`)}</select></label><label>Ngày<input type="date" name="day" value="${yesterday(visit.now)}" max="${localTime(visit.now).date}" required></label><label>Tệp<input type="file" name="file" accept=".xlsx,.csv" required></label></div>
<p class="fault" role="alert"></p><p><button type="submit" class="primary">Đối soát</button></p></form>`;

const runTable = ({ base, now }: Visit, runs: RunView[]): Html =>
  table(
    'Những lần đối soát',
    ['Ngày', 'Của', { figure: 'Sổ của xã' }, { figure: 'Sổ đối tác' }, { figure: 'Dòng phải xem' }, 'Tệp', 'Lúc'],
    runs.map(({ id, day, method, oursVnd, theirsVnd, totals, fileName, at }) => {
      const toSee = Object.entries(totals).filter(([name]) => RECONCILED[name]?.[0] === 'bad');
      return html`<tr><td><a href="${base}/payments/reconciliation/${id}">${day.split('-').reverse().join('/')}</a></td><td>${methodWords(method)}</td>${figure(oursVnd)}${figure(theirsVnd)}<td class="figure">${toSee.reduce((sum, [, { rows }]) => sum + rows, 0)}</td><td>${fileName}</td><td>${time(at, ago(at, now))}</td></tr>`;
    }),
  );
