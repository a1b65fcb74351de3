import { type Response, Router } from 'express';
import type { AccountStore } from '../communes/accounts.ts';
import type { SecretBox } from '../communes/secrets.ts';
import { createSessionReader } from '../communes/sessions.ts';
import { createSignIn } from '../communes/sign-in.ts';
import type { Config } from '../config.ts';
import { consoleRoutes } from '../console/console.routes.ts';
import type { Oidc } from '../console/oidc.ts';
import type { Database } from '../db/client.ts';
import { createSharedPhones } from '../dossiers/shared-phone.ts';
import type { StaffDesk } from '../handoff/staff-desk.ts';
import type { Log } from '../log.ts';
import type { StaffPayments } from '../payments/payments.ts';
import { loadCatalogue } from '../procedures/catalogue.ts';
import type { Dossiers } from './desk.ts';

interface Ground {
  database: Database;
  accounts: AccountStore;
  box: SecretBox;
  dossiers: Pick<Dossiers, 'directory' | 'factors'>;
  /** Under which officers reach the console. */
  publicUrl: string;
  oidc: Oidc | null;
  log: Log;
  now?: () => Date;
  /** Tries to sign in from one address. */
  triesPerMinute?: number;
}

/** The staff's pages of a process: `pages` for the service, `close` before it stops, for open pages never end by themselves. */
export function openConsole({ now = () => new Date(), ...ground }: Ground) {
  const { database, box, publicUrl } = ground;
  const streams = new Set<Response>();
  const signIn = createSignIn({ database, box });
  const phoneOf = createSharedPhones(database);
  return {
    pages(desk: StaffDesk, payments?: StaffPayments): Router[] {
      const catalogue = loadCatalogue();
      const isHttps = publicUrl.startsWith('https:');
      const deps = {
        ...ground,
        ...desk,
        now,
        signIn,
        readSession: createSessionReader(database),
        phoneOf,
        streams,
        catalogue,
        isHttps,
        ...(payments && { payments }),
      };
      return [Router().use('/console', consoleRoutes(deps))];
    },
    close() {
      for (const stream of streams) stream.end();
    },
  };
}

/** The provider officers may sign in with, when one is configured. */
export async function openOidc(
  { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret }: Config,
  publicUrl: string,
  box: SecretBox,
): Promise<Oidc | null> {
  if (!issuer || !clientId) return null;
  const { createOidc } = await import('../console/oidc.ts');
  return createOidc({ issuer, clientId, clientSecret, box, redirectUri: `${publicUrl}/console/oidc/callback` });
}
