import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import nock from 'nock';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type FetchMediaOptions, fetchMedia, isPublicAddress, MediaError, mediaSource } from './media.ts';

let server: Server;
let origin = '';
let answers: Record<string, { status?: number; headers?: Record<string, string>; body?: Buffer | 'hang' }> = {};
const paths: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    paths.push(request.url!);
    const { status = 200, headers = {}, body = Buffer.alloc(0) } = answers[request.url!] ?? { status: 404 };
    response.writeHead(status, headers);
    if (body === 'hang') response.write('x');
    else response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answers = {};
  paths.length = 0;
});

const never = () => new AbortController().signal;
const get = (address: string, more: Partial<FetchMediaOptions> = {}) =>
  fetchMedia(address, {
    source: mediaSource(origin, ['zdn.vn']),
    maxBytes: 100,
    types: ['audio/'],
    signal: never(),
    ...more,
  });
const production = mediaSource('https://openapi.zalo.me', ['zdn.vn']);
const refusal = (code: string) => expect.objectContaining({ code, constructor: MediaError });

test('a file of a stand-in is fetched, also behind a redirect', async () => {
  answers['/a'] = { status: 302, headers: { location: '/b' } };
  answers['/b'] = { headers: { 'content-type': 'Audio/MP4; codecs=x' }, body: Buffer.from('tiếng') };
  expect(await get(`${origin}/a`)).toEqual({ bytes: Buffer.from('tiếng'), type: 'audio/mp4' });
});

test.each([
  'http://voice.zdn.vn/v.amr',
  'https://voice.zdn.vn:8443/v.amr',
  'https://me:pass@voice.zdn.vn/v.amr',
  'https://evil.example/v.amr',
  'https://zdn.vn.evil.example/v.amr',
  'https://evilzdn.vn/v.amr',
  'https://127.0.0.1/v.amr',
  'https://[::1]/v.amr',
  'https://2130706433/v.amr',
  'https://localhost/v.amr',
  'https://169.254.169.254/latest/meta-data',
  'file:///etc/passwd',
  'data:audio/amr;base64,AAAA',
  'not an address',
  '',
])('%s is not asked for', async (address) => {
  const lookup = vi.fn<LookupFunction>();
  await expect(get(address, { source: production, lookup })).rejects.toEqual(refusal('refused'));
  expect(lookup).not.toHaveBeenCalled();
});

test('a stand-in’s file is nothing to a service that speaks to the real platform', async () => {
  answers['/a'] = { headers: { 'content-type': 'audio/amr' }, body: Buffer.from('x') };
  await expect(get(`${origin}/a`, { source: production })).rejects.toEqual(refusal('refused'));
  expect(paths).toEqual([]);
});

test.each([
  ['10.0.0.5'],
  ['127.0.0.1'],
  ['::1'],
  ['::ffff:10.0.0.5'],
  ['fd00::1'],
  ['1.1.1.1', '192.168.1.1'],
])('a name of the platform that leads to %s is not connected to', async (...addresses) => {
  const lookup = ((_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as LookupFunction;
  // as far as the connection is ours to refuse
  nock.enableNetConnect('voice.zdn.vn:443');
  const got = get('https://voice.zdn.vn/v.amr', { source: production, lookup });
  await expect(got.finally(() => nock.enableNetConnect(/^(127\.0\.0\.1|localhost)/))).rejects.toEqual(
    refusal('refused'),
  );
});

test('a redirect to elsewhere, and one that goes on for ever, end there', async () => {
  for (const location of [
    'https://evil.example/v',
    'http://169.254.169.254/',
    'http://10.0.0.1/',
    'file:///etc/passwd',
  ]) {
    answers['/a'] = { status: 302, headers: { location } };
    await expect(get(`${origin}/a`)).rejects.toEqual(refusal('refused'));
  }
  answers['/round'] = { status: 307, headers: { location: '/round' } };
  await expect(get(`${origin}/round`)).rejects.toEqual(refusal('refused'));
  expect(paths.filter((path) => path === '/round')).toHaveLength(4);
});

test('what is too large is not read to its end, whatever the server says of its size', async () => {
  const body = Buffer.alloc(101);
  answers['/stated'] = { headers: { 'content-type': 'audio/amr', 'content-length': '101' }, body };
  answers['/unstated'] = { headers: { 'content-type': 'audio/amr', 'transfer-encoding': 'chunked' }, body };
  for (const path of ['/stated', '/unstated'])
    await expect(get(`${origin}${path}`)).rejects.toEqual(refusal('too_large'));
});

test('a page, a packed file and an ended link are told apart', async () => {
  answers['/page'] = { headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') };
  answers['/packed'] = { headers: { 'content-type': 'audio/amr', 'content-encoding': 'gzip' } };
  answers['/ended'] = { status: 403 };
  answers['/broken'] = { status: 500 };
  await expect(get(`${origin}/page`)).rejects.toEqual(refusal('wrong_type'));
  await expect(get(`${origin}/packed`)).rejects.toEqual(refusal('wrong_type'));
  await expect(get(`${origin}/ended`)).rejects.toEqual(refusal('gone'));
  await expect(get(`${origin}/broken`)).rejects.toEqual(refusal('unreachable'));
  await expect(get('http://127.0.0.1:9/')).rejects.toEqual(refusal('unreachable'));
});

test('a server that stops in the middle is left when the time is over', async () => {
  answers['/slow'] = { headers: { 'content-type': 'audio/amr' }, body: 'hang' };
  await expect(get(`${origin}/slow`, { signal: AbortSignal.timeout(60) })).rejects.toEqual(refusal('unreachable'));
});

test('no error tells the address', async () => {
  answers['/secret-signature'] = { status: 403 };
  const error = await get(`${origin}/secret-signature`).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(MediaError);
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret-signature');
});

test('only addresses of the internet are public', () => {
  for (const address of ['8.8.8.8', '203.162.0.1', '2001:ee0:4141::1', '2606:4700::1111'])
    expect([address, isPublicAddress(address)]).toEqual([address, true]);
  for (const address of [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.9.9.9', '169.254.169.254', '172.31.0.1', '192.168.0.1', '198.18.0.1'],
    ...['224.0.0.1', '255.255.255.255', '::', '::1', '::ffff:8.8.8.8', 'fe80::1', 'fc00::1', 'ff02::1'],
    ...['2001:db8::1', '2002:a00::1', '64:ff9b::a00:1', 'name', ''],
  ])
    expect([address, isPublicAddress(address)]).toEqual([address, false]);
});
