import { createHash } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { PlatformClock } from './clock.ts';
import type { PlatformApp } from './state.ts';

/** The platform gives up waiting for the 200 after this time. */
const DEADLINE_MS = 2_000;
const LATE = 408;
const LADDER_MS = [30_000, 300_000, 900_000, 1_800_000, 3_600_000];

export interface WebhookReport {
  name: string;
  /** 0: no connection; 408: connected, but no answer in time. */
  status: number;
  ms: number;
  attempt: number;
  body: string;
}

export interface DeliverySwitches {
  /** `connection-only` is what the official text says; others saw `any-failure`. */
  retry: 'off' | 'connection-only' | 'any-failure';
  /** Sends every event twice, at once. */
  isDoubled: boolean;
  /** Holds every second event back until the next one is out. */
  isSwapped: boolean;
  delayMs: number;
  /** The next events that are lost on the way. */
  dropNext: number;
  spelling: 'plain' | 'escaped' | 'spaced';
  /** Some real bodies carry the time as a number. */
  hasNumericTimestamp: boolean;
}

export interface WebhookSender {
  switches: DeliverySwitches;
  /** Signs and posts one event; resolves to whether the first attempt was answered with 200 in time. */
  deliver(app: PlatformApp, event: Record<string, unknown>): Promise<boolean>;
  /** Posts these bytes once. `signature` undefined: signed as usual; null: no signature. */
  post(
    app: PlatformApp,
    name: string,
    body: Buffer,
    headers: Record<string, string>,
    attempt?: number,
  ): Promise<number>;
  sign(app: PlatformApp, body: Buffer, timestamp: string): Record<string, string>;
  settled(): Promise<void>;
  stop(): void;
}

export function createWebhookSender(clock: PlatformClock, report: (report: WebhookReport) => void): WebhookSender {
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: 64 }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: 64 }),
  };
  const switches: DeliverySwitches = {
    retry: 'any-failure',
    isDoubled: false,
    isSwapped: false,
    delayMs: 0,
    dropNext: 0,
    spelling: 'plain',
    hasNumericTimestamp: false,
  };
  const underWay = new Set<Promise<unknown>>();
  let heldBack: (() => Promise<boolean>) | undefined;

  const track = <T>(work: Promise<T>): Promise<T> => {
    const tracked: Promise<unknown> = work.catch(() => undefined).finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return work;
  };

  const sign = (app: PlatformApp, body: Buffer, timestamp: string) => {
    const digest = createHash('sha256').update(app.appId).update(body).update(timestamp).update(app.webhookSecret);
    return { 'X-ZEvent-Signature': `mac=${digest.digest('hex')}` };
  };

  function post(app: PlatformApp, name: string, body: Buffer, headers: Record<string, string>, attempt = 0) {
    if (!app.webhookUrl) return Promise.resolve(0);
    const url = new URL(app.webhookUrl);
    const startedAt = performance.now();
    return new Promise<number>((resolve) => {
      const isTls = url.protocol === 'https:';
      const request = (isTls ? httpsRequest : httpRequest)(
        url,
        {
          method: 'POST',
          agent: isTls ? agents.https : agents.http,
          headers: { 'Content-Type': 'application/json', 'Content-Length': body.length, ...headers },
        },
        (response) => {
          response.resume();
          response.once('end', () => finish(response.statusCode ?? 0));
        },
      );
      const deadline = setTimeout(() => {
        finish(LATE);
        request.destroy();
      }, DEADLINE_MS);
      let isFinished = false;
      const finish = (status: number) => {
        if (isFinished) return;
        isFinished = true;
        clearTimeout(deadline);
        report({ name, status, ms: performance.now() - startedAt, attempt, body: body.toString('utf8') });
        resolve(status);
      };
      request.once('error', () => finish(0));
      request.once('close', () => finish(0));
      request.end(body);
    });
  }

  async function attemptDelivery(
    app: PlatformApp,
    name: string,
    body: Buffer,
    signature: Record<string, string>,
    attempt: number,
  ): Promise<boolean> {
    if (app.isWebhookDisabled) return false;
    const headers = attempt > 0 ? { ...signature, num_retry: String(attempt) } : signature;
    const status = await post(app, name, body, headers, attempt);
    if (status === 200) return true;
    const isRetried = switches.retry === 'any-failure' || (switches.retry === 'connection-only' && status === 0);
    const delay = LADDER_MS[attempt];
    if (isRetried && delay !== undefined) {
      clock.later(delay, async () => {
        await track(attemptDelivery(app, name, body, signature, attempt + 1));
      });
    } else if (isRetried) app.isWebhookDisabled = true;
    return false;
  }

  async function deliver(app: PlatformApp, event: Record<string, unknown>): Promise<boolean> {
    if (!app.webhookUrl || app.isWebhookDisabled) return false;
    if (switches.dropNext > 0) {
      switches.dropNext -= 1;
      return false;
    }
    const timestamp = String(clock.now());
    const body = Buffer.from(
      spell({ ...event, timestamp: switches.hasNumericTimestamp ? Number(timestamp) : timestamp }, switches.spelling),
    );
    const signature = sign(app, body, timestamp);
    const name = String(event.event_name);
    const start = async () => {
      if (switches.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, switches.delayMs));
      const attempts = switches.isDoubled ? 2 : 1;
      const results = await Promise.all(
        Array.from({ length: attempts }, () => attemptDelivery(app, name, body, signature, 0)),
      );
      return results.every(Boolean);
    };
    if (switches.isSwapped && !heldBack) {
      heldBack = start;
      return true;
    }
    const result = await track(start());
    const late = heldBack;
    heldBack = undefined;
    if (late) await track(late());
    return result;
  }

  return {
    switches,
    deliver,
    post,
    sign,
    async settled() {
      const late = heldBack;
      heldBack = undefined;
      if (late) await track(late());
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function spell(event: Record<string, unknown>, spelling: DeliverySwitches['spelling']): string {
  if (spelling === 'plain') return JSON.stringify(event);
  if (spelling === 'spaced')
    return `\n${JSON.stringify(Object.fromEntries(Object.entries(event).reverse()), null, 3)} `;
  return JSON.stringify(event).replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
