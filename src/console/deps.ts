import type { Response } from 'express';
import type { AccountStore } from '../communes/accounts.ts';
import type { SecretBox } from '../communes/secrets.ts';
import type { DossierDirectory } from '../dossiers/dossier.ts';
import type { Factors } from '../dossiers/factors.ts';
import type { SharedPhones } from '../dossiers/shared-phone.ts';
import type { Acts } from '../handoff/acts.ts';
import type { CannedAnswers } from '../handoff/canned.ts';
import type { InboxView } from '../handoff/inbox-view.ts';
import type { LiveFeed } from '../handoff/live.ts';
import type { Petitions } from '../handoff/petitions.ts';
import type { Quality } from '../handoff/quality.ts';
import type { Catalogue } from '../procedures/catalogue.ts';
import type { SignInDeps } from './sign-in.routes.ts';

/** What the console stands on; put together by `service.ts`. */
export interface ConsoleDeps extends SignInDeps {
  box: SecretBox;
  /** For links in what is shown to officers. */
  publicUrl: string;
  accounts: AccountStore;
  inbox: InboxView;
  acts: Acts;
  live: LiveFeed;
  quality: Quality;
  petitions: Petitions;
  canned: CannedAnswers;
  catalogue: Catalogue;
  dossiers: { directory: DossierDirectory; factors: Factors };
  phoneOf: SharedPhones;
  /** Open streams of pages; ended when the process stops. */
  streams: Set<Response>;
}
