import { Counter, Gauge, type Registry } from 'prom-client';

/** Figures of payments. Labels hold no id of a citizen. */
export function createPaymentMetrics(registry: Registry) {
  const registers = [registry];
  return {
    callbacks: new Counter({
      name: 'hoixa_payment_callbacks_total',
      help: 'Messages of gateways and banks, by sender and what became of them',
      labelNames: ['source', 'result'],
      registers,
    }),
    settled: new Counter({
      name: 'hoixa_payments_settled_total',
      help: 'What was proved about attempts, by method and what the money was',
      labelNames: ['method', 'result'],
      registers,
    }),
    queries: new Counter({
      name: 'hoixa_payment_queries_total',
      help: 'Gateways asked about attempts, by method and answer',
      labelNames: ['method', 'result'],
      registers,
    }),
    issues: new Gauge({
      name: 'hoixa_payment_issues',
      help: 'Attempts and movements of money that wait for an officer',
      registers,
    }),
  };
}
export type PaymentMetrics = ReturnType<typeof createPaymentMetrics>;
