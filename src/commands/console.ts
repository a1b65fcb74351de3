import type { SecretBox } from '../communes/secrets.ts';
import type { Config } from '../config.ts';
import { createOidc } from '../console/oidc.ts';
import type { ServiceDeps } from '../service.ts';
import type { Dossiers } from './desk.ts';

/** What the console of a process stands on beside the rooms the service puts together. */
export function consoleGround(
  { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET }: Config,
  publicUrl: string,
  box: SecretBox,
  { directory, factors }: Dossiers,
): NonNullable<ServiceDeps['console']> {
  const oidc =
    OIDC_ISSUER && OIDC_CLIENT_ID
      ? createOidc({
          issuer: OIDC_ISSUER,
          clientId: OIDC_CLIENT_ID,
          clientSecret: OIDC_CLIENT_SECRET,
          redirectUri: `${publicUrl}/console/oidc/callback`,
          box,
        })
      : null;
  return { box, publicUrl, oidc, dossiers: { directory, factors } };
}
