import { mayAs, type Role } from '../communes/officers.ts';
import type { Counts } from '../handoff/inbox-view.ts';
import { type Html, html, type Part } from '../pages/html.ts';
import { icon, sprite } from '../pages/icons.ts';
import { ROLE_WORDS } from './say.ts';
import type { Visit } from './visit.ts';

/** Nothing from elsewhere, nothing inline, nothing evaluated, in no frame. */
export const CONSOLE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Pages hold what citizens said: none is kept by the browser, and nothing on them is run or styled by htmx itself. */
const HTMX = JSON.stringify({
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '[45]..', swap: false, error: true },
  ],
});

export type Section =
  | 'inbox'
  | 'petitions'
  | 'unanswered'
  | 'dossiers'
  | 'payments'
  | 'reports'
  | 'audit'
  | 'settings'
  | 'me';

export interface NavItem {
  section: Section;
  path: string;
  words: string;
  role: Role;
}

/** A page of nobody in particular: signing in, or why there is none. */
export function barePage({ title, body }: { title: string; body: Part }): Html {
  return html`<!doctype html>
<html lang="vi">
${head(title)}
<body class="bare">
${sprite}
<main id="main" class="card" tabindex="-1">
<p class="brand"><span class="mark" aria-hidden="true">?</span>Hỏi Xã</p>
${body}
</main>
</body>
</html>
`;
}

const head = (title: string) => html`<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<meta name="htmx-config" content="${HTMX}">
<title>${title} · Hỏi Xã</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/base.css">
<link rel="stylesheet" href="/console/assets/console.css">
<script src="/console/assets/htmx.min.js" defer></script>
<script src="/console/assets/console.js" type="module"></script>
</head>`;

export interface Frame {
  title: string;
  section: Section;
  counts: Counts;
  nav: NavItem[];
  /** Communes one may change to. */
  communes: { slug: string; name: string }[];
  body: Part;
}

/** Every page of a signed-in officer. */
export function framePage(visit: Visit, { title, section, counts, nav, communes, body }: Frame): Html {
  const { me, commune, base, session, isGuest } = visit;
  const isHere = me.presence === 'here';
  return html`<!doctype html>
<html lang="vi">
${head(title)}
<body class="console page-${section}" data-base="${base}" data-officer="${me.id}" data-csrf="${session.csrf}"
 data-guest="${isGuest ? 'true' : 'false'}" hx-headers="${JSON.stringify({ 'x-csrf-token': session.csrf })}">
${sprite}
<a class="skip" href="#main">Tới nội dung</a>
<header class="bar">
  <p class="brand"><a href="${base}/inbox"><span class="mark" aria-hidden="true">?</span><span class="brand-name">Hỏi Xã</span></a></p>
  ${switcher(commune, communes)}
  <form class="find" action="${base}/inbox" role="search">
    <input type="hidden" name="tab" value="all">
    <label class="unseen" for="find">Tìm hội thoại</label>
    <input id="find" type="search" name="search" maxlength="100" placeholder="Tìm tên, lời nhắn, mã hồ sơ" autocomplete="off">
  </form>
  <p class="counts" id="counts" role="status">${countWords(visit, counts)}</p>
  <details class="menu">
    <summary><span class="dot ${isHere ? 'here' : 'away'}" aria-hidden="true"></span><span class="me-name">${me.name || me.email}</span><span class="unseen">, ${isHere ? 'đang trực' : 'vắng mặt'}. Mở trình đơn</span></summary>
    <div class="menu-body">
      <p><strong>${me.name || me.email}</strong><br>${me.title || ROLE_WORDS[me.role]}</p>
      ${
        isGuest
          ? html`<p class="hint">Bạn đang xem với tư cách cấp tỉnh.</p>`
          : html`<form method="post" action="${base}/presence" hx-post="${base}/presence" hx-swap="none">
        ${csrfField(visit)}
        <input type="hidden" name="presence" value="${isHere ? 'away' : 'here'}">
        <button type="submit">${icon('officer')}${isHere ? 'Chuyển sang vắng mặt' : 'Trực trở lại'}</button>
      </form>`
      }
      <button type="button" data-act="alerts" aria-pressed="false">${icon('play')}<span>Báo tiếng và thông báo</span></button>
      <button type="button" data-act="help">${icon('code')}Phím tắt</button>
      <a href="${base}/me">${icon('person')}Tài khoản của tôi</a>
      <form method="post" action="/console/sign-out">${csrfField(visit)}<button type="submit">${icon('close')}Đăng xuất</button></form>
    </div>
  </details>
</header>
<div class="offline" id="offline" role="alert" hidden><span>Mất kết nối. Việc đang viết được giữ lại; trang tự nối lại.</span></div>
<nav class="nav" aria-label="Các trang">
  ${nav
    .filter(({ role }) => mayAs(me.role, role))
    .map(
      ({ section: one, path, words }) =>
        html`<a href="${base}${path}"${one === section ? html` aria-current="page"` : ''}>${words}</a>`,
    )}
</nav>
<main id="main" tabindex="-1">
${body}
</main>
<div id="toast" class="toast" role="status" aria-live="polite"></div>
${help()}
</body>
</html>
`;
}

/** Also swapped in by the live page. */
export function countWords({ base }: Pick<Visit, 'base'>, { waiting, mine, unread, late }: Counts): Html {
  return html`<a href="${base}/inbox?tab=waiting" class="count${late ? ' late' : ''}" data-count="waiting" data-value="${waiting}"><b>${waiting}</b> chờ${late ? html`<span class="unseen">, ${late} đã quá hạn</span>` : ''}</a>
<a href="${base}/inbox?tab=mine" class="count" data-count="unread" data-value="${unread}"><b>${mine}</b> của tôi${unread ? html` <span class="badge">${unread}<span class="unseen"> chưa đọc</span></span>` : ''}</a>`;
}

function switcher(commune: { slug: string; name: string }, communes: { slug: string; name: string }[]): Html {
  if (communes.length < 2) return html`<p class="commune">${commune.name}</p>`;
  return html`<details class="menu communes">
    <summary>${commune.name}<span class="unseen">. Đổi sang xã khác</span></summary>
    <ul class="menu-body">${communes.map(
      ({ slug, name }) =>
        html`<li><a href="/console/c/${slug}/inbox"${slug === commune.slug ? html` aria-current="true"` : ''}>${name}</a></li>`,
    )}</ul>
  </details>`;
}

export const csrfField = ({ session }: Pick<Visit, 'session'>): Html =>
  html`<input type="hidden" name="csrf" value="${session.csrf}">`;

const KEYS: [string, string][] = [
  ['j / k', 'Hội thoại sau / trước trong danh sách'],
  ['Enter', 'Mở hội thoại đang chọn; trong ô trả lời: gửi'],
  ['Shift + Enter', 'Xuống dòng trong ô trả lời'],
  ['r', 'Trả lời'],
  ['/', 'Mở câu trả lời soạn sẵn'],
  ['e', 'Kết thúc hội thoại'],
  ['?', 'Bảng phím tắt này'],
];

function help(): Html {
  return html`<dialog id="help" aria-labelledby="help-title">
  <h2 id="help-title">Phím tắt</h2>
  <dl class="keys">${KEYS.map(([key, words]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${words}</dd></div>`)}</dl>
  <form method="dialog" class="dialog-acts"><button type="submit">Đóng</button></form>
</dialog>`;
}

/** An empty, failed or forbidden place: what it is, and what to do now. */
export const emptyState = (title: string, words: Part, act: Part = ''): Html =>
  html`<div class="nothing"><p><strong>${title}</strong></p><p>${words}</p>${act}</div>`;
