import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { UnreadableFile } from './sheet.ts';

/** The parts of a zip file by name; no handle stays open between reads. */
export interface Zip {
  has(name: string): boolean;
  /**
   * Unpacks one part.
   * @throws {UnreadableFile} when the part claims more than `maxBytes`, unpacks to another size than it claims, or is damaged
   */
  read(name: string, maxBytes: number): AsyncIterable<Buffer>;
}

const MAX_DIRECTORY_BYTES = 2 * 1024 * 1024;
const MAX_ENTRIES = 5_000;

/** @throws {UnreadableFile} */
export async function openZip(path: string): Promise<Zip> {
  const { size } = await stat(path);
  const reader = new FileRanges(path, size);
  const [zip, entries] = await fromRandomAccessReaderPromise(reader, size, { autoClose: false })
    .then(async (opened) => [opened, await readDirectory(opened)] as const)
    .catch(refuse);
  return {
    has: (name) => entries.has(name.toLowerCase()),
    async *read(name, maxBytes) {
      const entry = entries.get(name.toLowerCase());
      if (!entry) throw damaged();
      if (entry.isEncrypted()) throw new UnreadableFile('Tệp có mật khẩu: hãy bỏ mật khẩu rồi nhập lại.');
      if (entry.uncompressedSize > maxBytes) {
        throw new UnreadableFile('Tệp Excel quá lớn sau khi giải nén: không nhập.');
      }
      try {
        // ends with an error as soon as more comes out than the entry claims
        yield* await zip.openReadStreamPromise(entry);
      } catch (error) {
        refuse(error);
      }
    },
  };
}

async function readDirectory(zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > MAX_ENTRIES) throw damaged();
  const entries = new Map<string, Entry>();
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    bytes += 46 + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    if (bytes > MAX_DIRECTORY_BYTES) throw damaged();
    entries.set(entry.fileName.toLowerCase(), entry);
  }
  return entries;
}

/**
 * Reads pieces of a file for yauzl. Its own reader hands any offset a ZIP64 record claims to fs.read, which throws inside a
 * callback for those above 2^53 (yauzl 3.4.0): a file of 142 bytes would end the process.
 */
class FileRanges extends RandomAccessReader {
  readonly #path: string;
  readonly #size: number;
  constructor(path: string, size: number) {
    super();
    this.#path = path;
    this.#size = size;
  }
  override _readStreamForRange(start: number, end: number): Readable {
    if (end > this.#size) return Readable.from([]);
    return createReadStream(this.#path, { start, end: end - 1 });
  }
}

const damaged = (cause?: unknown) =>
  new UnreadableFile(
    'Tệp Excel bị hỏng hoặc tải về chưa đủ: hãy tải lại, hoặc mở bằng Excel rồi lưu lại, và nhập lần nữa.',
    { cause },
  );

/** A disk that fails is not the file's fault. */
function refuse(error: unknown): never {
  if (error instanceof UnreadableFile || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
  throw damaged(error);
}
