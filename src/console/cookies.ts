import type { Request, Response } from 'express';

export const SESSION_COOKIE = 'hoixa_console';
const PATH = '/console';

export function readCookie(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** Not for scripts, not for other sites' forms; only over https, except where the console is on this machine. */
export function setCookie(response: Response, name: string, value: string, isSecure: boolean, maxAgeMs?: number): void {
  response.cookie(name, value, {
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    path: PATH,
    ...(maxAgeMs ? { maxAge: maxAgeMs } : {}),
  });
}

export const clearCookie = (response: Response, name: string): void =>
  void response.clearCookie(name, { path: PATH, httpOnly: true, sameSite: 'lax' });
