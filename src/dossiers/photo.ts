import { findDossierNumbers } from '../procedures/dossier-numbers.ts';
import { type BarcodeReader, BarcodeTimeout } from './barcodes.ts';

/** Larger than any photo the platforms pass on after they made it smaller. */
export const MOST_PHOTO_BYTES = 12 * 1_024 * 1_024;
/** Unpacked, a pixel takes four bytes: a small file must not become gigabytes. */
const MOST_PIXELS = 25_000_000;
const LEAST_SIDE = 16;

export type PhotoReading =
  /** The dossier codes of its QR or bar codes, as if typed; one that may be several stays as it was printed. */
  | { kind: 'codes'; words: string }
  /** Readable, but no dossier code in it. */
  | { kind: 'no_code' }
  /** The QR code of an identity card. What it said is forgotten. */
  | { kind: 'identity_card' }
  | { kind: 'too_large' }
  | { kind: 'not_an_image' }
  /** The bytes are broken, or of a format nobody here unpacks. */
  | { kind: 'unreadable' }
  /** Took too long. */
  | { kind: 'busy' };

/**
 * Reads the dossier code off a photo of a receipt. What a code says is text like any other: an address in it is never
 * opened. Keeps neither bytes nor text.
 */
export async function readPhoto(bytes: Buffer, barcodes: BarcodeReader, now: Date): Promise<PhotoReading> {
  if (bytes.length > MOST_PHOTO_BYTES) return { kind: 'too_large' };
  const size = imageSize(bytes);
  if (!size) return { kind: 'not_an_image' };
  const { width, height } = size;
  if (width * height > MOST_PIXELS) return { kind: 'too_large' };
  if (Math.min(width, height) < LEAST_SIDE) return { kind: 'no_code' };
  let texts: string[];
  try {
    texts = await barcodes.read(bytes);
  } catch (error) {
    return { kind: error instanceof BarcodeTimeout ? 'busy' : 'unreadable' };
  }
  const found = texts.map((text) => findDossierNumbers(readable(text), now));
  const numbers = [...new Set(found.flatMap((one) => one.numbers))];
  const printed = texts.filter((text, at) => found[at]!.doubtful.length > 0 && isCodeAlone(text.trim()));
  const words = numbers.length > 0 ? numbers : printed.slice(0, 1);
  if (words.length > 0) return { kind: 'codes', words: words.join(' ').trim() };
  return { kind: texts.some(isIdentityCard) ? 'identity_card' : 'no_code' };
}

/** A code and nothing else: what stands around one may be somebody's name. */
const isCodeAlone = (text: string) =>
  /^[0-9A-Za-z.\-/_ ]{9,48}$/.test(text) && text.split(/ +/).every((part) => /\d/.test(part));

/** "012345678901|…|name|day of birth|…". */
const isIdentityCard = (text: string) => /^\d{12}\|/.test(text.trim());

/** A look-up address names the code in a part of its own. */
function readable(text: string): string {
  try {
    return decodeURIComponent(text).replace(/[?&=#]/g, ' ');
  } catch {
    return text.replace(/[?&=#]/g, ' ');
  }
}

/** Width and height as the header of a JPEG, PNG, GIF or WebP says; null for any other file. */
export function imageSize(bytes: Buffer): { width: number; height: number } | null {
  if (bytes.length < 30) return null;
  if (bytes.readUInt32BE(0) === 0x89504e47 && bytes.toString('latin1', 12, 16) === 'IHDR')
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (/^GIF8[79]a/.test(bytes.toString('latin1', 0, 6)))
    return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return webpSize(bytes);
  return bytes.readUInt16BE(0) === 0xffd8 ? jpegSize(bytes) : null;
}

function webpSize(bytes: Buffer) {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3) };
    case 'VP8L': {
      const packed = bytes.readUInt32LE(21);
      return { width: 1 + (packed & 0x3fff), height: 1 + ((packed >>> 14) & 0x3fff) };
    }
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    default:
      return null;
  }
}

/** The first frame header tells the size; what stands before it is skipped by its length. */
function jpegSize(bytes: Buffer) {
  let at = 2;
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    if (marker === 0xd9 || marker === 0xda) return null;
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}
