import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { forOfficer } from './refusals.ts';
import { Stop, type Visit } from './visit.ts';

/**
 * Takes the spreadsheet a page's script sends as the body, for as long as `work` needs it.
 * @throws {Stop} for what is no spreadsheet, is too long, or `work` refused, in words for an officer
 */
export async function receiveFile(
  visit: Visit,
  maxBytes: number,
  work: (file: { path: string; fileName: string }) => Promise<void>,
): Promise<void> {
  const fileName = basename(sentField(visit, 'file-name')).slice(0, 120);
  if (!/\.(xlsx|csv)$/i.test(fileName)) throw new Stop(422, 'Chọn tệp .xlsx hoặc .csv.');
  const dir = await mkdtemp(join(tmpdir(), 'hoixa-upload-'));
  const path = join(dir, `${randomUUID()}${fileName.slice(fileName.lastIndexOf('.')).toLowerCase()}`);
  try {
    await pipeline(visit.request, atMost(maxBytes), createWriteStream(path, { mode: 0o600 }));
    await work({ path, fileName });
  } catch (error) {
    throw forOfficer(error);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A field the page's script sends beside the file, percent-encoded. */
export function sentField({ request }: Visit, name: string): string {
  try {
    return decodeURIComponent(String(request.headers[`x-${name}`] ?? ''))
      .normalize('NFC')
      .trim();
  } catch {
    throw new Stop(422, 'Tên tệp hoặc lựa chọn đi kèm không đọc được.');
  }
}

/** Ends what is longer than `bytes`, whatever its header said. */
function atMost(bytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      seen += chunk.length;
      if (seen > bytes) next(new Stop(413, 'Tệp lớn quá.'));
      else next(null, chunk);
    },
  });
}
