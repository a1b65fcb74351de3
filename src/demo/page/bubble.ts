import type { PhoneMessage as GraphMessage } from '../graph-platform.ts';
import type { PhoneMessage as ZaloMessage } from '../zalo-platform.ts';

export type Device = 'zalo' | 'messenger';

export interface BubbleButton {
  title: string;
  /** `quick_reply` hangs above the text field while its message is the newest; `reply` stays with its bubble. */
  kind: 'reply' | 'quick_reply' | 'url' | 'phone';
  /** Where a link leads; absent on buttons that answer. */
  href?: string;
}

/** One bubble as the page draws it, whatever the platform. All texts are untrusted. */
export interface Bubble {
  id: string;
  author: 'citizen' | 'bot' | 'staff';
  text: string;
  buttons: BubbleButton[];
  attachments: { kind: string; url?: string; name?: string }[];
  /** Epoch milliseconds. */
  at: number;
  state: 'sent' | 'delivered' | 'seen';
  /** A press the real phone shows no bubble for; `text` is the title of the button. */
  isPress?: true;
}

/** @param transcript to find the title of the button behind a press without a bubble */
export function fromZalo(message: ZaloMessage, transcript: ZaloMessage[]): Bubble {
  const { id, from, author, text, attachments, at, state } = message;
  const shared = { id, attachments: attachments.map(withOwnPath), at, state };
  if (message.isHidden) {
    const offered = transcript.flatMap(({ buttons }) => buttons).findLast(({ payload }) => payload === text);
    return { ...shared, author: 'citizen', text: offered?.title ?? text, buttons: [], isPress: true };
  }
  return {
    ...shared,
    author: from === 'citizen' ? 'citizen' : (author ?? 'bot'),
    text,
    buttons: message.buttons.map(({ title, payload }) => {
      if (typeof payload === 'string') return { title, kind: 'reply' };
      if (payload.url !== undefined) return { title, kind: 'url', href: String(payload.url) };
      const number = String(payload.phone_code);
      return { title, kind: 'phone', href: `tel:${number.startsWith('84') ? '+' : ''}${number}` };
    }),
  };
}

export function fromGraph({ id, author, text, buttons, attachments, at, state }: GraphMessage): Bubble {
  return {
    id,
    author,
    text,
    buttons: buttons.map(({ kind, title, value }) => {
      if (kind === 'url') return { title, kind, href: value };
      if (kind === 'phone') return { title, kind, href: `tel:${value}` };
      return { title, kind: kind === 'quick_reply' ? kind : 'reply' };
    }),
    attachments: attachments.map(({ type, url }) => withOwnPath({ kind: type, url })),
    at: at.getTime(),
    state,
  };
}

/** Our own samples are shown from this page's origin, whatever name the browser called it by. */
function withOwnPath<T extends { url?: string }>(attachment: T): T {
  const path = /^http:\/\/127\.0\.0\.1:\d+(\/demo\/assets\/[a-z0-9.-]+)$/.exec(attachment.url ?? '')?.[1];
  return path ? { ...attachment, url: path } : attachment;
}
