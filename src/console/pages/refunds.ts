import { mayAs } from '../../communes/officers.ts';
import { type Html, html } from '../../pages/html.ts';
import { decideRefund, finishRefund, listRefunds, type Refund } from '../../payments/refunds.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { FrameOf } from '../frame.ts';
import { emptyState } from '../layout.ts';
import { ago, dong, time } from '../say.ts';
import { type ConsoleRoute, field, idOf, notHere, Stop, type Visit } from '../visit.ts';
import {
  actForm,
  folded,
  goTo,
  mark,
  moneyNav,
  namesOf,
  neededField,
  REFUND,
  staffPayments,
  trying,
} from './payment-words.ts';

const REFUNDED = { id: 'refund' } as const;

/** Money going back: what was asked for, who decides, and that it went. */
export function refundRoutes({ database, payments }: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  /** @throws {Stop} 404 before anything else is said about what was sent */
  const mustExist = async (visit: Visit): Promise<{ orderId: string | null }> => {
    const [row] = await database.run<{ orderId: string | null }>(
      'console.refund',
      'select order_id as "orderId" from payment_refunds where commune_id = $1 and id = $2',
      [visit.commune.id, idOf(visit)],
    );
    if (!row) throw notHere();
    staffPayments(payments);
    return row;
  };
  return [
    {
      method: 'get',
      path: '/payments/refunds',
      role: 'officer',
      async handle(visit) {
        const [refunds, nameOf] = await Promise.all([
          listRefunds(database, visit.commune.id),
          namesOf(database, visit.commune.id),
        ]);
        await visit.audit('payment_read', undefined, { rows: refunds.length });
        const body = html`<section class="page"><header><h1>Hoàn tiền</h1><p class="lead">Một người đề nghị ở trang của khoản thu, người thứ hai duyệt ở đây.</p></header>
${moneyNav(visit, '/refunds', mayAs(visit.me.role, 'lead'))}
${refunds.length === 0 ? emptyState('Chưa có đề nghị nào.', 'Mở một khoản đã nộp, ở phần “Tiền vào, tiền ra”, để đề nghị.') : html`<div class="items">${refunds.map((one) => refundItem(visit, one, nameOf))}</div>`}</section>`;
        return frame(visit, { title: 'Hoàn tiền', section: 'payments', body });
      },
    },
    {
      method: 'post',
      path: '/payments/refunds/:id/decide',
      role: 'lead',
      objects: REFUNDED,
      async handle(visit) {
        await mustExist(visit);
        const word = field(visit, 'approved', 3);
        if (word !== 'yes' && word !== 'no') throw new Stop(422, 'Chọn duyệt hoặc không duyệt.');
        await trying(decideRefund(database, visit.staff, idOf(visit), word === 'yes', visit.now));
        await visit.audit('refund_decided', { kind: 'refund', id: idOf(visit) }, { isApproved: word === 'yes' });
        return goTo(visit, '/payments/refunds');
      },
    },
    {
      method: 'post',
      path: '/payments/refunds/:id/finish',
      role: 'lead',
      objects: REFUNDED,
      async handle(visit) {
        await mustExist(visit);
        const evidence = neededField(visit, 'evidence', 'số chứng từ đã trả', 200);
        await trying(finishRefund(database, visit.staff, idOf(visit), evidence, visit.now));
        await visit.audit('refund_decided', { kind: 'refund', id: idOf(visit) }, { isDone: true });
        return goTo(visit, '/payments/refunds');
      },
    },
  ];
}

/** One refund, with what this officer may do about it. */
export function refundItem(visit: Visit, refund: Refund, nameOf: (id: string | null) => string): Html {
  const { id, status, way, requestedBy, decidedBy, amountVnd } = refund;
  const path = `/payments/refunds/${id}`;
  const isLead = mayAs(visit.me.role, 'lead') && !visit.isGuest;
  const mayFinish = status === 'sent' || status === 'refused' || (status === 'approved' && way === 'by_hand');
  return html`<article class="item"><header><h3>${dong(amountVnd)}</h3>${mark(REFUND[status] ?? ['', status])}<span class="quiet">${way === 'gateway' ? 'Cổng thanh toán trả lại' : 'Xã tự trả'}${refund.ref && html` · <code>${refund.ref}</code>`}</span></header>
<p>${refund.reason}</p>
<p class="quiet">${nameOf(requestedBy)} đề nghị ${time(refund.requestedAt, ago(refund.requestedAt, visit.now))}${decidedBy && refund.decidedAt && html`; ${nameOf(decidedBy)} ${status === 'rejected' ? 'không duyệt' : 'duyệt'} ${time(refund.decidedAt, ago(refund.decidedAt, visit.now))}`}${refund.evidence && html`; chứng từ ${refund.evidence}`}${refund.orderId && html` · <a href="${visit.base}/payments/orders/${refund.orderId}">Mở khoản thu</a>`}</p>
${status === 'requested' && isLead && requestedBy === visit.me.id && html`<p class="hint">Bạn là người đề nghị: cần người thứ hai duyệt.</p>`}
${status === 'requested' && isLead && requestedBy !== visit.me.id && html`<div class="item-acts">${actForm(visit, `${path}/decide`, html`<input type="hidden" name="approved" value="yes">`, 'Duyệt', '')}${actForm(visit, `${path}/decide`, html`<input type="hidden" name="approved" value="no">`, 'Không duyệt', '')}</div>`}
${mayFinish && isLead && folded('Tiền đã về tay người nộp', actForm(visit, `${path}/finish`, html`<label>Số chứng từ, mã chuyển khoản<input name="evidence" maxlength="200" required></label>`, 'Ghi đã trả'))}</article>`;
}
