import { randomUUID } from 'node:crypto';
import { mayAs } from '../../communes/officers.ts';
import type { Database } from '../../db/client.ts';
import { type Html, html, raw, safeUrl } from '../../pages/html.ts';
import { CLASSES } from '../../payments/export.ts';
import { type AttemptView, attemptsOf, auditOf, exemptionsOf, type MoneyView, moneyOf } from '../../payments/lists.ts';
import { type Order, orderById } from '../../payments/orders.ts';
import { listRefunds, type Refund } from '../../payments/refunds.ts';
import { ago, day, dong, localInput, moment, time } from '../say.ts';
import { notHere, type Visit } from '../visit.ts';
import {
  ACTS,
  ATTEMPT,
  actForm,
  coveredWords,
  figure,
  folded,
  issueMark,
  KINDS,
  mark,
  methodWords,
  moneyNav,
  namesOf,
  numberOfTxn,
  ORDER,
  table,
} from './payment-words.ts';
import { refundItem } from './refunds.ts';

/** One obligation with all that happened to it, and what this officer may do. @throws {Stop} 404 */
export async function obligationPage(database: Database, visit: Visit, id: string) {
  const communeId = visit.commune.id;
  const order = await orderById(database, communeId, id);
  if (!order) throw notHere();
  const [attempts, money, refunds, exemptions, audit, nameOf] = await Promise.all([
    attemptsOf(database, communeId, id),
    moneyOf(database, communeId, id),
    listRefunds(database, communeId, id),
    exemptionsOf(database, communeId, id),
    auditOf(database, communeId, id),
    namesOf(database, communeId),
  ]);
  const isLead = mayAs(visit.me.role, 'lead');
  const body = html`<section class="page"><header><h1>${order.purpose || 'Khoản thu'}</h1>${mark(ORDER[order.status])}${issueMark(order.issue)}<p class="lead">${dong(order.amountVnd)}${order.dossierNumber && html` · hồ sơ <code>${order.dossierNumber}</code>`} · lập ${time(order.createdAt, ago(order.createdAt, visit.now))}${order.payBy && html` · hạn nộp ${day(order.payBy)}`}${order.paidAt && html` · nộp lúc ${moment(order.paidAt)}`}${order.conversationId && html` · <a href="${visit.base}/conversations/${order.conversationId}">Mở hội thoại</a>`}</p></header>
${moneyNav(visit, '/order', isLead)}
<div class="panel"><h2>Gồm những gì</h2>${items(order)}${
    exemptions.length > 0 &&
    html`<ul class="plain">${exemptions.map(
      ({ position, group, reducedVnd, proof, legalRef, officerId, at }) =>
        html`<li>Giảm ${dong(reducedVnd)} mục ${position + 1} cho ${group}, theo ${legalRef}; giấy tờ: ${proof}. <span class="quiet">${nameOf(officerId)}, ${time(at, ago(at, visit.now))}</span></li>`,
    )}</ul>`
  }</div>
${!visit.isGuest && deeds(visit, order, isLead)}
<div class="panel"><h2>Các lần nộp</h2>${attempts.length === 0 ? html`<p class="quiet">Chưa ai bắt đầu nộp.</p>` : html`<div class="items">${attempts.map((one) => attemptItem(visit, one, isLead))}</div>`}</div>
<div class="panel"><h2>Tiền vào, tiền ra</h2>${money.length === 0 ? html`<p class="quiet">Chưa có đồng nào.</p>` : html`<div class="items">${money.map((one) => moneyItem(visit, one, refunds, isLead))}</div>`}</div>
${refunds.length > 0 && html`<div class="panel"><h2>Hoàn tiền</h2><div class="items">${refunds.map((one) => refundItem(visit, one, nameOf))}</div></div>`}
<div class="panel"><h2>Biên lai</h2>${receipts(order)}${order.status === 'paid' && !visit.isGuest && folded('Ghi biên lai', actForm(visit, `/payments/orders/${id}/receipt`, html`<div class="grid-2"><label>Của<select name="kind"><option value="">Cả khoản</option><option value="phi">${KINDS.phi}</option><option value="le_phi">${KINDS.le_phi}</option></select></label><label>Số biên lai<input name="number" maxlength="60"></label><label>Địa chỉ tra cứu (https)<input type="url" name="url" maxlength="500"></label></div>`, 'Ghi biên lai'))}</div>
<div class="panel"><h2>Ai đã làm gì</h2>${audit.length === 0 ? html`<p class="quiet">Mọi việc do máy làm theo báo của cổng.</p>` : html`<ul class="plain">${audit.map(({ act, officerId, at, detail }) => html`<li>${time(at, moment(at))} · ${nameOf(officerId)} · ${ACTS[act] ?? act}${noteOf(detail)}</li>`)}</ul>`}</div></section>`;
  return { title: order.purpose || 'Khoản thu', body };
}

/** What somebody wrote, of an entry of the log. */
function noteOf(detail: unknown): string {
  const { note, reason, evidence } = (detail ?? {}) as Record<string, unknown>;
  const words = [note, reason, evidence].find((one) => typeof one === 'string' && one !== '');
  return words === undefined ? '' : `: ${String(words)}`;
}

const items = ({ items: rows, amountVnd }: Order): Html =>
  table(
    'Gồm những gì',
    ['Mục', 'Loại', { figure: 'Đơn giá' }, { figure: 'Giảm' }, { figure: 'Phải nộp' }, 'Căn cứ'],
    html`${rows.map(
      ({ name, kind, quantity, unitVnd, reducedVnd, legalRef }) =>
        html`<tr><td>${name}</td><td>${KINDS[kind]}</td><td class="figure">${quantity > 1 && `${quantity} × `}${dong(unitVnd)}</td><td class="figure">${reducedVnd > 0 ? dong(reducedVnd) : ''}</td>${figure(quantity * unitVnd - reducedVnd)}<td>${legalRef}</td></tr>`,
    )}<tr><th scope="row">Cộng</th><td></td><td></td><td></td>${figure(amountVnd)}<td></td></tr>`,
  );

/** What may be done about the obligation as it stands. */
function deeds(visit: Visit, order: Order, isLead: boolean): Html | false {
  const path = `/payments/orders/${order.id}`;
  const isOpen = order.status === 'open';
  const mayCancel = isLead && (isOpen || order.status === 'review');
  if (!isOpen && !mayCancel) return false;
  return html`<div class="panel"><h2>Việc cần làm</h2>
${isOpen && folded('Ghi nhận đã nộp tại quầy hoặc trên Cổng', actForm(visit, `${path}/record`, html`<input type="hidden" name="idempotencyKey" value="${randomUUID()}"><p class="hint">Chỉ ghi khi đã cầm tiền hoặc thấy tiền trên Cổng. Người dân được báo ngay.</p><div class="grid-2"><label>Nộp ở đâu<select name="method"><option value="counter">Tại quầy một cửa</option><option value="portal">Trên Cổng Dịch vụ công</option></select></label><label>Lúc<input type="datetime-local" name="paidAt" value="${localInput(visit.now)}" required></label><label>Số biên lai, số phiếu POS hoặc mã trên Cổng<input name="evidence" maxlength="60" required></label></div>`, `Ghi nhận ${dong(order.amountVnd)}`))}
${isOpen && isLead && folded('Miễn, giảm', actForm(visit, `${path}/exempt`, html`<p class="hint">Giảm hết thì khoản thành không phải nộp.</p><div class="grid-2"><label>Mục<select name="position">${order.items.map(({ position, name }) => html`<option value="${position}">${position + 1}. ${name}</option>`)}</select></label><label>Giảm bao nhiêu, đồng<input name="reduced" inputmode="numeric" maxlength="20" required></label><label>Đối tượng<input name="group" maxlength="200" placeholder="hộ nghèo" required></label><label>Giấy tờ đã xem<input name="proof" maxlength="300" required></label><label>Căn cứ pháp lý<input name="legalRef" maxlength="300" required></label></div>`, 'Miễn, giảm'))}
${mayCancel && folded('Hủy khoản này', actForm(visit, `${path}/cancel`, html`<label>Vì sao<textarea name="reason" rows="2" maxlength="500" required></textarea></label>`, 'Hủy khoản'))}</div>`;
}

function attemptItem(visit: Visit, attempt: AttemptView, isLead: boolean): Html {
  const path = `/payments/attempts/${attempt.id}`;
  const mayConfirm = !['paid', 'refunded', 'reversed'].includes(attempt.status);
  return html`<article class="item"><header><h3><code>${attempt.ref}</code></h3>${mark(ATTEMPT[attempt.status] ?? ['', attempt.status])}${issueMark(attempt.issue)}<span class="quiet">${methodWords(attempt.method)} · ${dong(attempt.amountVnd)} · bắt đầu ${time(attempt.createdAt, ago(attempt.createdAt, visit.now))}${attempt.isLate && ' · tiền vào sau khi hết giờ'}${attempt.gatewayTxn && numberOfTxn(attempt.gatewayTxn)}</span></header>
${
  isLead &&
  !visit.isGuest &&
  html`${mayConfirm && folded('Đã thấy tiền trong sổ ngân hàng hoặc cổng', actForm(visit, `${path}/confirm`, html`<div class="grid-2"><label>Tiền vào lúc<input type="datetime-local" name="paidAt" value="${localInput(visit.now)}" required></label><label>Mã giao dịch trong sổ đó<input name="evidence" maxlength="60" required></label></div>`, 'Xác nhận đã nhận tiền'))}${attempt.issue && folded('Đã xem xong', actForm(visit, `${path}/resolve`, html`<label>Đã làm gì<textarea name="note" rows="2" maxlength="500" required></textarea></label>`, 'Ghi lại'))}`
}</article>`;
}

function moneyItem(visit: Visit, row: MoneyView, refunds: Refund[], isLead: boolean): Html {
  const path = `/payments/movements/${row.id}`;
  const given = refunds.filter(({ transactionId }) => transactionId === row.id);
  const back = given
    .filter(({ status }) => !['rejected', 'refused'].includes(status))
    .reduce((sum, { amountVnd }) => sum + amountVnd, 0);
  const isOpen = given.some(({ status }) => ['requested', 'approved', 'sent'].includes(status));
  const mayRefund = row.direction === 'in' && back < row.amountVnd && !isOpen;
  const isStray = row.class !== 'applied' && row.resolvedAt === null;
  return html`<article class="item"><header><h3>${row.direction === 'in' ? 'Vào' : 'Trả lại'} ${dong(row.amountVnd)}</h3>${mark([row.class === 'applied' ? 'good' : 'bad', CLASSES[row.class] ?? row.class])}<span class="quiet">${methodWords(row.method)} ${numberOfTxn(row.gatewayTxn)} · ${time(row.at, moment(row.at))}</span></header>
${row.words && html`<p>Nội dung: ${coveredWords(visit, row.id)}</p>`}
${
  !visit.isGuest &&
  html`${mayRefund && folded('Đề nghị hoàn tiền', actForm(visit, `${path}/refund`, html`<p class="hint">Một người đề nghị, người thứ hai duyệt.</p><div class="grid-2"><label>Số tiền, đồng<input name="amount" inputmode="numeric" maxlength="20" value="${row.amountVnd - back}" required></label><label>Trả bằng<select name="way"><option value="by_hand">Chuyển khoản hoặc tiền mặt, xã tự trả</option>${row.method !== 'counter' && row.method !== 'portal' && row.method !== 'vietqr' && html`<option value="gateway">Cổng thanh toán trả lại</option>`}</select></label><label>Vì sao<input name="reason" maxlength="500" required></label></div>`, 'Đề nghị'))}${isStray && isLead && folded('Đã xử lý', actForm(visit, `${path}/resolve`, html`<label>Đã làm gì<textarea name="note" rows="2" maxlength="500" required></textarea></label>`, 'Ghi lại'))}`
}</article>`;
}

function receipts({ receipts: given, status }: Order): Html {
  if (given.length === 0)
    return html`<p class="quiet">${status === 'paid' ? 'Chưa có biên lai. Tin nhắn báo đã nhận tiền không phải biên lai.' : 'Có biên lai khi đã nộp.'}</p>`;
  return html`<ul class="plain">${given.map(
    ({ kind, number, url }) =>
      html`<li>${kind ? KINDS[kind] : 'Cả khoản'}${number && html`: số <code>${number}</code>`}${url && html` <a href="${safeUrl(url)}"${raw(' target="_blank" rel="noopener noreferrer"')}>Tra cứu</a>`}</li>`,
  )}</ul>`;
}
