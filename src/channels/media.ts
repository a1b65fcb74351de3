import { lookup as lookUp } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { AppError } from '../errors.ts';

/** Where a platform keeps what people send. */
export interface MediaSource {
  /** Domains of its servers, each with everything below it: "zdn.vn". */
  hosts: readonly string[];
  /** The platform is a stand-in on this machine: its files may be so too, over plain http. Never set in production. */
  isLoopback: boolean;
}

/** @param apiUrl origin of the platform's API: on this machine it is a stand-in */
export const mediaSource = (apiUrl: string, hosts: readonly string[]): MediaSource => ({
  hosts,
  isLoopback: isLoopbackName(new URL(apiUrl).hostname),
});

export type MediaErrorCode =
  | 'refused' // the address is none of the platform's
  | 'too_large'
  | 'wrong_type'
  | 'gone' // the link has ended
  | 'unreachable';

/** A file of a citizen could not be had. No address in the message: it is a key to the file. */
export class MediaError extends AppError {
  declare readonly code: MediaErrorCode;
}

export interface FetchMediaOptions {
  source: MediaSource;
  maxBytes: number;
  /** Beginnings of the content types taken ("audio/"); the bytes have to be looked at all the same. */
  types: readonly string[];
  signal: AbortSignal;
  /** Of names to addresses; in tests. */
  lookup?: LookupFunction;
}

export interface Media {
  bytes: Buffer;
  /** As the server says, lower case, without parameters; "" when it does not. */
  type: string;
}

const MOST_REDIRECTS = 3;
const GONE = new Set([401, 403, 404, 410]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Downloads a file a citizen sent. The address comes from outside, so only the platform's own servers are asked, over
 * https, and no address inside a network is ever connected to, whatever a name resolves to or a redirect says.
 * @throws {MediaError}
 */
export async function fetchMedia(address: string, options: FetchMediaOptions): Promise<Media> {
  let url = allowed(address, options.source);
  for (let redirects = 0; ; redirects++) {
    const response = await open(url, options);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (REDIRECTS.has(status) && location !== undefined) {
      response.destroy();
      if (redirects >= MOST_REDIRECTS) throw new MediaError('refused', 'too many redirects');
      url = allowed(location, options.source, url);
      continue;
    }
    if (status !== 200) {
      response.destroy();
      throw new MediaError(GONE.has(status) ? 'gone' : 'unreachable', `the media server answered ${status}`);
    }
    return take(response, options);
  }
}

/** @throws {MediaError} for an address that is none of the platform's */
function allowed(address: string, { hosts, isLoopback }: MediaSource, base?: URL): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base) : null;
  if (url === null || url.username || url.password) throw new MediaError('refused', 'no address of a file');
  const host = url.hostname.toLowerCase();
  if (isLoopback && isLoopbackName(host) && /^https?:$/.test(url.protocol)) return url;
  const isKnown = hosts.some((known) => host === known || host.endsWith(`.${known}`));
  if (url.protocol !== 'https:' || url.port !== '' || !isKnown || isIP(host.replace(/^\[|\]$/g, '')) !== 0)
    throw new MediaError('refused', 'not a server of the platform');
  return url;
}

const isLoopbackName = (host: string) => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host);

function open(url: URL, { source, signal, lookup = lookUp }: FetchMediaOptions): Promise<IncomingMessage> {
  const isLocal = source.isLoopback && isLoopbackName(url.hostname);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((done, fail) => {
    const asked = request(url, {
      signal,
      agent: false,
      headers: { accept: '*/*', 'accept-encoding': 'identity' },
      ...(isLocal ? {} : { lookup: publicOnly(lookup) }),
    });
    asked.once('response', done);
    asked.once('error', (cause) => fail(asMediaError(cause)));
    asked.end();
  });
}

/** Checked where the connection is made: a name that changes its address in between gains nothing. */
function publicOnly(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, '', 0);
      const addresses = Array.isArray(found) ? found : [{ address: found, family: family ?? 4 }];
      if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address)))
        return callback(new MediaError('refused', 'the name leads inside a network'), '', 0);
      if (options.all) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    });
}

const inside = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  inside.addSubnet(net, prefix, 'ipv4');
// all of IPv6 but what is routed on the internet; of that not what carries an IPv4 address inside
const outside6 = new BlockList();
outside6.addSubnet('2000::', 3, 'ipv6');
const inside6 = new BlockList();
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  inside6.addSubnet(net, prefix, 'ipv6');

/** False for addresses of networks of one's own, of this machine, of documentation, and for what is no address. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !inside.check(address, 'ipv4');
  if (isIP(address) !== 6) return false;
  return outside6.check(address, 'ipv6') && !inside6.check(address, 'ipv6');
}

async function take(response: IncomingMessage, { types, maxBytes }: FetchMediaOptions): Promise<Media> {
  const type = (response.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const encoding = response.headers['content-encoding'] ?? 'identity';
  const stated = Number(response.headers['content-length'] ?? 0);
  const refuse = (code: MediaErrorCode, message: string) => {
    response.destroy();
    return new MediaError(code, message);
  };
  if (encoding !== 'identity') throw refuse('wrong_type', 'the file is packed');
  if (type !== '' && !types.some((start) => type.startsWith(start))) throw refuse('wrong_type', 'not the type wanted');
  if (stated > maxBytes) throw refuse('too_large', `over ${maxBytes} bytes`);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw refuse('too_large', `over ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    throw asMediaError(cause);
  }
  return { bytes: Buffer.concat(chunks), type };
}

const asMediaError = (cause: unknown): MediaError =>
  cause instanceof MediaError ? cause : new MediaError('unreachable', 'the media server did not answer', { cause });
