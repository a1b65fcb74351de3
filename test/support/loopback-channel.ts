import type { Channel, InboundEvent, OutboundCall, SentMessage } from '../../src/channels/channel.ts';
import { ChannelSendError } from '../../src/channels/channel.ts';
import type { ChannelAccount } from '../../src/communes/accounts.ts';

export interface LoopbackChannel extends Channel {
  sent: { accountId: string; chatId: string; text: string; reference: string; at: number }[];
  /** Runs before each send; may throw or delay. */
  onSend: (call: OutboundCall, chatId: string) => Promise<void> | void;
  /** What the platform's history says; undefined: the truth. */
  history?: () => Promise<SentMessage[]>;
}

/** A channel without a platform, for tests of the rooms between: it remembers what it was given. */
export function createLoopbackChannel(name: 'zalo' | 'messenger' = 'zalo'): LoopbackChannel {
  const sent: LoopbackChannel['sent'] = [];
  return {
    name,
    limits: {
      textLength: 2_000,
      maxButtons: 5,
      buttonTitleLength: 35,
      payloadLength: 1_000,
      replyWindowMs: 7 * 86_400_000,
      sendsPerSecond: 1_000,
      hasTyping: false,
      ackWithinMs: 2_000,
      refusesBadSignature: false,
    },
    media: { hosts: [], isLoopback: true },
    sent,
    onSend: () => {},
    receive: () => Promise.reject(new Error('not here')),
    answerGet: async () => ({ status: 200, body: '' }),
    render: (message) => [{ kind: 'text', text: message.text, body: { text: message.text } }],
    templateCarriers: [
      { name: 'template_uid', needsPhone: false, faultsOf: () => [] },
      { name: 'template_phone', needsPhone: true, faultsOf: () => [] },
    ],
    renderTemplate: (template, values, text) => ({
      kind: 'template',
      carrier: template.carrier,
      text,
      body: { template: template.templateId, values },
    }),
    async send(account, chatId, call, context) {
      await this.onSend(call, chatId);
      sent.push({ accountId: account.id, chatId, text: call.text, reference: context.reference, at: Date.now() });
      return { platformMessageId: `m${sent.length}-${context.reference}` };
    },
    showTyping: async () => {},
    async recentlySent(account, chatId) {
      if (this.history) return this.history();
      return sent
        .filter((message) => message.accountId === account.id && message.chatId === chatId)
        .map((message, index) => ({
          platformMessageId: `m${index + 1}-${message.reference}`,
          text: message.text,
          sentAt: new Date(message.at),
        }));
    },
    checkAccount: async () => ({ name: 'loopback' }),
  };
}

export const sendError = (...args: ConstructorParameters<typeof ChannelSendError>) => new ChannelSendError(...args);

let serial = 0;
/** A text of a citizen as a channel would parse it. */
export function textEvent(
  account: ChannelAccount,
  chatId: string,
  text: string,
  change: Partial<InboundEvent> = {},
): InboundEvent {
  serial += 1;
  return {
    accountExternalId: account.externalId,
    platformEventId: `text:${serial}`,
    kind: 'message',
    lane: 'turn',
    name: 'user_send_text',
    chatId,
    occurredAt: new Date(),
    messageId: `in-${serial}`,
    text,
    opensWindow: true,
    takesOver: false,
    raw: { text },
    ...change,
  };
}
