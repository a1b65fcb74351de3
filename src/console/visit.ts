import type { Request, Response } from 'express';
import type { Commune } from '../communes/communes.ts';
import type { Officer, Role } from '../communes/officers.ts';
import type { Session } from '../communes/sessions.ts';
import type { Staff } from '../handoff/handoff.ts';
import type { Html } from '../pages/html.ts';
import type { Act } from '../privacy/audit.ts';

/** One request of a signed-in officer to one commune's console. */
export interface Visit {
  request: Request;
  response: Response;
  now: Date;
  session: Session;
  commune: Commune;
  /** Their row of this commune; the province's looks into others with the row of its own. */
  me: Officer;
  staff: Staff;
  /** The province in another commune: looks, changes nothing. */
  isGuest: boolean;
  /** "/console/c/<slug>" */
  base: string;
  /** The page's own script asks for a part of it. */
  isPart: boolean;
  /** Writes down who did what, before the answer leaves. */
  audit(
    act: Act,
    object?: { kind: string; id: string },
    detail?: Record<string, string | number | boolean | null>,
  ): Promise<void>;
}

/** What `:id` (and the like) in a path names: tested with ids of another commune. */
export type ObjectKind =
  | 'conversation'
  | 'message'
  | 'officer'
  | 'canned'
  | 'petition'
  | 'import'
  | 'obligation'
  | 'attempt'
  | 'movement'
  | 'refund'
  | 'reconciliation'
  | 'none';

/** A line of the table the router is made of, and the test of who may do what. */
export interface ConsoleRoute {
  method: 'get' | 'post';
  /** Below /console/c/:commune. */
  path: string;
  /** Who may at least. */
  role: Role;
  /** By the names of the path's parameters. */
  objects?: Record<string, ObjectKind>;
  /** Takes a file: its body is not parsed. */
  isUpload?: boolean;
  handle(visit: Visit): Promise<Html | undefined>;
}

/** The request ends here, with a page that says so. */
export class Stop extends Error {
  readonly status: 400 | 403 | 404 | 409 | 413 | 422;
  constructor(status: Stop['status'], words: string) {
    super(words);
    this.status = status;
  }
}

/** The same words for what is not there and for what belongs to another commune. */
export const notHere = () => new Stop(404, 'Không có trang này, hoặc trang không thuộc nơi bạn làm việc.');

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An id from the path. @throws {Stop} 404 for what cannot be one */
export function idOf({ request }: Visit, name = 'id'): string {
  const id = String(request.params[name] ?? '');
  if (!UUID.test(id)) throw notHere();
  return id;
}

/** A field of the form, trimmed and in one Unicode form; empty when absent. */
export function field({ request }: Visit, name: string, max = 4_000): string {
  const value = (request.body as Record<string, unknown> | undefined)?.[name];
  const text = typeof value === 'string' ? value.normalize('NFC').replace(/\r\n/g, '\n').trim() : '';
  if (text.length > max) throw new Stop(413, `Dài quá: tối đa ${max} ký tự.`);
  return text;
}

/** A value of the address; empty when absent. */
export function asked({ request }: Visit, name: string): string {
  const value = request.query[name];
  return typeof value === 'string' ? value.normalize('NFC').trim().slice(0, 200) : '';
}

/** After something was done: the page's script looks again by itself, a plain form is sent back to where it was. */
export function done(visit: Visit, back: string, words = ''): undefined {
  const { response } = visit;
  if (!visit.isPart) return void response.redirect(303, `${visit.base}${back}`);
  // Header values are ASCII: Vietnamese goes escaped, as JSON allows.
  const trigger = JSON.stringify({ done: { words } }).replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  response.set('hx-trigger', trigger).status(204).end();
}
