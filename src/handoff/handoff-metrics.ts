import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Figures of persons and the line for them. Labels hold no id of a citizen or an officer. */
export function createHandOffMetrics(registry: Registry) {
  const registers = [registry];
  return {
    acts: new Counter({
      name: 'hoixa_officer_acts_total',
      help: 'Acts of officers that took effect',
      labelNames: ['act'],
      registers,
    }),
    timers: new Counter({
      name: 'hoixa_handoff_timers_total',
      help: 'What the clerk did when a time was up: escalated, promise_broken, window_warned, back_in_line, closed',
      labelNames: ['kind'],
      registers,
    }),
    waiting: new Gauge({ name: 'hoixa_handoff_waiting', help: 'Citizens who wait for an officer now', registers }),
    late: new Gauge({
      name: 'hoixa_handoff_late',
      help: 'Of these, past the time promised or the target of their commune',
      registers,
    }),
    oldestSeconds: new Gauge({
      name: 'hoixa_handoff_oldest_seconds',
      help: 'How long the citizen who waits longest has waited',
      registers,
    }),
    comments: new Counter({
      name: 'hoixa_page_comments_total',
      help: 'Public comments looked at, by what became of them',
      labelNames: ['result'],
      registers,
    }),
    liveSeconds: new Histogram({
      name: 'hoixa_console_live_seconds',
      help: 'One look for changes that open pages are told of',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers,
    }),
  };
}
export type HandOffMetrics = ReturnType<typeof createHandOffMetrics>;
