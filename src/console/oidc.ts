import * as client from 'openid-client';
import { z } from 'zod';
import type { SecretBox } from '../communes/secrets.ts';
import { AppError } from '../errors.ts';

const BEGUN_FOR_MS = 10 * 60_000;
const CONTEXT = 'oidc';

const begun = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  until: z.number(),
});

/** Signing in at a provider that vouches for an e-mail address: code flow with PKCE, state and nonce. */
export interface Oidc {
  /** @returns where to send the browser, and what it must carry until it comes back (sealed) */
  begin(next: string, now: Date): Promise<{ url: string; carried: string }>;
  /**
   * @param query of the callback, as it came
   * @throws {AppError} `oidc_refused`: nobody is signed in; the message says why, for the log
   */
  finish(query: string, carried: string | undefined, now: Date): Promise<{ email: string; next: string }>;
}

/** @param issuer https; http on loopback only (config.ts holds that) */
export function createOidc({
  issuer,
  clientId,
  clientSecret,
  redirectUri,
  box,
}: {
  issuer: string;
  clientId: string;
  clientSecret?: string | undefined;
  redirectUri: string;
  box: SecretBox;
}): Oidc {
  let discovered: Promise<client.Configuration> | undefined;
  const configuration = () => {
    discovered ??= client
      .discovery(new URL(issuer), clientId, clientSecret, clientSecret ? undefined : client.None(), {
        timeout: 10,
        // The signature is checked too: that the line to the provider is encrypted is not all we go by.
        execute: [
          client.enableNonRepudiationChecks,
          ...(issuer.startsWith('http:') ? [client.allowInsecureRequests] : []),
        ],
      })
      .catch((cause) => {
        discovered = undefined; // the provider may be back for the next try
        throw refused('the provider does not answer', cause);
      });
    return discovered;
  };

  return {
    async begin(next, now) {
      const provider = await configuration();
      const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
      const url = client.buildAuthorizationUrl(provider, {
        redirect_uri: redirectUri,
        scope: 'openid email',
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const until = now.getTime() + BEGUN_FOR_MS;
      return { url: url.href, carried: box.seal(JSON.stringify({ state, nonce, verifier, next, until }), CONTEXT) };
    },
    async finish(query, carried, now) {
      const started = open(box, carried);
      if (!started || started.until < now.getTime()) throw refused('nothing was begun in this browser');
      const provider = await configuration();
      const url = new URL(redirectUri);
      url.search = query;
      const tokens = await client
        .authorizationCodeGrant(provider, url, {
          expectedState: started.state,
          expectedNonce: started.nonce,
          pkceCodeVerifier: started.verifier,
          idTokenExpected: true,
        })
        .catch((cause) => {
          throw refused('the answer of the provider is not right', cause);
        });
      const claims = tokens.claims();
      const email = z.email().safeParse(claims?.email);
      if (!email.success) throw refused('the provider names no e-mail address');
      // An address the provider did not check may be anybody's.
      if (claims?.email_verified !== true) throw refused('the provider has not verified the e-mail address');
      return { email: email.data.toLowerCase(), next: started.next };
    },
  };
}

const refused = (why: string, cause?: unknown) => new AppError('oidc_refused', why, { cause });

function open(box: SecretBox, carried: string | undefined) {
  try {
    return begun.parse(JSON.parse(box.open(carried ?? '', CONTEXT)));
  } catch {
    return undefined;
  }
}
