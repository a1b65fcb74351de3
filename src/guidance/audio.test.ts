import { expect, test } from 'vitest';
import { aacNote, amrNote, m4aNote, wavNote } from '../../test/support/sounds.ts';
import { inspectAudio } from './audio.ts';

test('recordings are known by their bytes, and tell how long they are', () => {
  expect(inspectAudio(amrNote(3))).toEqual({ format: 'amr', seconds: 3 });
  expect(inspectAudio(m4aNote(7.5))).toEqual({ format: 'm4a', seconds: 7.5 });
  expect(inspectAudio(wavNote(2))).toEqual({ format: 'wav', seconds: 2 });
  expect(inspectAudio(aacNote(4))?.format).toBe('aac');
  expect(inspectAudio(aacNote(4))?.seconds).toBeCloseTo(4, 1);
});

test('MP3 and Opus', () => {
  const mp3 = Buffer.alloc(16_000);
  Buffer.from([0xff, 0xfb, 0x90, 0x00]).copy(mp3); // 128 kbit/s
  expect(inspectAudio(mp3)).toEqual({ format: 'mp3', seconds: 1 });
  const tagged = Buffer.concat([Buffer.from('ID3\x04\x00\x00\x00\x00\x00\x05-----', 'latin1'), mp3]);
  expect(inspectAudio(tagged)).toEqual({ format: 'mp3', seconds: 1 });
  const page = Buffer.alloc(28);
  page.write('OggS', 'latin1');
  page.writeBigInt64LE(96_000n, 6);
  expect(inspectAudio(Buffer.concat([Buffer.from('OggS----------------OpusHead'), page]))).toEqual({
    format: 'ogg',
    seconds: 2,
  });
});

test('what is no sound is not taken for one', () => {
  for (const bytes of [
    '',
    '#',
    '<html><body>expired',
    '{"error":"URL signature expired"}',
    'MZ\x90',
    '%PDF-1.7',
    '\xff\xd8\xff\xe0JFIF',
  ])
    expect([bytes, inspectAudio(Buffer.from(bytes, 'latin1'))]).toEqual([bytes, null]);
});

test('no bytes make it stumble', () => {
  let seed = 7;
  const next = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed & 0xff;
  };
  const heads = [
    '#!AMR\n',
    '#!AMR-WB\n',
    '----ftypM4A ----mvhd',
    'RIFF----WAVE',
    'OggSOpusHead',
    'ID3',
    '\xff\xf1',
    '\xff\xfb',
  ];
  for (const head of heads) {
    for (let length = 0; length < 80; length++) {
      const found = inspectAudio(
        Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(Array.from({ length }, next))]),
      );
      expect(found === null || found.seconds === null || found.seconds >= 0).toBe(true);
    }
  }
});
