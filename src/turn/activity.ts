import { type Activity, ActivityTypes, type CardAction } from 'botframework-schema';
import type { Button, OutgoingMessage } from '../channels/channel.ts';
import type { ReceivedAttachment } from '../guidance/attachments.ts';
import type { LeasedConversation } from './leases.ts';

/** What the citizen did in one question: the bubbles that waited, read together. */
export interface CitizenInput {
  text: string;
  payload?: string;
  attachments?: ReceivedAttachment[];
  isStart?: boolean;
  occurredAt: Date;
}

const CHANNEL_IDS = { zalo: 'zalo', messenger: 'facebook' } as const;
const BUTTON_TYPES = { reply: 'postBack', url: 'openUrl', phone: 'call' } as const;
const BUTTON_KINDS: Record<string, Button['kind']> = {
  postBack: 'reply',
  imBack: 'reply',
  openUrl: 'url',
  call: 'phone',
};
const FILE_TYPE = 'application/octet-stream';

/** The neutral form of an incoming event: one conversation id per account and person, so communes never share state. */
export function toActivity(conversation: LeasedConversation, input: CitizenInput, turnId: string): Partial<Activity> {
  const common: Partial<Activity> = {
    id: turnId,
    channelId: CHANNEL_IDS[conversation.channel],
    serviceUrl: `urn:hoixa:${conversation.channel}`,
    timestamp: input.occurredAt,
    locale: 'vi-VN',
    conversation: {
      id: `${conversation.accountId}:${conversation.chatId}`,
      isGroup: false,
      conversationType: 'personal',
      tenantId: conversation.communeId,
      name: '',
    },
    from: { id: conversation.chatId, name: '', role: 'user' },
    recipient: { id: conversation.accountId, name: '', role: 'bot' },
  };
  if (input.isStart) return { ...common, type: ActivityTypes.Event, name: 'channel/start' };
  return {
    ...common,
    type: ActivityTypes.Message,
    text: input.text,
    textFormat: 'plain',
    ...(input.payload === undefined ? {} : { value: { payload: input.payload } }),
    attachments: (input.attachments ?? []).map((attachment) => ({
      contentType: `application/vnd.hoixa.${attachment.kind}`,
      content: attachment,
      ...(attachment.url ? { contentUrl: attachment.url } : {}),
    })),
  };
}

/** The way back; a client of another adapter may send a payload as `value`. */
export function fromActivity(activity: Activity): CitizenInput {
  const payload: unknown = activity.value?.payload;
  return {
    text: activity.text ?? '',
    ...(typeof payload === 'string' ? { payload } : {}),
    attachments: (activity.attachments ?? []).flatMap(({ content }) =>
      content ? [content as ReceivedAttachment] : [],
    ),
    isStart: activity.type === ActivityTypes.Event && activity.name === 'channel/start',
    occurredAt: new Date(activity.timestamp ?? Date.now()),
  };
}

export function replyActivity(message: OutgoingMessage): Partial<Activity> {
  const actions: CardAction[] = (message.buttons ?? []).map((button) => ({
    type: BUTTON_TYPES[button.kind],
    title: button.title,
    value: button.value,
  }));
  const attachments = [
    ...(message.imageUrl ? [{ contentType: 'image/*', contentUrl: message.imageUrl }] : []),
    ...(message.file ? [{ contentType: FILE_TYPE, contentUrl: message.file.url, name: message.file.name }] : []),
  ];
  return {
    type: ActivityTypes.Message,
    text: message.text,
    textFormat: 'plain',
    ...(actions.length > 0 ? { suggestedActions: { to: [], actions } } : {}),
    ...(attachments.length > 0 ? { attachments } : {}),
  };
}

/** What a bot sent, for the channel to shape; null for activities that no channel shows (traces, typing). */
export function outgoingMessage(activity: Partial<Activity>): OutgoingMessage | null {
  if (activity.type !== ActivityTypes.Message) return null;
  const buttons = (activity.suggestedActions?.actions ?? []).map((action) => ({
    title: action.title,
    kind: BUTTON_KINDS[action.type] ?? 'reply',
    value: String(action.value ?? action.title),
  }));
  const image = activity.attachments?.find(({ contentType }) => contentType.startsWith('image/'));
  const file = activity.attachments?.find(({ contentType }) => contentType === FILE_TYPE);
  return {
    text: (activity.text ?? '').normalize('NFC'),
    ...(buttons.length > 0 ? { buttons } : {}),
    ...(image?.contentUrl ? { imageUrl: image.contentUrl } : {}),
    ...(file?.contentUrl ? { file: { url: file.contentUrl, name: file.name ?? 'tệp' } } : {}),
  };
}
