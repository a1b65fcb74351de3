import type { Attachment } from '../channels/channel.ts';
import { type Media, MediaError } from '../channels/media.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { BarcodeReader } from './barcodes.ts';
import { MOST_PHOTO_BYTES, readPhoto } from './photo.ts';

/** Why a photo gave no code. */
export type UnreadPhoto = 'unavailable' | 'no_code' | 'identity_card' | 'too_large' | 'no_image';

interface Fetching {
  communeId: string;
  fetch(limits: { maxBytes: number; types: readonly string[]; signal: AbortSignal }): Promise<Media>;
}

const WHY = {
  no_code: 'no_code',
  identity_card: 'identity_card',
  too_large: 'too_large',
  not_an_image: 'no_image',
  unreadable: 'no_image',
  busy: 'unavailable',
} as const satisfies Record<string, UnreadPhoto>;

/**
 * Makes words of a photo: the dossier codes in it, as if they had been typed. The photo is fetched from the platform,
 * looked at and forgotten. Never throws.
 */
export function createPhotoReader({
  barcodes,
  log,
  fetchTimeoutMs = 8_000,
  now = () => new Date(),
}: {
  barcodes: BarcodeReader;
  log: Log;
  fetchTimeoutMs?: number;
  now?: () => Date;
}) {
  const read = async ({ url, size }: Attachment, fetch: Fetching['fetch']): Promise<string | { why: UnreadPhoto }> => {
    if (!url) return { why: 'unavailable' };
    if ((size ?? 0) > MOST_PHOTO_BYTES) return { why: 'too_large' };
    const signal = AbortSignal.timeout(fetchTimeoutMs);
    const { bytes } = await fetch({
      maxBytes: MOST_PHOTO_BYTES,
      types: ['image/', 'application/octet-stream'],
      signal,
    });
    const reading = await readPhoto(bytes, barcodes, now());
    return reading.kind === 'codes' ? reading.words : { why: WHY[reading.kind] };
  };
  return async (
    attachment: Attachment,
    { communeId, fetch }: Fetching,
  ): Promise<{ words: string; by: string } | { why: UnreadPhoto }> => {
    try {
      const made = await read(attachment, fetch);
      log.info('photo.read', { communeId, result: typeof made === 'string' ? 'code' : made.why });
      return typeof made === 'string' ? { words: made, by: 'barcode' } : made;
    } catch (error) {
      const code = error instanceof MediaError ? error.code : 'failed';
      log.info('photo.not_read', { communeId, reason: code, ...(code === 'failed' && { error: errorText(error) }) });
      return { why: code === 'too_large' ? 'too_large' : code === 'wrong_type' ? 'no_image' : 'unavailable' };
    }
  };
}
