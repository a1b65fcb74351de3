import { listOfficers } from '../../communes/officers.ts';
import type { Database } from '../../db/client.ts';
import { type Html, html, type Part } from '../../pages/html.ts';
import type { OrderStatus } from '../../payments/payments.schema.ts';
import type { StaffPayments } from '../../payments/payments.ts';
import { METHOD_NAMES } from '../../payments/words.ts';
import { csrfField } from '../layout.ts';
import { forOfficer } from '../refusals.ts';
import { dong } from '../say.ts';
import { field, Stop, type Visit } from '../visit.ts';

/** What pages about money share: names of states, figures, small forms. */

type Tone = '' | 'good' | 'warn' | 'bad';
export const ORDER: Record<OrderStatus, [Tone, string]> = {
  open: ['warn', 'Chưa nộp'],
  paid: ['good', 'Đã nộp'],
  review: ['bad', 'Phải xem lại'],
  cancelled: ['', 'Đã hủy'],
  waived: ['good', 'Không phải nộp'],
};
export const ATTEMPT: Record<string, [Tone, string]> = {
  created: ['', 'Mới tạo'],
  pending: ['warn', 'Đang chờ tiền'],
  paid: ['good', 'Đã nhận tiền'],
  failed: ['', 'Không thành'],
  expired: ['', 'Hết giờ'],
  under_review: ['bad', 'Chưa khớp'],
  reversed: ['bad', 'Tiền bị lấy lại'],
  refunded: ['', 'Đã hoàn'],
};
export const REFUND: Record<string, [Tone, string]> = {
  requested: ['warn', 'Chờ người thứ hai duyệt'],
  approved: ['warn', 'Đã duyệt, chưa trả'],
  sent: ['warn', 'Đã gửi đối tác'],
  done: ['good', 'Đã trả'],
  rejected: ['', 'Không duyệt'],
  refused: ['bad', 'Đối tác từ chối'],
};
export const ISSUES: Record<string, string> = {
  amount_mismatch: 'Sai số tiền',
  duplicate: 'Nộp thừa',
  overpaid: 'Nộp thừa',
  not_owed: 'Tiền vào cho khoản không còn phải nộp',
  conflict: 'Hai nguồn nói khác nhau',
  fraud: 'Nghi gian lận',
  reversed: 'Ngân hàng đã lấy lại tiền',
  txn_reused: 'Một mã giao dịch dùng hai lần',
  unresolved: 'Hỏi đối tác nhiều lần chưa rõ',
  missing_theirs: 'Đối tác không có trong sổ',
};
export const RECONCILED: Record<string, [Tone, string]> = {
  MATCHED: ['good', 'Khớp'],
  LATE: ['good', 'Vào muộn'],
  MISSING_OURS: ['warn', 'Ta thiếu, đã ghi'],
  RECEIPT_MISSING: ['warn', 'Chưa có biên lai'],
  MISSING_THEIRS: ['bad', 'Đối tác thiếu'],
  AMOUNT_DIFF: ['bad', 'Lệch số tiền'],
  STATE_DIFF: ['bad', 'Lệch trạng thái'],
  DUPLICATE: ['bad', 'Nộp thừa'],
  UNKNOWN_REF: ['bad', 'Chưa rõ khoản'],
  WRONG_UNIT: ['bad', 'Của đơn vị khác'],
  UNREAD: ['bad', 'Dòng chưa đọc được'],
};
export const ACTS: Record<string, string> = {
  order_created: 'Lập khoản thu',
  payment_requested: 'Gửi yêu cầu nộp phí cho người dân',
  exemption_granted: 'Miễn, giảm',
  order_cancelled: 'Hủy khoản thu',
  payment_confirmed: 'Ghi nhận đã nộp',
  payment_not_confirmed: 'Không ghi nữa: khoản vừa được ghi nhận trước đó',
  credit_assigned: 'Gán tiền chưa rõ vào khoản',
  issue_resolved: 'Xử lý xong việc cần xem',
  money_resolved: 'Xử lý xong tiền chưa khớp',
  receipt_added: 'Ghi biên lai',
  refund_requested: 'Đề nghị hoàn tiền',
  refund_decided: 'Duyệt hoặc từ chối hoàn tiền',
  refund_finished: 'Đã trả tiền lại',
};
export const methodWords = (method: string): string => METHOD_NAMES[method as keyof typeof METHOD_NAMES] ?? method;
export const KINDS = { phi: 'Phí', le_phi: 'Lệ phí' } as const;

export const mark = ([tone, words]: [Tone, string]): Html => html`<span class="state ${tone}">${words}</span>`;
export const issueMark = (issue: string | null): Html | null =>
  issue === null ? null : mark(['bad', ISSUES[issue] ?? issue]);

/** A table that scrolls by itself on a phone. */
export const table = (label: string, heads: (string | { figure: string })[], rows: Part): Html =>
  html`<div class="table" tabindex="0" role="region" aria-label="${label}"><table><thead><tr>${heads.map((head) =>
    typeof head === 'string'
      ? html`<th scope="col">${head}</th>`
      : html`<th scope="col" class="figure">${head.figure}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table></div>`;

/** Where one is among the pages about money. */
export function moneyNav({ base }: Visit, here: string, isLead: boolean): Html {
  const pages: [string, string, boolean][] = [
    ['', 'Cần xử lý', true],
    ['/orders', 'Khoản thu', true],
    ['/refunds', 'Hoàn tiền', true],
    ['/reconciliation', 'Đối soát, sổ thu', isLead],
    ['/contracts', 'Hợp đồng', isLead],
  ];
  return html`<nav class="sub" aria-label="Thanh toán">${pages.map(
    ([path, words, isOpen]) =>
      isOpen && html`<a href="${base}/payments${path}"${path === here && html` aria-current="page"`}>${words}</a>`,
  )}</nav>`;
}

/** A form that says what went wrong beside what was typed, and goes on to where its act leads. */
export const actForm = (visit: Visit, path: string, fields: Part, verb: string, className = 'stack'): Html =>
  html`<form class="${className}" method="post" action="${visit.base}${path}" hx-post="${visit.base}${path}" hx-swap="none" hx-disabled-elt="find button[type=submit]">${csrfField(visit)}${fields}<p><button type="submit">${verb}</button></p></form>`;

/** An act that takes more than a click, folded away until it is wanted. */
export const folded = (title: string, content: Html): Html =>
  html`<details class="fold"><summary>${title}</summary>${content}</details>`;

/** Words of a bank transfer name people: shown when somebody asks, and written down who did. */
export const coveredWords = (visit: Visit, id: string): Html =>
  html`<span id="w-${id}" class="quiet">••••••${!visit.isGuest && html` <button type="button" class="unmask" hx-post="${visit.base}/payments/movements/${id}/words" hx-target="#w-${id}" hx-swap="outerHTML">Hiện nội dung chuyển khoản</button>`}</span>`;

export const figure = (amountVnd: number | null): Html =>
  html`<td class="figure">${amountVnd === null ? '' : dong(amountVnd)}</td>`;

/** A number somebody can look up; ours for money without one, and for lines of statements, are no use to people. */
export const isTold = (gatewayTxn: string): boolean => !/^(ref|statement):/.test(gatewayTxn);
export const numberOfTxn = (gatewayTxn: string): Html | false =>
  isTold(gatewayTxn) && html` · mã giao dịch <code>${gatewayTxn}</code>`;

/** Whole đồng as people write them: "8.000". @throws {Stop} */
export function amountField(visit: Visit, name: string): number {
  const text = field(visit, name, 20).replace(/[.\s]|đ(ồng)?$/g, '');
  if (!/^\d{1,12}$/.test(text)) throw new Stop(422, 'Số tiền ghi bằng chữ số, ví dụ 8.000.');
  return Number(text);
}

/** A moment of the past. @throws {Stop} */
export function pastField(visit: Visit, name: string): Date {
  const text = field(visit, name, 20);
  const at = new Date(`${text}:00+07:00`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) || Number.isNaN(at.getTime())) throw new Stop(422, 'Chọn ngày giờ.');
  if (at.getTime() > visit.now.getTime() + 60_000) throw new Stop(422, 'Ngày giờ nộp không thể ở tương lai.');
  return at;
}

/** What has to be said. @throws {Stop} */
export function neededField(visit: Visit, name: string, words: string, max = 500): string {
  const text = field(visit, name, max);
  if (text === '') throw new Stop(422, `Cần ghi ${words}.`);
  return text;
}

/** @throws {Stop} where the process takes no money */
export function staffPayments(payments: StaffPayments | undefined): StaffPayments {
  if (!payments) throw new Stop(409, 'Xã chưa mở thu phí. Nhờ người vận hành nối cổng thanh toán.');
  return payments;
}

/** Does it, and says in an officer's words why not. */
export async function trying<T>(work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw forOfficer(error);
  });
}

/** Whole page anew, there: what was typed is not lost when the act is refused. */
export function goTo(visit: Visit, path: string): undefined {
  const address = `${visit.base}${path}`;
  if (visit.isPart) visit.response.set('hx-redirect', address).status(204).end();
  else visit.response.redirect(303, address);
  return undefined;
}

/** Who is behind an officer's id. */
export async function namesOf(database: Database, communeId: string): Promise<(id: string | null) => string> {
  const names = new Map(
    (await listOfficers(database.orm, communeId)).map(({ id, name, email }) => [id, name || email]),
  );
  return (id) => (id === null ? 'Người vận hành' : (names.get(id) ?? 'Cán bộ'));
}
