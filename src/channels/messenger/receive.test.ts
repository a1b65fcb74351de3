import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../log.ts';
import type { InboundEvent } from '../channel.ts';
import { createRandom, damage, randomJson } from '../testing/fuzz.ts';
import { createReceiver } from './receive.ts';
import { appId, envelope, event, memoryAccounts, pageId, psid, secret, signedRequest, testAccount } from './testing.ts';

const accounts = memoryAccounts(
  testAccount(),
  testAccount({
    id: '019a0000-0000-7000-8000-000000000002',
    externalId: '200000000000002',
    secrets: { appSecret: 'another app', accessToken: 'EAAOTHER', verifyToken: 'another word' },
  }),
).store;
const receiver = createReceiver(silentLog, () => new Date('2026-11-21T00:00:00Z'));

async function receive(body: unknown, key = secret): Promise<InboundEvent[]> {
  const result = await receiver.receive(signedRequest(body, key), accounts);
  if (!result.ok) throw new Error(result.reason);
  return result.events;
}
const one = async (content: Record<string, unknown>, options: { fromPage?: boolean; standby?: boolean } = {}) => {
  const container = options.standby ? 'standby' : 'messaging';
  const events = await receive(envelope({ [container]: [event(content, options)] }));
  expect(events).toHaveLength(1);
  return events[0]!;
};
const feed = (value: Record<string, unknown>) =>
  envelope({ time: 1_763_750_000, changes: [{ field: 'feed', value: { item: 'comment', verb: 'add', ...value } }] });

/** Every documented kind: what arrives, and what it means. */
const kinds: [name: string, content: Record<string, unknown>, meaning: Partial<InboundEvent>, fromPage?: boolean][] = [
  [
    'text',
    { message: { mid: 'm_1', text: 'Đăng ký' } },
    { kind: 'message', lane: 'turn', text: 'Đăng ký', messageId: 'm_1', platformEventId: 'm_1', opensWindow: true },
  ],
  [
    'a reply to a message',
    { message: { mid: 'm_2', text: 'cái này', reply_to: { mid: 'm_1', is_self_reply: false } } },
    { kind: 'message', replyToMessageId: 'm_1' },
  ],
  [
    'a quick reply',
    { message: { mid: 'm_3', text: 'Khai sinh', quick_reply: { payload: 'hx:a' } } },
    { kind: 'postback', lane: 'turn', payload: 'hx:a', text: 'Khai sinh', opensWindow: true, name: 'quick_reply' },
  ],
  [
    'photos',
    {
      message: {
        mid: 'm_4',
        attachments: ['a', 'b'].map((x) => ({ type: 'image', payload: { url: `https://x/${x}` } })),
      },
    },
    {
      kind: 'message',
      attachments: [
        { kind: 'image', url: 'https://x/a' },
        { kind: 'image', url: 'https://x/b' },
      ],
    },
  ],
  [
    'a sticker of today',
    {
      message: {
        mid: 'm_5',
        attachments: [{ type: 'sticker', payload: { url: 'https://x/s', sticker_id: 369239263222822 } }],
      },
    },
    { attachments: [{ kind: 'sticker', url: 'https://x/s', text: '👍' }] },
  ],
  [
    'a sticker of last year',
    {
      message: {
        mid: 'm_6',
        attachments: [
          { type: 'image', payload: { url: 'https://x/s' } },
          { type: 'sticker', payload: { url: 'https://x/s' } },
        ],
      },
    },
    { attachments: [{ kind: 'sticker', url: 'https://x/s' }] },
  ],
  [
    'a shared link',
    {
      message: {
        mid: 'm_7',
        text: 'xem',
        attachments: [{ type: 'fallback', payload: { url: 'https://x', title: 'T' } }],
      },
    },
    { text: 'xem', attachments: [{ kind: 'link', url: 'https://x', name: 'T' }] },
  ],
  [
    'a share without content',
    { message: { mid: 'm_8', attachments: [{ type: 'fallback' }] } },
    { kind: 'message', attachments: [{ kind: 'unsupported' }] },
  ],
  ['nothing at all', { message: { mid: 'm_9' } }, { kind: 'message', attachments: [{ kind: 'unsupported' }] }],
  [
    'a button',
    { postback: { mid: 'm_10', title: 'Xem', payload: 'hx:b' } },
    { kind: 'postback', payload: 'hx:b', text: 'Xem', platformEventId: 'm_10', opensWindow: true },
  ],
  [
    'a button without mid',
    { postback: { title: 'Xem', payload: 'hx:b' } },
    { kind: 'postback', platformEventId: `postback:${psid}:1763750000001:hx:b` },
  ],
  [
    'Get Started with a referral',
    {
      postback: {
        mid: 'm_11',
        title: 'Bắt đầu',
        payload: 'GET_STARTED',
        referral: { ref: 'TTHC_1', source: 'SHORTLINK', type: 'OPEN_THREAD' },
      },
    },
    {
      kind: 'start',
      lane: 'turn',
      opensWindow: true,
      detail: { referral: { ref: 'TTHC_1', source: 'SHORTLINK', type: 'OPEN_THREAD', adId: undefined } },
    },
  ],
  [
    'a referral',
    { referral: { ref: 'TTHC_2', source: 'SHORTLINK', type: 'OPEN_THREAD' } },
    { kind: 'referral', lane: 'turn', payload: 'TTHC_2', opensWindow: true },
  ],
  [
    'a reaction',
    { reaction: { reaction: 'love', emoji: '❤', action: 'react', mid: 'm_1' } },
    { kind: 'reaction', messageId: 'm_1', text: '❤', opensWindow: true, takesOver: false },
  ],
  ['a reaction taken back', { reaction: { action: 'unreact', mid: 'm_1' } }, { kind: 'reaction', opensWindow: false }],
  [
    'an edit',
    { message_edit: { mid: 'm_1', text: 'Đăng ký tạm trú', num_edit: '2' } },
    { kind: 'edit', lane: 'turn', text: 'Đăng ký tạm trú', platformEventId: 'edit:m_1:2', opensWindow: false },
  ],
  [
    'a delivery',
    { delivery: { mids: ['m_a', 'm_b'], watermark: 1_763_750_000_009 } },
    { kind: 'delivered', lane: 'receipt', messageIds: ['m_a', 'm_b'], watermark: new Date(1_763_750_000_009) },
  ],
  [
    'a delivery without mids',
    { delivery: { watermark: 1_763_750_000_009 } },
    { kind: 'delivered', opensWindow: false },
  ],
  ['a read', { read: { watermark: 1_763_750_000_009 } }, { kind: 'read', lane: 'receipt', opensWindow: false }],
  [
    'our echo by its reference',
    { message: { mid: 'm_12', is_echo: true, app_id: 1, metadata: 'hx:42', text: 'a' } },
    { kind: 'echo', lane: 'receipt', reference: 'hx:42', takesOver: false, opensWindow: false, chatId: psid },
    true,
  ],
  [
    'our echo by the app id as a string',
    { message: { mid: 'm_13', is_echo: true, app_id: appId, text: 'a' } },
    { kind: 'echo', lane: 'receipt' },
    true,
  ],
  [
    'our echo by the app id as a number',
    { message: { mid: 'm_14', is_echo: true, app_id: Number(appId), text: 'a' } },
    { kind: 'echo', lane: 'receipt' },
    true,
  ],
  ...[{ app_id: 263902037430900 }, { app_id: 26390203743090 }, { app_id: '555' }, {}].map(
    (writer): (typeof kinds)[number] => [
      `a message of staff written by ${JSON.stringify(writer)}`,
      { message: { mid: 'm_15', is_echo: true, ...writer, text: 'Tôi là cán bộ' } },
      { kind: 'staff_message', lane: 'turn', takesOver: true, opensWindow: false, chatId: psid, text: 'Tôi là cán bộ' },
      true,
    ],
  ),
  [
    'a message of the page that is not marked as echo',
    { message: { mid: 'm_16', text: 'từ trang' } },
    { kind: 'staff_message', takesOver: true, chatId: psid },
    true,
  ],
  [
    'control passed to the inbox',
    { pass_thread_control: { previous_owner_app_id: appId, new_owner_app_id: 263902037430900, metadata: '' } },
    { kind: 'thread_control', lane: 'turn', takesOver: true, givesBack: false },
  ],
  [
    'control passed to us',
    { pass_thread_control: { previous_owner_app_id: null, new_owner_app_id: Number(appId), metadata: '' } },
    { kind: 'thread_control', lane: 'turn', takesOver: false, givesBack: true },
  ],
  [
    'control taken from us',
    { take_thread_control: { previous_owner_app_id: appId, new_owner_app_id: '263902037430900' } },
    { kind: 'thread_control', takesOver: true },
  ],
  [
    'control asked for',
    { request_thread_control: { requested_owner_app_id: 1 } },
    { kind: 'thread_control', lane: 'record', takesOver: false },
  ],
  [
    'an opt-in for notifications',
    { optin: { type: 'notification_messages' } },
    { kind: 'unknown', lane: 'record', opensWindow: false },
  ],
  ['feedback', { response_feedback: { feedback: 'Good response', mid: 'm_1' } }, { kind: 'unknown', lane: 'record' }],
  ['account linking', { account_linking: { status: 'linked' } }, { kind: 'unknown', lane: 'record' }],
  ['a key of the future', { hologram: { id: 7 } }, { kind: 'unknown', lane: 'record', name: 'hologram' }],
];

describe('receive', () => {
  it.each(kinds)('reads %s', async (_, content, meaning, fromPage = false) => {
    const read = await one(content, { fromPage });
    expect(read).toMatchObject({ accountExternalId: pageId, chatId: psid, ...meaning });
    expect(read.occurredAt).toEqual(new Date(1_763_750_000_001));
  });

  it.each(kinds)('gives %s the same key when it is delivered again', async (_, content, __, fromPage = false) => {
    const first = await one(content, { fromPage });
    const again = await one(content, { fromPage });
    expect(again.platformEventId).toBe(first.platformEventId);
  });

  it('keeps what comes in standby and leaves it to the other app', async () => {
    expect(await one({ message: { mid: 'm_1', text: 'a' } }, { standby: true })).toMatchObject({
      kind: 'message',
      lane: 'turn',
      takesOver: true,
      opensWindow: true,
    });
    const tap = await one({ postback: { mid: 'm_2', title: 'Xem' } }, { standby: true });
    expect(tap).toMatchObject({ kind: 'postback', takesOver: true, text: 'Xem' });
    expect(tap.payload).toBeUndefined();
    expect(await one({ read: { watermark: 1_763_750_000_009 } }, { standby: true })).toMatchObject({
      lane: 'receipt',
      takesOver: false,
    });
    const ours = { mid: 'm_3', is_echo: true, metadata: 'hx:1', text: 'a' };
    expect(await one({ message: ours }, { standby: true, fromPage: true })).toMatchObject({ takesOver: false });
  });

  it('reads events without a sender for the record', async () => {
    const events = await receive(
      envelope({
        messaging: [
          { recipient: { id: pageId }, timestamp: 1, policy_enforcement: { action: 'block', reason: 'spam' } },
          { recipient: { id: pageId }, timestamp: 1, app_roles: { [appId]: ['primary_receiver'] } },
          { sender: { user_ref: 'u1' }, recipient: { id: pageId }, timestamp: 1, optin: { user_ref: 'u1' } },
          { message: { mid: 'm_1', text: 'a' } },
        ],
      }),
    );
    expect(events.map(({ kind, lane, chatId }) => [kind, lane, chatId])).toEqual([
      ['policy', 'record', null],
      ['unknown', 'record', null],
      ['unknown', 'record', null],
      ['message', 'record', null],
    ]);
    expect(events.some(({ opensWindow, takesOver }) => opensWindow || takesOver)).toBe(false);
  });

  it('reads comments of visitors and of the page itself', async () => {
    const value = { comment_id: '1_2', post_id: '100000000000001_1', parent_id: '100000000000001_1' };
    const visitor = { ...value, from: { id: '88', name: 'K' }, message: 'Phí bao nhiêu', created_time: 1_763_750_000 };
    const [comment] = await receive(feed(visitor));
    expect(comment).toMatchObject({
      kind: 'comment',
      lane: 'record',
      chatId: null,
      text: 'Phí bao nhiêu',
      messageId: '1_2',
      occurredAt: new Date(1_763_750_000_000),
      detail: { isOurs: false, verb: 'add' },
      platformEventId: 'comment:1_2:add:1763750000000',
    });
    const [own] = await receive(feed({ ...value, from: { id: pageId } }));
    expect(own?.detail?.isOurs).toBe(true);
    const [iso] = await receive(feed({ ...value, created_time: '2025-11-21T18:33:20+0000' }));
    expect(iso?.occurredAt).toEqual(new Date('2025-11-21T18:33:20Z'));
    expect(await receive(feed({ item: 'like' }))).toEqual([]);
    expect(await receive(feed({ item: 'video', post_id: '1' }))).toMatchObject([
      { kind: 'unknown', name: 'feed.video' },
    ]);
    expect(await receive(feed({ item: 'post', post_id: '1_1' }))).toMatchObject([
      { kind: 'comment', messageId: '1_1' },
    ]);
  });

  it('loops over mixed entries and leaves out pages that are not ours or of another app', async () => {
    const entry = (id: unknown, mid: string) => ({ id, time: 1, messaging: [event({ message: { mid, text: 'a' } })] });
    const body = {
      object: 'page',
      entry: [
        entry(pageId, 'm_1'),
        entry('200000000000002', 'm_2'),
        entry('9', 'm_3'),
        { id: pageId },
        entry(Number(pageId), 'm_4'),
        7,
      ],
    };
    const result = await receiver.receive(signedRequest(body), accounts);
    expect(result).toMatchObject({ ok: true, unknownAccounts: 2 });
    expect(result.ok && result.events.map(({ messageId }) => messageId)).toEqual(['m_1', 'm_4']);
    expect(await receive(body, 'another app')).toMatchObject([
      { messageId: 'm_2', accountExternalId: '200000000000002' },
    ]);
  });

  it('finds the right secret among hundreds of apps, and bounds the search', async () => {
    const many = memoryAccounts(
      ...Array.from({ length: 300 }, (_, index) =>
        testAccount({
          id: `account-${index}`,
          externalId: String(300_000_000_000_000 + index),
          secrets: { appSecret: `secret ${index}`, accessToken: 'EAA' },
        }),
      ),
    ).store;
    const list = vi.fn(many.list);
    const of = (id: string) => ({
      object: 'page',
      entry: [{ time: 1, messaging: [event({ message: { mid: 'm' } })], id }],
    });
    const known = signedRequest(of('300000000000299'), 'secret 299');
    expect(await receiver.receive(known, { ...many, list })).toMatchObject({ ok: true, events: [{ messageId: 'm' }] });
    expect(list).not.toHaveBeenCalled();
    const unknown = signedRequest(of('9'), 'secret 299');
    expect(await receiver.receive(unknown, many)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  it('accepts a signed body about something else, and refuses a signed body that is no JSON', async () => {
    expect(await receive({ object: 'instagram', entry: [{ id: pageId }] })).toEqual([]);
    expect(await receiver.receive(signedRequest('{'), accounts)).toEqual({ ok: false, reason: 'bad_json' });
  });

  it('says once which way a signature fitted', async () => {
    const log = { ...silentLog, info: vi.fn() };
    const fresh = createReceiver(log, () => new Date());
    for (let time = 0; time < 3; time++) await fresh.receive(signedRequest(envelope({})), accounts);
    expect(log.info.mock.calls).toEqual([['messenger.signature_branch', { branch: 'raw' }]]);
  });

  it('bears the absurd: deep nesting, endless ids, times out of range', async () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    const body = `{"object":"page","entry":[{"id":"${pageId}","messaging":[{"hologram":{"a":${deep}}}]}]}`;
    expect(await receiver.receive(signedRequest(body), accounts)).toBeTruthy();
    const long = await one({ message: { mid: 'm'.repeat(5_000), text: 'a' } });
    expect(long.platformEventId).toHaveLength(64);
    for (const timestamp of [1e300, -5, 'soon', null, {}, Number.MAX_SAFE_INTEGER]) {
      const [read] = await receive(envelope({ messaging: [{ ...event({ message: { mid: 'm' } }), timestamp }] }));
      expect(read?.occurredAt).toEqual(new Date(1_763_750_000_123));
    }
  });

  it('never throws for 1,000 malformed bodies of every kind', async () => {
    const random = createRandom(20_261_121);
    const samples = [
      ...kinds.map(([, content, , fromPage = false]) => envelope({ messaging: [event(content, { fromPage })] })),
      feed({ comment_id: '1_2', message: 'a' }),
    ].map((body) => Buffer.from(JSON.stringify(body)));
    for (let round = 0; round < 1_000; round++) {
      const sample = random.pick(samples);
      const mutated = () =>
        Buffer.from(
          JSON.stringify(
            JSON.parse(sample.toString(), (key, value: unknown) =>
              key !== 'object' && key !== 'entry' && random.below(5) === 0 ? randomJson(random, 3) : value,
            ),
          ) ?? '',
        );
      const result = await receiver.receive(
        signedRequest(random.below(3) === 0 ? damage(random, sample) : mutated()),
        accounts,
      );
      if (!result.ok) continue;
      for (const read of result.events) {
        expect(read.platformEventId).not.toBe('');
        expect(Number.isNaN(read.occurredAt.getTime())).toBe(false);
      }
    }
  });
});

describe('answerGet', () => {
  const ask = (query: Record<string, unknown>) => receiver.answerGet(query, accounts);
  const right = { 'hub.mode': 'subscribe', 'hub.verify_token': 'word-of-the-commune', 'hub.challenge': '1158201444' };

  it('returns the challenge for the word of any account, in both readings of the query', async () => {
    expect(await ask(right)).toEqual({ status: 200, body: '1158201444' });
    const hub = { mode: 'subscribe', verify_token: 'another word', challenge: '7' };
    expect(await ask({ hub })).toEqual({ status: 200, body: '7' });
  });

  it.each([
    {},
    { ...right, 'hub.verify_token': 'wrong' },
    { ...right, 'hub.verify_token': ['word-of-the-commune'] },
    { ...right, 'hub.mode': 'unsubscribe' },
    { ...right, 'hub.challenge': '<script>' },
    { ...right, 'hub.challenge': undefined },
  ])('refuses %j', async (query) => {
    expect((await ask(query)).status).toBe(403);
  });
});
