import { createBatcher } from '../db/batcher.ts';
import type { Database } from '../db/client.ts';
import type { Commune } from './communes.ts';
import { communeSettings } from './communes.ts';
import type { Officer } from './officers.ts';
import { derivedToken, hashToken, newToken } from './tokens.ts';

/** Nobody touched the console for so long: the next person at this machine is somebody else. */
export const IDLE_HOURS = 4;
/** A working day, overtime included. */
export const SESSION_HOURS = 14;
/** Seen is written at most so often. */
const TOUCH_MS = 60_000;

export type SignInMethod = 'password' | 'oidc' | 'link';

/** One commune somebody is signed in to. */
export interface Membership {
  officer: Officer;
  commune: Commune;
}

export interface Session {
  memberships: Membership[];
  method: SignInMethod;
  /** To be repeated by every request that changes something. */
  csrf: string;
  tokenHash: string;
}

/** @returns the token for the cookie */
export async function startSession(
  database: Database,
  officers: Pick<Officer, 'communeId' | 'id'>[],
  method: SignInMethod,
  now: Date,
): Promise<string> {
  const token = newToken();
  await database.run(
    'sessions.start',
    `with who as (select * from jsonb_to_recordset($1::jsonb) as w("communeId" uuid, id uuid)),
     seen as (
       update officers o set last_seen_at = $4::timestamptz from who w
       where o.commune_id = w."communeId" and o.id = w.id returning o.id
     ), old as (delete from officer_sessions where expires_at < $4::timestamptz)
     insert into officer_sessions (commune_id, officer_id, token_hash, method, created_at, last_seen_at, expires_at)
     select "communeId", id, $2, $3, $4::timestamptz, $4::timestamptz, $5::timestamptz from who`,
    [
      JSON.stringify(officers.map(({ communeId, id }) => ({ communeId, id }))),
      hashToken(token),
      method,
      now.toISOString(),
      new Date(now.getTime() + SESSION_HOURS * 3_600_000).toISOString(),
    ],
  );
  return token;
}

/**
 * Who carries a token, and where they work; undefined: nobody, any more.
 * @param isActive false: a page that watches by itself, which must not keep a forgotten machine signed in
 */
export type SessionReader = (
  token: string,
  now: Date,
  options?: { isActive?: boolean },
) => Promise<Session | undefined>;

/** The pages of a whole commune ask at the same moment: their tokens are looked up together. */
export function createSessionReader(database: Database): SessionReader {
  const lookUps = createBatcher<{ hash: string; now: Date }, SessionRow[]>(async (asked) => {
    const latest = new Date(Math.max(...asked.map(({ now }) => now.getTime())));
    const rows = await database.run<SessionRow>('sessions.read', READ, [
      JSON.stringify([...new Set(asked.map(({ hash }) => hash))]),
      latest.toISOString(),
    ]);
    return asked.map(({ hash }) => rows.filter((row) => row.token_hash === hash));
  });
  return async (token, now, { isActive = true } = {}) => {
    const hash = hashToken(token);
    const rows = await lookUps.add({ hash, now });
    const [first] = rows;
    if (!first) return undefined;
    if (isActive && now.getTime() - first.session_seen_at.getTime() > TOUCH_MS) {
      await database.run(
        'sessions.touch',
        'update officer_sessions set last_seen_at = $2::timestamptz where token_hash = $1',
        [hash, now.toISOString()],
      );
    }
    return {
      memberships: rows.map((row) => ({ officer: officerOf(row), commune: communeOf(row) })),
      method: first.method,
      csrf: derivedToken(token, 'csrf'),
      tokenHash: hash,
    };
  };
}

type SessionRow = Record<string, unknown> & { token_hash: string; session_seen_at: Date; method: SignInMethod };

const READ = `
select s.token_hash, s.method, s.last_seen_at as session_seen_at, o.*, c.slug, c.name as commune_name, c.settings
from officer_sessions s
join officers o on o.commune_id = s.commune_id and o.id = s.officer_id and o.is_active
join communes c on c.id = s.commune_id
where s.token_hash = any(array(select jsonb_array_elements_text($1::jsonb))) and s.expires_at > $2::timestamptz
  and s.last_seen_at > $2::timestamptz - make_interval(hours => ${IDLE_HOURS})
order by c.slug`;

/** Somebody has the console open: conversations may be offered to them. */
export async function markSeen(database: Database, { communeId, id }: Officer, now: Date): Promise<void> {
  await database.run(
    'officers.seen',
    `update officers set last_seen_at = $3::timestamptz where commune_id = $1 and id = $2
       and (last_seen_at is null or last_seen_at < $3::timestamptz - interval '30 seconds')`,
    [communeId, id, now.toISOString()],
  );
}

/** Ends one browser's session, at all its communes. */
export async function endSession(database: Database, token: string): Promise<void> {
  await database.run('sessions.end', 'delete from officer_sessions where token_hash = $1', [hashToken(token)]);
}

const officerOf = (row: Record<string, unknown>): Officer => ({
  communeId: row.commune_id as string,
  id: row.id as string,
  email: row.email as string,
  name: row.name as string,
  title: row.title as string,
  role: row.role as Officer['role'],
  fields: row.fields as string[],
  presence: row.presence as Officer['presence'],
  lastSeenAt: row.last_seen_at as Date | null,
  isActive: row.is_active as boolean,
  createdAt: row.created_at as Date,
});
const communeOf = (row: Record<string, unknown>): Commune => ({
  id: row.commune_id as string,
  slug: row.slug as string,
  name: row.commune_name as string,
  settings: communeSettings.parse(row.settings),
});
