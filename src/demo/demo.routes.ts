import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Device } from './page/bubble.ts';
import { demoPage } from './page/html.ts';
import { webhookFault } from './page/labels.ts';
import type { Live } from './page/live.ts';
import { NoSuchButton, type Phone, SAMPLES } from './page/phones.ts';
import type { Road } from './page/road.ts';
import type { Traffic } from './page/traffic.ts';

export interface DemoRoutesDeps {
  /** As citizens read it. */
  office: string;
  /** Where the stand-in of the bank lets people transfer. */
  bankApp: string;
  phones: Record<Device, Phone>;
  traffic: Pick<Traffic, 'webhookOf' | 'lastAct'>;
  live: Pick<Live, 'subscribe'>;
  road: (device: Device, person: string) => Promise<Road>;
  /** Signs this browser in as one of the two demo officers. */
  enterConsole: (request: Request, response: Response, which: 0 | 1) => Promise<void>;
}

const BODY_LIMIT = '16kb';
const ASSETS_DIR = join(dirname(fileURLToPath(import.meta.url)), 'assets');

const device = z.enum(['zalo', 'messenger']);
/** Both platforms name people by digits; the page makes the numbers up. */
const person = z.string().regex(/^[1-9]\d{11,19}$/);
const someone = z.object({ device, person });
const words = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => text.trim() !== '');
const sendBody = z.union([
  someone.extend({ text: words(2_000) }).strict(),
  someone
    .extend({ button: z.object({ messageId: z.string().min(1).max(200), index: z.number().int().min(0).max(20) }) })
    .strict(),
  someone.extend({ attachment: z.enum(SAMPLES) }).strict(),
]);
const staffBody = someone.extend({ text: words(1_000) }).strict();

/** The page with the two phones, and what it asks for. Only the demo mounts it: it speaks for citizens and staff. */
export function demoRoutes({ office, bankApp, phones, traffic, live, road, enterConsole }: DemoRoutesDeps): Router {
  const router = Router();
  router.get('/', (_request, response) => void response.redirect('/demo'));
  router.get('/demo', (_request, response) => {
    response
      .set('cache-control', 'no-cache')
      .type('html')
      .send(demoPage({ office, bankApp, now: new Date() }));
  });
  // Whoever sits at this machine may answer for the made-up commune; nobody else is let in without a link.
  router.get('/demo/console', async (request, response) => {
    if (!isLoopback(request)) return void response.redirect(303, '/console');
    await enterConsole(request, response, request.query.officer === '2' ? 1 : 0);
    response.redirect(303, '/console');
  });
  router.use('/demo/assets', express.static(ASSETS_DIR, { index: false, cacheControl: false, dotfiles: 'ignore' }));

  const api = Router();
  // Only JSON is read: a form on another site cannot speak here.
  api.use(express.json({ limit: BODY_LIMIT, type: 'application/json' }));
  api.post('/send', async (request, response) => {
    const { device, person, ...act } = sendBody.parse(request.body);
    const messageId = await phones[device].send(person, act);
    const webhook = messageId === null ? undefined : traffic.webhookOf(device, messageId);
    const isDelivered = messageId === null || webhook?.status === 200;
    response.json({ messageId, isDelivered, ...(isDelivered ? {} : { reason: webhookFault(webhook?.status ?? 0) }) });
  });
  api.post('/start', async (request, response) => {
    const { device, person } = someone.strict().parse(request.body);
    await phones[device].start(person);
    const status = traffic.lastAct(device, person)?.status ?? 0;
    response.json({ isDelivered: status === 200, ...(status === 200 ? {} : { reason: webhookFault(status) }) });
  });
  api.post('/staff', async (request, response) => {
    const { device, person, text } = staffBody.parse(request.body);
    response.json({ messageId: await phones[device].staff(person, text) });
  });
  api.get('/state', async (request, response) => {
    const { device, person } = someone.parse(request.query);
    response.set('cache-control', 'no-store').json({ bubbles: phones[device].transcript(person) });
  });
  api.get('/road', async (request, response) => {
    const { device, person } = someone.parse(request.query);
    response.set('cache-control', 'no-store').json(await road(device, person));
  });
  api.get('/events', (request, response) => {
    live.subscribe(response, z.object({ zalo: person, messenger: person }).parse(request.query));
  });
  api.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    if (error instanceof NoSuchButton) {
      return void response.status(409).json({ error: 'Nút này không còn trên điện thoại nữa.' });
    }
    const status = (error as { status?: unknown }).status;
    if (error instanceof z.ZodError || status === 400) {
      return void response.status(400).json({ error: 'Trang chạy thử gửi lên điều máy chủ không hiểu.' });
    }
    if (status === 413) return void response.status(413).json({ error: 'Tin quá dài.' });
    next(error);
  });
  router.use('/demo/api', api);
  return router;
}

/** From this machine, and meant for it: a name that somebody lets point here is another page's. */
const isLoopback = ({ socket, hostname }: Request) =>
  /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(socket.remoteAddress ?? '') &&
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
