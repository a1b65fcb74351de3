import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelAccount } from '../../communes/accounts.ts';
import {
  type AccountList,
  type AccountLookup,
  type Button,
  type Channel,
  ChannelSendError,
  type InboundEvent,
  type MessageTemplate,
  type OutboundCall,
  type RawRequest,
  type SendContext,
  type SendErrorCode,
} from '../channel.ts';
import { codePoints } from '../split-text.ts';
import { createRandom, damage, type Random, randomJson } from './fuzz.ts';

export type Body = Record<string, unknown>;

/** What a test needs to know about one channel: its stand-in platform, one connected account, and its own wire format. */
export interface ChannelHarness {
  channel: Channel;
  accounts: { find: AccountLookup; list: AccountList };
  /** Connected at the stand-in and known to `accounts`. */
  account: ChannelAccount;
  /** A citizen of the account whose reply window is open. */
  chatId: string;
  /** The request the platform would make with these exact bytes: signed with the account's secret. Must accept any bytes. */
  sign(raw: Buffer): RawRequest;
  /** The same with another secret. */
  signWrongly(raw: Buffer): RawRequest;
  /** Parsed webhook bodies with one event each, as the platform writes them. */
  bodies: {
    message(message: { text: string; messageId: string; accountExternalId?: string }): Body;
    postback(press: { payload: string; messageId: string }): Body;
    /** Written by a person in the platform's own inbox. */
    staffMessage(message: { text: string; messageId: string }): Body;
    /** A message of ours, sent through the API, that came back. */
    echo(message: { text: string; messageId: string }): Body;
    /** An event of this account that nobody has documented. */
    unknownKind(): Body;
  };
  /** What the citizen sees of a rendered call. `payload` of reply buttons only. */
  inspect(body: Record<string, unknown>): { text: string; buttons: { title: string; payload?: string }[] };
  /** Texts the platform accepted for `chatId`, oldest first. */
  received(): string[];
  /** Closes the citizen's reply window, or opens it again. */
  setWindow(isOpen: boolean): void;
  /** One approved template per carrier, with values for its gaps and what the citizen then reads. */
  templates: { template: MessageTemplate; values: Record<string, string>; shows: string }[];
  /** The number the citizen shared with the account. */
  phone: string;
  close(): Promise<void>;
}

/** Makes the next send fail in one way. Afterwards the platform must work again. */
export interface SendFault<H extends ChannelHarness> {
  name: string;
  code: SendErrorCode;
  arrange(harness: H): void | Promise<void>;
  /** Undoes what the fault left behind (a used up token, a closed window). */
  repair?(harness: H): void | Promise<void>;
  isUncertain?: boolean;
  /** The outbox may try again. */
  isRetried: boolean;
}

/** Makes every template of the harness refused in one way. */
export interface TemplateFault<H extends ChannelHarness> {
  name: string;
  code: SendErrorCode;
  arrange(harness: H): void;
  repair(harness: H): void;
}

const words =
  'Đăng ký khai sinh cần giấy chứng sinh và căn cước của người đi làm. Nộp ở bộ phận một cửa, không mất phí!\n';
const texts: [string, string][] = [
  ['one word', 'Chào'],
  ['a short answer', 'Lệ phí 8.000 đồng một bản.\nNhận trong ngày, nếu nộp trước 15 giờ.'],
  ['a long answer', words.repeat(70)],
  ['a long answer in decomposed letters', words.repeat(40).normalize('NFD')],
  ['long without any space', 'ấ'.repeat(4_500)],
  ['a long row of family emoji', '👨‍👩‍👧‍👦'.repeat(700)],
  ['flags and skin tones', '🇻🇳👍🏽 '.repeat(900)],
  ['paragraphs', `${'Đoạn văn. '.repeat(150)}\n\n${'Đoạn sau. '.repeat(150)}`],
];

const buttonsOf = (count: number): Button[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: 'reply',
    title: `Mục ${index + 1}`,
    value: `hx:choice:${index}`,
  }));

/** Characters that must survive rendering, in order. */
const essence = (text: string) => text.normalize('NFC').replace(/\s+/g, '');
const bytes = (body: unknown) => Buffer.from(JSON.stringify(body), 'utf8');

/** Behaviour every channel owes to `inbox/` and `outbox/`; run by each channel's own tests on its stand-in. */
export function describeChannel<H extends ChannelHarness>(
  name: string,
  {
    create,
    faults,
    templateFaults,
  }: { create(): Promise<H>; faults: SendFault<H>[]; templateFaults: TemplateFault<H>[] },
): void {
  describe(`channel ${name}`, () => {
    let harness: H;
    beforeAll(async () => {
      harness = await create();
    });
    afterAll(() => harness?.close());

    const receive = (request: RawRequest) => harness.channel.receive(request, harness.accounts);
    const receiveOne = async (body: Body | Buffer): Promise<InboundEvent> => {
      const result = await receive(harness.sign(Buffer.isBuffer(body) ? body : bytes(body)));
      if (!result.ok) throw new Error(`refused: ${result.reason}`);
      expect(result.events).toHaveLength(1);
      return result.events[0]!;
    };
    const context = (signal: AbortSignal = new AbortController().signal): SendContext => ({
      reference: `hx:${randomUUID()}`,
      signal,
      isFromOfficer: false,
      lastUserAt: new Date(),
    });
    const send = (call: OutboundCall, signal?: AbortSignal) =>
      harness.channel.send(harness.account, harness.chatId, call, context(signal));
    const callFor = (text: string) => harness.channel.render({ text })[0]!;

    describe('receive', () => {
      it('reads a signed message', async () => {
        const event = await receiveOne(harness.bodies.message({ text: 'Xin chào xã', messageId: 'm-1' }));
        expect(event).toMatchObject({
          accountExternalId: harness.account.externalId,
          kind: 'message',
          lane: 'turn',
          chatId: harness.chatId,
          text: 'Xin chào xã',
          opensWindow: true,
          takesOver: false,
        });
        expect(event.platformEventId).not.toBe('');
        expect(event.raw).toBeTruthy();
        expect(event.occurredAt.getTime()).toBeGreaterThan(Date.UTC(2000, 0));
      });

      it('refuses a signature made with another secret, and a missing one', async () => {
        const body = bytes(harness.bodies.message({ text: 'a', messageId: 'm-2' }));
        expect(await receive(harness.signWrongly(body))).toMatchObject({ ok: false, reason: 'bad_signature' });
        expect(await receive({ body, headers: { 'content-type': 'application/json' } })).toMatchObject({
          ok: false,
          reason: 'bad_signature',
        });
      });

      it('refuses a body changed after it was signed, whichever byte', async () => {
        const request = harness.sign(bytes(harness.bodies.message({ text: 'Nộp 8.000 đồng', messageId: 'm-3' })));
        for (let at = 0; at < request.body.length; at += 7) {
          const body = Buffer.from(request.body);
          body[at] = body[at]! ^ 0x01;
          expect((await receive({ ...request, body })).ok, `byte ${at}`).toBe(false);
        }
        const longer = Buffer.concat([request.body, Buffer.from(' ')]);
        expect((await receive({ ...request, body: longer })).ok).toBe(false);
      });

      it('verifies the bytes, not their meaning: escapes, spacing and key order are free', async () => {
        const body = harness.bodies.message({ text: 'Xin chào xã', messageId: 'm-4' });
        const reversed = Object.fromEntries(Object.entries(body).reverse());
        const escaped = JSON.stringify(reversed, null, 3).replace(
          /[\u0080-\uffff]/g,
          (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
        expect((await receiveOne(Buffer.from(escaped))).text).toBe('Xin chào xã');
      });

      it('leaves out events of accounts nobody connected, and counts them', async () => {
        const body = harness.bodies.message({ text: 'a', messageId: 'm-5', accountExternalId: '999000111222333444' });
        const result = await receive(harness.sign(bytes(body)));
        if (result.ok) {
          expect(result.events).toEqual([]);
          expect(result.unknownAccounts).toBe(1);
        } else expect(result.reason).toBe('unknown_account');
      });

      it('gives a redelivered event the same id and another event another one', async () => {
        const body = () => harness.bodies.message({ text: 'Cùng một câu', messageId: 'm-6' });
        const first = await receiveOne(body());
        const again = await receiveOne(body());
        const other = await receiveOne(harness.bodies.message({ text: 'Cùng một câu', messageId: 'm-7' }));
        expect(again.platformEventId).toBe(first.platformEventId);
        expect(other.platformEventId).not.toBe(first.platformEventId);
      });

      it('takes an unknown kind for the record', async () => {
        expect(await receiveOne(harness.bodies.unknownKind())).toMatchObject({
          kind: 'unknown',
          lane: 'record',
          opensWindow: false,
          takesOver: false,
        });
      });

      it('reads past fields it does not know', async () => {
        const body = harness.bodies.message({ text: 'Thêm trường', messageId: 'm-8' });
        const event = await receiveOne(withExtraFields(body) as Body);
        expect(event).toMatchObject({ kind: 'message', chatId: harness.chatId, text: 'Thêm trường' });
      });

      it('keeps every digit of ids and times written as numbers', async () => {
        const body = harness.bodies.message({ text: 'số', messageId: 'm-9' });
        const asNumbers = JSON.stringify(body).replace(/([:[])"(\d{6,25})"/g, '$1$2');
        const event = await receiveOne(Buffer.from(asNumbers));
        expect(event).toMatchObject({
          accountExternalId: harness.account.externalId,
          chatId: harness.chatId,
          text: 'số',
        });
      });

      it('composes decomposed letters and keeps text storable', async () => {
        const decomposed = harness.bodies.message({ text: 'Lệ phí đăng ký'.normalize('NFD'), messageId: 'm-10' });
        expect((await receiveOne(decomposed)).text).toBe('Lệ phí đăng ký');
        const event = await receiveOne(harness.bodies.message({ text: 'a\u0000b\ud800c', messageId: 'm-11' }));
        expect(event.text).toBe('a\uFFFDb\uFFFDc');
        expect(JSON.stringify(event.raw)).not.toMatch(/\\u0000|\\ud8/i);
      });

      it('returns the payload of a pressed button', async () => {
        const event = await receiveOne(harness.bodies.postback({ payload: 'hx:choice:3', messageId: 'm-12' }));
        expect(event).toMatchObject({ kind: 'postback', payload: 'hx:choice:3', lane: 'turn', chatId: harness.chatId });
        expect(event.opensWindow).toBe(true);
      });

      it('takes over when a person of the commune wrote, not when our own message came back', async () => {
        const staff = await receiveOne(harness.bodies.staffMessage({ text: 'Tôi là cán bộ', messageId: 'm-13' }));
        expect(staff).toMatchObject({
          kind: 'staff_message',
          lane: 'turn',
          takesOver: true,
          opensWindow: false,
          chatId: harness.chatId,
          text: 'Tôi là cán bộ',
        });
        const echo = await receiveOne(harness.bodies.echo({ text: 'Trả lời tự động', messageId: 'm-14' }));
        expect(echo).toMatchObject({ kind: 'echo', lane: 'receipt', takesOver: false, opensWindow: false });
        expect(echo).toMatchObject({ messageId: 'm-14', chatId: harness.chatId });
      });

      it('never throws, whatever arrives', async () => {
        const random = createRandom(20261121);
        const samples = [
          ...Object.values(harness.bodies).map((make) =>
            bytes(make({ text: 'Xin chào', messageId: 'f-1', payload: 'hx:a' })),
          ),
          Buffer.alloc(0),
          Buffer.from('{}'),
          Buffer.from('[]'),
          Buffer.from('null'),
          Buffer.from(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
          Buffer.from(`{"a":"\\u0000","b":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
        ];
        for (let round = 0; round < 1_000; round++) {
          const body = fuzzed(random, samples);
          const request = random.pick([harness.sign, harness.signWrongly])(body);
          if (random.below(8) === 0) request.headers = oddHeaders(random, request.headers);
          const result = await receive(request);
          if (result.ok) for (const event of result.events) expectSoundEvent(event);
        }
      });
    });

    describe('render', () => {
      const read = (calls: OutboundCall[]) => calls.map((call) => harness.inspect(call.body));
      const expectWithinLimits = (calls: OutboundCall[]) => {
        const { limits } = harness.channel;
        const shapes = calls.flatMap((call) => [call.body, ...(call.fallbackBody ? [call.fallbackBody] : [])]);
        for (const { text, buttons } of shapes.map((body) => harness.inspect(body))) {
          expect(codePoints(text)).toBeLessThanOrEqual(limits.textLength);
          expect(text).toBe(Buffer.from(text.normalize('NFC'), 'utf8').toString('utf8'));
          expect(buttons.length).toBeLessThanOrEqual(limits.maxButtons);
          for (const { title, payload } of buttons) {
            expect(title.trim()).not.toBe('');
            expect(codePoints(title)).toBeLessThanOrEqual(limits.buttonTitleLength);
            expect(codePoints(payload ?? '')).toBeLessThanOrEqual(limits.payloadLength);
          }
        }
      };

      it.each(texts)('sends %s whole and within the limits', (_, text) => {
        const calls = harness.channel.render({ text });
        expectWithinLimits(calls);
        const shown = read(calls).map((part) => part.text);
        expect(shown.every((part) => part.trim() !== '')).toBe(true);
        expect(essence(shown.join(''))).toBe(essence(text));
        expect(calls.map((call) => essence(call.text))).toEqual(shown.map(essence));
      });

      it.each(
        Array.from({ length: 13 }, (_, count) => count),
      )('shows %i choices under short and long text', (count) => {
        for (const text of ['Bác muốn làm gì tiếp?', words.repeat(70)]) {
          const calls = harness.channel.render({ text, buttons: buttonsOf(count) });
          expectWithinLimits(calls);
          const shown = read(calls);
          const everything = shown
            .flatMap((part) => [part.text, ...part.buttons.map((button) => button.title)])
            .join('\n');
          for (const { title } of buttonsOf(count)) expect(everything).toContain(title);
          expect(shown.slice(0, -1).flatMap((part) => part.buttons)).toEqual([]);
        }
      });

      it('keeps what a reply button says to us', () => {
        const [call] = harness.channel.render({ text: 'Chọn một việc', buttons: buttonsOf(2) });
        expect(harness.inspect(call!.body).buttons.map((button) => button.payload)).toEqual([
          'hx:choice:0',
          'hx:choice:1',
        ]);
      });

      it('bears titles and values that are too long, empty or odd', () => {
        const odd: Button[] = [
          {
            kind: 'reply',
            title: 'Cha mẹ chưa đăng ký kết hôn và một trong hai người là người nước ngoài',
            value: 'hx:1',
          },
          { kind: 'reply', title: '👨‍👩‍👧‍👦'.repeat(20), value: 'hx:2' },
          { kind: 'reply', title: '', value: 'hx:3' },
          { kind: 'reply', title: 'Dài', value: `hx:${'x'.repeat(3_000)}` },
          {
            kind: 'url',
            title: 'Trang chính thức của thủ tục trên Cổng dịch vụ công',
            value: 'https://dichvucong.gov.vn/',
          },
          { kind: 'phone', title: 'Gọi', value: '+842438123456' },
        ];
        for (const button of odd) expectWithinLimits(harness.channel.render({ text: 'Mời chọn', buttons: [button] }));
        expectWithinLimits(harness.channel.render({ text: 'Mời chọn', buttons: odd }));
      });

      it('renders a picture and a file as calls the platform accepts', async () => {
        const calls = harness.channel.render({
          text: 'Sơ đồ đường đi',
          imageUrl: 'https://example.org/map.png',
          file: { url: 'https://example.org/don.pdf', name: 'Mẫu đơn.pdf' },
        });
        expect(calls.length).toBeGreaterThan(0);
        for (const call of calls) await send(call);
      });
    });

    describe('send', () => {
      it('delivers in order and returns the platform ids', async () => {
        const before = harness.received().length;
        const ids: string[] = [];
        for (const text of ['Một', 'Hai', 'Ba']) ids.push((await send(callFor(text))).platformMessageId);
        expect(new Set(ids).size).toBe(3);
        expect(harness.received().slice(before)).toEqual(['Một', 'Hai', 'Ba']);
      });

      it('finds what it sent in the history of the platform', async () => {
        const text = `Giấy hẹn số ${randomUUID()}`;
        const { platformMessageId } = await send(callFor(text));
        const found = await harness.channel.recentlySent(harness.account, harness.chatId, new AbortController().signal);
        const message = found.find((sent) => sent.platformMessageId === platformMessageId);
        expect(message?.text).toBe(text);
        expect(Math.abs(message!.sentAt.getTime() - Date.now())).toBeLessThan(10 * 365 * 86_400_000);
      });

      it('does not begin when it was called off before', async () => {
        const before = harness.received().length;
        const error = await send(callFor('Không gửi'), AbortSignal.abort()).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(ChannelSendError);
        expect((error as ChannelSendError).isUncertain).toBe(false);
        expect(harness.received()).toHaveLength(before);
      });

      it.each(faults)('answers $name with $code', async (fault) => {
        await fault.arrange(harness);
        try {
          const error = await send(callFor('Gửi khi có lỗi')).catch((reason: unknown) => reason);
          expect(error).toBeInstanceOf(ChannelSendError);
          const refusal = error as ChannelSendError;
          expect(refusal.code).toBe(fault.code);
          expect(refusal.isUncertain).toBe(fault.isUncertain ?? false);
          expect(refusal.retryAfterMs !== undefined).toBe(fault.isRetried);
          for (const secret of Object.values(harness.account.secrets)) expect(refusal.message).not.toContain(secret);
          expect(refusal.message).not.toContain('Gửi khi có lỗi');
        } finally {
          await fault.repair?.(harness);
        }
        expect((await send(callFor('Lại gửi được'))).platformMessageId).not.toBe('');
      });

      describe('templates', () => {
        const sendTemplate = (
          { template, values }: ChannelHarness['templates'][number],
          change: Partial<SendContext> = {},
        ) =>
          harness.channel.send(
            harness.account,
            harness.chatId,
            harness.channel.renderTemplate(template, values, 'Hồ sơ đã có kết quả.'),
            { ...context(), lastUserAt: null, phone: harness.phone, ...change },
          );
        const refusal = async (sending: Promise<unknown>) => {
          const error = await sending.then(
            () => null,
            (reason: unknown) => reason,
          );
          expect(error).toBeInstanceOf(ChannelSendError);
          return error as ChannelSendError;
        };

        it('reach a person whose window is closed, by every carrier', async () => {
          expect(harness.templates.map(({ template }) => template.carrier)).toEqual(
            harness.channel.templateCarriers.map(({ name }) => name),
          );
          harness.setWindow(false);
          try {
            expect((await refusal(send(callFor('Ngoài giờ')))).code).toBe('window_closed');
            for (const one of harness.templates) {
              const sent = await sendTemplate(one);
              expect(sent.platformMessageId).not.toBe('');
              expect(harness.received().at(-1)).toBe(one.shows);
            }
          } finally {
            harness.setWindow(true);
          }
        });

        it('say of themselves what the outbox must know', () => {
          for (const { template, values } of harness.templates) {
            const call = harness.channel.renderTemplate(template, values, 'Hồ sơ đã có kết quả.');
            expect(call).toMatchObject({ kind: 'template', carrier: template.carrier, text: 'Hồ sơ đã có kết quả.' });
            expect(JSON.stringify(call)).not.toContain(harness.phone);
          }
        });

        it('find fault with a description the platform would not take', () => {
          for (const { template } of harness.templates) {
            const { faultsOf } = harness.channel.templateCarriers.find(({ name }) => name === template.carrier)!;
            expect(faultsOf(template)).toEqual([]);
            for (const templateId of ['', 'Mẫu số 1', '../1']) {
              expect(faultsOf({ ...template, templateId })).toHaveLength(1);
            }
            expect(faultsOf({ ...template, parameters: [{ name: 'mã hồ sơ', maxLength: 30 }] })).toHaveLength(1);
            const [first] = template.parameters;
            expect(faultsOf({ ...template, parameters: [{ ...first!, maxLength: 5_000 }] })).toHaveLength(1);
          }
        });

        it('are refused without a value, and when the platform does not know them', async () => {
          for (const one of harness.templates) {
            const [gap] = one.template.parameters;
            const { [gap!.name]: _, ...fewer } = one.values;
            const unknown = { ...one.template, templateId: '999999' };
            for (const wrong of [
              { ...one, values: fewer },
              { ...one, template: unknown },
            ]) {
              const error = await refusal(sendTemplate(wrong));
              expect(error).toMatchObject({ code: 'rejected', retryAfterMs: undefined, pausesAccountMs: undefined });
            }
          }
        });

        it('that need a number do not leave without one', async () => {
          for (const one of harness.templates) {
            const { needsPhone } = harness.channel.templateCarriers.find(({ name }) => name === one.template.carrier)!;
            if (!needsPhone) continue;
            const error = await refusal(sendTemplate(one, { phone: undefined }));
            expect(error).toMatchObject({ code: 'recipient_unavailable', isUncertain: false });
          }
        });

        it.each(templateFaults)('refused for $name stop nothing else', async (fault) => {
          fault.arrange(harness);
          try {
            for (const one of harness.templates) {
              const error = await refusal(sendTemplate(one));
              expect(error).toMatchObject({
                code: fault.code,
                retryAfterMs: undefined,
                pausesAccountMs: undefined,
                isUncertain: false,
              });
              expect(error.message).not.toContain(harness.phone);
            }
            expect((await send(callFor('Trả lời vẫn đi'))).platformMessageId).not.toBe('');
          } finally {
            fault.repair(harness);
          }
        });
      });

      it('proves the tokens and shows typing without failing', async () => {
        const signal = new AbortController().signal;
        expect((await harness.channel.checkAccount(harness.account, signal)).name).not.toBe('');
        await harness.channel.showTyping(harness.account, harness.chatId, signal);
        await harness.channel.showTyping(harness.account, 'nobody', AbortSignal.abort());
      });
    });
  });
}

function withExtraFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withExtraFields);
  if (value === null || typeof value !== 'object') return value;
  const fields = Object.entries(value).map(([key, item]) => [key, withExtraFields(item)]);
  return { zz_new: { list: [1, null, { deep: true }] }, ...Object.fromEntries(fields), zz_last: null };
}

function fuzzed(random: Random, samples: Buffer[]): Buffer {
  const sample = random.pick(samples);
  switch (random.below(4)) {
    case 0:
      return sample;
    case 1:
      return Buffer.from(JSON.stringify(randomJson(random, 4)) ?? '');
    case 2:
      return damage(random, sample);
    default:
      return mutateFields(random, sample);
  }
}

/** Valid JSON with some values replaced by values of any other type. */
function mutateFields(random: Random, sample: Buffer): Buffer {
  try {
    const mutated: unknown = JSON.parse(sample.toString('utf8'), (_key, value: unknown) =>
      random.below(6) === 0 ? randomJson(random, 2) : value,
    );
    return Buffer.from(JSON.stringify(mutated) ?? '');
  } catch {
    return sample;
  }
}

function oddHeaders(random: Random, headers: RawRequest['headers']): RawRequest['headers'] {
  const odd = [undefined, '', 'mac=', 'sha256=', '='.repeat(5_000), ['a', 'b'], 'mac=zz', 'sha256=\u00e9'];
  return Object.fromEntries(Object.keys(headers).map((key) => [key, random.pick(odd)]));
}

function expectSoundEvent(event: InboundEvent): void {
  expect(typeof event.platformEventId).toBe('string');
  expect(event.platformEventId.length).toBeGreaterThan(0);
  expect(event.platformEventId.length).toBeLessThan(2_000);
  expect(Number.isNaN(event.occurredAt.getTime())).toBe(false);
  expect(event.chatId === null || (typeof event.chatId === 'string' && event.chatId !== '')).toBe(true);
  for (const text of [event.text, event.payload, event.messageId])
    expect(['undefined', 'string']).toContain(typeof text);
}
