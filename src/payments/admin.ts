import type { Channel } from '../channels/channel.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { sayingSql } from '../outbox/enqueue.ts';
import type { Attempts } from './attempts.ts';
import { auditSql, writeAudit } from './audit.ts';
import { createOrder, type Order, type OrderInput, orderById, PaymentRefused } from './orders.ts';
import { confirmation } from './say-pay.ts';
import type { Settled, Settler } from './settle.ts';

/** What officers do about money. Everything is written down with who did it; nothing is ever deleted. */

/** Who acts, and for which commune. */
export interface ByOfficer {
  communeId: string;
  officerId: string;
}

export interface PaymentAdminDeps {
  database: Database;
  attempts: Attempts;
  settler: Settler;
  channel: (name: Channel['name']) => Channel;
  /** Something was put in line for a citizen. */
  onQueued?: () => void;
  now?: () => Date;
}

export type PaymentAdmin = ReturnType<typeof createPaymentAdmin>;

/** For the console and commands; made with the settler of the process, so that citizens are told at once. */
export function createPaymentAdmin(deps: PaymentAdminDeps) {
  const { database, attempts, settler, channel, onQueued = () => {}, now = () => new Date() } = deps;
  const mustExist = async ({ communeId }: ByOfficer, orderId: string): Promise<Order> => {
    const order = await orderById(database, communeId, orderId);
    if (!order) throw new PaymentRefused('not_found', 'no such obligation');
    return order;
  };

  return {
    /**
     * Writes down what somebody owes. With a conversation, its citizen reads of the payment; the page to pay is given
     * when they ask for it, never unasked.
     * @throws {PaymentRefused} `bad_amount`
     */
    async createOrder(
      by: ByOfficer,
      {
        idempotencyKey,
        ...input
      }: Omit<OrderInput, 'source' | 'officerId' | 'sourceKey'> & { idempotencyKey?: string },
    ): Promise<Order> {
      const sourceKey = idempotencyKey ? `officer ${by.officerId} ${idempotencyKey}` : null;
      const whole = { ...input, source: 'officer' as const, officerId: by.officerId, sourceKey };
      return (await createOrder(database, by.communeId, whole, now())).order;
    },

    /**
     * Takes something off one item of an open obligation, for whom and by which rule. Nothing left: it is waived.
     * @throws {PaymentRefused} `wrong_state` (not open, no such item, more than it costs)
     */
    async grantExemption(
      by: ByOfficer,
      orderId: string,
      grant: { position: number; reducedVnd: number; group: string; proof: string; legalRef: string },
    ): Promise<Order> {
      if (!Number.isSafeInteger(grant.reducedVnd) || grant.reducedVnd < 1)
        throw new PaymentRefused('bad_amount', 'a reduction is whole đồng above zero');
      const at = now();
      const rows = await database.run('pay.exempt', EXEMPT, [
        by.communeId,
        orderId,
        grant.position,
        grant.reducedVnd,
        timeOrdered(at.getTime()),
        by.officerId,
        at.toISOString(),
        timeOrdered(at.getTime()),
        grant.group.trim(),
        grant.proof.trim(),
        grant.legalRef.trim(),
      ]);
      if (rows.length === 0) throw new PaymentRefused('wrong_state', 'not open, no such item, or more than it costs');
      return mustExist(by, orderId);
    },

    /** An obligation that is none. Money that comes all the same is shown to staff. @throws {PaymentRefused} */
    async cancelOrder(by: ByOfficer, orderId: string, reason: string): Promise<void> {
      const at = now();
      const rows = await database.run('pay.cancel', CANCEL, [
        by.communeId,
        orderId,
        by.officerId,
        at.toISOString(),
        timeOrdered(at.getTime()),
        reason.trim().slice(0, 500),
      ]);
      if (rows.length === 0) throw new PaymentRefused('wrong_state', 'only what is open or under review is cancelled');
    },

    /**
     * Money taken at the desk, or seen paid on the portal: recorded as an attempt of its own and settled. Of two who
     * record at the same moment one is told that it is not open any more.
     * @param evidence number of the receipt book, of the POS slip, or of the portal
     * @param idempotencyKey of the page it was typed in: sent again, it changes nothing and is no fault
     * @throws {PaymentRefused} `not_open`
     */
    async recordPayment(
      by: ByOfficer,
      orderId: string,
      input: { method: 'counter' | 'portal'; paidAt: Date; evidence: string; idempotencyKey?: string },
    ): Promise<Settled> {
      const order = await mustExist(by, orderId);
      const { paidAt, evidence, idempotencyKey: key = null } = input;
      const isRepeat = async () => {
        if (key === null) return false;
        const rows = await database.run('pay.recorded', RECORDED, [by.communeId, orderId, by.officerId, key]);
        return rows.length > 0;
      };
      const repeated: Settled = { result: 'already_final', class: null, status: 'paid', issue: null };
      try {
        const { ref } = await attempts.beginByHand(order, input.method);
        const settled = await confirm(by, ref, { paidAt, evidence, source: 'counter', key });
        if (settled.class !== null) return settled;
        const { id } = (await settler.find(ref))!;
        await database.run('pay.unassigned', DROP_ATTEMPT, [by.communeId, id, now().toISOString()]);
        // the log is only added to: that nothing was confirmed after all is an entry of its own
        const about = { communeId: by.communeId, officerId: by.officerId, orderId, attemptId: id };
        await writeAudit(database, { ...about, act: 'payment_not_confirmed', detail: { ref } }, now());
        throw new PaymentRefused('not_open', 'somebody recorded it at the same moment');
      } catch (error) {
        if (error instanceof PaymentRefused && error.code === 'not_open' && (await isRepeat())) return repeated;
        throw error;
      }
    },

    /**
     * An officer saw the money of an attempt in the bank's or the gateway's own books. The number that comes later by
     * itself is joined to it, not counted again.
     * @param evidence the number it was seen under
     * @throws {PaymentRefused} `not_found`
     */
    confirmAttempt: (by: ByOfficer, ref: string, input: { paidAt: Date; evidence: string }): Promise<Settled> =>
      confirm(by, ref, { ...input, source: 'officer' }),

    /**
     * A credit nobody could match belongs to this obligation: it is paid by it, and its citizen is told.
     * @throws {PaymentRefused} `wrong_state` (dealt with already, another amount, the obligation is not open)
     */
    async assignCredit(by: ByOfficer, transactionId: string, orderId: string): Promise<void> {
      const order = await mustExist(by, orderId);
      const at = now();
      const { ref } = await attempts.beginByHand(order, 'portal');
      const attempt = (await settler.find(ref))!;
      const text = confirmation({ ...attempt, method: 'vietqr' }, at);
      const sayings =
        attempt.conversationId === null || attempt.channel === null
          ? []
          : [
              {
                ...{ causeId: orderId, messageId: timeOrdered(at.getTime()), author: 'system', text },
                ...{ content: { payment: ref }, occurredAt: at },
                calls: channel(attempt.channel).render({ text }),
              },
            ];
      const rows = await database.run('pay.assign', ASSIGN, [
        by.communeId,
        transactionId,
        orderId,
        attempt.id,
        by.officerId,
        at.toISOString(),
        timeOrdered(at.getTime()),
        JSON.stringify(sayings),
      ]);
      if (rows.length === 0) {
        await database.run('pay.unassigned', DROP_ATTEMPT, [by.communeId, attempt.id, at.toISOString()]);
        throw new PaymentRefused('wrong_state', 'dealt with already, another amount, or the obligation is not open');
      }
      onQueued();
    },

    /** What an officer found out about an attempt's issue, or a movement nobody owes. @throws {PaymentRefused} */
    async resolve(by: ByOfficer, what: { attemptId: string } | { transactionId: string }, note: string): Promise<void> {
      const at = now();
      const isAttempt = 'attemptId' in what;
      const rows = await database.run(
        isAttempt ? 'pay.resolve_attempt' : 'pay.resolve_money',
        isAttempt ? RESOLVE_ATTEMPT : RESOLVE_MONEY,
        [
          by.communeId,
          isAttempt ? what.attemptId : what.transactionId,
          by.officerId,
          at.toISOString(),
          timeOrdered(at.getTime()),
          note.trim().slice(0, 500),
        ],
      );
      if (rows.length === 0) throw new PaymentRefused('wrong_state', 'there is nothing to resolve');
    },

    /** The official receipt, where its provider does not tell us by itself. @throws {PaymentRefused} `wrong_state` */
    async addReceipt(
      by: ByOfficer,
      orderId: string,
      receipt: { kind: 'phi' | 'le_phi' | null; number: string | null; url: string | null },
    ): Promise<void> {
      if (receipt.url !== null && !receipt.url.startsWith('https://'))
        throw new PaymentRefused('wrong_state', 'a receipt’s address is https');
      const at = now();
      const rows = await database.run('pay.receipt', RECEIPT, [
        by.communeId,
        orderId,
        by.officerId,
        at.toISOString(),
        timeOrdered(at.getTime()),
        JSON.stringify([receipt]),
      ]);
      if (rows.length === 0) throw new PaymentRefused('wrong_state', 'only what is paid has a receipt');
    },
  };

  async function confirm(
    by: ByOfficer,
    ref: string,
    input: { paidAt: Date; evidence: string; source: 'officer' | 'counter'; key?: string | null },
  ): Promise<Settled> {
    const attempt = await settler.find(ref);
    if (!attempt || attempt.communeId !== by.communeId) throw new PaymentRefused('not_found', 'no such attempt');
    const { source, evidence, paidAt } = input;
    // who did it is written first: a confirmation without an author must not exist
    const detail = { ref, evidence: evidence.trim().slice(0, 200), source, ...(input.key && { key: input.key }) };
    const about = { communeId: by.communeId, officerId: by.officerId, orderId: attempt.orderId, attemptId: attempt.id };
    await writeAudit(database, { ...about, act: 'payment_confirmed', detail }, now());
    return settler.settle(attempt, {
      ...{ outcome: 'paid', amountVnd: attempt.amountVnd, gatewayTxn: null, code: evidence.trim().slice(0, 60) },
      ...{ paidAt, source },
    });
  }
}

// The obligation is locked before its items are read; what it comes to is counted anew from all of them.
const EXEMPT = `
with o as materialized (
  select id from payment_orders where commune_id = $1::uuid and id = $2::uuid and status = 'open' for update
), item as (
  update payment_items i set reduced_vnd = i.reduced_vnd + $4::bigint
  from o
  where i.commune_id = $1::uuid and i.order_id = o.id and i.position = $3::int
    and i.reduced_vnd + $4::bigint <= i.quantity * i.unit_vnd
  returning i.order_id, null::uuid as attempt_id
), changed as (
  update payment_orders p set amount_vnd = p.amount_vnd - $4::bigint,
    status = case when p.amount_vnd = $4::bigint then 'waived' else p.status end,
    ended_at = case when p.amount_vnd = $4::bigint then $7::timestamptz end
  from item i
  where p.commune_id = $1::uuid and p.id = i.order_id
), granted as (
  insert into payment_exemptions (commune_id, id, order_id, position, group_name, reduced_vnd, proof, legal_ref,
    officer_id, at)
  select $1::uuid, $5::uuid, i.order_id, $3::int, $9, $4::bigint, $10, $11, $6::uuid, $7::timestamptz from item i
), ${auditSql({ from: 'item', id: '$8::uuid', officer: '$6::uuid', act: 'exemption_granted', at: '$7::timestamptz', detail: "jsonb_build_object('position', $3::int, 'reducedVnd', $4::bigint, 'group', $9::text)" })}
select order_id from item`;

const CANCEL = `
with changed as (
  update payment_orders o set status = 'cancelled', ended_at = $4::timestamptz, issue = null
  where commune_id = $1::uuid and id = $2::uuid and status in ('open', 'review')
  returning o.id as order_id, null::uuid as attempt_id
), ${auditSql({ from: 'changed', id: '$5::uuid', officer: '$3::uuid', act: 'order_cancelled', at: '$4::timestamptz', detail: "jsonb_build_object('reason', $6::text)" })}
select order_id from changed`;

const RECEIPT = `
with changed as (
  update payment_orders o set receipts = o.receipts || $6::jsonb
  where commune_id = $1::uuid and id = $2::uuid and status = 'paid'
  returning o.id as order_id, null::uuid as attempt_id
), ${auditSql({ from: 'changed', id: '$5::uuid', officer: '$3::uuid', act: 'receipt_added', at: '$4::timestamptz', detail: '$6::jsonb -> 0' })}
select order_id from changed`;

const RESOLVE_ATTEMPT = `
with changed as (
  update payment_attempts a set issue = null, check_at = null
  where commune_id = $1::uuid and id = $2::uuid and issue is not null
  returning a.order_id, a.id as attempt_id
), cleared as (
  update payment_orders o set issue = null
  from changed c
  where o.commune_id = $1::uuid and o.id = c.order_id and o.status <> 'review'
    and not exists (select 1 from payment_attempts x where x.commune_id = $1::uuid and x.order_id = c.order_id
      and x.id <> c.attempt_id and x.issue is not null)
), ${auditSql({ from: 'changed', id: '$5::uuid', officer: '$3::uuid', act: 'issue_resolved', at: '$4::timestamptz', detail: "jsonb_build_object('note', $6::text)" })}
select order_id from changed`;

const RESOLVE_MONEY = `
with changed as (
  update payment_transactions m set resolved_at = $4::timestamptz, resolved_by = $3::uuid, resolution = $6
  where commune_id = $1::uuid and id = $2::uuid and class <> 'applied' and resolved_at is null
  returning m.order_id, m.attempt_id
), ${auditSql({ from: 'changed', id: '$5::uuid', officer: '$3::uuid', act: 'money_resolved', at: '$4::timestamptz', detail: "jsonb_build_object('transactionId', $2::uuid, 'note', $6::text)" })}
select attempt_id from changed`;

// The obligation first, as everybody who settles.
const ASSIGN = `
with o as materialized (
  select * from payment_orders where commune_id = $1::uuid and id = $3::uuid and status = 'open' for update
), m as (
  update payment_transactions t set class = 'applied', attempt_id = $4::uuid, order_id = o.id, resolved_at = $6::timestamptz,
    resolved_by = $5::uuid, resolution = 'assigned'
  from o
  where t.commune_id = $1::uuid and t.id = $2::uuid and t.direction = 'in' and t.class in ('unknown_ref', 'wrong_unit')
    and t.resolved_at is null and t.amount_vnd = o.amount_vnd
  returning t.order_id, t.attempt_id, t.at, t.gateway_txn, t.account_id
), a as (
  update payment_attempts x set status = 'paid', method = 'vietqr', account_id = m.account_id, gateway_txn = m.gateway_txn,
    paid_at = m.at, ended_at = $6::timestamptz
  from m where x.commune_id = $1::uuid and x.id = m.attempt_id
), p as (
  update payment_orders y set status = 'paid', paid_at = m.at, paid_attempt_id = m.attempt_id, ended_at = $6::timestamptz,
    confirmed_at = case when y.conversation_id is not null then coalesce(y.confirmed_at, $6::timestamptz) end
  from m where y.commune_id = $1::uuid and y.id = m.order_id
  returning y.commune_id, y.id, y.conversation_id
), told as (
  select p.commune_id, p.conversation_id, v.account_id, p.id as cause_id
  from p join o on o.id = p.id and o.confirmed_at is null
    join conversations v on v.commune_id = p.commune_id and v.id = p.conversation_id
), ${auditSql({ from: 'm', id: '$7::uuid', officer: '$5::uuid', act: 'credit_assigned', at: '$6::timestamptz', detail: "jsonb_build_object('transactionId', $2::uuid)" })},
${sayingSql('told', 8)}
select order_id from m`;

// $4 key of the page: the payment it recorded stands
const RECORDED = `
select 1 from payment_audit a join payment_orders o on o.commune_id = a.commune_id and o.id = a.order_id
where a.commune_id = $1 and a.order_id = $2 and a.officer_id = $3 and a.act = 'payment_confirmed'
  and a.detail ->> 'key' = $4 and o.paid_attempt_id = a.attempt_id`;

const DROP_ATTEMPT = `
update payment_attempts set status = 'failed', ended_at = $3::timestamptz
where commune_id = $1 and id = $2 and status = 'created'`;
