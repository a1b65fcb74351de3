import {
  type App,
  inboxAppId,
  misprintedInboxAppId,
  newMessageId,
  newThread,
  ownerOf,
  ownsThread,
  type Page,
  type StoredMessage,
  type Thread,
  windowMs,
} from './state.ts';
import type { Container, WebhookSender } from './webhooks.ts';
import { GraphRefusal, type Json } from './wire.ts';

export type PersonInput =
  | { text: string; replyTo?: string }
  /** A quick reply of the newest message or a button of any message, by title or by place in the newest row. */
  | { tap: string | number }
  | { attachment: Json | Json[]; text?: string };

export interface StaffOptions {
  /** The inbox's app id in the echo: right, as misprinted in the reference, or left out. */
  appId?: 'inbox' | 'misprinted' | 'missing';
}

export interface CommentInput {
  /** Left out: the visitor's own post, whose id is `postId`. */
  commentId?: string;
  text?: string;
  verb?: 'add' | 'edited' | 'remove' | 'hide';
  by?: 'visitor' | 'page' | 'nobody';
  postId?: string;
}

export interface PeopleHost {
  apps: Map<string, App>;
  webhooks: WebhookSender;
  now(): number;
  pageOf(pageId: string): Page;
  /** Adds a bubble to the conversation. */
  show(page: Page, thread: Thread, message: StoredMessage): void;
  /** Tells listeners that a bubble is new or looks different. */
  changed(page: Page, thread: Thread, message: StoredMessage): void;
  typing(page: Page, thread: Thread, isOn: boolean): void;
}

/** Hands an event of a conversation to every subscribed app, in `messaging` or `standby` by who owns it. */
export async function tellApps(
  host: PeopleHost,
  page: Page,
  thread: Thread,
  field: string,
  makeEvent: (container: Container) => Json,
): Promise<void> {
  const posts = [...page.subscriptions.keys()].map((appId) => {
    const app = host.apps.get(appId);
    if (!app) return undefined;
    const container = ownsThread(page, thread, appId, host.now()) ? 'messaging' : 'standby';
    const wanted = container === 'standby' ? 'standby' : field;
    return host.webhooks.push(app, page, wanted, container, makeEvent(container), thread.psid);
  });
  await Promise.all(posts);
}

/** An app's id as Meta writes it in events: a number. */
export const appNumber = (appId: string) => (Number.isSafeInteger(Number(appId)) ? Number(appId) : appId);

export function threadOf(page: Page, psid: string): Thread {
  const known = page.threads.get(psid);
  if (known) return known;
  const thread = newThread(psid);
  page.threads.set(psid, thread);
  return thread;
}

/** What people do: citizens on their phones, staff in the platform's own inbox, visitors under a post. */
export function createPeople(host: PeopleHost) {
  const fromPerson = (page: Page, thread: Thread, content: Json): Json => ({
    sender: { id: thread.psid },
    recipient: { id: page.id },
    timestamp: host.now(),
    ...content,
  });
  const at = (pageId: string, psid: string) => {
    const page = host.pageOf(pageId);
    return { page, thread: threadOf(page, psid) };
  };
  /** The window opens; an idle conversation goes to the default app. */
  const acted = (page: Page, thread: Thread) => {
    const now = host.now();
    thread.lastUserAt = now;
    const owner = ownerOf(thread, now) ?? page.defaultAppId;
    if (owner !== null) thread.owner = { appId: owner, until: now + windowMs };
  };
  const write = (page: Page, thread: Thread, id: string, shown: Partial<StoredMessage>) =>
    host.show(page, thread, {
      id,
      from: 'citizen',
      author: 'citizen',
      text: '',
      quickReplies: [],
      templateButtons: [],
      attachments: [],
      at: new Date(host.now()),
      state: 'sent',
      ...shown,
    });

  async function tap(page: Page, thread: Thread, wanted: string | number): Promise<string> {
    const newest = thread.messages.at(-1);
    const row = newest ? [...newest.templateButtons, ...newest.quickReplies] : [];
    const older = thread.messages.toReversed().flatMap((message) => message.templateButtons);
    const button = typeof wanted === 'number' ? row[wanted] : [...row, ...older].find(({ title }) => title === wanted);
    if (!button) throw new Error(`no button ${JSON.stringify(wanted)} on the phone`);
    // A link or a number leaves Messenger: the platform tells nobody.
    if (button.kind === 'url' || button.kind === 'phone') return button.value;
    const { title, value } = button;
    const mid = newMessageId();
    acted(page, thread);
    write(page, thread, mid, { text: title });
    if (button.kind === 'quick_reply') {
      const message = { mid, text: title, quick_reply: { payload: value } };
      await tellApps(host, page, thread, 'messages', () => fromPerson(page, thread, { message }));
    } else await tellPostback(page, thread, { mid, title, payload: value });
    return mid;
  }

  const tellPostback = (page: Page, thread: Thread, postback: Json) =>
    tellApps(host, page, thread, 'messaging_postbacks', (container) => {
      const { payload: _, ...withoutPayload } = postback;
      return fromPerson(page, thread, { postback: container === 'standby' ? withoutPayload : postback });
    });

  /** Any event at all, for what has no method of its own: policy, roles, opt-ins, tomorrow's keys. */
  async function pageEvent(pageId: string, field: string, container: Container, event: Json): Promise<void> {
    const page = host.pageOf(pageId);
    const apps = [...page.subscriptions.keys()].map((appId) => host.apps.get(appId)).filter((app) => app !== undefined);
    await Promise.all(apps.map((app) => host.webhooks.push(app, page, field, container, event, 'page')));
  }

  return {
    /** @returns the message id, or where a link button leads; resolves after the first webhook attempt */
    async personSends(pageId: string, psid: string, input: PersonInput): Promise<string> {
      const { page, thread } = at(pageId, psid);
      if ('tap' in input) return tap(page, thread, input.tap);
      const mid = newMessageId();
      const message: Json = { mid };
      const shown: Partial<StoredMessage> = {};
      if (input.text !== undefined) {
        message.text = input.text;
        shown.text = input.text;
      }
      if ('replyTo' in input) message.reply_to = { mid: input.replyTo, is_self_reply: false };
      if ('attachment' in input) {
        const attachments = [input.attachment].flat();
        message.attachments = attachments;
        shown.attachments = attachments.map(({ type, payload }) => ({
          type: String(type),
          url: String((payload as Json | undefined)?.url ?? ''),
        }));
      }
      acted(page, thread);
      write(page, thread, mid, shown);
      await tellApps(host, page, thread, 'messages', () => fromPerson(page, thread, { message }));
      return mid;
    },

    /** The first tap in a new conversation; `ref` when it was opened by an m.me link. */
    async getStarted(pageId: string, psid: string, { ref }: { ref?: string } = {}): Promise<void> {
      const { page, thread } = at(pageId, psid);
      const setting = page.profile.get_started as Json | undefined;
      const mid = newMessageId();
      acted(page, thread);
      write(page, thread, mid, { text: 'Bắt đầu' });
      const referral = ref === undefined ? {} : { referral: { ref, source: 'SHORTLINK', type: 'OPEN_THREAD' } };
      await tellPostback(page, thread, {
        mid,
        title: 'Bắt đầu',
        payload: String(setting?.payload ?? 'GET_STARTED'),
        ...referral,
      });
    },

    /** An m.me link into a conversation that exists. */
    async openLink(pageId: string, psid: string, ref: string): Promise<void> {
      const { page, thread } = at(pageId, psid);
      acted(page, thread);
      const referral = { ref, source: 'SHORTLINK', type: 'OPEN_THREAD' };
      await tellApps(host, page, thread, 'messaging_referrals', () => fromPerson(page, thread, { referral }));
    },

    async react(pageId: string, psid: string, mid: string, action: 'react' | 'unreact' = 'react'): Promise<void> {
      const { page, thread } = at(pageId, psid);
      acted(page, thread);
      const reaction = { reaction: 'love', emoji: '❤', action, mid };
      await tellApps(host, page, thread, 'message_reactions', () => fromPerson(page, thread, { reaction }));
    },

    async edit(pageId: string, psid: string, mid: string, text: string, times = 1): Promise<void> {
      const { page, thread } = at(pageId, psid);
      const message = thread.messages.find(({ id }) => id === mid);
      if (message) message.text = text;
      const edit = { message_edit: { mid, text, num_edit: String(times) } };
      await tellApps(host, page, thread, 'message_edits', () => fromPerson(page, thread, edit));
    },

    /** The person opens the conversation: everything sent so far is seen. */
    async read(pageId: string, psid: string): Promise<void> {
      const { page, thread } = at(pageId, psid);
      for (const message of thread.messages) if (message.from === 'page') message.state = 'seen';
      const read = { watermark: host.now() };
      await tellApps(host, page, thread, 'message_reads', () => fromPerson(page, thread, { read }));
    },

    /** A person answers in the platform's own inbox. With a default app the inbox takes the conversation. */
    async staffWrites(
      pageId: string,
      psid: string,
      text: string,
      { appId = 'inbox' }: StaffOptions = {},
    ): Promise<string> {
      const { page, thread } = at(pageId, psid);
      const mid = newMessageId();
      const before = ownerOf(thread, host.now()) ?? page.defaultAppId;
      if (page.defaultAppId !== null) {
        thread.owner = { appId: inboxAppId, until: host.now() + windowMs };
        const loser = before === null ? undefined : host.apps.get(before);
        const take_thread_control = { previous_owner_app_id: before, new_owner_app_id: inboxAppId, metadata: '' };
        const event = fromPerson(page, thread, { take_thread_control });
        if (loser) await host.webhooks.push(loser, page, 'messaging_handovers', 'messaging', event, psid);
      }
      write(page, thread, mid, { from: 'page', author: 'staff', text });
      const writer = {
        inbox: { app_id: Number(inboxAppId) },
        misprinted: { app_id: Number(misprintedInboxAppId) },
        missing: {},
      }[appId];
      await tellApps(host, page, thread, 'message_echoes', () => ({
        sender: { id: page.id },
        recipient: { id: psid },
        timestamp: host.now(),
        message: { mid, is_echo: true, ...writer, text },
      }));
      return mid;
    },

    /** "Done" in the platform's inbox: the default app gets the conversation back. */
    async staffDone(pageId: string, psid: string): Promise<void> {
      const { page, thread } = at(pageId, psid);
      const next = page.defaultAppId === null ? undefined : host.apps.get(page.defaultAppId);
      if (!next) return;
      thread.owner = { appId: next.id, until: host.now() + windowMs };
      const pass_thread_control = { previous_owner_app_id: inboxAppId, new_owner_app_id: next.id, metadata: 'done' };
      const event = fromPerson(page, thread, { pass_thread_control });
      await host.webhooks.push(next, page, 'messaging_handovers', 'messaging', event, psid);
    },

    async comments(pageId: string, input: CommentInput): Promise<void> {
      const page = host.pageOf(pageId);
      const { commentId, text = '', verb = 'add', by = 'visitor', postId = `${page.id}_1` } = input;
      const id = commentId ?? postId;
      if (verb === 'add') {
        page.comments.set(id, {
          kind: commentId === undefined ? 'post' : 'comment',
          at: host.now(),
          isOurs: by === 'page',
          isReplied: false,
          psid: `9${id.replace(/\D/g, '')}`,
        });
      }
      const from = {
        visitor: { from: { id: '88000000000000001', name: 'Khách' } },
        page: { from: { id: page.id } },
        nobody: {},
      };
      await pageEvent(pageId, 'feed', 'changes', {
        field: 'feed',
        value: {
          item: commentId === undefined ? 'post' : 'comment',
          verb,
          ...(commentId === undefined ? {} : { comment_id: commentId, parent_id: postId }),
          post_id: postId,
          ...from[by],
          message: text,
          created_time: Math.floor(host.now() / 1_000),
        },
      });
    },

    pageEvent,
  };
}

/** The person behind a comment or a visitor's post, for one private reply. @throws {GraphRefusal} */
export function personOfComment(page: Page, kind: 'comment' | 'post', id: string, now: number): Thread {
  const comment = page.comments.get(id);
  if (!comment || comment.kind !== kind || comment.isOurs || now - comment.at > 7 * 86_400_000) {
    throw new GraphRefusal(100, undefined, 'Invalid comment for a private reply');
  }
  if (comment.isReplied) throw new GraphRefusal(10900, undefined, 'Activity already replied to');
  comment.isReplied = true;
  return threadOf(page, comment.psid);
}
