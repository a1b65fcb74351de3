import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Lie {
  nonce?: string;
  audience?: string;
  issuer?: string;
  expiresInS?: number;
  emailVerified?: boolean;
  /** Signs with a key nobody published. */
  isForged?: boolean;
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * An OpenID Connect provider with its own keys: code flow with PKCE, and it refuses what a real one refuses: unknown
 * client or redirect, a code used twice, a verifier that does not fit the challenge, a wrong secret.
 */
export async function startOidcProvider({ clientId = 'hoixa', clientSecret = 'secret-of-hoixa' } = {}) {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const others = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const codes = new Map<string, { challenge: string; nonce: string; redirectUri: string }>();
  const state = { email: 'can-bo@example.vn', lie: {} as Lie, isDown: false };
  let issuer = '';

  const idToken = (nonce: string) => {
    const { lie, email } = state;
    const now = Math.floor(Date.now() / 1_000);
    const head = base64({ alg: 'RS256', typ: 'JWT', kid: 'one' });
    const body = base64({
      iss: lie.issuer ?? issuer,
      sub: createHash('sha256').update(email).digest('hex').slice(0, 20),
      aud: lie.audience ?? clientId,
      iat: now,
      exp: now + (lie.expiresInS ?? 300),
      nonce: lie.nonce ?? nonce,
      email,
      email_verified: lie.emailVerified ?? true,
    });
    const key = (lie.isForged ? others : keys).privateKey;
    return `${head}.${body}.${createSign('sha256').update(`${head}.${body}`).sign(key).toString('base64url')}`;
  };

  const server: Server = createServer((request, response) => {
    const url = new URL(request.url!, issuer);
    const json = (status: number, body: object) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (state.isDown) return json(503, { error: 'temporarily_unavailable' });
    if (url.pathname === '/.well-known/openid-configuration') {
      return json(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      });
    }
    if (url.pathname === '/jwks') {
      return json(200, {
        keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }],
      });
    }
    if (url.pathname === '/authorize') {
      const asked = url.searchParams;
      const isRight =
        asked.get('client_id') === clientId &&
        asked.get('response_type') === 'code' &&
        asked.get('code_challenge_method') === 'S256' &&
        asked.get('scope')?.split(' ').includes('openid');
      if (!isRight) return json(400, { error: 'invalid_request' });
      const code = randomBytes(16).toString('hex');
      const redirectUri = asked.get('redirect_uri')!;
      codes.set(code, { challenge: asked.get('code_challenge')!, nonce: asked.get('nonce')!, redirectUri });
      const back = new URL(redirectUri);
      back.searchParams.set('code', code);
      back.searchParams.set('state', asked.get('state')!);
      return void response.writeHead(302, { location: back.href }).end();
    }
    if (url.pathname === '/token' && request.method === 'POST') {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const fields = new URLSearchParams(body);
        const basic = Buffer.from(request.headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString();
        const [id, secret] = basic ? basic.split(':') : [fields.get('client_id'), fields.get('client_secret')];
        if (id !== clientId || secret !== clientSecret) return json(401, { error: 'invalid_client' });
        const code = codes.get(fields.get('code') ?? '');
        codes.delete(fields.get('code') ?? '');
        const challenge = createHash('sha256')
          .update(fields.get('code_verifier') ?? '')
          .digest('base64url');
        if (!code || challenge !== code.challenge || fields.get('redirect_uri') !== code.redirectUri) {
          return json(400, { error: 'invalid_grant' });
        }
        json(200, { access_token: 'x', token_type: 'Bearer', expires_in: 300, id_token: idToken(code.nonce) });
      });
      return;
    }
    json(404, { error: 'not_found' });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, clientId, clientSecret, state, stop: () => new Promise((done) => server.close(done)) };
}
