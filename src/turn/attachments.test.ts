import { expect, test } from 'vitest';
import { createLoopbackChannel } from '../../test/support/loopback-channel.ts';
import type { ReadAttachment } from '../guidance/attachments.ts';
import { createAttachmentReading, keptOf } from './attachments.ts';
import type { LeasedConversation, StoredEvent } from './leases.ts';

const conversation = (...attachments: StoredEvent['attachments'][]) =>
  ({
    ...{ communeId: 'c', channel: 'zalo' },
    events: attachments.map((sent, id) => ({
      id,
      kind: 'message',
      text: id === 0 ? 'dạ' : undefined,
      attachments: sent,
    })),
  }) as unknown as LeasedConversation;
const voice = { kind: 'audio' as const, url: 'https://voice.zdn.vn/v.amr' };

/** A reader that takes its time, by the clock it moves. */
function setUp(msPerReading: number) {
  let clock = 0;
  const calls: unknown[] = [];
  const audio: ReadAttachment = async (attachment) => {
    calls.push(attachment);
    clock += msPerReading;
    return { words: `lời ${calls.length}`, by: 'ears' };
  };
  const read = createAttachmentReading(
    { audio },
    () => createLoopbackChannel(),
    () => new Date(clock),
  );
  return { read, calls };
}

test('words of attachments join those typed, bubble by bubble; kinds nobody reads stay', async () => {
  const { read } = setUp(10);
  const events = await read(conversation([voice, { kind: 'image' }], [voice], undefined));
  expect(events.map(({ text }) => text)).toEqual(['dạ\nlời 1', 'lời 2', undefined]);
  expect(events[0]!.attachments).toEqual([{ ...voice, read: { words: 'lời 1', by: 'ears' } }, { kind: 'image' }]);
});

test('a turn that is repeated reads nothing twice', async () => {
  const { read, calls } = setUp(10);
  const first = await read(conversation([voice]));
  expect(await read(conversation([voice]))).toEqual(first);
  expect(calls).toHaveLength(1);
});

test('who sends many slow ones does not wait for all', async () => {
  const { read, calls } = setUp(6_000);
  const events = await read(conversation([voice], [voice], [voice], [voice]));
  expect(calls).toHaveLength(2);
  expect(events.map(({ attachments }) => attachments![0]!.read !== undefined)).toEqual([true, true, false, false]);
});

test('of files the transcript keeps that they were sent, of cards nothing else, of places all', () => {
  expect(keptOf({ ...voice, name: 'a.amr', size: 9, read: { words: 'x', by: 'ears', seconds: 3 } })).toEqual({
    ...{ kind: 'audio', size: 9, by: 'ears', seconds: 3 },
  });
  expect(keptOf({ ...voice, read: { why: 'too_long' } })).toEqual({ kind: 'audio', unread: 'too_long' });
  expect(keptOf({ kind: 'contact', name: 'n', text: '0912345678' })).toEqual({ kind: 'contact' });
  const place = { kind: 'location' as const, latitude: 1, longitude: 2 };
  expect(keptOf(place)).toEqual(place);
});
