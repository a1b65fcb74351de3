import type { PlatformClock } from './clock.ts';
import { type Grant, newGrant, newPerson, type Person, type PlatformApp, type PlatformOa } from './state.ts';

/** All apps, OAs and people of the stand-in. An OA belongs to one app here. */
export interface Directory {
  apps: Map<string, PlatformApp>;
  oas: Map<string, PlatformOa>;
  /** Authorisation codes not used yet. */
  codes: Map<string, { appId: string; oaId: string; challenge: string | undefined; expiresAt: number }>;
  app(appId: string): PlatformApp;
  oa(oaId: string): PlatformOa;
  /** The person, added on first sight. */
  person(oaId: string, userId: string): Person;
  /** The OA whose live access token this is. */
  oaByToken(token: string | undefined): PlatformOa | 'invalid' | 'expired';
  oaByRefreshToken(token: string): PlatformOa | undefined;
  /** Replaces the OA's pair: from now on both old tokens are dead. */
  issue(oa: PlatformOa): Grant;
}

export function createDirectory(clock: PlatformClock): Directory {
  const apps = new Map<string, PlatformApp>();
  const oas = new Map<string, PlatformOa>();
  const byAccess = new Map<string, PlatformOa>();
  const byRefresh = new Map<string, PlatformOa>();
  const must = <T>(found: T | undefined, what: string): T => {
    if (!found) throw new Error(`the stand-in knows no such ${what}`);
    return found;
  };
  const oa = (oaId: string) => must(oas.get(oaId), 'OA');
  return {
    apps,
    oas,
    codes: new Map(),
    app: (appId) => must(apps.get(appId), 'app'),
    oa,
    person(oaId, userId) {
      const { people } = oa(oaId);
      let person = people.get(userId);
      if (!person) {
        person = newPerson(userId, `Người dân ${people.size + 1}`);
        people.set(userId, person);
      }
      return person;
    },
    oaByToken(token) {
      const owner = token ? byAccess.get(token) : undefined;
      if (!owner) return 'invalid';
      const { grant } = owner;
      return grant && grant.accessToken === token && grant.accessExpiresAt > clock.now() ? owner : 'expired';
    },
    oaByRefreshToken(token) {
      const owner = byRefresh.get(token);
      const grant = owner?.grant;
      return grant && grant.refreshToken === token && grant.refreshExpiresAt > clock.now() ? owner : undefined;
    },
    issue(owner) {
      const grant = newGrant(clock.now());
      owner.grant = grant;
      byAccess.set(grant.accessToken, owner);
      byRefresh.set(grant.refreshToken, owner);
      return grant;
    },
  };
}
