import type { Channel } from '../channels/channel.ts';
import { addWorkingDays, localTime } from '../communes/calendar.ts';
import type { Commune, CommuneSettings } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { type Saying, sayingSql } from '../outbox/enqueue.ts';
import type { Done } from './acts.ts';
import type { OfficerCard, Staff } from './handoff.ts';
import { newPetitionNumber, petitionKey, showNumber } from './petition-number.ts';
import { officerWindowOf } from './reply-window.ts';
import { officerMark } from './say-officer.ts';

export type PetitionStatus = 'received' | 'in_progress' | 'answered' | 'forwarded' | 'closed';

export const PETITION_WORDS: Record<PetitionStatus, string> = {
  received: 'đã tiếp nhận',
  in_progress: 'đang xem xét',
  answered: 'đã trả lời',
  forwarded: 'đã chuyển cơ quan khác',
  closed: 'đã kết thúc',
};

/** A complaint or proposal with the number the citizen can ask about. */
export interface Petition {
  id: string;
  /** "PA-261130-7K4MX": day received, four characters and a check character. */
  number: string;
  conversationId: string;
  status: PetitionStatus;
  statusText: string;
  text: string;
  receivedAt: Date;
  dueAt: Date | null;
  officer: OfficerCard | null;
  answer: string | null;
  answeredAt: Date | null;
}

export interface Petitions {
  list(
    staff: Staff,
    options?: { status?: PetitionStatus; cursor?: string },
  ): Promise<{ items: Petition[]; nextCursor: string | null }>;
  byNumber(staff: Staff, number: string): Promise<Petition | null>;
  /** An officer records what the citizen said; the citizen is told the number. */
  record(staff: Staff, conversationId: string, text: string): Promise<Done<{ number: string }>>;
  /**
   * State and, with `answered`, the words told to the citizen.
   * @returns isTold: false when the platform allows no message any more: tell it another way
   */
  update(
    staff: Staff,
    number: string,
    change: { status: PetitionStatus; answer?: string },
  ): Promise<Done<{ isTold: boolean }>>;
}

/** As guidance knows the keeper of petitions (`PetitionDesk`): what citizens say and ask in the chat. */
export interface PetitionKeeper {
  record(petition: {
    text: string;
    asker: { communeId: string; conversationId: string; turnId: string };
    commune: CommuneSettings;
    now: Date;
  }): Promise<{ number: string }>;
  find(asked: {
    number: string | null;
    asker: { communeId: string; conversationId: string };
    now: Date;
  }): Promise<{ text: string } | null>;
}

/** What a citizen adds within a day belongs to the same petition. */
const SAME_MS = 24 * 3_600_000;
const TEXT_MAX = 4_000;
const PAGE = 50;

const dayOf = (at: Date) => localTime(at).date.split('-').reverse().join('/');
const clip = (text: string) => [...text.normalize('NFC').trim()].slice(0, TEXT_MAX).join('');

/** The end of the last day for an answer. */
const dueAt = (settings: CommuneSettings, now: Date) =>
  new Date(`${addWorkingDays(settings, now, settings.handoff.petitionDays)}T16:59:59.000Z`);

async function keep(
  database: Database,
  petition: { communeId: string; conversationId: string; causeId: string; text: string; dueAt: Date; now: Date },
): Promise<string> {
  for (;;) {
    const [row] = await database.run<{ number: string }>('petitions.keep', KEEP, [
      petition.communeId,
      petition.conversationId,
      petition.causeId,
      timeOrdered(),
      newPetitionNumber(petition.now),
      clip(petition.text),
      petition.now.toISOString(),
      petition.dueAt.toISOString(),
      new Date(petition.now.getTime() - SAME_MS).toISOString(),
    ]);
    // else the number drawn is another's: draw again
    if (row) return row.number;
  }
}

export function createPetitionKeeper(database: Database): PetitionKeeper {
  return {
    async record({ text, asker, commune, now }) {
      const number = await keep(database, {
        communeId: asker.communeId,
        conversationId: asker.conversationId,
        causeId: asker.turnId,
        text,
        dueAt: dueAt(commune, now),
        now,
      });
      return { number: showNumber(number) };
    },
    async find({ number, asker }) {
      const key = number === null ? null : petitionKey(number);
      if (number !== null && key === null) return null;
      const [row] = await database.run<PetitionRow>(
        'petitions.asked',
        `${SELECT}
        where p.commune_id = $1 and case when $2::text is null then p.conversation_id = $3::uuid else p.number = $2 end
        order by p.received_at desc limit 1`,
        [asker.communeId, key, asker.conversationId],
      );
      if (!row) return null;
      const head = `Phản ánh ${showNumber(row.number)} gửi ngày ${dayOf(row.received_at)}: ${PETITION_WORDS[row.status]}.`;
      if (row.conversation_id !== asker.conversationId) return { text: head };
      const isOpen = row.status === 'received' || row.status === 'in_progress';
      const due = isOpen && row.due_at ? `\nChậm nhất ngày ${dayOf(row.due_at)} có trả lời.` : '';
      return { text: `${head}${row.answer ? `\nTrả lời: ${row.answer}` : due}` };
    },
  };
}

interface PetitionRow {
  id: string;
  number: string;
  conversation_id: string;
  status: PetitionStatus;
  text: string;
  received_at: Date;
  due_at: Date | null;
  answer: string | null;
  answered_at: Date | null;
  f_id: string | null;
  f_name: string;
  f_title: string;
  received_key: string;
}

const toPetition = (row: PetitionRow): Petition => ({
  id: row.id,
  number: showNumber(row.number),
  conversationId: row.conversation_id,
  status: row.status,
  statusText: PETITION_WORDS[row.status],
  text: row.text,
  receivedAt: row.received_at,
  dueAt: row.due_at,
  officer: row.f_id ? { id: row.f_id, name: row.f_name, title: row.f_title } : null,
  answer: row.answer,
  answeredAt: row.answered_at,
});

const refused = (why: 'unknown' | 'invalid' | 'not_yours', text: string) => ({ ok: false as const, why, text });
const isStatus = (status: string): status is PetitionStatus => Object.hasOwn(PETITION_WORDS, status);

export function createPetitions(deps: {
  database: Database;
  channel: (name: Channel['name']) => Channel;
  commune: (id: string) => Promise<Commune>;
  onDone: () => void;
  now?: () => Date;
}): Petitions {
  const { database, channel, commune, onDone, now = () => new Date() } = deps;

  const placeOf = async (communeId: string, conversationId: string, officerId: string) => {
    const [row] = await database.run<{
      channel: Channel['name'];
      owner: string;
      holder: string | null;
      last_user_at: Date | null;
      name: string;
      title: string;
    }>('petitions.place', PLACE, [communeId, conversationId, officerId]);
    return row;
  };
  type Place = NonNullable<Awaited<ReturnType<typeof placeOf>>>;
  const mayLeave = (place: Place, at: Date) =>
    place.last_user_at !== null &&
    at.getTime() - place.last_user_at.getTime() < officerWindowOf(channel(place.channel).limits);
  const saying = (
    place: Place,
    settings: CommuneSettings,
    staff: Staff,
    causeId: string,
    at: Date,
    text: string,
  ): Saying => ({
    causeId,
    messageId: timeOrdered(),
    author: 'officer',
    text,
    content: { officerId: staff.officerId, petition: true },
    occurredAt: at,
    calls: channel(place.channel).render({
      text: `${officerMark({ id: staff.officerId, name: place.name, title: place.title }, settings)}\n${text}`,
    }),
  });

  return {
    async list({ communeId }, { status, cursor } = {}) {
      const [before, id] = Buffer.from(cursor ?? '', 'base64url')
        .toString()
        .split('|');
      const isCursor = /^[0-9 :.+-]{19,40}$/.test(before ?? '') && /^[0-9a-f-]{36}$/.test(id ?? '');
      const rows = await database.run<PetitionRow>(
        'petitions.list',
        `${SELECT} where p.commune_id = $1 and ($2::text is null or p.status = $2)
           and ($3::timestamptz is null or (p.received_at, p.id) < ($3::timestamptz, $4::uuid))
         order by p.received_at desc, p.id desc limit $5`,
        [communeId, status ?? null, isCursor ? before : null, isCursor ? id : null, PAGE + 1],
      );
      const last = rows.length > PAGE ? rows[PAGE - 1] : undefined;
      return {
        items: rows.slice(0, PAGE).map(toPetition),
        nextCursor: last ? Buffer.from(`${last.received_key}|${last.id}`).toString('base64url') : null,
      };
    },

    async byNumber({ communeId }, number) {
      const key = petitionKey(number);
      if (!key) return null;
      const [row] = await database.run<PetitionRow>(
        'petitions.by_number',
        `${SELECT} where p.commune_id = $1 and p.number = $2`,
        [communeId, key],
      );
      return row ? toPetition(row) : null;
    },

    async record(staff, conversationId, text) {
      if (!text.trim()) return refused('invalid', 'Cần nội dung phản ánh.');
      const place = /^[0-9a-f-]{36}$/.test(conversationId)
        ? await placeOf(staff.communeId, conversationId, staff.officerId)
        : undefined;
      if (!place) return refused('unknown', 'Không tìm thấy hội thoại này.');
      if (place.owner !== 'officer' || place.holder !== staff.officerId) {
        return refused('not_yours', 'Nhận hội thoại trước khi ghi phản ánh.');
      }
      const at = now();
      const { settings } = await commune(staff.communeId);
      const causeId = timeOrdered();
      const number = showNumber(
        await keep(database, {
          communeId: staff.communeId,
          conversationId,
          causeId,
          text,
          dueAt: dueAt(settings, at),
          now: at,
        }),
      );
      const said = mayLeave(place, at)
        ? [
            saying(
              place,
              settings,
              staff,
              causeId,
              at,
              `Đã ghi phản ánh, mã ${number}. Nhắn mã này để hỏi xử lý tới đâu.`,
            ),
          ]
        : [];
      await database.run('petitions.say', SAY, [staff.communeId, conversationId, causeId, JSON.stringify(said)]);
      onDone();
      return { ok: true, number, audit: { act: 'petition.recorded', conversationId, detail: { number } } };
    },

    async update(staff, number, { status, answer }) {
      const words = answer ? clip(answer) : null;
      if (!isStatus(status)) return refused('invalid', 'Trạng thái không hợp lệ.');
      if (status === 'answered' && !words) return refused('invalid', 'Cần nội dung trả lời.');
      const key = petitionKey(number);
      const known = key && (await this.byNumber(staff, number));
      const place = known && (await placeOf(staff.communeId, known.conversationId, staff.officerId));
      if (!known || !place) return refused('unknown', 'Không tìm thấy phản ánh này.');
      const at = now();
      const { settings } = await commune(staff.communeId);
      const causeId = timeOrdered();
      const isTold = words !== null && mayLeave(place, at);
      const said = isTold
        ? [saying(place, settings, staff, causeId, at, `Trả lời phản ánh ${known.number}:\n${words}`)]
        : [];
      await database.run('petitions.update', UPDATE, [
        staff.communeId,
        key,
        staff.officerId,
        status,
        words,
        at.toISOString(),
        causeId,
        JSON.stringify(said),
      ]);
      onDone();
      return {
        ok: true,
        isTold,
        audit: {
          act: 'petition.updated',
          conversationId: known.conversationId,
          detail: { number: known.number, status, isTold },
        },
      };
    },
  };
}

const SELECT = `
select p.id, p.number, p.conversation_id, p.status, p.text, p.received_at, p.received_at::text as received_key, p.due_at,
  p.answer, p.answered_at, f.id as f_id, f.name as f_name, f.title as f_title
from petitions p left join officers f on f.commune_id = p.commune_id and f.id = p.officer_id`;

// The same cause again, or more words of the same chat within a day, find the row; words already in it add nothing.
const KEEP = `
with known as (
  select id from petitions
  where commune_id = $1 and (cause_id = $3 or (conversation_id = $2 and status = 'received' and received_at > $9::timestamptz))
  order by (cause_id = $3) desc, received_at desc limit 1
), added as (
  update petitions p set text = case when position($6 in p.text) > 0 then p.text else left(p.text || E'\\n' || $6, 8000) end,
    changed_at = $7::timestamptz
  from known k where p.commune_id = $1 and p.id = k.id
  returning p.number
), made as (
  insert into petitions (commune_id, id, number, cause_id, conversation_id, text, received_at, due_at, changed_at)
  select $1, $4, $5, $3, $2, $6, $7::timestamptz, $8::timestamptz, $7::timestamptz
  where not exists (select 1 from known)
  on conflict do nothing
  returning number
)
select number from added union all select number from made`;

const PLACE = `
select c.channel, c.owner, c.officer_id as holder, c.last_user_at, f.name, f.title
from conversations c join officers f on f.commune_id = c.commune_id and f.id = $3
where c.commune_id = $1 and c.id = $2`;

const SAY = `
with cause as (
  select commune_id, id as conversation_id, account_id, $3::uuid as cause_id from conversations
  where commune_id = $1 and id = $2
), ${sayingSql('cause', 4)}
select conversation_id from cause`;

const UPDATE = `
with changed as (
  update petitions set status = $4, officer_id = $3::uuid, answer = coalesce($5, answer),
    answered_at = case when $5::text is null then answered_at else $6::timestamptz end, changed_at = $6::timestamptz
  where commune_id = $1 and number = $2
  returning commune_id, conversation_id
), cause as (
  select x.commune_id, x.conversation_id, c.account_id, $7::uuid as cause_id
  from changed x join conversations c on c.commune_id = x.commune_id and c.id = x.conversation_id
), ${sayingSql('cause', 8)}
select conversation_id from changed`;
