import type { Response } from 'express';
import type { AccountStore } from '../communes/accounts.ts';
import type { SecretBox } from '../communes/secrets.ts';
import type { DossierDirectory } from '../dossiers/dossier.ts';
import type { Factors } from '../dossiers/factors.ts';
import type { SharedPhones } from '../dossiers/shared-phone.ts';
import type { StaffDesk } from '../handoff/staff-desk.ts';
import type { StaffPayments } from '../payments/payments.ts';
import type { Catalogue } from '../procedures/catalogue.ts';
import type { SignInDeps } from './sign-in.routes.ts';

/** What the console stands on; put together by `commands/console.ts`. */
export interface ConsoleDeps extends SignInDeps, StaffDesk {
  box: SecretBox;
  /** For links in what is shown to officers. */
  publicUrl: string;
  accounts: AccountStore;
  catalogue: Catalogue;
  dossiers: { directory: DossierDirectory; factors: Factors };
  /** Acts on money; absent where the process takes none. */
  payments?: StaffPayments;
  phoneOf: SharedPhones;
  /** Open streams of pages; ended when the process stops. */
  streams: Set<Response>;
}
