import { markSeen } from '../communes/sessions.ts';
import { readCookie, SESSION_COOKIE } from './cookies.ts';
import type { ConsoleDeps } from './deps.ts';
import type { Visit } from './visit.ts';

/** Proxies close what is silent for a minute; a session that ended is noticed as late as this. */
const BEAT_MS = 25_000;
/** Told at most so often: several changes within it are told at once. */
const GATHER_MS = 150;

/**
 * Tells a page that something changed, and whether the conversation open on it did; the page then asks for what it
 * shows. The first word of every connection is "look": whatever happened while there was none is not missed.
 */
export function openStream(
  {
    live,
    database,
    readSession,
    now,
    log,
    streams,
  }: Pick<ConsoleDeps, 'live' | 'database' | 'readSession' | 'now' | 'log' | 'streams'>,
  { request, response, commune, me, isGuest }: Visit,
  open: string | null,
): void {
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  streams.add(response);
  response.write('retry: 2000\nevent: look\ndata: {}\n\n');
  let timer: NodeJS.Timeout | undefined;
  let isOpenChanged = false;
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = () => {
    timer = undefined;
    toldAt = performance.now();
    response.write(`event: change\ndata: ${JSON.stringify({ open: isOpenChanged })}\n\n`);
    isOpenChanged = false;
  };
  const watcher = live.watch({ communeId: commune.id, conversationId: open }, ({ conversationIds }) => {
    isOpenChanged ||= open !== null && conversationIds.includes(open);
    if (timer) return;
    const wait = toldAt + GATHER_MS - performance.now();
    if (wait > 0) timer = setTimeout(tell, wait);
    else tell();
  });
  const token = readCookie(request, SESSION_COOKIE) ?? '';
  const beat = setInterval(async () => {
    try {
      const session = await readSession(token, now(), { isActive: false });
      if (!session) return void response.end('event: ended\ndata: {}\n\n');
      if (!isGuest) await markSeen(database, me, now());
      response.write(': beat\n\n');
    } catch {
      log.debug('console.beat_failed'); // the next one looks again
    }
  }, BEAT_MS);
  response.once('close', () => {
    clearInterval(beat);
    clearTimeout(timer);
    watcher.leave();
    streams.delete(response);
  });
}
