import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { derivedFrom } from '../db/ids.ts';
import { isOver, type Snapshot, snapshotOf } from './changes.ts';
import type { DossierState, DossierView } from './dossier.ts';

/** Who asks to be told. `turnId` stays the same when a turn is repeated: a repeat has the answer of the first time. */
export interface Watcher {
  communeId: string;
  conversationId: string;
  citizenId: string;
  turnId: string;
}

export type SubscribeResult =
  | { kind: 'subscribed' }
  /** This conversation is told of the dossier already. */
  | { kind: 'already' }
  /** The citizen has as many dossiers watched as the commune allows. */
  | { kind: 'limit'; limit: number }
  /** Returned, refused or withdrawn: nothing will change any more. */
  | { kind: 'over' };

export interface OpenWatch {
  code: string;
  since: Date;
  /** As last seen. */
  state: DossierState;
}

/** "Báo tôi khi có thay đổi": consent to be told of a dossier's changes, given and taken back. */
export interface Watches {
  /**
   * @param view what the dossier looks like now: a change is a difference from it
   * @param consentText the wording the citizen agreed to, kept as proof
   */
  subscribe(
    watcher: Watcher,
    code: string,
    view: DossierView,
    consentText: string,
    now: Date,
  ): Promise<SubscribeResult>;
  /**
   * Takes consent back: nothing more is told, also what waits to leave.
   * @returns the codes no longer watched
   */
  withdraw(watcher: Watcher, code: string | 'all', now: Date): Promise<string[]>;
  list(watcher: Pick<Watcher, 'communeId' | 'conversationId'>): Promise<OpenWatch[]>;
}

export interface WatchesDeps {
  database: Database;
  commune: (id: string) => Promise<Commune>;
  random?: () => number;
}

export function createWatches({ database, commune, random = Math.random }: WatchesDeps): Watches {
  return {
    async subscribe(watcher, code, view, consentText, now) {
      if (isOver(view.state)) return { kind: 'over' };
      const { communeId, conversationId, citizenId, turnId } = watcher;
      const { perCitizen, pollMinutes } = (await commune(communeId)).settings.notices;
      const id = derivedFrom('watch', conversationId, code, turnId);
      // Somewhere in the interval: those who subscribe together are not asked about together.
      const pollAt = new Date(now.getTime() + pollMinutes * 60_000 * (0.5 + random() / 2));
      const written = await database.run('watches.subscribe', SUBSCRIBE, [
        communeId,
        id,
        conversationId,
        citizenId,
        code,
        consentText,
        turnId,
        now.toISOString(),
        JSON.stringify(snapshotOf(view, now)),
        pollAt.toISOString(),
        perCitizen,
      ]);
      if (written.length > 0) return { kind: 'subscribed' };
      const [known] = await database.run<{ turn_id: string | null }>('watches.known', KNOWN, [
        communeId,
        id,
        conversationId,
        code,
      ]);
      if (!known) return { kind: 'limit', limit: perCitizen };
      return { kind: known.turn_id === turnId ? 'subscribed' : 'already' };
    },

    async withdraw({ communeId, conversationId, turnId }, code, now) {
      const which = code === 'all' ? null : code;
      await database.run('watches.withdraw', WITHDRAW, [communeId, conversationId, which, now.toISOString(), turnId]);
      const rows = await database.run<{ code: string }>('watches.silence', SILENCE, [
        communeId,
        conversationId,
        turnId,
      ]);
      return rows.map((row) => row.code).sort();
    },

    async list({ communeId, conversationId }) {
      const rows = await database.run<{ code: string; consented_at: Date; last_seen: Snapshot | null }>(
        'watches.list',
        `select code, consented_at, last_seen from dossier_watches
         where commune_id = $1 and conversation_id = $2 and withdrawn_at is null and ended_reason is null
         order by consented_at, code`,
        [communeId, conversationId],
      );
      return rows.map((row) => ({
        code: row.code,
        since: row.consented_at,
        state: row.last_seen?.state ?? 'unknown',
      }));
    },
  };
}

const SUBSCRIBE = `
insert into dossier_watches (commune_id, id, conversation_id, citizen_id, code, consent_text, consent_turn_id,
  consented_at, last_seen, last_seen_at, poll_at)
select $1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $9::jsonb, $8::timestamptz, $10::timestamptz
where (select count(*) from dossier_watches w
  where w.commune_id = $1 and w.citizen_id = $4 and w.withdrawn_at is null and w.ended_reason is null) < $11::int
on conflict do nothing
returning id`;

const KNOWN = `
select consent_turn_id as turn_id from dossier_watches
where commune_id = $1 and (id = $2
  or (conversation_id = $3 and code = $4 and withdrawn_at is null and ended_reason is null))
order by id = $2 desc limit 1`;

const WITHDRAW = `
update dossier_watches set withdrawn_at = $4::timestamptz, withdrawn_turn_id = $5, poll_at = null, lease_until = null
where commune_id = $1 and conversation_id = $2 and ($3::text is null or code = $3)
  and withdrawn_at is null and ended_reason is null`;

// After the watches have ended for everybody: a notice that was put in line at that very moment is seen here, and after it
// none can be. What is being sent just now cannot be called back.
const SILENCE = `
with ended as (
  select commune_id, id, code from dossier_watches
  where commune_id = $1 and conversation_id = $2 and withdrawn_turn_id = $3
), dropped as (
  update dossier_notices n set status = 'dropped', why_waiting = 'withdrawn'
  from ended e
  where n.commune_id = e.commune_id and n.watch_id = e.id and n.status in ('due', 'waiting')
), cancelled as (
  update outbox o set status = 'cancelled', error_code = 'withdrawn'
  from ended e join dossier_notices n on n.commune_id = e.commune_id and n.watch_id = e.id
  where o.commune_id = n.commune_id and o.cause_id = n.id and o.status in ('queued', 'held') and not o.must_check
)
select code from ended`;
