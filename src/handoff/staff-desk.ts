import type { Channel } from '../channels/channel.ts';
import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import type { Log } from '../log.ts';
import { type Catalogue, loadCatalogue } from '../procedures/catalogue.ts';
import { loadHints } from '../procedures/hints.ts';
import type { Acts } from './acts.ts';
import { type CannedAnswers, createCannedAnswers } from './canned.ts';
import { type Clerk, createClerk } from './clerk.ts';
import { type ActsDeps, createActs } from './create-acts.ts';
import { createInboxView } from './create-view.ts';
import type { HandOffMetrics } from './handoff-metrics.ts';
import type { InboxView } from './inbox-view.ts';
import { createLiveFeed, type LiveFeed } from './live.ts';
import { createPetitions, type Petitions } from './petitions.ts';
import { createQuality, type Quality } from './quality.ts';
import type { WriteSummary } from './summary-writer.ts';

/** Everything the staff's pages are made of. */
export interface StaffDesk {
  acts: Acts;
  view: InboxView;
  live: LiveFeed;
  canned: CannedAnswers;
  petitions: Petitions;
  quality: Quality;
}

export interface StaffDeskDeps extends Pick<ActsDeps, 'officialAnswer' | 'requestPayment'> {
  database: Database;
  channel: (name: Channel['name']) => Channel;
  commune: (id: string) => Promise<Commune>;
  catalogue?: Catalogue;
  log: Log;
  metrics: HandOffMetrics;
  /** A model's retelling for officers, where one is configured. */
  writeSummary?: WriteSummary | undefined;
  /** Something was put in line. */
  onQueued: () => void;
  now?: () => Date;
}

export function createStaffDesk(deps: StaffDeskDeps): StaffDesk & { clerk: Clerk } {
  const shared = { ...deps, catalogue: deps.catalogue ?? loadCatalogue() };
  const live = createLiveFeed(shared);
  const onDone = () => {
    deps.onQueued();
    live.wake();
  };
  return {
    live,
    acts: createActs({ ...shared, onDone }),
    view: createInboxView(shared),
    canned: createCannedAnswers(shared),
    petitions: createPetitions({ ...shared, onDone }),
    quality: createQuality(shared),
    clerk: createClerk({ ...shared, hints: loadHints() }),
  };
}
