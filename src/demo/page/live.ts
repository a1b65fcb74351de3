import type { Response } from 'express';
import type { GraphPlatform } from '../graph-platform.ts';
import type { ZaloPlatform } from '../zalo-platform.ts';
import { type Bubble, type Device, fromGraph, fromZalo } from './bubble.ts';
import type { Traffic } from './traffic.ts';

/** What the page hears about the two people it shows. */
export type LiveEvent = { device: Device; person: string } & (
  | { type: 'bubble'; bubble: Bubble }
  | { type: 'typing'; isOn: boolean }
  | { type: 'webhook'; messageId: string | null; status: number; attempt: number }
);

export interface Live {
  /** Keeps `response` open as a stream of server-sent events about these people. */
  subscribe(response: Response, people: Record<Device, string>): void;
  /** Ends all streams. */
  close(): void;
}

const HEARTBEAT_MS = 15_000;
/** The stand-in marks a bubble as delivered right after the webhook that says so. */
const STATE_SETTLES_MS = 25;

export function createLive(deps: {
  zalo: ZaloPlatform;
  graph: GraphPlatform;
  oaId: string;
  pageId: string;
  traffic: Traffic;
}): Live {
  const { zalo, graph, oaId, pageId, traffic } = deps;
  const streams = new Map<Response, Record<Device, string>>();

  const tell = (event: LiveEvent) => {
    for (const [response, people] of streams) {
      if (people[event.device] === event.person) response.write(`data: ${JSON.stringify(event)}\n\n`);
    }
  };
  const zaloBubble = (person: string, id: string) => {
    const transcript = zalo.transcript(oaId, person);
    const message = transcript.find((one) => one.id === id);
    if (message) tell({ type: 'bubble', device: 'zalo', person, bubble: fromZalo(message, transcript) });
  };

  zalo.events.on('message', ({ userId, message }) => zaloBubble(userId, message.id));
  graph.events.on('message', ({ pageId: page, psid, message }) => {
    if (page === pageId) tell({ type: 'bubble', device: 'messenger', person: psid, bubble: fromGraph(message) });
  });
  graph.events.on('typing', ({ psid, isOn }) => tell({ type: 'typing', device: 'messenger', person: psid, isOn }));
  traffic.onWebhook(({ device, person, messageId, name, isAct, status, attempt, body }) => {
    if (isAct) tell({ type: 'webhook', device, person, messageId, status, attempt });
    if (device !== 'zalo' || !/^user_(received|seen)_message$/.test(name)) return;
    const ids = messageId ? [messageId] : idsOf(body);
    setTimeout(() => ids.forEach((id) => void zaloBubble(person, id)), STATE_SETTLES_MS).unref();
  });
  const heartbeat = setInterval(() => {
    for (const response of streams.keys()) response.write(': \n\n');
  }, HEARTBEAT_MS).unref();

  return {
    subscribe(response, people) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      response.write('retry: 1500\n\n');
      streams.set(response, people);
      response.on('close', () => streams.delete(response));
    },
    close() {
      clearInterval(heartbeat);
      for (const response of streams.keys()) response.end();
      streams.clear();
    },
  };
}

function idsOf(body: unknown): string[] {
  const message = (body as { message?: { msg_ids?: unknown } } | null)?.message;
  return Array.isArray(message?.msg_ids) ? message.msg_ids.filter((id) => typeof id === 'string') : [];
}
