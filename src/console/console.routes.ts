import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { communeBySlug } from '../communes/communes.ts';
import { mayAs } from '../communes/officers.ts';
import type { Session } from '../communes/sessions.ts';
import { isSameToken } from '../communes/tokens.ts';
import { errorText } from '../errors.ts';
import { html } from '../pages/html.ts';
import { recordAct } from '../privacy/audit.ts';
import { assetsRoutes } from './assets.routes.ts';
import { communesOfProvince } from './communes-of-province.ts';
import { readCookie, SESSION_COOKIE } from './cookies.ts';
import type { ConsoleDeps } from './deps.ts';
import { createFrame } from './frame.ts';
import { CONSOLE_CSP, emptyState } from './layout.ts';
import { routeTable } from './route-table.ts';
import { sharedLists } from './shared-lists.ts';
import { isOurForm, messagePage, signInRoutes } from './sign-in.routes.ts';
import { type ConsoleRoute, notHere, Stop, type Visit } from './visit.ts';

/** The staff's web face: everything below /console. */
export function consoleRoutes(ground: ConsoleDeps): Router {
  const deps = { ...ground, view: sharedLists(ground.view) };
  const { database, readSession, log, now } = deps;
  const frame = createFrame(deps);
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '64kb' });

  router.use((_request, response, next) => {
    response.set({
      'content-security-policy': CONSOLE_CSP,
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
    });
    next();
  });
  router.use('/assets', assetsRoutes(join(dirname(fileURLToPath(import.meta.url)), 'assets')));
  router.use(signInRoutes(deps));

  const sessionOf = async (request: Request, isActive = true): Promise<Session | undefined> => {
    const token = readCookie(request, SESSION_COOKIE);
    return token ? readSession(token, now(), { isActive }) : undefined;
  };

  router.get('/', async (request, response) => {
    const session = await sessionOf(request);
    const home = session?.memberships[0]?.commune.slug;
    response.redirect(303, home ? `/console/c/${home}/inbox` : '/console/sign-in');
  });

  /** Which commune a path names, for whom it is open; undefined for every other, whether it exists or not. */
  const membershipAt = async (session: Session, slug: string) => {
    const own = session.memberships.find(({ commune }) => commune.slug === slug);
    if (own) return { ...own, isGuest: false };
    const wide = session.memberships.find(({ officer }) => officer.role === 'province');
    const other = wide && (await communesOfProvince(database, wide.commune)).find((commune) => commune.slug === slug);
    return wide && other && { officer: wide.officer, commune: await communeBySlug(database.orm, slug), isGuest: true };
  };

  const handler = (route: ConsoleRoute) => async (request: Request, response: Response) => {
    const isPart = request.headers['hx-request'] === 'true';
    const session = await sessionOf(request, request.headers['x-watching'] !== 'true');
    if (!session) {
      if (isPart) return void response.set('hx-redirect', '/console/sign-in').status(401).end();
      const next = route.method === 'get' ? `?next=${encodeURIComponent(request.originalUrl)}` : '';
      return void response.redirect(303, `/console/sign-in${next}`);
    }
    const found = await membershipAt(session, String(request.params.commune));
    if (!found) throw notHere();
    const { officer, commune, isGuest } = found;
    if (!mayAs(officer.role, route.role)) {
      throw new Stop(403, 'Việc này dành cho người phụ trách hoặc quản trị của xã.');
    }
    if (route.method === 'post') {
      const csrf = request.headers['x-csrf-token'] ?? (request.body as { csrf?: unknown } | undefined)?.csrf;
      if (!isSameToken(csrf, session.csrf)) throw new Stop(403, 'Trang đã cũ. Tải lại trang rồi thử lại.');
      if (isGuest) throw new Stop(403, 'Cấp tỉnh xem được xã này nhưng không làm thay.');
    }
    const visit: Visit = {
      request,
      response,
      now: now(),
      session,
      commune,
      me: officer,
      staff: { communeId: commune.id, officerId: officer.id },
      isGuest,
      base: `/console/c/${commune.slug}`,
      isPart,
      audit: (act, object, detail) =>
        recordAct(database, {
          communeId: commune.id,
          officer,
          act,
          ...(object ? { object } : {}),
          ...(detail ? { detail } : {}),
          at: now(),
        }),
    };
    response.locals.visit = visit;
    const page = await route.handle(visit);
    // no mark of the content, which `send` would compute: nothing of this is stored
    if (page) response.type('html').end(page.toString());
  };

  const pages = Router({ mergeParams: true });
  for (const route of routeTable(deps, frame)) {
    const before = route.method === 'get' ? [] : route.isUpload ? [isOurForm] : [isOurForm, form];
    pages[route.method](route.path, ...before, handler(route));
  }
  router.use('/c/:commune', pages);
  router.use(() => {
    throw notHere();
  });

  router.use(async (error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    if (status === 500) log.error('console.failed', { error: errorText(error) });
    const words =
      error instanceof Stop
        ? error.message
        : status === 413
          ? 'Gửi lên nhiều quá.'
          : 'Máy chủ gặp lỗi. Việc đang viết được giữ lại; tải lại trang rồi thử lại.';
    response.status(status);
    if (request.headers['hx-request'] === 'true' || request.headers.accept === 'application/json') {
      return void response.type('text/plain').send(words);
    }
    const visit = response.locals.visit as Visit | undefined;
    if (visit && status !== 500) {
      const body = html`<section class="page">${emptyState('Chưa làm được', words, html`<p><a class="button" href="${visit.base}/inbox">Về hội thoại</a></p>`)}</section>`;
      return void response
        .type('html')
        .send((await frame(visit, { title: 'Chưa làm được', section: 'inbox', body })).toString());
    }
    response.type('html').send(messagePage(TITLES[status] ?? 'Máy chủ gặp lỗi', words).toString());
  });
  return router;
}

const TITLES: Record<number, string> = { 403: 'Không có quyền', 404: 'Không có trang này', 413: 'Dài quá' };

function statusOf(error: unknown): number {
  const status = (error as { status?: unknown }).status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
