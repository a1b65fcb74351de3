import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCall, type GraphHost } from './graph/endpoints.ts';
import { type Answer, FaultQueue, jsonAnswer, type SendFault, underFault, usageHeaders } from './graph/faults.ts';
import { createPeople, type PeopleHost, threadOf } from './graph/people.ts';
import type { RefusalChoices } from './graph/send-rules.ts';
import { createSending } from './graph/sending.ts';
import {
  type App,
  newThread,
  type Page,
  type PhoneMessage,
  phoneView,
  type StoredMessage,
  type Thread,
  type UtilityTemplate,
  webhookFields,
  windowMs,
} from './graph/state.ts';
import { verifiesWebhook, type WebhookEvent, WebhookSender, type WebhookSettings } from './graph/webhooks.ts';
import { GraphRefusal, type Json, readParameters } from './graph/wire.ts';

export type { SendFault } from './graph/faults.ts';
export type { CommentInput, PersonInput, StaffOptions } from './graph/people.ts';
export type { PhoneButton, PhoneMessage } from './graph/state.ts';
export type { WebhookEvent } from './graph/webhooks.ts';
export type { SigningMode } from './graph/wire.ts';

export interface GraphPlatformOptions extends Partial<WebhookSettings> {
  now?: () => Date;
  /** `before`: the echo is delivered before the sender has its answer, as it can happen. */
  echoes?: 'after' | 'before' | 'off';
  /** Delivery and read receipts; `readAfterMs`: how long the person takes to look. */
  receipts?: boolean;
  readAfterMs?: number;
  requiresProof?: boolean;
  /** Messages kept per conversation. */
  historyLength?: number;
}

export interface GraphCallEvent {
  method: string;
  path: string;
  status: number;
  ms: number;
  request: Json;
  /** null: no answer was given. */
  response: unknown;
}

/** What the emitter `events` tells. */
export interface GraphPlatformEvents {
  message: [{ pageId: string; psid: string; message: PhoneMessage }];
  typing: [{ pageId: string; psid: string; isOn: boolean }];
  webhook: [WebhookEvent];
  call: [GraphCallEvent];
}

export interface AppInput {
  id: string;
  secret: string;
  verifyToken: string;
  webhookUrl?: string;
  hasHumanAgent?: boolean;
}

export interface PageInput {
  id: string;
  name: string;
  token: string;
  appId: string;
  /** Fields the page gives the app; default all. */
  fields?: string[];
  /** With one, conversation routing is on. */
  defaultAppId?: string;
}

export type GraphPlatform = ReturnType<typeof createGraphPlatform>;

const livingVersions = new Set(['v21.0', 'v22.0', 'v23.0', 'v24.0', 'v25.0', 'v26.0']);

/**
 * A local stand-in for the Graph API and Messenger's webhooks, as faithful as we know them: it refuses what the platform
 * refuses, signs what it sends, and can fail in the ways the platform fails. For the demo, tests and benchmarks.
 */
export function createGraphPlatform(options: GraphPlatformOptions = {}) {
  const { echoes = 'after', receipts = true, readAfterMs = 0, historyLength = 500 } = options;
  const now = () => (options.now ? options.now().getTime() : Date.now());
  const events = new EventEmitter<GraphPlatformEvents>();
  const apps = new Map<string, App>();
  const pages = new Map<string, Page>();
  const tokenPages = new Map<string, Page>();
  const faults = new FaultQueue();
  const choices: RefusalChoices = { notOwner: 'code', humanAgent: { code: 10 }, isMediaBroken: () => false };
  const settings: WebhookSettings = {
    signing: options.signing ?? 'escaped',
    batchMs: options.batchMs ?? 0,
    ackMs: options.ackMs ?? 5_000,
    retryDelaysMs: options.retryDelaysMs ?? [0, 1_000, 5_000, 15_000, 60_000],
  };
  const webhooks = new WebhookSender(settings, events, now);
  const pageOf = (pageId: string) => {
    const page = pages.get(pageId);
    if (!page) throw new Error(`no page ${pageId} at the stand-in`);
    return page;
  };
  const changed = (page: Page, thread: Thread, message: StoredMessage) => {
    if (events.listenerCount('message') === 0) return;
    events.emit('message', { pageId: page.id, psid: thread.psid, message: phoneView(thread, message) });
  };
  const peopleHost: PeopleHost = {
    apps,
    webhooks,
    now,
    pageOf,
    changed,
    show(page, thread, message) {
      thread.messages.push(message);
      if (thread.messages.length > historyLength) thread.messages.splice(0, thread.messages.length - historyLength);
      changed(page, thread, message);
    },
    typing: (page, thread, isOn) => void events.emit('typing', { pageId: page.id, psid: thread.psid, isOn }),
  };
  const people = createPeople(peopleHost);
  const sending = createSending(peopleHost, choices, { echoes, receipts, readAfterMs });

  const host: GraphHost = {
    apps,
    now,
    requiresProof: options.requiresProof ?? false,
    ignoresUserId: false,
    pageOfToken: (token) => tokenPages.get(token),
    verifyAddress: verifiesWebhook,
    send: sending.send,
    controlChanged(page, thread, toldAppId, key, change) {
      const app = toldAppId === null ? undefined : apps.get(toldAppId);
      const event = { sender: { id: thread.psid }, recipient: { id: page.id }, timestamp: now(), [key]: change };
      if (app) void webhooks.push(app, page, 'messaging_handovers', 'messaging', event, thread.psid);
    },
  };

  /** Versions asked for that are dead or unknown; served like the oldest living one. */
  const oldVersions = new Set<string>();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const [version = '', ...path] = url.pathname.split('/').filter(Boolean);
    const method = request.method ?? 'GET';
    let parameters: Json = {};
    let pageId = '';
    const run = async (): Promise<Answer> => {
      try {
        const header = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
        const token = header ?? (typeof parameters.access_token === 'string' ? parameters.access_token : '');
        const body = await answerCall(host, method, path, parameters, token);
        const usage = pages.get(pageId)?.usage;
        return jsonAnswer(200, body, usage ? usageHeaders(pageId, usage.percent, usage.regainMinutes) : {});
      } catch (error) {
        if (error instanceof GraphRefusal) return jsonAnswer(error.status, error.toJson());
        return jsonAnswer(500, new GraphRefusal(1, 99, 'An unknown error occurred').toJson());
      }
    };
    let answer: Answer | null;
    try {
      parameters = await readParameters(request, url.searchParams);
      if (!livingVersions.has(version)) oldVersions.add(version);
      const token = request.headers.authorization?.slice(7) ?? String(parameters.access_token ?? '');
      pageId = tokenPages.get(token)?.id ?? '';
      const isMessage = method === 'POST' && path[1] === 'messages' && parameters.message !== undefined;
      answer = await underFault(isMessage ? faults.next() : undefined, response, pageId, run);
    } catch (error) {
      answer = error instanceof GraphRefusal ? jsonAnswer(error.status, error.toJson()) : jsonAnswer(500, {});
    }
    if (answer) {
      response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
      response.end(answer.body);
    }
    if (events.listenerCount('call') === 0) return;
    const { access_token: _, appsecret_proof: __, ...shown } = parameters;
    const isJsonAnswer = answer?.headers['content-type']?.startsWith('application/json');
    events.emit('call', {
      method,
      path: url.pathname,
      status: answer?.status ?? 0,
      ms: performance.now() - started,
      request: shown,
      response: answer && isJsonAnswer ? JSON.parse(answer.body) : (answer?.body ?? null),
    });
  }

  let origin = '';
  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()));
  server.keepAliveTimeout = 60_000;

  return {
    ...people,
    events,
    webhooks,
    choices,
    oldVersions,
    /** Resolves when everything that is under way has been told, retries and receipts included. */
    async settled(): Promise<void> {
      await sending.settled();
      await webhooks.settled();
    },

    /** Origin to give as Graph API address; empty before `start`. */
    get url() {
      return origin;
    },

    /** Listens on loopback and returns `url`. */
    async start({ port = 0 }: { port?: number } = {}): Promise<string> {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
      });
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      return origin;
    },

    async stop(): Promise<void> {
      webhooks.stop();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },

    registerApp({ id, secret, verifyToken, webhookUrl, hasHumanAgent = true }: AppInput): void {
      const fields = new Set<string>(webhookFields);
      apps.set(id, { id, secret, verifyToken, webhookUrl: webhookUrl ?? null, fields, hasHumanAgent });
    },

    /** Saves the webhook address as the dashboard does. @throws {Error} when the GET is not answered rightly */
    async connectWebhook(appId: string, webhookUrl: string): Promise<void> {
      const app = apps.get(appId);
      if (!app) throw new Error(`no app ${appId} at the stand-in`);
      if (!(await verifiesWebhook(webhookUrl, app.verifyToken))) throw new Error('the webhook was not verified');
      app.webhookUrl = webhookUrl;
    },

    registerPage({ id, name, token, appId, fields, defaultAppId }: PageInput): void {
      if (!apps.has(appId)) throw new Error(`no app ${appId} at the stand-in`);
      const page: Page = {
        id,
        name,
        tokens: new Map([[token, { appId, death: null }]]),
        subscriptions: new Map([[appId, new Set(fields ?? webhookFields)]]),
        defaultAppId: defaultAppId ?? null,
        isRestricted: false,
        threads: new Map(),
        profile: {},
        profileCalls: [],
        attachments: new Map(),
        comments: new Map(),
        usage: null,
        templates: new Map(),
        maySendUtility: true,
      };
      pages.set(id, page);
      tokenPages.set(token, page);
    },

    /** Makes the person known to the page; they wrote at `lastUserAt` (default: never). */
    registerPerson(
      pageId: string,
      { psid, name, lastUserAt }: { psid: string; name?: string; lastUserAt?: Date },
    ): void {
      const thread = newThread(psid, name);
      thread.lastUserAt = lastUserAt?.getTime() ?? null;
      pageOf(pageId).threads.set(psid, thread);
    },

    addToken(pageId: string, token: string, appId: string): void {
      const page = pageOf(pageId);
      page.tokens.set(token, { appId, death: null });
      tokenPages.set(token, page);
    },

    /** @param subcode of error 190; null makes the token live again */
    revokeToken(token: string, subcode: number | null = 460): void {
      const known = tokenPages.get(token)?.tokens.get(token);
      if (known) known.death = subcode;
    },

    block(pageId: string, psid: string, as: Thread['blockedAs'] = '551'): void {
      threadOf(pageOf(pageId), psid).blockedAs = as;
    },

    restrict(pageId: string, isRestricted = true): void {
      pageOf(pageId).isRestricted = isRestricted;
    },

    /** The person's last act, to open or close the window without a clock. */
    setLastUserAt(pageId: string, psid: string, at: Date | null): void {
      threadOf(pageOf(pageId), psid).lastUserAt = at?.getTime() ?? null;
    },

    /** Conversation routing: with a default app one app owns a conversation; null turns it off. */
    setDefaultApp(pageId: string, appId: string | null): void {
      pageOf(pageId).defaultAppId = appId;
    },

    setOwner(pageId: string, psid: string, appId: string | null): void {
      threadOf(pageOf(pageId), psid).owner = appId === null ? null : { appId, until: now() + windowMs };
    },

    setUsage(pageId: string, usage: Page['usage']): void {
      pageOf(pageId).usage = usage;
    },

    /** A utility template of the page. */
    addTemplate(pageId: string, template: Pick<UtilityTemplate, 'name' | 'text'> & Partial<UtilityTemplate>): void {
      pageOf(pageId).templates.set(template.name, { language: 'vi', status: 'APPROVED', ...template });
    },

    setMaySendUtility(pageId: string, may: boolean): void {
      pageOf(pageId).maySendUtility = may;
    },

    setIgnoresUserId(ignores: boolean): void {
      host.ignoresUserId = ignores;
    },

    /** The next `times` sends of any page fail in this way. */
    failNext(fault: SendFault, times = 1): void {
      faults.add(fault, times);
    },

    /** As after an hour without a 200. */
    unsubscribe(pageId: string, appId: string): void {
      pageOf(pageId).subscriptions.delete(appId);
    },

    subscribedFields: (pageId: string, appId: string) => [...(pageOf(pageId).subscriptions.get(appId) ?? [])],

    /** What the person sees, oldest first. */
    transcript: (pageId: string, psid: string): PhoneMessage[] => {
      const thread = pageOf(pageId).threads.get(psid);
      return thread ? thread.messages.map((message) => phoneView(thread, message)) : [];
    },
  };
}
