import { deflateSync } from 'node:zlib';
import QRCode from 'qrcode';
import { afterAll, describe, expect, test } from 'vitest';
import { asJpeg, atAnAngle, badlyLit, blurred, receipt } from '../../test/support/photos.ts';
import { type BarcodeReader, BarcodeTimeout, createBarcodeReader } from './barcodes.ts';
import { imageSize, MOST_PHOTO_BYTES, readPhoto } from './photo.ts';

const now = new Date('2026-11-18T03:00:00Z');
const CODE = 'H26.15-261110-0001';
/** Patient: what is told here is what is read, on however busy a machine. */
const barcodes = createBarcodeReader({ timeoutMs: 30_000 });
afterAll(() => barcodes.close());
const read = (bytes: Buffer, reader: BarcodeReader = barcodes) => readPhoto(bytes, reader, now);
const found = (...numbers: string[]) => ({ kind: 'codes', words: numbers.join(' ') });
const url = `https://dichvucong.gov.vn/tra-cuu-ho-so?mahoso=${encodeURIComponent('000.00.01.H26-261110-0007')}&x=1`;

describe('a photo of a receipt', () => {
  test.each([
    ['straight', asJpeg(receipt(CODE)), CODE],
    ['with an address in the QR code', asJpeg(receipt(url)), '000.00.01.H26-261110-0007'],
    ['turned by 17 degrees', asJpeg(atAnAngle(receipt(CODE), 17)), CODE],
    ['upside down', asJpeg(atAnAngle(receipt(CODE), 180)), CODE],
    ['turned by 38 degrees and tilted', asJpeg(atAnAngle(receipt(CODE), 38, 0.25)), CODE],
    ['tilted much', asJpeg(atAnAngle(receipt(CODE), -8, 0.45)), CODE],
    ['blurred', asJpeg(blurred(receipt(CODE), 2)), CODE],
    ['badly lit', asJpeg(badlyLit(receipt(CODE))), CODE],
    ['saved at quality 12', asJpeg(receipt(CODE), 12), CODE],
    ['all of it together', asJpeg(badlyLit(blurred(atAnAngle(receipt(CODE, { side: 320 }), 21, 0.2), 1)), 25), CODE],
  ])('%s', async (_, photo, code) => {
    expect(await read(photo)).toEqual(found(code));
  });

  test('a PNG as a screen shows it', async () => {
    expect(await read(await QRCode.toBuffer(CODE))).toEqual(found(CODE));
  });

  test('a code that may be several stays as printed, and only the code', async () => {
    expect(await read(await QRCode.toBuffer('H2615-261110-0001'))).toEqual({
      kind: 'codes',
      words: 'H2615-261110-0001',
    });
    expect((await read(await QRCode.toBuffer('Nguoi nop MAU THU|H2615-261110-0001'))).kind).toBe('no_code');
    expect((await read(await QRCode.toBuffer('MAU VAN THU H2615-261110-0001'))).kind).toBe('no_code');
  });
});

describe('what is no receipt', () => {
  test('another code, none, an identity card', async () => {
    expect(await read(await QRCode.toBuffer('https://example.com/menu'))).toEqual({ kind: 'no_code' });
    expect(await read(asJpeg({ width: 300, height: 200, grey: new Float32Array(60_000).fill(200) }))).toEqual({
      kind: 'no_code',
    });
    const card = await QRCode.toBuffer('000000000000||MAU THU|01012000|Nam|Noi thu|01012021');
    expect(await read(card)).toEqual({ kind: 'identity_card' });
  });

  test('a file of 20 MB, another kind of file, broken and empty ones', async () => {
    expect(await read(Buffer.alloc(20 * 1_024 * 1_024))).toEqual({ kind: 'too_large' });
    expect(await read(Buffer.alloc(MOST_PHOTO_BYTES, 1))).toEqual({ kind: 'not_an_image' });
    for (const bytes of [Buffer.alloc(0), Buffer.from('%PDF-1.7 '.repeat(20)), Buffer.from('<svg></svg>'.repeat(9))])
      expect(await read(bytes)).toEqual({ kind: 'not_an_image' });
    const torn = asJpeg(receipt(CODE)).subarray(0, 900);
    expect(['unreadable', 'no_code']).toContain((await read(torn)).kind);
    expect(await read(await QRCode.toBuffer(CODE))).toEqual(found(CODE));
  });

  test('a small file that would unpack to a gigapixel is not unpacked', async () => {
    const never: BarcodeReader = { read: () => Promise.reject(new Error('was unpacked')), close: async () => {} };
    const bomb = png(40_000, 40_000, deflateSync(Buffer.alloc(40_001)));
    expect(bomb.length).toBeLessThan(2_000);
    expect(await read(bomb, never)).toEqual({ kind: 'too_large' });
  });

  test('an image that takes too long is given up, and the next is read', async () => {
    const hasty = createBarcodeReader({ timeoutMs: 1 });
    await expect(hasty.read(asJpeg(receipt(CODE)))).rejects.toThrow(BarcodeTimeout);
    expect(await read(asJpeg(receipt(CODE)), hasty)).toEqual({ kind: 'busy' });
    await hasty.close();
    expect(await read(asJpeg(receipt(CODE)))).toEqual(found(CODE));
  });

  test('too many at once: those who would wait too long are told so', async () => {
    const photo = await QRCode.toBuffer(CODE);
    const kinds = (await Promise.all(Array.from({ length: 30 }, () => read(photo)))).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'codes')).toHaveLength(17);
    expect(kinds.filter((kind) => kind === 'busy')).toHaveLength(13);
  });
});

test('sizes are read off the headers', () => {
  expect(imageSize(asJpeg(receipt(CODE, { width: 640, height: 480, side: 200 })))).toEqual({ width: 640, height: 480 });
  expect(imageSize(png(7, 9, Buffer.alloc(4)))).toEqual({ width: 7, height: 9 });
  const webp = Buffer.alloc(40);
  webp.write('RIFF', 0);
  webp.write('WEBPVP8X', 8);
  webp.writeUIntLE(999, 24, 3);
  webp.writeUIntLE(499, 27, 3);
  expect(imageSize(webp)).toEqual({ width: 1_000, height: 500 });
  const gif = Buffer.alloc(40);
  gif.write('GIF89a');
  gif.writeUInt16LE(300, 6);
  gif.writeUInt16LE(200, 8);
  expect(imageSize(gif)).toEqual({ width: 300, height: 200 });
});

test('reading does not hold the answering thread up', async () => {
  const photo = asJpeg(receipt(CODE, { width: 2_400, height: 3_200, side: 700 }));
  await read(await QRCode.toBuffer(CODE));
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
  }, 5);
  expect(await read(photo)).toEqual(found(CODE));
  clearInterval(ticking);
  // read on this thread it would be one or two, between the steps
  expect(ticks).toBeGreaterThan(5);
});

function png(width: number, height: number, packed: Buffer): Buffer {
  const chunk = (kind: string, data: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length);
    head.write(kind, 4);
    return Buffer.concat([head, data, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', packed), chunk('IEND', Buffer.alloc(0))]);
}
