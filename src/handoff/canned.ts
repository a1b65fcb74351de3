import { localTime, openingTimes } from '../communes/calendar.ts';
import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import type { Catalogue } from '../procedures/catalogue.ts';
import type { Done } from './acts.ts';
import type { Staff, Summary } from './handoff.ts';

/** "/giochuyen": a ready answer; `officerId` null: the commune's, for everyone. */
export interface CannedAnswer {
  id: string;
  officerId: string | null;
  /** Typed after "/": letters without marks, digits, hyphens. */
  shortcut: string;
  title: string;
  /** May hold {ten_can_bo}, {chuc_danh}, {co_quan}, {dia_chi}, {dien_thoai}, {gio_lam_viec}, {ten_nguoi_dan}, {ma_ho_so}, {thu_tuc}. */
  text: string;
}

export interface CannedAnswers {
  /** The commune's and this officer's own, by shortcut. */
  list(staff: Staff): Promise<CannedAnswer[]>;
  /** Makes or changes one; the commune's only `asLead` (the caller checks the role). */
  save(
    staff: Staff,
    answer: { id?: string; isShared: boolean; shortcut: string; title: string; text: string },
    options?: { asLead?: boolean },
  ): Promise<Done<{ id: string }>>;
  remove(staff: Staff, id: string, options?: { asLead?: boolean }): Promise<Done>;
  /** With the gaps filled for a conversation; a gap nobody knows the words of stays as it is, and is named. */
  fill(staff: Staff, id: string, conversationId: string): Promise<{ text: string; missing: string[] } | null>;
}

const SHORTCUT = /^[a-z0-9][a-z0-9-]{0,29}$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const refused = (text: string) => ({ ok: false as const, why: 'invalid' as const, text });
const NONE = { ok: false as const, why: 'unknown' as const, text: 'Không tìm thấy câu trả lời mẫu này.' };

export function createCannedAnswers(deps: {
  database: Database;
  commune: (id: string) => Promise<Commune>;
  catalogue: Pick<Catalogue, 'byCode'>;
  now?: () => Date;
}): CannedAnswers {
  const { database, commune, catalogue, now = () => new Date() } = deps;
  return {
    list: ({ communeId, officerId }) =>
      database.run<CannedAnswer>(
        'canned.list',
        `select id, officer_id as "officerId", shortcut, title, text from canned_answers
         where commune_id = $1 and (officer_id is null or officer_id = $2) order by shortcut, officer_id nulls last`,
        [communeId, officerId],
      ),

    async save({ communeId, officerId }, answer, { asLead = false } = {}) {
      const shortcut = answer.shortcut.trim().toLowerCase().replace(/^\//, '');
      const title = answer.title.normalize('NFC').trim();
      const text = answer.text.normalize('NFC').trim();
      if (!SHORTCUT.test(shortcut)) return refused('Lối tắt chỉ gồm chữ không dấu, số và gạch nối, tối đa 30 ký tự.');
      if (!title || [...title].length > 100) return refused('Cần tên, không quá 100 ký tự.');
      if (!text || [...text].length > 2_000) return refused('Cần nội dung, không quá 2.000 ký tự.');
      if (answer.isShared && !asLead) return refused('Chỉ phụ trách mới sửa câu trả lời chung.');
      if (answer.id !== undefined && !UUID.test(answer.id)) return NONE;
      const id = answer.id ?? timeOrdered();
      const owner = answer.isShared ? null : officerId;
      const shared = [communeId, id, owner, shortcut, title, text, now().toISOString()];
      const rows = answer.id
        ? await database.run('canned.change', CHANGE, shared)
        : await database.run('canned.add', ADD, shared);
      if (rows.length > 0) {
        return {
          ok: true,
          id,
          audit: { act: 'canned.saved', conversationId: null, detail: { id, isShared: answer.isShared } },
        };
      }
      const taken = await database.run('canned.taken', TAKEN, [communeId, id, owner, shortcut]);
      return taken.length > 0 ? refused(`Lối tắt "/${shortcut}" đã có.`) : NONE;
    },

    async remove({ communeId, officerId }, id, { asLead = false } = {}) {
      if (!UUID.test(id)) return NONE;
      const rows = await database.run(
        'canned.remove',
        `delete from canned_answers where commune_id = $1 and id = $2
           and case when officer_id is null then $4::boolean else officer_id = $3::uuid end returning id`,
        [communeId, id, officerId, asLead],
      );
      return rows.length > 0
        ? { ok: true, audit: { act: 'canned.removed', conversationId: null, detail: { id } } }
        : NONE;
    },

    async fill({ communeId, officerId }, id, conversationId) {
      if (!UUID.test(id) || !UUID.test(conversationId)) return null;
      const [row] = await database.run<{
        text: string;
        name: string;
        title: string;
        display_name: string | null;
        summary: Summary | null;
        procedure_code: string | null;
        dossier: string | null;
      }>('canned.fill', FILL, [communeId, officerId, id, conversationId]);
      if (!row) return null;
      const { settings } = await commune(communeId);
      const code = row.summary?.procedure?.code ?? row.procedure_code;
      const values: Record<string, string | null | undefined> = {
        ten_can_bo: row.name,
        chuc_danh: row.title,
        co_quan: settings.officeName,
        dia_chi: settings.address,
        dien_thoai: settings.hotline ?? settings.phone,
        gio_lam_viec: hoursToday(settings, now()),
        ten_nguoi_dan: row.display_name,
        ma_ho_so: row.summary?.dossierNumbers.at(-1) ?? row.dossier,
        thu_tuc: code ? catalogue.byCode(code)?.name : null,
      };
      const missing = new Set<string>();
      const text = row.text.replace(/\{([a-z_]+)\}/g, (gap, name: string) => {
        const value = values[name];
        if (!value) missing.add(name);
        return value || gap;
      });
      return { text, missing: [...missing] };
    },
  };
}

const said = (clock: string) => `${Number(clock.slice(0, 2))} giờ${clock.endsWith(':00') ? '' : ` ${clock.slice(3)}`}`;

/** Of today, or of the next day the office opens: what an officer would say. */
function hoursToday(settings: Commune['settings'], now: Date): string | null {
  for (let day = 0; day < 14; day++) {
    const spans = openingTimes(settings, localTime(new Date(now.getTime() + day * 86_400_000)).date);
    if (spans.length > 0) return spans.map(({ opens, closes }) => `${said(opens)}–${said(closes)}`).join(' và ');
  }
  return null;
}

const TAKEN = `
select 1 from canned_answers
where commune_id = $1 and id <> $2 and officer_id is not distinct from $3::uuid and shortcut = $4`;

const ADD = `
insert into canned_answers (commune_id, id, officer_id, shortcut, title, text, updated_at)
values ($1, $2, $3::uuid, $4, $5, $6, $7::timestamptz) on conflict do nothing returning id`;

const CHANGE = `
update canned_answers a set shortcut = $4, title = $5, text = $6, updated_at = $7::timestamptz
where commune_id = $1 and id = $2 and officer_id is not distinct from $3::uuid
  and not exists (select 1 from canned_answers b where b.commune_id = a.commune_id and b.id <> a.id
    and b.officer_id is not distinct from a.officer_id and b.shortcut = $4)
returning id`;

const FILL = `
select a.text, f.name, f.title, p.display_name, h.summary, c.memory ->> 'procedureCode' as procedure_code,
  c.memory ->> 'dossier' as dossier
from canned_answers a
join officers f on f.commune_id = a.commune_id and f.id = $2
join conversations c on c.commune_id = a.commune_id and c.id = $4
left join citizens p on p.commune_id = c.commune_id and p.id = c.citizen_id
left join handoffs h on h.commune_id = c.commune_id and h.conversation_id = c.id and h.closed_at is null
where a.commune_id = $1 and a.id = $3 and (a.officer_id is null or a.officer_id = $2)`;
