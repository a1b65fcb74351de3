import { type App, officerWindowMs, ownsThread, type Page, type PhoneButton, type Thread, windowMs } from './state.ts';
import { fillUtility } from './utility.ts';
import { GraphRefusal, isJson, type Json } from './wire.ts';

/** Refusals Meta does not document: tests may choose. */
export interface RefusalChoices {
  notOwner: 'code' | 'subcode';
  humanAgent: { code: number; subcode?: number };
  /** Media addresses the platform fails to fetch. */
  isMediaBroken: (url: string) => boolean;
}

export interface AcceptedMessage {
  text: string;
  quickReplies: PhoneButton[];
  templateButtons: PhoneButton[];
  attachments: { type: string; url: string }[];
  metadata: string | undefined;
}

const deadTags = new Set(['CONFIRMED_EVENT_UPDATE', 'ACCOUNT_UPDATE', 'POST_PURCHASE_UPDATE']);
const mediaTypes = new Set(['image', 'audio', 'video', 'file']);
const attachmentLifeMs = 90 * 24 * 3_600_000;

const bad = (message: string, subcode?: number) => new GraphRefusal(100, subcode, message);
const count = (text: string) => [...text].length;
const listOf = (value: unknown) => (Array.isArray(value) ? (value as unknown[]) : []);

/** Whether this app may write to this person now. @throws {GraphRefusal} */
export function checkPermission(
  page: Page,
  app: App,
  thread: Thread,
  { messaging_type: type, tag, message }: Json,
  now: number,
  choices: RefusalChoices,
): void {
  if (page.isRestricted) throw new GraphRefusal(10, 1893063, 'Page is temporarily restricted from sending messages');
  if (thread.blockedAs === '551') throw new GraphRefusal(551, 1545041, "This person isn't available right now.");
  if (thread.blockedAs === '200') throw new GraphRefusal(200, 1545041, "This person isn't available right now.");
  if (thread.blockedAs === '2') throw new GraphRefusal(2, undefined, 'Service temporarily unavailable', 500);
  if (!ownsThread(page, thread, app.id, now)) {
    const text = 'Message not sent: another app is controlling this thread now';
    throw choices.notOwner === 'code'
      ? new GraphRefusal(2018300, undefined, text)
      : new GraphRefusal(10, 2018300, text);
  }
  if (tag !== undefined && type !== 'MESSAGE_TAG')
    throw bad('Messaging type should be MESSAGE_TAG when a tag is given');
  if (type === 'MESSAGE_TAG' && typeof tag !== 'string') throw bad('A tag is required');
  if (type === 'UTILITY') {
    if (!isJson(message) || message.template === undefined) throw bad('A utility message needs a template');
    return;
  }
  if (type !== undefined && type !== 'RESPONSE' && type !== 'UPDATE' && type !== 'MESSAGE_TAG') throw bad('Bad type');
  if (typeof tag === 'string' && deadTags.has(tag)) throw bad('This message tag is deprecated');
  if (typeof tag === 'string' && tag !== 'HUMAN_AGENT') throw bad('Unknown tag');
  if (tag === 'HUMAN_AGENT' && !app.hasHumanAgent) {
    const { code, subcode } = choices.humanAgent;
    throw new GraphRefusal(code, subcode, 'Requires the Human Agent feature');
  }
  const silence = thread.lastUserAt === null ? Number.POSITIVE_INFINITY : now - thread.lastUserAt;
  if (silence >= (tag === 'HUMAN_AGENT' ? officerWindowMs : windowMs)) {
    throw new GraphRefusal(10, 2018278, 'This message is sent outside of allowed window.');
  }
}

/** Checks the shape of `message` and says what the phone shows. @throws {GraphRefusal} */
export function readMessage(page: Page, message: Json, now: number, choices: RefusalChoices): AcceptedMessage {
  const { text, attachment, attachments, template, quick_replies: quickReplies, metadata } = message;
  if (metadata !== undefined && (typeof metadata !== 'string' || metadata.length > 1_000)) throw bad('Bad metadata');
  if (text !== undefined && (attachment !== undefined || attachments !== undefined)) throw bad('Text or attachment');
  const shared = {
    quickReplies: readQuickReplies(quickReplies),
    metadata: metadata as string | undefined,
  };
  if (template !== undefined) {
    if (!isJson(template) || text !== undefined || attachment !== undefined) throw bad('A template stands alone');
    return { ...shared, text: fillUtility(page, template), templateButtons: [], attachments: [] };
  }
  if (text !== undefined) {
    if (typeof text !== 'string' || text.trim() === '') throw bad('Param message[text] must be a non-empty string');
    if (count(text) > 2_000) throw bad('Length of param message[text] must be less than or equal to 2000');
    return { ...shared, text, templateButtons: [], attachments: [] };
  }
  const parts = attachment === undefined ? listOf(attachments) : [attachment];
  if (parts.length === 0) throw bad('Empty message');
  const read = parts.map((part) => readAttachment(page, part, now, choices));
  return {
    ...shared,
    text: read.map((part) => part.text).join(''),
    templateButtons: read.flatMap((part) => part.buttons),
    attachments: read.flatMap((part) => part.media),
  };
}

function readQuickReplies(value: unknown): PhoneButton[] {
  if (value === undefined) return [];
  const replies = listOf(value);
  if (replies.length === 0 || replies.length > 13) throw bad('1 to 13 quick replies are allowed');
  return replies.map((reply) => {
    if (!isJson(reply)) throw bad('A quick reply must be an object');
    if (reply.content_type !== 'text') return { kind: 'quick_reply', title: String(reply.content_type), value: '' };
    return {
      kind: 'quick_reply',
      title: bounded(reply.title, 20, 'quick reply title'),
      value: bounded(reply.payload, 1_000, 'quick reply payload'),
    };
  });
}

function bounded(value: unknown, limit: number, name: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw bad(`${name} must not be empty`);
  if (count(value) > limit) throw bad(`${name} must be at most ${limit} characters`);
  return value;
}

function readAttachment(page: Page, value: unknown, now: number, choices: RefusalChoices) {
  if (!isJson(value) || !isJson(value.payload)) throw bad('Bad attachment');
  const { type, payload } = value;
  if (type === 'template') return readTemplate(payload);
  if (typeof type !== 'string' || !mediaTypes.has(type)) throw bad('Unknown attachment type');
  if (payload.attachment_id !== undefined) {
    const uploadedAt = page.attachments.get(String(payload.attachment_id));
    if (uploadedAt === undefined || now - uploadedAt > attachmentLifeMs) throw bad('Invalid attachment id', 2018074);
    return { text: '', buttons: [], media: [{ type, url: `attachment:${String(payload.attachment_id)}` }] };
  }
  const { url } = payload;
  if (typeof url !== 'string' || !URL.canParse(url)) throw bad('Bad media URL');
  if (choices.isMediaBroken(url)) throw bad('Failed to fetch the file from the url', 2018008);
  return { text: '', buttons: [], media: [{ type, url }] };
}

function readTemplate(payload: Json): { text: string; buttons: PhoneButton[]; media: [] } {
  if (payload.template_type === 'button') {
    const text = bounded(payload.text, 640, 'template text');
    return { text, buttons: readButtons(payload.buttons, 1), media: [] };
  }
  if (payload.template_type !== 'generic') throw bad('Unknown template type');
  const elements = listOf(payload.elements);
  if (elements.length === 0 || elements.length > 10) throw bad('1 to 10 elements are allowed');
  const read = elements.map((element) => {
    if (!isJson(element)) throw bad('Bad element');
    const subtitle = element.subtitle === undefined ? '' : bounded(element.subtitle, 80, 'element subtitle');
    const buttons = element.buttons === undefined ? [] : readButtons(element.buttons, 1);
    return { text: [bounded(element.title, 80, 'element title'), subtitle].filter(Boolean).join('\n'), buttons };
  });
  return { text: read.map(({ text }) => text).join('\n'), buttons: read.flatMap(({ buttons }) => buttons), media: [] };
}

function readButtons(value: unknown, least: number): PhoneButton[] {
  const buttons = listOf(value);
  if (buttons.length < least || buttons.length > 3) throw bad('1 to 3 buttons are allowed');
  return buttons.map((button) => {
    if (!isJson(button)) throw bad('Bad button');
    const title = bounded(button.title, 20, 'button title');
    if (button.type === 'postback')
      return { kind: 'postback', title, value: bounded(button.payload, 1_000, 'payload') };
    if (button.type === 'phone_number') {
      const number = bounded(button.payload, 30, 'phone number');
      if (!/^\+\d{5,15}$/.test(number)) throw bad('Phone number must start with +');
      return { kind: 'phone', title, value: number };
    }
    if (button.type !== 'web_url') throw bad('Unknown button type');
    if (typeof button.url !== 'string' || !/^https?:\/\//.test(button.url)) throw bad('Bad button URL');
    return { kind: 'url', title, value: button.url };
  });
}
