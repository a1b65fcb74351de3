import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { appSecretProof, escapedForm, isSameSecret, matchSignature, readSignature, signBody } from './signature.ts';
import { secret, token } from './testing.ts';

const escapedBody = Buffer.from(
  String.raw`{"object":"page","entry":[{"id":"100000000000001","time":1763750000123,"messaging":[{"sender":{"id":"7000000000000001"},"recipient":{"id":"100000000000001"},"timestamp":1763750000001,"message":{"mid":"m_test-0001","text":"\u0110\u0103ng k\u00fd khai sinh \ud83d\ude00"}}]}]}`,
);
const utf8Body = Buffer.from(JSON.stringify(JSON.parse(escapedBody.toString())));
const escapedDigest = '0e01f5c14e4affcbf939427242cd6598b4241e54800c69a7fec0f09e0def30e3';
const utf8Digest = '431de8bdb73c959031a1b5dcaffef5fb2a06a8b8df4dd19db95496b01d828975';

const match = (body: Buffer, digest: string, key = secret) =>
  matchSignature(body, escapedForm(body), Buffer.from(digest, 'hex'), key);

describe('signature', () => {
  it('agrees with the recorded vectors', () => {
    expect(escapedBody).toHaveLength(274);
    expect(utf8Body).toHaveLength(254);
    expect(signBody(escapedBody, secret)).toBe(`sha256=${escapedDigest}`);
    expect(match(escapedBody, escapedDigest)).toBe('raw');
    expect(match(utf8Body, utf8Digest)).toBe('raw');
  });

  it('accepts real letters signed in their escaped form', () => {
    expect(match(utf8Body, escapedDigest)).toBe('escaped');
  });

  it('refuses another secret and an ASCII body signed otherwise', () => {
    expect(match(utf8Body, escapedDigest, 'other')).toBeNull();
    expect(match(escapedBody, utf8Digest)).toBeNull();
  });

  it('escapes nothing in plain ASCII', () => {
    expect(escapedForm(escapedBody)).toBeNull();
    expect(escapedForm(utf8Body)?.toString()).toBe(escapedBody.toString());
  });

  it.each([
    undefined,
    '',
    'sha256=',
    `sha1=${'a'.repeat(40)}`,
    `sha256=${'g'.repeat(64)}`,
    ['sha256=aa', 'sha256=bb'],
  ])('does not read %j as a signature', (header) => {
    expect(readSignature(header)).toBeNull();
  });

  it('proves the token as the Graph API computes it', () => {
    expect(appSecretProof(token, secret)).toBe('ba2c7467875ac823db26856acb6498c118d5ff021799bc55c14465700ff962ea');
    expect(appSecretProof(token, secret)).toBe(createHmac('sha256', secret).update(token).digest('hex'));
  });

  it('compares words of any length', () => {
    expect(isSameSecret('word', 'word')).toBe(true);
    expect(isSameSecret('word', 'words')).toBe(false);
    expect(isSameSecret('', 'word')).toBe(false);
  });
});
