import { createMomoPlatform } from '../../demo/gateways/momo.ts';
import { createPpPlatform } from '../../demo/gateways/pp.ts';
import { createVnpayPlatform } from '../../demo/gateways/vnpay.ts';
import { createVnptPlatform } from '../../demo/gateways/vnptpay.ts';
import type { Outcome, Reply, Request } from '../../demo/zalo/http.ts';
import type { ProviderKind, ProviderUrls } from '../provider.ts';
import { describeProvider, type ProviderHarness } from '../testing/provider-contract.ts';
import { momo } from './momo.ts';
import { pp } from './pp.ts';
import { vnpay } from './vnpay.ts';
import { vnptpay } from './vnptpay.ts';

const PAYEE = 'UBND xã Thử Nghiệm';
const SECRET = 'HOIXATESTSECRET0123456789ABCDEF0';
const OTHER_SECRET = 'ANOTHERSECRET0123456789ABCDEF012';
const NO_URLS: ProviderUrls = {
  PUBLIC_URL: 'http://localhost:3000',
  VNPAY_PAY_URL: '',
  VNPAY_API_URL: '',
  MOMO_API_URL: '',
};

/** A clock both sides read. */
function createTime() {
  let at = Date.parse('2026-11-21T02:30:00Z');
  return {
    now: () => new Date(at),
    ms: () => at,
    pass: (ms: number) => {
      at += ms;
    },
  };
}

interface Platform {
  handle(request: Request): Promise<Outcome>;
  till: ProviderHarness['till'];
  ipn: ProviderHarness['ipn'];
  api: ProviderHarness['api'];
  tick(): Promise<void>;
  stop(): Promise<void>;
}

function harness<Settings, Secrets>(
  kind: ProviderKind<Settings, Secrets>,
  platform: Platform,
  time: ReturnType<typeof createTime>,
  contract: { settings: Settings; secrets: Secrets; wrong: Secrets; urls: Partial<ProviderUrls> },
): ProviderHarness {
  const urls = { ...NO_URLS, ...contract.urls };
  const make = (secrets: Secrets) => kind.create({ settings: contract.settings, secrets, urls, now: time.now });
  return {
    provider: make(contract.secrets),
    impostor: make(contract.wrong),
    refOf: kind.refOf,
    till: platform.till,
    ipn: platform.ipn,
    api: platform.api,
    async report() {
      const request = { method: 'GET', path: '/report.csv', query: new URLSearchParams(), headers: {} };
      const outcome = await platform.handle({ ...request, body: Buffer.alloc(0) });
      return String((outcome as Reply).body);
    },
    now: time.now,
    async pass(ms) {
      time.pass(ms);
      await platform.tick();
    },
    stop: () => platform.stop(),
  };
}

describeProvider(
  'VNPAY',
  { asksToCreate: false, knowsUnknown: true, signsAnswers: true, signsReturn: true, secrets: [SECRET] },
  async (merchant) => {
    const time = createTime();
    const platform = createVnpayPlatform({ now: time.ms });
    await platform.start();
    const made = harness(vnpay, platform, time, {
      settings: vnpay.settings.parse({ environment: 'test', tmnCode: 'HOIXA001', serverIp: '203.0.113.20' }),
      secrets: { hashSecret: SECRET },
      wrong: { hashSecret: OTHER_SECRET },
      urls: { VNPAY_PAY_URL: platform.payUrl, VNPAY_API_URL: platform.apiUrl },
    });
    await merchant.start(made.provider);
    platform.registerTerminal({ tmnCode: 'HOIXA001', secret: SECRET, payee: PAYEE, ipnUrl: merchant.ipnUrl });
    return made;
  },
);

for (const requestType of ['captureWallet', 'payWithATM', 'payWithCC'] as const) {
  describeProvider(
    `MoMo, ${requestType}`,
    {
      asksToCreate: true,
      knowsUnknown: true,
      signsAnswers: false,
      signsReturn: true,
      secrets: [SECRET, 'ACCESSKEYTEST'],
    },
    async (merchant) => {
      const time = createTime();
      const platform = createMomoPlatform({ now: time.ms });
      await platform.start();
      const accessKey = 'ACCESSKEYTEST';
      const made = harness(momo, platform, time, {
        settings: momo.settings.parse({ environment: 'test', partnerCode: 'MOMOTEST', requestType }),
        secrets: { accessKey, secretKey: SECRET },
        wrong: { accessKey, secretKey: OTHER_SECRET },
        urls: { MOMO_API_URL: platform.url },
      });
      await merchant.start(made.provider);
      platform.registerPartner({ partnerCode: 'MOMOTEST', accessKey, secretKey: SECRET, payee: PAYEE });
      return made;
    },
  );
}

for (const [version, ipnForm] of [
  ['1.0.5', 'form'],
  ['1.0.6', 'json'],
] as const) {
  describeProvider(
    `VNPT Pay ${version}, reports as ${ipnForm}`,
    {
      asksToCreate: true,
      knowsUnknown: false,
      signsAnswers: false,
      signsReturn: false,
      secrets: [SECRET, 'bearer-key'],
    },
    async (merchant) => {
      const time = createTime();
      const platform = createVnptPlatform({ now: time.ms });
      await platform.start();
      platform.ipnForm = ipnForm;
      const made = harness(vnptpay, platform, time, {
        settings: vnptpay.settings.parse({ environment: 'test', merchantServiceId: '6901', version }),
        secrets: { apiKey: 'bearer-key', secret: SECRET },
        wrong: { apiKey: 'bearer-key', secret: OTHER_SECRET },
        urls: { VNPTPAY_API_URL: platform.apiUrl(version) },
      });
      await merchant.start(made.provider);
      platform.registerService({
        merchantServiceId: '6901',
        apiKey: 'bearer-key',
        secret: SECRET,
        payee: PAYEE,
        ipnUrl: merchant.ipnUrl,
        returnUrl: merchant.returnUrl,
      });
      return made;
    },
  );
}

for (const [envelope, replyHash] of [
  ['direct', 'echo'],
  ['bus', 'fresh'],
] as const) {
  describeProvider(
    `the portal's platform, answers ${envelope}, acknowledged with ${replyHash} hash`,
    {
      asksToCreate: true,
      knowsUnknown: false,
      signsAnswers: false,
      signsReturn: false,
      queriesUntilSure: 2,
      secrets: [SECRET, 'bus-token'],
    },
    async (merchant) => {
      const time = createTime();
      const platform = createPpPlatform({ now: time.ms });
      await platform.start();
      platform.envelope = envelope;
      platform.replyHash = replyHash;
      const made = harness(pp, platform, time, {
        settings: pp.settings.parse({
          environment: 'test',
          partnerCode: 'HOIXA',
          unitCode: 'H99.15',
          unitName: PAYEE,
          beneficiary: { account: '1012345678', bankCode: 'VCB', name: 'UBND XA THU NGHIEM' },
          replyHash,
        }),
        secrets: { secret: SECRET, token: 'bus-token' },
        wrong: { secret: OTHER_SECRET, token: 'bus-token' },
        urls: { PP_API_URL: platform.apiUrl },
      });
      await merchant.start(made.provider);
      platform.registerPartner({
        partnerCode: 'HOIXA',
        secret: SECRET,
        token: 'bus-token',
        ipnUrl: merchant.ipnUrl,
        returnUrl: merchant.returnUrl,
      });
      return made;
    },
  );
}
