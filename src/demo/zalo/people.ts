import type { EventEmitter } from 'node:events';
import { type PersonAct, perform } from './acts.ts';
import type { PlatformClock } from './clock.ts';
import type { Directory } from './directory.ts';
import type { PlatformEvents } from './reports.ts';
import { addToTranscript, newMessageId, type PhoneMessage, type PlatformOa } from './state.ts';
import type { WebhookSender } from './webhooks.ts';

export interface PeopleDeps {
  directory: Directory;
  clock: PlatformClock;
  webhooks: WebhookSender;
  events: EventEmitter<PlatformEvents>;
}

/** What people on phones and staff in the OA's chat tool do, and the events it causes. */
export function createPeople({ directory, clock, webhooks, events }: PeopleDeps) {
  /** Events reach the app only while the OA grants it. */
  const notify = (oa: PlatformOa, event: Record<string, unknown>): Promise<boolean> =>
    oa.grant ? webhooks.deliver(directory.app(oa.appId), { app_id: oa.appId, ...event }) : Promise.resolve(false);
  const show = (oa: PlatformOa, userId: string, message: PhoneMessage) => {
    addToTranscript(directory.person(oa.oaId, userId), message);
    events.emit('message', { oaId: oa.oaId, userId, message });
  };
  const fromPerson = (oa: PlatformOa, userId: string, name: string, fields: Record<string, unknown>) =>
    notify(oa, {
      sender: { id: userId },
      user_id_by_app: directory.person(oa.oaId, userId).userIdByApp,
      recipient: { id: oa.oaId },
      event_name: name,
      ...fields,
    });
  const fromOa = (oa: PlatformOa, userId: string, name: string, message: Record<string, unknown>, adminId?: string) =>
    notify(oa, {
      sender: { id: oa.oaId, ...(adminId ? { admin_id: adminId } : {}) },
      recipient: { id: userId },
      user_id_by_app: directory.person(oa.oaId, userId).userIdByApp,
      event_name: name,
      message,
    });

  async function markSeen(oa: PlatformOa, userId: string): Promise<void> {
    const unread = directory
      .person(oa.oaId, userId)
      .transcript.filter((one) => one.from === 'oa' && one.state !== 'seen');
    for (const message of unread) message.state = 'seen';
    if (unread.length > 0) await fromOa(oa, userId, 'user_seen_message', { msg_ids: unread.map((one) => one.id) });
  }

  async function aboutPerson(
    oaId: string,
    userId: string,
    name: string,
    fields: Record<string, unknown>,
  ): Promise<void> {
    const { userIdByApp } = directory.person(oaId, userId);
    await notify(directory.oa(oaId), { oa_id: oaId, ...fields, user_id_by_app: userIdByApp, event_name: name });
  }

  return {
    show,
    notify,
    fromOa,
    acts: {
      /**
       * The person writes, presses a button or sends something. Resolves when the webhook was answered or given up.
       * @returns `isDelivered`: the first attempt was answered with 200 in time
       */
      async personSends(oaId: string, userId: string, act: PersonAct) {
        const oa = directory.oa(oaId);
        const person = directory.person(oaId, userId);
        const { message, event, opened } = perform(act, person.transcript, clock.now());
        if (!message || !event) return { messageId: null, isDelivered: false, opened };
        person.lastInteraction = clock.now();
        person.hasWritten = true;
        show(oa, userId, message);
        const isDelivered = await fromPerson(oa, userId, event.name, { message: event.message });
        return { messageId: message.id, isDelivered, opened };
      },

      /** Somebody answers in the OA's own chat tool. */
      async staffWrites(
        oaId: string,
        userId: string,
        text: string,
        { adminId = '7001000000000000009' } = {},
      ): Promise<string> {
        const oa = directory.oa(oaId);
        const message: PhoneMessage = {
          id: newMessageId(),
          from: 'oa',
          author: 'staff',
          text,
          buttons: [],
          attachments: [],
          at: clock.now(),
          state: 'sent',
        };
        show(oa, userId, message);
        await fromOa(oa, userId, 'oa_send_text', { text, msg_id: message.id }, adminId);
        return message.id;
      },

      async follow(oaId: string, userId: string): Promise<void> {
        const person = directory.person(oaId, userId);
        person.isFollower = true;
        person.lastInteraction = clock.now();
        await aboutPerson(oaId, userId, 'follow', { follower: { id: userId }, source: 'oa_profile' });
      },
      async unfollow(oaId: string, userId: string): Promise<void> {
        directory.person(oaId, userId).isFollower = false;
        await aboutPerson(oaId, userId, 'unfollow', { follower: { id: userId }, source: 'oa_profile' });
      },
      /** Presses "Nhắn tin" on the OA's profile. */
      async clickChatNow(oaId: string, userId: string): Promise<void> {
        directory.person(oaId, userId).lastInteraction = clock.now();
        await aboutPerson(oaId, userId, 'user_click_chatnow', { user_id: userId });
      },
      /** Asks the OA to delete the data kept about this person. */
      withdraw: (oaId: string, userId: string) => aboutPerson(oaId, userId, 'user_withdraw', { user_id: userId }),
      /** Answers a request for contact data. */
      async submitInfo(
        oaId: string,
        userId: string,
        info: { name: string; phone: string; address?: string },
      ): Promise<void> {
        const person = directory.person(oaId, userId);
        person.shared = { name: info.name, phone: info.phone };
        person.lastInteraction = clock.now();
        const address = {
          user_city: 'Thành phố Hà Nội',
          user_ward: 'Phường Hoàn Kiếm',
          user_address: info.address ?? '',
        };
        const shared = { name: info.name, phone: info.phone, user_dob: '', gender: '', full_address: address };
        await fromPerson(directory.oa(oaId), userId, 'user_submit_info', { info: shared });
      },
      react: (oaId: string, userId: string, messageId: string, icon = '/-strong') =>
        fromPerson(directory.oa(oaId), userId, 'user_reacted_message', {
          message: { msg_id: messageId, react_icon: icon },
        }),
      /** The person opens the chat: everything is read. */
      reads: (oaId: string, userId: string) => markSeen(directory.oa(oaId), userId),
      /** A visitor of the commune's website who is not signed in to Zalo. */
      anonymousSends: (oaId: string, visitor: { anonymousId: string; conversationId: string }, text: string) =>
        notify(directory.oa(oaId), {
          sender: { id: visitor.anonymousId },
          recipient: { id: oaId },
          event_name: 'anonymous_send_text',
          message: { conversation_id: visitor.conversationId, msg_id: newMessageId(), text },
        }),
      /** Any event, signed as usual. */
      deliver: (oaId: string, event: Record<string, unknown>) => notify(directory.oa(oaId), event),
    },
  };
}
