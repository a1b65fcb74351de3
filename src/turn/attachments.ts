import type { Attachment, Channel } from '../channels/channel.ts';
import { fetchMedia, MediaError } from '../channels/media.ts';
import type { AttachmentReaders, ReceivedAttachment } from '../guidance/attachments.ts';
import type { LeasedConversation, StoredEvent } from './leases.ts';

/** What a turn that had to be repeated need not pay for twice; words of citizens, so only a few and in memory. */
const REMEMBERED = 200;
/** After this long the others of a turn stay unread: somebody waits for an answer. */
const PATIENCE_MS = 10_000;

/** An event whose attachments were read: their words stand in its text. */
export type ReadEvent = Omit<StoredEvent, 'attachments'> & { attachments?: ReceivedAttachment[] };

/**
 * Makes words of what was sent beside words, where somebody reads its kind (`readers`): at once, for links end soon; one
 * after the other, for a conversation is one person speaking. A reader has its own time-out.
 */
export function createAttachmentReading(
  readers: AttachmentReaders,
  channel: (name: Channel['name']) => Channel,
  now: () => Date,
) {
  const known = new Map<string, ReceivedAttachment[]>();

  const readAll = async (conversation: LeasedConversation, attachments: Attachment[], until: number) => {
    const source = channel(conversation.channel).media;
    const received: ReceivedAttachment[] = [];
    for (const attachment of attachments) {
      const reader = now().getTime() < until ? readers[attachment.kind] : undefined;
      const read = await reader?.(attachment, {
        communeId: conversation.communeId,
        fetch: async (limits) => {
          if (!attachment.url) throw new MediaError('gone', 'the platform gave no address');
          return fetchMedia(attachment.url, { source, ...limits });
        },
      });
      received.push(read ? { ...attachment, read } : attachment);
    }
    return received;
  };

  return async function readAttachments(conversation: LeasedConversation): Promise<ReadEvent[]> {
    const events: ReadEvent[] = [];
    const until = now().getTime() + PATIENCE_MS;
    for (const event of conversation.events) {
      const attachments = event.kind === 'message' ? event.attachments : undefined;
      if (!attachments?.some(({ kind }) => readers[kind])) {
        events.push(event);
        continue;
      }
      const key = `${conversation.communeId} ${event.id}`;
      const received = known.get(key) ?? (await readAll(conversation, attachments, until));
      known.set(key, received);
      if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
      const words = received.flatMap(({ read }) => (read && 'words' in read ? [read.words] : []));
      const text = [event.text, ...words].filter(Boolean).join('\n');
      events.push({ ...event, ...(text && { text }), attachments: received });
    }
    return events;
  };
}

const FILES = new Set<Attachment['kind']>(['image', 'audio', 'video', 'file']);

/**
 * What the transcript keeps of a citizen's attachment: that it was sent, and what was made of it. Not where the file is:
 * it may be the photo of an identity card, and staff see it in the platform's own inbox. Nor anybody's phone number.
 */
export function keptOf({ read, ...attachment }: ReceivedAttachment): Record<string, unknown> {
  const heard = read && ('words' in read ? { by: read.by, seconds: read.seconds } : { unread: read.why });
  if (attachment.kind === 'contact') return { kind: attachment.kind };
  if (!FILES.has(attachment.kind)) return { ...attachment };
  const { url: _url, name: _name, text: _text, ...kept } = attachment;
  return { ...kept, ...heard };
}
