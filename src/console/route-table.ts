import type { ConsoleDeps } from './deps.ts';
import type { FrameOf } from './frame.ts';
import { actRoutes } from './pages/acts.ts';
import { inboxRoutes } from './pages/inbox.ts';
import type { ConsoleRoute } from './visit.ts';

/**
 * Every page and act of the console: method, path, who may at least, what its ids name. The router is made of it, and
 * so is the test of who may do what.
 */
export const routeTable = (deps: ConsoleDeps, frame: FrameOf): ConsoleRoute[] => [
  ...inboxRoutes(deps, frame),
  ...actRoutes(deps),
];
