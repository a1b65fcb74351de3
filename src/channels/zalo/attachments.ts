import type { Attachment } from '../channel.ts';
import { isObject, type JsonObject, numberOf, objectAt, textOf } from '../webhook-json.ts';

/** Zalo's CDN still writes some addresses with http; it serves the same files over https. A stand-in's have no such twin. */
const httpsUrl = (value: unknown) => textOf(value)?.replace(/^http:\/\/(?!127\.0\.0\.1:)/i, 'https://');

const kinds: Record<string, Attachment['kind']> = {
  image: 'image',
  photo: 'image',
  gif: 'gif',
  audio: 'audio',
  voice: 'audio',
  video: 'video',
  sticker: 'sticker',
  link: 'link',
  location: 'location',
  file: 'file',
};

/** Attachments of a webhook message; `isBusinessCard` tells a shared contact from an ordinary link. */
export function readAttachments(message: JsonObject, isBusinessCard: boolean): Attachment[] {
  const list = Array.isArray(message.attachments) ? message.attachments : [];
  return list.filter(isObject).map((item) => readAttachment(item, isBusinessCard, textOf(message.text)));
}

function readAttachment(item: JsonObject, isBusinessCard: boolean, messageText: string | undefined): Attachment {
  const payload = objectAt(item, 'payload');
  const kind = kinds[textOf(item.type)?.toLowerCase() ?? ''] ?? 'unsupported';
  const url = httpsUrl(payload.url) ?? httpsUrl(payload.thumbnail);
  if (isBusinessCard) return { kind: 'contact', name: messageText, ...readCard(textOf(payload.description)) };
  if (kind === 'location') {
    const place = objectAt(payload, 'coordinates');
    return { kind, latitude: numberOf(place.latitude), longitude: numberOf(place.longitude) };
  }
  return {
    kind,
    url,
    name: textOf(payload.name),
    size: numberOf(payload.size),
    text: textOf(payload.description) ?? textOf(payload.text),
  };
}

/** The card's `description` is JSON inside a JSON string. */
function readCard(description: string | undefined): { text?: string; url?: string } {
  try {
    const card: unknown = JSON.parse(description ?? '');
    return isObject(card) ? { text: textOf(card.phone), url: httpsUrl(card.qrCodeUrl) } : {};
  } catch {
    return {};
  }
}
