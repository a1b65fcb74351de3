import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import type { PaymentAccounts, StoredAccount } from './accounts.ts';
import { type Order, PaymentRefused } from './orders.ts';
import type { GatewayName, PaymentAttempt, PaymentBill, PaymentMethod } from './provider.ts';
import { newReference, unitCodes } from './reference.ts';
import { asciiWords } from './words.ts';

/** What gateways give a page, and what a bank transfer may take. */
const GATEWAY_MINUTES = 15;
const TRANSFER_HOURS = 24;
/** A first look at what no message came about. */
const FIRST_CHECK_MS = 15 * 60_000;
/** Nobody needs more tries for one obligation in an hour. */
const TRIES_PER_HOUR = 20;
const CREATE_TIMEOUT_MS = 35_000;

export interface AttemptDeps {
  database: Database;
  accounts: PaymentAccounts;
  commune: (id: string) => Promise<Commune>;
  publicUrl: string;
  now?: () => Date;
}

export interface BegunAttempt {
  ref: string;
  method: PaymentMethod;
  amountVnd: number;
  expiresAt: Date;
  /** Where the citizen pays; absent for a transfer. */
  url?: string;
  /** Where a transfer goes. */
  account?: StoredAccount;
  /** What the bank will write. */
  words?: string;
}

export type Attempts = ReturnType<typeof createAttempts>;

export function createAttempts({ database, accounts, commune, publicUrl, now = () => new Date() }: AttemptDeps) {
  const units = new Map<string, string>();

  /** The commune's letters in references; the first process that needs them writes them down. */
  const unitFor = async (communeId: string): Promise<string> => {
    const known = units.get(communeId);
    if (known) return known;
    for (const code of unitCodes(communeId)) {
      const [row] = await database.run<{ code: string }>('pay.unit', UNIT, [communeId, code]);
      if (!row) continue;
      units.set(communeId, row.code);
      return row.code;
    }
    throw new Error('no unit code is free');
  };

  /** Writes an attempt that nothing was done about yet. @throws {PaymentRefused} */
  const write = async (
    order: Order,
    method: PaymentMethod,
    accountId: string | null,
    { payerIp = '', expiresAt, isWatched }: { payerIp?: string; expiresAt: Date; isWatched: boolean },
  ) => {
    const unit = await unitFor(order.communeId);
    const at = now();
    // among thousands of one unit and day a reference may be taken already: then another
    for (;;) {
      const ref = newReference(unit, at);
      const description = asciiWords(`${ref} ${order.dossierNumber ?? order.purpose}`, 100);
      const [row] = await database.run<{ id: string }>('pay.attempt', BEGIN, [
        ...[order.communeId, timeOrdered(at.getTime()), ref, order.id, method, accountId, description, payerIp],
        ...[at.toISOString(), expiresAt.toISOString()],
        isWatched ? new Date(at.getTime() + FIRST_CHECK_MS).toISOString() : null,
        ...[TRIES_PER_HOUR, order.amountVnd],
      ]);
      if (row) return { id: row.id, ref, description, createdAt: at };
      const [found] = await database.run<{ status: string; is_same: boolean; tries: number }>('pay.why_not', WHY_NOT, [
        ...[order.communeId, order.id, order.amountVnd, at.toISOString()],
      ]);
      if (found?.status !== 'open' || !found.is_same)
        throw new PaymentRefused('not_open', `the obligation is ${found?.status ?? 'gone'}, or not what it was`);
      if (found.tries >= TRIES_PER_HOUR) throw new PaymentRefused('too_many_attempts', 'too many tries within an hour');
    }
  };

  const attempts = {
    unitFor,

    /** The attempt as a provider wants it. */
    forProvider: (attempt: {
      ref: string;
      communeId: string;
      method: PaymentMethod;
      amountVnd: number;
      description: string;
      payerIp: string;
      createdAt: Date;
      expiresAt: Date;
    }): PaymentAttempt => ({
      ref: attempt.ref,
      communeId: attempt.communeId,
      amountVnd: attempt.amountVnd,
      description: attempt.description,
      payerIp: attempt.payerIp,
      createdAt: attempt.createdAt,
      expiresAt: attempt.expiresAt,
      returnUrl: `${publicUrl}/payments/return?hx=${attempt.ref}`,
      ipnUrl: `${publicUrl}/payments/${attempt.method}/ipn`,
    }),

    /**
     * Begins a try by a gateway: written down first, then asked for, so that whatever the gateway does is about a
     * reference we know.
     * @throws {PaymentRefused}; {PaymentGatewayError} when the gateway gave no page: nothing was paid
     */
    async beginAtGateway(order: Order, method: GatewayName, payerIp: string): Promise<BegunAttempt> {
      const way = (await accounts.offered(order.communeId)).find((offered) => offered.method === method);
      if (!way) throw new PaymentRefused('method_not_offered', `${method} is not offered`);
      const provider = accounts.providerOf(way.account);
      if (order.amountVnd < provider.limits.minVnd || order.amountVnd > provider.limits.maxVnd)
        throw new PaymentRefused('bad_amount', `${method} does not take this amount`);
      const expiresAt = new Date(now().getTime() + GATEWAY_MINUTES * 60_000);
      const written = await write(order, method, way.accountId, { payerIp, expiresAt, isWatched: true });
      const { settings } = await commune(order.communeId);
      const attempt = attempts.forProvider({
        ...written,
        communeId: order.communeId,
        method,
        amountVnd: order.amountVnd,
        payerIp,
        expiresAt,
      });
      const bill = billOf(order, settings.address ?? settings.officeName);
      const made = await provider
        .create({ ...attempt, ...(bill && { bill }) }, AbortSignal.timeout(CREATE_TIMEOUT_MS))
        .catch(async (error) => {
          // It may exist there all the same: it is asked about like any other.
          await database.run('pay.not_begun', NOT_BEGUN, [
            order.communeId,
            written.id,
            error?.gatewayCode ?? error?.code,
          ]);
          throw error;
        });
      await database.run('pay.begun', BEGUN, [
        order.communeId,
        written.id,
        (made.expiresAt ?? expiresAt).toISOString(),
      ]);
      return {
        ref: written.ref,
        method,
        amountVnd: order.amountVnd,
        expiresAt: made.expiresAt ?? expiresAt,
        url: made.url,
      };
    },

    /** Begins a transfer, or goes on with the one that is open: its reference may stand in somebody's bank already. */
    async beginTransfer(order: Order): Promise<BegunAttempt> {
      const way = (await accounts.offered(order.communeId)).find((offered) => offered.method === 'vietqr');
      if (!way) throw new PaymentRefused('method_not_offered', 'transfers are not offered');
      const base = { method: 'vietqr' as const, amountVnd: order.amountVnd, account: way.account };
      const [open] = await database.run<{ ref: string; expires_at: Date }>('pay.open_transfer', OPEN_TRANSFER, [
        order.communeId,
        order.id,
        way.accountId,
        order.amountVnd,
        now().toISOString(),
      ]);
      if (open) return { ...base, ref: open.ref, expiresAt: open.expires_at, words: wordsOf(open.ref, order) };
      const expiresAt = new Date(now().getTime() + TRANSFER_HOURS * 3_600_000);
      const { ref } = await write(order, 'vietqr', way.accountId, { expiresAt, isWatched: false });
      return { ...base, ref, expiresAt, words: wordsOf(ref, order) };
    },

    /** For money that is taken where we are not: an officer records it. */
    async beginByHand(order: Order, method: 'counter' | 'portal'): Promise<{ ref: string }> {
      const expiresAt = new Date(now().getTime() + TRANSFER_HOURS * 3_600_000);
      return write(order, method, null, { expiresAt, isWatched: false });
    },
  };
  return attempts;
}

/** At most 25 letters, the reference first. */
const wordsOf = (ref: string, order: Order) =>
  `${ref} ${order.items.every(({ kind }) => kind === 'phi') ? 'PHI' : 'LE PHI'}`;

/** What an official receipt says, as far as we know it: citizens are not asked for their papers here. */
function billOf(order: Order, address: string): PaymentBill | null {
  if (order.dossierNumber === null) return null;
  return {
    payerName: 'Nguoi nop ho so',
    payerAddress: asciiWords(address, 200),
    payerPersonalId: '',
    dossierNumber: order.dossierNumber,
    procedureCode: order.procedureCode ?? '',
    procedureName: asciiWords(order.purpose, 200),
    items: order.items
      .map((item) => ({
        kind: item.kind,
        code: item.kind === 'phi' ? 'PHI' : 'LEPHI',
        name: asciiWords(item.name, 200),
        amountVnd: item.quantity * item.unitVnd - item.reducedVnd,
      }))
      .filter(({ amountVnd }) => amountVnd > 0),
  };
}

const UNIT = `
with known as (
  select code from payment_units where commune_id = $1::uuid
), made as (
  insert into payment_units (commune_id, code) select $1::uuid, $2 where not exists (select 1 from known)
  on conflict do nothing
  returning code
)
select code from known union all select code from made`;

// An officer may have taken something off a moment ago, and an obligation that was paid a moment ago takes no more tries.
const BEGIN = `
with o as materialized (
  select id, amount_vnd from payment_orders
  where commune_id = $1::uuid and id = $4::uuid and status = 'open' and amount_vnd = $13::bigint and (pay_by is null or pay_by > $9::timestamptz)
  for share
)
insert into payment_attempts (commune_id, id, ref, order_id, method, account_id, amount_vnd, description, payer_ip,
  created_at, expires_at, check_at)
select $1::uuid, $2::uuid, $3, o.id, $5, $6::uuid, o.amount_vnd, $7, $8, $9::timestamptz, $10::timestamptz,
  $11::timestamptz
from o
where (select count(*) from payment_attempts a where a.commune_id = $1::uuid and a.order_id = $4::uuid
  and a.created_at > $9::timestamptz - interval '1 hour') < $12::int
on conflict (ref) do nothing
returning id`;

const WHY_NOT = `
select o.status, o.amount_vnd = $3::bigint and (o.pay_by is null or o.pay_by > $4::timestamptz) as is_same,
  (select count(*) from payment_attempts a where a.commune_id = $1::uuid and a.order_id = $2::uuid
    and a.created_at > $4::timestamptz - interval '1 hour')::int as tries
from payment_orders o where o.commune_id = $1::uuid and o.id = $2::uuid`;

const BEGUN = `
update payment_attempts set expires_at = $3::timestamptz, status = case when status = 'created' then 'pending' else status end
where commune_id = $1 and id = $2`;

const NOT_BEGUN = `update payment_attempts set code = $3 where commune_id = $1 and id = $2 and status = 'created'`;

// Of an obligation that was paid another way meanwhile, a transfer still open must not be told again.
const OPEN_TRANSFER = `
select a.ref, a.expires_at from payment_attempts a
join payment_orders o on o.commune_id = a.commune_id and o.id = a.order_id
where a.commune_id = $1 and a.order_id = $2 and a.account_id = $3 and a.amount_vnd = $4 and a.method = 'vietqr'
  and a.status in ('created', 'pending') and a.expires_at > $5::timestamptz + interval '1 hour'
  and o.status = 'open' and o.amount_vnd = a.amount_vnd and (o.pay_by is null or o.pay_by > $5::timestamptz)
order by a.created_at desc limit 1`;
