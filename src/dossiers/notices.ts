import type { Channel } from '../channels/channel.ts';
import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { createWorkLoop, type WorkLoop } from '../db/work-loop.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Carrier, chooseCarrier } from './carriers.ts';
import type { NoticeFacts, NoticeKind, Snapshot } from './changes.ts';
import type { NoticeMetrics } from './notice-metrics.ts';
import { listTemplates, type NoticeTemplate } from './notice-templates.ts';
import { quietUntil } from './quiet-hours.ts';
import { noticeText, templateValues } from './say-notice.ts';
import type { SharedPhones } from './shared-phone.ts';

const BATCH = 200;
/** Not woken by every turn: a second later is soon enough, and costs the turns nothing. */
const IDLE_MS = 1_000;
/** What waits is looked at again so often, beside the moment its citizen writes. */
const RELEASE_EVERY_MS = 30_000;
/** A notice whose decision failed is taken up again after so long. */
const RETRY_MS = 5 * 60_000;
/** Who wrote so recently is awake: quiet hours are for the others. */
const AWAKE_MS = 10 * 60_000;

export interface NoticesDeps {
  database: Database;
  channel: (name: Channel['name']) => Channel;
  commune: (id: string) => Promise<Commune>;
  phoneOf: SharedPhones;
  log: Log;
  metrics: NoticeMetrics;
  /** Something was put in line. */
  onQueued: () => void;
  now?: () => Date;
}

export interface Notices extends WorkLoop {
  /** One look at everything that is due. @returns how many notices were decided on */
  round(): Promise<number>;
  /** Citizens did something: what waited for them leaves at the next look. */
  citizenActed(conversations: { communeId: string; id: string }[]): void;
}

interface DueRow {
  commune_id: string;
  id: string;
  watch_id: string;
  kind: NoticeKind;
  facts: NoticeFacts;
  tried: string[];
  code: string;
  last_seen: Snapshot | null;
  is_withdrawn: boolean;
  conversation_id: string;
  account_id: string;
  channel: Channel['name'];
  owner: 'bot' | 'waiting' | 'officer';
  officer_until: Date | null;
  last_user_at: Date | null;
}

/**
 * Puts due notices in line, by the carrier that is open then. Any number of processes may do so: each step is one
 * statement that begins with the notice's own row, so a notice is put in line once.
 */
export function createNotices(deps: NoticesDeps): Notices {
  const { database, channel, commune, phoneOf, log, metrics, now = () => new Date() } = deps;
  const acted = new Map<string, string>();
  let releaseAt = 0;

  const look = async (): Promise<number> => {
    await reconcile();
    await release();
    const rows = await database.run<DueRow>('notices.due', DUE, [now().toISOString(), BATCH]);
    const templates = new Map<string, Promise<NoticeTemplate[]>>();
    const templatesOf = (row: DueRow) => {
      const known = templates.get(row.account_id) ?? listTemplates(database.orm, row.commune_id, row.account_id);
      templates.set(row.account_id, known);
      return known;
    };
    let queued = 0;
    for (const row of rows) {
      try {
        if (await decide(row, templatesOf)) queued += 1;
      } catch (error) {
        // one that cannot be told holds up nobody else's
        log.error('notices.one_failed', { communeId: row.commune_id, noticeId: row.id, error: errorText(error) });
        await postpone(row, new Date(now().getTime() + RETRY_MS));
      }
    }
    if (queued > 0) deps.onQueued();
    return rows.length;
  };

  /** @returns true when the notice was put in line */
  const decide = async (row: DueRow, templatesOf: (row: DueRow) => Promise<NoticeTemplate[]>): Promise<boolean> => {
    const at = now();
    if (row.is_withdrawn) return settle(row, 'dropped', 'withdrawn');
    // A reminder of something that is no longer so.
    if (row.last_seen && row.kind !== 'state' && row.last_seen.state !== row.facts.state) {
      return settle(row, 'dropped', 'superseded');
    }
    const { settings } = await commune(row.commune_id);
    const isAwake = row.last_user_at !== null && at.getTime() - row.last_user_at.getTime() < AWAKE_MS;
    const quietEnd = isAwake ? null : quietUntil(settings.notices, at);
    if (quietEnd) return postpone(row, quietEnd);
    if (row.owner === 'officer') {
      // A person speaks there: an automatic line in between would confuse. Staff see it and may tell it themselves.
      if (row.officer_until === null || row.officer_until > at) return settle(row, 'waiting', 'officer');
      await database.run('notices.give_back', GIVE_BACK, [row.commune_id, row.conversation_id, at.toISOString()]);
    }
    const notice = {
      kind: row.kind,
      code: row.code,
      facts: { ...row.facts, asOf: row.last_seen?.asOf ?? row.facts.asOf },
    };
    const text = noticeText(notice, settings, at);
    const templates = await templatesOf(row);
    const mayNeedPhone = templates.some((template) =>
      channel(row.channel).templateCarriers.some(({ name, needsPhone }) => needsPhone && name === template.carrier),
    );
    const phone = mayNeedPhone
      ? await phoneOf({ communeId: row.commune_id, conversationId: row.conversation_id })
      : undefined;
    const choice = chooseCarrier({
      channel: channel(row.channel),
      kind: row.kind,
      text,
      values: templateValues(notice, settings),
      templates,
      tried: row.tried,
      lastUserAt: row.last_user_at,
      hasPhone: phone !== undefined,
      paidMessageVnd: settings.notices.paidMessageVnd,
      now: at,
    });
    if (choice.carrier === null) {
      return settle(row, 'waiting', choice.why);
    }
    const queued = await database.run('notices.queue', QUEUE, [
      row.commune_id,
      row.watch_id,
      row.id,
      choice.carrier,
      choice.costVnd,
      timeOrdered(),
      at.toISOString(),
      text,
      JSON.stringify({ notice: row.kind, carrier: choice.carrier }),
      JSON.stringify(choice.calls),
    ]);
    return queued.length > 0;
  };

  const settle = async (row: DueRow, status: 'dropped' | 'waiting', why: string): Promise<false> => {
    await database.run('notices.settle', SETTLE, [row.commune_id, row.id, status, why, now().toISOString()]);
    return false;
  };
  const postpone = async (row: DueRow, until: Date): Promise<false> => {
    await database.run('notices.postpone', POSTPONE, [row.commune_id, row.id, until.toISOString()]);
    return false;
  };

  /** Takes up what became of the rows in line. */
  const reconcile = async () => {
    const rows = await database.run<{ status: string; carrier: Carrier; cost_vnd: number | null }>(
      'notices.reconcile',
      RECONCILE,
      [now().toISOString(), BATCH],
    );
    for (const { status, carrier, cost_vnd } of rows) {
      if (status !== 'sent') continue;
      metrics.notices.inc({ carrier });
      metrics.costVnd.inc({ carrier }, cost_vnd ?? 0);
    }
  };

  const release = async () => {
    const at = now();
    const isFull = at.getTime() >= releaseAt;
    if (!isFull && acted.size === 0) return;
    const conversations = isFull ? null : [...acted].map(([id, commune_id]) => ({ id, commune_id }));
    acted.clear();
    await database.run('notices.release', RELEASE, [
      at.toISOString(),
      conversations === null ? null : JSON.stringify(conversations),
    ]);
    if (isFull) releaseAt = at.getTime() + RELEASE_EVERY_MS;
  };

  const loop = createWorkLoop(async () => (await look()) === BATCH, {
    idleMs: IDLE_MS,
    onError: (error) => log.error('notices.failed', { error: errorText(error) }),
  });

  return {
    ...loop,
    round: look,
    citizenActed(conversations) {
      for (const { communeId, id } of conversations) acted.set(id, communeId);
    },
  };
}

// First which, then what belongs to each by its key: joined at once, a planner that takes a commune to be small reads all
// its watches for every notice.
const DUE = `
with due as materialized (
  select commune_id, id, watch_id, kind, facts, tried, conversation_id, send_at from dossier_notices
  where status = 'due' and send_at <= $1::timestamptz
  order by send_at, id limit $2
)
select n.commune_id, n.id, n.watch_id, n.kind, n.facts, n.tried, w.code, w.last_seen, w.is_withdrawn, n.conversation_id,
  v.account_id, v.channel, v.owner, v.officer_until, v.last_user_at
from due n
  cross join lateral (
    select code, last_seen, withdrawn_at is not null as is_withdrawn from dossier_watches
    where commune_id = n.commune_id and id = n.watch_id limit 1
  ) w
  cross join lateral (
    select account_id, channel, owner, officer_until, last_user_at from conversations
    where commune_id = n.commune_id and id = n.conversation_id limit 1
  ) v
order by n.send_at, n.id`;

const SETTLE = `
update dossier_notices set status = $3,
  why_waiting = case when $4 = 'no_carrier' then coalesce(why_waiting, $4) else $4 end, waiting_since = $5::timestamptz, carrier = null,
  cost_vnd = null, is_seen_by_staff = false
where commune_id = $1 and id = $2 and status = 'due'`;

const POSTPONE = `
update dossier_notices set send_at = $3::timestamptz where commune_id = $1 and id = $2 and status = 'due'`;

// As the turn after an officer's silence does; a turn that runs just now reads its conversation anew.
const GIVE_BACK = `
update conversations set owner = 'bot', owner_since = $3::timestamptz, officer_id = null, officer_until = null,
  hand_off_reason = null,
  owner_version = owner_version + 1,
  memory = case when jsonb_typeof(memory) = 'object' then memory || '{"greeted": false}' else memory end
where commune_id = $1 and id = $2 and owner = 'officer' and officer_until <= $3::timestamptz`;

// The watch is locked first: consent taken back before is seen, consent taken back after finds the row in line.
const QUEUE = `
with consent as (
  select id from dossier_watches where commune_id = $1 and id = $2 and withdrawn_at is null for update
), taken as (
  update dossier_notices n set status = 'queued', carrier = $4, cost_vnd = $5, message_id = $6,
    queued_at = $7::timestamptz, why_waiting = null
  from conversations v
  where n.commune_id = $1 and n.id = $3 and n.status = 'due' and exists (select 1 from consent)
    and v.commune_id = n.commune_id and v.id = n.conversation_id and v.owner <> 'officer'
  returning n.commune_id, n.id, n.conversation_id, v.account_id
), said as (
  insert into messages (commune_id, id, conversation_id, author, text, content, occurred_at)
  select commune_id, $6, conversation_id, 'bot', $8, $9::jsonb, $7::timestamptz from taken
), line as (
  insert into outbox (commune_id, account_id, conversation_id, message_id, cause_id, seq, author, call)
  select t.commune_id, t.account_id, t.conversation_id, $6, t.id,
    coalesce((select max(o.seq) + 1 from outbox o where o.commune_id = $1 and o.cause_id = $3), 0) + c.place - 1,
    'bot', c.call
  from taken t, jsonb_array_elements($10::jsonb) with ordinality as c(call, place)
  order by c.place
)
select id from taken`;

// A failed carrier is not tried again before the citizen does something; another may be. A row held for a window that
// the platform found closed leaves the line unless the citizen's next act has set it free already.
const RECONCILE = `
with ended as (
  select n.commune_id, n.id, n.carrier, o.id as outbox_id, o.status, o.error_code, o.error_detail
  from dossier_notices n join outbox o
    on o.commune_id = n.commune_id and o.cause_id = n.id and o.message_id = n.message_id
  where n.status = 'queued' and o.status in ('sent', 'failed', 'cancelled', 'held')
  limit $2
), freed as (
  update outbox o set status = 'cancelled', error_code = 'other_carrier'
  from ended e
  where e.status = 'held' and o.commune_id = e.commune_id and o.id = e.outbox_id and o.status = 'held'
  returning o.id
)
update dossier_notices n set
  status = case e.status when 'sent' then 'sent'
    when 'cancelled' then case when e.error_code = 'taken_over' then 'waiting' else 'dropped' end else 'due' end,
  tried = case when e.status in ('failed', 'held') then n.tried || to_jsonb(e.carrier) else n.tried end,
  why_waiting = case e.status when 'sent' then null
    when 'cancelled' then case when e.error_code = 'taken_over' then 'officer' else e.error_code end
    else e.carrier || ': ' || coalesce(e.error_detail, e.error_code) end,
  waiting_since = case when e.status = 'sent' then n.waiting_since else $1::timestamptz end,
  send_at = case when e.status = 'sent' then n.send_at else $1::timestamptz end,
  is_seen_by_staff = false
from ended e
where n.commune_id = e.commune_id and n.id = e.id and n.status = 'queued'
  and (e.status <> 'held' or exists (select 1 from freed f where f.id = e.outbox_id))
returning n.status, n.carrier, n.cost_vnd::int as cost_vnd`;

const RELEASE = `
update dossier_notices n set status = 'due', tried = '[]', why_waiting = null, send_at = $1::timestamptz
from conversations v
where n.status = 'waiting' and v.commune_id = n.commune_id and v.id = n.conversation_id
  and (v.owner <> 'officer' or v.officer_until <= $1::timestamptz)
  and (v.last_user_at > n.waiting_since or n.why_waiting = 'officer')
  and ($2::jsonb is null or (n.commune_id, n.conversation_id) in (
    select a.commune_id, a.id from jsonb_to_recordset($2::jsonb) as a(commune_id uuid, id uuid)))`;
