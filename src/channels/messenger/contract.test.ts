import { createGraphPlatform } from '../../demo/graph-platform.ts';
import type { ChannelHarness, SendFault, TemplateFault } from '../testing/contract.ts';
import { describeChannel } from '../testing/contract.ts';
import { isObject } from '../webhook-json.ts';
import { appId, connected, envelope, event, pageId, psid, signedRequest, testAccount, token } from './testing.ts';
import { listOf } from './values.ts';

const TEMPLATE = { name: 'ho_so_thay_doi', text: 'Hồ sơ {{ma_ho_so}} của UBND xã thử: {{trang_thai}}.' };
const connect = () => connected(createGraphPlatform({ echoes: 'off', receipts: false }));
type Harness = ChannelHarness & Awaited<ReturnType<typeof connect>>;

async function create(): Promise<Harness> {
  const connection = await connect();
  const { platform, accounts } = connection;
  platform.addTemplate(pageId, TEMPLATE);
  const account = testAccount();
  const reconnect = () => accounts.change(account.id, { status: 'active', statusReason: null });
  return {
    ...connection,
    channel: {
      ...connection.channel,
      async send(...call) {
        reconnect();
        return connection.channel.send(...call);
      },
    },
    accounts: { ...accounts, find: accounts.store.find, list: accounts.store.list },
    account,
    chatId: psid,
    sign: (raw) => signedRequest(raw),
    signWrongly: (raw) => signedRequest(raw, 'another secret'),
    bodies: {
      message: ({ text, messageId, accountExternalId = pageId }) => ({
        object: 'page',
        entry: [
          {
            id: accountExternalId,
            time: 1_763_750_000_123,
            messaging: [{ ...event({ message: { mid: messageId, text } }), recipient: { id: accountExternalId } }],
          },
        ],
      }),
      postback: ({ payload, messageId }) =>
        envelope({ messaging: [event({ postback: { mid: messageId, title: 'Chọn', payload } })] }),
      staffMessage: ({ text, messageId }) =>
        envelope({
          messaging: [
            event({ message: { mid: messageId, is_echo: true, app_id: 263902037430900, text } }, { fromPage: true }),
          ],
        }),
      echo: ({ text, messageId }) =>
        envelope({
          messaging: [
            event({ message: { mid: messageId, is_echo: true, app_id: Number(appId), text } }, { fromPage: true }),
          ],
        }),
      unknownKind: () => envelope({ messaging: [event({ hologram: { id: '1' } })] }),
    },
    inspect: (body) => inspect(body),
    received: () =>
      platform
        .transcript(pageId, psid)
        .filter(({ from }) => from === 'page')
        .map(({ text }) => text),
    setWindow: (isOpen) => platform.setLastUserAt(pageId, psid, new Date(Date.now() - (isOpen ? 0 : 25 * 3_600_000))),
    templates: [
      {
        template: {
          carrier: 'utility',
          templateId: 'ho_so_thay_doi',
          language: 'vi',
          parameters: ['ma_ho_so', 'trang_thai'].map((name) => ({ name, maxLength: 30 })),
        },
        values: { ma_ho_so: 'H26.15-261120-0001', trang_thai: 'đã có kết quả' },
        shows: 'Hồ sơ H26.15-261120-0001 của UBND xã thử: đã có kết quả.',
      },
    ],
    phone: '84912345678',
    close: () => platform.stop(),
  };
}

function inspect(body: Record<string, unknown>) {
  const attachment = isObject(body.attachment) ? body.attachment : {};
  const payload = isObject(attachment.payload) ? attachment.payload : {};
  const text = body.text ?? payload.text ?? '';
  const titled = [...listOf(payload.buttons), ...listOf(body.quick_replies)].filter(isObject);
  return {
    text: String(text),
    buttons: titled.map((button) => ({
      title: String(button.title),
      ...(button.content_type === 'text' ? { payload: String(button.payload) } : {}),
    })),
  };
}

const scripted = (code: number, subcode?: number) => (harness: Harness) =>
  harness.platform.failNext({ kind: 'error', code, ...(subcode === undefined ? {} : { subcode }) });

const faults: SendFault<Harness>[] = [
  {
    name: 'a dead token',
    code: 'needs_reauthorisation',
    arrange: ({ platform }) => platform.revokeToken(token),
    repair: ({ platform }) => platform.revokeToken(token, null),
    isRetried: true,
  },
  {
    name: 'a closed window',
    code: 'window_closed',
    arrange: ({ platform }) => platform.setLastUserAt(pageId, psid, new Date(Date.now() - 25 * 3_600_000)),
    repair: ({ platform }) => platform.setLastUserAt(pageId, psid, new Date()),
    isRetried: false,
  },
  {
    name: 'a person who blocked the page',
    code: 'recipient_unavailable',
    arrange: ({ platform }) => platform.block(pageId, psid),
    repair: ({ platform }) => platform.block(pageId, psid, null),
    isRetried: false,
  },
  {
    name: 'another owner of the conversation',
    code: 'not_owner',
    arrange({ platform }) {
      platform.setDefaultApp(pageId, appId);
      platform.setOwner(pageId, psid, '263902037430900');
    },
    repair: ({ platform }) => platform.setDefaultApp(pageId, null),
    isRetried: false,
  },
  {
    name: 'a restricted page',
    code: 'account_restricted',
    arrange: ({ platform }) => platform.restrict(pageId),
    repair: ({ platform }) => platform.restrict(pageId, false),
    isRetried: true,
  },
  { name: 'too many calls', code: 'rate_limited', arrange: scripted(613), isRetried: true },
  { name: 'a temporary fault', code: 'temporary', arrange: scripted(2), isRetried: true },
  { name: 'a wrong parameter', code: 'rejected', arrange: scripted(100), isRetried: false },
  {
    name: 'an answer lost by the platform',
    code: 'maybe_sent',
    arrange: ({ platform }) => platform.failNext({ kind: 'lost_reply' }),
    isUncertain: true,
    isRetried: true,
  },
  {
    name: 'a broken connection',
    code: 'network',
    arrange: ({ platform }) => platform.failNext({ kind: 'reset_after_delivery' }),
    isUncertain: true,
    isRetried: true,
  },
  {
    name: 'an error page',
    code: 'temporary',
    arrange: ({ platform }) => platform.failNext({ kind: 'html_500' }),
    isUncertain: true,
    isRetried: true,
  },
];

const templateFaults: TemplateFault<Harness>[] = [
  {
    name: 'a template not approved yet',
    code: 'rejected',
    arrange: ({ platform }) => platform.addTemplate(pageId, { ...TEMPLATE, status: 'PENDING' }),
    repair: ({ platform }) => platform.addTemplate(pageId, TEMPLATE),
  },
  {
    name: 'a template in another language',
    code: 'rejected',
    arrange: ({ platform }) => platform.addTemplate(pageId, { ...TEMPLATE, language: 'en' }),
    repair: ({ platform }) => platform.addTemplate(pageId, TEMPLATE),
  },
  {
    name: 'a missing permission',
    code: 'account_restricted',
    arrange: ({ platform }) => platform.setMaySendUtility(pageId, false),
    repair: ({ platform }) => platform.setMaySendUtility(pageId, true),
  },
];

describeChannel<Harness>('messenger', { create, faults, templateFaults });
