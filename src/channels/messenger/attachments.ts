import type { Attachment } from '../channel.ts';
import { isObject, type JsonObject, objectAt } from '../webhook-json.ts';
import { listOf, nfcOf } from './values.ts';

const mediaKinds: Record<string, Attachment['kind']> = {
  image: 'image',
  audio: 'audio',
  video: 'video',
  file: 'file',
  sticker: 'sticker',
};
const linkTypes = new Set(['fallback', 'reel', 'ig_reel', 'post', 'ig_post']);
/** The thumb beside Messenger's text field. People answer "yes" with it. */
const likeStickers = new Set(['369239263222822', '369239343222814', '369239383222810']);

/** Attachments of a message or an echo. A message with neither text nor attachment counts as one unsupported. */
export function readAttachments(message: JsonObject): Attachment[] {
  const all = listOf(message.attachments).map(readAttachment);
  const stickers = new Set(all.filter(({ kind }) => kind === 'sticker').map(({ url }) => url));
  // Before September 2026 a sticker arrived twice, as sticker and as image.
  const attachments = all.filter(({ kind, url }) => !(kind === 'image' && url !== undefined && stickers.has(url)));
  if (attachments.length > 0) return attachments;
  if (message.sticker_id !== undefined) return [sticker(message)];
  return nfcOf(message.text) === undefined ? [{ kind: 'unsupported' }] : [];
}

function readAttachment(value: unknown): Attachment {
  if (!isObject(value)) return { kind: 'unsupported' };
  const payload = objectAt(value, 'payload');
  const url = nfcOf(payload.url) ?? nfcOf(value.url);
  const name = nfcOf(payload.title) ?? nfcOf(value.title);
  const type = String(value.type);
  if (payload.sticker_id !== undefined) return sticker(payload);
  const shared = { ...(url === undefined ? {} : { url }), ...(name === undefined ? {} : { name }) };
  const kind = mediaKinds[type];
  if (kind) return { kind, ...shared };
  if (linkTypes.has(type)) return url === undefined ? { kind: 'unsupported', ...shared } : { kind: 'link', ...shared };
  const place = objectAt(payload, 'coordinates');
  if (type === 'location' && typeof place.lat === 'number' && typeof place.long === 'number') {
    return { kind: 'location', latitude: place.lat, longitude: place.long };
  }
  const text = nfcOf(payload.text);
  return { kind: 'unsupported', ...shared, ...(text === undefined ? {} : { text }) };
}

function sticker(payload: JsonObject): Attachment {
  const url = nfcOf(payload.url);
  return {
    kind: 'sticker',
    ...(url === undefined ? {} : { url }),
    ...(likeStickers.has(String(payload.sticker_id)) ? { text: '👍' } : {}),
  };
}
