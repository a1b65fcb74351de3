import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline, Transform } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { UnreadableFile } from './sheet.ts';

interface Entry {
  name: string;
  method: number;
  isEncrypted: boolean;
  packedBytes: number;
  at: number;
}

/** The parts of a zip file by name. */
export interface Zip {
  has(name: string): boolean;
  names(): string[];
  /**
   * Unpacks one part. Sizes written in the file are not believed: what comes out is counted.
   * @throws {UnreadableFile} when more than `maxBytes` come out, or the part is damaged
   */
  read(name: string, maxBytes: number): AsyncIterable<Buffer>;
}

const MAX_DIRECTORY_BYTES = 2 * 1024 * 1024;
const MAX_ENTRIES = 5_000;
const damaged = () => new UnreadableFile('Tệp Excel bị hỏng hoặc tải về chưa đủ: hãy xuất lại tệp rồi nhập.');

/** @throws {UnreadableFile} */
export async function openZip(path: string): Promise<Zip> {
  const file = await open(path, 'r');
  let entries: Map<string, Entry>;
  try {
    entries = await readDirectory(file);
  } finally {
    await file.close();
  }
  return {
    has: (name) => entries.has(name.toLowerCase()),
    names: () => [...entries.values()].map(({ name }) => name),
    async *read(name, maxBytes) {
      const entry = entries.get(name.toLowerCase());
      if (!entry) throw damaged();
      if (entry.isEncrypted) throw new UnreadableFile('Tệp có mật khẩu: hãy bỏ mật khẩu rồi nhập lại.');
      if (entry.method !== 0 && entry.method !== 8) throw damaged();
      yield* unpack(path, entry, maxBytes);
    },
  };
}

async function* unpack(path: string, entry: Entry, maxBytes: number): AsyncIterable<Buffer> {
  const start = await dataStart(path, entry);
  if (entry.packedBytes === 0) return;
  const packed = createReadStream(path, { start, end: start + entry.packedBytes - 1 });
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new UnreadableFile('Tệp Excel quá lớn sau khi giải nén: không nhập.'));
      else done(null, chunk);
    },
  });
  const stages = entry.method === 8 ? [packed, createInflateRaw(), counted] : [packed, counted];
  // what breaks is thrown to whoever reads `counted`
  pipeline(stages as [typeof packed, typeof counted], () => {});
  try {
    for await (const chunk of counted) yield chunk as Buffer;
  } catch (error) {
    throw error instanceof UnreadableFile ? error : damaged();
  } finally {
    packed.destroy();
  }
}

async function dataStart(path: string, { at }: Entry): Promise<number> {
  const file = await open(path, 'r');
  try {
    const header = await readAt(file, at, 30);
    if (header.readUInt32LE(0) !== 0x04034b50) throw damaged();
    return at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw damaged();
  return buffer;
}

async function readDirectory(file: FileHandle): Promise<Map<string, Entry>> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
  const end = tail.lastIndexOf(Buffer.from('504b0506', 'hex'));
  if (end < 0 || end + 22 > tail.length) throw damaged();
  const [bytes, at] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (bytes > MAX_DIRECTORY_BYTES || at + bytes > size) throw damaged();
  const directory = await readAt(file, at, bytes);
  const entries = new Map<string, Entry>();
  for (let here = 0; here + 46 <= directory.length; ) {
    if (directory.readUInt32LE(here) !== 0x02014b50 || entries.size >= MAX_ENTRIES) throw damaged();
    const [nameSize, extraSize, noteSize] = [28, 30, 32].map((offset) => directory.readUInt16LE(here + offset));
    const name = directory.toString('utf8', here + 46, here + 46 + nameSize!).replaceAll('\\', '/');
    entries.set(name.toLowerCase(), {
      name,
      method: directory.readUInt16LE(here + 10),
      isEncrypted: (directory.readUInt16LE(here + 8) & 1) === 1,
      packedBytes: directory.readUInt32LE(here + 20),
      at: directory.readUInt32LE(here + 42),
    });
    here += 46 + nameSize! + extraSize! + noteSize!;
  }
  return entries;
}
