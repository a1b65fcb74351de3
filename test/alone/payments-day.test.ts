import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';
import { openPostgres } from '../../src/db/client.ts';
import { timeOrdered } from '../../src/db/ids.ts';
import type { StoredAccount } from '../../src/payments/accounts.ts';
import type { BankCredit, SettlementRow } from '../../src/payments/bank.ts';
import {
  type ReconciliationClass,
  type ReconciliationReport,
  reconcile,
  reconcileStatement,
} from '../../src/payments/reconcile.ts';
import { newReference, unitCodes } from '../../src/payments/reference.ts';
import { seed } from '../support/db.ts';
import { at, BANK, createPayHouse, type PayHouse } from '../support/pay-house.ts';

// A day of 10,000 payments over four channels, 2 % of them touched by a fault, and the evening's reconciliation.

const DAY = '2026-11-21';
const PAYMENTS = 10_000;
const CHANNELS = ['vnpay', 'momo', 'vnptpay', 'vietqr'] as const;
type Channel = (typeof CHANNELS)[number];
/** One payment in fifty has one of these, each as often. */
const FAULTS = [
  'message_lost',
  'other_amount',
  'not_in_file',
  'paid_twice',
  'after_expiry',
  'no_reference',
  'other_unit',
  'reversed_in_file',
  'told_three_times',
  'amount_in_file',
] as const;
type Fault = (typeof FAULTS)[number];
const EXPECTED: Record<Fault, ReconciliationClass[]> = {
  message_lost: ['MISSING_OURS'],
  other_amount: ['AMOUNT_DIFF'],
  not_in_file: ['MISSING_THEIRS'],
  paid_twice: ['MATCHED', 'DUPLICATE'],
  after_expiry: ['LATE'],
  no_reference: ['UNKNOWN_REF'],
  other_unit: ['WRONG_UNIT'],
  reversed_in_file: ['STATE_DIFF'],
  told_three_times: ['MATCHED'],
  amount_in_file: ['AMOUNT_DIFF'],
};

interface Payment {
  channel: Channel;
  ref: string;
  second: string;
  amountVnd: number;
  fault: Fault | null;
  at: Date;
}

let postgres: TestPostgres;
let house: PayHouse;
const accounts = new Map<Channel, StoredAccount>();
beforeAll(async () => {
  postgres = await startPostgres();
  const database = await seed(openPostgres(await postgres.createDatabase(), { max: 12 }), ['xa-thu']);
  house = await createPayHouse(database, { clock: { now: at('2026-11-21T23:30') } });
  accounts.set('vietqr', await house.connect());
  for (const channel of CHANNELS)
    if (channel !== 'vietqr') accounts.set(channel, await house.accounts.byName(house.communeId, channel));
});
afterAll(async () => {
  await house.database.close();
  await postgres.stop();
});

/** The day's obligations, each with two attempts begun (most use the first only), in few statements. */
async function begin(): Promise<Payment[]> {
  const unit = await house.attempts.unitFor(house.communeId);
  const used = new Set<string>();
  const fresh = (): string => {
    const ref = newReference(unit, at('2026-11-21T08:00'));
    if (used.has(ref)) return fresh();
    used.add(ref);
    return ref;
  };
  const payments = Array.from({ length: PAYMENTS }, (_, index): Payment => {
    const channel = CHANNELS[index % CHANNELS.length]!;
    const turn = Math.floor(index / CHANNELS.length);
    let fault = turn % 50 === 7 ? FAULTS[Math.floor(turn / 50) % FAULTS.length]! : null;
    // a bank's statement knows money only: nothing is reversed in it
    if (channel === 'vietqr' && fault === 'reversed_in_file') fault = 'message_lost';
    return {
      ...{ channel, fault, amountVnd: 5_000 + (index % 97) * 1_000 },
      ...{ ref: fresh(), second: fresh() },
      at: new Date(at('2026-11-21T07:30').getTime() + index * 5_000),
    };
  });
  for (let from = 0; from < payments.length; from += 1_000) {
    const rows = payments.slice(from, from + 1_000).map((payment) => ({
      ...payment,
      account: accounts.get(payment.channel)!.id,
      ids: [timeOrdered(), timeOrdered(), timeOrdered()],
      status: payment.fault === 'after_expiry' ? 'expired' : 'pending',
    }));
    await house.database.run(
      'begin_day',
      `with p as (
         select * from jsonb_to_recordset($2::jsonb) as x(channel text, ref text, second text, "amountVnd" bigint,
           at timestamptz, account uuid, ids uuid[], status text)
       ), o as (
         insert into payment_orders (commune_id, id, purpose, amount_vnd, status, source, created_at)
         select $1::uuid, ids[1], 'Lệ phí thử', "amountVnd", 'open', 'officer', at - interval '2 minutes' from p
       )
       insert into payment_attempts (commune_id, id, ref, order_id, method, account_id, amount_vnd, description, status,
         created_at, expires_at)
       select $1::uuid, x.id, x.ref, p.ids[1], p.channel, p.account, p."amountVnd", x.ref, p.status,
         p.at - interval '1 minute', p.at + interval '14 minutes'
       from p, lateral (values (p.ids[2], p.ref), (p.ids[3], p.second)) as x(id, ref)`,
      [house.communeId, JSON.stringify(rows)],
    );
  }
  return payments;
}

/** What a bank tells of a payment; also what stands in its statement. */
const creditOf = (payment: Payment, ref: string, amountVnd: number, source: 'sepay' | 'statement'): BankCredit => ({
  ...{ bankTxnId: `${source}-${ref}`, bankRef: `FT${ref}`, source, accountNumber: BANK.accountNumber },
  ...{ virtualAccount: null, amountVnd, at: payment.at, payer: null },
  words: payment.fault === 'no_reference' ? 'nop le phi' : `MBVCB.1.${ref.toLowerCase()} le phi`,
});

/** The payment happens and is told, or not, as its fault has it. @returns the lines of the other side's file */
async function happen(payment: Payment, foreign: string): Promise<{ row: SettlementRow; credit: BankCredit }[]> {
  const { channel, fault, ref, second, amountVnd } = payment;
  const paidVnd = fault === 'other_amount' ? amountVnd - 1_000 : amountVnd;
  const known = fault === 'other_unit' ? { ...payment, ref: foreign } : payment;
  const line = (name: string, change: Partial<SettlementRow> = {}) => ({
    row: {
      ...{ method: channel, kind: 'payment', ref: name, gatewayTxn: `T${name}`, amountVnd: paidVnd, feeVnd: 0 },
      ...{ at: payment.at, state: 'paid', unit: null, line: 0, ...change },
    } as SettlementRow,
    credit: creditOf(payment, name, change.amountVnd ?? paidVnd, 'statement'),
  });
  const tell = async (name: string) => {
    if (channel === 'vietqr') {
      await house.bankCredits.apply(creditOf(payment, name, paidVnd, 'sepay'), accounts.get('vietqr')!);
      return;
    }
    const gateway = house.gateways[channel];
    gateway.orders.set(name, { amountVnd: paidVnd, outcome: 'paid', txn: `T${name}`, paidAt: payment.at });
    const code = await house.deliver(channel, gateway.message(name, house.contracts[channel]));
    expect(['00', '02', '04']).toContain(code);
  };
  const isUntold =
    fault === 'message_lost' || fault === 'other_unit' || (fault === 'no_reference' && channel !== 'vietqr');
  if (!isUntold) await tell(known.ref);
  if (fault === 'paid_twice') await tell(second);
  if (fault === 'told_three_times') await Promise.all([tell(ref), tell(ref)]);
  if (fault === 'not_in_file') return [];
  if (fault === 'paid_twice') return [line(ref), line(second)];
  if (fault === 'reversed_in_file') return [line(ref, { state: 'reversed' })];
  if (fault === 'amount_in_file') return [line(ref, { amountVnd: amountVnd + 1_000 })];
  if (fault === 'no_reference') return [line(ref, channel === 'vietqr' ? {} : { ref: null })];
  return [line(known.ref)];
}

const sumOf = (rows: { amountVnd: number }[]) => rows.reduce((sum, { amountVnd }) => sum + amountVnd, 0);

test(
  'every đồng of the day is in exactly one class, and the classes are the faults',
  { timeout: 580_000 },
  async () => {
    const payments = await begin();
    const [far = ''] = unitCodes('0190ffff-0000-7000-8000-00000000ffff');
    const files = new Map<Channel, { row: SettlementRow; credit: BankCredit }[]>(CHANNELS.map((name) => [name, []]));
    const started = performance.now();
    for (let from = 0; from < payments.length; from += 24) {
      const lines = await Promise.all(
        payments.slice(from, from + 24).map(async (payment) => ({
          channel: payment.channel,
          lines: await happen(payment, newReference(far, payment.at)),
        })),
      );
      for (const { channel, lines: told } of lines) files.get(channel)!.push(...told);
    }
    const told = performance.now() - started;

    const evening = async (channel: Channel): Promise<ReconciliationReport> => {
      const input = { account: accounts.get(channel)!, day: DAY, fileName: `${channel}.csv`, officerId: null };
      const file = files.get(channel)!;
      return channel === 'vietqr'
        ? reconcileStatement(
            house,
            input,
            file.map(({ credit }) => credit),
          )
        : reconcile(
            house,
            input,
            file.map(({ row }, index) => ({ ...row, line: index + 1 })),
          );
    };
    const counts: Partial<Record<ReconciliationClass, number>> = {};
    const expected: Partial<Record<ReconciliationClass, number>> = {};
    for (const { fault, channel } of payments) {
      // a bank told of it as it came in: it is in our books already, with other money than asked for or without a reference
      for (const name of fault === null ? (['MATCHED'] as const) : EXPECTED[fault]) {
        const isNoAmount = channel === 'vietqr' && fault === 'amount_in_file';
        const kind = isNoAmount ? 'MATCHED' : name;
        expected[kind] = (expected[kind] ?? 0) + 1;
      }
    }
    for (const channel of CHANNELS) {
      // a statement and its notifier tell of one credit with one amount
      if (channel === 'vietqr')
        for (const line of files.get(channel)!)
          line.credit.amountVnd = sameAmount(payments, line.row.ref!) ?? line.credit.amountVnd;
      const report = await evening(channel);
      const theirs = files.get(channel)!;
      const their = channel === 'vietqr' ? theirs.map(({ credit }) => credit) : theirs.map(({ row }) => row);
      const [ours] = await house.database.run<{ sum: number; n: number }>(
        'ours',
        `select sum(amount_vnd)::bigint as sum, count(*)::int as n from payment_transactions
       where account_id = $1 and direction = 'in'`,
        [accounts.get(channel)!.id],
      );
      // each line of theirs once, each movement of ours once, and not a đồng more or less
      expect(report.rows.filter(({ line }) => line !== null)).toHaveLength(their.length);
      expect(new Set(report.rows.map(({ line }) => line).filter((line) => line !== null)).size).toBe(their.length);
      expect(report.theirsVnd).toBe(sumOf(their));
      expect(report.oursVnd).toBe(ours!.sum);
      expect(report.rows.filter(({ oursVnd }) => oursVnd !== null)).toHaveLength(ours!.n);
      for (const { class: kind } of report.rows) counts[kind] = (counts[kind] ?? 0) + 1;
    }
    expect(counts).toEqual(expected);
    // 10,000 payments with their faults, and nobody owes what was paid
    const [open] = await house.database.run<{ n: number }>(
      'open',
      "select count(*)::int as n from payment_orders where status = 'open'",
    );
    const unpaid = payments.filter(
      ({ fault }) => fault === 'other_amount' || fault === 'no_reference' || fault === 'other_unit',
    );
    expect(open!.n).toBe(unpaid.length);
    expect(Object.values(counts).reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(PAYMENTS);
    expect(told).toBeGreaterThan(0);
  },
);

function sameAmount(payments: Payment[], ref: string): number | undefined {
  const payment = payments.find((one) => one.channel === 'vietqr' && one.fault === 'amount_in_file' && one.ref === ref);
  return payment?.amountVnd;
}
