import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';
import { prepare, SECRET_KEY, startService } from '../../src/bench/subjects.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import { openPostgres } from '../../src/db/client.ts';
import { timeOrdered } from '../../src/db/ids.ts';
import { createZaloPlatform } from '../../src/demo/zalo-platform.ts';
import { createPaymentAccounts } from '../../src/payments/accounts.ts';
import { GATEWAYS } from '../../src/payments/gateways/index.ts';
import { newReference, unitCodes } from '../../src/payments/reference.ts';
import { addConversation } from '../support/pay-house.ts';

// `hoixa serve` thrice on one PostgreSQL, killed while VNPAY reports: what was acknowledged is in the books, what was not
// is told again, nothing is counted or said twice.

const PAYMENTS = 300;
const KILLS = 6;
const SECRET = 'HOIXACRASHTESTSECRET0123456789AB';
const TERMINAL = 'HOIXA001';
const NOWHERE = 'http://127.0.0.1:9';
const ENV = {
  PUBLIC_URL: 'http://localhost:3199',
  VNPAY_PAY_URL: `${NOWHERE}/pay`,
  VNPAY_API_URL: `${NOWHERE}/api`,
};

const until = async (probe: () => boolean) => {
  while (!probe()) await new Promise((done) => setTimeout(done, 20));
};

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** As VNPAY signs: names sorted, form encoding, HMAC-SHA512. */
function message(ref: string, index: number): string {
  const fields = new URLSearchParams({
    vnp_Amount: '800000',
    vnp_BankCode: 'NCB',
    vnp_OrderInfo: `Le phi ${ref}`,
    vnp_PayDate: '20261121093512',
    vnp_ResponseCode: '00',
    vnp_TmnCode: TERMINAL,
    vnp_TransactionNo: String(14_000_000 + index),
    vnp_TransactionStatus: '00',
    vnp_TxnRef: ref,
  });
  fields.sort();
  const text = fields.toString();
  return `${text}&vnp_SecureHash=${createHmac('sha512', SECRET).update(text).digest('hex')}`;
}

test(
  `${KILLS} times kill -9 while ${PAYMENTS} payments are reported: none lost, none twice`,
  { timeout: 580_000 },
  async () => {
    const platform = createZaloPlatform({});
    await platform.start();
    const url = await postgres.createDatabase();
    const targets = await prepare(url, platform, 1);
    const database = openPostgres(url);
    const [commune] = await database.run<{ id: string }>('commune', 'select id from communes');
    const communeId = commune!.id;
    const accounts = createPaymentAccounts({
      ...{ database, box: createSecretBox(SECRET_KEY), notifierKinds: [], kinds: Object.values(GATEWAYS) },
      urls: { ...ENV, MOMO_API_URL: NOWHERE },
    });
    const account = await accounts.connect(communeId, {
      ...{ method: 'vnpay', name: 'chính', payee: 'UBND xã Thử', secrets: { hashSecret: SECRET } },
      settings: { environment: 'test', tmnCode: TERMINAL },
    });
    const [unit = ''] = unitCodes(communeId);
    const refs = [...new Set(Array.from({ length: PAYMENTS + 9 }, () => newReference(unit, new Date())))].slice(
      0,
      PAYMENTS,
    );
    for (const ref of refs) {
      const { conversationId } = await addConversation(database, communeId);
      await database.run('begin', BEGIN, [communeId, timeOrdered(), timeOrdered(), ref, account.id, conversationId]);
    }

    const start = () => startService(url, platform, targets, ENV);
    // one after the other: three compilers at once would keep each other from starting
    const processes = [await start(), await start(), await start()];
    const isUp = ({ child }: (typeof processes)[number]) => child.exitCode === null && child.signalCode === null;
    const started = [...processes];
    const acknowledged = new Set<string>();
    /** Tells until somebody acknowledges, as the gateway does, only sooner; each is told twice for good measure. */
    const report = async (ref: string, index: number) => {
      for (let told = 0, tries = 0; told < 2 && tries < 2_000; tries++) {
        const alive = processes.filter(isUp);
        const target = alive[(index + tries) % Math.max(alive.length, 1)];
        const address = target && new URL(target.targets[0]!.url).origin;
        const code = await fetch(`${address}/payments/vnpay/ipn?${message(ref, index)}`)
          .then(async (response) => ((await response.json()) as { RspCode: string }).RspCode)
          .catch(() => 'nobody');
        if (code === '00' || code === '02') {
          told += 1;
          acknowledged.add(ref);
        } else await new Promise((done) => setTimeout(done, 25));
      }
    };
    try {
      const portion = PAYMENTS / KILLS;
      for (let kills = 0; kills < KILLS; kills++) {
        await until(() => processes.filter(isUp).length >= 2);
        const told = refs
          .slice(kills * portion, (kills + 1) * portion)
          .map((ref, index) => report(ref, kills * portion + index));
        // somebody was answered, the others are under way
        await Promise.race(told);
        const victim = processes.findIndex((_, at) => isUp(processes[(kills + at) % 3]!));
        const place = (kills + victim) % 3;
        processes[place]!.child.kill('SIGKILL');
        const comesBack = start().then((service) => {
          started.push(service);
          processes[place] = service;
        });
        await Promise.all([...told, comesBack]);
      }
      expect(acknowledged.size).toBe(PAYMENTS);
      const [books] = await database.run('books', BOOKS);
      expect(books).toEqual({
        ...{ paid: PAYMENTS, settled: PAYMENTS, movements: PAYMENTS, sum: PAYMENTS * 8_000, issues: 0 },
        ...{ confirmations: PAYMENTS, said: PAYMENTS, twice: 0 },
      });
    } finally {
      await Promise.all(started.map((service) => service.stop()));
      await database.close();
      await platform.stop();
    }
  },
);

const BEGIN = `
with o as (
  insert into payment_orders (commune_id, id, conversation_id, purpose, amount_vnd, status, source)
  values ($1::uuid, $2::uuid, $6::uuid, 'Lệ phí thử', 8000, 'open', 'officer')
)
insert into payment_attempts (commune_id, id, ref, order_id, method, account_id, amount_vnd, description, status, expires_at)
values ($1::uuid, $3::uuid, $4, $2::uuid, 'vnpay', $5::uuid, 8000, $4, 'pending', now() + interval '1 day')`;

const BOOKS = `
select (select count(*) from payment_attempts where status = 'paid')::int as paid,
  (select count(*) from payment_orders where status = 'paid' and confirmed_at is not null)::int as settled,
  (select count(*) from payment_transactions where class = 'applied')::int as movements,
  (select sum(amount_vnd) from payment_transactions)::int as sum,
  (select count(*) from payment_attempts where issue is not null)::int as issues,
  (select count(distinct cause_id) from outbox)::int as confirmations,
  (select count(*) from messages where author = 'system')::int as said,
  (select count(*) from (select 1 from outbox group by conversation_id having count(*) > 1) x)::int as twice`;
