import type { Config } from '../config.ts';

/** A recording as its bytes tell it. */
export interface Sound {
  format: AudioFormat;
  /** null: the form does not tell it cheaply. */
  seconds: number | null;
}

/** Endings servers know a file by. */
export type AudioFormat = Config['OPENAI_AUDIO_FORMATS'][number];

/** Content types voice notes come with; a CDN's "bytes" and Messenger's "video" are sound as often as not. */
export const AUDIO_TYPES = [
  'audio/',
  'video/mp4',
  'video/3gpp',
  'application/octet-stream',
  'application/ogg',
  'binary/octet-stream',
];

/** What a recording is, by its own first bytes: names and content types are a stranger's word. @returns null: no sound */
export function inspectAudio(bytes: Buffer): Sound | null {
  const starts = (text: string, at = 0) => bytes.subarray(at, at + text.length).toString('latin1') === text;
  if (starts('#!AMR\n')) return { format: 'amr', seconds: amrSeconds(bytes, 6, AMR_FRAMES) };
  if (starts('#!AMR-WB\n')) return { format: 'amr', seconds: amrSeconds(bytes, 9, AMR_WB_FRAMES) };
  if (starts('ftyp', 4)) return { format: 'm4a', seconds: mp4Seconds(bytes) };
  if (starts('RIFF') && starts('WAVE', 8)) return { format: 'wav', seconds: wavSeconds(bytes) };
  if (starts('OggS')) return { format: 'ogg', seconds: oggSeconds(bytes) };
  if (starts('ID3')) return { format: 'mp3', seconds: mp3Seconds(bytes, afterTag(bytes)) };
  if (bytes.length < 7 || bytes[0] !== 0xff) return null;
  // both begin with ones; AAC has the layer bits 00, which MP3 has not
  if ((bytes[1]! & 0xf6) === 0xf0) return { format: 'aac', seconds: adtsSeconds(bytes) };
  const isLayer3 = (bytes[1]! & 0xe6) === 0xe2;
  return isLayer3 ? { format: 'mp3', seconds: mp3Seconds(bytes, 0) } : null;
}

/** Bytes of a frame of 20 ms by its mode, the mode byte included; 0: no such mode. */
const AMR_FRAMES = [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 1, 1];
const AMR_WB_FRAMES = [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1];

function amrSeconds(bytes: Buffer, start: number, sizes: number[]): number {
  let frames = 0;
  for (let at = start; at < bytes.length; frames++) {
    const size = sizes[(bytes[at]! >> 3) & 0x0f]!;
    if (size === 0) break;
    at += size;
  }
  return frames / 50;
}

const ADTS_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

function adtsSeconds(bytes: Buffer): number | null {
  const rate = ADTS_RATES[(bytes[2]! >> 2) & 0x0f];
  if (!rate) return null;
  let frames = 0;
  for (let at = 0; at + 7 <= bytes.length && bytes[at] === 0xff; frames++) {
    const size = ((bytes[at + 3]! & 0x03) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >> 5);
    if (size < 7) break;
    at += size;
  }
  return (frames * 1_024) / rate;
}

const MP3_KBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MP3_KBITS_LOW = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** By the rate of the first frame: good enough to tell two minutes from ten. */
function mp3Seconds(bytes: Buffer, at: number): number | null {
  if (at + 4 > bytes.length || bytes[at] !== 0xff) return null;
  const isLow = (bytes[at + 1]! & 0x08) === 0;
  const kbits = (isLow ? MP3_KBITS_LOW : MP3_KBITS)[bytes[at + 2]! >> 4];
  return kbits ? ((bytes.length - at) * 8) / (kbits * 1_000) : null;
}

/** An ID3 tag's length is written seven bits a byte. */
const afterTag = (bytes: Buffer): number =>
  bytes.length < 10 ? bytes.length : 10 + [6, 7, 8, 9].reduce((size, at) => (size << 7) | (bytes[at]! & 0x7f), 0);

/** From the movie header: it stands before or after the sound itself. */
function mp4Seconds(bytes: Buffer): number | null {
  const at = bytes.indexOf('mvhd', 0, 'latin1');
  const isLong = bytes[at + 4] === 1;
  if (at < 0 || at + (isLong ? 36 : 24) > bytes.length) return null;
  const scale = bytes.readUInt32BE(at + (isLong ? 24 : 16));
  const length = isLong ? Number(bytes.readBigUInt64BE(at + 28)) : bytes.readUInt32BE(at + 20);
  // written while recording, with the length not filled in
  return scale > 0 && length > 0 ? length / scale : null;
}

function wavSeconds(bytes: Buffer): number | null {
  if (bytes.length < 44) return null;
  const perSecond = bytes.readUInt32LE(28);
  return perSecond > 0 ? (bytes.length - 44) / perSecond : null;
}

/** The last page tells how many samples were written; Opus always counts 48,000 a second. */
function oggSeconds(bytes: Buffer): number | null {
  const last = bytes.lastIndexOf('OggS', undefined, 'latin1');
  if (last < 0 || last + 14 > bytes.length || !bytes.subarray(0, 64).includes('OpusHead')) return null;
  const samples = Number(bytes.readBigInt64LE(last + 6));
  // -1: no packet ends on this page
  return samples > 0 ? samples / 48_000 : null;
}
