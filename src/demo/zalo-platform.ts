import { EventEmitter } from 'node:events';
import { type PersonAct, perform } from './zalo/acts.ts';
import { createClock } from './zalo/clock.ts';
import { createDirectory } from './zalo/directory.ts';
import { createPlatformServer, type Outcome, type Reply, type Request } from './zalo/http.ts';
import { accessToken, permission } from './zalo/oauth.ts';
import { type Accepted, openApi } from './zalo/openapi.ts';
import {
  addToTranscript,
  newMessageId,
  newNumericId,
  newSecret,
  type PhoneMessage,
  type PlatformApp,
  type PlatformOa,
} from './zalo/state.ts';
import { createWebhookSender, type DeliverySwitches, type WebhookReport } from './zalo/webhooks.ts';

export type { PersonAct } from './zalo/acts.ts';
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

export interface CallReport {
  method: string;
  path: string;
  /** 0: never answered. */
  status: number;
  ms: number;
  request: unknown;
  response: unknown;
}

export interface PlatformEvents {
  message: [{ oaId: string; userId: string; message: PhoneMessage }];
  webhook: [WebhookReport];
  call: [CallReport];
}

/** What the operator of an OA copies from the consoles into `hoixa channel connect zalo`. */
export interface OaCredentials {
  appId: string;
  appSecret: string;
  oaId: string;
  oaSecret: string;
  accessToken: string;
  refreshToken: string;
  accessExpiresAt: Date;
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

  /** Events reach the app only while the OA grants it. */
  const notify = (oa: PlatformOa, event: Record<string, unknown>): Promise<boolean> =>
    oa.grant ? webhooks.deliver(directory.app(oa.appId), { app_id: oa.appId, ...event }) : Promise.resolve(false);
  const show = (oa: PlatformOa, userId: string, message: PhoneMessage) => {
    addToTranscript(directory.person(oa.oaId, userId), message);
    events.emit('message', { oaId: oa.oaId, userId, message });
  };
  const fromPerson = (oa: PlatformOa, userId: string, name: string, fields: Record<string, unknown>) =>
    notify(oa, {
      sender: { id: userId },
      user_id_by_app: directory.person(oa.oaId, userId).userIdByApp,
      recipient: { id: oa.oaId },
      event_name: name,
      ...fields,
    });
  const fromOa = (oa: PlatformOa, userId: string, name: string, message: Record<string, unknown>, adminId?: string) =>
    notify(oa, {
      sender: { id: oa.oaId, ...(adminId ? { admin_id: adminId } : {}) },
      recipient: { id: userId },
      user_id_by_app: directory.person(oa.oaId, userId).userIdByApp,
      event_name: name,
      message,
    });

  const echo = async ({ oa, person, message, anonymous }: Accepted): Promise<void> => {
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
    const shape = kind === 'request_user_info' ? 'template' : kind;
    const text = message.text ? { text: message.text } : {};
    await fromOa(oa, person.userId, `oa_send_${shape}`, { ...text, msg_id: message.id });
    if (settings.receipts === 'off') return;
    await fromOa(oa, person.userId, 'user_received_message', { msg_id: message.id });
    message.state = 'delivered';
    if (settings.receipts === 'seen') await markSeen(oa, person.userId);
  };

  async function markSeen(oa: PlatformOa, userId: string): Promise<void> {
    const unread = directory
      .person(oa.oaId, userId)
      .transcript.filter((one) => one.from === 'oa' && one.state !== 'seen');
    for (const message of unread) message.state = 'seen';
    if (unread.length > 0) await fromOa(oa, userId, 'user_seen_message', { msg_ids: unread.map((one) => one.id) });
  }

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
    /** Origin of the token endpoint and of both APIs. */
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

    registerApp(app: Partial<PlatformApp> = {}): PlatformApp {
      const registered: PlatformApp = {
        appId: newNumericId(),
        appSecret: newSecret(''),
        webhookSecret: newSecret(''),
        webhookUrl: null,
        isWebhookDisabled: false,
        callbackUrl: 'http://localhost:3000/connect/zalo',
        checksSecretProof: true,
        rate: { minute: 0, calls: 0 },
        ...app,
      };
      directory.apps.set(registered.appId, registered);
      return registered;
    },

    /** An OA that grants the app at once. */
    registerOa(
      appId: string,
      oa: Partial<Pick<PlatformOa, 'oaId' | 'name' | 'packageLeft' | 'walletVnd'>> = {},
    ): OaCredentials {
      const registered: PlatformOa = {
        oaId: newNumericId(),
        name: 'UBND xã chạy thử',
        packageLeft: 0,
        walletVnd: null,
        ...oa,
        appId,
        grant: null,
        restriction: null,
        acceptsButtons: true,
        people: new Map(),
        uploads: new Map(),
      };
      directory.oas.set(registered.oaId, registered);
      return credentials(registered, directory.app(appId), directory.issue(registered));
    },

    /**
     * Saves the webhook address: an unsigned `{}` and a signed sample must both be answered with 200.
     * @returns whether the address was accepted
     */
    async setWebhook(appId: string, webhookUrl: string): Promise<boolean> {
      const app = directory.app(appId);
      const before = app.webhookUrl;
      app.webhookUrl = webhookUrl;
      const isAlive = (await webhooks.post(app, 'probe', Buffer.from('{}'), {})) === 200;
      const timestamp = String(clock.now());
      const sample = {
        app_id: appId,
        sender: { id: '1000000000000000001' },
        recipient: { id: '1000000000000000002' },
        event_name: 'user_send_text',
        message: { msg_id: 'This is message id', text: 'This is testing message' },
        timestamp,
      };
      const body = Buffer.from(JSON.stringify(sample));
      const isAccepted =
        isAlive && (await webhooks.post(app, 'sample', body, webhooks.sign(app, body, timestamp))) === 200;
      app.webhookUrl = isAccepted ? webhookUrl : before;
      if (isAccepted) app.isWebhookDisabled = false;
      return isAccepted;
    },

    /** The "Reset" button of the Webhook page. */
    resetOaSecret(appId: string): string {
      const app = directory.app(appId);
      app.webhookSecret = newSecret('');
      return app.webhookSecret;
    },
    /** The OA's admin removes the app: tokens die and events stop. */
    revokeGrant(oaId: string): void {
      directory.oa(oaId).grant = null;
    },
    /** The OA's admin consents again (or pastes a pair from the API Explorer). */
    grantAgain(oaId: string): OaCredentials {
      const oa = directory.oa(oaId);
      return credentials(oa, directory.app(oa.appId), directory.issue(oa));
    },
    /** Ends the access token as if its 25 hours were over; the refresh token stays. */
    expireAccessToken(oaId: string): void {
      const { grant } = directory.oa(oaId);
      if (grant) grant.accessExpiresAt = clock.now();
    },

    /** Direct view of the platform's own records, for tests and the demo's switches. */
    app: (appId: string) => directory.app(appId),
    oa: (oaId: string) => directory.oa(oaId),
    person: (oaId: string, userId: string) => directory.person(oaId, userId),
    newUserId: newNumericId,

    /**
     * The person writes, presses a button or sends something. Resolves when the webhook was answered or given up.
     * @returns `isDelivered`: the first attempt was answered with 200 in time
     */
    async personSends(oaId: string, userId: string, act: PersonAct) {
      const oa = directory.oa(oaId);
      const person = directory.person(oaId, userId);
      const { message, event, opened } = perform(act, person.transcript, clock.now());
      if (!message || !event) return { messageId: null, isDelivered: false, opened };
      person.lastInteraction = clock.now();
      person.hasWritten = true;
      show(oa, userId, message);
      const isDelivered = await fromPerson(oa, userId, event.name, { message: event.message });
      return { messageId: message.id, isDelivered, opened };
    },

    /** Somebody answers in the OA's own chat tool. */
    async staffWrites(
      oaId: string,
      userId: string,
      text: string,
      { adminId = '7001000000000000009' } = {},
    ): Promise<string> {
      const oa = directory.oa(oaId);
      const message: PhoneMessage = {
        id: newMessageId(),
        from: 'oa',
        author: 'staff',
        text,
        buttons: [],
        attachments: [],
        at: clock.now(),
        state: 'sent',
      };
      show(oa, userId, message);
      await fromOa(oa, userId, 'oa_send_text', { text, msg_id: message.id }, adminId);
      return message.id;
    },

    async follow(oaId: string, userId: string): Promise<void> {
      const person = directory.person(oaId, userId);
      person.isFollower = true;
      person.lastInteraction = clock.now();
      await aboutPerson(oaId, userId, 'follow', { follower: { id: userId }, source: 'oa_profile' });
    },
    async unfollow(oaId: string, userId: string): Promise<void> {
      directory.person(oaId, userId).isFollower = false;
      await aboutPerson(oaId, userId, 'unfollow', { follower: { id: userId }, source: 'oa_profile' });
    },
    /** Presses "Nhắn tin" on the OA's profile. */
    async clickChatNow(oaId: string, userId: string): Promise<void> {
      directory.person(oaId, userId).lastInteraction = clock.now();
      await aboutPerson(oaId, userId, 'user_click_chatnow', { user_id: userId });
    },
    /** Asks the OA to delete the data kept about this person. */
    withdraw: (oaId: string, userId: string) => aboutPerson(oaId, userId, 'user_withdraw', { user_id: userId }),
    /** Answers a request for contact data. */
    async submitInfo(
      oaId: string,
      userId: string,
      info: { name: string; phone: string; address?: string },
    ): Promise<void> {
      const person = directory.person(oaId, userId);
      person.shared = { name: info.name, phone: info.phone };
      person.lastInteraction = clock.now();
      const address = {
        user_city: 'Thành phố Hà Nội',
        user_ward: 'Phường Hoàn Kiếm',
        user_address: info.address ?? '',
      };
      const shared = { name: info.name, phone: info.phone, user_dob: '', gender: '', full_address: address };
      await fromPerson(directory.oa(oaId), userId, 'user_submit_info', { info: shared });
    },
    react: (oaId: string, userId: string, messageId: string, icon = '/-strong') =>
      fromPerson(directory.oa(oaId), userId, 'user_reacted_message', {
        message: { msg_id: messageId, react_icon: icon },
      }),
    /** The person opens the chat: everything is read. */
    reads: (oaId: string, userId: string) => markSeen(directory.oa(oaId), userId),
    /** A visitor of the commune's website who is not signed in to Zalo. */
    anonymousSends: (oaId: string, visitor: { anonymousId: string; conversationId: string }, text: string) =>
      notify(directory.oa(oaId), {
        sender: { id: visitor.anonymousId },
        recipient: { id: oaId },
        event_name: 'anonymous_send_text',
        message: { conversation_id: visitor.conversationId, msg_id: newMessageId(), text },
      }),
    /** What visitors of the website were answered. */
    anonymousTranscript: (conversationId: string) =>
      received.filter((one) => one.conversationId === conversationId).map((one) => one.message),
    /** Any event, signed as usual. */
    deliver: (oaId: string, event: Record<string, unknown>) => notify(directory.oa(oaId), event),

    /** What the phone shows, oldest first. */
    transcript: (oaId: string, userId: string): PhoneMessage[] => [...directory.person(oaId, userId).transcript],
    failNext({ kind, path = '/', times = 1 }: Fault): void {
      faults.push({ kind, path, times });
    },
    clearFaults(): void {
      faults.length = 0;
    },
  };

  async function aboutPerson(
    oaId: string,
    userId: string,
    name: string,
    fields: Record<string, unknown>,
  ): Promise<void> {
    const { userIdByApp } = directory.person(oaId, userId);
    await notify(directory.oa(oaId), { oa_id: oaId, ...fields, user_id_by_app: userIdByApp, event_name: name });
  }
}

export type ZaloPlatform = ReturnType<typeof createZaloPlatform>;

const htmlPage = (status: number): Reply => ({ status, body: '<html><body><h1>Bad Gateway</h1></body></html>' });

function credentials(oa: PlatformOa, app: PlatformApp, grant: NonNullable<PlatformOa['grant']>): OaCredentials {
  return {
    appId: app.appId,
    appSecret: app.appSecret,
    oaId: oa.oaId,
    oaSecret: app.webhookSecret,
    accessToken: grant.accessToken,
    refreshToken: grant.refreshToken,
    accessExpiresAt: new Date(grant.accessExpiresAt),
  };
}

/** A request for the demo page: JSON bodies parsed, forms and uploads by name only (they hold tokens or files). */
function readable({ headers, body }: Request): unknown {
  if (!String(headers['content-type']).startsWith('application/json')) return String(headers['content-type']);
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
