import express, { type Request, type Response, Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Officer } from '../communes/officers.ts';
import { PASSWORD_MIN } from '../communes/passwords.ts';
import { endSession, type SessionReader, type SignInMethod, startSession } from '../communes/sessions.ts';
import type { SetupFault, SignIn } from '../communes/sign-in.ts';
import { isSameToken } from '../communes/tokens.ts';
import type { Database } from '../db/client.ts';
import { AppError, errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Html, html } from '../pages/html.ts';
import { recordAct } from '../privacy/audit.ts';
import { clearCookie, readCookie, SESSION_COOKIE, setCookie } from './cookies.ts';
import { barePage } from './layout.ts';
import type { Oidc } from './oidc.ts';
import { clock } from './say.ts';

const OIDC_COOKIE = 'hoixa_oidc';

export interface SignInDeps {
  database: Database;
  signIn: SignIn;
  readSession: SessionReader;
  oidc: Oidc | null;
  /** The console is reached over https whatever this process sees. */
  isHttps: boolean;
  log: Log;
  now: () => Date;
  /** Tries from one address in a minute. */
  triesPerMinute?: number;
}

/** Signs somebody in on this browser. */
export async function openSession(
  { database, isHttps, now }: Pick<SignInDeps, 'database' | 'isHttps' | 'now'>,
  request: Request,
  response: Response,
  officers: Officer[],
  method: SignInMethod,
): Promise<void> {
  const token = await startSession(database, officers, method, now());
  for (const officer of officers) {
    await recordAct(database, { communeId: officer.communeId, officer, act: 'sign_in', detail: { method }, at: now() });
  }
  setCookie(response, SESSION_COOKIE, token, isHttps || request.secure);
}

/** Ways in and out. Nobody is signed in here, so a form is ours when the browser says where it comes from. */
export function signInRoutes(deps: SignInDeps): Router {
  const { database, signIn, readSession, oidc, log, now, triesPerMinute = 20 } = deps;
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '16kb' });
  const limited = rateLimit({
    windowMs: 60_000,
    limit: triesPerMinute,
    standardHeaders: true,
    legacyHeaders: false,
    // The address as trusted proxies give it; a network of IPv6 counts as one (the library's own rule).
    handler: (_request, response) =>
      void send(response, 429, messagePage('Thử lại sau một phút', 'Có quá nhiều lần thử từ nơi này.')),
  });
  const text = (request: Request, name: string) => {
    const value = (request.body as Record<string, unknown> | undefined)?.[name];
    return typeof value === 'string' ? value.normalize('NFC').slice(0, 1_000) : '';
  };

  router.get('/sign-in', (request, response) => {
    send(response, 200, signInPage({ next: nextOf(request.query.next), hasOidc: oidc !== null }));
  });

  router.post('/sign-in', limited, isOurForm, form, async (request, response) => {
    const next = nextOf(text(request, 'next'));
    const email = text(request, 'email');
    const tried = { email, password: text(request, 'password'), code: text(request, 'code') };
    const result = await signIn.withPassword(tried, request.ip ?? '', now());
    if (result.kind === 'in') {
      await openSession(deps, request, response, result.officers, 'password');
      return void response.redirect(303, next);
    }
    log.info('console.sign_in_refused', { isLocked: result.kind === 'locked' });
    const fault =
      result.kind === 'locked'
        ? `Có quá nhiều lần thử sai. Thử lại sau ${clock(new Date(result.until.getTime() + 60_000))}.`
        : 'Email, mật khẩu hoặc mã chưa đúng. Mã đổi mỗi nửa phút và chỉ dùng được một lần.';
    send(response, result.kind === 'locked' ? 429 : 401, signInPage({ next, email, fault, hasOidc: oidc !== null }));
  });

  router.get('/sign-in/:token', limited, async (request, response) => {
    const begun = await signIn.beginSetup(request.params.token as string, now());
    if (!begun) return send(response, 404, deadLink());
    const { officer, secret, uri, sealedSecret } = begun;
    if (begun.purpose === 'enter') return send(response, 200, enterPage(officer));
    send(response, 200, setupPage({ officer, secret, sealedSecret, qr: await picture(uri) }));
  });

  router.post('/sign-in/:token', limited, isOurForm, form, async (request, response) => {
    const token = request.params.token as string;
    const entering = await signIn.enterByLink(token, now());
    if (entering) {
      await openSession(deps, request, response, [entering], 'link');
      return void response.redirect(303, '/console');
    }
    const setup = {
      name: text(request, 'name'),
      title: text(request, 'title'),
      password: text(request, 'password'),
      code: text(request, 'code'),
      sealedSecret: text(request, 'sealedSecret'),
    };
    const result = await signIn.finishSetup(token, setup, now());
    if ('officer' in result) {
      await openSession(deps, request, response, [result.officer], 'link');
      return send(response, 200, recoveryPage(result.recoveryCodes));
    }
    const begun = await signIn.beginSetup(token, now());
    if (!begun || result.faults.link) return send(response, 404, deadLink());
    // Who has scanned the code already must not scan another: the page keeps its secret.
    const known = signIn.reopen(token, setup.sealedSecret);
    const secret = known ?? begun.secret;
    const { uri } = signIn.shownSecret(begun.officer, secret);
    const shown = {
      officer: { ...begun.officer, name: setup.name, title: setup.title },
      secret,
      qr: await picture(uri),
    };
    const sealedSecret = known === undefined ? begun.sealedSecret : setup.sealedSecret;
    send(response, 422, setupPage({ ...shown, sealedSecret, faults: result.faults }));
  });

  if (oidc) {
    router.get('/oidc/start', limited, async (request, response) => {
      const { url, carried } = await oidc.begin(nextOf(request.query.next), now());
      setCookie(response, OIDC_COOKIE, carried, deps.isHttps || request.secure, 10 * 60_000);
      response.redirect(302, url);
    });
    router.get('/oidc/callback', limited, async (request, response) => {
      const carried = readCookie(request, OIDC_COOKIE);
      clearCookie(response, OIDC_COOKIE);
      const query = request.originalUrl.split('?')[1] ?? '';
      const { email, next } = await oidc.finish(query, carried, now());
      const officers = await signIn.withProvenEmail(email);
      if (officers.length === 0) throw new AppError('oidc_refused', 'no officer has the e-mail address');
      await openSession(deps, request, response, officers, 'oidc');
      response.redirect(303, next);
    });
    router.use('/oidc', (error: unknown, _request: Request, response: Response, next: (error: unknown) => void) => {
      if (!(error instanceof AppError && error.code === 'oidc_refused')) return next(error);
      log.warn('console.oidc_refused', { error: errorText(error), cause: error.cause ? errorText(error.cause) : null });
      const words =
        'Tài khoản của cơ quan chưa mở được trang này. Thử lại, hoặc nhờ quản trị của xã kiểm tra email của bạn.';
      send(response, 403, messagePage('Chưa đăng nhập được', words));
    });
  }

  router.post('/sign-out', isOurForm, form, async (request, response) => {
    const token = readCookie(request, SESSION_COOKIE);
    const session = token ? await readSession(token, now()) : undefined;
    if (token && session) {
      if (!isSameToken((request.body as { csrf?: unknown }).csrf, session.csrf)) {
        return send(response, 403, messagePage('Chưa đăng xuất', 'Trang đã cũ. Tải lại rồi thử lại.'));
      }
      for (const { officer } of session.memberships) {
        await recordAct(database, { communeId: officer.communeId, officer, act: 'sign_out', at: now() });
      }
      await endSession(database, token);
    }
    clearCookie(response, SESSION_COOKIE);
    // Drafts and unsent words leave with the officer.
    response.set('clear-site-data', '"storage"').redirect(303, '/console/sign-in');
  });
  return router;
}

/** Where to go after signing in: a page of the console, nowhere else. */
function nextOf(value: unknown): string {
  return typeof value === 'string' && /^\/console\/c\/[a-z0-9-]+\/[\w/?=&.%-]*$/i.test(value) ? value : '/console';
}

/** A form of another site is not let in: browsers say where a request comes from. */
export function isOurForm(request: Request, response: Response, next: () => void): void {
  const site = request.headers['sec-fetch-site'];
  const { origin, host } = request.headers;
  const isOurs =
    site !== undefined ? site === 'same-origin' || site === 'none' : origin === undefined || sameHost(origin, host);
  if (isOurs) next();
  else send(response, 403, messagePage('Không nhận', 'Yêu cầu này đến từ một trang khác.'));
}

const sameHost = (origin: string, host: string | undefined) => URL.canParse(origin) && new URL(origin).host === host;
async function picture(uri: string): Promise<string> {
  const { default: QRCode } = await import('qrcode');
  const svg = await QRCode.toString(uri, { type: 'svg', margin: 2 });
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
const send = (response: Response, status: number, page: Html) =>
  void response.status(status).set('cache-control', 'no-store').type('html').send(page.toString());

export const messagePage = (title: string, words: string): Html =>
  barePage({ title, body: html`<h1>${title}</h1><p>${words}</p><p><a href="/console">Về trang đầu</a></p>` });

const deadLink = () =>
  messagePage(
    'Liên kết không dùng được nữa',
    'Mỗi liên kết vào được một lần, trong một ngày. Nhờ quản trị của xã gửi liên kết mới.',
  );

function signInPage({
  next,
  email = '',
  fault,
  hasOidc,
}: {
  next: string;
  email?: string;
  fault?: string;
  hasOidc: boolean;
}): Html {
  return barePage({
    title: 'Đăng nhập',
    body: html`<h1>Đăng nhập bảng làm việc</h1>
${fault && html`<p class="fault" role="alert">${fault}</p>`}
<form method="post" action="/console/sign-in" class="stack">
  <input type="hidden" name="next" value="${next}">
  <label>Email<input name="email" type="email" autocomplete="username" required maxlength="200" value="${email}"></label>
  <label>Mật khẩu<input name="password" type="password" autocomplete="current-password" required maxlength="200"></label>
  <label>Mã 6 số<input name="code" autocomplete="one-time-code" required maxlength="20" aria-describedby="code-hint"></label>
  <p class="hint" id="code-hint">Xem trong ứng dụng xác thực trên điện thoại. Mất điện thoại thì dùng một mã dự phòng.</p>
  <button type="submit" class="primary">Đăng nhập</button>
</form>
${hasOidc && html`<p class="or">hoặc</p><p><a class="button" href="/console/oidc/start?next=${encodeURIComponent(next)}">Đăng nhập bằng tài khoản của cơ quan</a></p>`}
<p class="hint">Lần đầu vào bằng liên kết quản trị gửi. Quên mật khẩu thì xin liên kết mới.</p>`,
  });
}

const enterPage = (officer: Officer): Html =>
  barePage({
    title: 'Vào bảng làm việc',
    body: html`<h1>Vào bảng làm việc</h1>
<p>Liên kết này cho vào một lần với tên <strong>${officer.name || officer.email}</strong>.</p>
<form method="post" class="stack"><button type="submit" class="primary">Vào bảng làm việc</button></form>`,
  });

function setupPage({
  officer,
  secret,
  sealedSecret,
  qr,
  faults = {},
}: {
  officer: Officer;
  secret: string;
  sealedSecret: string;
  qr: string;
  faults?: SetupFault;
}): Html {
  const fault = (name: keyof SetupFault) =>
    faults[name] && html`<span class="fault" id="fault-${name}" role="alert">${faults[name]}</span>`;
  const described = (name: keyof SetupFault) =>
    faults[name] && html` aria-invalid="true" aria-describedby="fault-${name}"`;
  return barePage({
    title: 'Lần đầu đăng nhập',
    body: html`<h1>Lần đầu đăng nhập</h1>
<p class="hint">${officer.email}</p>
<form method="post" class="stack">
  <input type="hidden" name="sealedSecret" value="${sealedSecret}">
  <label>Họ tên, như người dân đọc<input name="name" required maxlength="80" autocomplete="name" value="${officer.name}"${described('name')}>${fault('name')}</label>
  <label>Chức danh<input name="title" maxlength="120" autocomplete="organization-title" value="${officer.title}" placeholder="công chức tư pháp – hộ tịch"></label>
  <label>Mật khẩu mới, ít nhất ${PASSWORD_MIN} ký tự<input name="password" type="password" required minlength="${PASSWORD_MIN}" maxlength="200" autocomplete="new-password"${described('password')}>${fault('password')}</label>
  <fieldset>
    <legend>Mã trên điện thoại</legend>
    <p>Mở một ứng dụng xác thực (có sẵn trên kho ứng dụng) và quét hình này.</p>
    <img class="qr" src="${qr}" alt="Hình QR để quét bằng ứng dụng xác thực" width="180" height="180">
    <details><summary>Không quét được?</summary><p>Gõ khóa này vào ứng dụng: <code class="secret">${secret.replace(/(.{4})/g, '$1 ').trim()}</code></p></details>
    <label>Mã 6 số đang hiện trong ứng dụng<input name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="10"${described('code')}>${fault('code')}</label>
  </fieldset>
  <button type="submit" class="primary">Lưu và vào bảng làm việc</button>
</form>`,
  });
}

const recoveryPage = (codes: string[]): Html =>
  barePage({
    title: 'Mã dự phòng',
    body: html`<h1>Giữ các mã dự phòng này</h1>
<p>Mỗi mã thay cho mã trên điện thoại được một lần. Chép lại và cất nơi an toàn: trang này không hiện lại.</p>
<ul class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<p><a class="button primary" href="/console">Đã cất, vào bảng làm việc</a></p>`,
  });
