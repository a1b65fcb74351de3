import { appNumber, type PeopleHost, personOfComment, tellApps } from './people.ts';
import { type AcceptedMessage, checkPermission, type RefusalChoices, readMessage } from './send-rules.ts';
import { type App, newMessageId, type Page, type Thread, windowMs } from './state.ts';
import { GraphRefusal, isJson, type Json } from './wire.ts';

export interface SendingSettings {
  echoes: 'after' | 'before' | 'off';
  receipts: boolean;
  readAfterMs: number;
}

const actions = new Set(['typing_on', 'typing_off', 'mark_seen', 'react', 'unreact']);
const bad = (message: string, subcode?: number) => new GraphRefusal(100, subcode, message);

/** The Send API, and what the platform tells about a message afterwards. */
export function createSending(host: PeopleHost, choices: RefusalChoices, settings: SendingSettings) {
  const { echoes, receipts, readAfterMs } = settings;
  const pending = new Set<Promise<void>>();
  const inBackground = (work: Promise<void>) => {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());

  /** @throws {GraphRefusal} */
  async function send(page: Page, app: App, parameters: Json): Promise<Json> {
    const { recipient, message, sender_action: action } = parameters;
    if (!isJson(recipient)) throw bad('The parameter recipient is required');
    if (message !== undefined && action !== undefined) throw bad('Message and sender action together', 2018014);
    const thread = findThread(page, recipient, message);
    if (action !== undefined) return act(page, app, thread, action);
    if (!isJson(message)) throw bad('The parameter message is required');
    // A private reply needs no window: the comment stands for it.
    const isPrivateReply = recipient.comment_id !== undefined || recipient.post_id !== undefined;
    if (!isPrivateReply) checkPermission(page, app, thread, parameters, host.now(), choices);
    const message_id = await deliver(page, app, thread, readMessage(page, message, host.now(), choices));
    const control = parameters.thread_control;
    if (isJson(control)) {
      const isPass = control.control_type === 'pass';
      thread.owner = isPass ? { appId: String(control.app_id), until: host.now() + windowMs } : null;
    }
    return { recipient_id: thread.psid, message_id };
  }

  function findThread(page: Page, recipient: Json, message: unknown): Thread {
    for (const kind of ['comment', 'post'] as const) {
      const id = recipient[`${kind}_id`];
      if (typeof id !== 'string') continue;
      // A message of a wrong shape must not use up the one reply.
      if (isJson(message)) readMessage(page, message, host.now(), choices);
      return personOfComment(page, kind, id, host.now());
    }
    const thread = page.threads.get(typeof recipient.id === 'string' ? recipient.id : '');
    if (!thread) throw bad('No matching user found', 2018001);
    return thread;
  }

  function act(page: Page, app: App, thread: Thread, action: unknown): Json {
    checkPermission(page, app, thread, {}, host.now(), choices);
    if (typeof action !== 'string' || !actions.has(action)) throw bad('Unknown sender action');
    if (action.startsWith('typing')) host.typing(page, thread, action === 'typing_on');
    return { recipient_id: thread.psid };
  }

  async function deliver(page: Page, app: App, thread: Thread, message: AcceptedMessage): Promise<string> {
    const id = newMessageId();
    const at = host.now();
    const { metadata, ...shown } = message;
    const reference = metadata === undefined ? {} : { metadata };
    host.show(page, thread, {
      ...shown,
      ...reference,
      id,
      from: 'page',
      author: 'bot',
      at: new Date(at),
      state: 'sent',
    });
    if (page.defaultAppId !== null) thread.owner = { appId: app.id, until: at + windowMs };
    const echo = { mid: id, is_echo: true, app_id: appNumber(app.id), ...reference, ...echoContent(message) };
    if (echoes === 'before') await tellEcho(page, thread, echo);
    if (echoes === 'after' || receipts) inBackground(tellLater(page, thread, echo));
    return id;
  }

  async function tellLater(page: Page, thread: Thread, echo: Json): Promise<void> {
    if (echoes === 'after') {
      // The answer to the sender goes out first.
      await pause(1);
      await tellEcho(page, thread, echo);
    }
    if (receipts) await tellReceipts(page, thread, String(echo.mid));
  }

  const tellEcho = (page: Page, thread: Thread, message: Json) =>
    tellApps(host, page, thread, 'message_echoes', () => ({
      sender: { id: page.id },
      recipient: { id: thread.psid },
      timestamp: host.now(),
      message,
    }));

  async function tellReceipts(page: Page, thread: Thread, mid: string): Promise<void> {
    const tell = (field: string, receipt: Json) =>
      tellApps(host, page, thread, field, () => ({
        sender: { id: thread.psid },
        recipient: { id: page.id },
        timestamp: host.now(),
        ...receipt,
      }));
    const change = (state: 'delivered' | 'seen') => {
      const message = thread.messages.find(({ id }) => id === mid);
      if (!message || message.state === 'seen') return;
      message.state = state;
      host.changed(page, thread, message);
    };
    change('delivered');
    // Meta leaves `mids` out now and then.
    const mids = host.now() % 5 === 0 ? {} : { mids: [mid] };
    await tell('message_deliveries', { delivery: { ...mids, watermark: host.now() } });
    await pause(readAfterMs);
    change('seen');
    await tell('message_reads', { read: { watermark: host.now() } });
  }

  return {
    send,
    /** Resolves when echoes and receipts of everything sent so far are out. */
    async settled(): Promise<void> {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}

function echoContent({ text, templateButtons, attachments }: AcceptedMessage): Json {
  if (templateButtons.length > 0) {
    const buttons = templateButtons.map(({ title }) => ({ title }));
    return { attachments: [{ type: 'template', payload: { template_type: 'button', text, buttons } }] };
  }
  if (attachments.length === 0) return { text };
  return { attachments: attachments.map(({ type, url }) => ({ type, payload: { url } })) };
}
