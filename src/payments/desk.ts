import type { OutgoingMessage } from '../channels/channel.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { normaliseDossierNumber } from '../procedures/dossier-numbers.ts';
import type { PaymentAccounts } from './accounts.ts';
import { checkAddress, findAddresses } from './check-link.ts';
import { type PayWords, readPayWords } from './desk-words.ts';
import { feesFor } from './fees.ts';
import { openLink, readLink } from './links.ts';
import { isOnline, waysFor } from './offer.ts';
import { adoptOrder, type Order, orderById, ordersOf, ordersOfDossier } from './orders.ts';
import { type KnownFees, owe, paidLately } from './owing.ts';
import type { ProviderUrls } from './provider.ts';
import * as say from './say-pay.ts';

/** What may be told to this citizen of what a dossier costs. */
export type DossierFees =
  | { kind: 'not_found' }
  | { kind: 'unavailable' }
  | { kind: 'needs_proof' }
  | { kind: 'not_in_chat' }
  /** Its state awaits no money. `isProved`: the citizen may know more than the state. */
  | { kind: 'nothing_due'; isProved: boolean }
  /** Look-ups of this citizen are limited: the words for it. */
  | { kind: 'refused'; message: OutgoingMessage }
  | KnownFees;

/** Who asks. */
export interface PayAsker {
  communeId: string;
  conversationId: string;
  citizenId: string;
  turnId: string;
}

export interface PayDeskDeps {
  database: Database;
  accounts: PaymentAccounts;
  urls: ProviderUrls;
  dossierFees: (asker: PayAsker, code: string, commune: CommuneSettings, now: Date) => Promise<DossierFees>;
}

/** A turn that may be about money. */
export interface PayInquiry {
  text: string;
  line: string;
  codes: string[];
  intent: string;
  topic: string | null;
  procedureCode: string | null;
  codeAtHand: string | null;
  isAtHand: boolean;
  payload?: string;
  thread: unknown;
  commune: CommuneSettings;
  asker: PayAsker;
  now: Date;
}

export interface PayReply {
  messages: OutgoingMessage[];
  outcome: 'looked_up' | 'asked_back' | 'answered' | 'declined' | 'handed_off' | 'failed';
  thread: PayThread;
  handOff?: { reason: 'asked' };
  /** The dossier desk's button whose answer follows: it asks for the proof. */
  goesOn?: string;
}

/** What the desk remembers of a conversation. */
interface PayThread {
  orderId?: string;
  code?: string;
  /** A code was asked for: what is typed next is meant to be paid. */
  asksCode?: boolean;
  /** An officer was called for this obligation already. */
  handedOff?: string;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/**
 * Talks about money: what is owed, the page to pay it, where a payment stands, receipts, refunds, links of others. Never
 * starts by itself. Null where there is nothing to say that the rules do not.
 */
export function createPayDesk(deps: PayDeskDeps) {
  const { database, accounts, urls, dossierFees } = deps;

  const pay = async (inquiry: PayInquiry, order: Order): Promise<PayReply> => {
    const { commune, asker, now } = inquiry;
    const thread = { orderId: order.id, ...(order.dossierNumber && { code: order.dossierNumber }) };
    if (order.status === 'waived') return { messages: [say.nothingToPay(order)], outcome: 'looked_up', thread };
    if (order.status !== 'open' || (order.payBy !== null && order.payBy <= now)) return stand(inquiry, order);
    await adoptOrder(database, order, asker);
    const ways = await waysFor(order, { accounts, urls, officeName: commune.officeName });
    if (!ways.some(isOnline)) return { messages: [say.onlyElsewhere(order, commune)], outcome: 'looked_up', thread };
    const link = await openLink(
      database,
      { communeId: asker.communeId, orderId: order.id, conversationId: asker.conversationId },
      now,
    );
    const url = `${urls.PUBLIC_URL}/pay/${link.token}`;
    const message = say.offer(order, ways, { url, expiresAt: link.expiresAt }, commune);
    return { messages: [message], outcome: 'looked_up', thread };
  };

  /** Where an obligation stands. An attempt that waits is asked about soon. */
  const stand = async (inquiry: PayInquiry, order: Order): Promise<PayReply> => {
    const before = readThread(inquiry.thread);
    const tries = await database.run<say.Try>('pay.tries', TRIES, [
      order.communeId,
      order.id,
      inquiry.now.toISOString(),
    ]);
    const { message, needsOfficer } = say.standing(order, tries, inquiry.now);
    const isNew = needsOfficer && before.handedOff !== order.id;
    return {
      messages: [message],
      outcome: isNew ? 'handed_off' : 'looked_up',
      thread: {
        orderId: order.id,
        ...(order.dossierNumber && { code: order.dossierNumber }),
        ...(needsOfficer && { handedOff: order.id }),
      },
      ...(isNew && { handOff: { reason: 'asked' } }),
    };
  };

  /** What a dossier costs its owner, as one obligation however often it is asked for. */
  const forDossier = async (inquiry: PayInquiry, code: string): Promise<PayReply> => {
    const { asker, commune, now } = inquiry;
    const thread = { code };
    const known = await ordersOfDossier(database, asker.communeId, code);
    const own = known.find((order) => order.conversationId === asker.conversationId && order.status === 'open');
    if (own) return pay(inquiry, own);
    const fees = await dossierFees(asker, code, commune, now);
    const told = (message: OutgoingMessage, outcome: PayReply['outcome']) => ({ messages: [message], outcome, thread });
    if (fees.kind === 'refused') return told(fees.message, 'declined');
    if (fees.kind === 'unavailable') return told(say.sourceDown(code), 'failed');
    if (fees.kind === 'not_found') return told(say.noFeeNow(code, 'not_there'), 'looked_up');
    if (fees.kind === 'not_in_chat') return told(say.onlyInPerson(code), 'declined');
    // an officer may have written down what the source does not know of yet
    const open = known.find(({ status }) => status === 'open' || status === 'review');
    if (fees.kind === 'needs_proof' || (fees.kind === 'nothing_due' && !fees.isProved && open))
      return { ...told(say.proofFirst(code), 'asked_back'), goesOn: `hx:desk:detail:${code}` };
    if (open) return pay(inquiry, open);
    const paid = paidLately(known, fees, now);
    if (paid && (fees.kind === 'known' || fees.isProved)) return stand(inquiry, paid);
    if (fees.kind === 'nothing_due') return told(say.noFeeNow(code, 'none'), 'looked_up');
    const order = await owe(database, asker, code, fees, now);
    if (order) return pay(inquiry, order);
    return { ...told(say.officerMustSay(code), 'handed_off'), handOff: { reason: 'asked' } };
  };

  const checkLinks = async (inquiry: PayInquiry, addresses: string[]): Promise<PayReply | null> => {
    const { asker, commune, now } = inquiry;
    const messages: OutgoingMessage[] = [];
    for (const address of addresses.slice(0, 3)) {
      const verdict = checkAddress(address, { publicUrl: urls.PUBLIC_URL, website: commune.website });
      if (!verdict) continue;
      if (verdict.kind !== 'ours') {
        messages.push(say.linkVerdict(verdict));
        continue;
      }
      const [, token] = /^\/pay\/([A-Za-z0-9_-]+)$/.exec(verdict.path) ?? [];
      const link = token ? await readLink(database, token) : null;
      const order = link && (await orderById(database, link.communeId, link.orderId));
      if (!token) messages.push(say.linkVerdict({ kind: 'official', host: verdict.host, name: 'trang của xã' }));
      else if (!link || !order || link.conversationId !== asker.conversationId)
        messages.push(say.linkVerdict({ kind: 'foreign_link', host: verdict.host }));
      else
        messages.push(
          say.linkVerdict({
            ...{ kind: 'ours', host: verdict.host, until: link.expiresAt, amountVnd: order.amountVnd },
            isOver: link.expiresAt <= now,
          }),
        );
    }
    return messages.length > 0 ? { messages, outcome: 'answered', thread: readThread(inquiry.thread) } : null;
  };

  const pressed = async (inquiry: PayInquiry, payload: string): Promise<PayReply | null> => {
    const { asker } = inquiry;
    const [, , act, value = ''] = payload.split(':');
    if (act === 'dossier')
      return normaliseDossierNumber(value, inquiry.now) === value ? forDossier(inquiry, value) : null;
    if ((act !== 'order' && act !== 'check') || !UUID.test(value)) return null;
    const order = await orderById(database, asker.communeId, value);
    // a button's value comes from outside: only what is this conversation's
    if (!order || order.conversationId !== asker.conversationId) return null;
    return act === 'order' ? pay(inquiry, order) : stand(inquiry, order);
  };

  /** Of what this conversation owes or owed, the one meant: the dossier's, the one at hand, or the newest. */
  const meant = (orders: Order[], inquiry: PayInquiry, thread: PayThread): Order | undefined => {
    const code = inquiry.codes[0];
    if (code) return orders.find(({ dossierNumber }) => dossierNumber === code);
    return orders.find(({ id }) => id === thread.orderId) ?? orders.find(({ issue }) => issue !== null) ?? orders[0];
  };

  const afterPaying = async (inquiry: PayInquiry, words: PayWords, thread: PayThread): Promise<PayReply | null> => {
    const { asker } = inquiry;
    const orders = await ordersOf(database, asker.communeId, asker.conversationId);
    const order = meant(orders, inquiry, thread);
    if (words.wantsRefund) {
      if (!order) return null;
      return {
        messages: [say.refundWanted(order)],
        outcome: 'handed_off',
        thread: { orderId: order.id, handedOff: order.id },
        handOff: { reason: 'asked' },
      };
    }
    if (!order) return null;
    if (words.wantsReceipt && order.status === 'paid')
      return { messages: [say.receiptOf(order)], outcome: 'looked_up', thread: { orderId: order.id } };
    return stand(inquiry, order);
  };

  return {
    async answer(inquiry: PayInquiry): Promise<PayReply | null> {
      const thread = readThread(inquiry.thread);
      if (inquiry.payload !== undefined) return pressed(inquiry, inquiry.payload);
      const words = readPayWords(inquiry);
      const addresses = findAddresses(inquiry.text);
      if (addresses.length > 0 && words.asksAboutLink(addresses)) return checkLinks(inquiry, addresses);
      const [code] = inquiry.codes;
      if (code && inquiry.isAtHand && thread.asksCode) return forDossier(inquiry, code);
      const isFollowUp = inquiry.isAtHand && (words.hasPaid || words.wantsReceipt || words.wantsRefund);
      if (inquiry.intent !== 'payment' && !isFollowUp) return null;
      if (words.isOthersBill || words.isScamTalk) return null;
      if (words.hasPaid || words.wantsReceipt || words.wantsRefund) return afterPaying(inquiry, words, thread);
      if (code) return forDossier(inquiry, code);
      if (!words.wantsToPay) return null;
      return beginning(inquiry);
    },
  };

  /** Wants to pay and names no dossier. */
  async function beginning(inquiry: PayInquiry): Promise<PayReply | null> {
    const { asker, now, procedureCode } = inquiry;
    const open = (await ordersOf(database, asker.communeId, asker.conversationId)).filter(
      ({ status }) => status === 'open',
    );
    if (open.length === 1) return pay(inquiry, open[0]!);
    if (open.length > 1) return { messages: [say.askWhich(open)], outcome: 'asked_back', thread: {} };
    if (inquiry.codeAtHand) return forDossier(inquiry, inquiry.codeAtHand);
    if (procedureCode) {
      const rules = await feesFor(database.orm, asker.communeId, procedureCode, { now });
      if (rules.length > 0)
        return { messages: [say.feeRule(rules, null)], outcome: 'answered', thread: { asksCode: true } };
      return null;
    }
    const offered = await accounts.offered(asker.communeId);
    if (offered.length === 0) return null;
    const methods = offered.map(({ method }) => method);
    return { messages: [say.askCode(methods)], outcome: 'asked_back', thread: { asksCode: true } };
  }
}

function readThread(kept: unknown): PayThread {
  const { orderId, code, asksCode, handedOff } = (kept ?? {}) as Record<string, unknown>;
  return {
    ...(typeof orderId === 'string' && { orderId }),
    ...(typeof code === 'string' && { code }),
    ...(asksCode === true && { asksCode }),
    ...(typeof handedOff === 'string' && { handedOff }),
  };
}

// Asking is what makes a waiting attempt worth asking about: the gateway is asked half a minute after it began.
const TRIES = `
with soon as (
  update payment_attempts set check_at = greatest(created_at + interval '30 seconds', $3::timestamptz)
  where commune_id = $1 and order_id = $2 and status in ('created', 'pending', 'expired') and checks < 3
    and check_at > greatest(created_at + interval '30 seconds', $3::timestamptz)
)
select ref, status, issue, created_at as "createdAt" from payment_attempts
where commune_id = $1 and order_id = $2 order by created_at desc`;
