import { randomBytes, randomUUID } from 'node:crypto';
import { createCommuneCache } from '../../src/communes/communes.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import type { Database } from '../../src/db/client.ts';
import { silentLog } from '../../src/log.ts';
import { createPaymentAccounts } from '../../src/payments/accounts.ts';
import { createAttempts } from '../../src/payments/attempts.ts';
import { createBankCredits } from '../../src/payments/bank-credits.ts';
import { createCallbacks } from '../../src/payments/callbacks.ts';
import { createOrder, type OrderInput } from '../../src/payments/orders.ts';
import type { GatewayName, ProviderKind } from '../../src/payments/provider.ts';
import { createSettler } from '../../src/payments/settle.ts';
import { asInput, createTestGateway } from '../../src/payments/testing/gateway.ts';
import type { TestDb } from './db.ts';
import { createLoopbackChannel } from './loopback-channel.ts';

export const PUBLIC_URL = 'https://hoixa.example.vn';
export const URLS = {
  PUBLIC_URL,
  VNPAY_PAY_URL: 'https://pay.vnpay.vn/vpcpay.html',
  VNPAY_API_URL: 'https://merchant.vnpay.vn/merchant_webapi/api/transaction',
  MOMO_API_URL: 'https://payment.momo.vn',
};
export const BANK = { bin: '970436', bankName: 'Vietcombank', accountNumber: '1012345678', accountName: 'UBND XA THU' };
const METHODS = ['vnpay', 'momo', 'vnptpay', 'pp'] as const;

/** Local time, Vietnam. */
export const at = (local: string) => new Date(`${local}:00+07:00`);

/** Payments of one process between test gateways, on a clock only the test moves; several may share a database. */
export async function createPayHouse(
  database: TestDb,
  {
    clock = { now: at('2026-11-21T09:30') },
    notifierKinds = [] as never[],
    key = randomBytes(32).toString('hex'),
  } = {},
) {
  const now = () => clock.now;
  const gateways = {
    vnpay: createTestGateway('vnpay', { minVnd: 5_000, maxVnd: 999_999_999 }),
    momo: createTestGateway('momo', { minVnd: 1_000, maxVnd: 50_000_000 }),
    vnptpay: createTestGateway('vnptpay', { minVnd: 1_000, maxVnd: 500_000_000 }),
    pp: createTestGateway('pp', { minVnd: 1_000, maxVnd: 999_999_999 }),
  };
  const kinds: ProviderKind[] = METHODS.map((method) => gateways[method].kind);
  const box = createSecretBox(key);
  const accounts = createPaymentAccounts({ database, box, kinds, notifierKinds, urls: URLS, now });
  const commune = createCommuneCache(database.orm);
  const attempts = createAttempts({ database, accounts, commune, publicUrl: PUBLIC_URL, now });
  const channel = createLoopbackChannel('zalo');
  const settler = createSettler({ database, channel: () => channel, now });
  const callbacks = createCallbacks({ settler, accounts, kinds, log: silentLog });
  const bankCredits = createBankCredits({ database, settler, accounts, notifierKinds });
  const communeId = database.communes[0]!.id;
  const contracts = {
    vnpay: { terminal: 'HOIXA001', key: 'vnpay-test-secret' },
    momo: { terminal: 'MOMOHX01', key: 'momo-test-secret' },
    vnptpay: { terminal: '6901', key: 'vnptpay-test-secret' },
    pp: { terminal: 'HOIXA', key: 'portal-test-secret' },
  };

  return {
    database,
    clock,
    now,
    box,
    accounts,
    attempts,
    settler,
    callbacks,
    bankCredits,
    channel,
    gateways,
    contracts,
    kinds,
    commune,
    communeId,
    async connect(owner = communeId) {
      for (const method of METHODS)
        await accounts.connect(owner, {
          method,
          name: 'chính',
          payee: 'UBND xã Thử',
          settings: { terminal: contracts[method].terminal },
          secrets: { key: contracts[method].key },
        });
      return accounts.connect(owner, { method: 'vietqr', name: 'chính', payee: 'UBND xã Thử', settings: BANK });
    },
    conversation: (of = communeId) => addConversation(database, of),
    /** An obligation of 8.000 đồng unless said otherwise. */
    async order(change: Partial<OrderInput> = {}, of = communeId) {
      const { order } = await createOrder(
        database,
        of,
        {
          purpose: 'Lệ phí đăng ký khai sinh',
          dossierNumber: 'H29.33-261121-0007',
          procedureCode: '1.001193',
          items: [{ kind: 'le_phi', name: 'Lệ phí đăng ký khai sinh', quantity: 1, unitVnd: 8_000 }],
          source: 'officer',
          ...change,
        },
        now(),
      );
      return order;
    },
    /** A gateway's message is delivered. @returns its answer's code */
    async deliver(method: GatewayName, rawQuery: string): Promise<string> {
      const reply = await callbacks.receive(method, asInput(rawQuery));
      return JSON.parse(reply!.body).code;
    },
    said: () =>
      database.run<{ text: string; author: string; conversation_id: string }>(
        'said',
        "select text, author, conversation_id from messages where content ? 'payment' order by occurred_at, id",
      ),
    queued: async () => (await database.run('queued', 'select 1 from outbox')).length,
    async attemptOf(ref: string) {
      return (await settler.find(ref))!;
    },
    transactions: () =>
      database.run<{ ref: string; class: string; direction: string; amount_vnd: number; gateway_txn: string }>(
        'transactions',
        'select ref, class, direction, amount_vnd, gateway_txn from payment_transactions order by created_at, id',
      ),
  };
}
export type PayHouse = Awaited<ReturnType<typeof createPayHouse>>;

/** A citizen who wrote to a commune a moment ago. */
export async function addConversation(database: Database, communeId: string, owner: 'bot' | 'officer' = 'bot') {
  const [id, citizenId, accountId] = [randomUUID(), randomUUID(), randomUUID()];
  await database.run(
    'add_conversation',
    `with account as (
       insert into channel_accounts (id, commune_id, channel, external_id, app_id, secrets)
       values ($3::uuid, $1::uuid, 'zalo', $3::text, 'app', '')
     )
     insert into conversations (commune_id, id, account_id, citizen_id, channel, chat_id, owner, last_user_at)
     values ($1::uuid, $2::uuid, $3::uuid, $4::uuid, 'zalo', $2::text, $5, now())`,
    [communeId, id, accountId, citizenId, owner],
  );
  return { conversationId: id, citizenId, accountId };
}
