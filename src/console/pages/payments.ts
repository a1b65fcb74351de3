import { randomUUID } from 'node:crypto';
import { mayAs } from '../../communes/officers.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import { CLASSES } from '../../payments/export.ts';
import { type AttemptView, type MoneyView, openIssues, recentOrders } from '../../payments/lists.ts';
import type { Order } from '../../payments/orders.ts';
import type { OrderStatus } from '../../payments/payments.schema.ts';
import { listRefunds } from '../../payments/refunds.ts';
import { normaliseDossierNumber } from '../../procedures/dossier-numbers.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { FrameOf } from '../frame.ts';
import { emptyState } from '../layout.ts';
import { contractFault } from '../refusals.ts';
import { ago, dong, time } from '../say.ts';
import { asked, type ConsoleRoute, idOf, type Visit } from '../visit.ts';
import { obligationPage } from './obligation.ts';
import {
  actForm,
  coveredWords,
  figure,
  folded,
  issueMark,
  KINDS,
  mark,
  methodWords,
  moneyNav,
  numberOfTxn,
  ORDER,
  staffPayments,
  table,
} from './payment-words.ts';

const STATUSES = Object.keys(ORDER) as OrderStatus[];
const PAGE = 50;
const ROWS = 3;

/** A number people search by, in the form it is stored in. */
export const numberOf = (words: string, now: Date): string =>
  normaliseDossierNumber(words, now) ?? (/^hx/i.test(words) ? words.toUpperCase().replace(/\s/g, '') : words);

/** What staff see of money: what waits for them, what is owed, and by which contracts it comes. */
export function paymentRoutes({ database, payments }: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  const isLead = (visit: Visit) => mayAs(visit.me.role, 'lead');
  return [
    {
      method: 'get',
      path: '/payments',
      role: 'officer',
      async handle(visit) {
        const { commune } = visit;
        const [issues, orders, refunds] = await Promise.all([
          openIssues(database, commune.id),
          recentOrders(database, commune.id, { hasIssue: true }),
          listRefunds(database, commune.id),
        ]);
        const waiting = refunds.filter(({ status }) => ['requested', 'approved', 'sent'].includes(status));
        const count = issues.attempts.length + issues.money.length + orders.length + waiting.length;
        await visit.audit('payment_read', undefined, { rows: count });
        const body = html`<section class="page"><header><h1>Thanh toán</h1><p class="lead">Việc về tiền đang chờ cán bộ. Khoản nào khớp thì máy tự ghi và báo người dân.</p></header>
${moneyNav(visit, '', isLead(visit))}
${count === 0 && emptyState('Không có việc gì đang chờ.', 'Tiền chưa khớp, nộp thừa, đề nghị hoàn tiền sẽ hiện ở đây.')}
${waiting.length > 0 && html`<div class="panel"><h2>Hoàn tiền đang chờ</h2><p>${waiting.length} đề nghị. <a href="${visit.base}/payments/refunds">Xem và duyệt</a></p></div>`}
${issues.attempts.length > 0 && html`<div class="panel"><h2>Lần nộp phải xem</h2>${attempts(visit, issues.attempts)}</div>`}
${issues.money.length > 0 && html`<div class="panel"><h2>Tiền chưa khớp</h2>${issues.money.map((row) => stray(visit, row, isLead(visit)))}</div>`}
${orders.length > 0 && html`<div class="panel"><h2>Khoản thu phải xem</h2>${orderTable(visit, orders)}</div>`}</section>`;
        return frame(visit, { title: 'Thanh toán', section: 'payments', body });
      },
    },
    {
      method: 'get',
      path: '/payments/orders',
      role: 'officer',
      async handle(visit) {
        const words = asked(visit, 'q');
        const status = STATUSES.find((one) => one === asked(visit, 'status'));
        const before = new Date(asked(visit, 'before'));
        const orders = await recentOrders(database, visit.commune.id, {
          status,
          number: words === '' ? undefined : numberOf(words, visit.now),
          before: Number.isNaN(before.getTime()) ? undefined : before,
          most: PAGE,
        });
        await visit.audit('payment_read', undefined, { rows: orders.length });
        const { base } = visit;
        const address = (change: Record<string, string>) =>
          `${base}/payments/orders?${new URLSearchParams({ ...(words && { q: words }), ...(status && { status }), ...change })}`;
        const body = html`<section class="page"><header><h1>Khoản thu</h1><p class="lead">Mỗi khoản là một lần người dân phải nộp cho một việc. <a href="${base}/payments/new">Lập khoản thu</a></p></header>
${moneyNav(visit, '/orders', isLead(visit))}
<form class="bar-form" action="${base}/payments/orders" role="search"><label>Mã hồ sơ, mã tham chiếu hoặc mã giao dịch<input type="search" name="q" maxlength="100" value="${words}"></label><label>Tình trạng<select name="status"><option value="">Tất cả</option>${STATUSES.map((one) => html`<option value="${one}"${one === status && raw(' selected')}>${ORDER[one][1]}</option>`)}</select></label><button type="submit">Tìm</button></form>
${
  orders.length === 0
    ? emptyState(
        'Không có khoản nào ở đây.',
        words
          ? 'Gõ trọn mã, hoặc bỏ bớt điều kiện.'
          : 'Khoản thu hiện ra khi hồ sơ tới lúc nộp tiền, hoặc khi cán bộ lập.',
      )
    : html`<div class="panel">${orderTable(visit, orders)}</div>`
}${orders.length === PAGE && html`<p><a href="${address({ before: orders.at(-1)!.createdAt.toISOString() })}">Trang sau</a></p>`}</section>`;
        return frame(visit, { title: 'Khoản thu', section: 'payments', body });
      },
    },
    {
      method: 'get',
      path: '/payments/new',
      role: 'officer',
      async handle(visit) {
        const body = html`<section class="page"><header><h1>Lập khoản thu</h1><p class="lead">Chỉ lập phí, lệ phí của xã. Thuế, tiền phạt, điện, nước không thu ở đây.</p></header>
${moneyNav(visit, '/new', isLead(visit))}
<div class="panel">${actForm(
          visit,
          '/payments/orders',
          html`<input type="hidden" name="idempotencyKey" value="${randomUUID()}">
<div class="grid-2"><label>Mã hồ sơ, nếu có<input name="dossier" maxlength="60"></label><label>Khoản nộp, như người dân đọc<input name="purpose" maxlength="200" required></label></div>
${itemFields(0)}
${folded('Thêm mục', html`${Array.from({ length: ROWS - 1 }, (_, at) => itemFields(at + 1))}`)}
<label>Hạn nộp, nếu có<input type="date" name="payBy"></label>`,
          'Lập khoản thu',
        )}</div></section>`;
        return frame(visit, { title: 'Lập khoản thu', section: 'payments', body });
      },
    },
    {
      method: 'get',
      path: '/payments/orders/:id',
      role: 'officer',
      objects: { id: 'obligation' },
      async handle(visit) {
        const { title, body } = await obligationPage(database, visit, idOf(visit));
        await visit.audit('payment_read', { kind: 'obligation', id: idOf(visit) });
        return frame(visit, { title, section: 'payments', body });
      },
    },
    {
      method: 'get',
      path: '/payments/contracts',
      role: 'lead',
      async handle(visit) {
        const { accounts } = staffPayments(payments);
        const [ways, faults] = await Promise.all([accounts.list(visit.commune.id), accounts.faults(visit.commune.id)]);
        const body = html`<section class="page"><header><h1>Hợp đồng thu tiền</h1><p class="lead">Chỉ xem. Nối, đổi hay tắt một cách nộp là việc của người vận hành; khóa bí mật không hiện ở đâu cả.</p></header>
${moneyNav(visit, '/contracts', true)}
${faults.length > 0 && html`<div class="panel" role="alert"><h2>Chưa chạy được</h2><p>Người dân chưa nộp được bằng những hợp đồng này. Trong lúc chờ sửa, thu tại quầy rồi ghi nhận ở khoản thu.</p><ul class="plain">${faults.map(contractFault).map(({ method, name, words }) => html`<li><strong>${methodWords(method)}${name && html` “${name}”`}</strong>: ${words}</li>`)}</ul>${folded('Dòng kỹ thuật để gửi người vận hành', html`<ul class="plain" lang="en">${faults.map((fault) => html`<li><code>${fault}</code></li>`)}</ul>`)}</div>`}
${
  ways.length === 0
    ? emptyState('Xã chưa nối cách nộp nào.', 'Người dân được chỉ tới quầy một cửa và Cổng Dịch vụ công.')
    : html`<div class="items">${ways.map(
        ({ method, isActive, name, payee, notifier, isShared, settings }) =>
          html`<article class="item"><header><h2>${methodWords(method)}</h2>${mark(isActive ? ['good', 'Đang mở'] : ['', 'Đang tắt'])}${isShared && mark(['', 'Của tỉnh, dùng chung'])}</header><dl class="facts"><div><dt>Tên</dt><dd>${name}</dd></div><div><dt>Người nhận</dt><dd>${payee}</dd></div>${notifier && html`<div><dt>Báo có qua</dt><dd>${notifier}</dd></div>`}${Object.entries(
            SETTING_WORDS,
          ).map(
            ([key, words]) =>
              settings[key] != null &&
              html`<div><dt>${words}</dt><dd>${(key === 'environment' && ENVIRONMENTS[String(settings[key])]) || String(settings[key])}</dd></div>`,
          )}</dl></article>`,
      )}</div>`
}</section>`;
        return frame(visit, { title: 'Hợp đồng thu tiền', section: 'payments', body });
      },
    },
  ];
}

const ENVIRONMENTS: Record<string, string> = { production: 'thật', test: 'chạy thử' };
/** What of a contract's settings says something to staff, in this order. */
const SETTING_WORDS: Record<string, string> = {
  environment: 'Môi trường',
  tmnCode: 'Mã website',
  partnerCode: 'Mã đối tác',
  merchantServiceId: 'Mã dịch vụ',
  unitCode: 'Mã đơn vị',
  unitName: 'Tên đơn vị',
  bin: 'Mã BIN',
  bankName: 'Ngân hàng',
  accountNumber: 'Số tài khoản',
  accountName: 'Chủ tài khoản',
};

const itemFields = (at: number): Html =>
  html`<fieldset class="grid-item"><legend>Mục ${at + 1}${at > 0 && ', nếu có'}</legend><label>Loại<select name="kind${at}"><option value="le_phi">${KINDS.le_phi}</option><option value="phi">${KINDS.phi}</option></select></label><label class="wide">Tên<input name="name${at}" maxlength="200"${at === 0 && raw(' required')}></label><label>Số lượng<input name="quantity${at}" inputmode="numeric" maxlength="5" value="1"></label><label>Đơn giá, đồng<input name="unit${at}" inputmode="numeric" maxlength="20"${at === 0 && raw(' required')}></label><label class="wide">Căn cứ pháp lý<input name="legal${at}" maxlength="300"></label></fieldset>`;

/** Obligations as rows, each a way in. */
export const orderTable = ({ base, now }: Visit, orders: Order[]): Html =>
  table(
    'Khoản thu',
    ['Khoản', 'Hồ sơ', { figure: 'Số tiền' }, 'Tình trạng', 'Lập lúc'],
    orders.map(
      ({ id, purpose, dossierNumber, amountVnd, status, issue, createdAt }) =>
        html`<tr><td><a href="${base}/payments/orders/${id}">${purpose || 'Khoản thu'}</a></td><td>${dossierNumber && html`<code>${dossierNumber}</code>`}</td>${figure(amountVnd)}<td>${mark(ORDER[status])} ${issueMark(issue)}</td><td>${time(createdAt, ago(createdAt, now))}</td></tr>`,
    ),
  );

const attempts = ({ base, now }: Visit, rows: AttemptView[]): Html =>
  table(
    'Lần nộp phải xem',
    ['Mã', 'Cách nộp', { figure: 'Số tiền' }, 'Vì sao', 'Lúc'],
    rows.map(
      ({ ref, orderId, method, amountVnd, issue, createdAt }) =>
        html`<tr><td><a href="${base}/payments/orders/${orderId}"><code>${ref}</code></a></td><td>${methodWords(method)}</td>${figure(amountVnd)}<td>${issueMark(issue)}</td><td>${time(createdAt, ago(createdAt, now))}</td></tr>`,
    ),
  );

/** Money nobody owes or nobody knows, with what may be done about it. */
function stray(visit: Visit, row: MoneyView, isLead: boolean): Html {
  const path = `/payments/movements/${row.id}`;
  const isLost = row.class === 'unknown_ref' || row.class === 'wrong_unit';
  return html`<article class="item"><header><h3>${dong(row.amountVnd)}</h3>${mark(['bad', CLASSES[row.class] ?? row.class])}<span class="quiet">${methodWords(row.method)} ${numberOfTxn(row.gatewayTxn)} · ${time(row.at, ago(row.at, visit.now))}</span></header>
<p>${row.orderId && html`<a href="${visit.base}/payments/orders/${row.orderId}">Mở khoản thu</a> `}${row.words && html`Nội dung: ${coveredWords(visit, row.id)}`}</p>
${
  isLead &&
  !visit.isGuest &&
  html`${isLost && folded('Gán vào một khoản', actForm(visit, `${path}/assign`, html`<label>Mã hồ sơ hoặc mã tham chiếu của khoản chưa nộp, đúng số tiền này<input name="number" maxlength="60" required></label>`, 'Gán và báo người dân'))}${folded('Đã xử lý cách khác', actForm(visit, `${path}/resolve`, html`<label>Đã làm gì<textarea name="note" rows="2" maxlength="500" required></textarea></label>`, 'Ghi lại'))}`
}</article>`;
}
