import type { EventEmitter } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { App, Page } from './state.ts';
import { type Json, type SigningMode, signedWebhook } from './wire.ts';

export interface WebhookSettings {
  signing: SigningMode;
  /** Collects events of an app for this long into one POST; 0: one POST each. */
  batchMs: number;
  /** No 200 within this time is a failure. */
  ackMs: number;
  /** Waits before the second, third … attempt; the last one repeats. */
  retryDelaysMs: number[];
}

export interface WebhookEvent {
  appId: string;
  pageId: string;
  name: string;
  /** 0: no answer. */
  status: number;
  ms: number;
  attempt: number;
  body: Json;
}

export type Container = 'messaging' | 'standby' | 'changes';

const alertAfterMs = 15 * 60_000;
const unsubscribeAfterMs = 60 * 60_000;

interface Entry {
  page: Page;
  name: string;
  entry: Json;
}

/** Posts webhooks as the platform does: signed, in order per conversation, again after a failure, and no more after an hour. */
export class WebhookSender {
  readonly settings: WebhookSettings;
  /** Page ids whose webhook failed for a quarter of an hour. */
  readonly alerts = new Set<string>();
  readonly #emitter: EventEmitter;
  readonly #now: () => number;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 64 }),
  };
  readonly #chains = new Map<string, Promise<void>>();
  readonly #batches = new Map<App, { entries: Entry[]; done: Promise<void> }>();
  readonly #failingSince = new Map<string, number>();
  readonly #timers = new Map<NodeJS.Timeout, () => void>();
  readonly #idle: (() => void)[] = [];
  #duplicates = 0;
  #held: (() => void) | null = null;
  #isHolding = false;
  #active = 0;
  #isStopped = false;

  constructor(settings: WebhookSettings, emitter: EventEmitter, now: () => number) {
    this.settings = settings;
    this.#emitter = emitter;
    this.#now = now;
  }

  /** The next `times` POSTs come twice. */
  duplicateNext(times = 1): void {
    this.#duplicates += times;
  }

  /** The next POST waits until the one after it is out. */
  swapNext(): void {
    this.#isHolding = true;
  }

  /** Resolves after the first attempt. The order within `chainKey` is kept, except by `swapNext`. */
  async push(app: App, page: Page, field: string, container: Container, event: Json, chainKey: string): Promise<void> {
    if (!app.webhookUrl || this.#isStopped) return;
    if (!app.fields.has(field) || !page.subscriptions.get(app.id)?.has(field)) return;
    const entry: Entry = { page, name: field, entry: { id: page.id, time: this.#now(), [container]: [event] } };
    if (this.settings.batchMs > 0) return this.#batch(app, entry);
    if (this.#isHolding) {
      this.#isHolding = false;
      this.#active += 1;
      await new Promise<void>((release) => {
        this.#held = release;
      });
      this.#active -= 1;
      return this.#post(app, [entry]);
    }
    const key = `${app.id}|${page.id}|${chainKey}`;
    const before = this.#chains.get(key);
    const sending = before ? before.then(() => this.#post(app, [entry])) : this.#post(app, [entry]);
    this.#chains.set(key, sending);
    await sending;
    if (this.#chains.get(key) === sending) this.#chains.delete(key);
    this.#held?.();
    this.#held = null;
  }

  /** Resolves when nothing is under way, retries included. */
  async settled(): Promise<void> {
    if (this.#active > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  stop(): void {
    this.#isStopped = true;
    for (const [timer, finish] of this.#timers) {
      clearTimeout(timer);
      finish();
    }
    this.#timers.clear();
    this.#held?.();
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #batch(app: App, entry: Entry): Promise<void> {
    const open = this.#batches.get(app);
    if (open && open.entries.length < 1_000) {
      open.entries.push(entry);
      return open.done;
    }
    const entries = [entry];
    this.#active += 1;
    const done = this.#wait(this.settings.batchMs)
      .then(() => {
        if (this.#batches.get(app)?.entries === entries) this.#batches.delete(app);
        return this.#post(app, entries);
      })
      .finally(() => this.#leave());
    this.#batches.set(app, { entries, done });
    return done;
  }

  async #post(app: App, entries: Entry[]): Promise<void> {
    const body = { object: 'page', entry: entries.map(({ entry }) => entry) };
    this.#active += 1;
    try {
      const isTwice = this.#duplicates > 0;
      if (isTwice) this.#duplicates -= 1;
      if (!(await this.#attempt(app, entries, body, 1))) void this.#retry(app, entries, body);
      if (isTwice) await this.#attempt(app, entries, body, 1);
    } finally {
      this.#leave();
    }
  }

  async #retry(app: App, entries: Entry[], body: Json): Promise<void> {
    this.#active += 1;
    const delays = this.settings.retryDelaysMs;
    for (let attempt = 2; !this.#isStopped; attempt++) {
      await this.#wait(delays[Math.min(attempt - 2, delays.length - 1)] ?? 0);
      const isSubscribed = entries.some(({ page }) => page.subscriptions.has(app.id));
      if (this.#isStopped || !isSubscribed || (await this.#attempt(app, entries, body, attempt))) break;
    }
    this.#leave();
  }

  async #attempt(app: App, entries: Entry[], body: Json, attempt: number): Promise<boolean> {
    const started = performance.now();
    const status = this.#isStopped ? 0 : await this.#send(app, body);
    const { page, name } = entries[0]!;
    const event: WebhookEvent = {
      appId: app.id,
      pageId: page.id,
      name,
      status,
      ms: performance.now() - started,
      attempt,
      body,
    };
    this.#emitter.emit('webhook', event);
    for (const entry of entries) this.#judge(app, entry.page, status === 200);
    return status === 200;
  }

  #judge(app: App, page: Page, isAnswered: boolean): void {
    const key = `${app.id}|${page.id}`;
    if (isAnswered) {
      this.#failingSince.delete(key);
      return;
    }
    const since = this.#failingSince.get(key) ?? this.#now();
    this.#failingSince.set(key, since);
    const failedMs = this.#now() - since;
    if (failedMs >= alertAfterMs) this.alerts.add(page.id);
    if (failedMs >= unsubscribeAfterMs) page.subscriptions.delete(app.id);
  }

  #send(app: App, payload: Json): Promise<number> {
    const { body, headers } = signedWebhook(payload, app.secret, this.settings.signing);
    const url = new URL(app.webhookUrl!);
    const isTls = url.protocol === 'https:';
    return new Promise((resolve) => {
      const options = { method: 'POST', headers, agent: this.#agents[isTls ? 'https:' : 'http:'] };
      const request = (isTls ? https : http).request(url, options, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', () => resolve(0));
      });
      request.setTimeout(this.settings.ackMs, () => request.destroy());
      request.on('error', () => resolve(0));
      request.on('close', () => resolve(0));
      request.end(body);
    });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.set(timer, resolve);
    });
  }

  #leave(): void {
    this.#active -= 1;
    if (this.#active > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** The GET with which the platform proves that an address is ours. */
export async function verifiesWebhook(address: string, verifyToken: string): Promise<boolean> {
  const challenge = String(1_000_000_000 + Math.floor(Math.random() * 1e9));
  const url = new URL(address);
  url.searchParams.set('hub.mode', 'subscribe');
  url.searchParams.set('hub.challenge', challenge);
  url.searchParams.set('hub.verify_token', verifyToken);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000), redirect: 'manual' });
    return response.status === 200 && (await response.text()) === challenge;
  } catch {
    return false;
  }
}
