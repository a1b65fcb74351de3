/** Recordings that are silent, but whole in form. */

export const amrNote = (seconds: number): Buffer =>
  Buffer.concat([
    Buffer.from('#!AMR\n'),
    Buffer.alloc(seconds * 50 * 32, Buffer.concat([Buffer.from([0x3c]), Buffer.alloc(31)])),
  ]);

export function m4aNote(seconds: number): Buffer {
  const box = (type: string, ...parts: Buffer[]) => {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length + 8);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, body]);
  };
  const times = Buffer.alloc(100);
  times.writeUInt32BE(1_000, 12);
  times.writeUInt32BE(seconds * 1_000, 16);
  return Buffer.concat([
    box('ftyp', Buffer.from('M4A isom')),
    box('moov', box('mvhd', times)),
    box('mdat', Buffer.alloc(400)),
  ]);
}

/** 16 kHz, one channel. */
export function aacNote(seconds: number): Buffer {
  const frame = Buffer.alloc(32);
  Buffer.from([0xff, 0xf1, 0x60, 0x40, 32 >> 3, 0x1f, 0xfc]).copy(frame);
  return Buffer.alloc(32 * Math.round((seconds * 16_000) / 1_024), frame);
}

/** 8 kHz, 8 bits, one channel. */
export function wavNote(seconds: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 'latin1');
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(8_000, 28);
  return Buffer.concat([head, Buffer.alloc(seconds * 8_000, 0x80)]);
}
