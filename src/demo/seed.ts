import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { AccountStore, ChannelAccount } from '../communes/accounts.ts';
import { channelAccounts, communes } from '../communes/communes.schema.ts';
import { addCommune, type Commune, communeBySlug } from '../communes/communes.ts';
import { addOfficer, listOfficers, type Officer } from '../communes/officers.ts';
import type { Database, Db } from '../db/client.ts';
import { addSimulator } from '../dossiers/source-store.ts';
import { AppError, ConfigError } from '../errors.ts';
import type { PaymentAccounts } from '../payments/accounts.ts';
import type { DemoGateways } from './gateways/index.ts';
import type { GraphPlatform } from './graph-platform.ts';
import type { ZaloPlatform } from './zalo-platform.ts';

/** Ids stay the same over restarts, so that conversations do; secrets are new each time. */
export const DEMO = {
  slug: 'demo',
  zalo: { appId: '4000000000000000017', oaId: '4000000000000000027' },
  messenger: { appId: '400000000000037', pageId: '400000000000047' },
  dossiers: 'dữ liệu mẫu của trang chạy thử',
} as const;

/** A place that does not exist: nobody may mistake it for their own commune. */
export const OFFICE = {
  name: 'UBND xã Thử Nghiệm',
  settings: {
    address: 'Số 00 đường Mẫu, xã Thử Nghiệm (địa chỉ mẫu)',
    phone: '0000 000 000',
    hotline: '0000 000 001',
    areHoursConfirmed: true,
  },
};

/** @throws {ConfigError} when the database serves somebody besides the demo */
export async function seedCommune(db: Db): Promise<Commune> {
  const accounts = await db.select({ externalId: channelAccounts.externalId }).from(channelAccounts);
  const ours: string[] = [DEMO.zalo.oaId, DEMO.messenger.pageId];
  // The demo sends to its stand-ins only: it must not take the turns of citizens who wait for a real answer.
  if (accounts.some(({ externalId }) => !ours.includes(externalId))) {
    throw new ConfigError(
      'this database serves real accounts; the demo needs its own: choose another DATA_DIR or DATABASE_URL',
    );
  }
  const [known] = await db.select({ id: communes.id }).from(communes).where(eq(communes.slug, DEMO.slug));
  const commune = known ? await communeBySlug(db, DEMO.slug) : await addCommune(db, { slug: DEMO.slug, ...OFFICE });
  await addSimulator(db, commune.id, DEMO.dossiers);
  return commune;
}

const STAFF = [
  { email: 'can-bo-mau-1@demo.example', name: 'Mẫu Một', title: 'bộ phận một cửa', role: 'admin' },
  { email: 'can-bo-mau-2@demo.example', name: 'Mẫu Hai', title: 'công chức tư pháp – hộ tịch', role: 'officer' },
] as const;

/** Two who answer: one alone could not hand a conversation on. */
export async function seedOfficers(db: Db, communeId: string): Promise<[Officer, Officer]> {
  const known = await listOfficers(db, communeId);
  const make = async (input: (typeof STAFF)[number]) =>
    known.find(({ email }) => email === input.email) ?? addOfficer(db, communeId, input);
  return [await make(STAFF[0]), await make(STAFF[1])];
}

export interface DemoAccounts {
  zalo: ChannelAccount;
  messenger: ChannelAccount;
}

/**
 * Makes the OA and the page known to the stand-ins and connects them to the commune, as an operator would.
 * @throws {ConfigError}
 */
export async function connectAccounts(
  accounts: AccountStore,
  commune: Commune,
  { zalo, graph }: { zalo: ZaloPlatform; graph: GraphPlatform },
): Promise<DemoAccounts> {
  zalo.registerApp({ appId: DEMO.zalo.appId });
  const oa = zalo.registerOa(DEMO.zalo.appId, { oaId: DEMO.zalo.oaId, name: commune.name });
  const secret = () => randomBytes(24).toString('hex');
  const app = { id: DEMO.messenger.appId, secret: secret(), verifyToken: secret() };
  const page = { id: DEMO.messenger.pageId, name: commune.name, token: secret(), appId: app.id };
  graph.registerApp(app);
  graph.registerPage(page);
  const shared = { communeId: commune.id, name: commune.name };
  try {
    return {
      zalo: await accounts.connect({
        ...shared,
        channel: 'zalo',
        externalId: oa.oaId,
        appId: oa.appId,
        secrets: {
          appSecret: oa.appSecret,
          oaSecret: oa.oaSecret,
          accessToken: oa.accessToken,
          refreshToken: oa.refreshToken,
        },
        tokenExpiresAt: oa.accessExpiresAt,
      }),
      messenger: await accounts.connect({
        ...shared,
        channel: 'messenger',
        externalId: page.id,
        appId: app.id,
        secrets: { appSecret: app.secret, verifyToken: app.verifyToken, accessToken: page.token },
      }),
    };
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'secret_unreadable')) throw error;
    throw new ConfigError(
      'the demo data was written with another SECRET_KEY: set that key again, or choose another DATA_DIR',
      { cause: error },
    );
  }
}

/**
 * Connects the commune to the stand-ins of gateways and bank, as an operator would.
 * @throws {ConfigError}
 */
export async function seedPayments(
  accounts: Pick<PaymentAccounts, 'connect'>,
  communeId: string,
  { contracts }: Pick<DemoGateways, 'contracts'>,
): Promise<void> {
  // one after the other: citizens are offered them in this order
  for (const contract of contracts) await accounts.connect(communeId, contract);
}

/** Codes of transfers the demo's citizens were shown and have not paid. */
export async function openCodes(
  database: Database,
  communeId: string,
  now = new Date(),
): Promise<{ account: string; amountVnd: number; words: string }[]> {
  const rows = await database.run<{ account: string; amount_vnd: number; ref: string }>('demo.open_codes', OPEN_CODES, [
    communeId,
    now.toISOString(),
  ]);
  return rows.map(({ account, amount_vnd, ref }) => ({
    account,
    amountVnd: Number(amount_vnd),
    words: `${ref} LE PHI`,
  }));
}

const OPEN_CODES = `
select b.settings->>'accountNumber' as account, a.amount_vnd, a.ref
from payment_attempts a join payment_accounts b on b.id = a.account_id
where a.commune_id = $1 and a.method = 'vietqr' and a.status in ('created', 'pending') and a.expires_at > $2::timestamptz
order by a.created_at desc limit 5`;
