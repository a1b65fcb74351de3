import { type Html, html, type Part } from '../pages/html.ts';
import { bankAccountOf } from './accounts.ts';
import type { BegunAttempt } from './attempts.ts';
import { isOnline, PORTAL_PAY_PAGE, type Way } from './offer.ts';
import type { Order } from './orders.ts';
import type { PaymentMethod } from './provider.ts';
import { receiptLines } from './say-pay.ts';
import { clockWords, dayWords, METHOD_NAMES, money } from './words.ts';

/** What a citizen sees in the browser: big, plain, without a script. Every value comes from a row. */

export interface PageGround {
  office: string;
  phone: string | null;
}

interface Frame extends PageGround {
  title: string;
  /** Loads itself again after so many seconds. */
  refreshSeconds?: number;
}

function page({ title, office, phone, refreshSeconds }: Frame, body: Part): string {
  return `<!doctype html>${html`<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
${refreshSeconds && html`<meta http-equiv="refresh" content="${refreshSeconds}">`}
<title>${title} · ${office}</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/base.css">
<link rel="stylesheet" href="/assets/pay.css">
</head>
<body>
<header class="top"><p class="office">${office}</p></header>
<main>
<h1>${title}</h1>
${body}
</main>
<footer>
<p>Xã không bao giờ hỏi mã OTP, mật khẩu, số thẻ; không nhờ chuyển vào tài khoản cá nhân; không bắt cài ứng dụng.</p>
<p>Thấy lạ thì dừng lại, hỏi quầy một cửa${phone && html` hoặc gọi <a href="tel:${phone.replace(/[^\d+]/g, '')}">${phone}</a>`}.</p>
</footer>
</body>
</html>`}`;
}

function facts(order: Order, payees: string[]): Html {
  const rows: [string, Part][] = [
    ['Người nhận', payees.join(', ')],
    ['Nộp cho', order.purpose],
    ...(order.dossierNumber
      ? ([['Mã hồ sơ', html`<span class="code">${order.dossierNumber}</span>`]] as [string, Part][])
      : []),
  ];
  const reduced = order.items.reduce((sum, { reducedVnd }) => sum + reducedVnd, 0);
  const isDetailed = order.items.length > 1 || order.items.some(({ quantity }) => quantity > 1) || reduced > 0;
  return html`<dl class="facts">
<div class="amount"><dt>Số tiền</dt><dd>${money(order.amountVnd)}</dd></div>
${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
</dl>
${
  isDetailed &&
  html`<ul class="items">${order.items.map(
    ({ name, quantity, unitVnd, reducedVnd }) =>
      html`<li><span>${name}${quantity > 1 && ` (${quantity} × ${money(unitVnd)})`}</span> <b>${money(quantity * unitVnd - reducedVnd)}</b></li>`,
  )}${reduced > 0 && html`<li><span>Đã miễn, giảm</span> <b>${money(reduced)}</b></li>`}</ul>`
}`;
}

/** What is owed, and the ways to pay it. */
export function choicePage(
  ground: PageGround,
  input: { order: Order; ways: Way[]; token: string; expiresAt: Date; host: string; fault?: string },
): string {
  const { order, ways, token, expiresAt, host, fault } = input;
  const online = ways.filter(isOnline);
  const payees = [...new Set((online.length > 0 ? online : ways).map(({ payee }) => payee))];
  return page(
    { ...ground, title: 'Nộp phí, lệ phí' },
    html`${fault && html`<p class="fault" role="alert">${fault}</p>`}
${facts(order, payees)}
<p class="note">Trang này ở <b>${host}</b>, chỉ dành cho người vừa nhắn hỏi xã, mở được đến <b>${clockWords(expiresAt)}</b> ngày ${dayWords(expiresAt)}. Không phải khoản của mình thì đóng lại, đừng nộp.</p>
${
  online.length > 0 &&
  html`<h2>Chọn cách nộp</h2>
<ul class="ways">${online.map(
    ({ method, host: at, payee }) => html`<li><form method="post" action="/pay/${token}">
<input type="hidden" name="method" value="${method}">
<button type="submit">${METHOD_NAMES[method]}</button>
<p>${method === 'vietqr' ? `Mở ứng dụng ngân hàng, quét mã. Tiền vào tài khoản của ${payee}.` : `Sang trang ${at ?? 'của cổng thanh toán'} để trả bằng ngân hàng, thẻ hoặc ví.`}</p>
</form></li>`,
  )}</ul>`
}
<h2>${online.length > 0 ? 'Hoặc' : 'Nộp ở đâu'}</h2>
<ul class="plain">
<li>Nộp ở quầy một cửa, đọc mã hồ sơ cho cán bộ.</li>
${
  order.dossierNumber &&
  html`<li>Tự mở <a href="${PORTAL_PAY_PAGE}" rel="noreferrer">dichvucong.gov.vn</a>, mục thanh toán, rồi gõ mã hồ sơ <span class="code">${order.dossierNumber}</span>.</li>`
}
</ul>`,
  );
}

/** The last look before the gateway: where to, how much, until when. */
export function leavingPage(ground: PageGround, input: { order: Order; begun: BegunAttempt; payee: string }): string {
  const { order, begun, payee } = input;
  const { host } = new URL(begun.url!);
  return page(
    { ...ground, title: `Nộp qua ${METHOD_NAMES[begun.method]}` },
    html`${facts(order, [payee])}
<p class="note">Sắp sang trang <b>${host}</b>. Ở đó số tiền phải đúng <b>${money(order.amountVnd)}</b>; nộp xong trước <b>${clockWords(begun.expiresAt)}</b>. Khác đi thì đừng nộp.</p>
<p class="go"><a class="button" href="${begun.url}" rel="noreferrer">Sang ${host} để nộp</a></p>
<p class="quiet">Mã giao dịch: <span class="code">${begun.ref}</span>. Nộp xong, xã báo lại trong trò chuyện.</p>`,
  );
}

/** A transfer by QR, with the same in letters for who types it. @param qr data: address of a PNG */
export function transferPage(ground: PageGround, input: { order: Order; begun: BegunAttempt; qr: string }): string {
  const { order, begun, qr } = input;
  const bank = bankAccountOf(begun.account!);
  return page(
    { ...ground, title: 'Quét mã để nộp' },
    html`${facts(order, [begun.account!.payee])}
<figure class="qr"><img src="${qr}" width="320" height="320" alt="Mã VietQR để nộp ${money(order.amountVnd)}"></figure>
<ol class="steps">
<li>Mở ứng dụng ngân hàng, chọn quét mã QR.</li>
<li>Xem đúng người nhận và số tiền rồi mới xác nhận.</li>
<li>Giữ nguyên nội dung chuyển khoản.</li>
</ol>
<dl class="facts">
<div><dt>Ngân hàng</dt><dd>${bank.bankName || bank.bin}</dd></div>
<div><dt>Số tài khoản</dt><dd class="code">${bank.accountNumber}</dd></div>
<div><dt>Tên tài khoản</dt><dd>${bank.accountName}</dd></div>
<div><dt>Số tiền</dt><dd>${money(begun.amountVnd)}</dd></div>
<div><dt>Nội dung</dt><dd class="code">${begun.words}</dd></div>
</dl>
<p class="note">Mã này dùng một lần, đến ${clockWords(begun.expiresAt)} ngày ${dayWords(begun.expiresAt)}. Ngân hàng báo tiền vào thì xã nhắn lại trong trò chuyện; có khi phải chờ vài phút. Đừng nộp hai lần.</p>`,
  );
}

export type Standing = 'paid' | 'waiting' | 'failed' | 'review' | 'late';

const STANDINGS: Record<Standing, { title: string; lines: string[] }> = {
  paid: { title: 'Đã nhận tiền', lines: ['Khoản này đã nộp xong, không cần nộp lại.'] },
  waiting: {
    title: 'Đang chờ xác nhận',
    lines: [
      'Cổng thanh toán chưa báo kết quả cho xã. Đừng nộp lần nữa.',
      'Có thể đóng trang này: có tiền là xã nhắn lại trong trò chuyện.',
    ],
  },
  failed: {
    title: 'Chưa nộp được',
    lines: ['Lần này không thành công, xã chưa nhận tiền.', 'Muốn nộp lại thì quay về trò chuyện, nhắn "nộp phí".'],
  },
  review: { title: 'Cán bộ đang xem lại', lines: ['Có thông tin chưa khớp. Đừng nộp lần nữa; cán bộ sẽ báo lại.'] },
  late: {
    title: 'Hết giờ nộp',
    lines: [
      'Xã chưa thấy tiền. Tài khoản chưa bị trừ thì nhắn "nộp phí" để lấy trang mới.',
      'Tài khoản đã bị trừ thì đừng nộp lại: nhắn "Gặp cán bộ", đưa mã giao dịch bên dưới.',
    ],
  },
};

/** Where an attempt stands. Shown only: whoever opens it changes nothing. */
export function standingPage(
  ground: PageGround,
  input: {
    standing: Standing;
    ref: string;
    amountVnd: number;
    purpose: string;
    method: PaymentMethod;
    mayChange: boolean;
    order?: Order;
  },
): string {
  const { title, lines } = STANDINGS[input.standing];
  return page(
    { ...ground, title, ...(input.mayChange && { refreshSeconds: 5 }) },
    html`<dl class="facts">
<div class="amount"><dt>Số tiền</dt><dd>${money(input.amountVnd)}</dd></div>
<div><dt>Nộp cho</dt><dd>${input.purpose}</dd></div>
<div><dt>Cách nộp</dt><dd>${METHOD_NAMES[input.method]}</dd></div>
<div><dt>Mã giao dịch</dt><dd class="code">${input.ref}</dd></div>
</dl>
${lines.map((line) => html`<p>${line}</p>`)}
${input.order && receiptLines(input.order).map((line) => html`<p class="quiet">${line}</p>`)}
<p class="quiet">Trang này không phải biên lai.</p>`,
  );
}

/** For an address that says nothing, or no more. Never names an account to pay into. */
export function endedPage(
  ground: PageGround,
  kind: 'expired' | 'unknown' | 'done' | 'busy' | 'unavailable',
  order?: Order,
): string {
  const { title, lines } = ENDS[kind];
  return page(
    { ...ground, title },
    html`${lines.map((line) => html`<p>${line}</p>`)}
${kind === 'done' && order && receiptLines(order).map((line) => html`<p class="quiet">${line}</p>`)}`,
  );
}

const ENDS = {
  expired: {
    title: 'Trang nộp phí đã hết hạn',
    lines: [
      'Quay về trò chuyện với xã, nhắn "nộp phí" để lấy trang mới.',
      'Chưa lấy được trang mới thì đừng nộp ở nơi nào khác theo lời người lạ.',
    ],
  },
  unknown: {
    title: 'Không có trang này',
    lines: ['Địa chỉ bị gõ thiếu, hoặc không phải do xã gửi.', 'Cần nộp phí thì nhắn cho xã, hoặc ra quầy một cửa.'],
  },
  done: {
    title: 'Khoản này không phải nộp nữa',
    lines: ['Đã nộp xong, được miễn, hoặc cán bộ đã hủy. Đừng nộp lần nữa.'],
  },
  busy: {
    title: 'Thử lại sau một giờ',
    lines: ['Khoản này đã mở trang thanh toán quá nhiều lần. Chờ một giờ, hoặc nộp ở quầy một cửa.'],
  },
  unavailable: {
    title: 'Cổng thanh toán đang bận',
    lines: ['Chưa có gì được nộp. Quay lại chọn cách khác, hoặc thử lại sau ít phút.'],
  },
} as const;
