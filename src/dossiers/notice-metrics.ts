import { Counter, Gauge, type Registry } from 'prom-client';

/** Figures of watches and notices. Labels hold no id of a citizen. */
export function createNoticeMetrics(registry: Registry) {
  const registers = [registry];
  return {
    polls: new Counter({
      name: 'hoixa_dossier_polls_total',
      help: 'Watched dossiers looked up, by what the sources said',
      labelNames: ['result'],
      registers,
    }),
    changes: new Counter({
      name: 'hoixa_dossier_changes_total',
      help: 'Notices written, by kind',
      labelNames: ['kind'],
      registers,
    }),
    notices: new Counter({
      name: 'hoixa_dossier_notices_total',
      help: 'Notices handed to a carrier that took them, by carrier',
      labelNames: ['carrier'],
      registers,
    }),
    costVnd: new Counter({
      name: 'hoixa_dossier_notice_cost_vnd_total',
      help: 'What notices sent cost by the price list of their commune, đồng',
      labelNames: ['carrier'],
      registers,
    }),
    watches: new Gauge({ name: 'hoixa_dossier_watches', help: 'Dossiers watched now', registers }),
    waiting: new Gauge({
      name: 'hoixa_dossier_notices_waiting',
      help: 'Notices that wait for the citizen or an officer',
      registers,
    }),
  };
}
export type NoticeMetrics = ReturnType<typeof createNoticeMetrics>;
