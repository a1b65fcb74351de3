import { createHash } from 'node:crypto';
import { createTestDb } from '../../../test/support/db.ts';
import type { ZaloPlatform } from '../../demo/zalo-platform.ts';
import { type ChannelHarness, describeChannel, type SendFault, type TemplateFault } from '../testing/contract.ts';
import { CITIZEN, createZaloWorld, type ZaloWorld } from './testing.ts';

const DAY_MS = 24 * 3_600_000;
const PHONE = '84912345678';

interface ZaloHarness extends ChannelHarness {
  world: ZaloWorld;
}

async function createHarness(): Promise<ZaloHarness> {
  const db = await createTestDb();
  const world = await createZaloWorld(db);
  const { platform, oa } = world;
  platform.person(oa.oaId, CITIZEN).shared = { name: 'Người dân thử', phone: PHONE };
  platform.oa(oa.oaId).walletVnd = 10_000;
  const wording = 'Hồ sơ <ma_ho_so> của UBND xã thử: <trang_thai>.';
  platform.addTemplate(oa.oaId, { id: '617976', text: wording });
  const template = {
    templateId: '617976',
    language: 'vi',
    parameters: ['ma_ho_so', 'trang_thai'].map((name) => ({ name, maxLength: 30 })),
  };
  const values = { ma_ho_so: 'H26.15-261120-0001', trang_thai: 'đã có kết quả' };
  const shows = 'Hồ sơ H26.15-261120-0001 của UBND xã thử: đã có kết quả.';
  const sign = (secret: string) => (body: Buffer) => {
    const timestamp = /"timestamp":\s*"?(\d+)/.exec(body.toString('utf8'))?.[1] ?? '';
    const hash = createHash('sha256').update(oa.appId).update(body).update(timestamp).update(secret);
    return { body, headers: { 'content-type': 'application/json', 'x-zevent-signature': `mac=${hash.digest('hex')}` } };
  };
  const common = { app_id: oa.appId, timestamp: String(platform.now()) };
  const text = (text: string, messageId: string) => ({ message: { text, msg_id: messageId } });
  const fromCitizen = (accountExternalId = oa.oaId) => ({
    sender: { id: CITIZEN },
    recipient: { id: accountExternalId },
    user_id_by_app: '5521000000000000001',
    event_name: 'user_send_text',
  });
  const fromOa = { recipient: { id: CITIZEN }, event_name: 'oa_send_text' };
  return {
    world,
    channel: world.createProcess({ timeoutMs: 3_000 }).channel,
    accounts: world.store,
    account: world.account,
    chatId: CITIZEN,
    sign: sign(oa.oaSecret),
    signWrongly: sign('AnotherSecret'),
    bodies: {
      message: (message) => ({
        ...common,
        ...fromCitizen(message.accountExternalId),
        ...text(message.text, message.messageId),
      }),
      postback: ({ payload, messageId }) => ({ ...common, ...fromCitizen(), ...text(payload, messageId) }),
      staffMessage: (message) => ({
        ...common,
        ...fromOa,
        sender: { id: oa.oaId, admin_id: '7001000000000000009' },
        ...text(message.text, message.messageId),
      }),
      echo: (message) => ({ ...common, ...fromOa, sender: { id: oa.oaId }, ...text(message.text, message.messageId) }),
      unknownKind: () => ({ ...common, oa_id: oa.oaId, event_name: 'oa_grew_wings', wings: 2 }),
    },
    inspect(body) {
      const { text, attachment } = body as {
        text?: string;
        attachment?: { payload: { buttons?: { title: string; payload: unknown }[] } };
      };
      const buttons = attachment?.payload.buttons ?? [];
      return {
        text: text ?? '',
        buttons: buttons.map(({ title, payload }) => ({
          title,
          ...(typeof payload === 'string' ? { payload } : {}),
        })),
      };
    },
    received: () =>
      platform
        .transcript(oa.oaId, CITIZEN)
        .filter((message) => message.from === 'oa')
        .map((message) => message.text),
    setWindow(isOpen) {
      platform.person(oa.oaId, CITIZEN).lastInteraction = isOpen ? platform.now() : platform.now() - 8 * DAY_MS;
    },
    templates: [
      { template: { ...template, carrier: 'template_uid' }, values, shows },
      { template: { ...template, carrier: 'template_phone' }, values, shows },
    ],
    phone: PHONE,
    async close() {
      await platform.stop();
      await db.close();
    },
  };
}

const person = ({ world }: ZaloHarness) => world.platform.person(world.oa.oaId, CITIZEN);
const forced = (name: string, kind: Parameters<ZaloPlatform['failNext']>[0]['kind'], times = 1) => ({
  name,
  arrange: ({ world }: ZaloHarness) => world.platform.failNext({ kind, times, path: '/v3.0/oa/message' }),
});
const faults: SendFault<ZaloHarness>[] = [
  { ...forced('too many calls', -32), code: 'rate_limited', isRetried: true },
  { ...forced('a passing failure', -200), code: 'temporary', isRetried: true },
  { ...forced('an error nobody has documented', -9_999), code: 'temporary', isRetried: true },
  { ...forced('a faulty message', -210), code: 'rejected', isRetried: false },
  { ...forced('a token refused again after its refresh', -216, 2), code: 'token_expired', isRetried: true },
  { ...forced('an error page with status 200', 'html'), code: 'maybe_sent', isUncertain: true, isRetried: true },
  {
    ...forced('an error page after acceptance', 'accept_then_html'),
    code: 'maybe_sent',
    isUncertain: true,
    isRetried: true,
  },
  { ...forced('a gateway failure', 'http_500'), code: 'network', isUncertain: true, isRetried: true },
  { ...forced('a connection cut before acceptance', 'cut'), code: 'network', isUncertain: true, isRetried: true },
  {
    ...forced('a connection cut after acceptance', 'accept_then_cut'),
    code: 'network',
    isUncertain: true,
    isRetried: true,
  },
  { ...forced('no answer', 'hang'), code: 'network', isUncertain: true, isRetried: true },
  { ...forced('no answer after acceptance', 'accept_then_hang'), code: 'network', isUncertain: true, isRetried: true },
  {
    name: 'a closed reply window',
    code: 'window_closed',
    arrange: (harness) => void Object.assign(person(harness), { lastInteraction: Date.now() - 8 * DAY_MS }),
    repair: (harness) => void Object.assign(person(harness), { lastInteraction: Date.now() }),
    isRetried: false,
  },
  {
    name: 'a person who cannot receive',
    code: 'recipient_unavailable',
    arrange: (harness) => void Object.assign(person(harness), { refusal: -227 }),
    repair: (harness) => void Object.assign(person(harness), { refusal: null }),
    isRetried: false,
  },
  {
    name: 'an OA without the package',
    code: 'account_restricted',
    arrange: ({ world }) => void Object.assign(world.platform.oa(world.oa.oaId), { restriction: -224 }),
    repair: ({ world }) => void Object.assign(world.platform.oa(world.oa.oaId), { restriction: null }),
    isRetried: true,
  },
  {
    name: 'a grant that was withdrawn',
    code: 'needs_reauthorisation',
    arrange: async ({ world }) => {
      // Not right after another refresh: then the channel waits instead of asking again.
      await world.platform.advance(60_000);
      world.platform.revokeGrant(world.oa.oaId);
    },
    repair: async (harness) => {
      harness.account = await harness.world.connect(harness.world.platform.grantAgain(harness.world.oa.oaId));
    },
    isRetried: true,
  },
];

const changed = (
  name: string,
  code: TemplateFault<ZaloHarness>['code'],
  change: (harness: ZaloHarness, isFaulty: boolean) => void,
): TemplateFault<ZaloHarness> => ({
  name,
  code,
  arrange: (harness) => change(harness, true),
  repair: (harness) => change(harness, false),
});
const oaOf = ({ world }: ZaloHarness) => world.platform.oa(world.oa.oaId);
const templateOf = (harness: ZaloHarness) => oaOf(harness).templates.get('617976')!;
const templateFaults: TemplateFault<ZaloHarness>[] = [
  changed('a template not approved yet', 'rejected', (harness, isFaulty) => {
    templateOf(harness).status = isFaulty ? 'pending' : 'approved';
  }),
  changed('a disabled template', 'rejected', (harness, isFaulty) => {
    templateOf(harness).status = isFaulty ? 'disabled' : 'approved';
  }),
  changed('a test template', 'rejected', (harness, isFaulty) => {
    templateOf(harness).isTest = isFaulty;
  }),
  changed('a value longer than the platform takes', 'rejected', (harness, isFaulty) => {
    for (const parameter of templateOf(harness).parameters) parameter.maxLength = isFaulty ? 5 : 30;
  }),
  changed('no money left', 'account_restricted', (harness, isFaulty) => {
    oaOf(harness).walletVnd = isFaulty ? 10 : 10_000;
  }),
  changed('no ZBS account', 'account_restricted', (harness, isFaulty) => {
    oaOf(harness).walletVnd = isFaulty ? null : 10_000;
  }),
  changed('an OA that is not verified', 'account_restricted', (harness, isFaulty) => {
    oaOf(harness).maySendTemplates = !isFaulty;
  }),
];

describeChannel('zalo', { create: createHarness, faults, templateFaults });
