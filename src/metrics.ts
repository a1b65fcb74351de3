import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Prometheus figures of one process. Labels hold no id of a citizen. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    webhooks: new Counter({
      name: 'hoixa_webhooks_total',
      help: 'Webhook requests by channel and what became of them',
      labelNames: ['channel', 'result'],
      registers,
    }),
    events: new Counter({
      name: 'hoixa_events_total',
      help: 'Events stored, by channel and kind; duplicates and unknown accounts apart',
      labelNames: ['channel', 'kind'],
      registers,
    }),
    webhookSeconds: new Histogram({
      name: 'hoixa_webhook_seconds',
      help: 'From the request to its 200, the commit included',
      labelNames: ['channel'],
      buckets: SECONDS,
      registers,
    }),
    turns: new Counter({
      name: 'hoixa_turns_total',
      help: 'Turns by outcome of their last answer',
      labelNames: ['outcome'],
      registers,
    }),
    turnSeconds: new Histogram({
      name: 'hoixa_turn_seconds',
      help: 'From leasing a conversation to the commit of its turn',
      buckets: SECONDS,
      registers,
    }),
    sends: new Counter({
      name: 'hoixa_sends_total',
      help: 'Outbox rows by channel and result',
      labelNames: ['channel', 'result'],
      registers,
    }),
    sendSeconds: new Histogram({
      name: 'hoixa_send_seconds',
      help: 'One call to a platform',
      labelNames: ['channel'],
      buckets: SECONDS,
      registers,
    }),
    accountStatus: new Gauge({
      name: 'hoixa_account_status',
      help: '1 for the state a channel account is in',
      labelNames: ['channel', 'account', 'status'],
      registers,
    }),
    oldestEventSeconds: new Gauge({
      name: 'hoixa_inbox_oldest_seconds',
      help: 'Age of the oldest event that no turn has finished',
      registers,
    }),
    oldestMessageSeconds: new Gauge({
      name: 'hoixa_outbox_oldest_seconds',
      help: 'Age of the oldest message that is due and not sent',
      registers,
    }),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;
