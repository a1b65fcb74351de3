import type { Channel, OutgoingMessage } from '../channels/channel.ts';
import { addOpenMinutes } from '../communes/calendar.ts';
import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { derivedFrom, timeOrdered } from '../db/ids.ts';
import type { Saying } from '../outbox/enqueue.ts';
import type { Catalogue } from '../procedures/catalogue.ts';
import { type Acts, type Done, PRESENCE_TTL_MS, type Refusal, type ReplyInput } from './acts.ts';
import type { OfficerCard, Staff } from './handoff.ts';
import type { HandOffMetrics } from './handoff-metrics.ts';
import {
  ANSWERED,
  END,
  ON_ITS_WAY,
  REPLY,
  RESEND,
  SILENCE,
  STANDING,
  type Standing,
  TAKE,
  TRANSFER_TO_LINE,
  TRANSFER_TO_OFFICER,
} from './ownership.ts';
import { ratingQuestion } from './rating.ts';
import * as say from './say-officer.ts';

export interface ActsDeps {
  database: Database;
  channel: (name: Channel['name']) => Channel;
  commune: (id: string) => Promise<Commune>;
  catalogue: Pick<Catalogue, 'byCode'>;
  /** Something was written: there may be messages to send, and pages to tell. */
  onDone: () => void;
  metrics?: HandOffMetrics;
  /** What the assistant says about one fact of a procedure; null when it has no such record. */
  officialAnswer?: (commune: Commune, code: string, aspect: string, now: Date) => Promise<string | null>;
  /** The pay desk's: puts a payment request in line, on the officer's word. */
  requestPayment?: (
    staff: Staff,
    conversationId: string,
    request: { dossierNumber: string; idempotencyKey: string },
    now: Date,
  ) => Promise<{ ok: true } | { ok: false; text: string }>;
  now?: () => Date;
}

const REPLY_MAX = 4_000;
const TAGS_MAX = 10;
const TAG_MAX = 30;
/** A send under way has its own limit; who takes over waits no longer than that. */
const ON_ITS_WAY_MS = 11_000;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** The question after an episode is not asked again for so long. */
const RATING_PAUSE_MS = 24 * 3_600_000;

const TEXTS: Record<Refusal, string> = {
  unknown: 'Không tìm thấy hội thoại này.',
  not_yours: 'Hội thoại đang do cán bộ khác giữ.',
  changed: 'Hội thoại vừa thay đổi, tải lại để xem.',
  window_closed: 'Đã hết thời gian nền tảng cho phép trả lời; chờ người dân nhắn lại.',
  invalid: 'Nội dung chưa hợp lệ.',
};
const refuse = (why: Refusal, text = TEXTS[why]) => ({ ok: false as const, why, text });

export function createActs(deps: ActsDeps): Acts {
  const { database, channel, commune, onDone, now = () => new Date() } = deps;

  const standingOf = async ({ communeId }: Staff, conversationId: string) => {
    if (!UUID.test(conversationId)) return undefined;
    const [row] = await database.run<Standing>('handoff.standing', STANDING, [
      communeId,
      conversationId,
      now().toISOString(),
    ]);
    return row;
  };

  const cardOf = async (communeId: string, officerId: string) => {
    const [card] = await database.run<OfficerCard>(
      'handoff.officer',
      'select id, name, title from officers where commune_id = $1 and id = $2',
      [communeId, officerId],
    );
    return card;
  };

  const windowMs = (standing: Standing, by: 'officer' | 'system') => {
    const { replyWindowMs, officerWindowMs } = channel(standing.channel).limits;
    return by === 'officer' ? Math.max(replyWindowMs, officerWindowMs ?? 0) : replyWindowMs;
  };
  /** What cannot leave is not said: an announcement held until the citizen writes again would then be wrong. */
  const mayAnnounce = (standing: Standing, at: Date) =>
    standing.last_user_at !== null && at.getTime() - standing.last_user_at.getTime() < windowMs(standing, 'system');

  const sayings = (standing: Standing, causeId: string, at: Date, bubbles: [string, OutgoingMessage][]): Saying[] =>
    bubbles.map(([kind, bubble], index) => {
      const { text, ...rest } = bubble;
      return {
        causeId,
        messageId: timeOrdered(),
        author: 'system',
        text,
        content: { announcement: kind, ...rest },
        // read in this order, too
        occurredAt: new Date(at.getTime() + index),
        calls: channel(standing.channel).render(bubble),
      };
    });

  /** Nothing was written: why. */
  const whyNot = async (staff: Staff, conversationId: string): Promise<ReturnType<typeof refuse>> => {
    const standing = await standingOf(staff, conversationId);
    if (!standing) return refuse('unknown');
    if (standing.owner === 'officer' && standing.officer_id && standing.officer_id !== staff.officerId) {
      const holder = await cardOf(staff.communeId, standing.officer_id);
      return refuse('not_yours', `Hội thoại đang do ${holder?.name || 'cán bộ khác'} giữ.`);
    }
    return refuse('changed');
  };

  const audited = <T extends object>(
    act: string,
    conversationId: string | null,
    rest: T,
    detail: Record<string, string | number | boolean | null> = {},
  ): Done<T> => {
    deps.metrics?.acts.inc({ act });
    return { ok: true, audit: { act, conversationId, detail }, ...rest };
  };

  /** Calls that had begun before are over when the takeover is acknowledged. */
  const silence = async ({ communeId }: Staff, conversationId: string) => {
    await database.run('handoff.silence', SILENCE, [communeId, conversationId]);
    const end = performance.now() + ON_ITS_WAY_MS;
    while ((await database.run('handoff.on_its_way', ON_ITS_WAY, [communeId, conversationId])).length > 0) {
      if (performance.now() > end) return;
      await new Promise((done) => setTimeout(done, 25));
    }
  };

  const take = async (
    staff: Staff,
    conversationId: string,
    reason: 'officer' | 'reopened',
  ): Promise<Done<{ episodeId: string }>> => {
    const standing = await standingOf(staff, conversationId);
    const officer = await cardOf(staff.communeId, staff.officerId);
    if (!standing || !officer) return refuse('unknown');
    if (reason === 'reopened' && (!standing.has_history || standing.owner === 'officer')) {
      return standing.officer_id ? whyNot(staff, conversationId) : refuse('changed');
    }
    const at = now();
    const causeId = timeOrdered();
    const { settings } = await commune(staff.communeId);
    const said = mayAnnounce(standing, at)
      ? sayings(standing, causeId, at, [['taken', say.sayTaken(officer, settings)]])
      : [];
    const [episode] = await database.run<{ id: string }>('handoff.take', TAKE, [
      staff.communeId,
      conversationId,
      staff.officerId,
      at.toISOString(),
      causeId,
      timeOrdered(),
      reason,
      JSON.stringify(said),
    ]);
    if (!episode) {
      const after = await standingOf(staff, conversationId);
      // pressed twice: it is this officer's already
      if (after?.owner === 'officer' && after.officer_id === staff.officerId && after.episode_id) {
        await silence(staff, conversationId);
        return audited('conversation.taken', conversationId, { episodeId: after.episode_id }, { isRepeat: true });
      }
      return whyNot(staff, conversationId);
    }
    onDone();
    await silence(staff, conversationId);
    return audited('conversation.taken', conversationId, { episodeId: episode.id }, { from: standing.owner, reason });
  };

  const reply = async (
    staff: Staff,
    conversationId: string,
    input: ReplyInput,
    act = 'conversation.replied',
  ): Promise<Done<{ messageId: string; isRepeat: boolean }>> => {
    const text = input.text.normalize('NFC').trim();
    if (!text || [...text].length > REPLY_MAX || !/^[\w-]{8,100}$/.test(input.idempotencyKey)) {
      return refuse('invalid', `Lời nhắn cần có nội dung và không quá ${REPLY_MAX} ký tự.`);
    }
    const standing = await standingOf(staff, conversationId);
    const officer = await cardOf(staff.communeId, staff.officerId);
    if (!standing || !officer) return refuse('unknown');
    if (/^(comment|post):/.test(standing.chat_id)) {
      return refuse('window_closed', 'Đây là bình luận dưới bài viết: trả lời công khai ngay dưới bài.');
    }
    const at = now();
    const { settings } = await commune(staff.communeId);
    const key = ['reply', staff.communeId, conversationId, staff.officerId, input.idempotencyKey];
    const messageId = derivedFrom('message', ...key);
    const bubble: OutgoingMessage = {
      text: `${say.officerMark(officer, settings)}\n${text}`,
      ...(input.buttons?.length ? { buttons: input.buttons } : {}),
      ...(input.file ? { file: input.file } : {}),
    };
    const saying: Saying = {
      causeId: derivedFrom(...key),
      messageId,
      author: 'officer',
      text,
      content: {
        officerId: staff.officerId,
        ...(input.buttons?.length ? { buttons: input.buttons } : {}),
        ...(input.file ? { file: input.file } : {}),
      },
      occurredAt: at,
      calls: channel(standing.channel).render(bubble),
    };
    const [held] = await database.run<{ is_repeat: boolean }>('handoff.reply', REPLY, [
      staff.communeId,
      conversationId,
      staff.officerId,
      at.toISOString(),
      saying.causeId,
      new Date(at.getTime() - windowMs(standing, 'officer')).toISOString(),
      JSON.stringify([saying]),
      messageId,
    ]);
    if (!held) {
      const after = await standingOf(staff, conversationId);
      const isMine = after?.owner === 'officer' && after.officer_id === staff.officerId;
      return isMine ? refuse('window_closed') : whyNot(staff, conversationId);
    }
    onDone();
    return audited(act, conversationId, { messageId, isRepeat: held.is_repeat }, { messageId });
  };

  const end = async (
    staff: Staff,
    conversationId: string,
    kind: 'released' | 'resolved',
    { asLead = false, isQuiet = false }: { asLead?: boolean; isQuiet?: boolean },
  ): Promise<Done> => {
    const standing = await standingOf(staff, conversationId);
    if (!standing) return refuse('unknown');
    const at = now();
    const { settings } = await commune(staff.communeId);
    const causeId = timeOrdered();
    const isSaid = !isQuiet && mayAnnounce(standing, at);
    const asks =
      kind === 'resolved' && isSaid && settings.handoff.asksRating && standing.episode_id && fitsRating(standing, at)
        ? standing.episode_id
        : null;
    const bubbles: [string, OutgoingMessage][] = [
      [kind, kind === 'released' ? say.sayReleased() : say.sayClosed()],
      ...(asks ? [['rating', ratingQuestion(asks)] as [string, OutgoingMessage]] : []),
    ];
    const memory = {
      greeted: false,
      ...(asks ? { rating: { episodeId: asks, askedAt: at.getTime() } } : {}),
    };
    const [ended] = await database.run('handoff.end', END, [
      staff.communeId,
      conversationId,
      staff.officerId,
      asLead,
      at.toISOString(),
      causeId,
      kind,
      JSON.stringify(isSaid ? sayings(standing, causeId, at, bubbles) : []),
      asks !== null,
      JSON.stringify(memory),
    ]);
    if (!ended) return whyNot(staff, conversationId);
    onDone();
    return audited(
      kind === 'released' ? 'conversation.released' : 'conversation.closed',
      conversationId,
      {},
      { asLead },
    );
  };

  return {
    take: (staff, conversationId) => take(staff, conversationId, 'officer'),
    reopen: (staff, conversationId) => take(staff, conversationId, 'reopened'),
    reply: (staff, conversationId, input) => reply(staff, conversationId, input),
    release: (staff, conversationId, options = {}) => end(staff, conversationId, 'released', options),
    close: (staff, conversationId, options = {}) => end(staff, conversationId, 'resolved', options),

    async note(staff, conversationId, written) {
      const text = written.normalize('NFC').trim();
      if (!text || [...text].length > REPLY_MAX) return refuse('invalid');
      if (!UUID.test(conversationId)) return refuse('unknown');
      const messageId = timeOrdered();
      const rows = await database.run('handoff.note', NOTE, [
        staff.communeId,
        conversationId,
        staff.officerId,
        messageId,
        text,
        now().toISOString(),
      ]);
      if (rows.length === 0) return refuse('unknown');
      onDone();
      return audited('conversation.noted', conversationId, { messageId }, { messageId });
    },

    async transfer(staff, conversationId, to, { note = '', asLead = false } = {}) {
      const standing = await standingOf(staff, conversationId);
      if (!standing) return refuse('unknown');
      const at = now();
      const { settings } = await commune(staff.communeId);
      const causeId = timeOrdered();
      const shared = [staff.communeId, conversationId, staff.officerId, asLead, at.toISOString(), causeId];
      const written = note.normalize('NFC').trim().slice(0, REPLY_MAX);
      let rows: unknown[];
      if ('officerId' in to) {
        const target = UUID.test(to.officerId) ? await cardOf(staff.communeId, to.officerId) : undefined;
        if (!target) return refuse('unknown', 'Không tìm thấy cán bộ này.');
        const said = mayAnnounce(standing, at)
          ? sayings(standing, causeId, at, [['transferred', say.sayTransferred(target, settings)]])
          : [];
        rows = await database.run('handoff.transfer_to_officer', TRANSFER_TO_OFFICER, [
          ...shared,
          target.id,
          JSON.stringify(said),
          timeOrdered(),
          written,
        ]);
      } else {
        const said = mayAnnounce(standing, at)
          ? sayings(standing, causeId, at, [['requeued', say.sayRequeued(to.field)]])
          : [];
        rows = await database.run('handoff.transfer_to_line', TRANSFER_TO_LINE, [
          ...shared,
          to.field,
          JSON.stringify(said),
          timeOrdered(),
          written,
          addOpenMinutes(settings, at, settings.officerReplyMinutes)?.toISOString() ?? null,
        ]);
      }
      if (rows.length === 0) return whyNot(staff, conversationId);
      onDone();
      if ('officerId' in to) await silence(staff, conversationId);
      return audited(
        'conversation.transferred',
        conversationId,
        {},
        {
          asLead,
          ...('officerId' in to ? { officerId: to.officerId } : { field: to.field }),
        },
      );
    },

    async setTags(staff, conversationId, wanted) {
      const tags = [...new Set(wanted.map((tag) => tag.normalize('NFC').trim()).filter(Boolean))];
      if (tags.length > TAGS_MAX || tags.some((tag) => [...tag].length > TAG_MAX)) {
        return refuse('invalid', `Nhiều nhất ${TAGS_MAX} nhãn, mỗi nhãn không quá ${TAG_MAX} ký tự.`);
      }
      if (!UUID.test(conversationId)) return refuse('unknown');
      const rows = await database.run('handoff.tags', TAGS, [staff.communeId, conversationId, JSON.stringify(tags)]);
      if (rows.length === 0) return refuse('unknown');
      onDone();
      return audited('conversation.tagged', conversationId, { tags }, { count: tags.length });
    },

    async markRead({ communeId }, conversationId) {
      if (!UUID.test(conversationId)) return;
      await database.run('handoff.read', READ, [communeId, conversationId, now().toISOString()]);
    },

    async saveDraft({ communeId, officerId }, conversationId, text) {
      if (!UUID.test(conversationId)) return;
      const params = [communeId, officerId, conversationId];
      if (text.trim() === '') {
        await database.run('handoff.forget_draft', FORGET_DRAFT, params);
        return;
      }
      const kept = [...text.normalize('NFC')].slice(0, REPLY_MAX).join('');
      await database.run('handoff.draft', DRAFT, [...params, kept, now().toISOString()]);
    },

    async beat({ communeId, officerId }, conversationId, isTyping) {
      const at = now();
      const isKnown = conversationId !== null && UUID.test(conversationId);
      await database.run('handoff.beat', BEAT, [
        communeId,
        officerId,
        isKnown ? conversationId : null,
        isTyping,
        at.toISOString(),
        new Date(at.getTime() + PRESENCE_TTL_MS).toISOString(),
      ]);
    },

    async setPresence({ communeId, officerId }, presence) {
      if (presence !== 'here' && presence !== 'away') return refuse('invalid');
      const rows = await database.run('handoff.presence', PRESENCE, [
        communeId,
        officerId,
        presence,
        now().toISOString(),
      ]);
      if (rows.length === 0) return refuse('unknown');
      onDone();
      return audited('officer.presence', null, {}, { presence });
    },

    async resend(staff, conversationId, messageId) {
      if (!UUID.test(conversationId) || !UUID.test(messageId)) return refuse('unknown');
      const rows = await database.run('handoff.resend', RESEND, [
        staff.communeId,
        conversationId,
        staff.officerId,
        messageId,
      ]);
      if (rows.length === 0) return whyNot(staff, conversationId);
      onDone();
      return audited('conversation.resent', conversationId, {}, { messageId });
    },

    async officialAnswer(staff, code, aspect) {
      const text = await deps.officialAnswer?.(await commune(staff.communeId), code, aspect, now());
      if (!text) return refuse('unknown', 'Không có thủ tục này trong danh mục.');
      return audited('procedure.inserted', null, { text }, { code, aspect });
    },

    async sendForm(staff, conversationId, code, idempotencyKey) {
      const record = deps.catalogue.byCode(code);
      if (!record?.portalUrl) return refuse('unknown', 'Thủ tục này chưa có đường dẫn biểu mẫu.');
      const forms = [...new Set(record.cases.flatMap((one) => one.documents.flatMap(({ form }) => form ?? [])))];
      const named = forms.length > 0 && forms.length <= 3 ? ` (${forms.join('; ')})` : '';
      return reply(
        staff,
        conversationId,
        {
          text: `Mẫu đơn${named} của thủ tục ${record.name}, mã ${record.code}: ${record.portalUrl}`,
          buttons: [{ title: 'Mở trang mẫu đơn', kind: 'url', value: record.portalUrl }],
          idempotencyKey,
        },
        'conversation.form_sent',
      );
    },

    async requestPayment(staff, conversationId, request) {
      const standing = await standingOf(staff, conversationId);
      if (!standing || !deps.requestPayment) {
        return refuse('unknown', standing ? 'Xã chưa mở thanh toán trực tuyến.' : TEXTS.unknown);
      }
      if (standing.owner !== 'officer' || standing.officer_id !== staff.officerId) {
        return whyNot(staff, conversationId);
      }
      const result = await deps.requestPayment(staff, conversationId, request, now());
      if (!result.ok) return refuse('invalid', result.text);
      await database.run('handoff.answered', ANSWERED, [staff.communeId, conversationId, now().toISOString()]);
      onDone();
      return audited('payment.requested', conversationId, {}, { dossierNumber: request.dossierNumber });
    },
  };
}

/** Not twice in a day, not in an emergency, not of one who complained again and again, and only of a real talk. */
function fitsRating({ reason, last_reply_at, complaints, rating_asked_at }: Standing, at: Date): boolean {
  const isRecent = rating_asked_at !== null && at.getTime() - rating_asked_at.getTime() < RATING_PAUSE_MS;
  return last_reply_at !== null && reason !== 'emergency' && complaints < 2 && !isRecent;
}

const NOTE = `
with place as (
  select commune_id, id from conversations where commune_id = $1 and id = $2
), touched as (
  update handoffs h set changed_at = now() from place p
  where h.commune_id = p.commune_id and h.conversation_id = p.id and h.closed_at is null
)
insert into messages (commune_id, id, conversation_id, author, text, content, occurred_at)
select commune_id, $4::uuid, id, 'note', $5, jsonb_build_object('officerId', $3::uuid), $6::timestamptz from place
returning id`;

const TAGS = `
with tagged as (
  update conversations set tags = $3::jsonb where commune_id = $1 and id = $2 returning commune_id, id
), touched as (
  update handoffs h set changed_at = now() from tagged t
  where h.commune_id = t.commune_id and h.conversation_id = t.id and h.closed_at is null
)
select id from tagged`;

const READ = `
with seen as (
  update conversations set staff_read_at = $3::timestamptz
  where commune_id = $1 and id = $2 and (staff_read_at is null or staff_read_at < last_user_at)
  returning commune_id, id
)
update handoffs h set changed_at = now() from seen s
where h.commune_id = s.commune_id and h.conversation_id = s.id and h.closed_at is null`;

const DRAFT = `
insert into reply_drafts (commune_id, officer_id, conversation_id, text, updated_at)
select $1, $2, c.id, $4, $5::timestamptz from conversations c where c.commune_id = $1 and c.id = $3
on conflict (commune_id, officer_id, conversation_id) do update set text = excluded.text, updated_at = excluded.updated_at`;

const FORGET_DRAFT = `
delete from reply_drafts where commune_id = $1 and officer_id = $2 and conversation_id = $3`;

const BEAT = `
with alive as (
  update officers set last_seen_at = $5::timestamptz
  where commune_id = $1 and id = $2 and (last_seen_at is null or last_seen_at < $5::timestamptz - interval '30 seconds')
), left_it as (
  delete from officer_looks where $3::uuid is null and commune_id = $1 and officer_id = $2
)
insert into officer_looks (commune_id, officer_id, conversation_id, is_typing, until)
select $1, $2, c.id, $4, $6::timestamptz from conversations c where c.commune_id = $1 and c.id = $3::uuid
on conflict (commune_id, officer_id) do update set conversation_id = excluded.conversation_id,
  is_typing = excluded.is_typing, until = excluded.until`;

const PRESENCE = `
update officers set presence = $3, last_seen_at = $4::timestamptz where commune_id = $1 and id = $2 returning id`;
