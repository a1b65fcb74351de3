import type { Router } from 'express';
import type { Registry } from 'prom-client';
import type { Channel } from '../channels/channel.ts';
import type { Commune } from '../communes/communes.ts';
import type { SecretBox } from '../communes/secrets.ts';
import type { Database } from '../db/client.ts';
import { createWorkLoop } from '../db/work-loop.ts';
import type { Log } from '../log.ts';
import { createPaymentAccounts } from './accounts.ts';
import { createPaymentAdmin } from './admin.ts';
import { createAttempts } from './attempts.ts';
import { NOTIFIERS } from './bank/index.ts';
import type { BankNotifierKind } from './bank.ts';
import { createBankCredits } from './bank-credits.ts';
import { createCallbacks } from './callbacks.ts';
import { createPayDesk, type PayDeskDeps } from './desk.ts';
import { GATEWAYS } from './gateways/index.ts';
import { createPaymentMetrics } from './metrics.ts';
import { paymentHooks, paymentPages } from './payments.routes.ts';
import { createPaymentPoller } from './poller.ts';
import type { ProviderKind, ProviderUrls } from './provider.ts';
import { createReconciliation } from './reconcile-file.ts';
import { createPaymentRequests, type StaffFees } from './request.ts';
import { createSettler, type Settler } from './settle.ts';
import { drawVietQr } from './vietqr.ts';

export interface PaymentsDeps {
  database: Database;
  box: SecretBox;
  urls: ProviderUrls;
  commune: (id: string) => Promise<Commune>;
  log: Log;
  kinds?: readonly ProviderKind[];
  notifierKinds?: readonly BankNotifierKind[];
  isDemo?: boolean;
  /** What a dossier costs, for officers who ask citizens to pay; without it they ask for what they wrote down. */
  staffFees?: StaffFees;
  now?: () => Date;
}

export type Payments = ReturnType<typeof openPayments>;
/** What the console needs of a serving process's payments. */
export type StaffPayments = ReturnType<Payments['serve']>['staff'];

/** Whatever knows payments in one process, over one database. */
export function openPayments(deps: PaymentsDeps) {
  const { database, urls, commune, log, staffFees, now } = deps;
  const kinds = deps.kinds ?? Object.values(GATEWAYS);
  const notifierKinds = deps.notifierKinds ?? Object.values(NOTIFIERS);
  const clock = now ? { now } : {};
  const accounts = createPaymentAccounts({ ...deps, kinds, notifierKinds });
  const attempts = createAttempts({ database, accounts, commune, publicUrl: urls.PUBLIC_URL, ...clock });

  return {
    accounts,
    attempts,
    /** What is said about money in a chat. */
    desk: (dossierFees: PayDeskDeps['dossierFees']) => createPayDesk({ database, accounts, urls, dossierFees }),
    /** Who writes outcomes: for commands, which serve nobody. */
    settler: (channel: (name: Channel['name']) => Channel) => createSettler({ database, channel, ...clock }),
    bankCredits: (settler: Settler) => createBankCredits({ database, settler, accounts, notifierKinds }),

    /** The parts of a serving process. @param onQueued something was put in line for a citizen */
    serve({
      channel,
      registry,
      onQueued,
    }: {
      channel: (name: Channel['name']) => Channel;
      registry: Registry;
      onQueued: () => void;
    }) {
      const metrics = createPaymentMetrics(registry);
      const settler = createSettler({ database, channel, onQueued, metrics, ...clock });
      const callbacks = createCallbacks({ settler, accounts, kinds, log, metrics });
      const bankCredits = createBankCredits({ database, settler, accounts, notifierKinds, metrics });
      const poller = createPaymentPoller({ database, settler, accounts, attempts, log, metrics, ...clock });
      const upkeep = createWorkLoop(
        async () => {
          const [row] = await database.run<{ open: number }>('pay.open_issues', OPEN_ISSUES);
          metrics.issues.set(row!.open);
          return false;
        },
        { idleMs: UPKEEP_EVERY_MS, onError: (error) => log.warn('payments.upkeep_failed', { error }) },
      );
      const routes = {
        ...{ database, accounts, attempts, settler, callbacks, bankCredits, commune, urls, log },
        drawQr: drawVietQr,
        ...clock,
      };
      return {
        settler,
        bankCredits,
        /** What officers do about money. */
        staff: {
          accounts,
          admin: createPaymentAdmin({ database, attempts, settler, channel, onQueued, ...clock }),
          reconcile: createReconciliation({ database, settler, accounts, bankCredits, ...clock }),
        },
        requestPayment: createPaymentRequests({ ...{ database, accounts, urls, commune, channel }, fees: staffFees }),
        hooks: paymentHooks(routes) satisfies Router,
        pages: paymentPages(routes) satisfies Router,
        start() {
          poller.start();
          upkeep.start();
        },
        wake: poller.wake,
        stop: async () => void (await Promise.all([poller.stop(), upkeep.stop()])),
      };
    },
  };
}

const UPKEEP_EVERY_MS = 60_000;
const OPEN_ISSUES = `
select (select count(*) from payment_attempts where issue is not null)
  + (select count(*) from payment_transactions where class <> 'applied' and resolved_at is null and attempt_id is null)
  as open`;
