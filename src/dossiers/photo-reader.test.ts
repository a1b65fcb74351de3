import { expect, test } from 'vitest';
import { MediaError } from '../channels/media.ts';
import { silentLog } from '../log.ts';
import type { BarcodeReader } from './barcodes.ts';
import { createPhotoReader } from './photo-reader.ts';

const bytes = Buffer.concat([Buffer.from('GIF89a\u0040\u0000\u0040\u0000'), Buffer.alloc(40)]);
const says = (...texts: string[]): BarcodeReader => ({ read: async () => texts, close: async () => {} });
const reader = (barcodes: BarcodeReader) =>
  createPhotoReader({ barcodes, log: silentLog, now: () => new Date('2026-11-18T03:00:00Z') });
const photo = { kind: 'image' as const, url: 'https://photo.example/1' };
const context = { communeId: 'c', fetch: async () => ({ bytes, type: 'image/gif' }) };

test('the codes are words; everything else a photo says is not passed on', async () => {
  const read = reader(says('https://x.gov.vn/?ma=H26.15-261110-0001&ten=MAU+THU', 'khác'));
  expect(await read(photo, context)).toEqual({ words: 'H26.15-261110-0001', by: 'barcode' });
  expect(await reader(says('000000000000|x|MAU THU'))(photo, context)).toEqual({ why: 'identity_card' });
  expect(await reader(says())(photo, context)).toEqual({ why: 'no_code' });
});

test.each([
  ['too_large', 'too_large'],
  ['wrong_type', 'no_image'],
  ['refused', 'unavailable'],
  ['gone', 'unavailable'],
] as const)('a file that cannot be had (%s) is %s', async (code, why) => {
  const fetch = () => Promise.reject(new MediaError(code, 'no'));
  expect(await reader(says('H26.15-261110-0001'))(photo, { communeId: 'c', fetch })).toEqual({ why });
});

test('a file said to be too large is not fetched; without address nothing is', async () => {
  const fetch = () => Promise.reject(new Error('was fetched'));
  const read = reader(says());
  expect(await read({ ...photo, size: 20_000_000 }, { communeId: 'c', fetch })).toEqual({ why: 'too_large' });
  expect(await read({ kind: 'image' }, { communeId: 'c', fetch })).toEqual({ why: 'unavailable' });
});
