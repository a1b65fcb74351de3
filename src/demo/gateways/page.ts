import { html, type Part } from '../../pages/html.ts';
import { icon, sprite } from '../../pages/icons.ts';
import type { Order } from './till.ts';

/** The one-time password the page takes, and says so. */
export const RIGHT_OTP = '123456';

const money = (vnd: number) => `${new Intl.NumberFormat('vi-VN').format(vnd)} đồng`;
const time = new Intl.DateTimeFormat('vi-VN', {
  timeZone: 'Asia/Ho_Chi_Minh',
  hour: '2-digit',
  minute: '2-digit',
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
});

/** Nobody may take it for the real one: it says what it is before anything else, and bears nobody's marks. */
export const gatewayPage = (title: string, body: Part): string =>
  html`<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/base.css">
<link rel="stylesheet" href="/demo/assets/gateway.css">
</head>
<body>
${sprite}
<header class="gateway-head"><p class="gateway-mark">Bản chạy thử</p><h1>${title}</h1></header>
<main class="gateway">
<p class="gateway-note">${icon('lock')}<span>Trang này không chuyển tiền thật. Không nhập số thẻ, mật khẩu hay mã OTP thật của mình ở đây.</span></p>
${body}
</main>
</body>
</html>`.toString();

const facts = (rows: [string, Part][]) =>
  html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

const orderFacts = (order: Order) =>
  facts([
    ['Đơn vị thu', order.payee],
    ['Số tiền', html`<strong>${money(order.amountVnd)}</strong>`],
    ['Nội dung', order.words],
    ['Mã đơn', html`<code>${order.ref}</code>`],
    ['Hết hạn lúc', time.format(order.expiresAt)],
  ]);

export function payPage(title: string, order: Order, { isLastTry }: { isLastTry: boolean }): string {
  const wrong =
    order.otpTries > 0 &&
    html`<p class="gateway-wrong" role="alert">Mã OTP chưa đúng. ${isLastTry ? 'Sai thêm một lần là giao dịch bị hủy.' : 'Hãy nhập lại.'}</p>`;
  return gatewayPage(
    title,
    html`${orderFacts(order)}
<form method="post" class="gateway-form">
${wrong}
<label for="otp">Mã OTP (mã thử là ${RIGHT_OTP})</label>
<input id="otp" name="otp" inputmode="numeric" autocomplete="off" maxlength="8" placeholder="${RIGHT_OTP}">
<button class="primary" name="act" value="pay">Trả ${money(order.amountVnd)}</button>
<button class="plain" name="act" value="cancel">Hủy giao dịch</button>
</form>
<form method="post" class="gateway-more">
<h2>Thử tình huống khác</h2>
<button class="plain" name="act" value="time_out">Để hết giờ, không trả</button>
<button class="plain" name="act" value="pay_late">Trả, nhưng tiền đến sau khi đơn hết hạn</button>
</form>`,
  );
}

const ENDS: Record<NonNullable<Order['end']>, string> = {
  paid: 'Đã trả xong.',
  late: 'Tiền đã đến, sau khi đơn hết hạn.',
  cancelled: 'Giao dịch đã hủy. Chưa có đồng nào được trả.',
  wrong_otp: 'Giao dịch bị hủy vì nhập sai mã OTP quá số lần.',
  expired: 'Đơn đã hết hạn. Chưa có đồng nào được trả.',
  suspect: 'Tiền đã trừ nhưng đang được cổng giữ lại để kiểm tra.',
};

export const donePage = (title: string, order: Order, back: string | null): string =>
  gatewayPage(
    title,
    html`<p class="gateway-done">${order.end === null ? 'Đã nhận lệnh trả. Tiền sẽ đến sau khi đơn hết hạn một phút.' : ENDS[order.end]}</p>
${orderFacts(order)}
${back && html`<p><a class="primary" href="${back}">Về trang của đơn vị thu</a></p>`}`,
  );

export const missingPage = (title: string): string =>
  gatewayPage(title, html`<p class="gateway-done">Không có đơn này.</p>`);

/** A wrong request, as the gateway tells the browser. */
export const errorPage = (title: string, code: string, words: string): string =>
  gatewayPage(title, html`<p class="gateway-done">Không mở được đơn: ${words} (mã ${code}).</p>`);
