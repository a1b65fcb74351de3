import { addOpenMinutes, isOpen } from '../communes/calendar.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { HERE_TTL_MS } from './acts.ts';

/** What is true about the line right now; what is told of it to the citizen is kept with the episode. */
export interface Staffing {
  isOpen: boolean;
  /** Citizens who asked before and still wait. */
  ahead: number;
  /** Officers at the console now. */
  here: number;
  /** By then somebody will have answered; the one told before, for who waits already. Null: the office does not open. */
  promisedAt: Date | null;
  /** `promisedAt` lies behind us and nobody answered. */
  isOverdue: boolean;
  /** The commune's target for the first reply. */
  dueAt: Date | null;
}

/** Until there is experience, so long is one citizen talked with. */
const TALK_MINUTES = 10;
const SHORTEST_TALK = 3;
const LONGEST_TALK = 45;

/**
 * Asks the line once, when a person is about to be promised. Nothing is promised that the commune's target, the line
 * before and the opening times do not allow.
 */
export function createStaffing(database: Database) {
  return async function staffing(
    asker: { communeId: string; conversationId: string },
    commune: CommuneSettings,
    now: Date,
  ): Promise<Staffing> {
    const [row] = await database.run<{
      ahead: number;
      here: number;
      officers: number;
      talk: number | null;
      promised_at: Date | null;
      due_at: Date | null;
    }>('handoff.staffing', STAFFING, [
      asker.communeId,
      asker.conversationId,
      now.toISOString(),
      new Date(now.getTime() - HERE_TTL_MS).toISOString(),
    ]);
    const { ahead, here, officers, talk, promised_at: promised, due_at: due } = row!;
    const dueAt = due ?? addOpenMinutes(commune, now, commune.officerReplyMinutes);
    if (promised)
      return { isOpen: isOpen(commune, now), ahead, here, promisedAt: promised, isOverdue: promised < now, dueAt };
    const minutes = Math.min(LONGEST_TALK, Math.max(SHORTEST_TALK, talk ?? TALK_MINUTES));
    // at night nobody is here; in the morning those who work here are
    const hands = Math.max(1, isOpen(commune, now) ? here : officers);
    const wait = Math.max(commune.officerReplyMinutes, Math.ceil(ahead / hands) * minutes);
    return {
      isOpen: isOpen(commune, now),
      ahead,
      here,
      promisedAt: roundedUp(addOpenMinutes(commune, now, wait), now),
      isOverdue: false,
      dueAt,
    };
  };
}

const MINUTE_MS = 60_000;

/** Soon: whole five minutes from now. Later: the clock's half hours, as people say them. */
function roundedUp(at: Date | null, now: Date): Date | null {
  if (!at) return null;
  const away = at.getTime() - now.getTime();
  if (away <= 60 * MINUTE_MS) return new Date(now.getTime() + Math.ceil(away / (5 * MINUTE_MS)) * 5 * MINUTE_MS);
  return new Date(Math.ceil(at.getTime() / (30 * MINUTE_MS)) * 30 * MINUTE_MS);
}

const STAFFING = `
with mine as (
  select queued_at, promised_at, due_at from handoffs
  where commune_id = $1 and conversation_id = $2 and closed_at is null and taken_at is null
)
select
  (select count(*)::int from conversations c where c.commune_id = $1 and c.owner = 'waiting' and c.id <> $2
     and c.owner_since <= coalesce((select queued_at from mine), $3::timestamptz)) as ahead,
  (select count(*)::int from officers where commune_id = $1 and is_active and role <> 'province' and presence = 'here'
     and last_seen_at >= $4::timestamptz) as here,
  (select count(*)::int from officers where commune_id = $1 and is_active and role <> 'province') as officers,
  (select percentile_cont(0.5) within group (order by extract(epoch from closed_at - taken_at) / 60) from (
     select closed_at, taken_at from handoffs
     where commune_id = $1 and closed_at is not null and taken_at is not null and close_kind in ('resolved', 'released')
     order by closed_at desc limit 50) recent) as talk,
  (select promised_at from mine) as promised_at,
  (select due_at from mine) as due_at`;
