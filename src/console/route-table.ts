import type { ConsoleDeps } from './deps.ts';
import type { FrameOf } from './frame.ts';
import { actRoutes } from './pages/acts.ts';
import { auditRoutes } from './pages/audit-log.ts';
import { cannedRoutes } from './pages/canned.ts';
import { dossierRoutes } from './pages/dossiers.ts';
import { inboxRoutes } from './pages/inbox.ts';
import { officerRoutes } from './pages/officers.ts';
import { paymentActRoutes } from './pages/payment-acts.ts';
import { paymentRoutes } from './pages/payments.ts';
import { petitionRoutes } from './pages/petitions.ts';
import { reconciliationRoutes } from './pages/reconciliation.ts';
import { refundRoutes } from './pages/refunds.ts';
import { reportRoutes } from './pages/reports.ts';
import { settingsRoutes } from './pages/settings.ts';
import { sheetRoutes } from './pages/sheets.ts';
import { unansweredRoutes } from './pages/unanswered.ts';
import type { ConsoleRoute } from './visit.ts';

/**
 * Every page and act of the console: method, path, who may at least, what its ids name. The router is made of it, and
 * so is the test of who may do what.
 */
export const routeTable = (deps: ConsoleDeps, frame: FrameOf): ConsoleRoute[] => [
  ...inboxRoutes(deps, frame),
  ...actRoutes(deps),
  ...sheetRoutes(deps),
  ...petitionRoutes(deps, frame),
  ...unansweredRoutes(deps, frame),
  ...dossierRoutes(deps, frame),
  ...paymentRoutes(deps, frame),
  ...paymentActRoutes(deps),
  ...refundRoutes(deps, frame),
  ...reconciliationRoutes(deps, frame),
  ...reportRoutes(deps, frame),
  ...auditRoutes(deps, frame),
  ...cannedRoutes(deps, frame),
  ...settingsRoutes(deps, frame),
  ...officerRoutes(deps, frame),
];
