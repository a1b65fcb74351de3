import type { Channel } from '../channels/channel.ts';
import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { derivedFrom } from '../db/ids.ts';
import { type Saying, sayingSql } from '../outbox/enqueue.ts';
import type { PaymentAccounts } from './accounts.ts';
import { auditSql } from './audit.ts';
import { newLink, openLinkSql } from './links.ts';
import { isOnline, waysFor } from './offer.ts';
import { type Order, ordersOfDossier } from './orders.ts';
import { type KnownFees, owe, paidLately } from './owing.ts';
import type { ProviderUrls } from './provider.ts';
import * as say from './say-pay.ts';
import { dayWords, money } from './words.ts';

/** What a dossier costs, for staff: nothing has to be proved to them. */
export type StaffFees = (
  communeId: string,
  dossierNumber: string,
  now: Date,
) => Promise<{ kind: 'not_found' } | { kind: 'unavailable' } | { kind: 'nothing_due' } | KnownFees>;

export interface PaymentRequestDeps {
  database: Database;
  accounts: PaymentAccounts;
  urls: ProviderUrls;
  commune: (id: string) => Promise<Commune>;
  channel: (name: Channel['name']) => Channel;
  /** Without it only what an officer wrote down is known. */
  fees?: StaffFees;
}

interface Place {
  channel: Channel['name'];
  citizenId: string;
  lastUserAt: Date | null;
  isSaid: boolean;
}

type Requested = { ok: true } | { ok: false; text: string };
const refuse = (text: string) => ({ ok: false as const, text });

/**
 * An officer asks the citizen of a conversation they hold to pay for a dossier: one message with payee, amount, purpose,
 * expiry and host, and the page to pay, bound to that conversation. The same key again says and changes nothing.
 * @returns why not, in Vietnamese, for the officer
 */
export function createPaymentRequests({ database, accounts, urls, commune, channel, fees }: PaymentRequestDeps) {
  return async (
    staff: { communeId: string; officerId: string },
    conversationId: string,
    { dossierNumber, idempotencyKey }: { dossierNumber: string; idempotencyKey: string },
    now: Date,
  ): Promise<Requested> => {
    const { communeId, officerId } = staff;
    if (!/^[\w-]{8,100}$/.test(idempotencyKey)) return refuse('Trang đã cũ. Tải lại trang rồi thử lại.');
    const causeId = derivedFrom('payment request', communeId, conversationId, officerId, idempotencyKey);
    const messageId = derivedFrom('message', causeId);
    const placeNow = () => database.run<Place>('pay.request_place', PLACE, [communeId, conversationId, messageId]);
    const [place] = await placeNow();
    if (!place) return refuse('Không tìm thấy hội thoại này.');
    if (place.isSaid) return { ok: true };
    const { replyWindowMs, officerWindowMs } = channel(place.channel).limits;
    const windowMs = Math.max(replyWindowMs, officerWindowMs ?? 0);
    if (!place.lastUserAt || now.getTime() - place.lastUserAt.getTime() >= windowMs)
      return refuse('Đã hết thời gian nền tảng cho phép nhắn; chờ người dân nhắn lại rồi gửi.');

    const debtor = { communeId, conversationId, citizenId: place.citizenId };
    const found = await dueFor(debtor, dossierNumber, now);
    if ('text' in found) return found;
    const { order } = found;
    const { settings } = await commune(communeId);
    const ways = await waysFor(order, { accounts, urls, officeName: settings.officeName });
    if (!ways.some(isOnline))
      return refuse(
        `Xã chưa có cách nộp qua mạng nào nhận được khoản ${money(order.amountVnd)}. Hướng dẫn người dân nộp tại quầy một cửa.`,
      );

    const link = newLink(now);
    const message = say.offer(order, ways, { url: `${urls.PUBLIC_URL}/pay/${link.token}`, ...link }, settings);
    const saying: Saying = {
      causeId,
      messageId,
      author: 'officer',
      text: message.text,
      content: { officerId, orderId: order.id, ...(message.buttons && { buttons: message.buttons }) },
      occurredAt: now,
      calls: channel(place.channel).render(message),
    };
    const rows = await database
      .run('pay.request', REQUEST, [
        ...[communeId, order.id, conversationId, link.tokenHash, now.toISOString(), link.expiresAt.toISOString()],
        ...[officerId, causeId, order.amountVnd, derivedFrom('audit', causeId), JSON.stringify([saying])],
      ])
      .catch(async (error) => {
        // the same key at the same moment: whoever came second finds the audit's row written
        if ((await placeNow())[0]?.isSaid) return [place];
        throw error;
      });
    return rows.length > 0 ? { ok: true } : refuse('Hội thoại hoặc khoản thu vừa thay đổi. Tải lại trang để xem.');
  };

  /** The open obligation of a dossier: written down before, or made of what its source says. */
  async function dueFor(
    debtor: { communeId: string; conversationId: string; citizenId: string },
    code: string,
    now: Date,
  ): Promise<{ order: Order } | ReturnType<typeof refuse>> {
    const known = await ordersOfDossier(database, debtor.communeId, code);
    const open = known.find(({ status }) => status === 'open');
    if (open && (open.payBy === null || open.payBy > now)) return { order: open };
    if (open) return refuse(`Khoản của hồ sơ ${code} đã quá hạn nộp ngày ${dayWords(open.payBy!)}.`);
    if (known.some(({ status }) => status === 'review'))
      return refuse(`Khoản của hồ sơ ${code} đang phải xem lại: xem trang Thanh toán trước khi đòi tiền.`);
    const due = (await fees?.(debtor.communeId, code, now)) ?? { kind: 'not_found' as const };
    if (due.kind === 'unavailable') return refuse('Nguồn hồ sơ chưa trả lời. Thử lại sau ít phút.');
    const paid = paidLately(known, due, now);
    if (paid) return refuse(`Hồ sơ ${code} đã nộp ${money(paid.amountVnd)} ngày ${dayWords(paid.paidAt ?? now)}.`);
    if (due.kind === 'nothing_due') return refuse(`Hồ sơ ${code} hiện không có khoản nào phải nộp.`);
    if (due.kind === 'not_found')
      return refuse(
        `Không thấy hồ sơ ${code} trong dữ liệu của xã. Xem lại mã, hoặc lập khoản thu ở trang Thanh toán.`,
      );
    const order = await owe(database, debtor, code, due, now);
    if (!order)
      return refuse(`Dữ liệu của hồ sơ ${code} không ghi số tiền. Lập khoản thu ở trang Thanh toán rồi gửi lại.`);
    if (order.status !== 'open') return refuse(`Hồ sơ ${code} không phải nộp gì: 0 đồng, hoặc đã được miễn hay hủy.`);
    return { order };
  }
}

const PLACE = `
select c.channel, c.citizen_id as "citizenId", c.last_user_at as "lastUserAt",
  exists (select 1 from messages m where m.commune_id = c.commune_id and m.id = $3::uuid) as "isSaid"
from conversations c where c.commune_id = $1 and c.id = $2 and c.chat_id !~ '^(comment|post):'`;

// Said only while the officer holds the conversation and the obligation is what the message says of it.
const REQUEST = `
with held as materialized (
  select commune_id, id, account_id, citizen_id from conversations
  where commune_id = $1::uuid and id = $3::uuid and owner = 'officer' and officer_id = $7::uuid for update
), due as (
  update payment_orders o set conversation_id = h.id, citizen_id = h.citizen_id
  from held h
  where o.commune_id = $1::uuid and o.id = $2::uuid and o.status = 'open' and o.amount_vnd = $9::bigint
  returning o.commune_id, o.id as order_id, null::uuid as attempt_id, h.id as conversation_id, h.account_id,
    $8::uuid as cause_id
), ${openLinkSql('due')},
${auditSql({ from: 'due', id: '$10::uuid', officer: '$7::uuid', act: 'payment_requested', at: '$5::timestamptz', detail: "jsonb_build_object('amountVnd', $9::bigint)" })},
${sayingSql('due', 11)}
select order_id from due`;
