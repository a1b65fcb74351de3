import { EventEmitter } from 'node:events';
import { createClock } from './zalo/clock.ts';
import { createConsole } from './zalo/console.ts';
import { createDirectory } from './zalo/directory.ts';
import { createPlatformServer, type Outcome, type Reply, type Request } from './zalo/http.ts';
import { accessToken, permission } from './zalo/oauth.ts';
import { type Accepted, openApi } from './zalo/openapi.ts';
import { createPeople } from './zalo/people.ts';
import type { PlatformEvents } from './zalo/reports.ts';
import { newNumericId, type PhoneMessage } from './zalo/state.ts';
import { businessApi } from './zalo/templates.ts';
import { createWebhookSender, type DeliverySwitches } from './zalo/webhooks.ts';

export type { PersonAct } from './zalo/acts.ts';
export type { OaCredentials } from './zalo/console.ts';
export type { CallReport, PlatformEvents } from './zalo/reports.ts';
export type { PhoneAttachment, PhoneButton, PhoneMessage } from './zalo/state.ts';
export type { DeliverySwitches, WebhookReport } from './zalo/webhooks.ts';

export interface ZaloPlatformOptions {
  /** The platform's wall clock. */
  now?: () => number;
  /** Calls per app and minute before −32. */
  requestsPerMinute?: number;
  /** `before`: the echo of a sent message is delivered before the send is answered. */
  echoes?: 'after' | 'before' | 'mixed' | 'off';
  /** Phones report that messages arrived, and that they were read. */
  receipts?: 'off' | 'delivered' | 'seen';
}

/** What one or more of the next calls meet. A number is an error code of the platform. */
export interface Fault {
  kind: number | 'html' | 'http_500' | 'hang' | 'cut' | 'accept_then_hang' | 'accept_then_cut' | 'accept_then_html';
  /** Only calls whose path begins so. */
  path?: string;
  times?: number;
}

/**
 * A local stand-in of Zalo: token endpoint, OA API and signed webhooks on one loopback port, and methods for what people,
 * staff and the platform itself do. It refuses what the platform refuses. Nothing leaves the machine but the webhooks.
 */
export function createZaloPlatform({
  now = Date.now,
  requestsPerMinute = 4_000,
  echoes = 'after',
  receipts = 'off',
}: ZaloPlatformOptions = {}) {
  const clock = createClock(now);
  const directory = createDirectory(clock);
  const events = new EventEmitter<PlatformEvents>();
  const webhooks = createWebhookSender(clock, (report) => events.emit('webhook', report));
  const settings = { requestsPerMinute, echoes, receipts };
  const faults: Required<Fault>[] = [];
  const received: { conversationId: string; message: PhoneMessage }[] = [];
  let echoCount = 0;
  let url = '';
  const consoles = createConsole({ directory, clock, webhooks });
  const people = createPeople({ directory, clock, webhooks, events });
  const { fromOa, notify, show } = people;

  const echo = async ({ oa, person, message, anonymous, isTemplate, delivery }: Accepted): Promise<void> => {
    if (delivery) {
      // By telephone the OA's chat is not touched: only the delivery is told.
      await notify(oa, {
        sender: { id: oa.oaId },
        recipient: { id: delivery.phone },
        event_name: 'user_received_message',
        message: { delivery_time: String(message.at), msg_id: message.id, tracking_id: delivery.trackingId },
      });
      return;
    }
    const kind = message.attachments[0]?.kind ?? 'text';
    if (anonymous) {
      await notify(oa, {
        sender: { id: oa.oaId },
        recipient: { id: anonymous.anonymousId },
        event_name: `oa_send_anonymous_${kind}`,
        message: { conversation_id: anonymous.conversationId, msg_id: message.id, text: message.text },
      });
      return;
    }
    if (!person) return;
    const shape = isTemplate || kind === 'request_user_info' ? 'template' : kind;
    const text = message.text ? { text: message.text } : {};
    await fromOa(oa, person.userId, `oa_send_${shape}`, { ...text, msg_id: message.id });
    if (settings.receipts === 'off') return;
    await fromOa(oa, person.userId, 'user_received_message', { msg_id: message.id });
    message.state = 'delivered';
    if (settings.receipts === 'seen') await people.acts.reads(oa.oaId, person.userId);
  };

  async function answer(request: Request): Promise<Outcome> {
    const startedAt = performance.now();
    const fault = takeFault(request.path);
    const outcome = await answerWith(fault, request);
    if (events.listenerCount('call') > 0) {
      const reply = typeof outcome === 'string' ? undefined : outcome;
      events.emit('call', {
        method: request.method,
        path: request.path,
        status: reply?.status ?? 0,
        ms: performance.now() - startedAt,
        request: request.method === 'GET' ? request.query.get('data') : readable(request),
        response: reply?.body ?? null,
      });
    }
    return outcome;
  }

  async function answerWith(fault: Fault['kind'] | undefined, request: Request): Promise<Outcome> {
    if (typeof fault === 'number') return { status: 200, body: { error: fault, message: 'Forced by the control API' } };
    if (fault === 'html') return htmlPage(200);
    if (fault === 'http_500') return htmlPage(502);
    if (fault === 'hang' || fault === 'cut') return fault;
    let accepted: Accepted | undefined;
    const reply = route(request, (message) => {
      accepted = message;
    });
    if (accepted) await take(accepted);
    if (fault === 'accept_then_hang') return 'hang';
    if (fault === 'accept_then_cut') return 'cut';
    return fault === 'accept_then_html' ? htmlPage(200) : reply;
  }

  function route(request: Request, accept: (accepted: Accepted) => void): Reply {
    if (request.path === '/v4/oa/permission') return permission(directory, clock, request);
    if (request.path === '/v4/oa/access_token') return accessToken(directory, clock, request);
    if (request.path === '/message/template') return businessApi({ directory, clock, accept }, request);
    return openApi({ directory, clock, requestsPerMinute: settings.requestsPerMinute, accept }, request);
  }

  async function take(accepted: Accepted): Promise<void> {
    const { oa, person, message, anonymous } = accepted;
    if (person) show(oa, person.userId, message);
    else if (anonymous) received.push({ conversationId: anonymous.conversationId, message });
    if (settings.echoes === 'off') return;
    const isBefore = settings.echoes === 'before' || (settings.echoes === 'mixed' && echoCount++ % 2 === 0);
    if (isBefore) await echo(accepted);
    else setImmediate(() => void echo(accepted));
  }

  function takeFault(path: string): Fault['kind'] | undefined {
    const index = faults.findIndex((fault) => path.startsWith(fault.path));
    const fault = faults[index];
    if (!fault) return undefined;
    fault.times -= 1;
    if (fault.times <= 0) faults.splice(index, 1);
    return fault.kind;
  }

  const server = createPlatformServer(answer);

  return {
    events,
    clock,
    /** May be changed at any time. */
    settings,
    delivery: webhooks.switches as DeliverySwitches,
    /** Origin of the token endpoint and of the APIs. */
    get url() {
      return url;
    },
    async start({ port = 0 }: { port?: number } = {}): Promise<string> {
      url = await server.listen(port);
      return url;
    },
    async stop(): Promise<void> {
      clock.stop();
      await server.close();
      webhooks.stop();
    },
    /** Resolves when no webhook is on its way. */
    settled: () => webhooks.settled(),
    now: () => clock.now(),
    advance: (ms: number) => clock.advance(ms),

    ...consoles,
    ...people.acts,

    /** Direct view of the platform's own records, for tests and the demo's switches. */
    app: (appId: string) => directory.app(appId),
    oa: (oaId: string) => directory.oa(oaId),
    person: (oaId: string, userId: string) => directory.person(oaId, userId),
    newUserId: newNumericId,

    /** What visitors of the website were answered. */
    anonymousTranscript: (conversationId: string) =>
      received.filter((one) => one.conversationId === conversationId).map((one) => one.message),
    /** What the phone shows, oldest first. */
    transcript: (oaId: string, userId: string): PhoneMessage[] => [...directory.person(oaId, userId).transcript],
    failNext({ kind, path = '/', times = 1 }: Fault): void {
      faults.push({ kind, path, times });
    },
    clearFaults(): void {
      faults.length = 0;
    },
  };
}

export type ZaloPlatform = ReturnType<typeof createZaloPlatform>;

const htmlPage = (status: number): Reply => ({ status, body: '<html><body><h1>Bad Gateway</h1></body></html>' });

/** A request for the demo page: JSON bodies parsed, forms and uploads by name only (they hold tokens or files). */
function readable({ headers, body }: Request): unknown {
  if (!String(headers['content-type']).startsWith('application/json')) return String(headers['content-type']);
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
