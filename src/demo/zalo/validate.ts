import type { PhoneAttachment, PhoneButton, PlatformOa } from './state.ts';

/** A refusal in the platform's own words. */
export interface Refusal {
  error: number;
  message: string;
}

export interface ShownMessage {
  text: string;
  buttons: PhoneButton[];
  attachments: PhoneAttachment[];
  quoteId?: string;
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const invalid = (field: string): Refusal => ({ error: -201, message: `${field} is invalid!` });
const WEEK_MS = 7 * 24 * 3_600_000;

/** Checks the `message` of a consultation message and returns what the phone will show. */
export function validateMessage(value: unknown, oa: PlatformOa, now: number): ShownMessage | Refusal {
  if (!isFields(value)) return invalid('message');
  const { text, attachment } = value;
  if (text !== undefined && typeof text !== 'string') return invalid('text');
  if (typeof text === 'string' && [...text.normalize('NFC')].length > 2_000) {
    return { error: -210, message: 'Parameter exceeds allowable limit' };
  }
  const hasText = typeof text === 'string' && text.trim() !== '';
  if (attachment === undefined && !hasText) return invalid('text');
  const shown: ShownMessage = { text: text ?? '', buttons: [], attachments: [] };
  if (typeof value.quote_message_id === 'string') shown.quoteId = value.quote_message_id;
  if (attachment === undefined) return shown;
  if (!isFields(attachment) || !isFields(attachment.payload)) return invalid('attachment');
  if (attachment.type === 'file') return withFile(shown, attachment.payload, oa, now);
  if (attachment.type !== 'template') return { error: -233, message: 'message type is invalid or not support' };
  switch (attachment.payload.template_type) {
    case undefined:
      return hasText ? withButtons(shown, attachment.payload, oa) : invalid('text');
    case 'media':
      return withMedia(shown, attachment.payload, oa, now);
    case 'request_user_info':
      return withInfoRequest(shown, attachment.payload);
    default:
      return { error: -233, message: 'message type is invalid or not support' };
  }
}

function withButtons(shown: ShownMessage, payload: Fields, oa: PlatformOa): ShownMessage | Refusal {
  if (!oa.acceptsButtons) return { error: -233, message: 'message type is invalid or not support' };
  const { buttons } = payload;
  if (!Array.isArray(buttons) || buttons.length === 0 || buttons.length > 5) return invalid('buttons');
  for (const button of buttons) {
    if (!isFields(button) || !isButton(button)) return invalid('buttons');
    shown.buttons.push({
      title: String(button.title),
      type: String(button.type),
      payload: button.payload as PhoneButton['payload'],
    });
  }
  return shown;
}

function isButton({ title, type, payload }: Fields): boolean {
  if (typeof title !== 'string' || title.trim() === '' || [...title].length > 35) return false;
  switch (type) {
    case 'oa.query.show':
    case 'oa.query.hide':
      return typeof payload === 'string' && payload !== '' && [...payload].length <= 1_000;
    case 'oa.open.url':
      return isFields(payload) && isWebAddress(payload.url);
    case 'oa.open.phone':
    case 'oa.open.sms':
      return isFields(payload) && typeof payload.phone_code === 'string' && /^\d{3,15}$/.test(payload.phone_code);
    default:
      return false;
  }
}

function withMedia(shown: ShownMessage, payload: Fields, oa: PlatformOa, now: number): ShownMessage | Refusal {
  const elements = Array.isArray(payload.elements) ? payload.elements : [];
  const element: unknown = elements[0];
  if (elements.length !== 1 || !isFields(element)) return invalid('elements');
  const kind = String(element.media_type);
  if (!['image', 'gif', 'sticker'].includes(kind)) return invalid('media_type');
  const hasUrl = element.url !== undefined;
  if (hasUrl === (element.attachment_id !== undefined)) return invalid('url');
  if (kind === 'gif' && !(Number(element.width) > 0 && Number(element.height) > 0)) return invalid('width');
  if (hasUrl) {
    if (kind === 'sticker' || !isWebAddress(element.url)) return invalid('url');
    shown.attachments.push({ kind, url: String(element.url) });
    return shown;
  }
  if (kind !== 'sticker') {
    const refusal = checkUpload(oa, element.attachment_id, kind, now);
    if (refusal) return refusal;
  }
  shown.attachments.push({ kind });
  return shown;
}

function withFile(shown: ShownMessage, payload: Fields, oa: PlatformOa, now: number): ShownMessage | Refusal {
  const refusal = checkUpload(oa, payload.token, 'file', now);
  if (refusal) return refusal;
  shown.attachments.push({ kind: 'file' });
  return shown;
}

function checkUpload(oa: PlatformOa, id: unknown, kind: string, now: number): Refusal | undefined {
  const upload = oa.uploads.get(String(id));
  if (upload?.kind !== kind) return invalid('attachment_id');
  return now - upload.at > WEEK_MS ? { error: -100, message: 'attachment_id was expired' } : undefined;
}

function withInfoRequest(shown: ShownMessage, payload: Fields): ShownMessage | Refusal {
  const elements = Array.isArray(payload.elements) ? payload.elements : [];
  const element: unknown = elements[0];
  if (elements.length !== 1 || !isFields(element)) return invalid('elements');
  if (typeof element.title !== 'string' || typeof element.subtitle !== 'string' || !isWebAddress(element.image_url)) {
    return invalid('elements');
  }
  shown.text = `${element.title}\n${element.subtitle}`;
  shown.attachments.push({ kind: 'request_user_info' });
  return shown;
}

/** Pictures on this machine are allowed over http, so that the demo needs no certificate. */
function isWebAddress(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === 'https:' || (url.protocol === 'http:' && /^(localhost|127\.|\[::1\])/.test(url.hostname));
}
