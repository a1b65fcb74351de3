import { createHash } from 'node:crypto';
import type { PlatformClock } from './clock.ts';
import type { Directory } from './directory.ts';
import type { Reply, Request } from './http.ts';
import { newSecret } from './state.ts';

const CODE_LIFE_MS = 600_000;

/** Errors come with HTTP 200 and without `message`. */
const refused = (error: number, name: string): Reply => ({
  status: 200,
  body: { error, error_name: name, error_description: name, error_reason: '', ref_doc: 'https://developers.zalo.me/' },
});

/** The consent page: the OA's admin agrees at once. `oaId` of the query picks the OA; else the app's first one. */
export function permission(directory: Directory, clock: PlatformClock, { query }: Request): Reply {
  const app = directory.apps.get(query.get('app_id') ?? '');
  if (!app) return refused(-14002, 'Invalid app id.');
  const redirect = query.get('redirect_uri') ?? '';
  if (redirect !== app.callbackUrl || !URL.canParse(redirect)) {
    return { status: 302, headers: { Location: '/permission/error?error_code=-14003' }, body: {} };
  }
  const wanted = query.get('oaId');
  const oa = [...directory.oas.values()].find((one) => one.appId === app.appId && (!wanted || one.oaId === wanted));
  if (!oa) return refused(-14002, 'Invalid app id.');
  const code = newSecret('CODE.');
  const challenge = query.get('code_challenge') ?? undefined;
  directory.codes.set(code, { appId: app.appId, oaId: oa.oaId, challenge, expiresAt: clock.now() + CODE_LIFE_MS });
  const target = new URL(redirect);
  target.searchParams.set('oa_id', oa.oaId);
  target.searchParams.set('code', code);
  const state = query.get('state');
  if (state) target.searchParams.set('state', state);
  return { status: 302, headers: { Location: target.href }, body: {} };
}

export function accessToken(directory: Directory, clock: PlatformClock, { headers, body }: Request): Reply {
  if (!String(headers['content-type']).startsWith('application/x-www-form-urlencoded')) {
    return refused(-14018, 'Invalid grant type.');
  }
  const form = new URLSearchParams(body.toString('utf8'));
  const app = directory.apps.get(form.get('app_id') ?? '');
  if (!app) return refused(-14002, 'Invalid app id.');
  if (headers.secret_key !== app.appSecret) return refused(-14004, 'Invalid secret key.');

  if (form.get('grant_type') === 'authorization_code') {
    const code = form.get('code') ?? '';
    const granted = directory.codes.get(code);
    directory.codes.delete(code);
    if (granted?.appId !== app.appId || granted.expiresAt < clock.now())
      return refused(-14005, 'Invalid authorization code.');
    const verifier = form.get('code_verifier') ?? '';
    const isProven = createHash('sha256').update(verifier).digest('base64url') === granted.challenge;
    if (granted.challenge && !isProven) return refused(-14005, 'Invalid authorization code.');
    return issued(directory, granted.oaId);
  }
  if (form.get('grant_type') === 'refresh_token') {
    const oa = directory.oaByRefreshToken(form.get('refresh_token') ?? '');
    return oa?.appId === app.appId ? issued(directory, oa.oaId) : refused(-14014, 'Invalid refresh token.');
  }
  return refused(-14018, 'Invalid grant type.');
}

function issued(directory: Directory, oaId: string): Reply {
  const grant = directory.issue(directory.oa(oaId));
  return {
    status: 200,
    body: { access_token: grant.accessToken, refresh_token: grant.refreshToken, expires_in: '90000' },
  };
}
